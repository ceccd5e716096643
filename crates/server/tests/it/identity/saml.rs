//! SAML logins in identity pools.

use std::time::Duration;

use serde_json::{Value, json};
use server::testing::{Answer, TestServer};

use crate::game::{IdentityCalls, identity_in, keys_in, role, services, trust};
use crate::idp::{Idp, PROVIDER, Saying};

struct Bench {
    server: TestServer,
    idp: Idp,
    pool: String,
}

const PLAYER: &str = "arn:aws:iam::000000000000:role/Player";
const CAPTAIN: &str = "arn:aws:iam::000000000000:role/Captain";

impl Bench {
    async fn start() -> Self {
        let server = TestServer::start_on(services, |_| ()).await;
        let idp = Idp::new();
        idp.register(&server).await;
        let body = json!({
            "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true, "SamlProviderARNs": [PROVIDER],
        });
        let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
        assert_eq!(made.json()["SamlProviderARNs"], json!([PROVIDER]));
        let pool = made.json()["IdentityPoolId"].as_str().unwrap().to_owned();
        for name in ["Player", "Captain"] {
            role(&server, name, trust(&pool, "authenticated")).await;
        }
        Self { server, idp, pool }
    }

    fn logins(&self, saying: &Saying) -> Value {
        json!({ PROVIDER: self.idp.response(&self.server.host, saying) })
    }

    async fn get_id(&self, logins: &Value) -> Answer {
        self.server.identity("GetId", json!({ "IdentityPoolId": self.pool, "Logins": logins }), None).await
    }

    async fn credentials(&self, identity: &str, logins: &Value, custom: Option<&str>) -> Answer {
        let body = json!({ "IdentityId": identity, "Logins": logins, "CustomRoleArn": custom });
        self.server.identity("GetCredentialsForIdentity", body, None).await
    }
}

fn refused(answer: &Answer, code: &str, message: &str) {
    let seen = (answer.status, answer.code(), answer.message());
    assert_eq!(seen, (400, code.to_owned(), message.to_owned()), "{}", answer.text());
}

async fn arn_of(bench: &Bench, answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let keys = keys_in(&answer.json()["Credentials"], "SecretKey");
    bench.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await.element("Arn")
}

#[tokio::test]
async fn one_assertion_serves_both_calls_of_the_enhanced_flow() {
    let bench = Bench::start().await;
    let logins = bench.logins(&Saying::of("ada", PLAYER));
    let identity = identity_in(&bench.get_id(&logins).await);
    let answer = bench.credentials(&identity, &logins, None).await;
    let wanted = "arn:aws:sts::000000000000:assumed-role/Player/CognitoIdentityCredentials";
    assert_eq!(arn_of(&bench, &answer).await, wanted);
    let again = bench.logins(&Saying { id: "_2".into(), ..Saying::of("ada", PLAYER) });
    assert_eq!(identity_in(&bench.get_id(&again).await), identity);
    assert_ne!(identity_in(&bench.get_id(&bench.logins(&Saying::of("grace", PLAYER))).await), identity);
    let shown =
        bench.server.identity("DescribeIdentity", json!({ "IdentityId": identity }), Some(&bench.server.root)).await;
    assert_eq!(shown.json()["Logins"], json!([PROVIDER]));
}

#[tokio::test]
async fn the_role_is_one_that_the_assertion_offers() {
    let bench = Bench::start().await;
    let pair = |role: &str| format!("{role},{PROVIDER}");
    let both = bench.logins(&Saying::of("ada", PLAYER).and("Role", &[&pair(PLAYER), &pair(CAPTAIN)]));
    let identity = identity_in(&bench.get_id(&both).await);
    let answer = bench.credentials(&identity, &both, None).await;
    let text = "The SAML assertion offers several roles: CustomRoleArn must name one of them.";
    refused(&answer, "NotAuthorizedException", text);
    let answer = bench.credentials(&identity, &both, Some(CAPTAIN)).await;
    let wanted = "arn:aws:sts::000000000000:assumed-role/Captain/CognitoIdentityCredentials";
    assert_eq!(arn_of(&bench, &answer).await, wanted);
    let one = bench.logins(&Saying::of("ada", PLAYER));
    let text = format!("Access to Role '{CAPTAIN}' is forbidden.");
    refused(&bench.credentials(&identity, &one, Some(CAPTAIN)).await, "NotAuthorizedException", &text);
    let text = "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
    let foreign = "arn:aws:iam::777777777777:role/Player";
    for saying in [
        Saying::of("ada", PLAYER).without("Role"),
        Saying::of("ada", PLAYER).and("Role", &[PLAYER]),
        Saying::of("ada", PLAYER).and("Role", &[&format!("{PLAYER},arn:aws:iam::000000000000:saml-provider/other")]),
        Saying::of("ada", foreign),
        Saying::of("ada", "arn:aws:iam::000000000000:role/Missing"),
    ] {
        let answer = bench.credentials(&identity, &bench.logins(&saying), None).await;
        refused(&answer, "InvalidIdentityPoolConfigurationException", text);
    }
}

#[tokio::test]
async fn a_role_that_does_not_trust_the_pool_is_not_given() {
    let bench = Bench::start().await;
    let foreign = trust("us-east-1:12345678-90ab-4cde-8f01-234567890abc", "authenticated");
    let arn = role(&bench.server, "Foreign", foreign).await;
    let logins = bench.logins(&Saying::of("ada", &arn));
    let identity = identity_in(&bench.get_id(&logins).await);
    let text = "Invalid identity pool configuration. Check assigned IAM roles for this pool.";
    refused(&bench.credentials(&identity, &logins, None).await, "InvalidIdentityPoolConfigurationException", text);
}

#[tokio::test]
async fn responses_that_are_not_acceptable() {
    let bench = Bench::start().await;
    let ada = Saying::of("ada", PLAYER);
    let wrong = async |logins: Value, text: &str| {
        refused(&bench.get_id(&logins).await, "NotAuthorizedException", text);
    };
    wrong(json!({ PROVIDER: "a token" }), "Invalid login token. Not a valid SAML assertion.").await;
    let stranger = json!({ PROVIDER: Idp::new().response(&bench.server.host, &ada) });
    wrong(stranger, "Invalid login token. Couldn't verify signed token.").await;
    let unsupported = "Token is not from a supported provider of this identity pool.";
    wrong(bench.logins(&Saying { audience: "urn:other".into(), ..ada.clone() }), unsupported).await;
    wrong(bench.logins(&Saying { recipient: "https://a.b".into(), ..ada.clone() }), unsupported).await;
    let response = bench.idp.response(&bench.server.host, &ada);
    wrong(json!({ "arn:aws:iam::000000000000:saml-provider/other": response }), unsupported).await;
    bench.server.clock.advance(Duration::from_secs(300));
    let text = "Invalid login token. Token expired: 1767355500000 >= 1767355500000";
    wrong(json!({ PROVIDER: response }), text).await;
}

#[tokio::test]
async fn the_basic_flow_does_not_take_saml() {
    let bench = Bench::start().await;
    let logins = bench.logins(&Saying::of("ada", PLAYER));
    let identity = identity_in(&bench.get_id(&logins).await);
    let body = json!({ "IdentityId": identity, "Logins": logins });
    let answer = bench.server.identity("GetOpenIdToken", body, None).await;
    let text = "Basic (classic) flow is not supported with SAML providers, please use enhanced flow.";
    refused(&answer, "InvalidParameterException", text);
}

#[tokio::test]
async fn a_guest_that_signs_in_keeps_its_identity() {
    let bench = Bench::start().await;
    let guest = identity_in(&bench.get_id(&json!({})).await);
    let logins = bench.logins(&Saying::of("ada", PLAYER));
    let answer = bench.credentials(&guest, &logins, None).await;
    assert_eq!(answer.json()["IdentityId"], guest.as_str(), "{}", answer.text());
    assert_eq!(identity_in(&bench.get_id(&logins).await), guest);
}

#[tokio::test]
async fn rules_on_attributes_go_before_the_roles_of_the_assertion() {
    let bench = Bench::start().await;
    let rules = json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": [
        { "Claim": "urn:oid:2.5.4.3", "MatchType": "Equals", "Value": "captain", "RoleARN": CAPTAIN },
    ] } });
    let body = json!({ "IdentityPoolId": bench.pool, "Roles": {}, "RoleMappings": { PROVIDER: rules } });
    let set = bench.server.identity("SetIdentityPoolRoles", body, Some(&bench.server.root)).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let captain = bench.logins(&Saying::of("ada", PLAYER).and("urn:oid:2.5.4.3", &["captain", "ada"]));
    let identity = identity_in(&bench.get_id(&captain).await);
    let answer = bench.credentials(&identity, &captain, None).await;
    let wanted = "arn:aws:sts::000000000000:assumed-role/Captain/CognitoIdentityCredentials";
    assert_eq!(arn_of(&bench, &answer).await, wanted);
    let player = bench.logins(&Saying::of("ada", PLAYER));
    let text = format!("The ambiguous role mapping rules for: {PROVIDER} denied this request.");
    refused(&bench.credentials(&identity, &player, None).await, "NotAuthorizedException", &text);
}

#[tokio::test]
async fn attributes_become_principal_tags() {
    let bench = Bench::start().await;
    let body = json!({
        "IdentityPoolId": bench.pool, "IdentityProviderName": PROVIDER,
        "PrincipalTags": { "who": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "team": "team" },
    });
    let set = bench.server.identity("SetPrincipalTagAttributeMap", body, Some(&bench.server.root)).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let mut policy = trust(&bench.pool, "authenticated");
    policy["Statement"][0]["Action"] = json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]);
    policy["Statement"][0]["Condition"]["StringEquals"]["aws:RequestTag/who"] = json!("ada");
    policy["Statement"][0]["Condition"]["StringEquals"]["aws:RequestTag/team"] = json!("red");
    let arn = role(&bench.server, "Tagged", policy).await;
    let mut saying = Saying::of("ada", &arn);
    saying.attributes.push(("team".to_owned(), vec!["red".to_owned()]));
    let logins = bench.logins(&saying);
    let identity = identity_in(&bench.get_id(&logins).await);
    let answer = bench.credentials(&identity, &logins, None).await;
    assert!(arn_of(&bench, &answer).await.contains("/Tagged/"));
}
