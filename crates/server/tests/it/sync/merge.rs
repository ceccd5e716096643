//! What becomes of datasets where identities merge.

use http::Method;
use serde_json::json;

use super::{Device, OWN, assert_refused, call, replace, sign_in, start};

#[tokio::test]
async fn a_guests_datasets_wait_for_the_person_that_the_guest_turns_out_to_be() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("colour", "red", 0)])).await;
    let guest = Device::of_guest(&game).await;
    guest.updated("prefs", json!([replace("colour", "blue", 0)])).await;
    guest.updated("score", json!([replace("best", "7", 0)])).await;
    let session = guest.list("prefs", 0).await["SyncSessionToken"].clone();
    assert_eq!(sign_in(&game, &guest.identity, "ada").await, ada.identity);

    let merged = format!("prefs.{}", guest.identity);
    let listed = ada.list("prefs", 1).await;
    assert_eq!(listed["MergedDatasetNames"], json!([merged]));
    assert_eq!((&listed["DatasetSyncCount"], &listed["Count"]), (&json!(1), &json!(0)));
    // A name that the person did not have waits as well.
    let listed = ada.list("score", 0).await;
    assert_eq!(listed["MergedDatasetNames"], json!([format!("score.{}", guest.identity)]));
    assert_eq!(listed["DatasetExists"], false);
    let listed = ada.list(&merged, 0).await;
    assert_eq!((&listed["Records"][0]["Value"], &listed["MergedDatasetNames"]), (&json!("blue"), &json!([])));
    let names: Vec<_> = ada.get("/datasets").await.json()["Datasets"].as_array().unwrap().clone();
    assert_eq!(names.len(), 3);

    // The guest's credentials still verify, and reach nothing: not even with a session that had begun.
    for answer in [
        guest.get("/datasets").await,
        guest.get("/datasets/prefs/records").await,
        guest.update_with("prefs", &session, json!([replace("colour", "late", 1)])).await,
        guest.delete("prefs").await,
    ] {
        assert_refused(&answer, 403, "NotAuthorizedException");
        assert_eq!(answer.message(), format!("Access to Identity '{}' is forbidden.", guest.identity));
    }
    // Nor is the guest's session one of the person.
    assert_eq!(ada.update_with(&merged, &session, json!([replace("colour", "late", 1)])).await.status, 400);

    // The app copies what it wants, and deletes what it has merged: it is not reported any more.
    ada.updated("prefs", json!([replace("colour", "blue", 1)])).await;
    assert_eq!(ada.delete(&merged).await.status, 200);
    assert_eq!(ada.list("prefs", 2).await["MergedDatasetNames"], json!([]));
    assert_eq!(ada.list("prefs", 2).await["DatasetExists"], true);
}

#[tokio::test]
async fn an_upgraded_guest_keeps_its_datasets() {
    let game = start(OWN).await;
    let guest = Device::of_guest(&game).await;
    guest.updated("prefs", json!([replace("colour", "blue", 0)])).await;
    assert_eq!(sign_in(&game, &guest.identity, "ada").await, guest.identity);
    let ada = Device::of(&game, "ada").await;
    let listed = ada.list("prefs", 0).await;
    assert_eq!((&listed["Records"][0]["Value"], &listed["MergedDatasetNames"]), (&json!("blue"), &json!([])));
}

#[tokio::test]
async fn merged_datasets_count_toward_the_limit_and_never_keep_anybody_from_signing_in() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("own", json!([replace("k", "v", 0)])).await;
    for _ in 0..2 {
        let guest = Device::of_guest(&game).await;
        for number in 0..12 {
            guest.updated(&format!("set{number}"), json!([replace("k", "v", 0)])).await;
        }
        assert_eq!(sign_in(&game, &guest.identity, "ada").await, ada.identity);
    }
    assert_eq!(ada.get("/datasets").await.json()["Count"], 25);
    assert_refused(&ada.update("set0", json!([replace("k", "v", 0)])).await, 400, "LimitExceededException");
    // What is there may be changed.
    ada.updated("own", json!([replace("k", "w", 1)])).await;
    let waiting = ada.list("set0", 0).await["MergedDatasetNames"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn merged_names_are_reached_raw_and_encoded() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let guest = Device::of_guest(&game).await;
    let long = "n".repeat(128);
    guest.updated(&long, json!([replace("k", "v", 0)])).await;
    sign_in(&game, &guest.identity, "ada").await;
    let waiting = ada.list(&long, 0).await["MergedDatasetNames"].clone();
    let name = waiting[0].as_str().unwrap();
    assert!(name.len() <= 128 && name.ends_with(&guest.identity), "{name}");
    for spelled in [name.to_owned(), name.replace(':', "%3A")] {
        assert_eq!(ada.list(&spelled, 0).await["Count"], 1);
    }
    let path = ada.path(&format!("/datasets/{name}"));
    assert_eq!(call(&game, Method::DELETE, &path, serde_json::Value::Null, &ada.keys).await.status, 200);
    assert_eq!(ada.list(&long, 0).await["MergedDatasetNames"], json!([]));
}
