//! What is told of changes: devices, the outbox, the mail between processes and their shares.

use std::collections::BTreeSet;
use std::sync::Arc;

use vocab::{IdentityId, PoolId, Region, Timestamp};

use super::{Bench, Broken, Case, Verdict, ensure, same};
use crate::devices::{Device, Devices};
use crate::identities::{Identity, Step};
use crate::mail::Mail;
use crate::nodes::Nodes;
use crate::outbox::{Entry, Happened, Kind, Outbox};
use crate::records::keys::Sealed;
use crate::rows::{Scan, Table};
use crate::{Error, Identities, Outcome};

pub(super) const CASES: &[(&str, Case)] = &[
    ("devices are there while their identity is", |b| Box::pin(devices(b))),
    ("an outbox keeps the order of every dataset", |b| Box::pin(ordered(b))),
    ("an entry is taken out once", |b| Box::pin(once(b))),
    ("letters reach the process they are for", |b| Box::pin(letters(b))),
    ("letters to nobody are thrown away", |b| Box::pin(lost_letters(b))),
    ("processes share the partitions", |b| Box::pin(shares(b))),
    ("a newcomer keeps what it has claimed", |b| Box::pin(newcomer(b))),
    ("what is held is not given up", |b| Box::pin(holds(b))),
];

fn pool(b: &Bench) -> Result<PoolId, Broken> {
    let region: Region = "us-east-1".parse().map_err(|_| Broken("a region is not read".into()))?;
    Ok(PoolId::draw(&region, &*b.random))
}

fn device(id: &str) -> Device {
    Device {
        id: id.into(),
        platform: "GCM".into(),
        digest: "digest".into(),
        token: Sealed("sealed".into()),
        registered: Timestamp::from_millis(0),
        subscriptions: BTreeSet::new(),
    }
}

fn entry(pool: &PoolId, identity: &IdentityId, sync_count: u64) -> Entry {
    Entry {
        kind: Kind::Push,
        pool: pool.clone(),
        identity: identity.clone(),
        dataset: "prefs".into(),
        sync_count,
        happened: Happened::Changed,
        at: Timestamp::from_millis(0),
        devices: vec!["one".into()],
        records: Vec::new(),
    }
}

async fn devices(b: Bench) -> Verdict {
    let pool = pool(&b)?;
    let identities = Identities::new(b.rows.clone(), b.random.clone());
    let devices = Devices::new(b.rows.clone(), b.random.clone());
    let now = Timestamp::from_millis(0);
    let owner = Identity {
        id: IdentityId::draw(pool.region(), &*b.random),
        pool: pool.clone(),
        disabled: false,
        logins: Vec::new(),
        had_logins: false,
        created: now,
        modified: now,
    };
    let id = owner.id.clone();
    let add = |name: &'static str| {
        let (devices, pool, id) = (devices.clone(), pool.clone(), id.clone());
        async move {
            let register = |all: &mut Vec<Device>| -> Result<(), Error> {
                all.push(device(name));
                Ok(())
            };
            devices.update(&pool, &id, register).await
        }
    };
    ensure(add("early").await?.is_none(), "an identity that is not there has a device")?;
    identities.commit(&[Step::Create(&owner)]).await?;
    let before = identities.get(&id).await?.ok_or_else(|| Broken("an identity is gone".into()))?;
    let (one, two) = tokio::join!(add("one"), add("two"));
    ensure(one?.is_some() && two?.is_some(), "a device of an enabled identity is refused")?;
    same(devices.of(&pool, &id).await?.len(), 2, "the devices of an identity")?;
    let gone = identities.commit(&[Step::Delete(&before)]).await?;
    ensure(matches!(gone, Outcome::Conflict(_)), "an identity ended behind the registration of its devices")?;
    let before = identities.get(&id).await?.ok_or_else(|| Broken("an identity is gone".into()))?;
    same(identities.commit(&[Step::Delete(&before)]).await?, Outcome::Committed, "a deletion")?;
    ensure(devices.of(&pool, &id).await?.is_empty(), "a deleted identity leaves devices")?;
    ensure(add("late").await?.is_none(), "a deleted identity has a device")
}

async fn ordered(b: Bench) -> Verdict {
    let (pool, outbox) = (pool(&b)?, Outbox::new(b.rows.clone(), b.random.clone()));
    let identity = IdentityId::draw(pool.region(), &*b.random);
    for sync_count in [300, 2, 1, 256] {
        outbox.add(&entry(&pool, &identity, sync_count)).await?;
    }
    outbox.add(&Entry { happened: Happened::Deleted, ..entry(&pool, &identity, 2) }).await?;
    let mut counts = Vec::new();
    let mut after = None;
    loop {
        let page = outbox.page(None, after.as_deref(), 2).await?;
        let own = page.entries.iter().filter(|waiting| waiting.entry.pool == pool);
        counts.extend(own.map(|waiting| (waiting.entry.sync_count, waiting.entry.happened)));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    use Happened::{Changed, Deleted};
    same(counts, vec![(1, Changed), (2, Changed), (2, Deleted), (256, Changed), (300, Changed)], "the order")
}

async fn once(b: Bench) -> Verdict {
    let (pool, outbox) = (pool(&b)?, Outbox::new(b.rows.clone(), b.random.clone()));
    let identity = IdentityId::draw(pool.region(), &*b.random);
    let entry = entry(&pool, &identity, 1);
    outbox.add(&entry).await?;
    outbox.add(&entry).await?;
    let partition = crate::outbox::partition_of(&crate::outbox::digest(&pool, &identity, "prefs"));
    let page = outbox.page(Some(partition), None, 500).await?;
    let own: Vec<_> = page.entries.into_iter().filter(|waiting| waiting.entry.pool == pool).collect();
    same(own.len(), 1, "an entry that was added twice")?;
    ensure(own.iter().all(|waiting| waiting.partition() == partition), "an entry lies in another partition")?;
    ensure(outbox.take_out(&own, Vec::new()).await?, "an entry is not taken out")?;
    ensure(!outbox.take_out(&own, Vec::new()).await?, "an entry is taken out twice")
}

async fn letters(b: Bench) -> Verdict {
    let (pool, mail) = (pool(&b)?, Mail::new(b.rows.clone(), b.random.clone()));
    let identity = IdentityId::draw(pool.region(), &*b.random);
    let [here, there] = [(), ()].map(|()| Nodes::new(b.rows.clone(), b.random.clone(), false));
    for node in [&here, &there] {
        node.renew().await?;
    }
    here.look().await?;
    ensure(here.others().await?.contains(&there.id()), "a process that lives is not known")?;
    for sync_count in [2, 1] {
        b.commits([mail.send(there.id(), &entry(&pool, &identity, sync_count))?]).await?;
    }
    ensure(mail.read(here.id()).await?.0.is_empty(), "a letter reaches another process")?;
    let (read, gone) = mail.read(there.id()).await?;
    same(read.iter().map(|entry| entry.sync_count).collect(), vec![1, 2], "the letters")?;
    mail.take_out(gone).await?;
    ensure(mail.read(there.id()).await?.0.is_empty(), "a letter is read twice")?;
    here.leave().await?;
    there.leave().await?;
    let left = b.rows.scan(Scan { table: Table::Mail, prefix: &there.id(), after: None, limit: 1 }).await?;
    ensure(left.is_empty(), "a process that left has letters")
}

async fn lost_letters(b: Bench) -> Verdict {
    let (pool, mail) = (pool(&b)?, Mail::new(b.rows.clone(), b.random.clone()));
    let identity = IdentityId::draw(pool.region(), &*b.random);
    let [here, there, gone] = [(), (), ()].map(|()| Nodes::new(b.rows.clone(), b.random.clone(), false));
    there.renew().await?;
    for to in [gone.id(), there.id()] {
        for sync_count in 1..=3 {
            b.commits([mail.send(to, &entry(&pool, &identity, sync_count))?]).await?;
        }
    }
    here.look().await?;
    ensure(mail.read(gone.id()).await?.0.is_empty(), "a letter waits for a process that is gone")?;
    same(mail.read(there.id()).await?.0.len(), 3, "the letters to a process that lives")?;
    there.leave().await.map_err(Broken::from)
}

async fn newcomer(b: Bench) -> Verdict {
    let [old, new] = [(), ()].map(|()| Nodes::new(b.rows.clone(), b.random.clone(), false));
    old.renew().await?;
    old.look().await?;
    new.renew().await?;
    new.look().await?;
    let claimed = new.share().await?;
    same(claimed.len(), 32, "the share of a newcomer")?;
    let others = old.share().await?;
    ensure(claimed.is_disjoint(&others), "a process takes what a newcomer has claimed")?;
    same(new.share().await?, claimed, "what a newcomer has claimed")?;
    new.leave().await?;
    old.look().await?;
    same(old.share().await?.len(), 64, "the share of who is left")?;
    old.leave().await.map_err(Broken::from)
}

async fn holds(b: Bench) -> Verdict {
    let [old, new] = [(), ()].map(|()| Nodes::new(b.rows.clone(), b.random.clone(), false));
    ensure(old.hold(0).is_none(), "who is no member holds a partition")?;
    old.renew().await?;
    old.look().await?;
    same(old.share().await?.len(), 64, "the share of a single process")?;
    let held: Vec<_> = (30..64).filter_map(|partition| old.hold(partition)).collect();
    same(held.len(), 34, "the partitions that can be held")?;
    new.renew().await?;
    old.look().await?;
    let kept = old.share().await?;
    ensure((30..64).all(|partition| kept.contains(&partition)), "what is held is given up")?;
    ensure(old.hold(0).is_none() && kept.len() == 34, "more than its share is kept that nobody holds")?;
    drop(held);
    same(old.share().await?.len(), 32, "the share when nothing is held")?;
    new.look().await?;
    same(new.share().await?.len(), 32, "the share of the other")?;
    old.leave().await?;
    ensure(old.hold(20).is_none(), "who left holds a partition")?;
    new.leave().await.map_err(Broken::from)
}

async fn shares(b: Bench) -> Verdict {
    let nodes: Vec<Arc<Nodes>> =
        (0..3).map(|_| Arc::new(Nodes::new(b.rows.clone(), b.random.clone(), false))).collect();
    ensure(nodes.iter().all(|node| !node.is_member()), "a process that never said that it lives is a member")?;
    let mut shares = Vec::new();
    // Each comes later than the one before; after two rounds nobody has more than a fair share.
    for _ in 0..3 {
        shares.clear();
        for node in &nodes {
            node.renew().await?;
            node.look().await?;
            shares.push(node.share().await?);
        }
    }
    let all: BTreeSet<u8> = shares.iter().flatten().copied().collect();
    same(all.len(), 64, "the partitions that somebody has")?;
    same(shares.iter().map(BTreeSet::len).sum::<usize>(), 64, "the partitions with one owner")?;
    ensure(shares.iter().all(|share| share.len() <= 22), "a share is not fair")?;
    for node in &nodes {
        node.leave().await?;
    }
    ensure(nodes.iter().all(|node| !node.is_member()), "a process that left is a member")
}
