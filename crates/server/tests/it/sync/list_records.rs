//! ListRecords.

use serde_json::{Value, json};

use super::{Device, OWN, assert_refused, remove, replace, start};

#[tokio::test]
async fn an_unknown_dataset_is_an_empty_one_with_a_session() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let mut listed = ada.list("prefs", 0).await;
    assert!(listed["SyncSessionToken"].as_str().unwrap().len() > 40);
    listed.as_object_mut().unwrap().remove("SyncSessionToken");
    let wanted = json!({
        "Records": [], "Count": 0, "DatasetSyncCount": 0, "MergedDatasetNames": [], "DatasetExists": false,
        "DatasetDeletedAfterRequestedSyncCount": false,
    });
    assert_eq!(listed, wanted);
}

#[tokio::test]
async fn a_device_hears_what_changed_since_and_of_what_was_removed() {
    let game = start(OWN).await;
    let (phone, laptop) = (Device::of(&game, "ada").await, Device::of(&game, "ada").await);
    phone.updated("prefs", json!([replace("colour", "red", 0), replace("size", "10", 0)])).await;
    phone.updated("prefs", json!([replace("size", "11", 1)])).await;
    let listed = laptop.list("prefs", 1).await;
    assert_eq!((&listed["DatasetSyncCount"], &listed["Count"]), (&json!(2), &json!(1)));
    assert_eq!((&listed["Records"][0]["Key"], &listed["Records"][0]["Value"]), (&json!("size"), &json!("11")));
    assert_eq!((&listed["DatasetExists"], &listed["LastModifiedBy"]), (&json!(true), &json!(laptop.identity)));
    phone.updated("prefs", json!([remove("colour", 1)])).await;
    let listed = laptop.list("prefs", 2).await;
    assert_eq!(listed["Records"].as_array().unwrap().len(), 1);
    let trace = &listed["Records"][0];
    assert_eq!((&trace["Key"], &trace["SyncCount"], trace.get("Value")), (&json!("colour"), &json!(3), None));
    assert_eq!(laptop.list("prefs", 3).await["Records"], json!([]));
    assert_eq!(laptop.list("prefs", 0).await["Count"], 2);
}

#[tokio::test]
async fn a_deletion_is_told_to_who_saw_the_dataset() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("a", "1", 0)])).await;
    ada.updated("prefs", json!([replace("a", "2", 1)])).await;
    assert_eq!(ada.delete("prefs").await.status, 200);
    let told = |listed: &Value| {
        (listed["DatasetExists"].as_bool().unwrap(), listed["DatasetDeletedAfterRequestedSyncCount"].as_bool().unwrap())
    };
    assert_eq!(told(&ada.list("prefs", 2).await), (false, true));
    assert_eq!(told(&ada.list("prefs", 0).await), (false, false));
    assert_eq!(ada.list("prefs", 2).await["DatasetSyncCount"], 0);
    // Made again, it goes on counting, so that the two of them can be told apart.
    let records = ada.updated("prefs", json!([replace("b", "1", 0)])).await;
    assert_eq!(records[0]["SyncCount"], 3);
    assert_eq!(told(&ada.list("prefs", 2).await), (true, true));
    assert_eq!(told(&ada.list("prefs", 3).await), (true, false));
    assert_eq!(told(&ada.list("prefs", 0).await), (true, false));
}

#[tokio::test]
async fn pages_are_in_the_order_of_the_counts() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    for number in 0..5 {
        ada.updated("prefs", json!([replace(&format!("k{}", 9 - number), "1", 0)])).await;
    }
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = ada.get(&format!("/datasets/prefs/records?maxResults=2{next}")).await.json();
        assert_eq!(page["DatasetSyncCount"], 5);
        seen.extend(page["Records"].as_array().unwrap().iter().map(|record| record["SyncCount"].as_u64().unwrap()));
        match page["NextToken"].as_str() {
            Some(token) => next = format!("&nextToken={token}"),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let game = start("*").await;
    let ada = Device::of(&game, "ada").await;
    for path in [
        "/datasets/prefs/records?lastSyncCount=-1",
        "/datasets/prefs/records?maxResults=0",
        "/datasets/prefs/records?maxResults=-5",
        "/datasets/pre%20fs/records",
        "/datasets/pre%C3%A4fs/records",
    ] {
        assert_refused(&ada.get(path).await, 400, "InvalidParameterException");
    }
    for path in ["/datasets/prefs/records?lastSyncCount=many", "/datasets/prefs/records?maxResults=9999999999999999999"]
    {
        assert_refused(&ada.get(path).await, 400, "SerializationException");
    }
    let long = ada.get(&format!("/datasets/{}/records", "n".repeat(129))).await;
    assert_refused(&long, 400, "InvalidParameterException");
    assert!(long.message().starts_with("1 validation error detected: Value 'nnn"), "{}", long.message());
    assert_eq!(ada.get(&format!("/datasets/{}/records", "n".repeat(128))).await.status, 200);
    assert_eq!(ada.get("/datasets/prefs/records?maxResults=100000").await.status, 200);
}
