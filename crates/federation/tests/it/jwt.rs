//! Tokens: a corpus of lines, each a hostile or a genuine token that says what it is (`tests/jwt/*.jsonl`).
//! A line says how it differs from a good token; what it does not say is good.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use federation::{Endpoints, Issuer, Provider, Unverified, Url, Verifier};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{Answer, NOW, Outcome, Set, Signer, Site, change, compare, encode, filled, lines, settings};

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the attack is, or what is unusual about a genuine token.
    why: String,
    /// The issuer whose token it claims to be; the `iss` claim, unless that is changed.
    #[serde(default = "tenant")]
    provider: String,
    /// Which of the ground's signers signs.
    #[serde(default = "rsa")]
    key: String,
    /// Changes to the header; null takes a member away. `JWK` is the signer's public key, `TRAP` a host.
    #[serde(default)]
    header: Map<String, Value>,
    /// The whole header instead.
    header_text: Option<String>,
    /// Changes to the claims.
    #[serde(default)]
    claims: Map<String, Value>,
    /// The whole claims instead; `MEMBERS` are the good ones, `INNER` a whole good token.
    claims_text: Option<String>,
    /// What an HMAC instead of a signature has as its secret.
    mac: Option<String>,
    /// What happens after signing.
    alter: Option<Alteration>,
    /// What is sent of it; the parts by their names in braces.
    sent: Option<String>,
    /// How long `FILL`, `DOTS`, `OPEN` and `CLOSE` are, which make a line short that is about length or depth.
    #[serde(default)]
    fill: usize,
    /// How many bytes the verified subject has.
    subject: Option<usize>,
    /// Why it is refused, in the error's words.
    refused: Option<String>,
}

/// What happens to the bytes of a part after they were signed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alteration {
    part: String,
    replace: Option<(String, String)>,
    flip: Option<usize>,
    cut: Option<usize>,
    before: Option<usize>,
    after: Option<usize>,
    zeros: Option<usize>,
    #[serde(default)]
    der: bool,
}

fn tenant() -> String {
    "https://login.example.com:8443/Tenant".to_owned()
}

fn rsa() -> String {
    "rsa".to_owned()
}

/// Signers, one key set that every provider publishes, and a place that nobody may be led to.
struct Ground {
    signers: Vec<Signer>,
    site: Site,
    trap: Site,
    verifier: Verifier,
}

impl Ground {
    async fn of(cases: &[Case]) -> Self {
        let signers = vec![
            Signer::rsa("rsa", 0),
            Signer::rsa("second", 1),
            Signer::rsa("stranger", 2),
            Signer::ec("p256", "ES256"),
            Signer::ec("p384", "ES384"),
            Signer::ec("p521", "ES512"),
        ];
        let (site, trap) = (Site::start(None).await, Site::start(None).await);
        let keys = published(&signers);
        site.answers(move |_| Answer::json(&keys));
        let mut settings = settings(&site);
        settings.allowed_hosts.push(trap.place.clone());
        for case in cases {
            let name = Issuer::parse(&case.provider).unwrap().name().to_owned();
            let keys = Some(Url::parse(&format!("http://{}/keys", site.place)).unwrap());
            settings.endpoints.insert(name, Endpoints { keys, ..Endpoints::default() });
        }
        let verifier = Verifier::new(settings, Set::new()).unwrap();
        Self { signers, site, trap, verifier }
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
        assert_eq!(self.trap.connections(), 0, "somebody led us inside");
        words
    }

    /// `accepted`, or why not: the verifier's word, then that of whoever wants tokens for `app`.
    async fn outcome(&self, case: &Case) -> String {
        let provider = if case.provider == "https://accounts.google.com" {
            Provider::google()
        } else {
            Provider::new(Issuer::parse(&case.provider).unwrap(), Vec::new(), 1)
        };
        let token = self.token(case);
        let _ = Unverified::parse(&token);
        let mut said = Vec::new();
        // Twice: what is remembered of a token is no other answer.
        for _ in 0..2 {
            let verified = self.verifier.oidc(&provider, &token).await;
            let checked = verified.and_then(|verified| {
                verified.audience_among(&["app"])?;
                let name = provider.issuer().name();
                assert_eq!(verified.provider(), name, "{}", case.why);
                if let Some(length) = case.subject {
                    assert_eq!(verified.subject.len(), length, "{}", case.why);
                }
                Ok(())
            });
            said.push(checked.map_or_else(|error| error.to_string(), |()| "accepted".to_owned()));
        }
        assert_eq!(said[0], said[1], "{}", case.why);
        said.remove(0)
    }

    fn token(&self, case: &Case) -> String {
        let (header, claims) = (self.header(case), self.claims(case, "player-1"));
        let mut signature = self.signature(case, &header, &claims);
        let (mut sent_header, mut sent_claims) = (header.clone(), claims.clone());
        if let Some(alteration) = &case.alter {
            alteration.apply(match alteration.part.as_str() {
                "header" => &mut sent_header,
                "claims" => &mut sent_claims,
                "signature" => &mut signature,
                part => panic!("no part is called {part}"),
            });
        }
        let other = self.claims(case, "player-3");
        let other_signature = self.signature(case, &header, &other);
        let (header, claims, text) = (encode(sent_header), encode(sent_claims), encode(&signature));
        let token = format!("{header}.{claims}.{text}");
        let Some(sent) = &case.sent else { return token };
        let replaced = [
            ("{token}", token.clone()),
            ("{encoded}", encode(&token)),
            ("{header}", header),
            ("{claims}", claims),
            ("{other_claims}", encode(other)),
            ("{other}", encode(other_signature)),
            ("{standard}", standard_alphabet(&signature)),
            ("{bits}", other_last_bits(&text)),
            ("{signature}", text),
            ("DOTS", ".".repeat(case.fill)),
            ("FILL", "x".repeat(case.fill)),
        ];
        replaced.iter().fold(sent.clone(), |sent, (name, value)| sent.replace(name, value))
    }

    fn header(&self, case: &Case) -> Vec<u8> {
        let signer = self.signer(&case.key);
        let mut members = json!({"alg": signer.algorithm, "kid": signer.id, "typ": "JWT"});
        change(&mut members, &case.header);
        let text = case.header_text.clone().unwrap_or_else(|| members.to_string());
        let text = text.replace("\"JWK\"", &signer.jwk().to_string()).replace("TRAP", &self.trap.place);
        bytes(&text, case.fill)
    }

    fn claims(&self, case: &Case, subject: &str) -> Vec<u8> {
        let mut members =
            json!({"iss": case.provider, "sub": subject, "aud": "app", "iat": NOW - 10, "exp": NOW + 3600});
        change(&mut members, &case.claims);
        let whole = members.to_string();
        let text = case.claims_text.clone().unwrap_or_else(|| whole.clone());
        if text == "INNER" {
            return self.signer("rsa").sign(r#"{"alg":"RS256","kid":"rsa"}"#, &whole).into_bytes();
        }
        bytes(&text.replace("MEMBERS", &whole[1..whole.len() - 1]), case.fill)
    }

    fn signature(&self, case: &Case, header: &[u8], claims: &[u8]) -> Vec<u8> {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signer = self.signer(&case.key);
        let algorithm = case.header.get("alg").and_then(Value::as_str).unwrap_or(signer.algorithm);
        let Some(secret) = &case.mac else { return signer.signature(algorithm, signed.as_bytes()) };
        let secret = match secret.as_str() {
            "modulus" => signer.rsa_parts().0,
            "jwk" => signer.jwk().to_string().into_bytes(),
            "pem" => signer.pem().into_bytes(),
            "published" => SHARED.to_vec(),
            "empty" => Vec::new(),
            other => panic!("no secret is called {other}"),
        };
        let hash = match algorithm {
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(hash, &secret), signed.as_bytes()).as_ref().to_vec()
    }
}

impl Alteration {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let before = bytes.clone();
        if let Some((old, new)) = &self.replace {
            *bytes = String::from_utf8(bytes.clone()).unwrap().replacen(old, new, 1).into_bytes();
        }
        if let Some(at) = self.flip {
            bytes[at] ^= 1;
        }
        if let Some(count) = self.cut {
            bytes.truncate(bytes.len() - count);
        }
        if let Some(count) = self.before {
            bytes.splice(0..0, vec![0; count]);
        }
        if let Some(count) = self.after {
            bytes.extend(vec![0; count]);
        }
        if let Some(count) = self.zeros {
            *bytes = vec![0; count];
        }
        if self.der {
            let integer = |half: &[u8]| [&[2, u8::try_from(half.len()).unwrap() + 1, 0], half].concat();
            let (r, s) = bytes.split_at(bytes.len() / 2);
            let both = [integer(r), integer(s)].concat();
            *bytes = [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat();
        }
        assert_ne!(*bytes, before, "nothing was altered");
    }
}

/// What every issuer of this corpus publishes, good and bad.
fn published(signers: &[Signer]) -> Value {
    let of = |id: &str, changes: Value| {
        let mut key = signers.iter().find(|signer| signer.id == id).unwrap().jwk();
        change(&mut key, changes.as_object().unwrap());
        key
    };
    let weak = encode(&signers[0].rsa_parts().0[..128]);
    json!({"keys": [
        of("rsa", json!({})),
        of("second", json!({})),
        of("p256", json!({})),
        of("p384", json!({})),
        of("p521", json!({})),
        of("rsa", json!({"kid": "twin"})),
        of("p256", json!({"kid": "twin"})),
        of("second", json!({"kid": "pinned", "alg": "RS512"})),
        of("second", json!({"kid": "enc", "use": "enc"})),
        of("rsa", json!({"kid": "weak", "n": weak})),
        {"kty": "oct", "kid": "shared", "alg": "HS256", "k": encode(SHARED)},
    ]})
}

/// The bytes of a part; `BYTE` is one that is in no text.
fn bytes(text: &str, fill: usize) -> Vec<u8> {
    let text = filled(text, "x", fill);
    let mut bytes = Vec::new();
    for (at, piece) in text.split("BYTE").enumerate() {
        if at > 0 {
            bytes.push(0xff);
        }
        bytes.extend_from_slice(piece.as_bytes());
    }
    bytes
}

fn standard_alphabet(signature: &[u8]) -> String {
    let text = BASE64_STANDARD_NO_PAD.encode(signature);
    assert!(text.contains(['+', '/']), "the signature looks the same in both alphabets");
    text
}

/// Of 256 bytes the last of 342 letters has four bits that mean nothing.
fn other_last_bits(text: &str) -> String {
    let (start, last) = text.split_at(text.len() - 1);
    let last = last.bytes().next().unwrap();
    format!("{start}{}", char::from(last + 1))
}

#[tokio::test]
async fn genuine_tokens_are_accepted() {
    let cases: Vec<Case> = lines("jwt/genuine.jsonl");
    assert!(cases.len() >= 35);
    let ground = Ground::of(&cases).await;
    assert!(cases.iter().all(|case| case.refused.is_none()));
    ground.hold(&cases).await;
}

#[tokio::test]
async fn hostile_tokens_are_refused_each_for_its_own_reason() {
    let cases: Vec<Case> = lines("jwt/hostile.jsonl");
    assert!(cases.len() >= 200);
    let ground = Ground::of(&cases).await;
    assert!(ground.hold(&cases).await >= 40);
    // No token led anywhere but to the keys of its provider, and to those once for each.
    let asked = ground.site.asked();
    assert!(asked.len() <= 3 && asked.iter().all(|path| path == "/keys"), "{asked:?}");
}

/// A secret that the issuer publishes, which makes it none.
const SHARED: [u8; 32] = [7; 32];
