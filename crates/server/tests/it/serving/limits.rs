//! The open door is watched: strangers who call too often are told so, and nobody else notices.

use std::num::NonZeroU32;

use operation::limits::Rates;
use serde_json::json;
use server::testing::TestServer;

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
