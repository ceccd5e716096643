//! Announcements by web hook: signed, in order, until they are received.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Does, Receiver, eventually, hook_at, is_told, start};
use crate::sync::Device;

fn told(delivery: &Value) -> Vec<u64> {
    let announcements = delivery["announcements"].as_array().unwrap();
    announcements.iter().map(|told| told["announcement"]["syncCount"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_announcement_names_its_devices_and_is_told_once_where_all_is_well() {
    let mut receiver = Receiver::start(&[]).await;
    let game = start(sync::Settings { push: Some(hook_at(&receiver.address)), ..Default::default() }).await;
    let ada = Device::of(&game, "ada").await;
    let (phone, desk) = (ada.listening("phone token", "prefs").await, ada.listening("desk token", "prefs").await);
    assert_eq!(ada.write_as(&phone, "prefs", "volume", "11").await.status, 200);
    let delivery = receiver.next_json().await;
    let wanted = json!({ "announcements": [{
        "idempotencyKey": format!("{}/{}/prefs/1", game.pool, ada.identity),
        "announcement": {
            "source": "cognito-sync", "identityPoolId": game.pool, "identityId": ada.identity,
            "datasetName": "prefs", "syncCount": 1,
        },
        "devices": [{ "deviceId": desk, "platform": "GCM", "token": "desk token" }],
    }] });
    assert_eq!(delivery, wanted);
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn a_receiver_that_fails_hangs_redirects_or_never_ends_is_asked_again_in_order() {
    let script = &[Does::Answer(500), Does::Hang, Does::Redirect, Does::Answer(404)];
    let mut receiver = Receiver::start(script).await;
    let game = start(sync::Settings { push: Some(hook_at(&receiver.address)), ..Default::default() }).await;
    let ada = Device::of(&game, "ada").await;
    let phone = ada.listening("phone", "prefs").await;
    ada.listening("desk", "prefs").await;
    for count in 1..=3 {
        assert_eq!(ada.write_as(&phone, "prefs", "n", &count.to_string()).await.status, 200);
    }
    let mut deliveries = Vec::new();
    let mut heard = BTreeSet::new();
    let mut latest = 0;
    while heard.len() < 3 || deliveries.len() < 5 {
        let (headers, body) = receiver.next().await;
        super::assert_signed(&headers, &body);
        let delivery: Value = serde_json::from_slice(&body).unwrap();
        let counts = told(&delivery);
        assert!(counts.is_sorted() && counts[0] <= latest + 1, "{counts:?} after {latest}");
        if deliveries.len() >= 4 {
            heard.extend(counts.iter().copied());
            latest = latest.max(*counts.last().unwrap());
        }
        deliveries.push(headers["x-daypass-delivery"].clone());
    }
    assert_eq!(heard, BTreeSet::from([1, 2, 3]));
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
}

#[tokio::test]
async fn an_answer_without_end_costs_nothing() {
    let mut receiver = Receiver::start(&[Does::Endless]).await;
    let game = start(sync::Settings { push: Some(hook_at(&receiver.address)), ..Default::default() }).await;
    let ada = Device::of(&game, "ada").await;
    ada.listening("desk", "prefs").await;
    assert_eq!(ada.write_as("another", "prefs", "n", "1").await.status, 200);
    assert_eq!(told(&receiver.next_json().await), [1]);
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
}

#[tokio::test]
async fn one_dataset_that_cannot_be_told_holds_up_no_other() {
    // The first delivery is taken and never answered.
    let mut receiver = Receiver::start(&[Does::Hang]).await;
    let game = start(sync::Settings { push: Some(hook_at(&receiver.address)), ..Default::default() }).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    for person in [&ada, &bob] {
        person.listening("desk", "prefs").await;
        assert_eq!(person.write_as("another", "prefs", "n", "1").await.status, 200);
    }
    let mut heard = BTreeSet::new();
    while heard.len() < 2 {
        let delivery = receiver.next_json().await;
        heard.insert(delivery["announcements"][0]["idempotencyKey"].as_str().unwrap().to_owned());
    }
}

#[tokio::test]
async fn what_is_tried_for_too_long_goes_to_the_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    let receiver = Receiver::start(&[Does::Answer(500); 8]).await;
    let settings = sync::Settings {
        push: Some(hook_at(&receiver.address)),
        dead_letters: Some(letters.clone()),
        ..Default::default()
    };
    let game = start(settings).await;
    let ada = Device::of(&game, "ada").await;
    ada.listening("secret token", "prefs").await;
    assert_eq!(ada.write_as("another", "prefs", "n", "1").await.status, 200);
    game.server.clock.advance(std::time::Duration::from_secs(3601));
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
    let text = std::fs::read_to_string(&letters).unwrap();
    let letter: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(letter["idempotencyKey"], format!("{}/{}/prefs/1", game.pool, ada.identity));
    assert!(!text.contains("secret token"));
}

#[tokio::test]
async fn one_of_two_nodes_tells_and_another_goes_on_where_it_died() {
    let mut receiver = Receiver::start(&[]).await;
    let shared = sync::Settings { is_alone: false, push: Some(hook_at(&receiver.address)), ..Default::default() };
    let game = start(shared.clone()).await;
    let allowed = vec![game.provider.name.clone()];
    let services = super::telling(shared);
    let _beside = game.server.start_beside(move |host| services(host, &allowed)).await;
    let ada = Device::of(&game, "ada").await;
    ada.listening("desk", "prefs").await;
    for count in 1..=10 {
        assert_eq!(ada.write_as("another", "prefs", "n", &count.to_string()).await.status, 200);
    }
    let mut counts = Vec::new();
    while counts.len() < 10 {
        counts.extend(told(&receiver.next_json().await));
    }
    assert_eq!(counts, (1..=10).collect::<Vec<u64>>());
}
