use ::store::{Rows as _, Table};
use postgres::{OpenError, Options, Store, migrate};
use vocab::SystemRandom;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_not_migrated_is_refused_with_the_remedy() {
    let database = Database::empty().await;
    let refused = Store::connect(&database.url(), Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::NotMigrated { found: 0, known: KNOWN }), "{refused}");
    assert!(refused.to_string().contains("`daypass admin migrate`"));
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_refused() {
    let database = Database::migrated().await;
    database.run("UPDATE daypass_schema SET version = 99").await;
    let refused = Store::connect(&database.url(), Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, known: KNOWN }), "{refused}");
    let refused = migrate(&database.url(), &SystemRandom).await.err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, known: KNOWN }), "{refused}");
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_can_be_repeated_and_taken_up_where_it_stopped() {
    let database = Database::migrated().await;
    assert_eq!(migrate(&database.url(), &SystemRandom).await.unwrap(), (KNOWN, KNOWN));
    database.run("UPDATE daypass_schema SET version = 0").await;
    database.run("DROP TABLE daypass_blob").await;
    assert_eq!(migrate(&database.url(), &SystemRandom).await.unwrap(), (0, KNOWN));
    database.store().await;
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_schema_keeps_its_rows() {
    let database = Database::migrated().await;
    database.run("DROP TABLE daypass_used").await;
    without_newer_tables(&database).await;
    database.run("UPDATE daypass_schema SET version = 1").await;
    database.run("INSERT INTO daypass_identity (key, version, value) VALUES ('one', decode(repeat('07', 16), 'hex'), 'kept')").await;
    assert_eq!(migrate(&database.url(), &SystemRandom).await.unwrap(), (1, KNOWN));
    let store = database.store().await;
    assert_eq!(store.get(Table::Identity, b"one").await.unwrap().unwrap().value, b"kept");
    assert_eq!(store.get(Table::Used, b"one").await.unwrap(), None);
    drop(store);
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_schema_before_is_brought_forward() {
    let database = Database::migrated().await;
    without_newer_tables(&database).await;
    database.run("UPDATE daypass_schema SET version = 2").await;
    let refused = Store::connect(&database.url(), Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::NotMigrated { found: 2, known: KNOWN }), "{refused}");
    assert_eq!(migrate(&database.url(), &SystemRandom).await.unwrap(), (2, KNOWN));
    store::suite::run(database.store().await, std::sync::Arc::new(SystemRandom)).await.unwrap();
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_at_the_same_time_do_not_disturb_each_other() {
    let database = Database::empty().await;
    let url = database.url();
    let both = tokio::join!(migrate(&url, &SystemRandom), migrate(&url, &SystemRandom));
    both.0.unwrap();
    both.1.unwrap();
    database.store().await;
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_the_database_refuses_is_an_error() {
    let database = Database::empty().await;
    let url = database.url().expose().replace("daypass_test_", "daypass_nosuch_");
    let refused = Store::connect(&vocab::Secret::new(url), Options::default()).await.err().unwrap();
    assert!(refused.to_string().contains("does not exist"), "{refused}");
    database.drop().await;
}

/// Takes away what the steps after the second made.
async fn without_newer_tables(database: &Database) {
    for table in ["last_used", "dataset", "record", "discarded", "sync_session", "object_version"] {
        database.run(&format!("DROP TABLE daypass_{table}")).await;
    }
}

/// The newest schema.
pub(crate) const KNOWN: i32 = 6;
