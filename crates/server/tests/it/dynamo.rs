//! Amazon DynamoDB.

mod attributes;
mod batches;
mod execute_statement;
mod get_item;
mod query;
mod streams;
mod tables;
mod transactions;
mod vectors;

use std::sync::Arc;

use operation::{Host, Service};
use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};
use vocab::Secret;

fn services(_: &Arc<Host>) -> Vec<Service> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
    let iam = Arc::new(iam::Iam::default());
    let engine = dynamo::Embedded::open(&folder.join("dynamodb")).unwrap();
    let dynamo = Arc::new(dynamo::Dynamo::new(engine));
    vec![iam::service(iam), dynamo::service(dynamo.clone()), dynamo::streams(dynamo)]
}

/// A server with the table `scores` and three items: two of `me`, one of `you`.
async fn start() -> TestServer {
    let server = TestServer::start(services).await;
    let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let table = json!({
        "TableName": "scores",
        "KeySchema": [key("player", "HASH"), key("game", "RANGE")],
        "AttributeDefinitions": [
            { "AttributeName": "player", "AttributeType": "S" },
            { "AttributeName": "game", "AttributeType": "S" },
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-game",
            "KeySchema": [key("game", "HASH"), key("player", "RANGE")],
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    ok(&server, "CreateTable", table).await;
    for (player, game) in [("me", "chess"), ("me", "go"), ("you", "chess")] {
        ok(&server, "PutItem", json!({ "TableName": "scores", "Item": item(player, game) })).await;
    }
    server
}

fn item(player: &str, game: &str) -> Value {
    json!({ "player": { "S": player }, "game": { "S": game }, "score": { "N": "7" }, "secret": { "S": "x" } })
}

fn key(player: &str, game: &str) -> Value {
    json!({ "player": { "S": player }, "game": { "S": game } })
}

/// A call by the root, which must succeed.
async fn ok(server: &TestServer, operation: &str, body: Value) -> Value {
    let answer = call(server, operation, body, &server.root).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
    answer.json()
}

async fn call(server: &TestServer, operation: &str, body: Value, keys: &Keys) -> Answer {
    server.json("dynamodb", &format!("DynamoDB_20120810.{operation}"), body, Some(keys)).await
}

/// `allowed`, or the exception without its namespace.
async fn outcome(server: &TestServer, operation: &str, body: Value, keys: &Keys) -> String {
    let answer = call(server, operation, body, keys).await;
    if answer.status == 200 {
        return "allowed".to_owned();
    }
    assert_eq!(answer.status, 400, "{}", answer.text());
    answer.code().rsplit('#').next().unwrap().to_owned()
}

/// The keys of a user with an inline policy of these statements.
async fn user(server: &TestServer, name: &str, statements: &[Value]) -> Keys {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    for fields in [
        vec![("Action", "CreateUser")],
        vec![("Action", "PutUserPolicy"), ("PolicyName", "own"), ("PolicyDocument", &policy)],
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("UserName", name)]).collect();
        let answer = server.query("iam", &fields, Some(&server.root)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let made = server.query("iam", &[("Action", "CreateAccessKey"), ("UserName", name)], Some(&server.root)).await;
    Keys { id: made.element("AccessKeyId"), secret: Secret::new(made.element("SecretAccessKey")), token: None }
}

/// The usual policy of a player: everything on items whose leading key is their name, `me`.
async fn player(server: &TestServer) -> Keys {
    user(server, "me", &[own_items(&["*"])]).await
}

fn own_items(resources: &[&str]) -> Value {
    let resources: Vec<String> = resources.iter().map(|resource| arn(resource)).collect();
    json!({
        "Effect": "Allow",
        "Action": [
            "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
            "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:Query",
            "dynamodb:PartiQL*",
        ],
        "Resource": resources,
        "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:username}"] } },
    })
}

/// A resource of our tables.
fn arn(resource: &str) -> String {
    match resource {
        "*" => "*".to_owned(),
        resource => format!("arn:aws:dynamodb:us-east-1:000000000000:table/{resource}"),
    }
}
