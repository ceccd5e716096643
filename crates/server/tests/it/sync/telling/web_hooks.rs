//! Announcements by web hook: signed, in order, until they are received.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::Table;
use sync::settings::Sink;

use super::{Does, Receiver, configure, eventually, hook_at, is_told, patient_hook_at, service_role, start};
use crate::game::Game;
use crate::sync::watched::Watched;
use crate::sync::{Device, replace};

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

#[tokio::test]
async fn a_receiver_that_hangs_slows_no_other_and_is_not_read_for_again_and_again() {
    let mut hanging = Receiver::start_with(|_, _| Does::Hang).await;
    let mut well = Receiver::start(&[]).await;
    let settings = sync::Settings {
        push: Some(patient_hook_at(&hanging.address, Duration::from_secs(4))),
        streams: Some(Sink::Hook(hook_at(&well.address))),
        ..Default::default()
    };
    let rows = Watched::new();
    let game = super::set_up(Game::start_over(rows.clone(), super::telling(settings)).await).await;
    let streamer = service_role(&game, "Streamer").await;
    configure(&game, json!({ "CognitoStreams": { "StreamName": "changes", "RoleArn": streamer } })).await;
    let people = [Device::of(&game, "ada").await, Device::of(&game, "bob").await];
    let mut wanted = BTreeSet::new();
    for person in &people {
        let desk = person.listening("desk", "set0").await;
        for number in 0..15 {
            person.subscribe(&desk, &format!("set{number}")).await;
            wanted.insert(format!("{}/{}/set{number}/1", game.pool, person.identity));
        }
    }
    let began = Instant::now();
    for person in &people {
        for number in 0..15 {
            person.updated(&format!("set{number}"), json!([replace("n", "1", 0)])).await;
        }
    }
    while !wanted.is_empty() {
        for record in well.next_json().await["records"].as_array().unwrap() {
            wanted.remove(record["idempotencyKey"].as_str().unwrap());
        }
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    // It is asked again, and its thirty datasets are looked through about as often as it is.
    let before = rows.looks(Table::Outbox).len();
    for _ in 0..24 {
        hanging.next().await;
    }
    let looks = rows.looks(Table::Outbox).len() - before;
    assert!(looks < 48, "{looks}");
}

#[tokio::test]
async fn datasets_whose_deliveries_hang_hold_up_no_others() {
    let hangs = |_, body: &str| if body.contains("\"stuck") { Does::Hang } else { Does::Answer(200) };
    let mut receiver = Receiver::start_with(hangs).await;
    let game = start(sync::Settings { push: Some(hook_at(&receiver.address)), ..Default::default() }).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    for (person, what) in [(&ada, "stuck"), (&bob, "well")] {
        let desk = person.listening("desk", &format!("{what}0")).await;
        for number in 0..20 {
            person.subscribe(&desk, &format!("{what}{number}")).await;
        }
    }
    for number in 0..20 {
        ada.updated(&format!("stuck{number}"), json!([replace("n", "1", 0)])).await;
    }
    for _ in 0..40 {
        receiver.next_json().await;
    }
    let began = Instant::now();
    let mut wanted = BTreeSet::new();
    for number in 0..20 {
        bob.updated(&format!("well{number}"), json!([replace("n", "1", 0)])).await;
        wanted.insert(format!("well{number}"));
    }
    while !wanted.is_empty() {
        let delivery = receiver.next_json().await;
        for told in delivery["announcements"].as_array().unwrap() {
            wanted.remove(told["announcement"]["datasetName"].as_str().unwrap());
        }
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_waits_is_not_told_once_its_pool_does_not_push_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("dead.jsonl");
    let mut receiver = Receiver::start(&[Does::Answer(500)]).await;
    let settings = sync::Settings {
        push: Some(hook_at(&receiver.address)),
        dead_letters: Some(letters.clone()),
        ..Default::default()
    };
    let game = start(settings).await;
    let ada = Device::of(&game, "ada").await;
    ada.listening("desk", "prefs").await;
    assert_eq!(ada.write_as("another", "prefs", "n", "1").await.status, 200);
    receiver.next().await;
    let off = configure(&game, json!({ "PushSync": { "ApplicationArns": [] } })).await;
    assert_eq!((off.status, &off.json()["PushSync"]), (200, &Value::Null), "{}", off.text());
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
    assert!(receiver.received.try_recv().is_err());
    assert!(std::fs::read_to_string(&letters).unwrap().contains("its pool does not push"));
}

#[tokio::test]
async fn dead_letters_that_cannot_be_written_hold_up_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver =
        Receiver::start_with(|_, body| Does::Answer(if body.contains("\"old") { 500 } else { 200 })).await;
    let settings = sync::Settings {
        push: Some(hook_at(&receiver.address)),
        dead_letters: Some(folder.path().join("nowhere").join("dead.jsonl")),
        ..Default::default()
    };
    let game = start(settings).await;
    let ada = Device::of(&game, "ada").await;
    let desk = ada.listening("desk", "new").await;
    for number in 0..3 {
        ada.subscribe(&desk, &format!("old{number}")).await;
        assert_eq!(ada.write_as("another", &format!("old{number}"), "n", "1").await.status, 200);
    }
    receiver.next().await;
    game.server.clock.advance(Duration::from_secs(3601));
    // Whether it comes before or after the others in the outbox.
    let ada = Device::of(&game, "ada").await;
    for count in 1..=3 {
        assert_eq!(ada.write_as("another", "new", "n", &count.to_string()).await.status, 200);
        while told(&receiver.next_json().await).last() != Some(&count) {}
    }
    std::fs::create_dir(folder.path().join("nowhere")).unwrap();
    eventually("the outbox is empty", async || is_told(&game.server.host.rows).await).await;
}

#[tokio::test]
async fn files_that_cannot_be_written_hold_up_no_announcement() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no"), "a file, not a folder").unwrap();
    let mut receiver = Receiver::start(&[]).await;
    let game = start(sync::Settings {
        push: Some(hook_at(&receiver.address)),
        streams: Some(Sink::Files(folder.path().join("no").join("where"), 1)),
        ..Default::default()
    })
    .await;
    let streamer = service_role(&game, "Streamer").await;
    configure(&game, json!({ "CognitoStreams": { "StreamName": "changes", "RoleArn": streamer } })).await;
    let ada = Device::of(&game, "ada").await;
    ada.listening("desk", "prefs").await;
    for count in 1..=3 {
        assert_eq!(ada.write_as("another", "prefs", "n", &count.to_string()).await.status, 200);
        while told(&receiver.next_json().await).last() != Some(&count) {}
    }
}
