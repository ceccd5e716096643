//! One item: GetItem, PutItem, UpdateItem, DeleteItem.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn what_was_put_is_got() {
    let server = start().await;
    let found = ok(&server, "GetItem", json!({ "TableName": "scores", "Key": key("me", "chess") })).await;
    assert_eq!(found, json!({ "Item": item("me", "chess") }));
}

#[tokio::test]
async fn an_answer_carries_its_checksum() {
    let server = start().await;
    let body = json!({ "TableName": "scores", "Key": key("me", "chess") });
    let answer = call(&server, "GetItem", body, &server.root).await;
    assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.0");
    assert!(answer.headers.contains_key("x-amz-crc32") && answer.headers.contains_key("x-amzn-requestid"));
}

#[tokio::test]
async fn a_player_reaches_its_own_items_only() {
    let server = start().await;
    let me = player(&server).await;
    let update = json!({ "UpdateExpression": "SET score = :s", "ExpressionAttributeValues": { ":s": { "N": "8" } } });
    for (operation, more) in [("GetItem", json!({})), ("UpdateItem", update), ("DeleteItem", json!({}))] {
        for (whose, expected) in [("you", "AccessDeniedException"), ("me", "allowed"), ("ME", "AccessDeniedException")]
        {
            let mut body = more.clone();
            body["TableName"] = "scores".into();
            body["Key"] = key(whose, "chess");
            assert_eq!(outcome(&server, operation, body, &me).await, expected, "{operation} {whose}");
        }
    }
    let put = |whose| json!({ "TableName": "scores", "Item": item(whose, "chess") });
    assert_eq!(outcome(&server, "PutItem", put("me"), &me).await, "allowed");
    assert_eq!(outcome(&server, "PutItem", put("you"), &me).await, "AccessDeniedException");
    let theirs = ok(&server, "GetItem", json!({ "TableName": "scores", "Key": key("you", "chess") })).await;
    assert_eq!(theirs["Item"], item("you", "chess"), "nothing of it was changed");
}

#[tokio::test]
async fn the_denial_is_in_amazons_words() {
    let server = start().await;
    let me = player(&server).await;
    let body = json!({ "TableName": "scores", "Key": key("you", "chess") });
    let answer = call(&server, "GetItem", body, &me).await;
    assert_eq!(answer.code(), "com.amazon.coral.service#AccessDeniedException");
    assert_eq!(
        answer.message(),
        "User: arn:aws:iam::000000000000:user/me is not authorized to perform: dynamodb:GetItem on resource: \
         arn:aws:dynamodb:us-east-1:000000000000:table/scores because no identity-based policy allows the \
         dynamodb:GetItem action"
    );
}

#[tokio::test]
async fn no_trick_with_members_reaches_another_item() {
    let server = start().await;
    let me = player(&server).await;
    let yours = key("you", "chess");
    let both = json!({ "player": { "S": "me" }, "Player": { "S": "you" }, "game": { "S": "chess" } });
    for (body, expected) in [
        (
            json!({ "TableName": "scores", "Key": { "player": { "S": "me", "N": "1" }, "game": { "S": "chess" } } }),
            "AccessDeniedException",
        ),
        (json!({ "TableName": "scores", "Key": { "game": { "S": "me" } } }), "AccessDeniedException"),
        (json!({ "TableName": "scores", "Key": both }), "ValidationException"),
        (json!({ "TableName": "scores", "Key": key("me", "chess"), "key": yours }), "ValidationException"),
        (json!({ "TableName": "scores", "tableName": "other", "Key": key("me", "chess") }), "ValidationException"),
        (
            json!({ "TableName": "scores", "Key": key("me", "chess"), "ProjectionExpression": null }),
            "ValidationException",
        ),
        (json!({ "TableName": "../scores", "Key": key("me", "chess") }), "ValidationException"),
        (json!({ "TableName": arn("scores/index/by-game"), "Key": key("me", "chess") }), "ValidationException"),
        (
            json!({ "TableName": "arn:aws:dynamodb:us-east-1:000000000001:table/scores", "Key": key("me", "chess") }),
            "ValidationException",
        ),
        (json!({ "TableName": arn("scores"), "Key": yours }), "AccessDeniedException"),
        (json!({ "TableName": arn("scores"), "Key": key("me", "chess") }), "allowed"),
    ] {
        assert_eq!(outcome(&server, "GetItem", body.clone(), &me).await, expected, "{body}");
    }
}

#[tokio::test]
async fn members_of_one_name_are_refused_at_any_depth() {
    let server = start().await;
    let me = player(&server).await;
    for body in [
        r#"{"TableName":"scores","Key":{"player":{"S":"me"},"game":{"S":"chess"}},"Key":{"player":{"S":"you"},"game":{"S":"chess"}}}"#,
        r#"{"TableName":"scores","Key":{"player":{"S":"me"},"player":{"S":"you"},"game":{"S":"chess"}}}"#,
        r#"{"TableName":"scores","Key":{"player":{"S":"me","S":"you"},"game":{"S":"chess"}}}"#,
        r#"{"TableName":"scores","Key":{"player":{"S":"me","\u0053":"you"},"game":{"S":"chess"}}}"#,
    ] {
        let headers = [
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("x-amz-target", "DynamoDB_20120810.GetItem".to_owned()),
        ];
        let answer = server.send("dynamodb", Method::POST, "/", &headers, Bytes::from(body), Some(&me)).await;
        assert_eq!(
            (answer.status, answer.code().rsplit('#').next().unwrap()),
            (400, "SerializationException"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_unknown_table_is_decided_first() {
    let server = start().await;
    let me = player(&server).await;
    let body = |whose| json!({ "TableName": "absent", "Key": { "player": { "S": whose } } });
    assert_eq!(outcome(&server, "GetItem", body("you"), &me).await, "AccessDeniedException");
    assert_eq!(outcome(&server, "GetItem", body("me"), &me).await, "ResourceNotFoundException");
    assert_eq!(outcome(&server, "GetItem", body("you"), &server.root).await, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_stranger_is_refused() {
    let server = start().await;
    let body = json!({ "TableName": "scores", "Key": key("me", "chess") });
    let answer = server.json("dynamodb", "DynamoDB_20120810.GetItem", body, None).await;
    assert_eq!(
        (answer.status, answer.code().rsplit('#').next().unwrap()),
        (400, "MissingAuthenticationTokenException")
    );
}

#[tokio::test]
async fn what_a_write_returns_is_decided_too() {
    let server = start().await;
    let blind = json!({
        "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": arn("scores"),
        "Condition": { "StringEquals": { "dynamodb:ReturnValues": "NONE" } },
    });
    let blind = user(&server, "blind", &[blind]).await;
    let put = |member: &str, value: &str| {
        let mut body = json!({ "TableName": "scores", "Item": item("you", "chess") });
        body[member] = Value::from(value);
        body
    };
    let failing = |value: &str| {
        let mut body = put("ReturnValuesOnConditionCheckFailure", value);
        body["ConditionExpression"] = "attribute_not_exists(player)".into();
        body
    };
    assert_eq!(outcome(&server, "PutItem", put("ReturnValues", "NONE"), &blind).await, "allowed");
    assert_eq!(outcome(&server, "PutItem", put("ReturnValues", "ALL_OLD"), &blind).await, "AccessDeniedException");
    assert_eq!(outcome(&server, "PutItem", failing("NONE"), &blind).await, "ConditionalCheckFailedException");
    assert_eq!(outcome(&server, "PutItem", failing("ALL_OLD"), &blind).await, "AccessDeniedException");
    let answer = call(&server, "PutItem", failing("ALL_OLD"), &server.root).await;
    assert_eq!(answer.json()["Item"], item("you", "chess"));
}
