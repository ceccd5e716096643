//! UpdateRecords.

use http::Method;
use serde_json::{Value, json};

use super::{Device, OWN, assert_refused, call, remove, replace, start};

#[tokio::test]
async fn all_patches_of_a_call_share_one_new_count() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let records = ada.updated("prefs", json!([replace("a", "1", 0), replace("b", "", 0)])).await;
    let now = game.server.host.now().epoch_number();
    let record = |key: &str, value: &str| {
        json!({
            "Key": key, "Value": value, "SyncCount": 1, "LastModifiedDate": now, "LastModifiedBy": ada.identity,
        })
    };
    assert_eq!(records, [record("a", "1"), record("b", "")]);
    let token = ada.list("prefs", 1).await["SyncSessionToken"].clone();
    let body = json!({
        "SyncSessionToken": token, "DeviceId": "phone",
        "RecordPatches": [
            { "Op": "replace", "Key": "a", "Value": "2", "SyncCount": 1, "DeviceLastModifiedDate": 1_700_000_000.5 },
            remove("b", 1),
        ],
    });
    let answer = call(&game, Method::POST, &ada.path("/datasets/prefs"), body, &ada.keys).await.json();
    let (a, b) = (&answer["Records"][0], &answer["Records"][1]);
    assert_eq!((&a["SyncCount"], &b["SyncCount"], b.get("Value")), (&json!(2), &json!(2), None));
    assert_eq!((&a["LastModifiedBy"], &a["DeviceLastModifiedDate"]), (&json!("phone"), &json!(1_700_000_000.5)));
    let dataset = ada.get("/datasets/prefs").await.json()["Dataset"].clone();
    assert_eq!((&dataset["NumRecords"], &dataset["DataStorage"]), (&json!(1), &json!(2)));
    assert_eq!(dataset["LastModifiedBy"], "phone");
}

#[tokio::test]
async fn one_conflict_stores_nothing() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("a", "1", 0), replace("b", "1", 0)])).await;
    ada.updated("prefs", json!([replace("a", "2", 1)])).await;
    let answer = ada.update("prefs", json!([replace("b", "2", 1), replace("c", "new", 0), replace("a", "3", 1)])).await;
    assert_refused(&answer, 409, "ResourceConflictException");
    assert_eq!(answer.message(), "Current SyncCount for: a is: 2 not: 1");
    let listed = ada.list("prefs", 0).await;
    assert_eq!((&listed["DatasetSyncCount"], &listed["Count"]), (&json!(2), &json!(2)));
    let answer = ada.update("prefs", json!([replace("a", "3", 7)])).await;
    assert_eq!(answer.message(), "Current SyncCount for: a is: 2 not: 7");
    let answer = ada.update("prefs", json!([replace("none", "3", 7)])).await;
    assert_eq!(answer.message(), "Current SyncCount for: none is: 0 not: 7");
    let answer = ada.update("prefs", json!([remove("a", 1)])).await;
    assert_eq!((answer.status, answer.message()), (409, "Current SyncCount for: a is: 2 not: 1".to_owned()));
}

#[tokio::test]
async fn what_is_stored_already_changes_nothing() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    // As after an answer that was lost on its way.
    for _ in 0..2 {
        let records = ada.updated("prefs", json!([replace("a", "1", 0)])).await;
        assert_eq!((&records[0]["SyncCount"], &records[0]["Value"]), (&json!(1), &json!("1")));
    }
    assert_eq!(ada.list("prefs", 0).await["DatasetSyncCount"], 1);
    let mixed = ada.updated("prefs", json!([replace("b", "2", 0), replace("a", "1", 9)])).await;
    assert_eq!((&mixed[0]["SyncCount"], &mixed[1]["SyncCount"]), (&json!(2), &json!(1)));
    let none = ada.updated("prefs", json!([remove("never", 4)])).await;
    assert_eq!(none, [json!({ "Key": "never", "SyncCount": 0 })]);
    assert_eq!(ada.updated("prefs", json!([])).await, Vec::<Value>::new());
    assert_eq!(ada.list("prefs", 0).await["DatasetSyncCount"], 2);
    assert_eq!(ada.updated("none", json!([])).await, Vec::<Value>::new());
    assert_eq!(ada.list("none", 0).await["DatasetExists"], false);
}

#[tokio::test]
async fn a_removed_record_may_be_made_again() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("a", "1", 0), replace("b", "1", 0)])).await;
    ada.updated("prefs", json!([remove("a", 1), remove("b", 1)])).await;
    let records = ada.updated("prefs", json!([replace("a", "2", 2), replace("b", "2", 0)])).await;
    assert_eq!((&records[0]["SyncCount"], &records[1]["Value"]), (&json!(3), &json!("2")));
    // Who saw it while it was there has not seen that it was removed.
    ada.updated("prefs", json!([remove("a", 3)])).await;
    let answer = ada.update("prefs", json!([replace("a", "late", 3)])).await;
    assert_eq!(answer.message(), "Current SyncCount for: a is: 4 not: 3");
}

#[tokio::test]
async fn patches_are_checked() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    for (patch, wanted) in [
        (json!({ "Key": "a", "Value": "1", "SyncCount": 0 }), "'recordPatches.1.member.op'"),
        (json!({ "Op": "put", "Key": "a", "Value": "1", "SyncCount": 0 }), "enum value set: [replace, remove]"),
        (json!({ "Op": "replace", "Value": "1", "SyncCount": 0 }), "'recordPatches.1.member.key'"),
        (json!({ "Op": "replace", "Key": "", "Value": "1", "SyncCount": 0 }), "greater than or equal to 1"),
        (json!({ "Op": "replace", "Key": "a", "Value": "1" }), "'recordPatches.1.member.syncCount'"),
        (json!({ "Op": "replace", "Key": "a", "Value": "1", "SyncCount": -1 }), "greater than or equal to 0"),
        (json!({ "Op": "replace", "Key": "a", "SyncCount": 0 }), "'recordPatches.1.member.value'"),
        (json!({ "Op": "replace", "Key": "a", "Value": null, "SyncCount": 0 }), "'recordPatches.1.member.value'"),
        (json!({ "Op": "replace", "Key": "k".repeat(1025), "Value": "1", "SyncCount": 0 }), "equal to 1024"),
        (json!({ "Op": "replace", "Key": "a", "Value": "v".repeat(1_048_576), "SyncCount": 0 }), "equal to 1048575"),
    ] {
        let answer = ada.update("prefs", json!([patch])).await;
        assert_refused(&answer, 400, "InvalidParameterException");
        assert!(answer.message().contains(wanted) && answer.text().len() < 2000, "{}", answer.message());
    }
    let twice = ada.update("prefs", json!([replace("a", "1", 0), replace("a", "2", 0)])).await;
    assert_refused(&twice, 400, "InvalidParameterException");
    for patches in [json!("text"), json!([{ "Op": "replace", "Key": 5 }]), json!([[]]), json!({})] {
        assert_refused(&ada.update("prefs", patches).await, 400, "SerializationException");
    }
    assert_eq!(ada.list("prefs", 0).await["DatasetExists"], false);
}

#[tokio::test]
async fn the_path_alone_says_whose_records_are_changed() {
    let game = start(OWN).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    let token = ada.list("prefs", 0).await["SyncSessionToken"].clone();
    let body = json!({
        "IdentityId": grace.identity, "DatasetName": "other", "IdentityPoolId": "us-east-1:none",
        "SyncSessionToken": token, "RecordPatches": [replace("a", "1", 0)],
    });
    let answer = call(&game, Method::POST, &ada.path("/datasets/prefs"), body, &ada.keys).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(grace.list("other", 0).await["DatasetExists"], false);
    assert_eq!(ada.list("prefs", 0).await["Count"], 1);
}

#[tokio::test]
async fn any_text_is_a_key_and_a_value() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let texts = ["ключ", "a/b?c=d&e", "\u{0}\u{1f}", "🎲🎲", " ", "\"quoted\"", "__proto__"];
    let patches: Vec<Value> = texts.iter().map(|text| replace(text, &text.repeat(3), 0)).collect();
    ada.updated("prefs", json!(patches)).await;
    let listed = ada.list("prefs", 0).await;
    for text in texts {
        let record = listed["Records"].as_array().unwrap().iter().find(|record| record["Key"] == text).unwrap();
        assert_eq!(record["Value"], text.repeat(3));
    }
    let bytes: usize = texts.iter().map(|text| text.len() * 4).sum();
    assert_eq!(ada.get("/datasets/prefs").await.json()["Dataset"]["DataStorage"], bytes);
}
