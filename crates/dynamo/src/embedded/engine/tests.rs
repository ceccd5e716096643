//! Answers and syncs. The sync of these tests waits until it is let go.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use serde_json::json;

use super::*;

/// An engine in memory, whose syncs are told and wait for their result.
struct Held {
    engine: Engine,
    database: Database,
    begun: Receiver<()>,
    results: Sender<io::Result<()>>,
}

async fn held() -> Held {
    let database = Database::memory().unwrap();
    let (telling, begun) = mpsc::channel();
    let (results, result) = mpsc::channel::<io::Result<()>>();
    let sync = move || {
        telling.send(()).unwrap();
        result.recv().unwrap_or(Ok(()))
    };
    let opened = database.clone();
    let engine = Engine::with(Box::new(move || Ok(opened.clone())), sync).unwrap();
    results.send(Ok(())).unwrap();
    let table = json!({
        "TableName": "scores",
        "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    engine.execute("CreateTable", true, table, Vec::new()).await.unwrap();
    begun.recv().unwrap();
    Held { engine, database, begun, results }
}

impl Held {
    async fn put(&self, player: String) -> Result<Value, Error> {
        let item = json!({ "TableName": "scores", "Item": { "player": { "S": player } } });
        self.engine.execute("PutItem", true, item, scores()).await
    }

    async fn get(&self, player: &str) -> Result<Value, Error> {
        let key = json!({ "TableName": "scores", "Key": { "player": { "S": player } } });
        self.engine.execute("GetItem", false, key, scores()).await
    }

    async fn scan(&self) -> Result<Value, Error> {
        self.engine.execute("Scan", false, json!({ "TableName": "scores" }), scores()).await
    }

    fn items(&self) -> i64 {
        self.database.table_stats().unwrap().first().unwrap().item_count
    }
}

fn scores() -> Vec<(String, Option<Arc<Schema>>)> {
    let schema = Schema { hash: vec!["player".to_owned()], ..Schema::default() };
    vec![("scores".to_owned(), Some(Arc::new(schema)))]
}

fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
    matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
}

#[tokio::test]
async fn no_answer_leaves_before_its_sync() {
    let held = held().await;
    let mut put = pin!(held.put("me".to_owned()));
    assert!(is_pending(put.as_mut()));
    held.begun.recv().unwrap();
    assert_eq!(held.items(), 1);
    assert!(is_pending(put.as_mut()));
    held.results.send(Ok(())).unwrap();
    put.await.unwrap();
}

#[tokio::test]
async fn a_read_waits_for_what_it_could_have_seen() {
    let held = held().await;
    let mut put = pin!(held.put("me".to_owned()));
    assert!(is_pending(put.as_mut()));
    held.begun.recv().unwrap();
    let mut get = pin!(held.get("me"));
    assert!(is_pending(get.as_mut()));
    let mut scan = pin!(held.scan());
    assert!(is_pending(scan.as_mut()));
    // Nobody else's item, and no table's keys, have changed.
    held.get("you").await.unwrap();
    held.engine.schema("others").await.unwrap();
    assert!(is_pending(get.as_mut()) && is_pending(scan.as_mut()));
    held.results.send(Ok(())).unwrap();
    put.await.unwrap();
    assert_eq!(get.await.unwrap()["Item"]["player"]["S"], "me");
    assert_eq!(scan.await.unwrap()["Count"], 1);
    // Nothing was written since: no sync is needed.
    held.get("me").await.unwrap();
    assert!(held.begun.try_recv().is_err());
}

#[tokio::test]
async fn many_writes_share_one_sync() {
    let held = held().await;
    let mut first = pin!(held.put("first".to_owned()));
    assert!(is_pending(first.as_mut()));
    held.begun.recv().unwrap();
    let mut others: Vec<_> = (0..63).map(|number| Box::pin(held.put(number.to_string()))).collect();
    for other in &mut others {
        assert!(is_pending(other.as_mut()));
    }
    while held.items() < 64 {
        std::thread::yield_now();
    }
    held.results.send(Ok(())).unwrap();
    held.results.send(Ok(())).unwrap();
    held.results.send(Ok(())).unwrap();
    first.await.unwrap();
    for other in others {
        other.await.unwrap();
    }
    // One while the first was held; the worker may have been between two of the others once more.
    assert!((1..=2).contains(&held.begun.try_iter().count()));
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_promised() {
    let held = held().await;
    held.results.send(Err(io::Error::other("EIO"))).unwrap();
    assert!(matches!(held.put("me".to_owned()).await, Err(Error::Internal(_))));
    assert!(matches!(held.get("me").await, Err(Error::Internal(_))));
    assert!(matches!(held.put("you".to_owned()).await, Err(Error::Internal(_))));
    assert!(matches!(held.engine.schema("others").await, Err(Error::Internal(_))));
    assert_eq!(held.items(), 1, "the second write was not tried");
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_begun() {
    let held = held().await;
    let mut put = pin!(held.put("me".to_owned()));
    assert!(is_pending(put.as_mut()));
    held.begun.recv().unwrap();
    held.results.send(Ok(())).unwrap();
    put.await.unwrap();
    let (reply, answer) = oneshot::channel();
    drop(answer);
    let room = held.engine.0.room.clone().acquire_owned().await.unwrap();
    let document = json!({ "TableName": "scores", "Item": { "player": { "S": "gone" } } });
    let order = Box::new(Order { operation: "PutItem", writes: true, document, relies_on: Vec::new() });
    held.engine.0.orders.as_ref().unwrap().send(Job::Execute { order, reply, room }).unwrap();
    held.get("me").await.unwrap();
    assert_eq!(held.items(), 1);
}

#[tokio::test]
async fn a_panic_of_the_engine_fails_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(&folder.path().join("tables.db")).unwrap();
    let table = json!({
        "TableName": "scores",
        "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    engine.execute("CreateTable", true, table, Vec::new()).await.unwrap();
    assert!(matches!(engine.execute(dispatch::PANICS, true, json!({}), Vec::new()).await, Err(Error::Internal(_))));
    let item = json!({ "TableName": "scores", "Item": { "player": { "S": "me" } } });
    engine.execute("PutItem", true, item, Vec::new()).await.unwrap();
    drop(engine);
    let engine = Engine::start(&folder.path().join("tables.db")).unwrap();
    let all = engine.execute("Scan", false, json!({ "TableName": "scores" }), Vec::new()).await.unwrap();
    assert_eq!(all["Count"], 1);
}
