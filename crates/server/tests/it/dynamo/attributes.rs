//! `dynamodb:Attributes` and `dynamodb:Select`: a reader of some columns.

use serde_json::json;

use super::*;

/// May read players, games and scores, and nothing else, as AWS's documentation has it.
async fn reader(server: &TestServer) -> Keys {
    let statement = json!({
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"],
        "Resource": "*",
        "Condition": {
            "ForAllValues:StringEquals": { "dynamodb:Attributes": ["player", "game", "score"] },
            "StringEqualsIfExists": { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
        },
    });
    user(server, "reader", &[statement]).await
}

#[tokio::test]
async fn only_named_columns_are_read() {
    let server = start().await;
    let reader = reader(&server).await;
    let names = json!({ "#s": "secret" });
    for (body, expected) in [
        (json!({ "ProjectionExpression": "player, score" }), "allowed"),
        (json!({ "AttributesToGet": ["score"] }), "allowed"),
        (json!({}), "AccessDeniedException"),
        (json!({ "ProjectionExpression": "player, secret" }), "AccessDeniedException"),
        (json!({ "ProjectionExpression": "secret.x[0]" }), "AccessDeniedException"),
        (json!({ "ProjectionExpression": "player, #s", "ExpressionAttributeNames": names }), "AccessDeniedException"),
        (json!({ "AttributesToGet": ["score", "secret"] }), "AccessDeniedException"),
    ] {
        let mut body = body;
        body["TableName"] = "scores".into();
        body["Key"] = key("you", "chess");
        assert_eq!(outcome(&server, "GetItem", body.clone(), &reader).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_filter_on_a_hidden_column_is_a_read() {
    let server = start().await;
    let reader = reader(&server).await;
    let scan = |filter: &str| {
        json!({
            "TableName": "scores",
            "ProjectionExpression": "player",
            "FilterExpression": filter,
            "ExpressionAttributeNames": { "#s": "secret" },
            "ExpressionAttributeValues": { ":x": { "S": "x" } },
        })
    };
    for filter in ["#s = :x", "begins_with(#s, :x)", "NOT (attribute_exists(#s) AND player = :x)", "size(#s) > :x"] {
        assert_eq!(outcome(&server, "Scan", scan(filter), &reader).await, "AccessDeniedException", "{filter}");
    }
    let mut allowed = scan("player = :x");
    allowed.as_object_mut().unwrap().remove("ExpressionAttributeNames");
    assert_eq!(outcome(&server, "Scan", allowed, &reader).await, "allowed");
    let counting = json!({ "TableName": "scores", "Select": "COUNT" });
    assert_eq!(outcome(&server, "Scan", counting, &reader).await, "AccessDeniedException");
}

#[tokio::test]
async fn a_statement_reads_its_columns() {
    let server = start().await;
    let reader = reader(&server).await;
    for (statement, expected) in [
        ("SELECT player, score FROM scores WHERE player = 'you'", "allowed"),
        ("SELECT * FROM scores WHERE player = 'you'", "AccessDeniedException"),
        ("SELECT player, secret FROM scores WHERE player = 'you'", "AccessDeniedException"),
        ("SELECT player FROM scores WHERE player = 'you' AND \"secret\" = 'x'", "AccessDeniedException"),
        ("SELECT player FROM scores WHERE player = 'you' AND begins_with(secret, 'x')", "AccessDeniedException"),
    ] {
        let body = json!({ "Statement": statement });
        assert_eq!(outcome(&server, "ExecuteStatement", body, &reader).await, expected, "{statement}");
    }
}
