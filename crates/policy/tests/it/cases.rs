//! Decisions as data: `cases/NN-*.json`, one file a section. A case names its caller by one of the names of `caller`,
//! and expects `allowed`, `explicit deny: TYPE` or `implicit: TYPE`.
//!
//! A document is written whole, or as the list of its statements: then it is of version 2012-10-17. A statement that
//! leaves out effect, action or resource allows, `*` and `*`. A case with `condition` asks only whether one condition
//! `holds`, in an Allow, or in a Deny where `deny` is true.

use policy::{Kind, Named};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::reference;
use crate::world::{Person, World, engine};

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
    owner: String,
    #[serde(default)]
    context: Map<String, Json>,
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
        let world = world(&case, reversed);
        for (who, got) in [("engine", engine(&world)), ("reference", reference::decide(&world))] {
            if got != expected {
                return Err(format!("{} ({who}, reversed: {reversed}): expected `{expected}`, got `{got}`", case.why));
            }
        }
    }
    Ok(())
}

fn world(case: &Case, reversed: bool) -> World {
    let all = |list: &Vec<Json>, kind| list.iter().map(|json| whole(json, kind, reversed)).collect::<Vec<Json>>();
    let levels = |levels: &[Vec<Json>], kind| levels.iter().map(|level| all(level, kind)).collect();
    let resource = case.resource_policy.as_ref().map(|json| whole(json, Kind::Resource, reversed));
    World {
        caller: Person::called(&case.caller),
        action: case.action.clone(),
        resource: case.resource.clone(),
        owner: Some(case.owner.clone()),
        context: case.context.clone(),
        identity: all(&case.identity, Kind::Identity),
        boundary: case.boundary.as_ref().map(|list| all(list, Kind::Identity)),
        session: case.session.as_ref().map(|list| all(list, Kind::Session)),
        resource_policy: resource.or(case.trust.as_ref().map(|json| whole(json, Kind::Trust, reversed))),
        trust: case.trust.is_some(),
        scps: levels(&case.scps, Kind::Identity),
        rcps: levels(&case.rcps, Kind::ResourceControl),
    }
}

pub(crate) fn parsed(json: &Json, kind: Kind, reversed: bool) -> Named {
    crate::world::parsed(&whole(json, kind, reversed), kind)
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

fn user() -> String {
    "user".to_owned()
}

fn get_object() -> String {
    "s3:GetObject".to_owned()
}

fn object() -> String {
    "arn:aws:s3:::game/profiles/ann".to_owned()
}

fn account() -> String {
    "111111111111".to_owned()
}
