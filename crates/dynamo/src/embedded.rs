//! The engine of our own process: one file per account.
//!
//! The engine's connection is one, so one thread has it; another syncs its log for many writes at once
//! ([`engine`]). Its ARNs name a place of its own; ours are written in and out ([`arns`]).

mod arns;
pub(crate) mod dispatch;
mod engine;
mod schema;
mod seen;
mod unreadable;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::OnceCell;
use vocab::AccountId;

use crate::backend::{Backend, Order, Schema};
use crate::error::Error;
use engine::Engine;

/// The tables of every account, below one folder.
pub struct Embedded {
    folder: PathBuf,
    accounts: Mutex<HashMap<AccountId, Arc<OnceCell<Engine>>>>,
}

impl Embedded {
    /// Tables below `folder`, which is made if there is none. The caller holds the lock of the data folder.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::File::open(parent)?.sync_all()?;
        }
        Ok(Self { folder: folder.to_owned(), accounts: Mutex::default() })
    }

    /// The engine of an account, started at its first use.
    async fn engine(&self, account: AccountId) -> Result<Engine, Error> {
        let cell = {
            let mut accounts = self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            accounts.entry(account).or_default().clone()
        };
        let start = || async {
            let file = self.folder.join(format!("{account}.db"));
            let started = tokio::task::spawn_blocking(move || Engine::start(&file)).await;
            started.map_err(Error::internal)?.map_err(Error::internal)
        };
        cell.get_or_try_init(start).await.cloned()
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn schema(&self, account: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        self.engine(account).await?.schema(table).await
    }

    async fn execute(&self, order: Order) -> Result<Value, Error> {
        let engine = self.engine(order.account).await?;
        let Order { account, region, operation, writes, document, relies_on } = order;
        let document = arns::to_engine(operation, document, account, &region);
        let answer = engine.execute(operation, writes, document, relies_on).await;
        match answer {
            Ok(answer) => Ok(arns::from_engine(operation, answer, account, &region)),
            Err(error) => Err(arns::in_error(error, account, &region)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACCOUNT: AccountId = AccountId::ZERO;

    fn order(operation: &'static str, document: Value) -> Order {
        let reads = ["Get", "Query", "Scan", "Describe", "List"].iter().any(|start| operation.starts_with(start));
        Order {
            account: ACCOUNT,
            region: "eu-west-1".parse().unwrap(),
            operation,
            writes: !reads,
            document,
            relies_on: Vec::new(),
        }
    }

    fn table() -> Value {
        json!({
            "TableName": "scores",
            "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }, { "AttributeName": "game", "KeyType": "RANGE" }],
            "AttributeDefinitions": [
                { "AttributeName": "player", "AttributeType": "S" },
                { "AttributeName": "game", "AttributeType": "S" },
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

    fn item(player: &str, score: &str) -> Value {
        json!({ "TableName": "scores", "Item": {
            "player": { "S": player }, "game": { "S": "chess" }, "score": { "N": score },
        } })
    }

    fn key(player: &str) -> Value {
        json!({ "TableName": "scores", "Key": { "player": { "S": player }, "game": { "S": "chess" } } })
    }

    #[tokio::test]
    async fn items_are_still_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(&folder.path().join("dynamodb")).unwrap();
        engine.execute(order("CreateTable", table())).await.unwrap();
        engine.execute(order("PutItem", item("me", "12"))).await.unwrap();
        drop(engine);
        let engine = Embedded::open(&folder.path().join("dynamodb")).unwrap();
        let found = engine.execute(order("GetItem", key("me"))).await.unwrap();
        assert_eq!(found["Item"]["score"], json!({ "N": "12" }));
    }

    #[tokio::test]
    async fn keys_of_table_index_and_stream_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        assert_eq!(engine.schema(ACCOUNT, "scores").await.unwrap(), None);
        engine.execute(order("CreateTable", table())).await.unwrap();
        let schema = engine.schema(ACCOUNT, "scores").await.unwrap().unwrap();
        assert_eq!(schema.hash_of(None).unwrap(), ["player"]);
        assert_eq!(schema.hash_of(Some("by-game")).unwrap(), ["game"]);
        assert_eq!(schema.hash_of(Some("by-score")), None);
        assert!(schema.stream_label.is_some());
    }

    #[tokio::test]
    async fn what_rests_on_keys_that_have_changed_is_not_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        let mut early = order("PutItem", item("me", "1"));
        early.relies_on = vec![("scores".to_owned(), None)];
        engine.execute(order("CreateTable", table())).await.unwrap();
        let schema = engine.schema(ACCOUNT, "scores").await.unwrap();
        assert!(matches!(engine.execute(early).await, Err(Error::Busy(_))));
        let mut late = order("PutItem", item("me", "2"));
        late.relies_on = vec![("scores".to_owned(), schema)];
        engine.execute(order("DeleteTable", json!({ "TableName": "scores" }))).await.unwrap();
        let mut other = table();
        other["KeySchema"] = json!([{ "AttributeName": "game", "KeyType": "HASH" }]);
        other["AttributeDefinitions"] = json!([{ "AttributeName": "game", "AttributeType": "S" }]);
        other.as_object_mut().unwrap().remove("GlobalSecondaryIndexes");
        engine.execute(order("CreateTable", other)).await.unwrap();
        assert!(matches!(engine.execute(late).await, Err(Error::Busy(_))));
        let all = engine.execute(order("Scan", json!({ "TableName": "scores" }))).await.unwrap();
        assert_eq!(all["Count"], 0);
    }

    #[tokio::test]
    async fn what_rests_on_tags_that_have_changed_is_not_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        let mut tagged = table();
        tagged["Tags"] = json!([{ "Key": "team", "Value": "red" }]);
        engine.execute(order("CreateTable", tagged)).await.unwrap();
        let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/scores";
        for (operation, change) in [
            ("TagResource", json!({ "ResourceArn": arn, "Tags": [{ "Key": "team", "Value": "blue" }] })),
            ("UntagResource", json!({ "ResourceArn": arn, "TagKeys": ["team"] })),
        ] {
            let before = engine.schema(ACCOUNT, "scores").await.unwrap();
            assert_eq!(before.as_ref().unwrap().tags.len(), 1);
            engine.execute(order(operation, change)).await.unwrap();
            assert_ne!(engine.schema(ACCOUNT, "scores").await.unwrap(), before);
            let mut late = order("PutItem", item("me", "1"));
            late.relies_on = vec![("scores".to_owned(), before)];
            assert!(matches!(engine.execute(late).await, Err(Error::Busy(_))), "{operation}");
        }
    }

    #[tokio::test]
    async fn arns_are_of_our_region_and_account() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        let made = engine.execute(order("CreateTable", table())).await.unwrap();
        let arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/scores";
        assert_eq!(made["TableDescription"]["TableArn"], arn);
        assert_eq!(made["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexArn"], format!("{arn}/index/by-game"));
        assert!(!made.to_string().contains("dynoxide"), "{made}");
        let tag = json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": "b" }] });
        engine.execute(order("TagResource", tag)).await.unwrap();
        let tags = engine.execute(order("ListTagsOfResource", json!({ "ResourceArn": arn }))).await.unwrap();
        assert_eq!(tags["Tags"][0]["Key"], "a");
        engine.execute(order("PutItem", item("me", "12"))).await.unwrap();
        let stream = engine.execute(order("ListStreams", json!({}))).await.unwrap();
        let stream = stream["Streams"][0]["StreamArn"].clone();
        assert!(stream.as_str().unwrap().starts_with(&format!("{arn}/stream/")), "{stream}");
        let told = engine.execute(order("DescribeStream", json!({ "StreamArn": stream }))).await.unwrap();
        assert!(!told.to_string().contains("dynoxide"), "{told}");
        let shard = told["StreamDescription"]["Shards"][0]["ShardId"].clone();
        let start = json!({ "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let start = engine.execute(order("GetShardIterator", start)).await.unwrap();
        let records = json!({ "ShardIterator": start["ShardIterator"] });
        let records = engine.execute(order("GetRecords", records)).await.unwrap();
        assert_eq!(records["Records"][0]["dynamodb"]["NewImage"]["score"], json!({ "N": "12" }));
        assert_eq!(records["Records"][0]["awsRegion"], "eu-west-1");
    }

    #[tokio::test]
    async fn what_users_keep_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        engine.execute(order("CreateTable", table())).await.unwrap();
        let mut item = item("arn:aws:dynamodb:dynoxide:000000000000:table/x", "1");
        item["Item"]["TableArn"] = json!({ "S": "arn:aws:dynamodb:eu-west-1:000000000000:table/y" });
        engine.execute(order("PutItem", item.clone())).await.unwrap();
        let all = engine.execute(order("Scan", json!({ "TableName": "scores" }))).await.unwrap();
        assert_eq!(all["Items"][0], item["Item"]);
    }

    #[tokio::test]
    async fn accounts_share_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        engine.execute(order("CreateTable", table())).await.unwrap();
        let mut other = order("ListTables", json!({}));
        other.account = "000000000001".parse().unwrap();
        assert_eq!(engine.execute(other).await.unwrap()["TableNames"], json!([]));
    }

    #[tokio::test]
    async fn the_engines_refusals_are_dynamodbs() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Embedded::open(folder.path()).unwrap();
        let Err(Error::Engine(refused)) = engine.execute(order("GetItem", key("me"))).await else { panic!() };
        assert_eq!((refused.code.as_str(), refused.status), ("ResourceNotFoundException", 400));
        engine.execute(order("CreateTable", table())).await.unwrap();
        engine.execute(order("PutItem", item("me", "1"))).await.unwrap();
        let mut put = item("me", "2");
        put["ConditionExpression"] = "attribute_not_exists(player)".into();
        put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
        let Err(Error::Engine(refused)) = engine.execute(order("PutItem", put.clone())).await else { panic!() };
        assert_eq!(refused.code, "ConditionalCheckFailedException");
        assert_eq!(refused.members["Item"]["score"], json!({ "N": "1" }));
        let transaction = json!({ "TransactItems": [{ "Put": put }] });
        let Err(Error::Engine(refused)) = engine.execute(order("TransactWriteItems", transaction)).await else {
            panic!()
        };
        assert_eq!(refused.code, "TransactionCanceledException");
        assert_eq!(refused.members["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    }
}
