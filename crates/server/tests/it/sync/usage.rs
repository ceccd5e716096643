//! DescribeIdentityUsage, DescribeIdentityPoolUsage, ListIdentityPoolUsage.

use http::Method;
use serde_json::{Value, json};

use super::{Device, EVERYTHING, assert_refused, call, pool_path, replace, start};
use crate::game::IdentityCalls;

#[tokio::test]
async fn an_identity_hears_how_much_it_keeps() {
    let game = start(EVERYTHING).await;
    let ada = Device::of(&game, "ada").await;
    let usage = ada.get("").await.json();
    let (pool, identity) = (&game.pool, &ada.identity);
    let wanted = json!({ "IdentityUsage": {
        "IdentityId": identity, "IdentityPoolId": pool, "DatasetCount": 0, "DataStorage": 0,
    } });
    assert_eq!(usage, wanted);
    ada.updated("a", json!([replace("k", "1234", 0)])).await;
    ada.updated("b", json!([replace("k", "äö", 0)])).await;
    let now = game.server.host.now().epoch_number();
    let wanted = json!({ "IdentityUsage": {
        "IdentityId": identity, "IdentityPoolId": pool, "DatasetCount": 2, "DataStorage": 10, "LastModifiedDate": now,
    } });
    assert_eq!(ada.get("").await.json(), wanted);
}

#[tokio::test]
async fn a_pool_sums_up_its_identities() {
    let game = start(EVERYTHING).await;
    let root = &game.server.root;
    for subject in ["ada", "grace"] {
        Device::of(&game, subject).await.updated("a", json!([replace("k", "1234", 0)])).await;
    }
    let usage =
        call(&game, Method::GET, &pool_path(&game), Value::Null, root).await.json()["IdentityPoolUsage"].clone();
    let now = game.server.host.now().epoch_number();
    let wanted = json!({
        "IdentityPoolId": game.pool, "DataStorage": 10, "SyncSessionsCount": 2, "LastModifiedDate": now,
    });
    assert_eq!(usage, wanted);
    let body = json!({ "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": true });
    assert_eq!(game.server.identity("CreateIdentityPool", body, Some(root)).await.status, 200);
    let first = call(&game, Method::GET, "/identitypools?maxResults=1", Value::Null, root).await.json();
    assert_eq!((&first["Count"], &first["MaxResults"]), (&json!(1), &json!(1)));
    let next = first["NextToken"].as_str().unwrap();
    let path = format!("/identitypools?maxResults=1&nextToken={next}");
    let second = call(&game, Method::GET, &path, Value::Null, root).await.json();
    assert_eq!((&second["Count"], second.get("NextToken")), (&json!(1), None));
    let pages = [first, second];
    let mut both: Vec<_> = pages.iter().map(|page| page["IdentityPoolUsages"][0]["DataStorage"].as_u64()).collect();
    both.sort_unstable();
    assert_eq!(both, [Some(0), Some(10)]);
    let bad = call(&game, Method::GET, "/identitypools?maxResults=0", Value::Null, root).await;
    assert_refused(&bad, 400, "InvalidParameterException");
    let unknown = "/identitypools/us-east-1%3A12345678-90ab-4cde-8f01-234567890abc";
    assert_refused(&call(&game, Method::GET, unknown, Value::Null, root).await, 404, "ResourceNotFoundException");
}
