//! Properties: no input panics, and what was signed is verified.

use std::time::Duration;

use proptest::prelude::*;
use sigv4::{Expect, Payload, Signer, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::Sent;

const NOW: Timestamp = Timestamp::from_seconds(1_767_355_200);

proptest! {
    #[test]
    fn any_request_is_read_without_a_panic(
        target in "[ -~]{0,60}",
        authorization in prop::option::of("[ -~]{0,120}"),
        date in prop::option::of("[ -~]{0,20}"),
    ) {
        let mut sent = Sent::new("GET", &target, &[("host", "x")], b"");
        if let Some(text) = &authorization {
            sent.add("authorization", text);
        }
        if let Some(text) = &date {
            sent.add("x-amz-date", text);
        }
        let _ = sigv4::read(&sent.request());
    }

    #[test]
    fn what_was_signed_is_verified_and_nothing_else(
        path in "/[a-zA-Z0-9._~/-]{0,20}",
        query in prop::collection::vec(("[a-z]{1,6}", "[a-zA-Z0-9._~-]{0,6}"), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..64),
        is_s3 in any::<bool>(),
    ) {
        let style = if is_s3 { Style::S3 } else { Style::Standard };
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut sent = Sent::new("PUT", &format!("{path}?{}", query.join("&")), &[("host", "x"), ("x-amz-meta-a", "b")], &body);
        let secret = Secret::new("secret");
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE", secret: &secret, session_token: None, region: "us-east-1", service: "s3", style, time: NOW,
        };
        sent.sign(&signer, Payload::Hash(sha256(&body)));
        let expect = Expect { service: "s3", region: "us-east-1", style, now: NOW, skew: Duration::from_secs(900) };
        prop_assert!(sent.verify(&secret, &expect).is_ok());
        let other = Secret::new("another");
        prop_assert!(sent.verify(&other, &expect).is_err());
        let mut altered = sent.clone();
        altered.body.push(0);
        prop_assert!(altered.verify(&secret, &expect).is_err());
        let mut altered = sent.clone();
        altered.set("x-amz-meta-a", "c");
        prop_assert!(altered.verify(&secret, &expect).is_err());
    }
}
