//! What proxies say of a client counts only from those that are trusted.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use server::testing::{Keys, TestServer};

use crate::game::services;
use crate::sts::user;

fn allowed_if(condition: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*", "Condition": condition,
    }] })
}

async fn list(server: &TestServer, keys: &Keys, forwarded: &[(&str, &str)]) -> u16 {
    let mut headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "AWSCognitoIdentityService.ListIdentityPools".to_owned()),
    ];
    headers.extend(forwarded.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let body = Bytes::from(json!({ "MaxResults": 1 }).to_string());
    server.send("cognito-identity", Method::POST, "/", &headers, body, Some(keys)).await.status
}

#[tokio::test]
async fn the_address_of_a_client_behind_a_trusted_proxy() {
    let trusting = TestServer::start_with(services, |settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let condition =
        json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" }, "Bool": { "aws:SecureTransport": "true" } });
    let (_, keys) = user(&trusting, "ada", Some(allowed_if(condition.clone()))).await;
    let https = ("x-forwarded-proto", "https");
    assert_eq!(list(&trusting, &keys, &[("x-forwarded-for", "203.0.113.9"), https]).await, 200);
    assert_eq!(list(&trusting, &keys, &[("x-forwarded-for", "203.0.113.9")]).await, 400);
    assert_eq!(list(&trusting, &keys, &[https]).await, 400);
    // What the client wrote itself stands left of what the proxy added.
    assert_eq!(list(&trusting, &keys, &[("x-forwarded-for", "203.0.113.9, 198.51.100.7"), https]).await, 400);

    let open = TestServer::start(services).await;
    let (_, keys) = user(&open, "ada", Some(allowed_if(condition))).await;
    assert_eq!(list(&open, &keys, &[("x-forwarded-for", "203.0.113.9"), https]).await, 400);
}
