//! GetSessionToken.

use std::time::Duration;

use server::testing::{Answer, Keys, TestServer};

use super::{may_assume, trusting, user};
use crate::game::{keys_in_xml, role, services};

async fn session(server: &TestServer, more: &[(&str, &str)], keys: Option<&Keys>) -> Answer {
    server.query("sts", &[&[("Action", "GetSessionToken")], more].concat(), keys).await
}

async fn arn(server: &TestServer, keys: &Keys) -> String {
    server.query("sts", &[("Action", "GetCallerIdentity")], Some(keys)).await.element("Arn")
}

#[tokio::test]
async fn the_session_is_the_user() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let made = session(&server, &[], Some(&ada)).await;
    let keys = keys_in_xml(&made);
    assert_eq!(arn(&server, &keys).await, "arn:aws:iam::000000000000:user/ada");
    let arn = role(&server, "Admin", trusting(serde_json::json!({ "AWS": id }), serde_json::json!({}))).await;
    let fields = [("Action", "AssumeRole"), ("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
    assert_eq!(server.query("sts", &fields, Some(&keys)).await.status, 200);
    server.clock.advance(Duration::from_secs(43_200));
    let ended = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!((ended.status, ended.code().as_str()), (403, "ExpiredToken"));
}

#[tokio::test]
async fn of_the_rest_of_this_service_it_calls_nothing() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(may_assume())).await;
    let keys = keys_in_xml(&session(&server, &[], Some(&ada)).await);
    for (operation, member) in [
        ("GetSessionToken", ("DurationSeconds", "900")),
        ("GetFederationToken", ("Name", "guest")),
        ("GetAccessKeyInfo", ("AccessKeyId", ada.id.as_str())),
    ] {
        let answer = server.query("sts", &[("Action", operation), member], Some(&keys)).await;
        let text = format!("Cannot call {operation} with session credentials");
        assert_eq!((answer.status, answer.code(), answer.message()), (403, "AccessDenied".into(), text));
    }
}

#[tokio::test]
async fn a_root_has_an_hour() {
    let server = TestServer::start(services).await;
    let made = session(&server, &[("DurationSeconds", "7200")], Some(&server.root)).await;
    let keys = keys_in_xml(&made);
    assert_eq!(arn(&server, &keys).await, "arn:aws:iam::000000000000:root");
    server.clock.advance(Duration::from_secs(3600));
    assert_eq!(server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await.code(), "ExpiredToken");
}

#[tokio::test]
async fn refused() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    assert_eq!(session(&server, &[], None).await.code(), "MissingAuthenticationToken");
    for seconds in ["899", "129601"] {
        assert_eq!(session(&server, &[("DurationSeconds", seconds)], Some(&ada)).await.code(), "ValidationError");
    }
    let code = [("SerialNumber", "arn:aws:iam::000000000000:mfa/ada"), ("TokenCode", "123456")];
    assert_eq!(session(&server, &code, Some(&ada)).await.code(), "AccessDenied");
}

#[tokio::test]
async fn it_falls_with_its_user() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    let keys = keys_in_xml(&session(&server, &[], Some(&ada)).await);
    let delete = |_: Option<&store::records::principals::User>| Ok::<_, store::Error>(None);
    server.host.configuration.update("000000000000/ada", delete).await.unwrap();
    user(&server, "ada", None).await;
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!((who.status, who.code().as_str()), (403, "InvalidClientTokenId"));
}
