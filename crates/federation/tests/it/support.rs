//! An issuer that can be scripted, keys that sign, and a clock that is set.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::prelude::BASE64_STANDARD;
use federation::{Error, Issuer, Provider, Settings, Verified, Verifier};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use vocab::{Clock, Timestamp};

pub(crate) const NOW: i64 = 1_800_000_000;

/// A clock that stands.
pub(crate) struct Set(AtomicI64);

impl Set {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOW * 1000)))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A private key with its published half.
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) algorithm: &'static str,
    key: Private,
}

enum Private {
    Rsa(&'static RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Signer {
    /// One of a few RSA keys that the whole run shares; making one takes long.
    pub(crate) fn rsa(id: &str, which: usize) -> Self {
        static KEYS: [OnceLock<RsaKeyPair>; 3] = [const { OnceLock::new() }; 3];
        let key = KEYS[which].get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        Self { id: id.to_owned(), algorithm: "RS256", key: Private::Rsa(key) }
    }

    pub(crate) fn ec(id: &str, algorithm: &'static str) -> Self {
        let signing: &'static EcdsaSigningAlgorithm = match algorithm {
            "ES256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
            "ES384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P521_SHA512_FIXED_SIGNING,
        };
        Self { id: id.to_owned(), algorithm, key: Private::Ec(EcdsaKeyPair::generate(signing).unwrap()) }
    }

    pub(crate) fn with_algorithm(mut self, algorithm: &'static str) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Modulus and exponent of an RSA key.
    pub(crate) fn rsa_parts(&self) -> (Vec<u8>, Vec<u8>) {
        let Private::Rsa(key) = &self.key else { panic!("not an RSA key") };
        let public = key.public_key();
        (
            public.modulus().big_endian_without_leading_zero().to_vec(),
            public.exponent().big_endian_without_leading_zero().to_vec(),
        )
    }

    pub(crate) fn jwk(&self) -> Value {
        match &self.key {
            Private::Rsa(_) => {
                let (n, e) = self.rsa_parts();
                json!({"kty": "RSA", "use": "sig", "kid": self.id, "n": encode(n), "e": encode(e)})
            }
            Private::Ec(key) => {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = match self.algorithm {
                    "ES256" => "P-256",
                    "ES384" => "P-384",
                    _ => "P-521",
                };
                json!({"kty": "EC", "crv": curve, "kid": self.id, "x": encode(x), "y": encode(y)})
            }
        }
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.algorithm, "kid": self.id, "typ": "JWT"}).to_string(), &claims.to_string())
    }

    /// A token of exactly these texts.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.signature(self.algorithm, signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }

    /// The signature over these bytes; an RSA key has one for each of its algorithms.
    pub(crate) fn signature(&self, algorithm: &str, signed: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let key = match &self.key {
            Private::Rsa(key) => key,
            Private::Ec(key) => return key.sign(&random, signed).unwrap().as_ref().to_vec(),
        };
        let padding: &'static dyn RsaEncoding = match algorithm {
            "RS384" => &RSA_PKCS1_SHA384,
            "RS512" => &RSA_PKCS1_SHA512,
            "PS256" => &RSA_PSS_SHA256,
            "PS384" => &RSA_PSS_SHA384,
            "PS512" => &RSA_PSS_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &random, signed, &mut signature).unwrap();
        signature
    }

    /// The public half of an RSA key as certificates hold it, in PEM.
    pub(crate) fn pem(&self) -> String {
        let Private::Rsa(key) = &self.key else { panic!("not an RSA key") };
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let lines: Vec<_> = BASE64_STANDARD.encode(der.as_ref()).into_bytes().chunks(64).map(<[u8]>::to_vec).collect();
        let body = String::from_utf8(lines.join(&b'\n')).unwrap();
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a scripted host does with a request.
pub(crate) enum Answer {
    /// These bytes, and the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, and then these again and again at a pace, for as long as the other end takes them.
    Endless { first: Vec<u8>, again: Vec<u8>, pace: Duration },
    /// Nothing, for as long as the other end waits.
    Hang,
    /// The end of the connection.
    Close,
}

impl Answer {
    pub(crate) fn status(line: &str, body: &str) -> Self {
        Self::Raw(format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::status("200 OK", &body.to_string())
    }
}

type Script = Box<dyn Fn(&str) -> Answer + Send>;

/// A host on loopback that does as its script says.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) place: String,
    script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<Vec<String>>>,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Site {
    pub(crate) async fn start(tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = if tls.is_some() { "localhost" } else { "127.0.0.1" };
        let site = Self {
            place: format!("{host}:{}", listener.local_addr().unwrap().port()),
            script: Arc::new(Mutex::new(Box::new(|_| Answer::Close))),
            asked: Arc::default(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (serving, acceptor) = (site.clone(), tls.map(|config| TlsAcceptor::from(Arc::new(config))));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let (site, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => site.serve(stream).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                site.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        site
    }

    pub(crate) fn answers(&self, script: impl Fn(&str) -> Answer + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The last request, whole.
    pub(crate) fn last_request(&self) -> String {
        self.requests.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn times_asked(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == path).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&request) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(read) => request.extend_from_slice(&buffer[..read]),
            }
        }
        let text = String::from_utf8(request).unwrap();
        let target = text.split(' ').nth(1).unwrap().to_owned();
        self.asked.lock().unwrap().push(target.clone());
        self.requests.lock().unwrap().push(text);
        let answer = (self.script.lock().unwrap())(&target);
        match answer {
            Answer::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
            Answer::Endless { first, again, pace } => {
                let mut pace = tokio::time::interval(pace);
                let mut sent = stream.write_all(&first).await;
                while sent.is_ok() {
                    pace.tick().await;
                    sent = stream.write_all(&again).await;
                }
            }
            Answer::Hang => {
                let _ = stream.read(&mut buffer).await;
            }
            Answer::Close => {}
        }
    }
}

/// Headers, and as much of a body as they say.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// An issuer, somebody who verifies its tokens, and the time for both.
pub(crate) struct World {
    pub(crate) site: Site,
    pub(crate) issuer: String,
    pub(crate) provider: Provider,
    pub(crate) clock: Arc<Set>,
    pub(crate) verifier: Arc<Verifier>,
}

impl World {
    /// An issuer without TLS that publishes the keys of these signers.
    pub(crate) async fn of(signers: &[&Signer]) -> Self {
        Self::with(signers, |_| {}).await
    }

    pub(crate) async fn with(signers: &[&Signer], change: impl FnOnce(&mut Settings)) -> Self {
        let site = Site::start(None).await;
        let issuer = format!("http://{}", site.place);
        let mut settings = settings(&site);
        change(&mut settings);
        let clock = Set::new();
        let verifier = Arc::new(Verifier::new(settings, Arc::clone(&clock) as Arc<dyn Clock>).unwrap());
        let provider = Provider::new(Issuer::parse(&issuer).unwrap(), Vec::new(), 1);
        let world = Self { site, issuer, provider, clock, verifier };
        world.publish(signers);
        world
    }

    pub(crate) fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
        self.publish_document(json!({"keys": keys}));
    }

    pub(crate) fn publish_document(&self, keys: Value) {
        let issuer = self.issuer.clone();
        self.site.answers(move |path| publish(path, &issuer, &keys));
    }

    /// Claims of a good token, some of them changed; a null takes a claim away.
    pub(crate) fn claims(&self, changes: Value) -> Value {
        claims(&self.issuer, changes)
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Arc<Verified>, Error> {
        self.verifier.oidc(&self.provider, token).await
    }
}

/// Settings under which a site on loopback may be asked.
pub(crate) fn settings(site: &Site) -> Settings {
    Settings { system_roots: false, allowed_hosts: vec![site.place.clone()], ..Settings::default() }
}

/// What an issuer answers: discovery, keys, nothing else.
pub(crate) fn publish(path: &str, issuer: &str, keys: &Value) -> Answer {
    match path {
        "/.well-known/openid-configuration" => {
            Answer::json(&json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}))
        }
        "/keys" => Answer::json(keys),
        _ => Answer::status("404 Not Found", ""),
    }
}

pub(crate) fn claims(issuer: &str, changes: Value) -> Value {
    let mut claims = json!({"iss": issuer, "sub": "player-1", "aud": "app", "iat": NOW - 10, "exp": NOW + 3600});
    change(&mut claims, changes.as_object().unwrap());
    claims
}

/// A corpus: a file of lines, each a case that says `why` it is there, no two the same.
pub(crate) fn lines<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    let text = fs::read_to_string(path).unwrap();
    let mut reasons = BTreeSet::new();
    let read = |line: &str| {
        let why = serde_json::from_str::<Value>(line).unwrap()["why"].as_str().unwrap().to_owned();
        assert!(reasons.insert(why.clone()), "{file} has this twice: {why}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {why}: {error}"))
    };
    text.lines().map(read).collect()
}

/// Changes members; a null takes one away.
pub(crate) fn change(members: &mut Value, changes: &Map<String, Value>) {
    let members = members.as_object_mut().unwrap();
    for (name, value) in changes {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

/// A text of a corpus with what is long in it: `OPEN` and `CLOSE` brackets, and `FILL` of this letter.
pub(crate) fn filled(text: &str, letter: &str, fill: usize) -> String {
    let text = text.replace("OPEN", &"[".repeat(fill)).replace("CLOSE", &"]".repeat(fill));
    text.replace("FILL", &letter.repeat(fill))
}

/// One line of a corpus, and what came of it.
pub(crate) struct Outcome<'a> {
    pub(crate) why: &'a str,
    pub(crate) wanted: Option<&'a str>,
    pub(crate) seen: String,
}

/// Holds every line to its word: the error that it names, or `accepted`. Tells how many words there were.
pub(crate) fn compare(outcomes: &[Outcome<'_>]) -> usize {
    let wrong: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.seen != outcome.wanted.unwrap_or("accepted"))
        .map(|outcome| format!("{}: {}\n    and not: {:?}", outcome.why, outcome.seen, outcome.wanted))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    outcomes.iter().map(|outcome| outcome.wanted).collect::<BTreeSet<_>>().len()
}
