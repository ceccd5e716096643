//! Identities and datasets under contention: `identity::history`, `sync::history`.

use identity::history::{Settings, run};

use crate::database::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_is_lost_and_nobody_disabled_comes_back() {
    no_login_is_lost_at("read committed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_is_lost_where_commits_give_way() {
    no_login_is_lost_at("serializable").await;
}

async fn no_login_is_lost_at(isolation: &str) {
    let database = Database::migrated().await;
    let isolation = isolation.replace(' ', "%5C%20");
    let query = format!("&options=-c%20default_transaction_isolation%3D{isolation}");
    let store = database.store_by(&database.url_at(&database.address(), &query)).await;
    let settings = Settings::of_environment();
    println!("seed {}", settings.seed);
    let report = run(store, settings).await.unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_of_a_dataset_is_lost() {
    no_update_is_lost_at("read committed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_of_a_dataset_is_lost_where_commits_give_way() {
    no_update_is_lost_at("serializable").await;
}

async fn no_update_is_lost_at(isolation: &str) {
    let database = Database::migrated().await;
    let isolation = isolation.replace(' ', "%5C%20");
    let query = format!("&options=-c%20default_transaction_isolation%3D{isolation}");
    let store = database.store_by(&database.url_at(&database.address(), &query)).await;
    let settings = sync::history::Settings::of_environment();
    println!("seed {}", settings.seed);
    let report = sync::history::run(store, settings).await.unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
    database.drop().await;
}
