//! AWS's published cases: canonical request, string to sign and signature of each, in the header and in
//! the query, and each refused with one signed byte changed, a clock outside the window, a wrong scope.
//!
//! `tests/fetch-cases FOLDER` gets them; `DAYPASS_SIGV4_CASES` names the folder. Without it there is
//! nothing to hold them against, and the documented examples beside this file stand alone, unless
//! `DAYPASS_TEST_REQUIRED` is `1`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use sigv4::{Claim, Error, Expect, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::Sent;

#[test]
fn every_published_case_holds() {
    let Ok(folder) = std::env::var("DAYPASS_SIGV4_CASES") else {
        let required = std::env::var("DAYPASS_TEST_REQUIRED").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "`DAYPASS_SIGV4_CASES` is not set: fill a folder with `tests/fetch-cases` and name it there"
        );
        return;
    };
    let mut held = 0;
    for folder in fs::read_dir(&folder).unwrap() {
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
    assert_eq!(held, 76, "cases in `{folder}`");
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
        }
    }

    fn expect(&self) -> Expect<'static> {
        let skew = Duration::from_secs(900);
        Expect { service: "service", region: "us-east-1", style: self.style, now: self.now, skew }
    }

    fn hold(&self) {
        let name = &self.name;
        let claim = self.sent.claim().unwrap_or_else(|error| panic!("{name}: {error}"));
        if self.in_query && self.style == Style::S3 {
            return self.hold_but_for_the_body(&claim);
        }
        let mut signed = self.sent.clone();
        if self.token_left_out && self.in_query {
            // It was added after signing: what was signed is the request without it.
            let token = |part: &&str| !part.starts_with("X-Amz-Security-Token=");
            signed.query = self.sent.query.split('&').filter(token).collect::<Vec<_>>().join("&");
        }
        let shown = claim.canonical(&signed.request(), self.style, Some(sha256(&signed.body))).unwrap();
        assert_eq!(String::from_utf8(shown.request).unwrap(), self.canonical, "{name}");
        assert_eq!(String::from_utf8(shown.string_to_sign).unwrap(), self.string_to_sign, "{name}");
        let verified = self.sent.verify(&self.secret, &self.expect());
        assert!(verified.is_ok(), "{name}: {verified:?}");
        self.refuse_changed();
        self.refuse_elsewhen();
        self.refuse_elsewhere();
    }

    /// S3 leaves the body of a presigned request unsigned; the cases were made with its hash. All else
    /// is held: the canonical request, and from it the string to sign.
    fn hold_but_for_the_body(&self, claim: &Claim) {
        let shown = claim.canonical(&self.sent.request(), self.style, None).unwrap();
        let shown = String::from_utf8(shown.request).unwrap();
        let hash = self.canonical.lines().last().unwrap();
        assert_eq!(shown.replace("UNSIGNED-PAYLOAD", hash), self.canonical, "{}", self.name);
        let of_ours: String = sha256(self.canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(self.string_to_sign.ends_with(&of_ours), "{}", self.name);
    }

    fn refuse_changed(&self) {
        let refused = |what: &str, change: &dyn Fn(&mut Sent)| {
            let mut sent = self.sent.clone();
            change(&mut sent);
            assert!(sent.verify(&self.secret, &self.expect()).is_err(), "{}: changed {what}", self.name);
        };
        refused("method", &|sent| sent.method.push('X'));
        refused("path", &|sent| sent.path.push('x'));
        refused("query", &|sent| sent.query += "&x");
        refused("body", &|sent| sent.body.push(b'x'));
        refused("host", &|sent| sent.set("host", "example.amazonaws.con"));
        refused("signature", &|sent| *sent = altered(sent, "Signature="));
        refused("credential", &|sent| *sent = altered(sent, "/2015"));
        for header in self.sent.claim().unwrap().signed_headers.split(';') {
            refused(header, &|sent| sent.add(header, "x"));
            refused(header, &|sent| drop(sent.headers.remove(header)));
        }
    }

    fn refuse_elsewhen(&self) {
        let at = |now| self.sent.verify(&self.secret, &Expect { now, ..self.expect() }).err();
        let allowed = Duration::from_secs(if self.in_query { 3600 } else { 900 });
        let second = Duration::from_secs(1);
        assert_eq!(at(self.now + allowed), None, "{}", self.name);
        let late = at(self.now + allowed + second);
        assert!(
            matches!(late, Some(Error::Expired { .. } | Error::PresignedExpired { .. })),
            "{}: {late:?}",
            self.name
        );
        let early = at(self.now - Duration::from_secs(900) - second);
        assert!(matches!(early, Some(Error::NotYetCurrent { .. })), "{}: {early:?}", self.name);
    }

    fn refuse_elsewhere(&self) {
        let with = |expect| self.sent.verify(&self.secret, &expect).err();
        let region = with(Expect { region: "eu-west-1", ..self.expect() });
        assert!(matches!(region, Some(Error::Region { .. })), "{}: {region:?}", self.name);
        let service = with(Expect { service: "sts", ..self.expect() });
        assert!(matches!(service, Some(Error::Service { .. })), "{}: {service:?}", self.name);
    }
}

/// The request with the first byte behind `mark` changed, in its header or its query.
fn altered(sent: &Sent, mark: &str) -> Sent {
    let mut sent = sent.clone();
    let change = |text: &str| {
        let encoded = mark.replace('/', "%2F");
        let found = text.find(mark).map(|at| at + mark.len()).or(text.find(&encoded).map(|at| at + encoded.len()));
        let at = found.unwrap_or_else(|| panic!("`{mark}` is not in `{text}`"));
        let other = if text[at..].starts_with('0') { "1" } else { "0" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    match sent.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()) {
        Some(value) => sent.set("authorization", &change(&value)),
        None => sent.query = change(&sent.query),
    }
    sent
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
