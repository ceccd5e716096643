//! Policy documents: any text is read as any kind of policy without a panic, and what a document says does not depend
//! on the white space in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Kind, Malformed, Policy, check_bucket, counted_size, map_principals};

fuzz_target!(|text: &str| {
    for kind in KINDS {
        let read = Policy::parse(text, kind);
        assert_eq!(read, Policy::parse(&format!("\n {text}\t"), kind), "{kind:?}: blanks around a document count");
        match &read {
            Ok(policy) => accepted(policy, text, kind),
            Err(malformed) => refused(malformed),
        }
    }
    assert!(counted_size(text) <= text.chars().count());
    assert_eq!(map_principals(text, |_| None), None);
    // Written anew, a document still says the same, and so does one whose principals were named otherwise and back.
    if let Some(other) = map_principals(text, |name| Some(format!("other {name}"))) {
        let back = map_principals(&other, |name| name.strip_prefix("other ").map(str::to_owned));
        let back = back.expect("every name was replaced");
        for kind in KINDS {
            if let Ok(policy) = Policy::parse(text, kind) {
                assert_eq!(Policy::parse(&back, kind).as_ref(), Ok(&policy), "{kind:?}: {back}");
            }
        }
    }
});

fn accepted(policy: &Policy, text: &str, kind: Kind) {
    assert_eq!(policy.kind(), kind);
    let keys = policy.condition_keys();
    assert!(keys.is_sorted_by_key(|key| key.to_ascii_lowercase()), "{keys:?}");
    policy.principal_arns();
    policy.principal_ids();
    policy.trusts_cognito_unconditionally();
    if kind == Kind::Bucket {
        let _ = check_bucket(policy, "game");
    }
    if kind == Kind::Managed {
        assert!(Policy::parse(text, Kind::Identity).is_ok(), "a managed policy is an identity policy");
    }
}

fn refused(malformed: &Malformed) {
    assert!(!malformed.to_string().is_empty());
}

const KINDS: [Kind; 7] =
    [Kind::Identity, Kind::Managed, Kind::Trust, Kind::Bucket, Kind::Session, Kind::Resource, Kind::ResourceControl];
