//! Key sets, discovery documents, and how they are answered: a corpus of lines, each a hostile or a genuine issuer
//! that says what it is (`tests/jwks/*.jsonl`). What a line does not say is good.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Outcome, Signer, Site, World, change, compare, encode, filled, lines, publish};

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the attack is, or what is unusual about a genuine issuer.
    why: String,
    /// Which signer signed the token that is shown.
    #[serde(default = "rsa")]
    sign: String,
    /// Whether the token names its key.
    #[serde(default = "yes")]
    kid: bool,
    /// The keys of the set; the signer's alone, where nothing is said.
    keys: Option<Vec<Entry>>,
    /// How many times these keys stand in the set, and which stand behind them.
    #[serde(default = "once")]
    repeat: usize,
    #[serde(default)]
    then: Vec<Entry>,
    /// Whether all that follows is about the `discovery` document; about the keys, where nothing is said.
    #[serde(default = "keys")]
    at: String,
    /// Changes to the discovery document. `ISSUER`, `PLACE` and `INSIDE` are the issuer, its host, and another host.
    #[serde(default)]
    document: Map<String, Value>,
    /// The text of the answer; `KEY` is the signer's key, `DOCUMENT` the discovery document.
    body: Option<String>,
    #[serde(default = "ok")]
    status: String,
    #[serde(default)]
    headers: Vec<String>,
    /// How the answer comes.
    #[serde(default = "whole")]
    way: String,
    /// How long `FILL`, `OPEN` and `CLOSE` are.
    #[serde(default)]
    fill: usize,
    /// How many milliseconds the issuer has, where it uses them up.
    timeout: Option<u64>,
    /// Why it is refused, in the error's words.
    refused: Option<String>,
}

/// One key of a set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Whose key.
    #[serde(default)]
    of: String,
    /// This instead of a key.
    raw: Option<Value>,
    /// Changes to it; `{second.n}` is that member of that signer's key.
    #[serde(default)]
    with: Map<String, Value>,
    /// The bytes of the exponent.
    exponent: Option<Vec<u8>>,
    modulus: Option<Modulus>,
}

/// What is done to the bytes of a modulus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Modulus {
    /// Only that many, made odd.
    take: Option<usize>,
    /// That many zeros instead.
    zeros: Option<usize>,
    /// That many zeros before and behind.
    #[serde(default)]
    before: usize,
    #[serde(default)]
    after: usize,
    /// Another last byte.
    last: Option<u8>,
}

fn rsa() -> String {
    "rsa".to_owned()
}

fn keys() -> String {
    "keys".to_owned()
}

fn ok() -> String {
    "200 OK".to_owned()
}

fn whole() -> String {
    "whole".to_owned()
}

fn yes() -> bool {
    true
}

fn once() -> usize {
    1
}

struct Ground {
    signers: Vec<Signer>,
    inside: Site,
}

impl Ground {
    async fn new() -> Self {
        let signers = vec![
            Signer::rsa("rsa", 0),
            Signer::rsa("second", 1),
            Signer::ec("p256", "ES256"),
            Signer::ec("p384", "ES384"),
        ];
        Self { signers, inside: Site::start(None).await }
    }

    fn signer(&self, id: &str) -> &Signer {
        self.signers.iter().find(|signer| signer.id == id).unwrap()
    }

    /// Holds every line to its word, and all of them to leading nobody inside.
    async fn hold(&self, cases: &[Case]) -> usize {
        let mut outcomes = Vec::new();
        for case in cases {
            let seen = self.outcome(case).await;
            outcomes.push(Outcome { why: &case.why, wanted: case.refused.as_deref(), seen });
        }
        let words = compare(&outcomes);
        assert_eq!(self.inside.connections(), 0, "somebody led us inside");
        words
    }

    /// `accepted`, or why not, of a good token whose issuer is as the line says.
    async fn outcome(&self, case: &Case) -> String {
        let world = World::with(&[], |settings| {
            settings.timeout = case.timeout.map_or(settings.timeout, Duration::from_millis);
        })
        .await;
        let (issuer, set, answer) = (world.issuer.clone(), self.set(case), self.body(case, &world));
        let (about, way, status, headers) =
            (case.at.clone(), case.way.clone(), case.status.clone(), self.placed(&case.headers.join("\r\n"), &world));
        world.site.answers(move |path| {
            let is_about = if about == "keys" { path == "/keys" } else { path.ends_with("openid-configuration") };
            // Keys that a discovery document leads to elsewhere on the same host.
            let path = if path.starts_with("/keys?") { "/keys" } else { path };
            if is_about { answered(&way, &status, &headers, &answer) } else { publish(path, &issuer, &set) }
        });
        let signer = self.signer(&case.sign);
        let claims = world.claims(json!({}));
        let token = if case.kid {
            signer.token(&claims)
        } else {
            signer.sign(&json!({"alg": signer.algorithm}).to_string(), &claims.to_string())
        };
        let seen = world.verify(&token).await;
        assert!(world.site.asked().len() <= 2, "{}: asked {:?}", case.why, world.site.asked());
        seen.map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    }

    fn set(&self, case: &Case) -> Value {
        let of = |entries: &[Entry]| entries.iter().map(|entry| self.key(entry)).collect::<Vec<_>>();
        let own = || vec![self.signer(&case.sign).jwk()];
        let mut keys = case.keys.as_ref().map_or_else(own, |entries| vec![of(entries); case.repeat].concat());
        keys.extend(of(&case.then));
        json!({"keys": keys})
    }

    fn key(&self, entry: &Entry) -> Value {
        if let Some(raw) = &entry.raw {
            return raw.clone();
        }
        let signer = self.signer(&entry.of);
        let mut key = signer.jwk();
        if let Some(change) = &entry.modulus {
            key["n"] = encode(change.apply(signer.rsa_parts().0)).into();
        }
        if let Some(exponent) = &entry.exponent {
            key["e"] = encode(exponent).into();
        }
        let mut with = Value::Object(entry.with.clone());
        for value in with.as_object_mut().unwrap().values_mut() {
            let Some(text) = value.as_str() else { continue };
            let Some((named, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) else { continue };
            let (id, member) = named.split_once('.').unwrap();
            *value = format!("{}{rest}", self.signer(id).jwk()[member].as_str().unwrap()).into();
        }
        change(&mut key, with.as_object().unwrap());
        key
    }

    fn body(&self, case: &Case, world: &World) -> String {
        let mut document = json!({"issuer": world.issuer, "jwks_uri": format!("{}/keys", world.issuer)});
        let changes = self.placed(&Value::Object(case.document.clone()).to_string(), world);
        for (name, value) in serde_json::from_str::<Map<String, Value>>(&changes).unwrap() {
            document[name] = value;
        }
        let usual = if case.at == "keys" { self.set(case).to_string() } else { document.to_string() };
        let body = case.body.clone().unwrap_or(usual);
        let body = body.replace("KEY", &self.signer(&case.sign).jwk().to_string());
        let body = self.placed(&body.replace("DOCUMENT", &document.to_string()), world);
        filled(&body, if case.at == "keys" || case.body.is_some() { " " } else { "x" }, case.fill)
    }

    fn placed(&self, text: &str, world: &World) -> String {
        let text = text.replace("ISSUER", &world.issuer).replace("PLACE", &world.site.place);
        text.replace("INSIDE", &self.inside.place)
    }
}

impl Modulus {
    fn apply(&self, modulus: Vec<u8>) -> Vec<u8> {
        let mut bytes = self.zeros.map_or(modulus, |count| vec![0; count]);
        if let Some(count) = self.take {
            bytes.truncate(count);
            *bytes.last_mut().unwrap() |= 1;
        }
        let mut bytes = [vec![0; self.before], bytes, vec![0; self.after]].concat();
        if let Some(last) = self.last {
            *bytes.last_mut().unwrap() = last;
        }
        bytes
    }
}

/// An answer that comes in this way.
fn answered(way: &str, status: &str, headers: &str, body: &str) -> Answer {
    let headers = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
    let head = |more: &str| format!("HTTP/1.1 {status}\r\n{headers}{more}\r\n").into_bytes();
    let endless =
        |first: Vec<u8>, again: Vec<u8>, millis| Answer::Endless { first, again, pace: Duration::from_millis(millis) };
    let chunk = |body: &[u8]| [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat();
    match way {
        "whole" => Answer::Raw([head(&format!("Content-Length: {}\r\n", body.len())), body.into()].concat()),
        "unframed" => Answer::Raw([head(""), body.into()].concat()),
        "short" => Answer::Raw([head("Content-Length: 9999\r\n"), body.into()].concat()),
        "chunked" => {
            let (one, two) = body.as_bytes().split_at(body.len() / 2);
            Answer::Raw([head("Transfer-Encoding: chunked\r\n"), chunk(one), chunk(two), chunk(b"")].concat())
        }
        "endless" => endless(head("Transfer-Encoding: chunked\r\n"), chunk(&[b' '; 0x2000]), 1),
        "headers" => endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Filler: filler\r\n".repeat(500), 1),
        "drip" => endless(head(&format!("Content-Length: {}\r\n", 1 << 19)), b" ".to_vec(), 10),
        "silence" => endless(head("Content-Length: 100\r\n"), Vec::new(), 10),
        "bomb" => Answer::Raw(
            [head(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", BOMB.len())), BOMB.to_vec()].concat(),
        ),
        "ssh" => Answer::Raw(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()),
        "hang" => Answer::Hang,
        "close" => Answer::Close,
        other => panic!("no way is called {other}"),
    }
}

#[tokio::test]
async fn genuine_issuers_are_believed() {
    let cases: Vec<Case> = lines("jwks/genuine.jsonl");
    assert!(cases.len() >= 20);
    let ground = Ground::new().await;
    assert!(cases.iter().all(|case| case.refused.is_none()));
    ground.hold(&cases).await;
}

#[tokio::test]
async fn hostile_issuers_are_not_each_for_its_own_reason() {
    let cases: Vec<Case> = lines("jwks/hostile.jsonl");
    assert!(cases.len() >= 150);
    let ground = Ground::new().await;
    assert!(ground.hold(&cases).await >= 15);
}

/// A hundred kilobytes of zeros in gzip.
const BOMB: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 245, 79, 109, 13, 15, 160, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 87, 3, 125, 149, 17, 212, 160, 134, 1, 0,
];
