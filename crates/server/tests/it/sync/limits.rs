//! What an identity may keep.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use operation::Organization;
use serde_json::{Value, json};
use sync::Sync;
use tokio::time::timeout;

use super::{Device, OWN, allow, assert_refused, remove, replace, start};
use crate::game::{Game, services_allowing};

#[tokio::test]
async fn an_identity_has_twenty_datasets() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    for number in 0..20 {
        ada.updated(&format!("set{number}"), json!([replace("k", "v", 0)])).await;
    }
    let answer = ada.update("another", json!([replace("k", "v", 0)])).await;
    assert_refused(&answer, 400, "LimitExceededException");
    ada.updated("set3", json!([replace("k", "w", 1)])).await;
    assert_eq!(ada.delete("set3").await.status, 200);
    ada.updated("another", json!([replace("k", "v", 0)])).await;
}

#[tokio::test]
async fn a_dataset_has_so_many_records_and_removed_ones_do_not_count() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let full: Vec<Value> = (0..1024).map(|number| replace(&format!("k{number}"), "v", 0)).collect();
    let records = ada.updated("prefs", json!(full)).await;
    assert!(records.len() == 1024 && records.iter().all(|record| record["SyncCount"] == 1));
    assert_eq!(ada.list("prefs", 0).await["Count"], 1024);
    let answer = ada.update("prefs", json!([replace("one more", "v", 0)])).await;
    assert_refused(&answer, 400, "LimitExceededException");
    ada.updated("prefs", json!([remove("k7", 1), replace("one more", "v", 0)])).await;
    assert_eq!(ada.get("/datasets/prefs").await.json()["Dataset"]["NumRecords"], 1024);
    let many: Vec<Value> = (0..1025).map(|number| replace(&format!("m{number}"), "v", 0)).collect();
    assert_refused(&ada.update("other", json!(many)).await, 400, "InvalidParameterException");
}

#[tokio::test]
async fn a_dataset_has_a_megabyte_in_bytes_of_utf_8() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let most = 1024 * 1024;
    ada.updated("exact", json!([replace("k", &"v".repeat(most - 1), 0)])).await;
    assert_eq!(ada.get("/datasets/exact").await.json()["Dataset"]["DataStorage"], most);
    let answer = ada.update("exact", json!([replace("l", "", 0)])).await;
    assert_refused(&answer, 400, "LimitExceededException");
    let wide = "ä".repeat(most / 2);
    assert_refused(&ada.update("wide", json!([replace("k", &wide, 0)])).await, 400, "LimitExceededException");
    // A limit comes before a conflict, and what makes room is taken.
    assert_refused(&ada.update("exact", json!([replace("l", "x", 9)])).await, 400, "LimitExceededException");
    ada.updated("exact", json!([replace("k", "small", 1), replace("l", "x", 0)])).await;
}

#[tokio::test]
async fn datasets_wait_for_room_in_the_memory_and_are_refused_without() {
    let state: Arc<OnceLock<Arc<Sync>>> = Arc::default();
    let kept = state.clone();
    let game = Game::start_on(
        move |host, allowed| {
            let sync = kept.get_or_init(|| Sync::new(host)).clone();
            [services_allowing(host, allowed), vec![sync::service(sync)]].into_iter().flatten().collect()
        },
        Organization::default(),
    )
    .await;
    allow(&game, "Player", "cognito-sync:*", OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("k", "v", 0)])).await;
    let session = ada.list("prefs", 0).await["SyncSessionToken"].clone();
    let room = &state.get().unwrap().room;
    let mut held = Vec::new();
    for bytes in [1024 * 1024, 0] {
        while let Ok(Ok(permit)) = timeout(Duration::from_millis(10), room.take_for(bytes, false)).await {
            held.push(permit);
        }
    }
    let (listed, updated) = tokio::join!(
        ada.get("/datasets/prefs/records"),
        ada.update_with("prefs", &session, json!([replace("k", "w", 1)])),
    );
    assert_refused(&listed, 429, "TooManyRequestsException");
    assert_refused(&updated, 429, "TooManyRequestsException");
    drop(held);
    ada.updated("prefs", json!([replace("k", "w", 1)])).await;
}
