use std::sync::Arc;

use embedded::Store;
use store::{Row, Rows, Table, Version, Write};
use vocab::SystemRandom;

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store::suite::run(store, Arc::new(SystemRandom)).await.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_promise_in_a_folder_that_was_used_before() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let store = Store::open(folder.path()).unwrap();
        store::suite::run(store, Arc::new(SystemRandom)).await.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let row = Row { version: Version([7; 16]), value: b"kept".to_vec() };
    let store = Store::open(folder.path()).unwrap();
    for table in Table::ALL {
        store.commit(vec![Write::insert(table, b"key".to_vec(), row.clone())]).await.unwrap();
    }
    let revision = store.changes(0).await.unwrap().revision;
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    for table in Table::ALL {
        assert_eq!(store.get(table, b"key").await.unwrap(), Some(row.clone()), "{}", table.name());
    }
    assert_eq!(store.changes(0).await.unwrap().revision, revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_store_has_written_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let row = Row { version: Version([7; 16]), value: Vec::new() };
    let commits = (0..100_u32).map(|number| {
        let write = Write::insert(Table::Identity, number.to_be_bytes().to_vec(), row.clone());
        let store = store.clone();
        tokio::spawn(async move { store.commit(vec![write]).await })
    });
    for commit in commits.collect::<Vec<_>>() {
        commit.await.unwrap().unwrap();
    }
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert!(store.get(Table::Identity, &99_u32.to_be_bytes()).await.unwrap().is_some());
}
