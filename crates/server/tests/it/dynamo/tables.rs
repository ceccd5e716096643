//! Tables, tags and time to live.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_table_is_of_our_region_and_account() {
    let server = start().await;
    let told = ok(&server, "DescribeTable", json!({ "TableName": arn("scores") })).await;
    assert_eq!(told["Table"]["TableArn"], arn("scores"));
    assert_eq!(told["Table"]["GlobalSecondaryIndexes"][0]["IndexArn"], arn("scores/index/by-game"));
    assert!(told["Table"]["LatestStreamArn"].as_str().unwrap().starts_with(&arn("scores/stream/")));
    assert_eq!(ok(&server, "ListTables", json!({})).await["TableNames"], json!(["scores"]));
}

#[tokio::test]
async fn a_right_to_one_table_is_none_to_another() {
    let server = start().await;
    let statement = json!({ "Effect": "Allow", "Action": "dynamodb:*", "Resource": arn("scores") });
    let owner = user(&server, "owner", &[statement]).await;
    for (operation, body, expected) in [
        ("DescribeTable", json!({ "TableName": "scores" }), "allowed"),
        ("DescribeTable", json!({ "TableName": "scores2" }), "AccessDeniedException"),
        ("DeleteTable", json!({ "TableName": "others" }), "AccessDeniedException"),
        ("ListTables", json!({}), "AccessDeniedException"),
        ("DescribeTimeToLive", json!({ "TableName": "scores" }), "allowed"),
        ("TagResource", json!({ "ResourceArn": arn("scores"), "Tags": [{ "Key": "a", "Value": "b" }] }), "allowed"),
        ("TagResource", json!({ "ResourceArn": "scores", "Tags": [] }), "ValidationException"),
        ("ListTagsOfResource", json!({ "ResourceArn": arn("scores") }), "allowed"),
        ("ListTagsOfResource", json!({ "ResourceArn": arn("other") }), "AccessDeniedException"),
    ] {
        assert_eq!(outcome(&server, operation, body.clone(), &owner).await, expected, "{operation} {body}");
    }
}

#[tokio::test]
async fn tags_of_one_request_are_bounded() {
    let server = start().await;
    let tags: Vec<Value> = (0..51).map(|n| json!({ "Key": format!("k{n}"), "Value": "v" })).collect();
    let body = json!({ "ResourceArn": arn("scores"), "Tags": tags });
    assert_eq!(outcome(&server, "TagResource", body, &server.root).await, "ValidationException");
}

#[tokio::test]
async fn tags_of_a_new_table_are_decided_too() {
    let server = start().await;
    let statement = json!({ "Effect": "Allow", "Action": "dynamodb:CreateTable", "Resource": "*" });
    let maker = user(&server, "maker", &[statement]).await;
    let table = |tags: Value| {
        let mut table = json!({
            "TableName": "others",
            "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
            "BillingMode": "PAY_PER_REQUEST",
        });
        if tags != json!(null) {
            table["Tags"] = tags;
        }
        table
    };
    let tagged = table(json!([{ "Key": "team", "Value": "red" }]));
    assert_eq!(outcome(&server, "CreateTable", tagged, &maker).await, "AccessDeniedException");
    assert_eq!(outcome(&server, "CreateTable", table(json!(null)), &maker).await, "allowed");
}

#[tokio::test]
async fn a_recreated_table_is_decided_by_its_new_key() {
    let server = start().await;
    let me = player(&server).await;
    let get = || json!({ "TableName": "scores", "Key": key("me", "chess") });
    assert_eq!(outcome(&server, "GetItem", get(), &me).await, "allowed");
    ok(&server, "DeleteTable", json!({ "TableName": "scores" })).await;
    let table = json!({
        "TableName": "scores",
        "KeySchema": [{ "AttributeName": "game", "KeyType": "HASH" }, { "AttributeName": "player", "KeyType": "RANGE" }],
        "AttributeDefinitions": [
            { "AttributeName": "player", "AttributeType": "S" },
            { "AttributeName": "game", "AttributeType": "S" },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    });
    ok(&server, "CreateTable", table).await;
    assert_eq!(outcome(&server, "GetItem", get(), &me).await, "AccessDeniedException");
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_unknown() {
    let server = start().await;
    assert_eq!(outcome(&server, "CreateBackup", json!({}), &server.root).await, "UnknownOperationException");
    assert_eq!(outcome(&server, "GetRecords", json!({}), &server.root).await, "UnknownOperationException");
}
