//! The configuration's revisions.

use super::{Bench, Broken, Case, Verdict, all, ensure, same};
use crate::rows::{Change, Table, Write};

pub(super) const CASES: &[(&str, Case)] = &[
    ("a change moves the revision", |b| Box::pin(change_moves(b))),
    ("other tables leave the revision alone", |b| Box::pin(others_leave_it(b))),
    ("a conflict leaves the revision alone", |b| Box::pin(conflict_leaves_it(b))),
    ("a row that changed often is named once", |b| Box::pin(named_once(b))),
    ("a deletion is told to those who saw the row", |b| Box::pin(deletion_is_told(b))),
    ("a row inserted again is told as it is now", |b| Box::pin(inserted_again(b))),
    ("revision zero asks for everything", |b| Box::pin(everything(b))),
    ("a poll during changes misses none", |b| Box::pin(misses_none(b))),
];

const TABLE: Table = Table::Configuration;

async fn revision(b: &Bench) -> Result<u64, Broken> {
    Ok(b.rows.changes(0).await?.revision)
}

async fn change_moves(b: Bench) -> Verdict {
    let before = revision(&b).await?;
    let (one, two) = (b.key(), b.key());
    let (first, second) = (b.row(b"one"), b.row(b"two"));
    let insert = |key: &[u8], row| Write::insert(TABLE, key.to_vec(), row);
    b.commits([insert(&one, first.clone()), insert(&two, second.clone())]).await?;
    let seen = b.rows.changes(before).await?;
    ensure(seen.revision > before, "the revision did not move")?;
    let mut wanted = vec![Change { key: one, row: Some(first) }, Change { key: two, row: Some(second) }];
    wanted.sort_by(|one, two| one.key.cmp(&two.key));
    let mut changes = seen.changes;
    changes.sort_by(|one, two| one.key.cmp(&two.key));
    same(changes, wanted, "the changes of one commit")?;
    let seen = b.rows.changes(seen.revision).await?;
    same(seen.changes, Vec::new(), "the changes since the last")
}

async fn others_leave_it(b: Bench) -> Verdict {
    let before = revision(&b).await?;
    b.put(Table::Identity, &b.key(), b"").await?;
    b.put(Table::Object, &b.key(), b"").await?;
    same(revision(&b).await?, before, "the revision")
}

async fn conflict_leaves_it(b: Bench) -> Verdict {
    let key = b.key();
    b.put(TABLE, &key, b"").await?;
    let before = revision(&b).await?;
    b.conflicts([Write::insert(TABLE, b.key(), b.row(b"")), Write::insert(TABLE, key, b.row(b""))], 1).await?;
    same(revision(&b).await?, before, "the revision")
}

async fn named_once(b: Bench) -> Verdict {
    let before = revision(&b).await?;
    let key = b.key();
    let mut row = b.put(TABLE, &key, b"0").await?;
    for value in [b"1", b"2", b"3"] {
        let next = b.row(value);
        b.commits([Write::replace(TABLE, key.clone(), row.version, next.clone())]).await?;
        row = next;
    }
    let seen = b.rows.changes(before).await?;
    same(seen.changes, vec![Change { key, row: Some(row) }], "the changes of one row")
}

async fn deletion_is_told(b: Bench) -> Verdict {
    let key = b.key();
    let row = b.put(TABLE, &key, b"").await?;
    let seen = revision(&b).await?;
    b.commits([Write::delete(TABLE, key.clone(), row.version)]).await?;
    let changes = b.rows.changes(seen).await?;
    ensure(changes.revision > seen, "the revision did not move")?;
    same(changes.changes, vec![Change { key: key.clone(), row: None }], "the changes of a deletion")?;
    b.holds(TABLE, &key, None).await
}

async fn inserted_again(b: Bench) -> Verdict {
    let key = b.key();
    let row = b.put(TABLE, &key, b"first").await?;
    let seen = revision(&b).await?;
    b.commits([Write::delete(TABLE, key.clone(), row.version)]).await?;
    let again = b.put(TABLE, &key, b"second").await?;
    b.holds(TABLE, &key, Some(&again)).await?;
    let changes = b.rows.changes(seen).await?.changes;
    same(changes, vec![Change { key, row: Some(again) }], "the changes of a row that came back")
}

async fn everything(b: Bench) -> Verdict {
    let key = b.key();
    let row = b.put(TABLE, &key, b"value").await?;
    b.put(TABLE, &b.key(), b"later").await?;
    let changes = b.rows.changes(0).await?.changes;
    ensure(changes.contains(&Change { key, row: Some(row) }), "an older row is missing from everything")
}

/// Writers and a poller side by side: who follows the revisions ends with every row.
async fn misses_none(b: Bench) -> Verdict {
    let start = revision(&b).await?;
    let keys: Vec<Vec<u8>> = (0..48).map(|_| b.key()).collect();
    let writers = keys.iter().cloned().map(|key| {
        let b = b.clone();
        async move { b.put(TABLE, &key, b"").await.map(drop) }
    });
    let writing = tokio::spawn(all(writers.collect::<Vec<_>>()));
    let (mut at, mut seen) = (start, Vec::new());
    loop {
        let last = writing.is_finished();
        let changes = b.rows.changes(at).await?;
        ensure(changes.revision >= at, "the revision went back")?;
        at = changes.revision;
        seen.extend(changes.changes.into_iter().map(|change| change.key));
        if last {
            break;
        }
        tokio::task::yield_now().await;
    }
    writing.await.map_err(|error| Broken(format!("a task ended early: {error}")))??;
    ensure(keys.iter().all(|key| seen.contains(key)), "a poller missed a change")
}
