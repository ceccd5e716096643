use std::time::Duration;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_one_holder_until_it_ends() {
    let database = Database::migrated().await;
    let (here, there) = (database.store().await, database.store().await);
    let (one, two, minute) = ([1; 16], [2; 16], Duration::from_secs(60));
    assert!(here.acquire_lease("blobs", one, minute).await.unwrap());
    assert!(!there.acquire_lease("blobs", two, minute).await.unwrap());
    assert!(there.acquire_lease("items", two, minute).await.unwrap(), "another name is another lease");
    assert!(here.acquire_lease("blobs", one, Duration::ZERO).await.unwrap(), "its holder renews it");
    assert!(there.acquire_lease("blobs", two, minute).await.unwrap(), "it has ended");
    here.release_lease("blobs", one).await.unwrap();
    assert!(!here.acquire_lease("blobs", one, minute).await.unwrap(), "only its holder gives it back");
    there.release_lease("blobs", two).await.unwrap();
    assert!(here.acquire_lease("blobs", one, minute).await.unwrap());
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_takes_a_lease() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let takers = (0..16_u8).map(|holder| {
        let store = store.clone();
        tokio::spawn(async move { store.acquire_lease("blobs", [holder; 16], Duration::from_secs(60)).await })
    });
    let mut taken = 0;
    for taker in takers.collect::<Vec<_>>() {
        taken += usize::from(taker.await.unwrap().unwrap());
    }
    assert_eq!(taken, 1);
    database.drop().await;
}
