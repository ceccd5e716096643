//! DynamoDB Streams.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::*;

async fn stream(server: &TestServer, operation: &str, body: Value, keys: &Keys) -> Answer {
    server.json("dynamodb", &format!("DynamoDBStreams_20120810.{operation}"), body, Some(keys)).await
}

async fn newest(server: &TestServer) -> String {
    let listed = stream(server, "ListStreams", json!({}), &server.root).await.json();
    listed["Streams"][0]["StreamArn"].as_str().unwrap().to_owned()
}

pub(super) async fn iterator(server: &TestServer, arn: &str, keys: &Keys) -> Answer {
    let told = stream(server, "DescribeStream", json!({ "StreamArn": arn }), &server.root).await.json();
    let shard = &told["StreamDescription"]["Shards"][0]["ShardId"];
    let body = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    stream(server, "GetShardIterator", body, keys).await
}

#[tokio::test]
async fn changes_are_read_from_a_stream() {
    let server = start().await;
    let arn = newest(&server).await;
    assert!(arn.starts_with("arn:aws:dynamodb:us-east-1:000000000000:table/scores/stream/"));
    let iterator = iterator(&server, &arn, &server.root).await.json();
    let body = json!({ "ShardIterator": iterator["ShardIterator"] });
    let records = stream(&server, "GetRecords", body, &server.root).await.json();
    assert_eq!(records["Records"].as_array().unwrap().len(), 3);
    assert_eq!(records["Records"][0]["dynamodb"]["NewImage"], item("me", "chess"));
    assert_eq!(records["Records"][0]["awsRegion"], "us-east-1");
}

#[tokio::test]
async fn a_right_to_one_stream_is_none_to_another() {
    let server = start().await;
    let arn = newest(&server).await;
    let old = arn.rsplit_once('/').unwrap().0.to_owned() + "/2015-05-11T21:21:33.291";
    let statement = |stream: &str| json!({ "Effect": "Allow", "Action": "dynamodb:*", "Resource": stream });
    let reader = user(&server, "reader", &[statement(&arn)]).await;
    let late = user(&server, "late", &[statement(&old)]).await;
    assert_eq!(iterator(&server, &arn, &reader).await.status, 200);
    let denied = iterator(&server, &arn, &late).await;
    assert!(denied.code().ends_with("AccessDeniedException"), "{}", denied.text());
    // The label counts: the engine would look at the table alone.
    let answer = stream(&server, "DescribeStream", json!({ "StreamArn": old }), &late).await;
    assert!(answer.code().ends_with("ResourceNotFoundException"), "{}", answer.text());
    let iterator = iterator(&server, &arn, &reader).await.json()["ShardIterator"].clone();
    let answer = stream(&server, "GetRecords", json!({ "ShardIterator": iterator }), &late).await;
    assert!(answer.code().ends_with("AccessDeniedException"), "{}", answer.text());
    let answer = stream(&server, "GetRecords", json!({ "ShardIterator": iterator }), &reader).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn an_iterator_that_was_not_made_here_is_refused() {
    let server = start().await;
    let arn = newest(&server).await;
    let own = iterator(&server, &arn, &server.root).await.json()["ShardIterator"].as_str().unwrap().to_owned();
    for forged in [
        String::new(),
        "A".repeat(4000),
        BASE64_STANDARD.encode(r#"{"table_name":"scores","shard_id":"shardId-00000001-scores","position":0}"#),
        format!("{own}A"),
        own.get(1..).unwrap().to_owned(),
        own.replace(own.get(20..24).unwrap(), "AAAA"),
    ] {
        let answer = stream(&server, "GetRecords", json!({ "ShardIterator": forged }), &server.root).await;
        assert!(answer.code().ends_with("ValidationException"), "{forged}: {}", answer.text());
    }
    // It is of one stream: after the stream was made anew it shows nothing.
    for enabled in [false, true] {
        let mut stream = json!({ "StreamEnabled": enabled });
        if enabled {
            stream["StreamViewType"] = "KEYS_ONLY".into();
        }
        ok(&server, "UpdateTable", json!({ "TableName": "scores", "StreamSpecification": stream })).await;
    }
    let answer = stream(&server, "GetRecords", json!({ "ShardIterator": own }), &server.root).await;
    assert!(answer.code().ends_with("ResourceNotFoundException"), "{}", answer.text());
}

#[tokio::test]
async fn records_are_read_page_by_page() {
    let server = start().await;
    let arn = newest(&server).await;
    let mut next = iterator(&server, &arn, &server.root).await.json()["ShardIterator"].clone();
    for player in ["me", "me", "you"] {
        let body = json!({ "ShardIterator": next, "Limit": 1 });
        let page = stream(&server, "GetRecords", body, &server.root).await.json();
        assert_eq!(page["Records"][0]["dynamodb"]["Keys"]["player"]["S"], player);
        next = page["NextShardIterator"].clone();
    }
}
