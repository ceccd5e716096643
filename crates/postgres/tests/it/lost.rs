//! Connections that are lost while a commit is on its way.

use std::sync::Arc;

use postgres::Store;
use store::{Error, Outcome, Row, Rows, Table, Version, Write};

use crate::database::Database;
use crate::proxy::{Lose, Proxy};

/// A store behind a proxy that loses a connection, and one that is not.
struct Bench {
    database: Database,
    proxy: Proxy,
    through: Arc<Store>,
    direct: Arc<Store>,
}

async fn bench(needle: &'static str, lose: Lose) -> Bench {
    let database = Database::migrated().await;
    let proxy = Proxy::start(database.address(), needle, lose).await;
    let through = database.store_by(&database.url_at(&proxy.address, "")).await;
    let direct = database.store().await;
    Bench { database, proxy, through, direct }
}

fn row(number: u8) -> Row {
    Row { version: Version([number; 16]), value: vec![number] }
}

fn insert(table: Table, key: &[u8], number: u8) -> Write {
    Write::insert(table, key.to_vec(), row(number))
}

/// Commits through the proxy, does `meanwhile` once the connection is about to be lost, and answers
/// how the commit ended.
async fn lose(b: &Bench, writes: Vec<Write>, meanwhile: impl AsyncFnOnce(&Store)) -> Result<Outcome, Error> {
    b.proxy.arm();
    let through = b.through.clone();
    let committing = tokio::spawn(async move { through.commit(writes).await });
    b.proxy.reached().await;
    meanwhile(&b.direct).await;
    b.proxy.go();
    committing.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_knows_itself_again() {
    let b = bench("COMMIT", Lose::Answer).await;
    let writes = vec![insert(Table::Identity, b"one", 1), insert(Table::Configuration, b"two", 2)];
    let outcome = lose(&b, writes, async |direct| {
        assert_eq!(direct.get(Table::Identity, b"one").await.unwrap(), Some(row(1)), "it is committed by now");
    });
    assert_eq!(outcome.await.unwrap(), Outcome::Committed);
    assert_eq!(b.direct.get(Table::Configuration, b"two").await.unwrap(), Some(row(2)));
    assert_eq!(b.direct.changes(0).await.unwrap().revision, 1, "it was made once");
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_write_whose_answer_is_lost_knows_itself_again() {
    let b = bench("INSERT INTO daypass_login", Lose::Answer).await;
    let outcome = lose(&b, vec![insert(Table::Login, b"key", 1)], async |_| {}).await;
    assert_eq!(outcome.unwrap(), Outcome::Committed);
    assert_eq!(b.direct.get(Table::Login, b"key").await.unwrap(), Some(row(1)));
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_made_by_the_next_attempt() {
    let b = bench("COMMIT", Lose::Message).await;
    let writes = vec![insert(Table::Identity, b"one", 1), insert(Table::Login, b"two", 2)];
    let outcome = lose(&b, writes, async |direct| {
        assert_eq!(direct.get(Table::Identity, b"one").await.unwrap(), None, "it is not committed yet");
    });
    assert_eq!(outcome.await.unwrap(), Outcome::Committed);
    assert_eq!(b.direct.get(Table::Login, b"two").await.unwrap(), Some(row(2)));
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_in_the_middle_costs_nothing() {
    let b = bench("INSERT INTO daypass_login", Lose::Message).await;
    let writes = vec![insert(Table::Identity, b"one", 1), insert(Table::Login, b"two", 2)];
    assert_eq!(lose(&b, writes, async |_| {}).await.unwrap(), Outcome::Committed);
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_lost_is_asked_again() {
    let b = bench("SELECT version, value FROM daypass_identity", Lose::Answer).await;
    b.direct.commit(vec![insert(Table::Identity, b"one", 1)]).await.unwrap();
    b.proxy.arm();
    b.proxy.go();
    assert_eq!(b.through.get(Table::Identity, b"one").await.unwrap(), Some(row(1)));
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_rows_changed_since_is_told_that_nobody_knows() {
    let b = bench("COMMIT", Lose::Answer).await;
    let writes = vec![insert(Table::Identity, b"one", 1), insert(Table::Login, b"two", 2)];
    let outcome = lose(&b, writes, async |direct| {
        let next = Write::replace(Table::Identity, b"one".to_vec(), Version([1; 16]), row(3));
        assert_eq!(direct.commit(vec![next]).await.unwrap(), Outcome::Committed);
    });
    let error = outcome.await.unwrap_err();
    assert!(error.to_string().contains("others changed its rows since"), "{error}");
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_answer_is_lost_is_not_called_a_conflict() {
    let b = bench("DELETE FROM daypass_login", Lose::Answer).await;
    b.direct.commit(vec![insert(Table::Login, b"key", 1)]).await.unwrap();
    let delete = Write::delete(Table::Login, b"key".to_vec(), Version([1; 16]));
    let outcome = lose(&b, vec![delete], async |_| {}).await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    b.database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_waits_for_holds_no_rows() {
    let b = bench("COMMIT", Lose::Message).await;
    let writes = vec![insert(Table::Identity, b"one", 1), insert(Table::Login, b"two", 2)];
    b.proxy.arm();
    let through = b.through.clone();
    let committing = tokio::spawn(async move { through.commit(writes).await });
    b.proxy.reached().await;
    committing.abort();
    b.proxy.go();
    // Its transaction was open with this row; it must end with the connection.
    assert_eq!(b.direct.commit(vec![insert(Table::Identity, b"one", 9)]).await.unwrap(), Outcome::Committed);
    assert_eq!(b.through.get(Table::Identity, b"one").await.unwrap(), Some(row(9)));
    assert_eq!(b.through.get(Table::Login, b"two").await.unwrap(), None);
    b.database.drop().await;
}
