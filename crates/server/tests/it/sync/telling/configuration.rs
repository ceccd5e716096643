//! GetIdentityPoolConfiguration, SetIdentityPoolConfiguration, GetCognitoEvents, SetCognitoEvents.

use http::Method;
use serde_json::{Value, json};

use super::{APPLICATION, configure, service_role, start};
use crate::game::{Game, IdentityCalls, role};
use crate::sts::user;
use crate::sync::{Device, assert_refused, call, pool_path};

async fn get(game: &Game) -> Value {
    let path = format!("{}/configuration", pool_path(game));
    let answer = call(game, Method::GET, &path, Value::Null, &game.server.root).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn set_events(game: &Game, events: Value) -> server::testing::Answer {
    let path = format!("{}/events", pool_path(game));
    call(game, Method::POST, &path, json!({ "Events": events }), &game.server.root).await
}

#[tokio::test]
async fn what_was_set_is_shown_and_the_rest_is_left_out() {
    let settings =
        sync::Settings { streams: Some(sync::settings::Sink::Files("unused".into(), 1)), ..Default::default() };
    let game = start(settings).await;
    let pusher = "arn:aws:iam::000000000000:role/Pusher";
    let push = json!({ "ApplicationArns": [APPLICATION], "RoleArn": pusher });
    assert_eq!(get(&game).await, json!({ "IdentityPoolId": game.pool, "PushSync": push }));

    let streamer = service_role(&game, "Streamer").await;
    let streams = json!({ "StreamName": "changes", "RoleArn": streamer, "StreamingStatus": "DISABLED" });
    let set = configure(&game, json!({ "CognitoStreams": streams })).await;
    let whole = json!({ "IdentityPoolId": game.pool, "PushSync": push, "CognitoStreams": streams });
    assert_eq!((set.json(), get(&game).await), (whole.clone(), whole));

    let set = configure(&game, json!({ "PushSync": {} })).await;
    assert_eq!(set.json(), json!({ "IdentityPoolId": game.pool, "CognitoStreams": streams }));
}

#[tokio::test]
async fn a_role_must_exist_trust_the_service_for_this_pool_and_be_passable() {
    let game = start(sync::Settings::default()).await;
    let anybody = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
    }] });
    let other_pool = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "cognito-sync.amazonaws.com" }, "Action": "sts:AssumeRole",
        "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:cognito-identity:us-east-1:000000000000:identitypool/x" } },
    }] });
    let of_lambda = role(&game.server, "OfLambda", anybody).await;
    let of_other = role(&game.server, "OfOther", other_pool).await;
    let absent = "arn:aws:iam::000000000000:role/Absent".to_owned();
    for arn in [of_lambda, of_other, absent, "arn:aws:iam::777777777777:role/Pusher".to_owned()] {
        let push = json!({ "PushSync": { "ApplicationArns": [APPLICATION], "RoleArn": arn } });
        assert_refused(&configure(&game, push).await, 400, "InvalidParameterException");
    }
    // Who may set the configuration, but not pass the role.
    let allowed = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "cognito-sync:*", "Resource": "*" },
    ] });
    let (_, keys) = user(&game.server, "ada", Some(allowed)).await;
    let push =
        json!({ "PushSync": { "ApplicationArns": [APPLICATION], "RoleArn": "arn:aws:iam::000000000000:role/Pusher" } });
    let path = format!("{}/configuration", pool_path(&game));
    assert_refused(&call(&game, Method::POST, &path, push, &keys).await, 400, "InvalidParameterException");
}

#[tokio::test]
async fn constraints_are_told_and_streams_need_a_sink() {
    let game = start(sync::Settings::default()).await;
    let role = "arn:aws:iam::000000000000:role/Pusher";
    for body in [
        json!({ "PushSync": { "ApplicationArns": ["arn:aws:sns:us-east-1:x:app/GCM/game"], "RoleArn": role } }),
        json!({ "PushSync": { "ApplicationArns": [APPLICATION], "RoleArn": "short" } }),
        json!({ "PushSync": { "ApplicationArns": [APPLICATION] } }),
        json!({ "PushSync": { "ApplicationArns": [APPLICATION.replace("000000000000", "777777777777")], "RoleArn": role } }),
        json!({ "CognitoStreams": { "StreamName": "", "RoleArn": role } }),
        json!({ "CognitoStreams": { "StreamName": "s", "RoleArn": role, "StreamingStatus": "ON" } }),
        json!({ "CognitoStreams": { "StreamName": "s", "RoleArn": role, "StreamingStatus": "ENABLED" } }),
        json!({ "CognitoStreams": { "RoleArn": role } }),
    ] {
        assert_refused(&configure(&game, body).await, 400, "InvalidParameterException");
    }
}

#[tokio::test]
async fn identities_and_strangers_see_no_configuration() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let other = game.server.other_root().await;
    for (method, rest) in [
        (Method::GET, "/configuration"),
        (Method::GET, "/events"),
        (Method::POST, "/configuration"),
        (Method::POST, "/events"),
        (Method::POST, "/bulkpublish"),
        (Method::POST, "/getBulkPublishDetails"),
    ] {
        let path = format!("{}{rest}", pool_path(&game));
        let body = if method == Method::POST { json!({ "Events": {} }) } else { Value::Null };
        assert_refused(
            &call(&game, method.clone(), &path, body.clone(), &ada.keys).await,
            403,
            "NotAuthorizedException",
        );
        assert_refused(&call(&game, method, &path, body, &other).await, 404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn events_are_set_one_by_one_and_removed_by_nothing() {
    let address = "127.0.0.1:1";
    let settings = upstream::Settings::new("functions", format!("http://{address}").parse().unwrap());
    let server = upstream::Server::new(settings, std::sync::Arc::new(vocab::SystemClock)).unwrap();
    let functions = sync::settings::Functions { server, name: None };
    let game = start(sync::Settings { functions: Some(functions), ..Default::default() }).await;
    let path = format!("{}/events", pool_path(&game));
    let get = async || call(&game, Method::GET, &path, Value::Null, &game.server.root).await.json();
    assert_eq!(get().await, json!({ "Events": {} }));
    let function = "arn:aws:lambda:us-east-1:000000000000:function:check";
    let set = set_events(&game, json!({ "SyncTrigger": function })).await;
    assert_eq!((set.status, set.text()), (200, ""));
    assert_eq!(get().await, json!({ "Events": { "SyncTrigger": function } }));
    for bad in [
        json!({ "Other": function }),
        json!({ "SyncTrigger": "check" }),
        json!({ "SyncTrigger": function.replace("000000000000", "777777777777") }),
        json!({ "SyncTrigger": function, "Other": function }),
        Value::Null,
    ] {
        assert_refused(&set_events(&game, bad).await, 400, "InvalidParameterException");
    }
    assert_eq!(set_events(&game, json!({})).await.status, 200);
    assert_eq!(get().await, json!({ "Events": { "SyncTrigger": function } }));
    assert_eq!(set_events(&game, json!({ "SyncTrigger": "" })).await.status, 200);
    assert_eq!(get().await, json!({ "Events": {} }));
}

#[tokio::test]
async fn a_deleted_pool_leaves_no_settings() {
    let game = start(sync::Settings::default()).await;
    let host = &game.server.host;
    let settings = async || host.configuration.list::<store::records::syncing::PoolSync>("").await.unwrap().len();
    sync::Sync::new(host).upkeep(host).await.unwrap();
    assert_eq!(settings().await, 1);
    let body = json!({ "IdentityPoolId": game.pool });
    assert_eq!(game.server.identity("DeleteIdentityPool", body, Some(&game.server.root)).await.status, 200);
    sync::Sync::new(host).upkeep(host).await.unwrap();
    assert_eq!(settings().await, 0);
}
