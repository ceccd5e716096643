//! DescribeIdentityUsage, DescribeIdentityPoolUsage, ListIdentityPoolUsage.

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use store::Table;
use store::datasets::Put;
use store::identities::{Identity, Step};
use vocab::{IdentityId, PoolId};

use super::watched::Watched;
use super::{Device, EVERYTHING, assert_refused, call, pool_path, replace, services, start};
use crate::game::{Game, IdentityCalls};

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

#[tokio::test]
async fn a_large_pool_is_summed_up_by_one_caller_at_a_time() {
    let rows = Watched::new();
    let game = Game::start_over(rows.clone(), services).await;
    let host = game.server.host.clone();
    let pool: PoolId = game.pool.parse().unwrap();
    let datasets = store::Datasets::new(host.rows.clone(), host.random.clone());
    let put = Put { key: "k".into(), value: Some("1234".into()), device_modified: None };
    for _ in 0..501 {
        let id = IdentityId::draw(&host.region, &*host.random);
        let (created, modified) = (host.now(), host.now());
        let identity = Identity {
            id: id.clone(),
            pool: pool.clone(),
            disabled: false,
            logins: Vec::new(),
            had_logins: false,
            created,
            modified,
        };
        host.identities.commit(&[Step::Create(&identity)]).await.unwrap();
        let found = datasets.find(&pool, &id).await.unwrap();
        let opened = datasets.open(found, "prefs", None).await.unwrap().unwrap();
        datasets.write(&opened, std::slice::from_ref(&put), ("device", host.now()), &[]).await.unwrap();
    }
    let (path, root) = (pool_path(&game), game.server.root.clone());
    let answers = join_all((0..16).map(|_| call(&game, Method::GET, &path, Value::Null, &root))).await;
    assert!(answers.iter().all(|answer| answer.json()["IdentityPoolUsage"]["DataStorage"] == 5 * 501));
    let second_pages = rows.looks(Table::Dataset).into_iter().flatten().count();
    assert_eq!(second_pages, 1);
}
