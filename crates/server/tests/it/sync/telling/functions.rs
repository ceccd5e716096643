//! The function of SyncTrigger, invoked by the Lambda Invoke API. The server here speaks it as documented; a function
//! runs in a real runtime in `conformance`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::start;
use crate::game::Game;
use crate::sync::{Device, assert_refused, call, pool_path, remove, replace};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:check";

/// Status, whether it is a function error, and the body; `None`: no answer.
type Function = fn(Value) -> Option<(u16, bool, Value)>;

async fn with(function: Function) -> Game {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = service_fn(move |request: Request<Incoming>| async move {
                let (parts, body) = request.into_parts();
                assert_eq!(parts.method, Method::POST);
                let path = format!("/2015-03-31/functions/{}/invocations", ARN.replace(':', "%3A"));
                assert_eq!(parts.uri.path(), path);
                assert_eq!(parts.headers["x-amz-invocation-type"], "RequestResponse");
                assert!(parts.headers["authorization"].to_str().unwrap().contains("/us-east-1/lambda/aws4_request"));
                let event = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
                let Some((status, is_error, body)) = function(event) else { return std::future::pending().await };
                let mut answer = Response::builder().status(status);
                if is_error {
                    answer = answer.header("x-amz-function-error", "Unhandled");
                }
                Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(body.to_string()))).unwrap())
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    let mut settings = upstream::Settings::new("functions", format!("http://{address}").parse().unwrap());
    settings.signing = Some(upstream::Signing {
        credentials: upstream::Credentials {
            access_key_id: "AKID".into(),
            secret: vocab::Secret::new("secret"),
            session_token: None,
        },
        region: "us-east-1".into(),
        service: "lambda".into(),
        style: sigv4::Style::Standard,
    });
    let server = upstream::Server::new(settings, Arc::new(vocab::SystemClock)).unwrap();
    let functions = sync::settings::Functions { server, name: None };
    let game = start(sync::Settings { functions: Some(functions), ..Default::default() }).await;
    let body = json!({ "Events": { "SyncTrigger": ARN } });
    let set = call(&game, Method::POST, &format!("{}/events", pool_path(&game)), body, &game.server.root).await;
    assert_eq!(set.status, 200, "{}", set.text());
    game
}

#[tokio::test]
async fn a_function_sees_everything_and_may_change_remove_and_add() {
    let game = with(|mut event| {
        let records = &event["datasetRecords"];
        if records["c"]["op"] != "remove" {
            return Some((200, false, event));
        }
        assert_eq!((&event["version"], &event["eventType"]), (&json!(2), &json!("SyncTrigger")));
        assert_eq!((&event["region"], &event["datasetName"]), (&json!("us-east-1"), &json!("prefs")));
        let wanted = json!({
            "a": { "oldValue": "1", "newValue": "2", "op": "replace" },
            "b": { "oldValue": "1", "newValue": "1", "op": "replace" },
            "c": { "oldValue": "1", "newValue": null, "op": "remove" },
            "d": { "oldValue": "1", "newValue": "1", "op": "replace" },
        });
        assert_eq!(*records, wanted);
        event["datasetRecords"] = json!({
            "a": { "oldValue": "1", "newValue": "checked", "op": "replace" },
            "d": { "oldValue": "1", "op": "remove" },
            "new": { "newValue": "added", "op": "replace" },
            "never": { "op": "remove" },
        });
        Some((200, false, event))
    })
    .await;
    let ada = Device::of(&game, "ada").await;
    let one = ["a", "b", "c", "d"].map(|key| replace(key, "1", 0));
    ada.updated("prefs", json!(one)).await;
    let answered = ada.updated("prefs", json!([replace("a", "2", 1), remove("c", 1)])).await;
    let seen: Vec<_> = answered.iter().map(|r| (r["Key"].as_str().unwrap(), &r["Value"], &r["SyncCount"])).collect();
    let two = json!(2);
    let (checked, added) = (json!("checked"), json!("added"));
    assert_eq!(
        seen,
        [("a", &checked, &two), ("c", &Value::Null, &two), ("d", &Value::Null, &two), ("new", &added, &two)]
    );
    let listed = ada.list("prefs", 0).await;
    assert_eq!(listed["Records"].as_array().unwrap().iter().filter(|r| !r["Value"].is_null()).count(), 3);
}

#[tokio::test]
async fn developers_are_not_looked_at() {
    let game = with(|_| Some((200, true, json!("no")))).await;
    let ada = Device::of(&game, "ada").await;
    let developer = Device::developer(&game, &ada.identity);
    developer.updated("prefs", json!([replace("a", "1", 0)])).await;
    assert_refused(
        &ada.update("prefs", json!([replace("a", "2", 1)])).await,
        400,
        "InvalidLambdaFunctionOutputException",
    );
    assert_eq!(ada.list("prefs", 0).await["Records"][0]["Value"], "1");
}

#[tokio::test]
async fn what_a_function_may_not_say_changes_nothing() {
    // The wanted answer is what the record says.
    let game = with(|mut event| {
        let wish = event["datasetRecords"]["wish"]["newValue"].as_str().unwrap().to_owned();
        Some(match wish.as_str() {
            "throttled" => (429, false, json!({})),
            "absent" => (404, false, json!({})),
            "broken" => (200, true, event),
            "no event" => (200, false, json!([1])),
            "other identity" => {
                event["identityId"] = json!("us-east-1:00000000-0000-0000-0000-000000000000");
                (200, false, event)
            }
            "other dataset" => {
                event["datasetName"] = json!("other");
                (200, false, event)
            }
            "less" => {
                event.as_object_mut().unwrap().remove("version");
                (200, false, event)
            }
            "more" => {
                event["more"] = json!(1);
                (200, false, event)
            }
            "bad op" => {
                event["datasetRecords"]["wish"]["op"] = json!("append");
                (200, false, event)
            }
            "bad value" => {
                event["datasetRecords"]["wish"]["newValue"] = json!(7);
                (200, false, event)
            }
            "too large" => {
                event["datasetRecords"]["big"] = json!({ "newValue": "x".repeat(1_048_576), "op": "replace" });
                (200, false, event)
            }
            "endless" => (200, false, json!("x".repeat(9 * 1024 * 1024))),
            _ => (200, false, event),
        })
    })
    .await;
    let ada = Device::of(&game, "ada").await;
    for wish in [
        "absent",
        "broken",
        "no event",
        "other identity",
        "other dataset",
        "less",
        "more",
        "bad op",
        "bad value",
        "too large",
        "endless",
    ] {
        let answer = ada.update("prefs", json!([replace("wish", wish, 0)])).await;
        assert_refused(&answer, 400, "InvalidLambdaFunctionOutputException");
    }
    let answer = ada.update("prefs", json!([replace("wish", "throttled", 0)])).await;
    assert_refused(&answer, 429, "LambdaThrottledException");
    assert_eq!(ada.list("prefs", 0).await["DatasetSyncCount"], 0);
    ada.updated("prefs", json!([replace("wish", "nothing", 0)])).await;
}

#[tokio::test]
async fn a_function_has_five_seconds() {
    let game = with(|_| None).await;
    let ada = Device::of(&game, "ada").await;
    let began = std::time::Instant::now();
    let answer = ada.update("prefs", json!([replace("a", "1", 0)])).await;
    assert_refused(&answer, 400, "LambdaSocketTimeoutException");
    assert!((Duration::from_secs(5)..Duration::from_secs(8)).contains(&began.elapsed()));
    assert_eq!(ada.list("prefs", 0).await["DatasetSyncCount"], 0);
}
