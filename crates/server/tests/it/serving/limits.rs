//! The open door is watched: strangers who call too often are told so, and nobody else notices.

use std::num::NonZeroU32;

use operation::limits::Rates;
use serde_json::json;
use server::testing::TestServer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::game::{IdentityCalls, services};

async fn pool(server: &TestServer) -> String {
    let body = json!({ "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true });
    let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
    made.json()["IdentityPoolId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn unsigned_calls_of_one_address_are_limited() {
    let rates = Rates { unsigned_per_address: NonZeroU32::new(2), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let pool = pool(&server).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = server.identity("GetId", json!({ "IdentityPoolId": pool }), None).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("twenty calls at once are too many");
    assert_eq!((refused.status, refused.code().as_str()), (400, "TooManyRequestsException"));
    assert_eq!(refused.message(), "Rate exceeded");
    // Who signs is not a stranger.
    let signed = server.identity("ListIdentityPools", json!({ "MaxResults": 1 }), Some(&server.root)).await;
    assert_eq!(signed.status, 200);
}

#[tokio::test]
async fn new_guests_of_one_pool_do_not_use_up_anothers() {
    let rates = Rates { guests_per_pool: NonZeroU32::new(1), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let (noisy, quiet) = (pool(&server).await, pool(&server).await);
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(server.identity("GetId", json!({ "IdentityPoolId": noisy }), None).await.code());
    }
    assert!(codes.contains(&"TooManyRequestsException".to_owned()), "{codes:?}");
    assert_eq!(server.identity("GetId", json!({ "IdentityPoolId": quiet }), None).await.status, 200);
}

#[tokio::test]
async fn bodies_that_are_being_read_have_a_bounded_room() {
    let server = TestServer::start_with(services, |settings| settings.bounds.bodies = 10_000).await;
    assert_eq!(server.identity("GetId", json!({}), None).await.code(), "ValidationException");
    let mut hog = TcpStream::connect(server.authority()).await.unwrap();
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSCognitoIdentityService.GetId\r\ncontent-length: 10000\r\n\r\n";
    hog.write_all(head.as_bytes()).await.unwrap();
    hog.write_all(&[b' '; 9_999]).await.unwrap();
    let refused = loop {
        let answer = server.identity("GetId", json!({}), None).await;
        if answer.code() != "ValidationException" {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.code().as_str()), (503, "ServiceUnavailable"));
    drop(hog);
    while server.identity("GetId", json!({}), None).await.code() != "ValidationException" {}
}
