//! RotateKeys.

use std::time::Duration;

use operation::keyring::Purpose;
use serde_json::json;
use server::testing::TestServer;

use super::services;

#[tokio::test]
async fn what_was_sealed_before_stays_good() {
    let server = TestServer::start(services).await;
    let keyring = &server.host.keyring;
    server.clock.advance(Duration::from_secs(61));
    let before = keyring.seal(Purpose::Page, "x", b"before").unwrap();
    let answer = server.json("daypass", "Daypass.RotateKeys", json!({}), Some(&server.root)).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    server.clock.advance(Duration::from_secs(61));
    let after = keyring.seal(Purpose::Page, "x", b"after").unwrap();
    assert_ne!(before.get(..7), after.get(..7), "the new generation seals after a minute");
    assert_eq!(keyring.open(Purpose::Page, "x", &before).await.unwrap().as_slice(), b"before");
    assert_eq!(keyring.open(Purpose::Page, "x", &after).await.unwrap().as_slice(), b"after");
}

#[tokio::test]
async fn keys_are_not_rotated_again_before_they_are_in_use() {
    let server = TestServer::start(services).await;
    let rotate = async || server.json("daypass", "Daypass.RotateKeys", json!({}), Some(&server.root)).await;
    server.clock.advance(Duration::from_secs(59));
    assert_eq!(rotate().await.code(), "ThrottlingException");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(rotate().await.status, 200);
    assert_eq!(rotate().await.code(), "ThrottlingException");
}

#[tokio::test]
async fn another_account_does_not_rotate_the_keys_of_all() {
    let server = TestServer::start(services).await;
    server.clock.advance(Duration::from_secs(61));
    let other = server.other_root().await;
    let answer = server.json("daypass", "Daypass.RotateKeys", json!({}), Some(&other)).await;
    assert_eq!(answer.code(), "AccessDeniedException");
}

#[tokio::test]
async fn a_token_opens_for_its_purpose_and_holder_alone() {
    let server = TestServer::start(services).await;
    let keyring = &server.host.keyring;
    let token = keyring.seal(Purpose::Session, "ASIAX", b"secret").unwrap();
    assert!(keyring.open(Purpose::Page, "ASIAX", &token).await.is_err());
    assert!(keyring.open(Purpose::Session, "ASIAY", &token).await.is_err());
    for place in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        // The last digit of base64 may carry bits that mean nothing; they must be zero to be read.
        assert!(keyring.open(Purpose::Session, "ASIAX", &altered).await.is_err(), "place {place}");
    }
}
