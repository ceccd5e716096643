//! AWS's published cases: canonical request, string to sign and signature of each, in the header and in
//! the query, and each refused with one signed byte changed, a clock outside the window, a wrong scope.
//!
//! `tests/fetch-cases FOLDER` gets them; `DAYPASS_SIGV4_CASES` names the folder. Without it there is
//! nothing to hold them against, and the documented examples beside this file stand alone.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use sigv4::{Error, Expect, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::Sent;

/// The cases that no HTTP server lets through as they are written: a blank in the path, a header value
/// over several lines.
const UNSENDABLE: [&str; 3] = ["get-header-value-multiline", "get-space-normalized", "get-space-unnormalized"];

#[test]
fn every_published_case_holds() {
    let Ok(folder) = std::env::var("DAYPASS_SIGV4_CASES") else { return };
    let mut held = 0;
    for case in fs::read_dir(&folder).unwrap() {
        let case = case.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        // Two folders are of another test and say nothing of key, time and scope.
        if UNSENDABLE.contains(&name.as_str()) || !case.join("context.json").exists() {
            continue;
        }
        for form in ["header", "query"] {
            hold(&case, &format!("{name} ({form})"), form);
            held += 1;
        }
    }
    assert!(held >= 70, "only {held} cases in `{folder}`");
}

fn hold(case: &Path, name: &str, form: &str) {
    let text =
        |file: &str| fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
    let settings: Value = serde_json::from_str(&text("context.json")).unwrap();
    let secret = Secret::new(settings["credentials"]["secret_access_key"].as_str().unwrap());
    let now = Timestamp::from_iso8601(settings["timestamp"].as_str().unwrap()).unwrap();
    let style = if settings["normalize"] == false { Style::S3 } else { Style::Standard };
    let expect = Expect { service: "service", region: "us-east-1", style, now, skew: Duration::from_secs(900) };
    let sent = request(&text(&format!("{form}-signed-request.txt")));

    let claim = sent.claim().unwrap_or_else(|error| panic!("{name}: {error}"));
    let canonical = claim.canonical(&sent.request(), style, Some(sha256(&sent.body))).unwrap();
    let file = |what: &str| text(&format!("{form}-{what}.txt")).trim_end().to_owned();
    // What S3's own rules make of a body that is not signed differs from what the cases were made with.
    if style == Style::Standard {
        // A token that is added after signing takes no part; `verify` accepts both ways.
        let token_added_later = settings["omit_session_token"] == true && form == "query";
        if token_added_later {
            sent.verify(&secret, &expect).unwrap_or_else(|error| panic!("{name}: {error}"));
            return;
        }
        assert_eq!(String::from_utf8(canonical.request).unwrap(), file("canonical-request"), "{name}");
        assert_eq!(String::from_utf8(canonical.string_to_sign).unwrap(), file("string-to-sign"), "{name}");
        sent.verify(&secret, &expect).unwrap_or_else(|error| panic!("{name}: {error}"));
    } else {
        let path = |canonical: &str| canonical.lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(path(&String::from_utf8(canonical.request).unwrap()), path(&file("canonical-request")), "{name}");
        return;
    }

    let mut altered = sent.clone();
    altered.path.push('x');
    assert_eq!(altered.verify(&secret, &expect).err(), Some(Error::Mismatch), "{name}: changed path");
    let late = Expect { now: now + Duration::from_secs(8 * 24 * 3600), ..expect };
    assert!(sent.verify(&secret, &late).is_err(), "{name}: late");
    let early = Expect { now: now - Duration::from_secs(3600), ..expect };
    assert!(matches!(sent.verify(&secret, &early), Err(Error::NotYetCurrent { .. })), "{name}: early");
    let elsewhere = Expect { region: "eu-west-1", ..expect };
    assert!(matches!(sent.verify(&secret, &elsewhere), Err(Error::Region { .. })), "{name}: region");
    let another = Expect { service: "sts", ..expect };
    assert!(matches!(sent.verify(&secret, &another), Err(Error::Service { .. })), "{name}: service");
}

/// A request as the files write it: a line, headers, an empty line, the body.
fn request(text: &str) -> Sent {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let (method, target) = line.split_once(' ').unwrap();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    Sent::new(method, target, &headers, body.as_bytes())
}
