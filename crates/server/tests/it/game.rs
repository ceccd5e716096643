//! Builders: a provider that signs, a pool that trusts it, roles that trust the pool.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use operation::{Host, Organization, Service};
use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};
use store::records::principals::{Permissions, Role};
use store::records::providers::OidcProvider;
use tokio::net::TcpListener;
use vocab::{AccountId, Secret};

/// An OpenID Connect provider on loopback.
pub struct Provider {
    /// `127.0.0.1:PORT`: the key of the Logins map.
    pub name: String,
    pair: KeyPair,
}

impl Provider {
    /// Starts one.
    pub async fn start() -> Self {
        Self::start_with(|_| None).await
    }

    /// One that takes connections and answers nothing, until what is returned beside it is dropped.
    pub async fn start_hanging() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = listener.local_addr().unwrap().to_string();
        (Self { name, pair: KeyPair::generate(KeySize::Rsa2048).unwrap() }, listener)
    }

    /// One that has more to say than keys: status and body by request.
    pub async fn start_with(more: fn(&Request<hyper::body::Incoming>) -> Option<(u16, Value)>) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = listener.local_addr().unwrap().to_string();
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let public = pair.public_key();
        let keys = json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        }] });
        let discovery = json!({ "issuer": format!("http://{name}"), "jwks_uri": format!("http://{name}/keys") });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (keys, discovery) = (keys.to_string(), discovery.to_string());
                let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let said = more(&request);
                    let text = match request.uri().path() {
                        "/keys" => keys.clone(),
                        "/active" => json!({ "active": true }).to_string(),
                        "/revoked" => json!({ "active": false }).to_string(),
                        _ => discovery.clone(),
                    };
                    let (status, text) = said.map_or((200, text), |(status, body)| (status, body.to_string()));
                    let answer = Response::builder().status(status).body(Full::new(Bytes::from(text)));
                    async move { Ok::<_, Infallible>(answer.unwrap()) }
                });
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { name, pair }
    }

    /// A token over these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": "1" })), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// An ID token for a person, as an app of this client id gets it now.
    pub fn token(&self, host: &Host, subject: &str) -> String {
        let now = host.now().seconds();
        let issuer = format!("http://{}", self.name);
        self.sign(&json!({ "iss": issuer, "sub": subject, "aud": "game", "iat": now, "exp": now + 3600 }))
    }
}

/// A server with a provider, a pool and its two roles.
pub struct Game {
    pub server: TestServer,
    pub provider: Provider,
    pub pool: String,
}

/// The services of these tests. Every provider on loopback may be asked.
pub fn services(host: &Arc<Host>) -> Vec<Service> {
    services_allowing(host, &[])
}

pub fn services_allowing(host: &Arc<Host>, allowed: &[String]) -> Vec<Service> {
    services_with(host, federation::Settings { allowed_hosts: allowed.to_vec(), ..federation::Settings::default() })
}

pub fn services_with(host: &Arc<Host>, settings: federation::Settings) -> Vec<Service> {
    services_knowing(host, settings, &[])
}

/// The same, where these Facebook applications and their secrets are known.
pub fn services_knowing(host: &Arc<Host>, settings: federation::Settings, apps: &[(&str, &str)]) -> Vec<Service> {
    let observer = Arc::new(server::fetches::Fetches);
    let verifier = Arc::new(federation::Verifier::observed(settings, host.clock.clone(), observer).unwrap());
    let apps = apps.iter().map(|(app, secret)| ((*app).to_owned(), Secret::new(*secret))).collect();
    let sts = Arc::new(sts::Sts::new(verifier, apps));
    let identity = Arc::new(identity::Identity { sts: sts.clone() });
    vec![admin::service(), sts::service(sts), identity::service(identity)]
}

impl Game {
    /// Sets everything up; guests are allowed.
    pub async fn start() -> Self {
        Self::start_governed(Organization::default()).await
    }

    /// The same, where an organisation caps the accounts.
    pub async fn start_governed(organization: Organization) -> Self {
        Self::start_on(services_allowing, organization).await
    }

    /// The same, with other services.
    pub async fn start_on(
        services: impl FnOnce(&Arc<Host>, &[String]) -> Vec<Service>,
        organization: Organization,
    ) -> Self {
        let provider = Provider::start().await;
        let allowed = vec![provider.name.clone()];
        let server = TestServer::start_governed(move |host| services(host, &allowed), organization).await;
        Self::set_up(server, provider).await
    }

    /// The same, over other rows.
    pub async fn start_over(
        rows: Arc<dyn store::Rows>,
        services: impl FnOnce(&Arc<Host>, &[String]) -> Vec<Service>,
    ) -> Self {
        let provider = Provider::start().await;
        let allowed = vec![provider.name.clone()];
        let server = TestServer::start_over(rows, move |host| services(host, &allowed)).await;
        Self::set_up(server, provider).await
    }

    async fn set_up(server: TestServer, provider: Provider) -> Self {
        register(&server, &provider, &["game"]).await;
        let arn = format!("arn:aws:iam::000000000000:oidc-provider/{}", provider.name);
        let body = json!({
            "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true, "OpenIdConnectProviderARNs": [arn],
        });
        let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let pool = made.json()["IdentityPoolId"].as_str().unwrap().to_owned();
        let player = role(&server, "Player", trust(&pool, "authenticated")).await;
        let guest = role(&server, "Guest", trust(&pool, "unauthenticated")).await;
        let body = json!({ "IdentityPoolId": pool, "Roles": { "authenticated": player, "unauthenticated": guest } });
        let set = server.identity("SetIdentityPoolRoles", body, Some(&server.root)).await;
        assert_eq!((set.status, set.text()), (200, ""));
        Self { server, provider, pool }
    }

    /// A game whose pool trusts a second provider too; no roles.
    pub async fn trusting_also(second: &Provider, mut settings: federation::Settings) -> Self {
        let provider = Provider::start().await;
        settings.allowed_hosts = vec![provider.name.clone(), second.name.clone()];
        let change =
            |settings: &mut server::settings::Settings| settings.console_host = Some("console.localhost".into());
        let server = TestServer::start_on(move |host| services_with(host, settings), change).await;
        register(&server, &provider, &["game"]).await;
        register(&server, second, &["game"]).await;
        let arn = |provider: &Provider| format!("arn:aws:iam::000000000000:oidc-provider/{}", provider.name);
        let body = json!({
            "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true,
            "OpenIdConnectProviderARNs": [arn(&provider), arn(second)],
        });
        let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
        let pool = made.json()["IdentityPoolId"].as_str().unwrap().to_owned();
        Self { server, provider, pool }
    }

    /// The logins map of a person.
    pub fn logins(&self, subject: &str) -> Value {
        json!({ self.provider.name.as_str(): self.provider.token(&self.server.host, subject) })
    }

    /// GetId.
    pub async fn get_id(&self, logins: Value) -> Answer {
        self.server.identity("GetId", json!({ "IdentityPoolId": self.pool, "Logins": logins }), None).await
    }

    /// The identity of a person.
    pub async fn identity_of(&self, subject: &str) -> String {
        identity_in(&self.get_id(self.logins(subject)).await)
    }

    /// A new guest.
    pub async fn guest(&self) -> String {
        identity_in(&self.get_id(json!({})).await)
    }

    /// GetCredentialsForIdentity.
    pub async fn credentials(&self, identity: &str, logins: Value) -> Answer {
        let body = json!({ "IdentityId": identity, "Logins": logins });
        self.server.identity("GetCredentialsForIdentity", body, None).await
    }

    /// The keys of a signed-in person.
    pub async fn player(&self, subject: &str) -> (String, Keys) {
        let identity = self.identity_of(subject).await;
        let answer = self.credentials(&identity, self.logins(subject)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (identity, keys_in(&answer.json()["Credentials"], "SecretKey"))
    }
}

/// The identity that an answer names.
pub fn identity_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["IdentityId"].as_str().unwrap().to_owned()
}

/// Credentials in JSON.
pub fn keys_in(credentials: &Value, secret: &str) -> Keys {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    Keys { id: text("AccessKeyId"), secret: Secret::new(text(secret)), token: Some(Secret::new(text("SessionToken"))) }
}

/// Credentials in XML.
pub fn keys_in_xml(answer: &Answer) -> Keys {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let of = |name| answer.element(name);
    Keys {
        id: of("AccessKeyId"),
        secret: Secret::new(of("SecretAccessKey")),
        token: Some(Secret::new(of("SessionToken"))),
    }
}

/// Registers a provider in IAM.
pub async fn register(server: &TestServer, provider: &Provider, clients: &[&str]) {
    let record = OidcProvider {
        account: AccountId::ZERO,
        url: format!("http://{}", provider.name),
        client_ids: clients.iter().map(|id| (*id).to_owned()).collect(),
        thumbprints: Vec::new(),
        tags: Default::default(),
        created: server.host.now(),
    };
    let mut batch = server.host.configuration.batch();
    batch.insert(&record).unwrap();
    server.host.configuration.commit(batch).await.unwrap();
}

/// A role with this trust policy and no rights; its ARN.
pub async fn role(server: &TestServer, name: &str, trust: Value) -> String {
    let role = Role {
        account: AccountId::ZERO,
        name: name.to_owned(),
        path: "/".to_owned(),
        unique_id: vocab::key_id::unique_id("AROA", AccountId::ZERO, &*server.host.random),
        trust: trust.to_string(),
        description: None,
        max_session_duration: 3600,
        permissions: Permissions::default(),
        tags: Default::default(),
        created: server.host.now(),
    };
    let mut batch = server.host.configuration.batch();
    batch.insert(&role).unwrap();
    server.host.configuration.commit(batch).await.unwrap();
    role.arn().to_string()
}

/// The trust policy of a pool's role.
pub fn trust(pool: &str, amr: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": { "cognito-identity.amazonaws.com:aud": pool },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": amr },
        },
    }] })
}

/// Calls of Cognito Identity.
pub trait IdentityCalls {
    async fn identity(&self, operation: &str, body: Value, keys: Option<&Keys>) -> Answer;
}

impl IdentityCalls for TestServer {
    async fn identity(&self, operation: &str, body: Value, keys: Option<&Keys>) -> Answer {
        self.json("cognito-identity", &format!("AWSCognitoIdentityService.{operation}"), body, keys).await
    }
}
