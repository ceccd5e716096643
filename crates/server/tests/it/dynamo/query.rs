//! Query and Scan.

use serde_json::json;

use super::*;

fn query(expression: &str, index: Option<&str>) -> Value {
    let mut body = json!({
        "TableName": "scores",
        "KeyConditionExpression": expression,
        "ExpressionAttributeValues": { ":me": { "S": "me" }, ":you": { "S": "you" }, ":chess": { "S": "chess" } },
        "ExpressionAttributeNames": { "#p": "player", "#g": "game" },
    });
    for map in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        body[map].as_object_mut().unwrap().retain(|name, _| expression.contains(name.as_str()));
        if body[map] == json!({}) {
            body.as_object_mut().unwrap().remove(map);
        }
    }
    if let Some(index) = index {
        body["IndexName"] = index.into();
    }
    body
}

#[tokio::test]
async fn a_player_queries_its_own_partition_only() {
    let server = start().await;
    let me = player(&server).await;
    for (expression, expected) in [
        ("player = :me", "allowed"),
        ("#p = :me AND begins_with(game, :chess)", "allowed"),
        ("(game > :chess) AND (:me = #p)", "allowed"),
        ("player = :you", "AccessDeniedException"),
        ("game = :me AND player = :you", "AccessDeniedException"),
        // Not understood: refused as nobody's, before anything is told about the table.
        ("player = :me OR player = :you", "AccessDeniedException"),
        ("player > :me", "AccessDeniedException"),
        ("player = :me AND #p = :you", "AccessDeniedException"),
        ("game = :me", "AccessDeniedException"),
        ("begins_with(player, :me)", "AccessDeniedException"),
    ] {
        assert_eq!(outcome(&server, "Query", query(expression, None), &me).await, expected, "{expression}");
    }
    let found = call(&server, "Query", query("player = :me", None), &me).await.json();
    assert_eq!(found["Count"], 2);
}

#[tokio::test]
async fn who_may_query_anything_learns_what_is_wrong() {
    let server = start().await;
    for expression in ["player = :me OR player = :you", "player > :me", "game = :me", "player = :me AND #p = :you"] {
        let answer = call(&server, "Query", query(expression, None), &server.root).await;
        assert_eq!(answer.code(), "com.amazon.coral.validate#ValidationException", "{expression}");
    }
}

#[tokio::test]
async fn an_index_has_its_own_leading_key_and_resource() {
    let server = start().await;
    let me = player(&server).await;
    let by_game = query("game = :chess AND player = :me", Some("by-game"));
    assert_eq!(outcome(&server, "Query", by_game, &me).await, "AccessDeniedException");
    let named_me = query("game = :me", Some("by-game"));
    assert_eq!(outcome(&server, "Query", named_me, &me).await, "allowed");
    let table_only = user(
        &server,
        "table",
        &[json!({
            "Effect": "Allow", "Action": "dynamodb:Query", "Resource": arn("scores"),
        })],
    )
    .await;
    let all_of_chess = || query("game = :chess", Some("by-game"));
    assert_eq!(outcome(&server, "Query", all_of_chess(), &table_only).await, "AccessDeniedException");
    let index_too = user(
        &server,
        "index",
        &[json!({
            "Effect": "Allow", "Action": "dynamodb:Query", "Resource": arn("scores/index/by-game"),
        })],
    )
    .await;
    assert_eq!(outcome(&server, "Query", all_of_chess(), &index_too).await, "allowed");
    assert_eq!(outcome(&server, "Query", query("player = :me", None), &index_too).await, "AccessDeniedException");
    let unknown = query("player = :me", Some("by-score"));
    assert_eq!(outcome(&server, "Query", unknown, &server.root).await, "ValidationException");
}

#[tokio::test]
async fn a_legacy_query_is_decided_alike() {
    let server = start().await;
    let me = player(&server).await;
    let body = |whose: &str, operator: &str| {
        let condition = json!({ "ComparisonOperator": operator, "AttributeValueList": [{ "S": whose }] });
        json!({ "TableName": "scores", "KeyConditions": { "player": condition } })
    };
    assert_eq!(outcome(&server, "Query", body("me", "EQ"), &me).await, "allowed");
    assert_eq!(outcome(&server, "Query", body("you", "EQ"), &me).await, "AccessDeniedException");
    assert_eq!(outcome(&server, "Query", body("me", "GE"), &me).await, "AccessDeniedException");
    let mut both = body("me", "EQ");
    both["KeyConditionExpression"] = "player = :you".into();
    both["ExpressionAttributeValues"] = json!({ ":you": { "S": "you" } });
    assert_eq!(outcome(&server, "Query", both.clone(), &me).await, "AccessDeniedException");
    assert_eq!(outcome(&server, "Query", both, &server.root).await, "ValidationException");
}

#[tokio::test]
async fn a_scan_has_no_leading_key() {
    let server = start().await;
    let me = player(&server).await;
    assert_eq!(outcome(&server, "Scan", json!({ "TableName": "scores" }), &me).await, "AccessDeniedException");
    let mut statement = own_items(&["*"]);
    statement["Action"] = json!("dynamodb:Scan");
    // As the real service has it: `ForAllValues` holds of no values.
    let scanner = user(&server, "scanner", &[statement]).await;
    assert_eq!(outcome(&server, "Scan", json!({ "TableName": "scores" }), &scanner).await, "allowed");
    let all = ok(&server, "Scan", json!({ "TableName": "scores", "IndexName": "by-game" })).await;
    assert_eq!(all["Count"], 3);
}

#[tokio::test]
async fn a_page_begins_within_its_partition() {
    let server = start().await;
    for (start, expected) in [(key("me", "chess"), "allowed"), (key("you", "chess"), "ValidationException")] {
        let mut body = query("player = :me", None);
        body["ExpressionAttributeValues"] = json!({ ":me": { "S": "me" } });
        body["ExclusiveStartKey"] = start.clone();
        assert_eq!(outcome(&server, "Query", body, &server.root).await, expected, "{start}");
    }
}
