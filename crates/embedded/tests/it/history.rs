//! Identities and datasets under contention: `identity::history`, `sync::history`.

use std::sync::Arc;

use embedded::Store;
use identity::history::{Settings, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_is_lost_and_nobody_disabled_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::of_environment();
    println!("seed {}", settings.seed);
    let store: Arc<dyn store::Rows> = Store::open(folder.path()).unwrap();
    let report = run(store, settings).await.unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_of_a_dataset_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let settings = sync::history::Settings::of_environment();
    println!("seed {}", settings.seed);
    let store: Arc<dyn store::Rows> = Store::open(folder.path()).unwrap();
    let report = sync::history::run(store, settings).await.unwrap_or_else(|broken| panic!("{broken}"));
    println!("{report}");
}
