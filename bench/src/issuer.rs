//! An OpenID Connect issuer in this process: one RSA key, its documents, and any tokens one likes.

use std::convert::Infallible;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vocab::{Clock, SystemClock};

use crate::Result;

/// The issuer; it stops serving when it is dropped.
pub struct Issuer {
    host: String,
    pair: Arc<KeyPair>,
    serving: JoinHandle<()>,
}

impl Issuer {
    /// Makes a key and serves its documents on loopback.
    pub async fn start() -> Result<Self> {
        let pair = Arc::new(KeyPair::generate(KeySize::Rsa2048)?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let host = format!("127.0.0.1:{}", listener.local_addr()?.port());
        let documents = Arc::new((discovery(&host), key_set(&pair)));
        Ok(Self { host, pair, serving: tokio::spawn(serve(listener, documents)) })
    }

    /// Its host and port, which is its name as a provider of logins.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// An ID token of `subject`; `number` sets it apart from others of the same second.
    pub fn token(&self, subject: &str, number: usize) -> Result<String> {
        sign(&self.pair, &self.url(), subject, number)
    }

    /// Tokens that differ, made on several threads.
    pub async fn tokens(&self, subject: &str, numbers: std::ops::Range<usize>) -> Result<Vec<String>> {
        let half = numbers.start + numbers.len() / 2;
        let tasks = [numbers.start..half, half..numbers.end].map(|numbers| {
            let (pair, issuer, subject) = (Arc::clone(&self.pair), self.url(), subject.to_owned());
            tokio::task::spawn_blocking(move || {
                numbers.map(|number| sign(&pair, &issuer, &subject, number)).collect::<Result<Vec<_>>>()
            })
        });
        let mut tokens = Vec::new();
        for task in tasks {
            tokens.extend(task.await??);
        }
        Ok(tokens)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, documents: Arc<(String, String)>) {
    while let Ok((stream, _)) = listener.accept().await {
        let documents = Arc::clone(&documents);
        let service = service_fn(move |request: Request<Incoming>| {
            let keys = request.uri().path() == "/keys";
            let text = if keys { documents.1.clone() } else { documents.0.clone() };
            async move {
                let mut response = Response::new(Full::new(Bytes::from(text)));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn discovery(host: &str) -> String {
    json!({
        "issuer": format!("http://{host}"),
        "authorization_endpoint": format!("http://{host}/authorize"),
        "jwks_uri": format!("http://{host}/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
    .to_string()
}

fn key_set(pair: &KeyPair) -> String {
    let public = pair.public_key();
    let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
        "n": number(public.modulus().big_endian_without_leading_zero()),
        "e": number(public.exponent().big_endian_without_leading_zero()),
    }] })
    .to_string()
}

fn sign(pair: &KeyPair, issuer: &str, subject: &str, number: usize) -> Result<String> {
    let now = SystemClock.now().seconds();
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": issuer, "sub": subject, "aud": CLIENT, "iat": now, "exp": now + 3600, "jti": format!("token-{number}"),
    });
    let message = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": KEY_ID, "typ": "JWT" })), part(&claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)?;
    Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

/// The client id that its tokens are for.
pub const CLIENT: &str = "game";

const KEY_ID: &str = "bench";
