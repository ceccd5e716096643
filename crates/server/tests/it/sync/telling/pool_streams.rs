//! Streams of pools: to files and to web hooks; BulkPublish, GetBulkPublishDetails.

use std::path::Path;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use server::testing::Answer;
use sync::settings::Sink;

use super::{Receiver, configure, eventually, hook_at, is_told, service_role, start};
use crate::game::Game;
use crate::sync::watched::Watched;
use crate::sync::{Device, assert_refused, call, pool_path, remove, replace};

async fn streaming(sink: Sink) -> Game {
    stream(start(sync::Settings { streams: Some(sink), ..Default::default() }).await).await
}

async fn stream(game: Game) -> Game {
    let streamer = service_role(&game, "Streamer").await;
    let streams = json!({ "CognitoStreams": { "StreamName": "changes", "RoleArn": streamer } });
    let set = configure(&game, streams).await;
    assert_eq!(set.json()["CognitoStreams"]["StreamingStatus"], "ENABLED", "{}", set.text());
    game
}

/// The lines of all files of a folder.
fn lines(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()).collect()
}

fn keys(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| line["idempotencyKey"].as_str().unwrap().to_owned()).collect()
}

async fn publish(game: &Game) -> Answer {
    let path = format!("{}/bulkpublish", pool_path(game));
    call(game, Method::POST, &path, Value::Null, &game.server.root).await
}

async fn details(game: &Game) -> Value {
    let path = format!("{}/getBulkPublishDetails", pool_path(game));
    let answer = call(game, Method::POST, &path, Value::Null, &game.server.root).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn every_change_is_one_line_in_the_documented_form() {
    let folder = tempfile::tempdir().unwrap();
    let game = streaming(Sink::Files(folder.path().into(), 1)).await;
    let ada = Device::of(&game, "ada").await;
    let now = game.server.host.now().millis();
    ada.updated("prefs", json!([replace("a", "1", 0), replace("b", "2", 0)])).await;
    ada.updated("prefs", json!([remove("a", 1)])).await;
    assert_eq!(ada.delete("prefs").await.status, 200);
    eventually("all is written", async || is_told(&game.server.host.rows).await).await;
    let lines = lines(folder.path());
    let key = |tail: &str| format!("{}/{}/prefs/{tail}", game.pool, ada.identity);
    assert_eq!(keys(&lines), [key("1"), key("2"), key("2/deleted")]);
    let record = |key: &str, value: Value, count: u64, op: &str| {
        json!({
            "key": key, "value": value, "syncCount": count, "lastModifiedDate": now, "deviceLastModifiedDate": null,
            "op": op,
        })
    };
    let whole = json!({
        "streamName": "changes", "partitionKey": ada.identity, "idempotencyKey": key("1"),
        "data": {
            "identityPoolId": game.pool, "identityId": ada.identity, "dataSetName": "prefs", "operation": "replace",
            "kinesisSyncRecords": [record("a", json!("1"), 1, "replace"), record("b", json!("2"), 1, "replace")],
            "lastModifiedDate": now, "payloadType": "Inline", "syncCount": 1,
        },
    });
    assert_eq!(lines[0], whole);
    assert_eq!(lines[1]["data"]["kinesisSyncRecords"], json!([record("a", Value::Null, 2, "remove")]));
    assert_eq!((&lines[2]["data"]["operation"], &lines[2]["data"]["syncCount"]), (&json!("remove"), &json!(2)));
}

#[tokio::test]
async fn files_begin_anew_and_never_change() {
    let folder = tempfile::tempdir().unwrap();
    let game = streaming(Sink::Files(folder.path().into(), 1)).await;
    let ada = Device::of(&game, "ada").await;
    for count in 0..3 {
        ada.updated("prefs", json!([replace("n", &count.to_string(), count)])).await;
        eventually("it is written", async || is_told(&game.server.host.rows).await).await;
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!((files, lines(folder.path()).len()), (3, 3));
    // What was read may be taken away; the next change does not come back under an old name.
    std::fs::remove_file(folder.path().join("changes-00000001.jsonl")).unwrap();
    ada.updated("prefs", json!([replace("n", "x", 3)])).await;
    eventually("it is written", async || is_told(&game.server.host.rows).await).await;
    assert_eq!(lines(folder.path()).len(), 3);
}

#[tokio::test]
async fn a_web_hook_gets_the_same_records() {
    let mut receiver = Receiver::start(&[super::Does::Answer(503)]).await;
    let game = streaming(Sink::Hook(hook_at(&receiver.address))).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("a", "1", 0)])).await;
    ada.updated("prefs", json!([replace("a", "2", 1)])).await;
    let mut counts = Vec::new();
    while counts.last() != Some(&2) {
        let (headers, body) = receiver.next().await;
        super::assert_signed(&headers, &body);
        assert_eq!(headers["x-daypass-kind"], "stream");
        let records: Value = serde_json::from_slice(&body).unwrap();
        let records = records["records"].as_array().unwrap();
        counts.extend(records.iter().map(|record| record["data"]["syncCount"].as_u64().unwrap()));
    }
    counts.dedup();
    assert_eq!(counts, [1, 2]);
}

#[tokio::test]
async fn streaming_is_switched_off_where_the_role_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let game = streaming(Sink::Files(folder.path().into(), 1 << 20)).await;
    let ada = Device::of(&game, "ada").await;
    let nobody = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
    }] });
    let change = |old: Option<&store::records::principals::Role>| {
        let mut role = old.unwrap().clone();
        role.trust = nobody.to_string();
        Ok::<_, store::Error>(Some(role))
    };
    game.server.host.configuration.update("000000000000/streamer", change).await.unwrap();
    ada.updated("prefs", json!([replace("a", "1", 0)])).await;
    eventually("it is given up", async || is_told(&game.server.host.rows).await).await;
    let path = format!("{}/configuration", pool_path(&game));
    let shown = call(&game, Method::GET, &path, Value::Null, &game.server.root).await.json();
    assert_eq!(shown["CognitoStreams"]["StreamingStatus"], "DISABLED");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    assert_refused(&publish(&game).await, 400, "InvalidParameterException");
}

#[tokio::test]
async fn everything_is_published_once_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let game = streaming(Sink::Files(folder.path().into(), 1 << 20)).await;
    assert_eq!(details(&game).await, json!({ "IdentityPoolId": game.pool, "BulkPublishStatus": "NOT_STARTED" }));
    let mut wanted = Vec::new();
    for number in 0..25 {
        let person = Device::of(&game, &format!("person {number}")).await;
        person.updated("prefs", json!([replace("a", "1", 0), replace("b", "2", 0)])).await;
        person.updated("prefs", json!([remove("a", 1)])).await;
        wanted.push(format!("{}/{}/prefs/2/published", game.pool, person.identity));
    }
    wanted.sort();
    let began = game.server.host.now().epoch_number();
    let started = publish(&game).await;
    assert_eq!((started.status, started.json()), (200, json!({ "IdentityPoolId": game.pool })));
    eventually("it succeeds", async || details(&game).await["BulkPublishStatus"] == "SUCCEEDED").await;
    let shown = details(&game).await;
    assert_eq!((&shown["BulkPublishStartTime"], &shown["BulkPublishCompleteTime"]), (&json!(began), &json!(began)));
    eventually("all is written", async || is_told(&game.server.host.rows).await).await;
    let published = |line: &&Value| line["idempotencyKey"].as_str().unwrap().ends_with("/published");
    let lines: Vec<Value> = lines(folder.path()).iter().filter(published).cloned().collect();
    let mut seen = keys(&lines);
    seen.sort();
    assert_eq!(seen, wanted);
    assert!(lines.iter().all(|line| line["data"]["kinesisSyncRecords"].as_array().unwrap().len() == 1));
    assert_refused(&publish(&game).await, 400, "AlreadyStreamedException");
    game.server.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(publish(&game).await.status, 200);
}

#[tokio::test]
async fn one_publication_runs_at_a_time_and_needs_a_stream() {
    let game = start(sync::Settings::default()).await;
    assert_refused(&publish(&game).await, 400, "InvalidParameterException");
    let folder = tempfile::tempdir().unwrap();
    drop(game);
    let game = streaming(Sink::Files(folder.path().join("no").join("where"), 1)).await;
    std::fs::write(folder.path().join("no"), "a file, not a folder").unwrap();
    let ada = Device::of(&game, "ada").await;
    // The outbox is full, and cannot be emptied: the publication waits.
    for number in 0..201u64 {
        ada.updated("prefs", json!([replace("n", &number.to_string(), number)])).await;
    }
    assert_eq!(publish(&game).await.status, 200);
    assert_eq!(details(&game).await["BulkPublishStatus"], "IN_PROGRESS");
    assert_refused(&publish(&game).await, 400, "DuplicateRequestException");
}

#[tokio::test]
async fn what_is_published_is_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let settings = sync::Settings { streams: Some(Sink::Files(folder.path().into(), 1 << 20)), ..Default::default() };
    let game = Game::start_over(Watched::new(), super::telling(settings)).await;
    let game = stream(super::set_up(game).await).await;
    let ada = Device::of(&game, "ada").await;
    for number in 0..10 {
        ada.updated(&format!("set{number}"), json!([replace("a", "0", 0), replace("b", "0", 0)])).await;
    }
    assert_eq!(publish(&game).await.status, 200);
    // Both records always say the same; records are read slowly.
    for count in 1..100u64 {
        if details(&game).await["BulkPublishStatus"] == "SUCCEEDED" {
            break;
        }
        let value = count.to_string();
        for number in 0..10 {
            ada.updated(&format!("set{number}"), json!([replace("a", &value, count), replace("b", &value, count)]))
                .await;
        }
    }
    eventually("it succeeds", async || details(&game).await["BulkPublishStatus"] == "SUCCEEDED").await;
    eventually("all is written", async || is_told(&game.server.host.rows).await).await;
    let lines = lines(folder.path());
    let published: Vec<_> =
        lines.iter().filter(|line| line["idempotencyKey"].as_str().unwrap().ends_with("/published")).collect();
    assert!(published.len() >= 10);
    for line in published {
        let records = line["data"]["kinesisSyncRecords"].as_array().unwrap();
        assert_eq!(records.len(), 2);
        for record in records {
            assert_eq!((&record["value"], &record["syncCount"]), (&records[0]["value"], &line["data"]["syncCount"]));
        }
    }
}
