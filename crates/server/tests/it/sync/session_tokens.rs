//! Sync session tokens: forged, foreign, stale.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Device, OWN, assert_refused, replace, start};

const TEXT: &str = "SyncSessionToken not valid for these inputs";

async fn token(device: &Device<'_>, name: &str) -> Value {
    device.list(name, 0).await["SyncSessionToken"].clone()
}

#[tokio::test]
async fn a_token_is_good_for_its_dataset_and_identity_alone() {
    let game = start(OWN).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    let patches = json!([replace("colour", "red", 0)]);
    let of_others = [
        token(&grace, "prefs").await,
        token(&ada, "other").await,
        token(&ada, "prefs.").await,
        json!(""),
        json!("none"),
        json!("A".repeat(20_000)),
        json!(game.server.root.id),
    ];
    for foreign in of_others {
        let answer = ada.update_with("prefs", &foreign, patches.clone()).await;
        assert_refused(&answer, 400, "InvalidParameterException");
        assert_eq!(answer.message(), TEXT);
    }
    let mut altered = token(&ada, "prefs").await.as_str().unwrap().to_owned();
    let last = altered.pop().unwrap();
    altered.push(if last == 'A' { 'B' } else { 'A' });
    assert_eq!(ada.update_with("prefs", &json!(altered), patches.clone()).await.message(), TEXT);
    // A page token is sealed as well, and for something else.
    ada.updated("many", json!([replace("a", "1", 0), replace("b", "2", 0)])).await;
    let page = ada.get("/datasets/many/records?maxResults=1").await.json()["NextToken"].clone();
    assert_eq!(ada.update_with("many", &page, patches.clone()).await.message(), TEXT);
    let missing = ada.update_with("prefs", &Value::Null, patches.clone()).await;
    assert_refused(&missing, 400, "InvalidParameterException");
    assert_eq!(ada.list("prefs", 0).await["DatasetExists"], false);
    let good = token(&ada, "prefs").await;
    assert_eq!(ada.update_with("prefs", &good, patches).await.status, 200);
    // The same token once more, as long as the counts fit.
    assert_eq!(ada.update_with("prefs", &good, json!([replace("colour", "blue", 1)])).await.status, 200);
    // The developer's token is the identity's: it says what was seen, not by whom.
    let developers = token(&Device::developer(&game, &ada.identity), "prefs").await;
    assert_eq!(ada.update_with("prefs", &developers, json!([replace("colour", "red", 2)])).await.status, 200);
}

#[tokio::test]
async fn a_token_ends_after_a_day() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    let old = token(&ada, "prefs").await;
    game.server.clock.advance(Duration::from_secs(24 * 3600));
    let ada = Device::of(&game, "ada").await;
    let answer = ada.update_with("prefs", &old, json!([replace("colour", "red", 0)])).await;
    assert_refused(&answer, 400, "InvalidParameterException");
    let listed = ada.get(&format!("/datasets/prefs/records?syncSessionToken={}", old.as_str().unwrap())).await;
    assert_refused(&listed, 400, "InvalidParameterException");
}

#[tokio::test]
async fn a_session_does_not_outlive_its_dataset() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("colour", "red", 0)])).await;
    let old = token(&ada, "prefs").await;
    assert_eq!(ada.delete("prefs").await.status, 200);
    let patches = json!([replace("colour", "blue", 1)]);
    assert_refused(&ada.update_with("prefs", &old, patches.clone()).await, 404, "ResourceNotFoundException");
    // Nor is it good for the next one of the same name.
    ada.updated("prefs", json!([replace("colour", "green", 0)])).await;
    assert_refused(&ada.update_with("prefs", &old, patches).await, 404, "ResourceNotFoundException");
    assert_eq!(ada.list("prefs", 0).await["Records"][0]["Value"], "green");
}

#[tokio::test]
async fn a_listing_is_continued_with_its_own_token_alone() {
    let game = start(OWN).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    for device in [&ada, &grace] {
        for name in ["prefs", "other"] {
            device.updated(name, json!([replace("a", "1", 0), replace("b", "2", 0), replace("c", "3", 0)])).await;
        }
    }
    let page = ada.get("/datasets/prefs/records?maxResults=2").await.json();
    assert_eq!((&page["Count"], page["Records"].as_array().unwrap().len()), (&json!(2), 2));
    let next = page["NextToken"].as_str().unwrap();
    let rest = ada.get(&format!("/datasets/prefs/records?maxResults=2&nextToken={next}")).await.json();
    assert_eq!((&rest["Records"][0]["Key"], rest.get("NextToken")), (&json!("c"), None));
    for (device, path) in [
        (&ada, format!("/datasets/other/records?nextToken={next}")),
        (&grace, format!("/datasets/prefs/records?nextToken={next}")),
        (&ada, format!("/datasets/prefs/records?lastSyncCount=1&nextToken={next}")),
        (&ada, format!("/datasets?nextToken={next}")),
        (&ada, "/datasets/prefs/records?nextToken=none".to_owned()),
    ] {
        assert_refused(&device.get(&path).await, 400, "InvalidParameterException");
    }
}
