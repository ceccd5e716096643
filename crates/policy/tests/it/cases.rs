//! Decisions as data: `cases/NN-*.json`, one file a section. A case names its caller by one of the names of `caller`,
//! and expects `allowed`, `explicit deny: TYPE` or `implicit: TYPE`.
//!
//! A document is written whole, or as the list of its statements: then it is of version 2012-10-17. A statement that
//! leaves out effect, action or resource allows, `*` and `*`. A case with `condition` asks only whether one condition
//! `holds`, in an Allow, or in a Deny where `deny` is true.

use std::sync::Arc;

use policy::{Context, Decision, Kind, Named, Policies, Policy, PolicyType, Principal, Reason, Request, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use vocab::AccountId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(default = "user")]
    caller: String,
    #[serde(default = "get_object")]
    action: String,
    #[serde(default = "object")]
    resource: String,
    #[serde(default = "account")]
    owner: AccountId,
    #[serde(default)]
    context: serde_json::Map<String, Json>,
    #[serde(default)]
    identity: Vec<Json>,
    boundary: Option<Vec<Json>>,
    session: Option<Vec<Json>>,
    resource_policy: Option<Json>,
    trust: Option<Json>,
    #[serde(default)]
    scps: Vec<Vec<Json>>,
    #[serde(default)]
    rcps: Vec<Vec<Json>>,
    condition: Option<Json>,
    #[serde(default)]
    deny: bool,
    holds: Option<bool>,
    expect: Option<String>,
}

#[test]
fn section_2_grammar() {
    run(include_str!("../cases/02-grammar.json"));
}

#[test]
fn section_3_case_sensitivity() {
    run(include_str!("../cases/03-case.json"));
}

#[test]
fn section_4_principals() {
    run(include_str!("../cases/04-principals.json"));
}

#[test]
fn section_5_actions() {
    run(include_str!("../cases/05-actions.json"));
}

#[test]
fn section_6_resources() {
    run(include_str!("../cases/06-resources.json"));
}

#[test]
fn section_7_variables() {
    run(include_str!("../cases/07-variables.json"));
}

#[test]
fn section_8_structure_of_conditions() {
    run(include_str!("../cases/08-1-structure.json"));
}

#[test]
fn section_8_operators() {
    run(include_str!("../cases/08-3-operators.json"));
}

#[test]
fn section_10_evaluation() {
    run(include_str!("../cases/10-evaluation.json"));
}

#[test]
fn section_11_trust_policies() {
    run(include_str!("../cases/11-trust.json"));
}

#[test]
fn sections_13_to_15_usual_policies() {
    run(include_str!("../cases/13-usual.json"));
}

fn run(file: &str) {
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases.into_iter().filter_map(|case| check(case).err()).collect();
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n"));
}

fn check(mut case: Case) -> Result<(), String> {
    if let (Some(condition), Some(holds)) = (case.condition.take(), case.holds) {
        let effect = if case.deny { "Deny" } else { "Allow" };
        case.identity = vec![json!([{ "Effect": effect, "Condition": condition }])];
        case.expect = Some(if case.deny {
            case.identity.push(json!([{}]));
            if holds { "explicit deny: identity" } else { "allowed" }.to_owned()
        } else {
            if holds { "allowed" } else { "implicit: identity" }.to_owned()
        });
    }
    let expected = case.expect.clone().ok_or(format!("{}: expects nothing", case.why))?;
    for reversed in [false, true] {
        let got = decided(&case, reversed);
        if got != expected {
            return Err(format!("{} (reversed: {reversed}): expected `{expected}`, got `{got}`", case.why));
        }
    }
    Ok(())
}

/// Decides a case, and holds the explanation against the decision.
fn decided(case: &Case, reversed: bool) -> String {
    let parse = |json: &Json, kind| parsed(json, kind, reversed);
    let all = |list: &Vec<Json>, kind| list.iter().map(|json| parse(json, kind)).collect::<Vec<Named>>();
    let identity = all(&case.identity, Kind::Identity);
    let boundary = case.boundary.as_ref().map(|list| all(list, Kind::Identity));
    let session = case.session.as_ref().map(|list| all(list, Kind::Session));
    let resource = case.resource_policy.as_ref().map(|json| parse(json, Kind::Resource));
    let resource = resource.or(case.trust.as_ref().map(|json| parse(json, Kind::Trust)));
    let scps: Vec<Vec<Named>> = case.scps.iter().map(|level| all(level, Kind::Identity)).collect();
    let rcps: Vec<Vec<Named>> = case.rcps.iter().map(|level| all(level, Kind::ResourceControl)).collect();
    let principal = caller(&case.caller);
    let context: Context = case.context.iter().map(|(key, value)| (key.clone(), value_of(value))).collect();
    let request = Request {
        principal: &principal,
        action: &case.action,
        resource: &case.resource,
        resource_account: Some(case.owner),
        context: &context,
    };
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        resource: resource.as_ref(),
        resource_must_allow: case.trust.is_some(),
        service_control: &scps,
        resource_control: &rcps,
    };
    let decision = policy::decide(&request, &policies);
    let explanation = policy::explain(&request, &policies);
    assert_eq!(explanation.decision, decision, "{}", case.why);
    assert!(!explanation.to_string().contains('\n'), "{}", case.why);
    if matches!(decision, Decision::Denied(Reason::ExplicitDeny(_))) {
        assert_eq!(explanation.matched.len(), 1, "{}: a deny has its statement", case.why);
    }
    text(decision)
}

pub(crate) fn parsed(json: &Json, kind: Kind, reversed: bool) -> Named {
    let document = whole(json, kind, reversed).to_string();
    let policy = Policy::parse(&document, kind).unwrap_or_else(|error| panic!("{error}: {document}"));
    Named { name: "case".into(), policy: Arc::new(policy) }
}

fn whole(json: &Json, kind: Kind, reversed: bool) -> Json {
    let mut document = match json {
        Json::Array(statements) => json!({ "Version": "2012-10-17", "Statement": statements }),
        document => document.clone(),
    };
    if let Some(statements) = document["Statement"].as_array_mut() {
        if reversed {
            statements.reverse();
        }
        for statement in statements.iter_mut().filter_map(Json::as_object_mut) {
            let mut default = |names: [&str; 2], value: &str| {
                if !names.iter().any(|name| statement.contains_key(*name)) {
                    statement.insert(names[0].to_owned(), value.into());
                }
            };
            default(["Effect", "Effect"], "Allow");
            default(["Action", "NotAction"], if kind == Kind::Trust { "sts:AssumeRole" } else { "*" });
            if kind != Kind::Trust {
                default(["Resource", "NotResource"], "*");
            }
            if kind == Kind::ResourceControl {
                default(["Principal", "NotPrincipal"], "*");
            }
        }
    }
    document
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>().into(),
        other => other.to_string().into(),
    }
}

fn text(decision: Decision) -> String {
    let kind = |policy_type| match policy_type {
        PolicyType::Identity => "identity",
        PolicyType::Resource => "resource",
        PolicyType::Boundary => "boundary",
        PolicyType::Session => "session",
        PolicyType::ServiceControl => "scp",
        PolicyType::ResourceControl => "rcp",
        PolicyType::Trust => "trust",
    };
    match decision {
        Decision::Allowed => "allowed".to_owned(),
        Decision::Denied(Reason::ExplicitDeny(policy_type)) => format!("explicit deny: {}", kind(policy_type)),
        Decision::Denied(Reason::Implicit(policy_type)) => format!("implicit: {}", kind(policy_type)),
    }
}

/// The callers of the cases. All but the strangers live in the account that owns the resources.
pub(crate) fn caller(name: &str) -> Principal {
    let own = account();
    let other: AccountId = "222222222222".parse().unwrap();
    let user = |account: AccountId, path: &str, id: &str| Principal::User {
        arn: format!("arn:aws:iam::{account}:user/{path}").parse().unwrap(),
        account,
        id: id.to_owned(),
    };
    let session = |account: AccountId, path: &str, name: &str, id: &str| Principal::Session {
        arn: format!("arn:aws:sts::{account}:assumed-role/{name}/s1").parse().unwrap(),
        role: format!("arn:aws:iam::{account}:role/{path}{name}").parse().unwrap(),
        account,
        role_id: id.to_owned(),
        id: format!("{id}:s1"),
    };
    let federated = |user: &str, id: &str| Principal::FederatedUser {
        arn: "arn:aws:sts::111111111111:federated-user/fay".parse().unwrap(),
        user: user.parse().unwrap(),
        account: own,
        user_id: id.to_owned(),
    };
    match name {
        "anonymous" => Principal::Anonymous,
        "root" => Principal::Root { account: own },
        "user" => user(own, "team/ann", "AIDAANNANNANNANNANNA"),
        "session" => session(own, "app/", "Player", "AROAPLAYERPLAYERPLAY"),
        "federated user" => federated("arn:aws:iam::111111111111:user/team/ann", "AIDAANNANNANNANNANNA"),
        "federated user of root" => federated("arn:aws:iam::111111111111:root", "111111111111"),
        "stranger" => user(other, "bob", "AIDABOBBOBBOBBOBBOBB"),
        "stranger's session" => session(other, "", "Visitor", "AROAVISITORVISITORVI"),
        "stranger's root" => Principal::Root { account: other },
        "cognito" => Principal::Federated { provider: "cognito-identity.amazonaws.com".to_owned() },
        "google" => Principal::Federated { provider: "accounts.google.com".to_owned() },
        "oidc" => {
            Principal::Federated { provider: "arn:aws:iam::111111111111:oidc-provider/login.example.com/x".to_owned() }
        }
        "service" => Principal::Service { name: "lambda.amazonaws.com".to_owned() },
        other => panic!("no caller is called {other}"),
    }
}

fn user() -> String {
    "user".to_owned()
}

fn get_object() -> String {
    "s3:GetObject".to_owned()
}

fn object() -> String {
    "arn:aws:s3:::game/profiles/ann".to_owned()
}

fn account() -> AccountId {
    "111111111111".parse().unwrap()
}
