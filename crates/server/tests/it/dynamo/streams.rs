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

async fn iterator(server: &TestServer, arn: &str, keys: &Keys) -> Answer {
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
async fn a_forged_iterator_is_decided_by_the_table_it_names() {
    let server = start().await;
    let arn = newest(&server).await;
    let statement = json!({ "Effect": "Allow", "Action": "dynamodb:*", "Resource": arn.replace("scores", "others") });
    let other = user(&server, "other", &[statement]).await;
    for document in [
        r#"{"table_name":"scores","shard_id":"shardId-00000001-scores","position":0}"#,
        r#"{"table_name":"others","table_name":"scores","shard_id":"shardId-00000001-scores","position":0}"#,
        r#"["scores","shardId-00000001-scores",0]"#,
    ] {
        let body = json!({ "ShardIterator": BASE64_STANDARD.encode(document) });
        let answer = stream(&server, "GetRecords", body, &other).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text());
    }
}
