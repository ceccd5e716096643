//! TransactGetItems and TransactWriteItems.

use serde_json::json;

use super::*;

#[tokio::test]
async fn each_item_of_a_transaction_is_decided() {
    let server = start().await;
    let me = player(&server).await;
    let get = |whose: &str| json!({ "Get": { "TableName": "scores", "Key": key(whose, "chess") } });
    let read = |items: Value| json!({ "TransactItems": items });
    assert_eq!(outcome(&server, "TransactGetItems", read(json!([get("me")])), &me).await, "allowed");
    let mixed = read(json!([get("me"), get("you")]));
    assert_eq!(outcome(&server, "TransactGetItems", mixed, &me).await, "AccessDeniedException");
    let named = |whose: &str| json!({ "TableName": "scores", "Key": key(whose, "chess") });
    let check = |whose: &str| {
        let mut check = named(whose);
        check["ConditionExpression"] = "attribute_exists(player)".into();
        json!({ "ConditionCheck": check })
    };
    let put = |whose: &str| json!({ "Put": { "TableName": arn("scores"), "Item": item(whose, "go") } });
    assert_eq!(outcome(&server, "TransactWriteItems", read(json!([check("me"), put("me")])), &me).await, "allowed");
    for items in [
        json!([put("me"), check("you")]),
        json!([check("me"), put("you")]),
        json!([check("me"), { "Delete": named("you") }]),
    ] {
        assert_eq!(outcome(&server, "TransactWriteItems", read(items), &me).await, "AccessDeniedException");
    }
    let two = json!([{ "Delete": named("me"), "Put": { "TableName": "scores", "Item": item("you", "go") } }]);
    assert_eq!(outcome(&server, "TransactWriteItems", read(two), &me).await, "ValidationException");
}

#[tokio::test]
async fn a_policy_can_ask_for_a_transaction() {
    let server = start().await;
    let statement = json!({
        "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*",
        "Condition": { "StringEquals": { "dynamodb:EnclosingOperation": "TransactWriteItems" } },
    });
    let careful = user(&server, "careful", &[statement]).await;
    let put = json!({ "TableName": "scores", "Item": item("me", "chess") });
    let alone = outcome(&server, "PutItem", put.clone(), &careful).await;
    let within = outcome(&server, "TransactWriteItems", json!({ "TransactItems": [{ "Put": put }] }), &careful).await;
    assert_eq!((alone.as_str(), within.as_str()), ("AccessDeniedException", "allowed"));
}

#[tokio::test]
async fn a_cancelled_transaction_says_why() {
    let server = start().await;
    let put = json!({
        "TableName": "scores", "Item": item("me", "chess"), "ConditionExpression": "attribute_not_exists(player)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let answer = call(&server, "TransactWriteItems", json!({ "TransactItems": [{ "Put": put }] }), &server.root).await;
    assert_eq!(answer.code(), "com.amazonaws.dynamodb.v20120810#TransactionCanceledException");
    assert_eq!(answer.json()["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    assert_eq!(answer.json()["CancellationReasons"][0]["Item"], item("me", "chess"));
}
