//! From logins to an identity: creating, linking, upgrading, merging (`spec/cognito-identity.md`,
//! section 6).
//!
//! What is read is planned upon by a pure function, and the plan is one commit of conditional writes.
//! Whatever changed in between makes it start over: no login ever points at two identities.

use std::collections::BTreeMap;

use operation::Host;
use store::identities::{Identity, Login, Step};
use store::records::pools::Pool;
use store::{Outcome, Stored};
use vocab::{IdentityId, Timestamp};

use crate::Error;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Nothing: this identity has every login already.
    Keep(IdentityId),
    /// A new identity.
    Create,
    /// Logins are linked to an identity.
    Link(IdentityId, Vec<Login>),
    /// Identities are merged into the first, with further logins.
    Merge(IdentityId, Vec<IdentityId>, Vec<Login>),
}

/// Who says whose the logins are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The providers of the logins, and nobody else.
    Providers,
    /// The developer too, who signed the call.
    Developer,
}

/// What was read.
struct Situation {
    given: Option<Stored<Identity>>,
    /// Who owns each login.
    owners: Vec<(Login, Option<IdentityId>)>,
    /// Every identity that is concerned.
    identities: BTreeMap<IdentityId, Stored<Identity>>,
}

/// The identity of these proven logins; `given` is the one that the caller named. It may be another one
/// than was named.
pub async fn identity_of(
    host: &Host,
    pool: &Pool,
    given: Option<&IdentityId>,
    logins: &[Login],
    voucher: Voucher,
) -> Result<IdentityId, Error> {
    // Drawn before the first try: a commit that was lost on its way recognises itself.
    let new_id = IdentityId::draw(&host.region, &*host.random);
    for _ in 0..TRIES {
        let Some(situation) = read(host, pool, given, logins).await? else { continue };
        let plan = plan(&situation, pool, voucher)?;
        if let Plan::Keep(id) = plan {
            return Ok(id);
        }
        let (survivor, outcome) = carry_out(host, pool, &situation, plan, &new_id, logins).await?;
        if outcome == Outcome::Committed {
            return Ok(survivor);
        }
    }
    Err(Error::TooManyRequests)
}

/// Merges the identity of one of a developer's users into that of another, which is answered.
pub async fn merge(host: &Host, pool: &Pool, source: &Login, destination: &Login) -> Result<IdentityId, Error> {
    let logins = [destination.clone(), source.clone()];
    let new_id = IdentityId::draw(&host.region, &*host.random);
    for _ in 0..TRIES {
        let Some(situation) = read(host, pool, None, &logins).await? else { continue };
        let owner = |wanted: &Login| {
            let found = situation.owners.iter().find(|(login, _)| login == wanted).and_then(|(_, owner)| owner.clone());
            found.ok_or_else(|| Error::ResourceNotFound(format!("User '{}' not found.", wanted.subject)))
        };
        let (survivor, loser) = (owner(destination)?, owner(source)?);
        if survivor == loser {
            return Ok(survivor);
        }
        let plan = Plan::Merge(survivor, vec![loser], Vec::new());
        check(&plan, &situation, pool)?;
        let (survivor, outcome) = carry_out(host, pool, &situation, plan, &new_id, &logins).await?;
        if outcome == Outcome::Committed {
            return Ok(survivor);
        }
    }
    Err(Error::TooManyRequests)
}

/// `None`: somebody changed what was being read; read again.
async fn read(
    host: &Host,
    pool: &Pool,
    given: Option<&IdentityId>,
    logins: &[Login],
) -> Result<Option<Situation>, Error> {
    let mut situation = Situation { given: None, owners: Vec::new(), identities: BTreeMap::new() };
    if let Some(id) = given {
        let identity = host.identities.get(id).await?.filter(|identity| identity.pool == pool.id);
        let not_found = || Error::ResourceNotFound(format!("Identity '{id}' not found."));
        let identity = identity.ok_or_else(not_found)?;
        situation.identities.insert(id.clone(), identity.clone());
        situation.given = Some(identity);
    }
    for login in logins {
        let Some(owner) = host.identities.owner(&pool.id, login).await? else {
            situation.owners.push((login.clone(), None));
            continue;
        };
        let Some(identity) = host.identities.by_guid(owner.identity).await? else { return Ok(None) };
        situation.owners.push((login.clone(), Some(identity.id.clone())));
        situation.identities.entry(identity.id.clone()).or_insert(identity);
    }
    Ok(Some(situation).filter(Situation::is_whole))
}

impl Situation {
    /// Whether logins and identities say the same of each other. They are read one by one: a login that was free may
    /// be on an identity that is read later, a guest may own one by then. The commit cannot tell, since what it
    /// changes may well be the newest.
    fn is_whole(&self) -> bool {
        self.owners.iter().all(|(login, owner)| {
            let agrees =
                |identity: &Stored<Identity>| identity.logins.contains(login) == (owner.as_ref() == Some(&identity.id));
            self.identities.values().all(agrees)
        })
    }
}

fn plan(situation: &Situation, pool: &Pool, voucher: Voucher) -> Result<Plan, Error> {
    if let (Some(given), Voucher::Developer) = (&situation.given, voucher) {
        refuse_taken_user(situation, pool, given)?;
    }
    let mut owners: Vec<&Stored<Identity>> = Vec::new();
    for id in situation.owners.iter().filter_map(|(_, owner)| owner.as_ref()) {
        if let Some(identity) = situation.identities.get(id)
            && !owners.iter().any(|known| known.id == identity.id)
        {
            owners.push(identity);
        }
    }
    // The oldest survives: deterministic, and the one that other devices know.
    owners.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    let unowned: Vec<Login> =
        situation.owners.iter().filter(|(_, owner)| owner.is_none()).map(|(login, _)| login.clone()).collect();
    let plan = match &situation.given {
        Some(given) if given.disabled => return Err(Error::forbidden(&given.id)),
        Some(given) if given.logins.is_empty() && !given.had_logins => with_guest(given, &owners, unowned),
        Some(given) => {
            let is_developers = voucher == Voucher::Developer
                && given.logins.iter().any(|login| pool.developer_provider.as_ref() == Some(&login.provider));
            if !is_developers && !owners.iter().any(|owner| owner.id == given.id) {
                return Err(Error::logins_do_not_match());
            }
            let losers = owners.iter().filter(|owner| owner.id != given.id).map(|owner| owner.id.clone()).collect();
            merge_or_link(given.id.clone(), losers, unowned)
        }
        None => match owners.split_first() {
            None => Plan::Create,
            Some((oldest, others)) => {
                merge_or_link(oldest.id.clone(), others.iter().map(|other| other.id.clone()).collect(), unowned)
            }
        },
    };
    check(&plan, situation, pool)?;
    Ok(plan)
}

/// A developer's user who has an identity is not linked to another one: that takes MergeDeveloperIdentities.
fn refuse_taken_user(situation: &Situation, pool: &Pool, given: &Identity) -> Result<(), Error> {
    let is_taken = |(login, owner): &(Login, Option<IdentityId>)| {
        pool.developer_provider.as_ref() == Some(&login.provider) && owner.as_ref().is_some_and(|id| *id != given.id)
    };
    if situation.owners.iter().any(is_taken) {
        let text = "The developer user identifier is already linked to another identity.";
        return Err(Error::DeveloperUserAlreadyRegistered(text.into()));
    }
    Ok(())
}

/// A guest is upgraded, or gives way to the identity that the person already has.
fn with_guest(guest: &Identity, owners: &[&Stored<Identity>], unowned: Vec<Login>) -> Plan {
    match owners.split_first() {
        None => Plan::Link(guest.id.clone(), unowned),
        Some((oldest, others)) => {
            let mut losers: Vec<IdentityId> = others.iter().map(|other| other.id.clone()).collect();
            losers.push(guest.id.clone());
            Plan::Merge(oldest.id.clone(), losers, unowned)
        }
    }
}

fn merge_or_link(survivor: IdentityId, losers: Vec<IdentityId>, unowned: Vec<Login>) -> Plan {
    match (losers.is_empty(), unowned.is_empty()) {
        (true, true) => Plan::Keep(survivor),
        (true, false) => Plan::Link(survivor, unowned),
        (false, _) => Plan::Merge(survivor, losers, unowned),
    }
}

/// At most one login of each public provider, at most twenty in all; nobody disabled comes back.
fn check(plan: &Plan, situation: &Situation, pool: &Pool) -> Result<(), Error> {
    let logins = logins_after(plan, situation);
    for (index, login) in logins.iter().enumerate() {
        let is_public = pool.developer_provider.as_ref() != Some(&login.provider);
        let is_second = logins.iter().take(index).any(|earlier| earlier.provider == login.provider);
        if is_public && is_second {
            let text = format!("The identity already has a login of {}.", login.provider);
            return Err(Error::ResourceConflict(text));
        }
    }
    if logins.len() > MOST_LOGINS {
        return Err(Error::ResourceConflict(format!("An identity has at most {MOST_LOGINS} logins.")));
    }
    let concerned = situation.identities.values();
    match concerned.into_iter().find(|identity| identity.disabled) {
        Some(disabled) => Err(Error::forbidden(&disabled.id)),
        None => Ok(()),
    }
}

/// The logins of the surviving identity.
fn logins_after(plan: &Plan, situation: &Situation) -> Vec<Login> {
    let of = |id: &IdentityId| situation.identities.get(id).map(|identity| identity.logins.clone()).unwrap_or_default();
    match plan {
        Plan::Keep(id) => of(id),
        Plan::Create => situation.owners.iter().map(|(login, _)| login.clone()).collect(),
        Plan::Link(id, added) => [of(id), added.clone()].concat(),
        Plan::Merge(survivor, losers, added) => {
            let moved = losers.iter().flat_map(of);
            of(survivor).into_iter().chain(moved).chain(added.iter().cloned()).collect()
        }
    }
}

async fn carry_out(
    host: &Host,
    pool: &Pool,
    situation: &Situation,
    plan: Plan,
    new_id: &IdentityId,
    logins: &[Login],
) -> Result<(IdentityId, Outcome), Error> {
    let now = host.now();
    let after = logins_after(&plan, situation);
    match plan {
        Plan::Keep(id) => Ok((id, Outcome::Committed)),
        Plan::Create => {
            let identity = fresh(new_id, pool, logins.to_vec(), now);
            Ok((new_id.clone(), host.identities.commit(&[Step::Create(&identity)]).await?))
        }
        Plan::Link(id, _) => Ok((id.clone(), change(host, situation, &id, after, &[], now).await?)),
        Plan::Merge(id, losers, _) => Ok((id.clone(), change(host, situation, &id, after, &losers, now).await?)),
    }
}

async fn change(
    host: &Host,
    situation: &Situation,
    survivor: &IdentityId,
    logins: Vec<Login>,
    losers: &[IdentityId],
    now: Timestamp,
) -> Result<Outcome, Error> {
    let Some(old) = situation.identities.get(survivor) else { return Ok(Outcome::Conflict(0)) };
    let winner = Identity { logins, had_logins: true, modified: now, ..(*old.record).clone() };
    let lost: Vec<(&Stored<Identity>, Identity)> = losers
        .iter()
        .filter_map(|id| situation.identities.get(id))
        .map(|old| (old, Identity { logins: Vec::new(), disabled: true, modified: now, ..(*old.record).clone() }))
        .collect();
    let mut steps = vec![Step::Change(old, &winner)];
    steps.extend(lost.iter().map(|(old, new)| Step::Change(old, new)));
    Ok(host.identities.commit(&steps).await?)
}

/// A new identity.
pub fn fresh(id: &IdentityId, pool: &Pool, logins: Vec<Login>, now: Timestamp) -> Identity {
    Identity {
        id: id.clone(),
        pool: pool.id.clone(),
        disabled: false,
        had_logins: !logins.is_empty(),
        logins,
        created: now,
        modified: now,
    }
}

const MOST_LOGINS: usize = 20;
/// So often somebody else may be first on the same person, before we say that it is too much at once. Every change of a
/// dataset comes before a merge of its identity: with sixteen devices that write, one try in thirty succeeds.
const TRIES: usize = 256;
