use std::sync::Arc;

use vocab::SystemRandom;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_promise_at_read_committed() {
    keeps_every_promise_at("read committed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_promise_at_repeatable_read() {
    keeps_every_promise_at("repeatable read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_promise_at_serializable() {
    keeps_every_promise_at("serializable").await;
}

async fn keeps_every_promise_at(isolation: &str) {
    let database = Database::migrated().await;
    let isolation = isolation.replace(' ', "%5C%20");
    let query = format!("&options=-c%20default_transaction_isolation%3D{isolation}");
    let store = database.store_by(&database.url_at(&database.address(), &query)).await;
    // Twice: the second time over what the first left.
    for _ in 0..2 {
        store::suite::run(store.clone(), Arc::new(SystemRandom)).await.unwrap_or_else(|failure| panic!("{failure}"));
    }
    drop(store);
    database.drop().await;
}
