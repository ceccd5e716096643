//! AssumeRoleWithSAML, with responses of a provider that is registered in IAM.

use std::time::Duration;

use serde_json::{Value, json};
use server::testing::{Answer, TestServer};

use crate::game::{keys_in_xml, role};
use crate::idp::{ACS, ENTITY, Idp, PROVIDER, Saying};

const ROLE: &str = "arn:aws:iam::000000000000:role/Player";

struct Bench {
    server: TestServer,
    idp: Idp,
}

impl Bench {
    /// A server that knows the provider, and a role that trusts it under this condition.
    async fn start(condition: Value) -> Self {
        Self::start_with(condition, sts::saml::Settings::default()).await
    }

    async fn start_with(condition: Value, settings: sts::saml::Settings) -> Self {
        let start = move |host: &std::sync::Arc<operation::Host>| {
            let verifier = federation::Verifier::new(federation::Settings::default(), host.clock.clone()).unwrap();
            let sts = sts::Sts::new(verifier.into(), Default::default()).with_saml(settings);
            vec![sts::service(sts.into())]
        };
        let server = TestServer::start_on(start, |_| ()).await;
        let idp = Idp::new();
        idp.register(&server).await;
        role(&server, "Player", trusting(condition)).await;
        Self { server, idp }
    }

    async fn says(&self, saying: &Saying) -> Answer {
        self.sends(&self.idp.response(&self.server.host, saying), &[]).await
    }

    async fn sends(&self, response: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("Action", "AssumeRoleWithSAML"),
            ("RoleArn", ROLE),
            ("PrincipalArn", PROVIDER),
            ("SAMLAssertion", response),
        ];
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        self.server.query("sts", &fields, None).await
    }

    /// The response must be refused so.
    async fn refuses(&self, saying: &Saying, code: &str, message: &str) {
        refused(&self.says(saying).await, code, message);
    }
}

fn refused(answer: &Answer, code: &str, message: &str) {
    assert_eq!((answer.code().as_str(), answer.message().as_str()), (code, message), "{}", answer.text());
    assert_eq!(answer.status, if code == "AccessDenied" { 403 } else { 400 });
}

fn trusting(condition: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": PROVIDER },
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": condition,
    }] })
}

fn ada() -> Saying {
    Saying::of("ada", ROLE)
}

const DENIED: &str = "Not authorized to perform sts:AssumeRoleWithSAML";

#[tokio::test]
async fn an_assertion_becomes_a_session() {
    let bench = Bench::start(json!({ "StringEquals": { "SAML:aud": ACS } })).await;
    let made = bench.says(&ada()).await;
    let keys = keys_in_xml(&made);
    let element = |name| made.element(name);
    assert_eq!((element("Subject"), element("SubjectType")), ("ada".into(), "persistent".into()));
    assert_eq!((element("Issuer"), element("Audience")), (ENTITY.to_owned(), ACS.to_owned()));
    // printf 'https://idp.example.test/metadata000000000000/idp' | openssl sha1 -binary | base64
    assert_eq!(element("NameQualifier"), "cl81P9IoK0I41EN3JWmvlUQVJgs=");
    assert_eq!(element("Expiration"), "2026-01-02T13:00:00Z");
    assert_eq!((element("PackedPolicySize"), element("SourceIdentity")), (String::new(), String::new()));
    let who = bench.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Player/ada");
    assert_eq!(who.element("Arn"), element("Arn"));
}

#[tokio::test]
async fn other_formats_of_names_are_shown_in_full() {
    let bench = Bench::start(json!({})).await;
    for (format, shown) in [
        (Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient"), "transient"),
        (
            Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ),
        (None, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
    ] {
        let made = bench.says(&Saying { format, ..ada() }).await;
        assert_eq!(made.element("SubjectType"), shown);
    }
}

#[tokio::test]
async fn the_trust_policy_sees_what_the_assertion_says() {
    let condition = json!({
        "StringEquals": {
            "saml:aud": ACS, "saml:iss": ENTITY, "saml:sub": "ada", "saml:sub_type": "persistent",
            "saml:doc": "000000000000/idp", "saml:namequalifier": "cl81P9IoK0I41EN3JWmvlUQVJgs=", "saml:mail": "ada@example.test",
            "saml:eduPersonPrincipalName": "ada@home", "sts:RoleSessionName": "ada",
        },
        "ForAnyValue:StringEquals": { "saml:eduPersonAffiliation": "staff", "saml:cn": "Ada" },
        "ForAllValues:StringEquals": { "saml:eduPersonAffiliation": ["staff", "member"] },
    });
    let bench = Bench::start(condition).await;
    let full = ada()
        .and("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", &["ada@example.test"])
        .and("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", &["ada@home"])
        .and("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", &["member", "staff"])
        .and("urn:oid:2.5.4.3", &["Ada"]);
    assert_eq!(bench.says(&full).await.status, 200);
    bench.refuses(&ada(), "AccessDenied", DENIED).await;
    let other = full.and("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", &["staff", "stranger"]);
    bench.refuses(&other, "AccessDenied", DENIED).await;
}

#[tokio::test]
async fn the_role_must_be_offered_with_this_provider() {
    let bench = Bench::start(json!({})).await;
    let with = |value: &str| ada().and("Role", &[value]);
    for good in [
        format!("{ROLE},{PROVIDER}"),
        format!("{PROVIDER},{ROLE}"),
        format!(" {PROVIDER} , {ROLE} "),
        format!("\n{ROLE},{PROVIDER}\n"),
    ] {
        assert_eq!(bench.says(&with(&good)).await.status, 200, "{good}");
    }
    let other = "arn:aws:iam::000000000000:saml-provider/other";
    for bad in [
        ROLE.to_owned(),
        format!("{ROLE},{other}"),
        format!("{ROLE}/x,{PROVIDER}"),
        format!("{ROLE},{PROVIDER},{ROLE}"),
        format!("{PROVIDER},{PROVIDER}"),
        format!("{ROLE};{PROVIDER}"),
    ] {
        bench.refuses(&with(&bad), "AccessDenied", DENIED).await;
    }
    bench.refuses(&ada().without("Role"), "AccessDenied", DENIED).await;
    let many = ada().and("Role", &[&format!("{other},{PROVIDER}"), &format!("{ROLE},{PROVIDER}")]);
    assert_eq!(bench.says(&many).await.status, 200);
    let missing = "arn:aws:iam::000000000000:role/Missing";
    let response = bench.idp.response(&bench.server.host, &with(&format!("{missing},{PROVIDER}")));
    refused(&bench.sends(&response, &[("RoleArn", missing)]).await, "AccessDenied", DENIED);
}

#[tokio::test]
async fn the_session_name_has_a_form() {
    let bench = Bench::start(json!({})).await;
    let required = "RoleSessionName is required in AuthnResponse";
    bench.refuses(&ada().without("RoleSessionName"), "InvalidIdentityToken", required).await;
    let form = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}";
    for bad in [&["a"][..], &["a b"], &["ada/x"], &["ada", "bob"], &[&"x".repeat(65)]] {
        bench.refuses(&ada().and("RoleSessionName", bad), "InvalidIdentityToken", form).await;
    }
}

#[tokio::test]
async fn tags_and_source_identity_go_into_the_session() {
    let condition = json!({ "StringEquals": {
        "aws:RequestTag/team": "red", "sts:SourceIdentity": "ada@home",
    }, "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["team"] } });
    let bench = Bench::start(condition).await;
    let tagged = ada()
        .tag("team", &["red"])
        .tag("cost", &[""])
        .and("TransitiveTagKeys", &["team"])
        .and("SourceIdentity", &["ada@home"]);
    let made = bench.says(&tagged).await;
    assert_eq!((made.status, made.element("SourceIdentity")), (200, "ada@home".into()), "{}", made.text());
    assert_ne!(made.element("PackedPolicySize"), "");
    bench.refuses(&tagged.clone().tag("team", &["blue"]), "AccessDenied", DENIED).await;
    let text = "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"";
    bench.refuses(&tagged.clone().and("SourceIdentity", &["aws:ada"]), "InvalidIdentityToken", text).await;
    let text = "A PrincipalTag in AuthnResponse must have exactly one value";
    bench.refuses(&tagged.clone().tag("team", &["red", "blue"]), "InvalidIdentityToken", text).await;
    let text = "A PrincipalTag in AuthnResponse is malformed";
    bench.refuses(&tagged.clone().tag("a*", &["red"]), "InvalidIdentityToken", text).await;
    let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    bench.refuses(&tagged.clone().tag("TEAM", &["red"]), "InvalidParameterValue", text).await;
    let text = "The specified transitive tag key must be included in the requested tags.";
    bench.refuses(&tagged.and("TransitiveTagKeys", &["other"]), "InvalidParameterValue", text).await;
}

#[tokio::test]
async fn what_remains_in_the_session() {
    let bench = Bench::start(json!({})).await;
    let next = |condition: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": condition,
        }] })
    };
    let kept = json!({ "StringEquals": {
        "saml:sub": "ada", "saml:sub_type": "persistent", "saml:namequalifier": "cl81P9IoK0I41EN3JWmvlUQVJgs=",
        "aws:FederatedProvider": PROVIDER, "aws:PrincipalTag/team": "red",
    }, "Null": { "saml:iss": "true", "saml:aud": "true", "saml:doc": "true", "saml:cn": "true" } });
    role(&bench.server, "Next", next(kept)).await;
    let said = ada().tag("team", &["red"]).and("urn:oid:2.5.4.3", &["Ada"]);
    let keys = keys_in_xml(&bench.says(&said).await);
    let arn = "arn:aws:iam::000000000000:role/Next";
    let fields = [("Action", "AssumeRole"), ("RoleArn", arn), ("RoleSessionName", "next")];
    let made = bench.server.query("sts", &fields, Some(&keys)).await;
    assert_eq!(made.status, 200, "{}", made.text());
}

#[tokio::test]
async fn a_session_is_never_longer_than_the_assertion_lets_it_be() {
    let bench = Bench::start(json!({})).await;
    let ends = async |saying: Saying, seconds: &str| {
        let response = bench.idp.response(&bench.server.host, &saying);
        let made = bench.sends(&response, &[("DurationSeconds", seconds)]).await;
        assert_eq!(made.status, 200, "{}", made.text());
        made.element("Expiration")
    };
    assert_eq!(ends(ada(), "900").await, "2026-01-02T12:15:00Z");
    assert_eq!(ends(ada().and("SessionDuration", &["900"]), "3600").await, "2026-01-02T12:15:00Z");
    assert_eq!(ends(ada().and("SessionDuration", &["43200"]), "3600").await, "2026-01-02T13:00:00Z");
    assert_eq!(ends(Saying { session_ends: Some(60), ..ada() }, "3600").await, "2026-01-02T12:01:00Z");
    let text = "SessionDuration in AuthnResponse must be a number from 900 to 43200";
    for bad in [&["899"][..], &["43201"], &["an hour"], &["900", "900"]] {
        bench.refuses(&ada().and("SessionDuration", bad), "InvalidIdentityToken", text).await;
    }
    let response = bench.idp.response(&bench.server.host, &ada());
    let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    refused(&bench.sends(&response, &[("DurationSeconds", "3601")]).await, "ValidationError", text);
}

#[tokio::test]
async fn responses_that_are_not_acceptable() {
    let bench = Bench::start(json!({})).await;
    let host = &bench.server.host;
    refused(&bench.sends("!!!!", &[]).await, "InvalidIdentityToken", "Invalid base64 SAMLResponse");
    let other = Idp::new().response(host, &ada());
    refused(&bench.sends(&other, &[]).await, "InvalidIdentityToken", "Response signature invalid");
    let audience = "Response does not contain the required audience.";
    bench.refuses(&Saying { audience: "urn:other".into(), ..ada() }, "InvalidIdentityToken", audience).await;
    bench.refuses(&Saying { recipient: "https://a.b".into(), ..ada() }, "InvalidIdentityToken", audience).await;
    let text = "Invalid SAML response: malformed: NameID";
    bench.refuses(&Saying { name: String::new(), ..ada() }, "InvalidIdentityToken", text).await;
    let regional = Saying { recipient: "https://us-east-1.signin.aws.amazon.com/saml".into(), ..ada() };
    assert_eq!(bench.says(&regional).await.status, 200);
    let response = bench.idp.response(host, &ada());
    bench.server.clock.advance(Duration::from_secs(299));
    assert_eq!(bench.sends(&response, &[]).await.status, 200);
    bench.server.clock.advance(Duration::from_secs(1));
    let text = "Token must be redeemed within 5 minutes of issuance";
    refused(&bench.sends(&response, &[]).await, "ExpiredTokenException", text);
}

#[tokio::test]
async fn a_provider_is_one_of_the_roles_account() {
    let bench = Bench::start(json!({})).await;
    let response = bench.idp.response(&bench.server.host, &ada());
    let text = "Specified provider doesn't exist.";
    for arn in [
        "arn:aws:iam::000000000000:saml-provider/other",
        "arn:aws:iam::000000000000:saml-provider/IDP",
        "arn:aws:iam::777777777777:saml-provider/idp",
        "arn:aws:iam::000000000000:oidc-provider/idp",
    ] {
        refused(&bench.sends(&response, &[("PrincipalArn", arn)]).await, "InvalidIdentityToken", text);
    }
    let answer = bench.sends(&response, &[("PrincipalArn", "not an arn but long enough")]).await;
    refused(&answer, "ValidationError", "not an arn but long enough is invalid");
}

#[tokio::test]
async fn members_have_constraints() {
    let bench = Bench::start(json!({})).await;
    let answer = bench.server.query("sts", &[("Action", "AssumeRoleWithSAML"), ("DurationSeconds", "60")], None).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "ValidationError"));
    for path in ["roleArn", "principalArn", "sAMLAssertion", "durationSeconds"] {
        assert!(answer.message().contains(&format!("at '{path}' failed")), "{}", answer.message());
    }
    let long = "A".repeat(100_001);
    let answer = bench.sends(&long, &[]).await;
    assert_eq!(answer.code(), "ValidationError");
    assert!(!answer.text().contains("AAAA"));
}

#[tokio::test]
async fn a_session_policy_cuts_the_session_down() {
    let bench = Bench::start(json!({})).await;
    let response = bench.idp.response(&bench.server.host, &ada());
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let made = bench.sends(&response, &[("Policy", policy)]).await;
    assert_eq!((made.status, made.element("PackedPolicySize")), (200, "5".into()), "{}", made.text());
    let answer = bench.sends(&response, &[("Policy", "{")]).await;
    assert_eq!(answer.code(), "MalformedPolicyDocument");
}

#[tokio::test]
async fn an_assertion_is_redeemed_once_where_the_settings_or_the_provider_want_it() {
    let text = "The assertion was redeemed before.";
    let once = sts::saml::Settings { one_time: true, ..Default::default() };
    let bench = Bench::start_with(json!({ "StringEquals": { "saml:sub": "ada" } }), once).await;
    let response = bench.idp.response(&bench.server.host, &ada());
    let (first, second) = tokio::join!(bench.sends(&response, &[]), bench.sends(&response, &[]));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 400]);
    refused(&bench.sends(&response, &[]).await, "InvalidIdentityToken", text);
    let next = Saying { id: "_2".into(), ..ada() };
    assert_eq!(bench.says(&next).await.status, 200);

    let bench = Bench::start(json!({})).await;
    let many = bench.idp.response(&bench.server.host, &ada());
    for _ in 0..2 {
        assert_eq!(bench.sends(&many, &[]).await.status, 200);
    }
    let wish = Saying { id: "_3".into(), conditions: "<saml:OneTimeUse></saml:OneTimeUse>", ..ada() };
    let once = bench.idp.response(&bench.server.host, &wish);
    assert_eq!(bench.sends(&once, &[]).await.status, 200);
    refused(&bench.sends(&once, &[]).await, "InvalidIdentityToken", text);
    bench.server.clock.advance(Duration::from_secs(600));
    let host = &bench.server.host;
    assert!(!sts::saml::forget_redeemed(&*host.rows, host.now()).await.unwrap());
    let left = host.rows.scan(store::Scan { table: store::Table::Used, prefix: &[], after: None, limit: 9 }).await;
    assert!(left.unwrap().is_empty());
}

#[tokio::test]
async fn own_recipients_take_the_place_of_the_usual_ones() {
    let own = "https://sts.example.test/saml";
    let settings = sts::saml::Settings { recipients: vec![own.to_owned()], ..Default::default() };
    let bench = Bench::start_with(json!({}), settings).await;
    let ours = Saying { recipient: own.to_owned(), audience: own.to_owned(), ..ada() };
    assert_eq!(bench.says(&ours).await.element("Audience"), own);
    let text = "Response does not contain the required audience.";
    bench.refuses(&ada(), "InvalidIdentityToken", text).await;
}

#[tokio::test]
async fn metadata_that_ran_out_verifies_nothing() {
    let bench = Bench::start(json!({})).await;
    let document = bench.idp.metadata_with(" validUntil=\"2026-01-02T12:00:10Z\"");
    let id = "000000000000/idp";
    let configuration = &bench.server.host.configuration;
    let old = configuration.get::<store::records::providers::SamlProvider>(id).await.unwrap().unwrap();
    let mut new = (*old.record).clone();
    new.metadata = document;
    let mut batch = configuration.batch();
    batch.replace(&old, &new).unwrap();
    configuration.commit(batch).await.unwrap();
    assert_eq!(bench.says(&ada()).await.status, 200);
    bench.server.clock.advance(Duration::from_secs(10));
    bench.refuses(&ada(), "InvalidIdentityToken", "Could not parse metadata.").await;
}
