//! What somebody without the secret, or with an old request, would try.

use std::time::Duration;

use sigv4::{Body, Error, Expect, Form, Part, Payload, Signer, SigningKeys, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::{Sent, expect};

const NOW: &str = "20260102T030405Z";

#[test]
fn every_changed_part_of_a_request_is_noticed() {
    for presigned in [false, true] {
        let good = signed(Style::S3, presigned);
        check(&good, Style::S3).unwrap();
        let changes: [fn(&mut Sent); 7] = [
            |sent| sent.method = "DELETE".into(),
            |sent| sent.path = "/bucket/kez".into(),
            |sent| sent.path = "/bucket%2Fkey".into(),
            |sent| sent.path = "/bucket//key".into(),
            |sent| sent.query = sent.query.replace("versionId=1", "versionId=2"),
            |sent| sent.query += "&tagging",
            |sent| sent.set("x-amz-meta-a", "c"),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut sent = good.clone();
            change(&mut sent);
            assert_eq!(check(&sent, Style::S3), Err(Error::Mismatch), "change {at}, presigned {presigned}");
        }
        let mut sent = good.clone();
        sent.set("host", "elsewhere");
        assert_eq!(check(&sent, Style::S3), Err(Error::Mismatch));
        let mut sent = good.clone();
        sent.headers.remove("x-amz-meta-a");
        assert_eq!(check(&sent, Style::S3), Err(Error::SignedHeaderAbsent { name: "x-amz-meta-a".into() }));
        let mut sent = good.clone();
        sent.add("x-amz-meta-a", "more");
        assert_eq!(check(&sent, Style::S3), Err(Error::Mismatch));
    }
}

#[test]
fn a_plus_sign_in_a_query_cannot_become_a_blank() {
    for style in [Style::S3, Style::Standard] {
        let mut sent = Sent::new("GET", "/b?prefix=a%2Bb&x=a%20b", &[("host", "h")], b"");
        sent.sign(&signer(&secret(), style), Payload::Hash(sha256(b"")));
        sent.query = "prefix=a%2Bb&x=a+b".into();
        check(&sent, style).expect("both spell a blank");
        sent.query = "prefix=a+b&x=a%20b".into();
        assert_eq!(check(&sent, style), Err(Error::Mismatch));
    }
}

#[test]
fn an_unsigned_amz_header_is_refused_by_name() {
    for presigned in [false, true] {
        let mut sent = signed(Style::S3, presigned);
        sent.add("x-amz-copy-source", "/other/secret");
        assert_eq!(check(&sent, Style::S3), Err(Error::NotSigned { headers: vec!["x-amz-copy-source".into()] }));
    }
    let mut sent = signed(Style::S3, false);
    sent.add("x-amzn-trace-id", "Root=1");
    check(&sent, Style::S3).unwrap();
}

#[test]
fn a_changed_body_is_noticed() {
    for style in [Style::S3, Style::Standard] {
        let mut sent = signed(style, false);
        sent.body = b"other".to_vec();
        let error = if style == Style::S3 { Error::BodyChanged } else { Error::Mismatch };
        assert_eq!(check(&sent, style), Err(error));
    }
    let sent = signed(Style::S3, false);
    let expect = expect("s3", Style::S3, NOW);
    let verified =
        sent.claim().unwrap().verify(&sent.request(), &secret(), None, &expect, &SigningKeys::new(1)).unwrap();
    assert_eq!(verified.body, Body::Hash(sha256(b"body")));
    assert_eq!(verified.check_body(sha256(b"other")), Err(Error::BodyChanged));
    verified.check_body(sha256(b"body")).unwrap();
}

#[test]
fn signing_again_leaves_no_hash_of_another_body() {
    for style in [Style::S3, Style::Standard] {
        let stale = "0".repeat(64);
        let mut sent = Sent::new("POST", "/b/k", &[("host", "h"), ("x-amz-content-sha256", &stale)], b"body");
        sent.sign(&signer(&secret(), style), Payload::Hash(sha256(b"body")));
        check(&sent, style).unwrap();
    }
}

#[test]
fn another_secret_does_not_fit() {
    let sent = signed(Style::Standard, false);
    let expect = expect("sts", Style::Standard, NOW);
    assert_eq!(sent.verify(&Secret::new("another"), &expect).err(), Some(Error::Mismatch));
    assert_eq!(sent.verify(&Secret::new(""), &expect).err(), Some(Error::Mismatch));
}

#[test]
fn a_request_is_good_for_fifteen_minutes_either_way() {
    let sent = signed(Style::Standard, false);
    let at = |now| sent.verify(&secret(), &expect("sts", Style::Standard, now)).err();
    assert_eq!(at("20260102T031905Z"), None);
    assert_eq!(at("20260102T024905Z"), None);
    assert!(matches!(at("20260102T031906Z"), Some(Error::Expired { .. })));
    assert!(matches!(at("20260102T024904Z"), Some(Error::NotYetCurrent { .. })));
    assert!(matches!(at("20270102T030405Z"), Some(Error::Expired { .. })));
}

#[test]
fn a_presigned_url_is_good_until_it_expires() {
    let sent = signed(Style::S3, true);
    let at = |now| sent.verify(&secret(), &expect("s3", Style::S3, now)).err();
    assert_eq!(at("20260102T040405Z"), None);
    assert!(matches!(at("20260102T040406Z"), Some(Error::PresignedExpired { .. })));
    assert!(matches!(at("20260102T024904Z"), Some(Error::NotYetCurrent { .. })));
    for (expires, error) in [
        ("0", Error::ExpiresOutOfRange { seen: 0 }),
        ("-5", Error::ExpiresOutOfRange { seen: -5 }),
        ("604801", Error::ExpiresOutOfRange { seen: 604_801 }),
        ("9999999999999999999999", Error::ExpiresMalformed),
        ("1h", Error::ExpiresMalformed),
    ] {
        let mut sent = sent.clone();
        sent.query = sent.query.replace("X-Amz-Expires=3600", &format!("X-Amz-Expires={expires}"));
        assert_eq!(check(&sent, Style::S3), Err(error));
    }
    let mut longer = sent.clone();
    longer.query = longer.query.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200");
    assert_eq!(check(&longer, Style::S3), Err(Error::Mismatch));
    let mut without = sent.clone();
    without.query = without.query.replace("&X-Amz-Expires=3600", "");
    assert_eq!(check(&without, Style::S3), Err(Error::Incomplete { form: Form::Query, missing: vec![Part::Expires] }));
}

#[test]
fn a_signature_counts_for_its_own_scope_only() {
    let sent = signed(Style::Standard, false);
    let good = expect("sts", Style::Standard, NOW);
    let with = |expect: Expect<'_>| sent.verify(&secret(), &expect).err();
    assert_eq!(with(good), None);
    assert_eq!(
        with(Expect { service: "iam", ..good }),
        Some(Error::Service { seen: "sts".into(), wanted: "iam".into() })
    );
    assert_eq!(
        with(Expect { region: "us-east-2", ..good }),
        Some(Error::Region { seen: "us-east-1".into(), wanted: "us-east-2".into() })
    );
    for (from, to) in [("/20260102/", "/20260103/"), ("/20260102/", "/2026/"), ("/20260102/", "//")] {
        let sent = replaced(&sent, from, to);
        assert!(matches!(check(&sent, Style::Standard), Err(Error::ScopeDate { .. })), "{to}");
    }
    let sent = replaced(&sent, "/aws4_request", "/aws5_request");
    assert_eq!(check(&sent, Style::Standard), Err(Error::Terminator { seen: "aws5_request".into() }));
}

#[test]
fn signing_twice_is_refused() {
    let mut sent = signed(Style::S3, false);
    sent.query += "&X-Amz-Signature=00";
    assert_eq!(check(&sent, Style::S3), Err(Error::TwoMechanisms));
    let mut sent = signed(Style::S3, true);
    sent.add("authorization", "Bearer token");
    assert_eq!(check(&sent, Style::S3), Err(Error::TwoMechanisms));

    let good = signed(Style::S3, false);
    for name in ["authorization", "x-amz-date", "x-amz-content-sha256", "host"] {
        let mut sent = good.clone();
        let value = sent.headers.get(name).unwrap().to_str().unwrap().to_owned();
        sent.add(name, &value);
        assert_eq!(check(&sent, Style::S3), Err(Error::Duplicate { what: name }));
    }
    let good = signed(Style::S3, true);
    for name in
        ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"]
    {
        for spelled in [name.to_owned(), name.replace('-', "%2D")] {
            let mut sent = good.clone();
            sent.query += &format!("&{spelled}=x");
            assert_eq!(check(&sent, Style::S3), Err(Error::Duplicate { what: name }));
        }
    }
    for (part, what) in
        [("Credential=a", "Credential"), ("SignedHeaders=host", "SignedHeaders"), ("Signature=0", "Signature")]
    {
        let sent = replaced(&signed(Style::S3, false), "Credential=", &format!("{part},Credential="));
        assert!(check(&sent, Style::S3).is_err());
        let sent = replaced(&signed(Style::S3, false), "aws4_request, ", &format!("aws4_request, {part}, "));
        assert_eq!(check(&sent, Style::S3), Err(Error::Duplicate { what }));
    }
}

#[test]
fn version_two_is_named() {
    let mut sent = Sent::new("GET", "/b/k?AWSAccessKeyId=AKIA&Expires=1&Signature=x", &[("host", "h")], b"");
    assert_eq!(sent.claim().err(), Some(Error::SignatureV2));
    sent.query = String::new();
    sent.add("authorization", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=");
    assert_eq!(sent.claim().err(), Some(Error::SignatureV2));
}

#[test]
fn an_unsigned_request_claims_nothing() {
    let sent = Sent::new("GET", "/b/k?prefix=%zz&X-Amz-Acl=private", &[("x-amz-security-token", "t")], b"");
    assert!(sigv4::read(&sent.request()).unwrap().is_none());
}

#[test]
fn host_must_be_signed() {
    let sent = replaced(&signed(Style::S3, false), "SignedHeaders=host;", "SignedHeaders=");
    assert_eq!(check(&sent, Style::S3), Err(Error::HostNotSigned));
}

#[test]
fn lists_of_signed_headers_have_one_spelling() {
    let many = (0..200).map(|n| format!("h{n:03}")).collect::<Vec<_>>().join(";");
    for list in ["", "Host", "host;", "host;host", "x-amz-date;host", "ho st", &many] {
        let sent = replaced(
            &signed(Style::S3, false),
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a",
            &format!("SignedHeaders={list}"),
        );
        assert!(
            matches!(check(&sent, Style::S3), Err(Error::Malformed { what: "SignedHeaders" } | Error::TooLong { .. })),
            "{list}"
        );
    }
}

#[test]
fn session_tokens_are_signed_where_it_matters() {
    let (secret, token) = (secret(), Secret::new("to/k+en=="));
    let temporary =
        |style| Signer { access_key_id: "ASIAEXAMPLE", session_token: Some(&token), ..signer(&secret, style) };
    for style in [Style::S3, Style::Standard] {
        let mut sent = Sent::new("GET", "/b/k", &[("host", "h")], b"");
        sent.sign(&temporary(style), Payload::Hash(sha256(b"")));
        assert_eq!(sent.claim().unwrap().session_token.unwrap().expose(), token.expose());
        check(&sent, style).unwrap();
        sent.set("x-amz-security-token", "other");
        assert_eq!(check(&sent, style), Err(Error::Mismatch));
        sent.headers.remove("x-amz-security-token");
        assert_eq!(check(&sent, style), Err(Error::TokenMissing));

        let mut sent = Sent::new("GET", "/b/k", &[("host", "h")], b"");
        sent.presign(&temporary(style), 60);
        assert_eq!(sent.claim().unwrap().session_token.unwrap().expose(), token.expose());
        check(&sent, style).unwrap();
        sent.query = sent.query.replace("to%2Fk", "to%2Fq");
        assert_eq!(check(&sent, style), Err(Error::Mismatch));
    }
    // Added after signing: to a query anywhere, as a header outside S3.
    let mut sent = signed(Style::S3, true);
    sent.query += "&X-Amz-Security-Token=to%2Fk%2Ben%3D%3D";
    check(&sent, Style::S3).unwrap();
    assert_eq!(sent.claim().unwrap().session_token.unwrap().expose(), token.expose());
    sent.add("x-amz-security-token", "t");
    assert_eq!(check(&sent, Style::S3), Err(Error::Duplicate { what: "x-amz-security-token" }));
    let mut sent = signed(Style::Standard, false);
    sent.add("x-amz-security-token", "t");
    check(&sent, Style::Standard).unwrap();
    let mut sent = signed(Style::S3, false);
    sent.add("x-amz-security-token", "t");
    assert!(matches!(check(&sent, Style::S3), Err(Error::NotSigned { .. })));
}

#[test]
fn bodies_are_left_unsigned_for_s3_alone() {
    for (style, wanted) in [(Style::S3, None), (Style::Standard, Some(Error::PayloadKind))] {
        let mut sent = Sent::new("PUT", "/b/k", &[("host", "h")], b"anything");
        if style == Style::Standard {
            sent.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        }
        sent.sign(&signer(&secret(), style), Payload::Unsigned);
        assert_eq!(check(&sent, style).err(), wanted);
    }
    let mut sent = Sent::new("PUT", "/b/k", &[("host", "h")], b"");
    sent.presign(&signer(&secret(), Style::Standard), 60);
    check(&sent, Style::Standard).unwrap();
    sent.body = b"smuggled".to_vec();
    assert_eq!(check(&sent, Style::Standard), Err(Error::Mismatch));
    let (claim, keys) = (sent.claim().unwrap(), SigningKeys::new(1));
    let unhashed = claim.verify(&sent.request(), &secret(), None, &expect("sts", Style::Standard, NOW), &keys);
    assert_eq!(unhashed.err(), Some(Error::PayloadMissing));
}

#[test]
fn wrong_words_for_the_body_are_refused() {
    for value in ["", "unsigned-payload", "STREAMING", &"A".repeat(64), &"0".repeat(63)] {
        let mut sent = signed(Style::S3, false);
        sent.set("x-amz-content-sha256", value);
        assert_eq!(check(&sent, Style::S3), Err(Error::PayloadHash { seen: value.into() }));
    }
}

#[test]
fn over_long_input_is_refused() {
    let long = "a".repeat(70_000);
    let mut sent = signed(Style::S3, true);
    sent.query += &format!("&x={long}");
    assert!(matches!(check(&sent, Style::S3), Err(Error::TooLong { .. })));
    let mut sent = signed(Style::S3, false);
    sent.set("authorization", &format!("AWS4-HMAC-SHA256 Credential={long}"));
    assert!(matches!(check(&sent, Style::S3), Err(Error::TooLong { .. })));
    let mut sent = signed(Style::S3, false);
    sent.path = format!("/{long}");
    assert!(matches!(check(&sent, Style::S3), Err(Error::TooLong { .. })));
    let mut sent = signed(Style::S3, false);
    sent.query = "a&".repeat(20_000);
    assert!(matches!(check(&sent, Style::S3), Err(Error::TooLong { .. })));
}

#[test]
fn bytes_that_are_no_text_are_refused_in_what_is_read_and_signed_elsewhere() {
    let mut sent = signed(Style::S3, false);
    sent.set("x-amz-date", "20260102T03040\u{e9}Z");
    assert_eq!(check(&sent, Style::S3), Err(Error::Malformed { what: "x-amz-date" }));
    let mut sent = Sent::new("GET", "/b/k", &[("host", "h"), ("x-amz-meta-a", "  h\u{e9}  llo ")], b"");
    sent.sign(&signer(&secret(), Style::S3), Payload::Hash(sha256(b"")));
    check(&sent, Style::S3).unwrap();
    sent.set("x-amz-meta-a", "h\u{e8} llo");
    assert_eq!(check(&sent, Style::S3), Err(Error::Mismatch));
}

#[test]
fn the_words_are_those_of_aws() {
    let text = |authorization: &str, date: Option<&str>| {
        let mut sent = Sent::new("GET", "/", &[("host", "h"), ("authorization", authorization)], b"");
        date.into_iter().for_each(|date| sent.add("x-amz-date", date));
        sent.claim().unwrap_err().aws_text()
    };
    assert_eq!(
        text("AWS4-HMAC-SHA256 ", None),
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either \
         a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"
    );
    assert_eq!(text("Basic dTpw", None), "Unsupported AWS 'algorithm': 'Basic'");
    let whole = "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sts, SignedHeaders=host, Signature=0";
    assert_eq!(
        text(whole, Some(NOW)),
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
         got 'AKIA/20260102/us-east-1/sts'"
    );
    assert_eq!(
        text(whole, Some("2026-01-02")),
        "Date must be in ISO-8601 'basic format'. Got '2026-01-02'. See http://en.wikipedia.org/wiki/ISO_8601"
    );
    let sent = Sent::new("GET", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a", &[("host", "h")], b"");
    assert_eq!(
        sent.claim().unwrap_err().aws_text(),
        "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include \
         'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. \
         Re-examine the query-string parameters."
    );
    let at = |text| Timestamp::from_amz_date(text).unwrap();
    let skew = Duration::from_secs(900);
    assert_eq!(
        Error::Expired { signed: at("20210502T144040Z"), now: at("20210502T174643Z"), skew }.aws_text(),
        "Signature expired: 20210502T144040Z is now earlier than 20210502T173143Z (20210502T174643Z - 15 min.)"
    );
    assert_eq!(
        Error::NotYetCurrent { signed: at("20210502T183640Z"), now: at("20210502T173640Z"), skew }.aws_text(),
        "Signature not yet current: 20210502T183640Z is still later than 20210502T175140Z \
         (20210502T173640Z + 15 min.)"
    );
    assert_eq!(
        Error::Region { seen: "us-east-2".into(), wanted: "us-east-1".into() }.aws_text(),
        "Credential should be scoped to a valid region, not 'us-east-2'."
    );
}

fn check(sent: &Sent, style: Style) -> Result<(), Error> {
    let service = if style == Style::S3 { "s3" } else { "sts" };
    sent.verify(&secret(), &expect(service, style, NOW)).map(|_| ())
}

fn signed(style: Style, presigned: bool) -> Sent {
    let headers = [("host", "localhost:4566"), ("x-amz-meta-a", "b")];
    let mut sent = Sent::new("PUT", "/bucket/key?versionId=1", &headers, b"body");
    if presigned {
        sent.presign(&signer(&secret(), style), 3600);
    } else {
        sent.sign(&signer(&secret(), style), Payload::Hash(sha256(b"body")));
    }
    sent
}

fn replaced(sent: &Sent, from: &str, to: &str) -> Sent {
    let mut sent = sent.clone();
    let authorization = sent.headers.get("authorization").unwrap().to_str().unwrap().replace(from, to);
    sent.set("authorization", &authorization);
    sent
}

fn signer(secret: &Secret, style: Style) -> Signer<'_> {
    Signer {
        access_key_id: "AKIAEXAMPLE",
        secret,
        session_token: None,
        region: "us-east-1",
        service: if style == Style::S3 { "s3" } else { "sts" },
        style,
        time: Timestamp::from_amz_date(NOW).unwrap(),
    }
}

fn secret() -> Secret {
    Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}
