//! The condition keys of every request, as policies see them: for every kind of caller a bucket policy denies one object
//! each to requests whose key is not the one that is wanted.

use std::sync::Arc;

use http::Method;
use operation::{Host, Organization, Service};
use serde_json::{Value, json};
use server::testing::{Keys, TestServer};

use crate::game::{Game, IdentityCalls, keys_in_xml, services_allowing};

fn services(host: &Arc<Host>, allowed: &[String]) -> Vec<Service> {
    let mut services = crate::s3::services(host);
    services.extend(services_allowing(host, allowed));
    services
}

/// The callers of one test.
struct Callers {
    game: Game,
    user_id: String,
    user: Keys,
}

impl Callers {
    /// The game, with the bucket `probe` and the tagged user `ann`, who may do everything.
    async fn start() -> Self {
        let game = Game::start_on(services, Organization::default()).await;
        let root = game.server.root.clone();
        assert_eq!(game.server.s3(Method::PUT, "/probe", &[], "", Some(&root)).await.status, 200);
        let open = game.server.s3(Method::DELETE, "/probe?publicAccessBlock", &[], "", Some(&root)).await;
        assert_eq!(open.status, 204);
        let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let iam = async |fields: &[(&str, &str)]| {
            let answer = game.server.query("iam", fields, Some(&root)).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer
        };
        let tags = [("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")];
        let user =
            iam(&[&[("Action", "CreateUser"), ("UserName", "ann"), ("Path", "/staff/")], &tags[..]].concat()).await;
        let rights = [("PolicyName", "all"), ("PolicyDocument", all)];
        iam(&[&[("Action", "PutUserPolicy"), ("UserName", "ann")], &rights[..]].concat()).await;
        let key = iam(&[("Action", "CreateAccessKey"), ("UserName", "ann")]).await;
        let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::000000000000:user/staff/ann" },
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] } })
        .to_string();
        let role =
            [("Action", "CreateRole"), ("RoleName", "Ops"), ("Path", "/ops/"), ("AssumeRolePolicyDocument", &trust)];
        let tags = [
            ("Tags.member.1.Key", "Team"),
            ("Tags.member.1.Value", "blue"),
            ("Tags.member.2.Key", "Floor"),
            ("Tags.member.2.Value", "2"),
        ];
        iam(&[&role[..], &tags[..]].concat()).await;
        let user_id = user.element("UserId");
        let secret = vocab::Secret::new(key.element("SecretAccessKey"));
        let user = Keys { id: key.element("AccessKeyId"), secret, token: None };
        Self { game, user_id, user }
    }

    async fn session(&self, fields: &[(&str, &str)]) -> Keys {
        keys_in_xml(&self.game.server.query("sts", fields, Some(&self.user)).await)
    }

    /// Asserts what keys a caller has; `null`: it has not.
    async fn see(&self, who: &str, keys: Option<&Keys>, wanted: Value) {
        let server = &self.game.server;
        let wanted = wanted.as_object().unwrap();
        let deny = |at: usize, condition: Value| {
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::probe/{at}"), "Condition": condition })
        };
        let mut statements = vec![json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::probe", "arn:aws:s3:::probe/*"] })];
        for (at, (key, value)) in wanted.iter().enumerate() {
            statements.push(match value {
                Value::Null => deny(at, json!({ "Null": { key: "false" } })),
                Value::Array(_) => deny(at, json!({ "ForAllValues:StringNotEquals": { key: value } })),
                one => deny(at, json!({ "StringNotEquals": { key: one } })),
            });
        }
        // The test must be able to fail: this one has no such value.
        statements.push(deny(wanted.len(), json!({ "StringNotEquals": { "aws:CurrentTime": "never" } })));
        let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let put = server.s3(Method::PUT, "/probe?policy", &[], policy, Some(&server.root)).await;
        assert_eq!(put.status, 204, "{}", put.text());
        let mut wrong = Vec::new();
        for (at, (key, value)) in wanted.iter().enumerate() {
            if probe(server, at, keys).await != 404 {
                wrong.push(format!("{key} is not {value}"));
            }
        }
        assert!(wrong.is_empty(), "{who}: {wrong:#?}");
        assert_eq!(probe(server, wanted.len(), keys).await, 403, "{who}: a wrong value is seen");
    }
}

/// 404: the policy let the request through to an object that is not there.
async fn probe(server: &TestServer, at: usize, keys: Option<&Keys>) -> u16 {
    let headers = [("user-agent", "probe/1.0".to_owned()), ("referer", "https://game.example".to_owned())];
    server.s3(Method::GET, &format!("/probe/{at}"), &headers, "", keys).await.status
}

/// These keys, and those of every request.
fn and_common(keys: Value) -> Value {
    let mut all = json!({
        "aws:CurrentTime": "2026-01-02T12:00:00Z",
        "aws:EpochTime": "1767355200",
        "aws:SecureTransport": "false",
        "aws:SourceIp": "127.0.0.1",
        "aws:UserAgent": "probe/1.0",
        "aws:referer": "https://game.example",
        "aws:RequestedRegion": "us-east-1",
        "aws:ViaAWSService": "false",
        "aws:ResourceAccount": "000000000000",
        "s3:TlsVersion": null,
    });
    all.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    all
}

#[tokio::test]
async fn long_term_keys_say_who_they_are_and_nothing_of_a_session() {
    let callers = Callers::start().await;
    let absent = json!({ "aws:TokenIssueTime": null, "aws:MultiFactorAuthPresent": null, "aws:MultiFactorAuthAge": null,
        "aws:FederatedProvider": null, "aws:SourceIdentity": null, "aws:SourceVpce": null, "aws:CalledVia": null });
    let with = |keys: Value| {
        let mut all = and_common(absent.clone());
        all.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        all
    };
    let root =
        with(json!({ "aws:PrincipalArn": "arn:aws:iam::000000000000:root", "aws:PrincipalAccount": "000000000000",
        "aws:PrincipalType": "Account", "aws:userid": "000000000000", "aws:username": null,
        "aws:PrincipalIsAWSService": "false" }));
    callers.see("root", Some(&callers.game.server.root), root).await;
    let user = with(json!({ "aws:PrincipalArn": "arn:aws:iam::000000000000:user/staff/ann",
        "aws:PrincipalAccount": "000000000000", "aws:PrincipalType": "User", "aws:userid": callers.user_id,
        "aws:username": "ann", "aws:PrincipalTag/team": "red", "aws:PrincipalTag/Floor": null,
        "aws:PrincipalIsAWSService": "false" }));
    callers.see("user", Some(&callers.user), user).await;
    let nobody = with(json!({ "aws:PrincipalArn": null, "aws:PrincipalAccount": "anonymous",
        "aws:PrincipalType": "Anonymous", "aws:userid": "anonymous", "aws:username": null,
        "aws:PrincipalIsAWSService": null }));
    callers.see("nobody", None, nobody).await;
}

#[tokio::test]
async fn sessions_of_a_user_are_the_user_or_a_federated_one() {
    let callers = Callers::start().await;
    let issued = json!({ "aws:TokenIssueTime": "2026-01-02T12:00:00Z", "aws:MultiFactorAuthPresent": "false" });
    let with = |keys: Value| {
        let mut all = and_common(issued.clone());
        all.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        all
    };
    let session = callers.session(&[("Action", "GetSessionToken")]).await;
    let wanted = with(json!({ "aws:PrincipalArn": "arn:aws:iam::000000000000:user/staff/ann", "aws:username": "ann",
        "aws:PrincipalType": "User", "aws:userid": callers.user_id, "aws:PrincipalTag/Team": "red",
        "aws:FederatedProvider": null, "aws:MultiFactorAuthAge": null }));
    callers.see("GetSessionToken", Some(&session), wanted).await;
    let fields = [
        ("Action", "GetFederationToken"),
        ("Name", "visitor"),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "guests"),
    ];
    let visitor = callers.session(&fields).await;
    let wanted = with(json!({ "aws:PrincipalArn": "arn:aws:sts::000000000000:federated-user/visitor",
        "aws:username": null, "aws:PrincipalType": "FederatedUser", "aws:userid": "000000000000:visitor",
        "aws:PrincipalTag/Team": "guests", "aws:PrincipalAccount": "000000000000" }));
    callers.see("GetFederationToken", Some(&visitor), wanted).await;
}

#[tokio::test]
async fn a_role_session_is_its_role_with_tags_and_source_identity() {
    let callers = Callers::start().await;
    let fields = [
        ("Action", "AssumeRole"),
        ("RoleArn", "arn:aws:iam::000000000000:role/ops/Ops"),
        ("RoleSessionName", "shift"),
        ("SourceIdentity", "ann.smith"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "night"),
    ];
    let made = callers.game.server.query("sts", &fields, Some(&callers.user)).await;
    let wanted = json!({ "aws:PrincipalArn": "arn:aws:iam::000000000000:role/ops/Ops", "aws:username": null,
        "aws:PrincipalType": "AssumedRole", "aws:userid": made.element("AssumedRoleId"),
        "aws:PrincipalTag/Team": "night", "aws:PrincipalTag/Floor": "2", "aws:SourceIdentity": "ann.smith",
        "aws:TokenIssueTime": "2026-01-02T12:00:00Z", "aws:MultiFactorAuthPresent": "false",
        "aws:FederatedProvider": null, "sts:ExternalId": null, "aws:PrincipalAccount": "000000000000" });
    callers.see("AssumeRole", Some(&keys_in_xml(&made)), and_common(wanted)).await;
}

#[tokio::test]
async fn a_session_from_an_identity_pool_keeps_what_the_pool_said() {
    let callers = Callers::start().await;
    let (identity, player) = callers.game.player("ada").await;
    let provider = "cognito-identity.amazonaws.com";
    let wanted = json!({ "aws:PrincipalArn": "arn:aws:iam::000000000000:role/Player", "aws:username": null,
        "aws:PrincipalType": "AssumedRole", "aws:FederatedProvider": provider,
        format!("{provider}:aud"): callers.game.pool, format!("{provider}:sub"): identity,
        format!("{provider}:amr"): ["authenticated"], "aws:TokenIssueTime": "2026-01-02T12:00:00Z" });
    callers.see("Cognito", Some(&player), and_common(wanted)).await;
    let guest = callers.game.guest().await;
    let keys = callers.game.credentials(&guest, json!({})).await;
    let keys = crate::game::keys_in(&keys.json()["Credentials"], "SecretKey");
    let wanted = json!({ format!("{provider}:amr"): ["unauthenticated"], format!("{provider}:sub"): guest });
    callers.see("a guest", Some(&keys), and_common(wanted)).await;
}

#[tokio::test]
async fn a_session_from_a_web_identity_keeps_audience_and_subject_of_its_issuer() {
    let callers = Callers::start().await;
    let (game, issuer) = (&callers.game, callers.game.provider.name.as_str());
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{issuer}");
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "Federated": arn },
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { "StringEquals": {
            format!("{issuer}:azp"): "game", format!("{issuer}:aud"): "game", "sts:RoleSessionName": "web",
            "aws:ResourceTag/Floor": "3", "iam:ResourceTag/Floor": "3" } } } })
    .to_string();
    let fields = [
        ("Action", "CreateRole"),
        ("RoleName", "Web"),
        ("AssumeRolePolicyDocument", trust.as_str()),
        ("Tags.member.1.Key", "Floor"),
        ("Tags.member.1.Value", "3"),
    ];
    assert_eq!(game.server.query("iam", &fields, Some(&game.server.root)).await.status, 200);
    let now = game.server.host.now().seconds();
    let token = game.provider.sign(&json!({ "iss": format!("http://{issuer}"), "sub": "ada", "aud": "game",
        "azp": "game", "amr": ["pwd", "otp"], "iat": now, "exp": now + 600 }));
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Web"),
        ("RoleSessionName", "web"),
        ("WebIdentityToken", token.as_str()),
    ];
    let made = game.server.query("sts", &fields, None).await;
    let wanted = json!({ "aws:FederatedProvider": arn, format!("{issuer}:aud"): "game", format!("{issuer}:sub"): "ada",
        format!("{issuer}:amr"): ["otp"], format!("{issuer}:azp"): null, "aws:PrincipalType": "AssumedRole",
        "aws:userid": made.element("AssumedRoleId") });
    callers.see("web identity", Some(&keys_in_xml(&made)), and_common(wanted)).await;
}

#[tokio::test]
async fn passing_a_role_to_a_pool_says_which_service_and_which_pool() {
    let callers = Callers::start().await;
    let game = &callers.game;
    let pool = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", game.pool);
    let body = json!({ "IdentityPoolId": game.pool,
        "Roles": { "authenticated": "arn:aws:iam::000000000000:role/Player" } });
    for (wanted, status) in
        [(pool.as_str(), 200), ("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/x", 400)]
    {
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*" },
            { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {
                "StringEquals": { "iam:PassedToService": "cognito-identity.amazonaws.com" },
                "ArnEquals": { "iam:AssociatedResourceArn": wanted } } }] })
        .to_string();
        let fields =
            [("Action", "PutUserPolicy"), ("UserName", "ann"), ("PolicyName", "all"), ("PolicyDocument", &policy)];
        assert_eq!(game.server.query("iam", &fields, Some(&game.server.root)).await.status, 200);
        let set = game.server.identity("SetIdentityPoolRoles", body.clone(), Some(&callers.user)).await;
        assert_eq!(set.status, status, "{}", set.text());
    }
}
