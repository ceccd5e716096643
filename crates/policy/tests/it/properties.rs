//! Properties over made-up policies and requests.

use std::sync::Arc;

use policy::{Context, Kind, Named, Policies, Policy, Request, decide, explain};
use proptest::prelude::*;
use serde_json::{Value, json};
use vocab::AccountId;

use crate::cases::caller;

/// A request with everything that has a say in it, as documents.
#[derive(Debug, Clone)]
struct World {
    caller: &'static str,
    owner: &'static str,
    action: &'static str,
    resource: &'static str,
    context: Vec<(&'static str, Vec<&'static str>)>,
    identity: Vec<Value>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    resource_policy: Option<Vec<Value>>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_a_deny_never_allows_more(world in world(), deny in statement("Deny"), at in 0..4_usize) {
        let mut denied = world.clone();
        let principal = json!("*");
        match at {
            0 => denied.identity.push(deny),
            1 => denied.boundary.iter_mut().for_each(|boundary| boundary.push(deny.clone())),
            2 => denied.session.iter_mut().for_each(|session| session.push(deny.clone())),
            _ => denied.resource_policy.iter_mut().for_each(|policy| policy.push(with_principal(&deny, &principal))),
        }
        prop_assert!(!allowed(&denied) || allowed(&world));
    }

    #[test]
    fn a_matching_deny_always_wins(world in world()) {
        let mut denied = world;
        denied.identity.push(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }));
        prop_assert!(!allowed(&denied));
    }

    #[test]
    fn a_boundary_never_allows_more(world in world(), boundary in prop::collection::vec(statement("Allow"), 1..3)) {
        let without = World { boundary: None, ..world.clone() };
        let with = World { boundary: Some(boundary), ..world };
        prop_assert!(!allowed(&with) || allowed(&without));
    }

    #[test]
    fn a_session_policy_never_allows_more(world in world(), session in prop::collection::vec(statement("Allow"), 1..3)) {
        // A federated user without one has nothing: there a session policy is what grants.
        prop_assume!(!world.caller.starts_with("federated"));
        let without = World { session: None, ..world.clone() };
        let with = World { session: Some(session), ..world };
        prop_assert!(!allowed(&with) || allowed(&without));
    }

    #[test]
    fn order_does_not_matter(world in world()) {
        let mut reversed = world.clone();
        reversed.identity.reverse();
        reversed.context.reverse();
        for list in [&mut reversed.boundary, &mut reversed.session, &mut reversed.resource_policy] {
            list.iter_mut().for_each(|list| list.reverse());
        }
        prop_assert_eq!(allowed(&world), allowed(&reversed));
    }

    #[test]
    fn without_any_allow_nobody_but_root_is_allowed(world in world()) {
        let silent = World { identity: vec![], resource_policy: None, ..world };
        let root = silent.caller == "root" && silent.owner == OWN;
        let federated = silent.caller == "federated user of root";
        prop_assert!(root || federated || !allowed(&silent));
    }

    #[test]
    fn a_cross_account_request_needs_the_resource_side(world in world()) {
        let abroad = World { owner: "333333333333", resource_policy: None, ..world };
        prop_assert!(!allowed(&abroad));
    }

    #[test]
    fn no_document_panics(text in ".{0,200}", kind in kind()) {
        drop(Policy::parse(&text, kind));
    }

    #[test]
    fn no_json_panics(value in any_json(), kind in kind()) {
        drop(Policy::parse(&value.to_string(), kind));
    }

    #[test]
    fn no_texts_panic(action in text(), resource in text(), key in text(), wanted in text(), seen in text(),
            operator in operator()) {
        let document = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Action": "*", "NotResource": format!("arn:aws:s3:::{wanted}"),
            "Condition": { operator: { key.clone(): wanted } },
        }});
        let Ok(policy) = Policy::parse(&document.to_string(), Kind::Bucket)
            .or_else(|_| Policy::parse(&document.to_string(), Kind::Session)) else {
            return Ok(());
        };
        let policies = [Named { name: "p".into(), policy: Arc::new(policy) }];
        let context: Context = [(key, seen)].into_iter().collect();
        let principal = caller("user");
        let request =
            Request { principal: &principal, action: &action, resource: &resource, resource_account: None, context: &context };
        let policies = Policies { identity: &policies, ..Policies::default() };
        prop_assert_eq!(decide(&request, &policies), explain(&request, &policies).decision);
    }
}

fn allowed(world: &World) -> bool {
    let parse = |statements: &Vec<Value>, kind| {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        vec![Named { name: "p".into(), policy: Arc::new(Policy::parse(&document.to_string(), kind).unwrap()) }]
    };
    let parse = |statements: &Vec<Value>, kind| if statements.is_empty() { vec![] } else { parse(statements, kind) };
    let identity = parse(&world.identity, Kind::Identity);
    let boundary = world.boundary.as_ref().map(|list| parse(list, Kind::Identity));
    let session = world.session.as_ref().map(|list| parse(list, Kind::Session));
    let resource = world.resource_policy.as_ref().map(|list| parse(list, Kind::Resource));
    let principal = caller(world.caller);
    let context: Context = world
        .context
        .iter()
        .map(|(key, values)| (*key, values.iter().map(ToString::to_string).collect::<Vec<_>>()))
        .collect();
    let request = Request {
        principal: &principal,
        action: world.action,
        resource: world.resource,
        resource_account: Some(world.owner.parse::<AccountId>().unwrap()),
        context: &context,
    };
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        resource: resource.as_ref().and_then(|list| list.first()),
        ..Policies::default()
    };
    let decision = decide(&request, &policies);
    assert_eq!(explain(&request, &policies).decision, decision);
    decision.is_allowed()
}

fn world() -> impl Strategy<Value = World> {
    let either = || prop_oneof![3 => statement("Allow"), 1 => statement("Deny")];
    let list = move || prop::collection::vec(either(), 1..4);
    let named = (either(), principal()).prop_map(|(statement, principal)| with_principal(&statement, &principal));
    let resource_policy = prop::option::of(prop::collection::vec(named, 1..4));
    let place = (prop::sample::select(&CALLERS[..]), prop::sample::select(&[OWN, "222222222222"][..]));
    let what = (prop::sample::select(&ACTIONS[..]), prop::sample::select(&RESOURCES[..]));
    let value = prop::collection::vec(prop::sample::select(&VALUES[..]), 0..3);
    let context = prop::collection::btree_map(prop::sample::select(&KEYS[..]), value, 0..3);
    let lists = (list(), prop::option::of(list()), prop::option::of(list()), resource_policy);
    (place, what, context, lists).prop_map(|(place, what, context, lists)| World {
        caller: place.0,
        owner: place.1,
        action: what.0,
        resource: what.1,
        context: context.into_iter().collect(),
        identity: lists.0,
        boundary: lists.1,
        session: lists.2,
        resource_policy: lists.3,
    })
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = (any::<bool>(), prop::sample::select(&["*", "s3:*", "s3:Get*", "s3:GetObject", "iam:?etUser"][..]));
    let resources = ["*", "arn:aws:s3:::game/*", "arn:aws:s3:::game/${k}", "arn:aws:s3:::game/${l, 'a'}*"];
    let resource = (any::<bool>(), prop::sample::select(resources.to_vec()));
    let wanted = prop::collection::vec(prop::sample::select(&["a", "b*", "${k}", "7", "", "true"][..]), 0..3);
    let condition = prop::option::of((operator(), prop::sample::select(&KEYS[..]), wanted));
    (action, resource, condition).prop_map(move |(action, resource, condition)| {
        let mut statement = json!({ "Effect": effect });
        statement[if action.0 && action.1 != "*" { "NotAction" } else { "Action" }] = json!(action.1);
        statement[if resource.0 && resource.1 != "*" { "NotResource" } else { "Resource" }] = json!(resource.1);
        if let Some((operator, key, wanted)) = condition.filter(|condition| !condition.0.contains("Date")) {
            statement["Condition"] = json!({ operator: { key: wanted } });
        }
        statement
    })
}

fn with_principal(statement: &Value, principal: &Value) -> Value {
    let mut statement = statement.clone();
    statement["Principal"] = principal.clone();
    statement
}

fn principal() -> impl Strategy<Value = Value> {
    let names = [
        "*",
        "111111111111",
        "222222222222",
        "arn:aws:iam::111111111111:user/team/ann",
        "arn:aws:iam::111111111111:role/app/Player",
        "arn:aws:sts::111111111111:assumed-role/Player/s1",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| json!({ "AWS": name }))
}

fn operator() -> impl Strategy<Value = String> {
    let prefixes = ["", "", "ForAllValues:", "ForAnyValue:"];
    let names = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "NumericLessThan",
        "NumericNotEquals",
        "Bool",
        "IpAddress",
        "NotIpAddress",
        "ArnLike",
        "ArnNotLike",
        "BinaryEquals",
        "DateEquals",
    ];
    let parts = (prop::sample::select(prefixes.to_vec()), prop::sample::select(names.to_vec()), any::<bool>());
    parts.prop_map(|(prefix, name, if_exists)| format!("{prefix}{name}{}", if if_exists { "IfExists" } else { "" }))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Identity, Kind::Managed, Kind::Trust, Kind::Bucket, Kind::Session, Kind::Resource])
}

/// Texts full of what means something.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["*", "?", "${", "}", ":", "/", ", '", "'", "a", "é", "k", "$"]),
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

/// JSON with the names of a policy in any place.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        prop::sample::select(vec!["Allow", "2012-10-17", "*", "s3:GetObject", "arn:aws:s3:::b/*"])
            .prop_map(Value::from),
    ];
    let names = vec![
        "Version",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "Principal",
        "AWS",
        "Condition",
        "StringLike",
        "Sid",
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let name = prop::sample::select(names.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

const OWN: &str = "111111111111";
const CALLERS: [&str; 9] = [
    "anonymous",
    "root",
    "user",
    "session",
    "federated user",
    "federated user of root",
    "stranger",
    "stranger's session",
    "service",
];
const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "iam:GetUser", "dynamodb:Scan"];
const RESOURCES: [&str; 4] = ["arn:aws:s3:::game/a", "arn:aws:s3:::game/*", "arn:aws:s3:::game", "*"];
const KEYS: [&str; 4] = ["k", "l", "aws:SourceIp", "aws:username"];
const VALUES: [&str; 5] = ["a", "bc", "7", "", "10.0.0.1"];
