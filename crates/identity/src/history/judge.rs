//! What each operation may do, what an identity may be, and whether store, commits and answers agree.

use std::collections::HashSet;
use std::sync::Arc;

use store::identities::{Identity, Login};
use store::records::pools::Pool;
use store::{Error, Rows, Scan, Table};

use super::ledger::{Change, Kind, Ledger, State};

/// Judges a commit by the operation that made it.
pub(super) fn commit(state: &mut State, pool: &Pool, kind: &Kind, change: &Change, what: &str) {
    for new in &change.after {
        if let Some(flaw) = flaw(pool, new) {
            state.breaks(format!("{what}: {} {flaw}", new.id));
        }
        let old = change.before.iter().find(|old| old.id == new.id);
        if old.is_some_and(|old| old.disabled) {
            state.breaks(format!("{what}: it changed {}, which was disabled", new.id));
        }
        if old.is_some_and(|old| old.had_logins && !new.had_logins) {
            state.breaks(format!("{what}: it made a guest of {}", new.id));
        }
    }
    let logins = |identities: &[Identity]| -> HashSet<Login> {
        identities.iter().flat_map(|identity| identity.logins.iter().cloned()).collect()
    };
    let (before, after) = (logins(&change.before), logins(&change.after));
    let lost: HashSet<Login> = before.difference(&after).cloned().collect();
    let gained: HashSet<Login> = after.difference(&before).cloned().collect();
    let survivors = change.after.iter().filter(|identity| !identity.disabled).count();
    let is_right = match kind {
        Kind::Guest => change.before.is_empty() && lost.is_empty() && gained.is_empty() && survivors == 1,
        Kind::SignIn { logins, .. } => {
            lost.is_empty() && gained.iter().all(|login| logins.contains(login)) && survivors == 1
        }
        Kind::Merge { .. } => lost.is_empty() && gained.is_empty() && survivors == 1 && change.after.len() == 2,
        Kind::Unlink { id, providers, .. } => {
            let named = before.iter().filter(|login| providers.contains(&login.provider)).cloned().collect();
            gained.is_empty() && lost == named && survivors == 1 && change.after.iter().all(|own| own.id == *id)
        }
        Kind::UnlinkUser { id, login } => {
            let is_named = lost.iter().eq([login]) && change.after.iter().all(|own| own.id == *id);
            gained.is_empty() && is_named && survivors == 1
        }
        Kind::Delete { id } => change.after.is_empty() && change.before.iter().all(|own| own.id == *id),
        Kind::Look => false,
    };
    if !is_right {
        state.breaks(format!("{what}: it made {:?} of {:?}", change.after, change.before));
    }
    count(state, kind, change, &gained);
}

fn count(state: &mut State, kind: &Kind, change: &Change, gained: &HashSet<Login>) {
    let was = |new: &Identity| change.before.iter().find(|old| old.id == new.id);
    match kind {
        Kind::Guest => state.count("guests made"),
        Kind::Unlink { .. } | Kind::UnlinkUser { .. } => state.count("logins unlinked"),
        Kind::Delete { .. } => state.count("identities deleted"),
        _ => {}
    }
    for new in &change.after {
        match was(new) {
            None if new.had_logins => state.count("identities made"),
            Some(old) if !old.had_logins && new.had_logins => state.count("guests upgraded"),
            Some(old) if !old.disabled && new.disabled => state.count("identities disabled"),
            Some(_) if !gained.is_empty() && !new.disabled => state.count("logins linked"),
            _ => {}
        }
    }
}

/// Why no identity may be like this.
pub(super) fn flaw(pool: &Pool, identity: &Identity) -> Option<&'static str> {
    let mut seen = HashSet::new();
    let mut providers = HashSet::new();
    for login in &identity.logins {
        if !seen.insert(login) {
            return Some("has a login twice");
        }
        let is_public = pool.developer_provider.as_ref() != Some(&login.provider);
        if is_public && !providers.insert(&login.provider) {
            return Some("has two logins of one public provider");
        }
    }
    match identity {
        identity if identity.logins.len() > 20 => Some("has more than twenty logins"),
        identity if identity.disabled && !identity.logins.is_empty() => Some("is disabled and has logins"),
        identity if !identity.had_logins && !identity.logins.is_empty() => Some("has logins and never had any"),
        _ => None,
    }
}

/// Compares what the store holds with what the commits come to, row by row.
pub(super) async fn compare(rows: &Arc<dyn Rows>, ledger: &Ledger) -> Result<(), Error> {
    let mut held = HashSet::new();
    for table in [Table::Identity, Table::Login, Table::PoolIdentity] {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = rows.scan(Scan { table, prefix: &[], after: after.as_deref(), limit: 500 }).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (key, row) in page {
                ledger.settle(table, &key, Some(row.version));
                held.insert((table, key));
            }
        }
    }
    for (table, key) in ledger.places() {
        if !held.contains(&(table, key.clone())) {
            ledger.settle(table, &key, None);
        }
    }
    let listed: HashSet<&[u8]> = of(&held, Table::PoolIdentity).filter_map(|key| key.get(16..)).collect();
    let identities: HashSet<&[u8]> = of(&held, Table::Identity).collect();
    if listed != identities {
        ledger.breaks(format!("{} identities are kept, {} are listed", identities.len(), listed.len()));
    }
    agree(rows, ledger, identities, of(&held, Table::Login).collect()).await
}

fn of(held: &HashSet<(Table, Vec<u8>)>, wanted: Table) -> impl Iterator<Item = &[u8]> {
    held.iter().filter(move |(table, _)| *table == wanted).map(|(_, key)| key.as_slice())
}

/// Reads every identity and checks it against the rows of its logins, both ways. This trusts nothing but the store.
async fn agree(
    rows: &Arc<dyn Rows>,
    ledger: &Ledger,
    identities: HashSet<&[u8]>,
    logins: HashSet<&[u8]>,
) -> Result<(), Error> {
    let mut owned = HashSet::new();
    for guid in identities {
        let Some(row) = rows.get(Table::Identity, guid).await? else { continue };
        let identity: Identity = store::record::decode("identity", &row.value)?;
        if let Some(flaw) = flaw(&ledger.pool, &identity) {
            ledger.breaks(format!("at the end, {} {flaw}", identity.id));
        }
        for login in &identity.logins {
            let key = store::identities::login_key(&ledger.pool.id, login);
            let owner = rows.get(Table::Login, &key).await?.map(|row| row.value);
            if owner.as_deref() != Some(guid) {
                ledger.breaks(format!("at the end, the row of {login:?} names {owner:02x?}, not {}", identity.id));
            }
            if !owned.insert(key) {
                ledger.breaks(format!("at the end, {login:?} is on two identities"));
            }
        }
    }
    if owned.len() != logins.len() {
        ledger.breaks(format!(
            "at the end, identities have {} logins, of which {} have rows",
            owned.len(),
            logins.len()
        ));
    }
    Ok(())
}

/// Whoever was told that an identity is theirs had all their logins on it while they asked.
pub(super) fn answers(ledger: &Ledger) {
    let mut state = ledger.state();
    let answers = std::mem::take(&mut state.answers);
    for answer in &answers {
        for login in &answer.logins {
            if state.owned(&answer.identity, login, answer.during) {
                continue;
            }
            let text = format!("{} was answered for {login:?}, which was not on it", answer.identity);
            state.breaks(text);
        }
    }
}
