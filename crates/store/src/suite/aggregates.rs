//! What stands above the rows: identities with their logins, and the configuration of two nodes.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{IdentityId, PoolId, Region, Timestamp};

use super::{Bench, Broken, Case, Verdict, all, ensure, same};
use crate::identities::{Identity, Login, Step};
use crate::{Configuration, Error, Identities, LastUsed, Outcome, Record, used};

pub(super) const CASES: &[(&str, Case)] = &[
    ("one login never has two identities", |b| Box::pin(one_identity_per_login(b))),
    ("a merge moves the logins", |b| Box::pin(merge(b))),
    ("two people cannot upgrade one guest", |b| Box::pin(one_upgrade(b))),
    ("a deleted identity leaves nothing", |b| Box::pin(deleted_identity(b))),
    ("a pool lists its own identities in order", |b| Box::pin(listing(b))),
    ("a configured record is read, changed and listed", |b| Box::pin(records(b))),
    ("another node sees a change at its next poll", |b| Box::pin(two_nodes(b))),
    ("many updates of one record all act", |b| Box::pin(many_updates(b))),
    ("what may be used once is used once", |b| Box::pin(used_once(b))),
    ("the latest of all last uses is kept", |b| Box::pin(last_uses(b))),
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    name: String,
    count: u64,
}

impl Record for Note {
    const KIND: &'static str = "suite-note";

    fn id(&self) -> String {
        self.name.clone()
    }
}

fn region() -> Result<Region, Broken> {
    "us-east-1".parse().map_err(|_| Broken("a region is not read".into()))
}

fn guest(b: &Bench, pool: &PoolId) -> Identity {
    let now = Timestamp::from_millis(1_700_000_000_000);
    Identity {
        id: IdentityId::draw(pool.region(), &*b.random),
        pool: pool.clone(),
        disabled: false,
        logins: Vec::new(),
        had_logins: false,
        created: now,
        modified: now,
    }
}

fn with(identity: &Identity, subjects: &[&str]) -> Identity {
    let logins = subjects.iter().map(|subject| login(subject)).collect();
    Identity { logins, had_logins: true, ..identity.clone() }
}

fn login(subject: &str) -> Login {
    Login { provider: "accounts.example.com".into(), subject: subject.into() }
}

fn aggregates(b: &Bench) -> Result<(Identities, PoolId), Broken> {
    Ok((Identities::new(b.rows.clone(), b.random.clone()), PoolId::draw(&region()?, &*b.random)))
}

async fn one_identity_per_login(b: Bench) -> Verdict {
    let (identities, pool) = aggregates(&b)?;
    all((0..32).map(|_| {
        let (b, identities, pool) = (b.clone(), identities.clone(), pool.clone());
        async move {
            let new = with(&guest(&b, &pool), &["alice"]);
            let made = identities.commit(&[Step::Create(&new)]).await? == Outcome::Committed;
            let owner = identities.owner(&pool, &login("alice")).await?;
            let owner = owner.ok_or_else(|| Broken("nobody owns a login that was made".into()))?;
            same(owner.identity == new.id.guid(), made, "whether the maker owns the login")
        }
    }))
    .await?;
    same(identities.of_pool(&pool, None, 100).await?.len(), 1, "the identities of one login")
}

async fn merge(b: Bench) -> Verdict {
    let (identities, pool) = aggregates(&b)?;
    let (left, right) = (with(&guest(&b, &pool), &["left"]), with(&guest(&b, &pool), &["right"]));
    same(identities.commit(&[Step::Create(&left), Step::Create(&right)]).await?, Outcome::Committed, "two creations")?;
    let old_left = stored(&identities, &left.id).await?;
    let old_right = stored(&identities, &right.id).await?;
    let both = with(&left, &["left", "right"]);
    let gone = Identity { disabled: true, logins: Vec::new(), ..right.clone() };
    let steps = [Step::Change(&old_left, &both), Step::Change(&old_right, &gone)];
    same(identities.commit(&steps).await?, Outcome::Committed, "a merge")?;
    for subject in ["left", "right"] {
        let owner = identities.owner(&pool, &login(subject)).await?;
        same(owner.map(|owner| owner.identity), Some(left.id.guid()), "the owner of a merged login")?;
    }
    same(&*stored(&identities, &left.id).await?, &both, "the merged identity")?;
    same(&*stored(&identities, &right.id).await?, &gone, "the disabled identity")?;
    // Who still holds what was read before the merge changes nothing any more.
    let stale = [Step::Change(&old_right, &right)];
    ensure(identities.commit(&stale).await? != Outcome::Committed, "a change of a stale identity was made")
}

async fn one_upgrade(b: Bench) -> Verdict {
    let (identities, pool) = aggregates(&b)?;
    let new = guest(&b, &pool);
    same(identities.commit(&[Step::Create(&new)]).await?, Outcome::Committed, "a creation")?;
    let old = stored(&identities, &new.id).await?;
    all(["alice", "bob", "carol", "dave"].map(|subject| {
        let (identities, old) = (identities.clone(), old.clone());
        async move {
            identities.commit(&[Step::Change(&old, &with(&old, &[subject]))]).await.map(drop).map_err(Broken::from)
        }
    }))
    .await?;
    let now = stored(&identities, &new.id).await?;
    same(now.logins.len(), 1, "the logins of an upgraded guest")?;
    for subject in ["alice", "bob", "carol", "dave"] {
        let owned = identities.owner(&pool, &login(subject)).await?.is_some();
        same(owned, now.logins.contains(&login(subject)), "whether a login has an owner")?;
    }
    Ok(())
}

async fn deleted_identity(b: Bench) -> Verdict {
    let (identities, pool) = aggregates(&b)?;
    let new = with(&guest(&b, &pool), &["alice", "bob"]);
    same(identities.commit(&[Step::Create(&new)]).await?, Outcome::Committed, "a creation")?;
    let old = stored(&identities, &new.id).await?;
    same(identities.commit(&[Step::Delete(&old)]).await?, Outcome::Committed, "a deletion")?;
    ensure(identities.get(&new.id).await?.is_none(), "a deleted identity is found")?;
    ensure(identities.owner(&pool, &login("bob")).await?.is_none(), "a deleted identity owns a login")?;
    same(identities.of_pool(&pool, None, 100).await?.len(), 0, "the identities of the pool")
}

async fn listing(b: Bench) -> Verdict {
    let (identities, pool) = aggregates(&b)?;
    let other = PoolId::draw(&region()?, &*b.random);
    let mut wanted = Vec::new();
    for _ in 0..7 {
        let (mine, theirs) = (guest(&b, &pool), guest(&b, &other));
        same(identities.commit(&[Step::Create(&mine), Step::Create(&theirs)]).await?, Outcome::Committed, "creations")?;
        wanted.push(mine.id.guid());
    }
    wanted.sort_unstable();
    let mut seen = Vec::new();
    loop {
        let page = identities.of_pool(&pool, seen.last().copied(), 3).await?;
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|identity| identity.id.guid()));
    }
    same(seen, wanted, "the identities of a pool")
}

async fn stored(identities: &Identities, id: &IdentityId) -> Result<crate::Stored<Identity>, Broken> {
    identities.get(id).await?.ok_or_else(|| Broken("an identity that was made is gone".into()))
}

async fn records(b: Bench) -> Verdict {
    let node = Configuration::open(b.rows.clone(), b.random.clone()).await?;
    let prefix = name(&b);
    let note = |end: &str, count| Note { name: format!("{prefix}/{end}"), count };
    let (one, two) = (note("one", 1), note("two", 2));
    let mut batch = node.batch();
    batch.insert(&one)?;
    batch.insert(&two)?;
    same(node.commit(batch).await?, Outcome::Committed, "two inserts")?;
    let held = node.get::<Note>(&one.name).await?.ok_or_else(|| Broken("a record is gone".into()))?;
    same(&*held.record, &one, "a record")?;
    let mut again = node.batch();
    again.insert(&one)?;
    same(node.commit(again).await?, Outcome::Conflict(0), "an insert of a record that is there")?;
    let listed = node.list::<Note>(&format!("{prefix}/")).await?;
    same(listed.iter().map(|note| note.count).collect(), vec![1, 2], "the records of a prefix")?;
    node.update::<Note, Error>(&one.name, |old| Ok(old.map(|old| Note { count: old.count + 1, ..old.clone() })))
        .await?;
    same(node.peek::<Note>(&one.name)?.map(|note| note.count), Some(2), "a record after its update")?;
    node.update::<Note, Error>(&one.name, |_| Ok(None)).await?;
    ensure(node.get::<Note>(&one.name).await?.is_none(), "a deleted record is found")?;
    node.update::<Note, Error>(&one.name, |old| Ok(Some(old.cloned().unwrap_or(one.clone())))).await?;
    same(node.get::<Note>(&one.name).await?.map(|note| note.count), Some(1), "a record that was made again")
}

async fn two_nodes(b: Bench) -> Verdict {
    let here = Configuration::open(b.rows.clone(), b.random.clone()).await?;
    let there = Configuration::open(b.rows.clone(), b.random.clone()).await?;
    let id = name(&b);
    ensure(there.get::<Note>(&id).await?.is_none(), "a record is found before it was made")?;
    let first = Note { name: id.clone(), count: 1 };
    here.update::<Note, Error>(&id, |_| Ok(Some(first.clone()))).await?;
    // A miss is final only after a poll, so a new record is found at once.
    ensure(there.peek::<Note>(&id)?.is_none(), "a record is held before a poll")?;
    same(there.get::<Note>(&id).await?.map(|note| note.count), Some(1), "a record that another node made")?;
    here.update::<Note, Error>(&id, |_| Ok(Some(Note { count: 2, ..first.clone() }))).await?;
    same(there.peek::<Note>(&id)?.map(|note| note.count), Some(1), "a record before the next poll")?;
    // What is changed here on a stale reading starts over, and loses nothing.
    there.update::<Note, Error>(&id, |old| Ok(old.map(|old| Note { count: old.count + 10, ..old.clone() }))).await?;
    here.refresh().await?;
    same(here.peek::<Note>(&id)?.map(|note| note.count), Some(12), "a record that both changed")?;
    there.update::<Note, Error>(&id, |_| Ok(None)).await?;
    here.refresh().await?;
    ensure(here.peek::<Note>(&id)?.is_none(), "a record that another node deleted is held after a poll")?;
    same(here.revision(), there.revision(), "the revisions of both nodes")
}

async fn many_updates(b: Bench) -> Verdict {
    let id = name(&b);
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(Arc::new(Configuration::open(b.rows.clone(), b.random.clone()).await?));
    }
    let updates = nodes.iter().cycle().take(32).cloned().map(|node| {
        let id = id.clone();
        async move {
            let add =
                |old: Option<&Note>| Ok(Some(Note { name: id.clone(), count: old.map_or(1, |old| old.count + 1) }));
            node.update::<Note, Error>(&id, add).await.map_err(Broken::from)
        }
    });
    all(updates.collect::<Vec<_>>()).await?;
    for node in nodes {
        node.refresh().await?;
        same(node.peek::<Note>(&id)?.map(|note| note.count), Some(32), "the sum of 32 updates")?;
    }
    Ok(())
}

async fn last_uses(b: Bench) -> Verdict {
    let nodes: Vec<_> = (0..4).map(|_| Arc::new(LastUsed::new(b.rows.clone(), b.random.clone()))).collect();
    let names: Vec<String> = (0..120).map(|_| name(&b)).collect();
    let time = |number: usize| Timestamp::from_seconds(1_700_000_000 + i64::try_from(number).unwrap_or(0));
    for (number, node) in nodes.iter().enumerate() {
        for name in &names {
            node.note(name, time(number), "s3", "us-east-1");
            node.note(name, time(number) - Duration::from_secs(60), "iam", "us-east-1");
        }
    }
    all(nodes.clone().into_iter().map(|node| async move { node.write().await.map_err(Broken::from) })).await?;
    for name in &names {
        let used = nodes.first().map(|node| node.of(name));
        let Some(used) = used else { return Err(Broken("there are no nodes".into())) };
        let used = used.await?.map(|used| (used.time, used.service));
        same(used, Some((time(3), "s3".to_owned())), "the last use that four nodes noted")?;
    }
    Ok(())
}

fn name(b: &Bench) -> String {
    b.random.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn used_once(b: Bench) -> Verdict {
    let what = format!("{:?}", b.key());
    let until = Timestamp::from_millis(1_000);
    let firsts = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let uses = (0..8).map(|_| {
        let (b, what, firsts) = (b.clone(), what.clone(), firsts.clone());
        async move {
            let first = used::first(&*b.rows, &*b.random, &["it", &what], until).await?;
            firsts.fetch_add(usize::from(first), std::sync::atomic::Ordering::SeqCst);
            Ok(())
        }
    });
    all(uses.collect::<Vec<_>>()).await?;
    same(firsts.load(std::sync::atomic::Ordering::SeqCst), 1, "the number of first uses")?;
    let later = Timestamp::from_millis(i64::MAX / 2);
    for (what, until) in [(["i", &format!("t{what}")], until), (["it", &what], later)] {
        ensure(used::first(&*b.rows, &*b.random, &what, until).await?, "another thing is its own first")?;
    }
    while used::forget(&*b.rows, Timestamp::from_millis(2_000)).await? {}
    ensure(used::first(&*b.rows, &*b.random, &["it", &what], until).await?, "what is over is forgotten")?;
    ensure(!used::first(&*b.rows, &*b.random, &["it", &what], later).await?, "what still counts is not forgotten")
}
