//! No input panics, and no input takes for ever: whatever is thrown at the engine, it answers.

use std::sync::Arc;

use policy::{
    Context, Fault, Kind, Library, Named, Policies, Policy, Request, Scenario, check_bucket, decide, explain, opinions,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use crate::made::{any_operator, config, odd_text};
use crate::world::caller;

/// Whatever is warned of has a place in the document, and so has what it is refused for.
fn places_stand_in_the_text(text: &str, kind: Kind) {
    let fault = Fault::of(text, kind);
    assert_eq!(fault.as_ref().map(|fault| &fault.error), Policy::parse(text, kind).err().as_ref());
    if let Some(fault) = fault {
        assert!(
            text.get(fault.span.clone()).is_some_and(|part| !part.is_empty() || text.len() <= fault.span.start),
            "{fault:?}"
        );
    }
    for warning in policy::lint(text, kind) {
        assert!(text.get(warning.place.span.clone()).is_some_and(|text| !text.is_empty()), "{warning:?}");
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300), kind in kind()) {
        places_stand_in_the_text(&String::from_utf8_lossy(&bytes), kind);
    }

    #[test]
    fn no_text_panics(text in ".{0,200}", kind in kind()) {
        places_stand_in_the_text(&text, kind);
        drop(policy::map_principals(&text, |_| Some(text.clone())));
        policy::counted_size(&text);
    }

    #[test]
    fn no_json_panics(value in any_json(), kind in kind(), bucket in odd_text()) {
        if let Ok(policy) = Policy::parse(&value.to_string(), kind) {
            drop(check_bucket(&policy, &bucket));
            policy.condition_keys();
            policy.principal_arns();
        }
        drop(policy::map_principals(&value.to_string(), |name| Some(name.to_owned())));
        places_stand_in_the_text(&value.to_string(), kind);
    }

    #[test]
    fn a_document_that_is_cut_or_changed_does_not_panic(
        at in 0..GOOD.len(), put in prop_oneof![Just(String::new()), odd_text()], cut in 0..8_usize, kind in kind(),
    ) {
        let end = (at + cut).min(GOOD.len());
        let text = format!("{}{put}{}", &GOOD[..at], &GOOD[end..]);
        drop(Policy::parse(&text, kind));
        places_stand_in_the_text(&text, kind);
    }

    #[test]
    fn a_scenario_that_is_cut_or_changed_does_not_panic(
        at in 0..SCENARIO.len(), put in prop_oneof![Just(String::new()), odd_text()], cut in 0..8_usize,
    ) {
        let end = (at + cut).min(SCENARIO.len());
        let text = format!("{}{put}{}", &SCENARIO[..at], &SCENARIO[end..]);
        if let Ok(mut scenario) = Scenario::read(&text, &mut Library::default()) {
            scenario.fill_context();
            let said = explain(&scenario.request(), &scenario.policies()).decision;
            prop_assert_eq!(said, decide(&scenario.request(), &scenario.policies()));
            opinions(&scenario.request(), &scenario.policies());
        }
    }

    #[test]
    fn no_request_panics(
        action in odd_text(), resource in odd_text(), keys in vec((odd_text(), odd_text(), any::<bool>()), 0..4),
        wanted in vec(odd_text(), 0..3), operator in any_operator(), who in select(&["user", "anonymous", "session"][..]),
    ) {
        let key = keys.first().map_or("k", |(key, ..)| key);
        let document = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Action": ["*", "s3:*?*"], "NotResource": format!("arn:aws:s3:::{}", wanted.concat()),
            "Condition": { operator: { key: wanted } },
        }});
        // Documents hold Latin-1 only, and dates must be dates: some of these are refused, and that is all.
        let Ok(policy) = Policy::parse(&document.to_string(), Kind::Identity) else {
            return Ok(());
        };
        let policies = [Named { name: "p\n".into(), policy: Arc::new(policy) }];
        let context: Context = keys
            .iter()
            .map(|(key, value, many)| {
                let value = value.as_str();
                (key.clone(), if *many { vec![value.to_owned(), String::new()].into() } else { policy::Value::from(value) })
            })
            .collect();
        let principal = caller(who);
        let request =
            Request { principal: &principal, action: &action, resource: &resource, resource_account: None, context: &context };
        let policies = Policies { identity: &policies, ..Policies::default() };
        let explanation = explain(&request, &policies);
        prop_assert_eq!(decide(&request, &policies), explanation.decision);
        prop_assert!(!explanation.to_string().chars().any(char::is_control));
    }
}

/// Backtracking over these would outlast the test by ages; reading each place of the text once for each piece of the
/// pattern does not.
#[test]
fn patterns_cannot_explode() {
    let text = "a".repeat(1024);
    let patterns = [
        "a*".repeat(3000) + "b",
        "*a".repeat(600) + "*b*",
        "*?".repeat(1000) + "b",
        "*a?a?a?a?".repeat(200) + "b",
        "*${k}".repeat(500) + "b",
        "*${k}?${k}".repeat(200) + "${$}",
        "?".repeat(1023) + "b",
        "*".repeat(20_000) + "b",
        format!("*{}b*", "${absent, ''}".repeat(2500)),
        format!("*{}b*", "${long}".repeat(5000)),
    ];
    for (pattern, key) in patterns.iter().zip(["a", "aa", "aaaa"].iter().cycle()) {
        let document = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::{pattern}"),
            "Condition": { "StringLike": { "seen": pattern }, "ArnLike": { "arn": format!("arn:*:*:*:*:{pattern}") } },
        }});
        let long = "a".repeat(2000);
        let context: Context =
            [("long", long), ("k", (*key).to_owned()), ("seen", text.clone()), ("arn", format!("arn:a:b:c:d:{text}"))]
                .into_iter()
                .collect();
        assert!(!allows(&document, &format!("arn:aws:s3:::{text}"), &context), "{pattern}");
    }
}

#[test]
fn the_largest_documents_are_decided() {
    let near =
        |at: usize| json!({ "Effect": "Allow", "Action": "s3:*t*t", "Resource": format!("arn:aws:s3:::*a*{at}*b") });
    let statements: Vec<Json> = (0..1500).map(near).collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let resource = format!("arn:aws:s3:::{}", "a1".repeat(512));
    assert!(!allows(&document, &resource, &Context::new()));

    let values: Vec<String> = (0..10_000).map(|at| format!("a{at}*")).collect();
    let condition = json!({ "ForAllValues:StringLike": { "k": values } });
    let document = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition } });
    let many: Vec<String> = (0..100).map(|at| format!("b{at}")).collect();
    let context: Context = [("k", many)].into_iter().collect();
    assert!(!allows(&document, "*", &context));
}

fn allows(document: &Json, resource: &str, context: &Context) -> bool {
    let policy = Policy::parse(&document.to_string(), Kind::Identity).unwrap();
    let policies = [Named { name: "p".into(), policy: Arc::new(policy) }];
    let principal = caller("user");
    let request = Request { principal: &principal, action: "s3:GetObject", resource, resource_account: None, context };
    let policies = Policies { identity: &policies, ..Policies::default() };
    let decision = decide(&request, &policies);
    assert_eq!(explain(&request, &policies).decision, decision);
    decision.is_allowed()
}

fn kind() -> impl Strategy<Value = Kind> {
    select(vec![
        Kind::Identity,
        Kind::Managed,
        Kind::Trust,
        Kind::Bucket,
        Kind::Session,
        Kind::Resource,
        Kind::ResourceControl,
    ])
}

/// JSON with the names of a policy in any place.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        odd_text().prop_map(Json::from),
        select(&LEAVES[..]).prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((select(&NAMES[..]), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

const NAMES: [&str; 17] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "AWS",
    "Federated",
    "Condition",
    "StringLike",
    "DateLessThan",
    "aws:SourceIp",
];
const LEAVES: [&str; 9] = [
    "Allow",
    "Deny",
    "2012-10-17",
    "*",
    "s3:GetObject",
    "sts:AssumeRole",
    "arn:aws:s3:::b/*",
    "111111111111",
    "2026-01-01T00:00:00Z",
];
/// All in ASCII, so that it can be cut anywhere.
const GOOD: &str = r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["111111111111"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username, 'x'}*","Condition":{"ForAllValues:DateLessThanIfExists":{"k":["2026-01-01T00:00:00.5+01:00"]},"NotIpAddress":{"aws:SourceIp":["::1/64","10.0.0.1"]},"BinaryEquals":{"b":"QQ=="},"NumericEquals":{"n":-1.5}}}]}"#;

const SCENARIO: &str = r#"{"id":1,"principal":"arn:aws:sts::111111111111:assumed-role/R/S","action":"s3:GetObject",
"resource":"arn:aws:s3:::b/k","resourceAccount":"111111111111","context":{"aws:username":"ann","k":["a",1,true]},
"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${k}"}}],
"resourcePolicy":{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}},"boundary":null,
"session":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}},"scps":[[]],"rcps":[],"wildcardOnly":false}"#;
