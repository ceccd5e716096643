//! ListDatasets, DescribeDataset, DeleteDataset.

use serde_json::json;

use super::{Device, OWN, assert_refused, replace, start};

#[tokio::test]
async fn datasets_are_listed_by_name_and_page() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let empty = ada.get("/datasets").await.json();
    assert_eq!(empty, json!({ "Datasets": [], "Count": 0 }));
    for name in ["c", "a", "b"] {
        ada.updated(name, json!([replace("k", "v", 0)])).await;
    }
    let page = ada.get("/datasets?maxResults=2").await.json();
    assert_eq!((&page["Count"], &page["Datasets"][0]["DatasetName"]), (&json!(2), &json!("a")));
    let next = page["NextToken"].as_str().unwrap();
    let rest = ada.get(&format!("/datasets?maxResults=2&nextToken={next}")).await.json();
    let now = game.server.host.now().epoch_number();
    let wanted = json!({
        "Count": 1,
        "Datasets": [{
            "IdentityId": ada.identity, "DatasetName": "c", "CreationDate": now, "LastModifiedDate": now,
            "LastModifiedBy": ada.identity, "DataStorage": 2, "NumRecords": 1,
        }],
    });
    assert_eq!(rest, wanted);
}

#[tokio::test]
async fn what_is_not_there_is_not_described_and_not_deleted() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    for answer in [ada.get("/datasets/prefs").await, ada.delete("prefs").await] {
        assert_refused(&answer, 404, "ResourceNotFoundException");
        assert_eq!(answer.message(), "Dataset 'prefs' not found.");
    }
    ada.updated("prefs", json!([replace("k", "v", 0)])).await;
    assert_eq!(ada.get("/datasets/prefs").await.json()["Dataset"]["NumRecords"], 1);
    let deleted = ada.delete("prefs").await;
    assert_eq!((deleted.status, &deleted.json()["Dataset"]["DataStorage"]), (200, &json!(2)));
    assert_refused(&ada.get("/datasets/prefs").await, 404, "ResourceNotFoundException");
    assert_refused(&ada.delete("prefs").await, 404, "ResourceNotFoundException");
    assert_eq!(ada.get("/datasets").await.json()["Count"], 0);
}

#[tokio::test]
async fn unknown_identities_and_pools_are_told_as_each_operation_does() {
    let game = start(OWN).await;
    let unknown = Device::developer(&game, "us-east-1:12345678-90ab-4cde-8f01-234567890abc");
    for path in ["", "/datasets/prefs"] {
        let answer = unknown.get(path).await;
        assert_refused(&answer, 404, "ResourceNotFoundException");
        assert_eq!(answer.message(), format!("Identity '{}' not found.", unknown.identity));
    }
    // These two know no ResourceNotFoundException.
    for path in ["/datasets", "/datasets/prefs/records"] {
        assert_refused(&unknown.get(path).await, 403, "NotAuthorizedException");
    }
    let ada = game.identity_of("ada").await;
    let elsewhere = Device::developer(&game, &ada.replace("us-east-1", "eu-west-1"));
    assert_refused(&elsewhere.get("").await, 404, "ResourceNotFoundException");
    for malformed in ["nobody", "us-east-1:", ":12", "us-east-1:XYZ", "us-east-1:12345678-90ab"] {
        let device = Device::developer(&game, malformed);
        let answer = device.get("").await;
        assert!(matches!(answer.status, 400 | 404), "{malformed}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_deleted_identity_and_a_deleted_pool_leave_nothing() {
    use crate::game::IdentityCalls;
    let game = start(OWN).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    for device in [&ada, &grace] {
        device.updated("prefs", json!([replace("k", "v", 0)])).await;
    }
    let root = Some(&game.server.root);
    let body = json!({ "IdentityIdsToDelete": [ada.identity] });
    assert_eq!(game.server.identity("DeleteIdentities", body, root).await.status, 200);
    assert_refused(&ada.get("/datasets").await, 403, "NotAuthorizedException");
    assert_eq!(grace.get("/datasets").await.json()["Count"], 1);
    let body = json!({ "IdentityPoolId": game.pool });
    assert_eq!(game.server.identity("DeleteIdentityPool", body, root).await.status, 200);
    assert_refused(&grace.get("/datasets").await, 403, "NotAuthorizedException");
    let host = &game.server.host;
    while identity::sweep::sweep(host).await.unwrap() {}
    sync::Sync::new(host).upkeep(host).await.unwrap();
    for table in [store::Table::Dataset, store::Table::Record, store::Table::Discarded] {
        let scan = store::Scan { table, prefix: &[], after: None, limit: 10 };
        assert_eq!(host.rows.scan(scan).await.unwrap(), [], "{}", table.name());
    }
}
