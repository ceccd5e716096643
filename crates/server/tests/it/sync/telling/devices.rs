//! RegisterDevice, SubscribeToDataset, UnsubscribeFromDataset.

use http::Method;
use serde_json::{Value, json};

use super::{configure, start};
use crate::sync::{Device, assert_refused, call};

#[tokio::test]
async fn the_same_token_is_the_same_device() {
    let game = start(sync::Settings::default()).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    let id = ada.register("token").await.json()["DeviceId"].clone();
    assert_eq!(ada.register("token").await.json()["DeviceId"], id);
    assert_ne!(ada.register("another").await.json()["DeviceId"], id);
    assert_ne!(bob.register("token").await.json()["DeviceId"], id, "of another identity");
}

#[tokio::test]
async fn registration_wants_a_platform_of_the_pool() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let path = ada.path("/device").replace("/identities/", "/identity/");
    let register = async |body: Value| call(&game, Method::POST, &path, body, &ada.keys).await;
    let adm = register(json!({ "Platform": "ADM", "Token": "t" })).await;
    assert_refused(&adm, 400, "InvalidConfigurationException");
    for bad in [
        json!({ "Platform": "PIGEON", "Token": "t" }),
        json!({ "Platform": "GCM" }),
        json!({ "Token": "t" }),
        json!({ "Platform": "GCM", "Token": "" }),
        json!({ "Platform": "GCM", "Token": "t".repeat(4097) }),
    ] {
        assert_refused(&register(bad).await, 400, "InvalidParameterException");
    }
    assert_eq!(configure(&game, json!({ "PushSync": {} })).await.status, 200);
    assert_refused(&ada.register("t").await, 400, "InvalidConfigurationException");
    assert_refused(&ada.subscribe("device", "prefs").await, 400, "InvalidConfigurationException");
}

#[tokio::test]
async fn developers_and_other_identities_have_no_devices_here() {
    let game = start(sync::Settings::default()).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    let device = ada.listening("token", "prefs").await;
    let developer = Device::developer(&game, &ada.identity);
    let intruder = Device { game: &game, keys: bob.keys.clone(), identity: ada.identity.clone() };
    for stranger in [developer, intruder] {
        assert_refused(&stranger.register("x").await, 403, "NotAuthorizedException");
        assert_refused(&stranger.subscribe(&device, "prefs").await, 403, "NotAuthorizedException");
        assert_refused(&stranger.unsubscribe(&device, "prefs").await, 403, "NotAuthorizedException");
        let opened = stranger.open_at(&game.server, &device, None).await;
        assert_refused(&opened.err().unwrap(), 403, "NotAuthorizedException");
    }
    // The own identity, and another's device.
    assert_refused(&bob.subscribe(&device, "prefs").await, 404, "ResourceNotFoundException");
    assert_refused(&bob.open_at(&game.server, &device, None).await.err().unwrap(), 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_subscription_ends_once() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let device = ada.listening("token", "prefs").await;
    assert_eq!(ada.subscribe(&device, "prefs").await.status, 200, "twice is once");
    let ended = ada.unsubscribe(&device, "prefs").await;
    assert_eq!((ended.status, ended.text()), (200, ""));
    assert_refused(&ada.unsubscribe(&device, "prefs").await, 404, "ResourceNotFoundException");
    assert_refused(&ada.unsubscribe("unknown", "prefs").await, 404, "ResourceNotFoundException");
    assert_refused(&ada.subscribe("unknown", "prefs").await, 404, "ResourceNotFoundException");
    assert_refused(&ada.subscribe(&device, "a%20b").await, 400, "InvalidParameterException");
}

#[tokio::test]
async fn devices_and_subscriptions_are_bounded() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let first = ada.listening("token 0", "prefs").await;
    for number in 1..100 {
        assert_eq!(ada.subscribe(&first, &format!("set{number}")).await.status, 200);
    }
    assert_refused(&ada.subscribe(&first, "one-more").await, 400, "InvalidParameterException");
    for number in 1..=50 {
        game.server.clock.advance(std::time::Duration::from_millis(1));
        assert_eq!(ada.register(&format!("token {number}")).await.status, 200);
    }
    assert_refused(&ada.subscribe(&first, "prefs").await, 404, "ResourceNotFoundException");
}
