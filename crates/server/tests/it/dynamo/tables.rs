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
async fn tags_of_a_request_are_keys_of_its_actions() {
    let server = start().await;
    let statement = json!({ "Effect": "Allow", "Action": ["dynamodb:CreateTable", "dynamodb:TagResource"],
        "Resource": "*", "Condition": { "StringEquals": { "aws:RequestTag/team": "red" },
            "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] } } });
    let untag = json!({ "Effect": "Allow", "Action": "dynamodb:UntagResource", "Resource": "*",
        "Condition": { "ForAnyValue:StringEquals": { "aws:TagKeys": "cost" } } });
    let maker = user(&server, "maker", &[statement, untag]).await;
    let table = |tags: &Value| {
        json!({ "TableName": "others", "BillingMode": "PAY_PER_REQUEST", "Tags": tags,
            "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }] })
    };
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let denied = "AccessDeniedException";
    for (tags, expected) in [
        (json!([tag("team", "blue")]), denied),
        (json!([tag("cost", "1")]), denied),
        (json!([tag("team", "red"), tag("owner", "me")]), denied),
        (json!([tag("team", "red"), tag("cost", "1")]), "allowed"),
    ] {
        assert_eq!(outcome(&server, "CreateTable", table(&tags), &maker).await, expected, "{tags}");
        let body = json!({ "ResourceArn": arn("scores"), "Tags": tags });
        assert_eq!(outcome(&server, "TagResource", body, &maker).await, expected, "{tags}");
    }
    for (keys, expected) in [(json!(["team"]), denied), (json!(["cost"]), "allowed")] {
        let body = json!({ "ResourceArn": arn("scores"), "TagKeys": keys });
        assert_eq!(outcome(&server, "UntagResource", body, &maker).await, expected, "{keys}");
    }
}

/// A call of every operation that touches the table `scores`; the one that deletes it comes last.
fn calls(stream: &str, iterator: &Value) -> Vec<(&'static str, Value)> {
    let one = || json!({ "TableName": "scores", "Key": key("me", "chess") });
    let put = || json!({ "TableName": "scores", "Item": item("me", "chess") });
    let query = |index: Option<&str>| {
        let mut query = json!({ "TableName": "scores", "KeyConditionExpression": "player = :me",
            "ExpressionAttributeValues": { ":me": { "S": "me" } } });
        if let Some(index) = index {
            query["IndexName"] = index.into();
            query["KeyConditionExpression"] = "game = :me".into();
        }
        query
    };
    let select = || json!({ "Statement": "SELECT * FROM scores WHERE player = 'me'" });
    let first = json!({ "StreamArn": stream, "ShardId": "shardId-1", "ShardIteratorType": "TRIM_HORIZON" });
    vec![
        ("GetItem", one()),
        ("PutItem", put()),
        ("UpdateItem", one()),
        ("DeleteItem", one()),
        ("Query", query(None)),
        ("Query", query(Some("by-game"))),
        ("Scan", json!({ "TableName": arn("scores") })),
        (
            "SearchVectors",
            json!({ "TableName": "scores", "IndexName": "by-game", "TopK": 1, "SearchVector": [{ "N": "1" }] }),
        ),
        ("BatchGetItem", json!({ "RequestItems": { "scores": { "Keys": [key("me", "go")] } } })),
        ("BatchWriteItem", json!({ "RequestItems": { "scores": [{ "PutRequest": { "Item": item("me", "go") } }] } })),
        ("TransactGetItems", json!({ "TransactItems": [{ "Get": one() }] })),
        ("TransactWriteItems", json!({ "TransactItems": [{ "Put": put() }] })),
        ("ExecuteStatement", select()),
        ("BatchExecuteStatement", json!({ "Statements": [select()] })),
        ("ExecuteTransaction", json!({ "TransactStatements": [select()] })),
        ("DescribeTable", json!({ "TableName": "scores" })),
        ("UpdateTable", json!({ "TableName": "scores", "DeletionProtectionEnabled": false })),
        (
            "UpdateTimeToLive",
            json!({ "TableName": "scores",
            "TimeToLiveSpecification": { "AttributeName": "until", "Enabled": true } }),
        ),
        ("DescribeContinuousBackups", json!({ "TableName": "scores" })),
        ("DescribeTimeToLive", json!({ "TableName": "scores" })),
        ("TagResource", json!({ "ResourceArn": arn("scores"), "Tags": [{ "Key": "floor", "Value": "2" }] })),
        ("UntagResource", json!({ "ResourceArn": arn("scores"), "TagKeys": ["floor"] })),
        ("ListTagsOfResource", json!({ "ResourceArn": arn("scores") })),
        ("DescribeStream", json!({ "StreamArn": stream })),
        ("GetShardIterator", first),
        ("GetRecords", json!({ "ShardIterator": iterator })),
        ("DeleteTable", json!({ "TableName": "scores" })),
    ]
}

#[tokio::test]
async fn tags_of_a_table_are_keys_of_every_action_on_it() {
    let server = start().await;
    let told = ok(&server, "DescribeTable", json!({ "TableName": "scores" })).await;
    let stream = told["Table"]["LatestStreamArn"].as_str().unwrap();
    let iterator = super::streams::iterator(&server, stream, &server.root).await.json();
    let calls = calls(stream, &iterator["ShardIterator"]);
    let without_table = ["CreateTable", "ListTables", "ListStreams"];
    for service in services(&server.host).iter().filter(|service| service.signing_name == "dynamodb") {
        for operation in service.operations() {
            let called = calls.iter().any(|(called, _)| *called == operation);
            assert!(called || without_table.contains(&operation), "{operation} is not called");
        }
    }
    let may = json!({ "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" });
    let not_red = json!({ "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/Team": "red" } } });
    let only_red = json!({ "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } });
    let blue = user(&server, "blue", &[may, not_red]).await;
    let red = user(&server, "red", &[only_red]).await;
    let seen = async |keys: &Keys, operation: &str, body: &Value| {
        let streams = ["DescribeStream", "GetShardIterator", "GetRecords"].contains(&operation);
        let target = if streams { "DynamoDBStreams_20120810" } else { "DynamoDB_20120810" };
        let answer = server.json("dynamodb", &format!("{target}.{operation}"), body.clone(), Some(keys)).await;
        !answer.code().ends_with("AccessDeniedException")
    };
    for (operation, body) in &calls {
        assert!(!seen(&red, operation, body).await, "{operation}: a table without tags is seen as red");
    }
    let tag = json!({ "ResourceArn": arn("scores"), "Tags": [{ "Key": "team", "Value": "red" }] });
    ok(&server, "TagResource", tag).await;
    for (operation, body) in &calls {
        assert!(!seen(&blue, operation, body).await, "{operation} does not see the tag");
        assert!(*operation == "DeleteTable" || seen(&red, operation, body).await, "{operation} does not see the tag");
    }
    ok(&server, "UntagResource", json!({ "ResourceArn": arn("scores"), "TagKeys": ["team"] })).await;
    for (operation, body) in &calls {
        assert!(!seen(&red, operation, body).await, "{operation} sees a tag that is gone");
        assert!(seen(&blue, operation, body).await, "{operation} sees a tag that is gone");
    }
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
