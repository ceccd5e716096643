//! AWS's published cases: 38 requests, each signed in its header and in its query. All 76 signatures are held, with the
//! canonical request and the string to sign of each; and each is refused, with the error that says so, once one signed
//! byte is changed, the clock is outside the window, or the scope is another.
//!
//! The cases come out of the archive of the crate `aws-sigv4`: `DAYPASS_SIGV4_CASES` names the folder that
//! `tests/fetch-cases` filled, and without it the test runs that itself. Where it cannot, the test fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use sigv4::{Error, Expect, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::Sent;

#[test]
fn every_published_case_holds() {
    let mut held = 0;
    for folder in fs::read_dir(cases()).unwrap() {
        let folder = folder.unwrap().path();
        // Two folders are of another test and say nothing of key, time and scope.
        if !folder.join("context.json").exists() {
            continue;
        }
        for form in ["header", "query"] {
            Case::read(&folder, form).hold();
            held += 1;
        }
    }
    assert_eq!(held, 76);
}

fn cases() -> PathBuf {
    if let Ok(folder) = std::env::var("DAYPASS_SIGV4_CASES") {
        return folder.into();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sigv4-cases");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fetch-cases");
    let fetched = Command::new(script).arg(&folder).output().unwrap();
    assert!(fetched.status.success(), "no cases: {}", String::from_utf8_lossy(&fetched.stderr));
    folder
}

struct Case {
    name: String,
    in_query: bool,
    style: Style,
    secret: Secret,
    now: Timestamp,
    token_left_out: bool,
    sent: Sent,
    canonical: String,
    string_to_sign: String,
    signature: String,
}

impl Case {
    fn read(folder: &Path, form: &str) -> Self {
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let of_form = |what: &str| text(&format!("{form}-{what}.txt"));
        let name = folder.file_name().unwrap().to_str().unwrap();
        let settings: Value = serde_json::from_str(&text("context.json")).unwrap();
        // Paths that are not normalised, and the one that is escaped once only, are signed as S3 signs.
        let as_s3 = settings["normalize"] == false || name == "get-space-normalized";
        Self {
            name: format!("{name} ({form})"),
            in_query: form == "query",
            style: if as_s3 { Style::S3 } else { Style::Standard },
            secret: Secret::new(settings["credentials"]["secret_access_key"].as_str().unwrap()),
            now: Timestamp::from_iso8601(settings["timestamp"].as_str().unwrap()).unwrap(),
            token_left_out: settings["omit_session_token"] == true,
            sent: request(&of_form("signed-request")),
            canonical: of_form("canonical-request").trim_end().to_owned(),
            string_to_sign: of_form("string-to-sign").trim_end().to_owned(),
            signature: of_form("signature").trim_end().to_owned(),
        }
    }

    fn hold(mut self) {
        assert!(self.sent.query.contains(&self.signature) || self.text("authorization").contains(&self.signature));
        if self.in_query && self.style == Style::S3 {
            self.leave_the_body_unsigned();
        }
        self.shown();
        let verified = self.sent.verify(&self.secret, &self.expect());
        assert!(verified.is_ok(), "{}: {verified:?}", self.name);
        self.refuse_changed();
        self.refuse_changed_parameters();
        self.refuse_elsewhen();
        self.refuse_elsewhere();
    }

    /// S3 leaves the body of a presigned request unsigned, and the cases were made with its hash: the signature is that
    /// of the published one with the last line of the canonical request changed.
    fn leave_the_body_unsigned(&mut self) {
        let published = sign(&self.secret, &self.string_to_sign);
        assert_eq!(published, self.signature, "{}: the signing of this test", self.name);
        let hash = hex(&sha256(self.canonical.as_bytes()));
        assert!(self.string_to_sign.ends_with(&hash), "{}: the hashing of this test", self.name);
        let body = self.canonical.lines().last().unwrap().to_owned();
        self.canonical = self.canonical.replace(&body, "UNSIGNED-PAYLOAD");
        self.string_to_sign = self.string_to_sign.replace(&hash, &hex(&sha256(self.canonical.as_bytes())));
        self.sent.query = self.sent.query.replace(&published, &sign(&self.secret, &self.string_to_sign));
    }

    /// The canonical request and the string to sign are the published ones.
    fn shown(&self) {
        let mut signed = self.sent.clone();
        if self.token_left_out && self.in_query {
            // It was added after signing: what was signed is the request without it.
            let token = |part: &&str| !part.starts_with("X-Amz-Security-Token=");
            signed.query = self.sent.query.split('&').filter(token).collect::<Vec<_>>().join("&");
        }
        let claim = self.sent.claim().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let shown = claim.canonical(&signed.request(), self.style, Some(sha256(&signed.body))).unwrap();
        assert_eq!(String::from_utf8(shown.request).unwrap(), self.canonical, "{}", self.name);
        assert_eq!(String::from_utf8(shown.string_to_sign).unwrap(), self.string_to_sign, "{}", self.name);
    }

    fn refuse_changed(&self) {
        let mismatch = |error: &Error| *error == Error::Mismatch;
        self.refused("method", &|sent| change(&mut sent.method, 1), &mismatch);
        self.refused("path", &|sent| sent.path.push('x'), &mismatch);
        self.refused("query", &|sent| sent.query += "&x", &mismatch);
        self.refused("signature", &|sent| sent.replace(&self.signature_in(sent), |text| change(text, 64)), &mismatch);
        if self.in_query {
            // In a header the key id says whose secret it is, and is not signed.
            self.refused("key id", &|sent| sent.replace("AKIDEXAMPLE", |text| change(text, 1)), &mismatch);
        }
        let claim = self.sent.claim().unwrap();
        for name in claim.signed_headers.split(';') {
            let value = self.text(name);
            for from_end in [1, value.trim().len()] {
                let date = name == "x-amz-date";
                // A date ends in a letter and starts with a year: both are read before the signature is compared.
                let right = |error: &Error| match error {
                    Error::Date { .. } | Error::ScopeDate { .. } => date,
                    _ => mismatch(error) && !date,
                };
                let changed = |sent: &mut Sent| {
                    let mut value = value.trim().to_owned();
                    change(&mut value, from_end);
                    sent.set(name, &value);
                };
                self.refused(name, &changed, &right);
            }
            self.refused(name, &|sent| sent.add(name, "x"), &|error| {
                mismatch(error) || matches!(error, Error::Duplicate { what } if *what == name)
            });
            self.refused(name, &|sent| drop(sent.headers.remove(name)), &|error| match error {
                Error::SignedHeaderAbsent { name: absent } => absent == name,
                Error::Incomplete { .. } => name == "x-amz-date",
                _ => false,
            });
        }
        if !(self.in_query && self.style == Style::S3) {
            let changed = |error: &Error| match error {
                Error::BodyChanged => self.sent.headers.contains_key("x-amz-content-sha256"),
                _ => mismatch(error),
            };
            self.refused("body", &|sent| sent.body.push(b'x'), &changed);
            if !self.sent.body.is_empty() {
                self.refused("body", &|sent| sent.body[0] ^= 1, &changed);
            }
        }
    }

    /// Each parameter of the query, one byte from its end.
    fn refuse_changed_parameters(&self) {
        for part in self.sent.query.split('&').filter(|part| !part.is_empty()) {
            let name = part.split('=').next().unwrap();
            if name == "X-Amz-Security-Token" && self.token_left_out {
                // Not signed: its own seal is what fails.
                continue;
            }
            let changed = |sent: &mut Sent| {
                let mut other = part.to_owned();
                // The last of a date is the letter behind it.
                change(&mut other, if name == "X-Amz-Date" { 2 } else { 1 });
                sent.query = sent.query.replacen(part, &other, 1);
            };
            self.refused(part, &changed, &|error| match error {
                Error::Algorithm { .. } => name == "X-Amz-Algorithm",
                Error::Terminator { .. } => name == "X-Amz-Credential",
                // `hosu` is neither `host` nor in the request.
                Error::HostNotSigned => name == "X-Amz-SignedHeaders",
                Error::SignedHeaderAbsent { .. } => name == "X-Amz-SignedHeaders",
                _ => *error == Error::Mismatch,
            });
        }
    }

    fn refuse_elsewhen(&self) {
        let at = |now| self.sent.verify(&self.secret, &Expect { now, ..self.expect() }).err();
        let allowed = Duration::from_secs(if self.in_query { 3600 } else { 900 });
        let second = Duration::from_secs(1);
        assert_eq!(at(self.now + allowed), None, "{}", self.name);
        assert_eq!(at(self.now - Duration::from_secs(900)), None, "{}", self.name);
        let late = at(self.now + allowed + second);
        let expired = match late {
            Some(Error::Expired { .. }) => !self.in_query,
            Some(Error::PresignedExpired { .. }) => self.in_query,
            _ => false,
        };
        assert!(expired, "{}: {late:?}", self.name);
        let early = at(self.now - Duration::from_secs(900) - second);
        assert!(matches!(early, Some(Error::NotYetCurrent { .. })), "{}: {early:?}", self.name);
    }

    fn refuse_elsewhere(&self) {
        let with = |expect| self.sent.verify(&self.secret, &expect).err();
        let region = with(Expect { region: "eu-west-1", ..self.expect() });
        assert!(matches!(region, Some(Error::Region { .. })), "{}: {region:?}", self.name);
        let service = with(Expect { service: "sts", ..self.expect() });
        assert!(matches!(service, Some(Error::Service { .. })), "{}: {service:?}", self.name);
        for (what, wanted) in [("20150830", "date"), ("us-east-1", "region"), ("service", "service")] {
            let slash = if self.in_query { "%2F" } else { "/" };
            let element = format!("{slash}{what}{slash}");
            let changed = |sent: &mut Sent| {
                sent.replace(&element, |text| change(text, slash.len() + 1));
            };
            self.refused(wanted, &changed, &|error| match error {
                Error::ScopeDate { .. } => wanted == "date",
                Error::Region { .. } => wanted == "region",
                Error::Service { .. } => wanted == "service",
                _ => false,
            });
        }
        let other = self.sent.verify(&Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ"), &self.expect());
        assert_eq!(other.err(), Some(Error::Mismatch), "{}", self.name);
    }

    fn refused(&self, what: &str, change: &dyn Fn(&mut Sent), right: &dyn Fn(&Error) -> bool) {
        let mut sent = self.sent.clone();
        change(&mut sent);
        match sent.verify(&self.secret, &self.expect()) {
            Err(error) => assert!(right(&error), "{}: changed {what}: {error:?}", self.name),
            Ok(_) => panic!("{}: changed {what}, and accepted: {sent:?}", self.name),
        }
    }

    fn expect(&self) -> Expect<'static> {
        let skew = Duration::from_secs(900);
        Expect { service: "service", region: "us-east-1", style: self.style, now: self.now, skew }
    }

    fn text(&self, header: &str) -> String {
        self.sent.headers.get(header).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    fn signature_in(&self, sent: &Sent) -> String {
        let text = if self.in_query { sent.query.clone() } else { self.text("authorization") };
        text.split("Signature=").nth(1).unwrap()[..64].to_owned()
    }
}

impl Sent {
    /// Changes a text of the signature, in the header or the query.
    fn replace(&mut self, text: &str, change: impl Fn(&mut String)) {
        let mut other = text.to_owned();
        change(&mut other);
        match self.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()) {
            Some(value) => self.set("authorization", &value.replacen(text, &other, 1)),
            None => self.query = self.query.replacen(text, &other, 1),
        }
    }
}

/// Another digit for a digit, another letter for a letter, at a place counted from the end; something for nothing.
fn change(text: &mut String, from_end: usize) {
    let Some(at) = text.len().checked_sub(from_end.max(1)) else { return text.push('x') };
    let other = match text.as_bytes()[at] {
        b'9' => '8',
        b'z' => 'y',
        b'Z' => 'Y',
        byte if byte.is_ascii_digit() => char::from(byte + 1),
        // Hexadecimal stays hexadecimal.
        b'f' => 'e',
        byte if byte.is_ascii_alphabetic() => char::from(byte + 1),
        _ => 'x',
    };
    let end = (at..=text.len()).skip(1).find(|end| text.is_char_boundary(*end)).unwrap();
    text.replace_range(at..end, &other.to_string());
}

/// The signature of a string to sign, by nothing of the crate.
fn sign(secret: &Secret, text: &str) -> String {
    let mac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let scope = text.lines().nth(2).unwrap();
    let first = format!("AWS4{}", secret.expose()).into_bytes();
    let key = scope.split('/').fold(first, |key, step| mac(&key, step));
    hex(&mac(&key, text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request as the files write it: a line, headers, an empty line, the body. A header that goes on in
/// the next line is joined with a blank, as HTTP asks of whoever lets one through.
fn request(text: &str) -> Sent {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let head = head.replace("\n ", "  ");
    let mut lines = head.lines();
    let line = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let (method, target) = line.split_once(' ').unwrap();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    Sent::new(method, target, &headers, body.as_bytes())
}
