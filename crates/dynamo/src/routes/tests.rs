//! Tables of several engines.

use serde_json::json;

use super::*;
use crate::upstream::tests::{Near, near, order, table};

/// Everything embedded, but for two upstreams.
fn routes() -> (Routes, Near, Near, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let embedded = crate::Embedded::open(folder.path()).unwrap();
    let (games, chess) = (near("game-", "all."), near("game-chess-", "all.chess-"));
    let route = |prefix: &str, backend| Route { account: None, prefix: prefix.to_owned(), backend };
    let routes = Routes::new(vec![
        route("", Arc::new(embedded) as Arc<dyn Backend>),
        route("game-", games.again("game-", "all.")),
        route("game-chess-", chess.again("game-chess-", "all.chess-")),
    ]);
    (routes, games, chess, folder)
}

#[tokio::test]
async fn a_table_is_where_the_longest_beginning_says() {
    let (routes, games, chess, _folder) = routes();
    for name in ["scores", "game-scores", "game-chess-scores"] {
        routes.execute(order("CreateTable", table(name))).await.unwrap();
        assert!(routes.schema(AccountId::ZERO, name).await.unwrap().is_some(), "{name}");
    }
    let far = |engine: &Near, listed: &[&str]| {
        let engine = engine.engine.clone();
        let listed = json!({ "TableNames": listed });
        async move {
            let mut list = order("ListTables", json!({}));
            list.account = "999999999999".parse().unwrap();
            assert_eq!(engine.execute(list).await.unwrap(), listed);
        }
    };
    far(&games, &["all.scores"]).await;
    far(&chess, &["all.chess-scores"]).await;

    // A table that another engine's route hides is not there.
    let mut hidden = order("CreateTable", table("all.chess-hidden"));
    hidden.account = "999999999999".parse().unwrap();
    games.engine.execute(hidden).await.unwrap();
    let listed = routes.execute(order("ListTables", json!({}))).await.unwrap();
    assert_eq!(listed, json!({ "TableNames": ["game-chess-scores", "game-scores", "scores"] }));
    assert_eq!(routes.schema(AccountId::ZERO, "game-chess-hidden").await.unwrap(), None);
}

#[tokio::test]
async fn a_page_costs_one_reading_of_each_engine() {
    let (routes, games, _chess, _folder) = routes();
    for number in 0..120 {
        let plain = json!({
            "TableName": format!("game-{number:03}"),
            "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
            "BillingMode": "PAY_PER_REQUEST",
        });
        routes.execute(order("CreateTable", plain)).await.unwrap();
    }
    let list = json!({ "ExclusiveStartTableName": "game-099", "Limit": 3 });
    let listed = routes.execute(order("ListTables", list)).await.unwrap();
    let expected = ["game-100", "game-101", "game-102"];
    assert_eq!(listed, json!({ "TableNames": expected, "LastEvaluatedTableName": "game-102" }));
    assert_eq!(games.listed.load(std::sync::atomic::Ordering::Relaxed), 2, "120 names are two pages");
}

#[tokio::test]
async fn one_call_acts_on_one_engine() {
    let (routes, _games, _chess, _folder) = routes();
    let mut relies_on = Vec::new();
    for name in ["scores", "game-scores"] {
        routes.execute(order("CreateTable", table(name))).await.unwrap();
        relies_on.push((name.to_owned(), routes.schema(AccountId::ZERO, name).await.unwrap()));
    }
    let put = |name: &str| json!({ "Put": { "TableName": name, "Item": { "player": { "S": "me" } } } });
    let transaction = json!({ "TransactItems": [put("scores"), put("game-scores")] });
    let answer = routes.execute(Order { relies_on, ..order("TransactWriteItems", transaction) }).await;
    assert!(matches!(answer, Err(Error::Validation(_))), "{answer:?}");
    for name in ["scores", "game-scores"] {
        let scan = Order {
            relies_on: vec![(name.to_owned(), routes.schema(AccountId::ZERO, name).await.unwrap())],
            ..order("Scan", json!({ "TableName": name }))
        };
        assert_eq!(routes.execute(scan).await.unwrap()["Count"], 0);
    }
}

#[tokio::test]
async fn accounts_have_engines_of_their_own() {
    let games = near("", "");
    let routes = Routes::new(vec![Route {
        account: Some("000000000001".parse().unwrap()),
        prefix: String::new(),
        backend: games.again("", ""),
    }]);
    let mut own = order("CreateTable", table("scores"));
    assert!(matches!(routes.execute(own.clone()).await, Err(Error::NotFound(_))));
    own.account = "000000000001".parse().unwrap();
    routes.execute(own).await.unwrap();
    assert_eq!(routes.schema(AccountId::ZERO, "scores").await.unwrap(), None);
    assert_eq!(routes.execute(order("ListTables", json!({}))).await.unwrap(), json!({ "TableNames": [] }));
}
