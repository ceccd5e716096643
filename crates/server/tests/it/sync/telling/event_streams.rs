//! OpenEventStream: who hears of what, and until when.

use std::time::Duration;

use http::Method;
use http_body_util::Full;
use serde_json::json;
use server::testing::TestServer;
use sigv4::{Signer, SigningKeys, Style};

use super::{open, start, tampered, telling};
use crate::game::Game;
use crate::sync::{Device, allow, assert_refused};

#[tokio::test]
async fn the_other_device_hears_of_a_change_and_the_writer_does_not() {
    let game = start(sync::Settings::default()).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    let (phone, desk) = (ada.listening("phone", "prefs").await, ada.listening("desk", "prefs").await);
    let bobs = bob.listening("phone", "prefs").await;
    let (mut on_phone, mut on_desk, mut on_bobs) =
        (ada.open(&phone).await, ada.open(&desk).await, bob.open(&bobs).await);
    assert_eq!(ada.write_as(&phone, "prefs", "volume", "11").await.status, 200);
    let (id, data) = on_desk.next().await.unwrap();
    assert_eq!(id, "1-0:prefs");
    let wanted = json!({
        "source": "cognito-sync", "identityPoolId": game.pool, "identityId": ada.identity, "datasetName": "prefs",
        "syncCount": 1,
    });
    assert_eq!(data, wanted);
    assert_eq!(ada.write_as(&phone, "other", "x", "1").await.status, 200, "nobody subscribed to it");
    assert!(on_phone.is_silent().await && on_bobs.is_silent().await && on_desk.is_silent().await);
    assert_eq!(ada.delete("prefs").await.status, 200);
    for events in [&mut on_phone, &mut on_desk] {
        let (id, data) = events.next().await.unwrap();
        assert_eq!((id.as_str(), &data["deleted"]), ("1-2:prefs", &json!(true)));
    }
    assert_eq!(ada.unsubscribe(&desk, "prefs").await.status, 200);
    assert_eq!(ada.write_as(&phone, "prefs", "volume", "12").await.status, 200);
    assert!(on_desk.is_silent().await);
}

#[tokio::test]
async fn who_comes_back_hears_how_things_stand() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let (phone, desk) = (ada.listening("phone", "prefs").await, ada.listening("desk", "prefs").await);
    assert_eq!(ada.subscribe(&desk, "score").await.status, 200);
    for count in 1..=3 {
        assert_eq!(ada.write_as(&phone, "prefs", "n", &count.to_string()).await.status, 200);
    }
    // What it changed last itself may hold changes that it has not seen: another record, written by another device.
    assert_eq!(ada.write_as(&phone, "score", "m", "1").await.status, 200);
    assert_eq!(ada.write_as(&desk, "score", "n", "1").await.status, 200);
    let mut events = ada.open(&desk).await;
    assert_eq!(events.next().await.unwrap().0, "3-0:prefs");
    assert_eq!(events.next().await.unwrap().0, "2-0:score");
    assert!(events.is_silent().await);
    drop(events);
    assert_eq!(ada.unsubscribe(&desk, "score").await.status, 200);
    let mut events = ada.open_at(&game.server, &desk, Some("3-0:prefs")).await.ok().unwrap();
    assert!(events.is_silent().await);
    assert_eq!(ada.write_as(&phone, "prefs", "n", "4").await.status, 200);
    assert_eq!(events.next().await.unwrap().0, "4-0:prefs");
    let mut events = ada.open_at(&game.server, &desk, Some("nonsense")).await.ok().unwrap();
    assert_eq!(events.next().await.unwrap().0, "4-0:prefs");
}

#[tokio::test]
async fn a_presigned_url_opens_it_until_it_expires() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let (phone, desk) = (ada.listening("phone", "prefs").await, ada.listening("desk", "prefs").await);
    let url = |device: &str, time| {
        let path = ada.path(&format!("/devices/{device}/events"));
        let signer = Signer {
            access_key_id: &ada.keys.id,
            secret: &ada.keys.secret,
            session_token: ada.keys.token.as_ref(),
            region: "us-east-1",
            service: "cognito-sync",
            style: Style::Standard,
            time,
        };
        let headers = http::HeaderMap::from_iter([(http::header::HOST, game.server.authority().parse().unwrap())]);
        let request = sigv4::Request { method: "GET", path: &path, query: "", headers: &headers };
        let query = signer.presign(&request, Duration::from_secs(60), &SigningKeys::new(1)).unwrap();
        format!("http://{}{path}?{query}", game.server.authority())
    };
    let get =
        |url: &str| http::Request::get(url).header("origin", "https://app.example").body(Full::default()).unwrap();
    let now = game.server.host.now();
    let mut events = open(get(&url(&desk, now))).await.ok().unwrap();
    assert_eq!(ada.write_as(&phone, "prefs", "volume", "11").await.status, 200);
    assert_eq!(events.next().await.unwrap().0, "1-0:prefs");
    // What was signed is this device's stream, now.
    let altered = url(&desk, now).replace(&desk, &phone);
    assert_refused(&open(get(&altered)).await.err().unwrap(), 403, "InvalidSignatureException");
    let old = url(&desk, now - Duration::from_secs(120));
    assert_eq!(open(get(&old)).await.err().unwrap().status, 403);
}

#[tokio::test]
async fn strangers_open_nothing() {
    let game = start(sync::Settings::default()).await;
    let ada = Device::of(&game, "ada").await;
    let desk = ada.listening("desk", "prefs").await;
    let path = ada.path(&format!("/devices/{desk}/events"));
    let unsigned = game.server.request("cognito-sync", Method::GET, &path, &[], Default::default(), None);
    assert_refused(&open(unsigned).await.err().unwrap(), 403, "MissingAuthenticationTokenException");
    let forged = Device { game: &game, keys: tampered(&ada.keys), identity: ada.identity.clone() };
    let refused = forged.open_at(&game.server, &desk, None).await.err().unwrap();
    assert_refused(&refused, 403, "InvalidSignatureException");
    assert_refused(&ada.open_at(&game.server, "unknown", None).await.err().unwrap(), 404, "ResourceNotFoundException");
    allow(&game, "Player", "cognito-sync:UpdateRecords", "*").await;
    let denied = ada.open_at(&game.server, &desk, None).await.err().unwrap();
    assert_refused(&denied, 403, "AccessDeniedException");
}

#[tokio::test]
async fn a_stream_ends_when_the_role_loses_the_right() {
    let (game, mut events) = listening().await;
    allow(&game, "Player", "cognito-sync:*", "arn:aws:cognito-sync:us-east-1:000000000000:identitypool/none").await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let (game, mut events) = listening().await;
    game.server.clock.advance(Duration::from_secs(3 * 3600));
    // Nobody waits for the time of a set clock: any change makes the server look.
    allow(&game, "Guest", "cognito-sync:*", "*").await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_stream_ends_when_its_session_is_revoked() {
    let (game, mut events) = listening().await;
    let identity = game.identity_of("ada").await;
    let now = game.server.host.now();
    let revocation = store::records::revocations::Revocation {
        account: vocab::AccountId::ZERO,
        target: format!("identity:{identity}"),
        issued_until: now,
        expires: now + Duration::from_secs(3600),
    };
    let mut batch = game.server.host.configuration.batch();
    batch.insert(&revocation).unwrap();
    game.server.host.configuration.commit(batch).await.unwrap();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let (game, mut events) = listening().await;
    let stopped = tokio::spawn(game.server.stop());
    assert!(events.next().await.is_none());
    stopped.await.unwrap();
}

async fn listening() -> (Game, super::Events) {
    let game = start(sync::Settings::default()).await;
    let events = {
        let ada = Device::of(&game, "ada").await;
        let desk = ada.listening("desk", "prefs").await;
        let mut events = ada.open(&desk).await;
        assert_eq!(ada.write_as("another", "prefs", "volume", "11").await.status, 200);
        assert_eq!(events.next().await.unwrap().0, "1-0:prefs");
        events
    };
    (game, events)
}

#[tokio::test]
async fn streams_are_bounded_and_make_room_when_they_end() {
    let bounds = sync::settings::EventStreams { total: 3, per_identity: 2, heartbeat: Duration::from_secs(20) };
    let game = start(sync::Settings { event_streams: bounds, ..Default::default() }).await;
    let (ada, bob) = (Device::of(&game, "ada").await, Device::of(&game, "bob").await);
    let (desk, bobs) = (ada.listening("desk", "prefs").await, bob.listening("desk", "prefs").await);
    let held = [ada.open(&desk).await, ada.open(&desk).await];
    let refused = ada.open_at(&game.server, &desk, None).await.err().unwrap();
    assert_refused(&refused, 429, "TooManyRequestsException");
    let _bobs = bob.open(&bobs).await;
    let refused = bob.open_at(&game.server, &bobs, None).await.err().unwrap();
    assert_refused(&refused, 429, "TooManyRequestsException");
    drop(held);
    super::eventually("a place is free again", async || ada.open_at(&game.server, &desk, None).await.is_ok()).await;
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let bounds = sync::settings::EventStreams { total: 9, per_identity: 9, heartbeat: Duration::from_millis(50) };
    let game = start(sync::Settings { event_streams: bounds, ..Default::default() }).await;
    let ada = Device::of(&game, "ada").await;
    let desk = ada.listening("desk", "prefs").await;
    let mut events = ada.open(&desk).await;
    assert!(events.is_silent().await);
    assert!(events.held.is_empty());
    assert_eq!(ada.write_as("another", "prefs", "volume", "11").await.status, 200);
    assert_eq!(events.next().await.unwrap().0, "1-0:prefs");
}

#[tokio::test]
async fn a_device_at_another_node_hears_within_a_second() {
    let shared = sync::Settings { is_alone: false, ..Default::default() };
    let game = start(shared.clone()).await;
    let allowed = vec![game.provider.name.clone()];
    let services = telling(shared);
    let beside: TestServer = game.server.start_beside(move |host| services(host, &allowed)).await;
    let ada = Device::of(&game, "ada").await;
    let (phone, desk) = (ada.listening("phone", "prefs").await, ada.listening("desk", "prefs").await);
    let mut there = ada.open_at(&beside, &desk, None).await.ok().unwrap();
    let mut here = ada.open(&desk).await;
    for count in 1..=20 {
        let began = std::time::Instant::now();
        assert_eq!(ada.write_as(&phone, "prefs", "n", &count.to_string()).await.status, 200);
        for events in [&mut here, &mut there] {
            assert_eq!(events.next().await.unwrap().0, format!("{count}-0:prefs"));
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn streams_of_a_node_that_was_taken_for_dead_end() {
    let game = start(sync::Settings { is_alone: false, ..Default::default() }).await;
    let ada = Device::of(&game, "ada").await;
    let desk = ada.listening("desk", "prefs").await;
    let mut events = ada.open(&desk).await;
    let rows = &game.server.host.rows;
    let scan = store::Scan { table: store::Table::Node, prefix: b"n", after: None, limit: 10 };
    // The node says every two seconds that it lives: its row may change behind this.
    super::eventually("its row is taken away", async || {
        let found = rows.scan(scan).await.unwrap();
        let gone = found.into_iter().map(|(key, row)| store::Write::delete(store::Table::Node, key, row.version));
        rows.commit(gone.collect()).await.unwrap() == store::Outcome::Committed
    })
    .await;
    assert!(events.next().await.is_none());
}
