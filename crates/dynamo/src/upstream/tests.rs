//! An upstream, in front of the embedded engine of another account and region.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::*;
use crate::Embedded;

/// An engine at the other end.
pub(crate) struct Far {
    engine: Arc<Embedded>,
    described: Arc<AtomicU32>,
    listed: Arc<AtomicU32>,
}

#[async_trait]
impl Carrier for Far {
    async fn carry(&self, target: &str, body: Vec<u8>, repeats: bool) -> Result<Carried, Error> {
        let (_, name) = target.split_once('.').unwrap();
        let operation = OPERATIONS.iter().find(|operation| **operation == name).unwrap();
        let reads = ["Get", "Query", "Scan", "Describe", "List", "BatchGet", "TransactGet"];
        assert_eq!(repeats, reads.iter().any(|start| name.starts_with(start)), "{name}");
        self.described.fetch_add(u32::from(name == "DescribeTable"), Ordering::Relaxed);
        self.listed.fetch_add(u32::from(name == "ListTables"), Ordering::Relaxed);
        let order = Order {
            account: "999999999999".parse().unwrap(),
            region: "ap-south-1".parse().unwrap(),
            operation,
            writes: !repeats,
            document: serde_json::from_slice(&body).unwrap(),
            relies_on: Vec::new(),
        };
        let (status, answer) = match self.engine.execute(order).await {
            Ok(answer) => (200, answer),
            Err(Error::Engine(refused)) => {
                let mut answer = json!({ "__type": format!("x#{}", refused.code), "message": refused.message });
                answer.as_object_mut().unwrap().extend(refused.members);
                (refused.status, answer)
            }
            Err(other) => (400, json!({ "__type": "x#ValidationException", "message": other.to_string() })),
        };
        let body = answer.to_string().into_bytes();
        let crc32 = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &body);
        Ok(Carried { status, crc32: Some(crc32.to_string()), body: body.into() })
    }
}

const OPERATIONS: [&str; 20] = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
    "ExecuteStatement",
    "CreateTable",
    "DeleteTable",
    "DescribeTable",
    "UpdateTable",
    "ListTables",
    "TagResource",
    "ListTagsOfResource",
    "ListStreams",
    "DescribeStream",
];

/// An upstream, and what it is in front of.
pub(crate) struct Near {
    pub(crate) upstream: Upstream,
    pub(crate) engine: Arc<Embedded>,
    described: Arc<AtomicU32>,
    /// Pages of ListTables that it was asked for.
    pub(crate) listed: Arc<AtomicU32>,
    _folder: tempfile::TempDir,
}

pub(crate) fn near(ours: &str, theirs: &str) -> Near {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Embedded::open(folder.path()).unwrap());
    let (described, listed) = <(Arc<AtomicU32>, Arc<AtomicU32>)>::default();
    let far = Far { engine: engine.clone(), described: described.clone(), listed: listed.clone() };
    let exchange = Exchange::new(far);
    let names = Names { ours: ours.to_owned(), theirs: theirs.to_owned() };
    Near { upstream: Upstream::new(exchange, names), engine, described, listed, _folder: folder }
}

impl Near {
    /// Another upstream in front of the same engine.
    pub(crate) fn again(&self, ours: &str, theirs: &str) -> Arc<dyn Backend> {
        let (described, listed) = (self.described.clone(), self.listed.clone());
        let exchange = Exchange::new(Far { engine: self.engine.clone(), described, listed });
        let names = Names { ours: ours.to_owned(), theirs: theirs.to_owned() };
        Arc::new(Upstream::new(exchange, names))
    }
}

pub(crate) fn order(operation: &'static str, document: Value) -> Order {
    let reads = ["Get", "Query", "Scan", "Describe", "List"].iter().any(|start| operation.starts_with(start));
    Order {
        account: AccountId::ZERO,
        region: "eu-west-1".parse().unwrap(),
        operation,
        writes: !reads && operation != "BatchGetItem" && operation != "TransactGetItems",
        document,
        relies_on: Vec::new(),
    }
}

pub(crate) fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
        "AttributeDefinitions": [
            { "AttributeName": "player", "AttributeType": "S" }, { "AttributeName": "game", "AttributeType": "S" },
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-game",
            "KeySchema": [{ "AttributeName": "game", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    })
}

async fn relying(near: &Near, operation: &'static str, document: Value, table: &str) -> Order {
    let schema = near.upstream.schema(AccountId::ZERO, table).await.unwrap();
    Order { relies_on: vec![(table.to_owned(), schema)], ..order(operation, document) }
}

fn put(table: &str, player: &str) -> Value {
    json!({ "TableName": table, "Item": { "player": { "S": player }, "game": { "S": "chess" } } })
}

fn key(table: &str, player: &str) -> Value {
    json!({ "TableName": table, "Key": { "player": { "S": player } } })
}

#[tokio::test]
async fn items_are_kept_under_the_engines_names() {
    let near = near("game-", "prod.");
    let made = near.upstream.execute(order("CreateTable", table("game-scores"))).await.unwrap();
    let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/game-scores";
    assert_eq!(made["TableDescription"]["TableArn"], arn);
    let schema = near.upstream.schema(AccountId::ZERO, "game-scores").await.unwrap().unwrap();
    assert_eq!(schema.hash, ["player"]);
    assert_eq!(schema.indexes["by-game"], ["game"]);
    assert!(schema.stream_label.is_some());
    for player in ["me", "you"] {
        near.upstream
            .execute(relying(&near, "PutItem", put("game-scores", player), "game-scores").await)
            .await
            .unwrap();
    }
    let found = near
        .engine
        .execute(Order { account: "999999999999".parse().unwrap(), ..order("GetItem", key("prod.scores", "me")) });
    assert_eq!(found.await.unwrap()["Item"]["player"]["S"], "me");
    let entries = json!({ "RequestItems": { "game-scores": { "Keys": [{ "player": { "S": "me" } }] } } });
    let batch = near.upstream.execute(relying(&near, "BatchGetItem", entries, "game-scores").await).await.unwrap();
    assert_eq!(batch["Responses"]["game-scores"][0]["player"]["S"], "me");
    let check = json!({ "TransactItems": [{ "ConditionCheck": {
        "TableName": "game-scores", "Key": { "player": { "S": "me" } }, "ConditionExpression": "game = :g",
        "ExpressionAttributeValues": { ":g": { "S": "go" } },
    } }] });
    let refused = near.upstream.execute(relying(&near, "TransactWriteItems", check, "game-scores").await).await;
    let Err(Error::Engine(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.code, "TransactionCanceledException");
    assert_eq!(refused.members["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    let select = json!({ "Statement": "SELECT * FROM \"game-scores\".\"by-game\" WHERE game = 'chess'" });
    let found = near.upstream.execute(relying(&near, "ExecuteStatement", select, "game-scores").await).await.unwrap();
    assert_eq!(found["Items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tags_and_streams_are_named_in_the_engines_words() {
    let near = near("game-", "prod.");
    near.upstream.execute(order("CreateTable", table("game-scores"))).await.unwrap();
    let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/game-scores";
    let tag = json!({ "ResourceArn": arn, "Tags": [{ "Key": "team", "Value": "red" }] });
    let before = near.upstream.schema(AccountId::ZERO, "game-scores").await.unwrap().unwrap();
    near.upstream.execute(relying(&near, "TagResource", tag, "game-scores").await).await.unwrap();
    let after = near.upstream.schema(AccountId::ZERO, "game-scores").await.unwrap().unwrap();
    assert_eq!((before.tags.len(), after.tags["team"].as_str()), (0, "red"));
    let tags = relying(&near, "ListTagsOfResource", json!({ "ResourceArn": arn }), "game-scores").await;
    assert_eq!(near.upstream.execute(tags).await.unwrap()["Tags"][0]["Value"], "red");
    let streams = near.upstream.execute(order("ListStreams", json!({ "TableName": "game-scores" }))).await.unwrap();
    let stream = streams["Streams"][0]["StreamArn"].clone();
    assert_eq!(stream, format!("{arn}/stream/{}", after.stream_label.clone().unwrap()));
    let describe = relying(&near, "DescribeStream", json!({ "StreamArn": stream }), "game-scores").await;
    let told = near.upstream.execute(describe).await.unwrap();
    assert_eq!(told["StreamDescription"]["StreamArn"], stream);
    assert_eq!(told["StreamDescription"]["TableName"], "game-scores");
}

#[tokio::test]
async fn a_description_that_is_too_old_is_read_again() {
    let mut near = near("", "");
    near.upstream.execute(order("CreateTable", table("scores"))).await.unwrap();
    let old = relying(&near, "GetItem", key("scores", "me"), "scores").await;
    near.upstream.execute(old.clone()).await.unwrap();
    assert_eq!(near.described.load(Ordering::Relaxed), 1);
    // Somebody else tags the table.
    let mut tag = order("TagResource", json!({ "Tags": [{ "Key": "team", "Value": "red" }] }));
    tag.account = "999999999999".parse().unwrap();
    tag.document["ResourceArn"] = "arn:aws:dynamodb:eu-west-1:999999999999:table/scores".into();
    near.engine.execute(tag).await.unwrap();
    near.upstream.execute(old.clone()).await.unwrap();
    assert_eq!(near.described.load(Ordering::Relaxed), 1);
    near.upstream.described = Described::within(std::time::Duration::ZERO);
    assert!(matches!(near.upstream.execute(old).await, Err(Error::Busy(_))));
    let new = relying(&near, "GetItem", key("scores", "me"), "scores").await;
    assert_eq!(new.relies_on[0].1.as_ref().unwrap().tags["team"], "red");
    near.upstream.execute(new).await.unwrap();
    assert_eq!(near.described.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_is_changed_here_is_heeded_at_once() {
    let near = near("", "");
    near.upstream.execute(order("CreateTable", table("scores"))).await.unwrap();
    let late = relying(&near, "PutItem", put("scores", "me"), "scores").await;
    let delete = relying(&near, "DeleteTable", json!({ "TableName": "scores" }), "scores").await;
    near.upstream.execute(delete).await.unwrap();
    let mut other = table("scores");
    other["KeySchema"] = json!([
        { "AttributeName": "game", "KeyType": "HASH" }, { "AttributeName": "player", "KeyType": "RANGE" },
    ]);
    near.upstream.execute(order("CreateTable", other)).await.unwrap();
    assert!(matches!(near.upstream.execute(late).await, Err(Error::Busy(_))));
}

#[tokio::test]
async fn tables_of_others_are_not_listed() {
    let near = near("game-", "prod.");
    for name in ["game-b", "game-a"] {
        near.upstream.execute(order("CreateTable", table(name))).await.unwrap();
    }
    let mut foreign = order("CreateTable", table("game-c"));
    foreign.account = "999999999999".parse().unwrap();
    near.engine.execute(foreign).await.unwrap();
    let listed = near.upstream.execute(order("ListTables", json!({ "Limit": 1 }))).await.unwrap();
    assert_eq!(listed, json!({ "TableNames": ["game-a"], "LastEvaluatedTableName": "game-a" }));
    let listed =
        near.upstream.execute(order("ListTables", json!({ "ExclusiveStartTableName": "game-a" }))).await.unwrap();
    assert_eq!(listed, json!({ "TableNames": ["game-b"] }));
    assert_eq!(near.upstream.schema(AccountId::ZERO, "prod.a").await.unwrap(), None);
    assert_eq!(near.upstream.schema(AccountId::ZERO, "game-c").await.unwrap(), None);
    let streams = near.upstream.execute(order("ListStreams", json!({}))).await.unwrap();
    assert_eq!(streams["Streams"].as_array().unwrap().len(), 2);
}

/// Answers with one thing.
struct Says(u16, &'static str, Option<&'static str>);

#[async_trait]
impl Carrier for Says {
    async fn carry(&self, _: &str, _: Vec<u8>, _: bool) -> Result<Carried, Error> {
        let Self(status, body, crc32) = self;
        Ok(Carried { status: *status, crc32: crc32.map(str::to_owned), body: body.as_bytes().into() })
    }
}

#[tokio::test]
async fn an_answer_that_was_damaged_is_not_passed_on() {
    for (says, passes) in [
        (Says(200, "{}", None), true),
        (Says(200, "{}", Some("2745614147")), true),
        (Says(200, "{}", Some("2745614148")), false),
        (Says(200, "{}", Some("x")), false),
        (Says(200, "{", None), false),
    ] {
        let upstream = Upstream::new(Exchange::new(says), Names::default());
        let answer = upstream.execute(order("DescribeLimits", json!({}))).await;
        assert_eq!(answer.is_ok(), passes, "{answer:?}");
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_described_is_not_decided_on() {
    for body in [
        "{}",
        r#"{"Table":{"TableName":"scores","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]}}"#,
        r#"{"Table":{"TableArn":"arn","KeySchema":[]}}"#,
        r#"{"Table":{"TableArn":"arn","KeySchema":[{"AttributeName":"a","KeyType":"RANGE"}]}}"#,
        r#"{"Table":{"TableArn":"arn","KeySchema":[{"KeyType":"HASH"}]}}"#,
        r#"{"Table":{"TableArn":"arn","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"i"}]}}"#,
    ] {
        let upstream = Upstream::new(Exchange::new(Says(200, body, None)), Names::default());
        let schema = upstream.schema(AccountId::ZERO, "scores").await;
        assert!(matches!(schema, Err(Error::Internal(_))), "{body}: {schema:?}");
    }
    for (body, throttled) in [
        (r#"{"__type":"x#ThrottlingException"}"#, true),
        (r#"{"__type":"x#AccessDeniedException"}"#, false),
        (r#"{"__type":"x#ValidationException"}"#, false),
    ] {
        let upstream = Upstream::new(Exchange::new(Says(400, body, None)), Names::default());
        let schema = upstream.schema(AccountId::ZERO, "scores").await;
        assert_eq!(matches!(schema, Err(Error::Engine(_))), throttled, "{body}: {schema:?}");
        assert!(schema.is_err());
    }
}
