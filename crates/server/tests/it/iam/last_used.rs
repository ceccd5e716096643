//! When access keys and roles were last used, as GetAccessKeyLastUsed, GetRole and
//! GetAccountAuthorizationDetails show it.

use std::time::Duration;

use federation::{Settings, Verifier};
use operation::{Host, Service};
use server::testing::{Answer, Keys, TestServer};
use store::Table;
use vocab::Secret;

use super::{Arc, TRUST, allowing, asked, ok, role, user};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn services(host: &Arc<Host>) -> Vec<Service> {
    let verifier = Arc::new(Verifier::new(Settings::default(), host.clock.clone()).unwrap());
    let sts = Arc::new(sts::Sts::new(verifier, Default::default()));
    vec![sts::service(sts), iam::service(Arc::new(iam::Iam::default()))]
}

async fn key_shown(server: &TestServer, key: &str) -> Answer {
    ok(server, &[("Action", "GetAccessKeyLastUsed"), ("AccessKeyId", key)]).await
}

async fn role_shown(server: &TestServer, name: &str) -> String {
    let shown = ok(server, &[("Action", "GetRole"), ("RoleName", name)]).await;
    let (_, last) = shown.text().split_once("<RoleLastUsed").unwrap();
    last.split_once("</Role>").unwrap().0.to_owned()
}

/// A session of the role, for its root.
async fn assumed(server: &TestServer, name: &str, by: &Keys) -> Keys {
    let arn = format!("arn:aws:iam::000000000000:role/{name}");
    let fields = [("Action", "AssumeRole"), ("RoleArn", arn.as_str()), ("RoleSessionName", "tests")];
    let answer = server.query("sts", &fields, Some(by)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Keys {
        id: answer.element("AccessKeyId"),
        secret: Secret::new(answer.element("SecretAccessKey")),
        token: Some(Secret::new(answer.element("SessionToken"))),
    }
}

#[tokio::test]
async fn a_key_is_stamped_with_the_last_request_that_it_signed() {
    let server = TestServer::start(services).await;
    let ann = user(&server, "ann", Some(&allowing("iam:GetUser", "*"))).await;
    assert!(!key_shown(&server, &ann.id).await.text().contains("LastUsedDate"));
    assert_eq!(asked(&server, &ann, &[("Action", "GetUser")]).await.0, 200);
    let stamp = |time: &str, service: &str| {
        format!(
            "<UserName>ann</UserName><AccessKeyLastUsed><LastUsedDate>{time}</LastUsedDate>\
             <ServiceName>{service}</ServiceName><Region>us-east-1</Region></AccessKeyLastUsed>"
        )
    };
    assert_eq!(super::result(&key_shown(&server, &ann.id).await), stamp("2026-01-02T12:00:00Z", "iam"));
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(server.query("sts", &[("Action", "GetCallerIdentity")], Some(&ann)).await.status, 200);
    assert_eq!(super::result(&key_shown(&server, &ann.id).await), stamp("2026-01-02T12:01:01Z", "sts"));
    // A request that is denied was a use; one that is not authenticated was none.
    server.clock.advance(DAY);
    assert_eq!(asked(&server, &ann, &[("Action", "ListUsers")]).await, (403, "AccessDenied".into()));
    assert_eq!(super::result(&key_shown(&server, &ann.id).await), stamp("2026-01-03T12:01:01Z", "iam"));
    server.clock.advance(DAY);
    let forged = Keys { id: ann.id.clone(), secret: Secret::new("a guess"), token: None };
    assert_eq!(asked(&server, &forged, &[("Action", "GetUser")]).await.0, 403);
    assert_eq!(super::result(&key_shown(&server, &ann.id).await), stamp("2026-01-03T12:01:01Z", "iam"));
}

#[tokio::test]
async fn the_root_is_stamped_too() {
    let server = TestServer::start(services).await;
    let shown = key_shown(&server, &server.root.id).await;
    assert_eq!((shown.element("UserName"), shown.element("ServiceName")), ("000000000000".into(), "iam".into()));
    assert_eq!(shown.element("LastUsedDate"), "2026-01-02T12:00:00Z");
}

#[tokio::test]
async fn a_role_is_stamped_when_its_session_acts() {
    let server = TestServer::start(services).await;
    role(&server, "Player").await;
    let ann = user(&server, "ann", Some(&allowing("sts:AssumeRole", "*"))).await;
    let session = assumed(&server, "Player", &ann).await;
    assert_eq!(role_shown(&server, "Player").await, "/>", "who assumes a role has not used it yet");
    server.clock.advance(Duration::from_secs(5));
    assert_eq!(server.query("sts", &[("Action", "GetCallerIdentity")], Some(&session)).await.status, 200);
    let stamp = "><LastUsedDate>2026-01-02T12:00:05Z</LastUsedDate><Region>us-east-1</Region></RoleLastUsed>";
    assert_eq!(role_shown(&server, "Player").await, stamp);
    assert_eq!(key_shown(&server, &ann.id).await.element("LastUsedDate"), "2026-01-02T12:00:00Z");
    let details = ok(&server, &[("Action", "GetAccountAuthorizationDetails"), ("Filter.member.1", "Role")]).await;
    assert!(details.text().contains(&format!("<RoleLastUsed{stamp}")), "{}", details.text());
    let listed = ok(&server, &[("Action", "ListRoles")]).await;
    assert!(!listed.text().contains("LastUsed"), "{}", listed.text());
    // IAM looks back 400 days.
    server.clock.advance(400 * DAY);
    assert_eq!(role_shown(&server, "Player").await, stamp);
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(role_shown(&server, "Player").await, "/>");
}

#[tokio::test]
async fn the_next_role_of_a_name_does_not_inherit_its_stamp() {
    let server = TestServer::start(services).await;
    role(&server, "Player").await;
    let ann = user(&server, "ann", Some(&allowing("sts:AssumeRole", "*"))).await;
    let session = assumed(&server, "Player", &ann).await;
    assert_eq!(server.query("sts", &[("Action", "GetCallerIdentity")], Some(&session)).await.status, 200);
    assert_ne!(role_shown(&server, "Player").await, "/>");
    ok(&server, &[("Action", "DeleteRole"), ("RoleName", "Player")]).await;
    ok(&server, &[("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", TRUST)]).await;
    assert_eq!(role_shown(&server, "Player").await, "/>");
}

#[tokio::test]
async fn stamps_are_written_and_outlive_the_process() {
    let server = TestServer::start(services).await;
    let ann = user(&server, "ann", Some(&allowing("iam:GetUser", "*"))).await;
    let bob = user(&server, "bob", Some(&allowing("iam:GetUser", "*"))).await;
    for keys in [&ann, &bob] {
        assert_eq!(asked(&server, keys, &[("Action", "GetUser")]).await.0, 200);
    }
    ok(&server, &[("Action", "DeleteAccessKey"), ("UserName", "bob"), ("AccessKeyId", &bob.id)]).await;
    let revision = server.host.configuration.revision();
    let host = server.host.clone();
    server.stop().await;
    assert_eq!(host.configuration.revision(), revision, "no policy is read anew because of a stamp");
    let written = async |id: &str| host.rows.get(Table::LastUsed, id.as_bytes()).await.unwrap().is_some();
    assert!(written(&ann.id).await && written(&bob.id).await);
    // Another process reads them, and what is written again is not older.
    let next = store::LastUsed::new(host.rows.clone(), host.random.clone());
    let used = next.of(&ann.id).await.unwrap().unwrap();
    assert_eq!((used.time, used.service.as_str()), (host.now(), "iam"));
    next.note(&ann.id, used.time - DAY, "s3", "eu-west-1");
    next.write().await.unwrap();
    assert_eq!(next.of(&ann.id).await.unwrap(), Some(used));
    // The stamps of what is gone go with the next sweep, and nothing else.
    next.sweep(&host.configuration).await.unwrap();
    assert!(written(&ann.id).await && !written(&bob.id).await);
}
