//! Decisions and documents as data: a folder for each section of the specification under `cases/`, with the rules of
//! the section in `rules.json`. Every rule has a case that is allowed or accepted and one that is not.
//!
//! A case names its caller by one of the names of `Person::called`, and expects `allowed`, `explicit deny: TYPE` or
//! `implicit: TYPE`; `near` is the statement that came nearest, with what stood against it. A document is written whole,
//! or as the list of its statements: then it is of version 2012-10-17. A statement that leaves out effect, action or
//! resource allows, `*` and `*`. A case with `condition` asks only whether one condition `holds`, in an Allow, or in a
//! Deny where `deny` is true. A case with `kind` is a document, accepted or refused (`documents`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use policy::{Explanation, Kind, Named};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::documents;
use crate::reference;
use crate::world::{Person, World, engine, explained};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "read from the JSON by the test of the rules")]
    rule: String,
    #[expect(dead_code, reason = "read from the JSON by whoever runs the case")]
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
    near: Option<String>,
}

#[test]
fn section_2_grammar() {
    run("02-grammar");
}

#[test]
fn section_3_case_sensitivity() {
    run("03-case");
}

#[test]
fn section_4_principals() {
    run("04-principals");
}

#[test]
fn section_5_actions() {
    run("05-actions");
}

#[test]
fn section_6_resources() {
    run("06-resources");
}

#[test]
fn section_7_variables() {
    run("07-variables");
}

#[test]
fn section_8_conditions() {
    run("08-conditions");
}

#[test]
fn section_9_context_keys() {
    run("09-context-keys");
}

#[test]
fn section_10_evaluation() {
    run("10-evaluation");
}

#[test]
fn section_11_trust_policies() {
    run("11-trust");
}

#[test]
fn sections_13_to_15_usual_policies() {
    run("13-usual");
}

#[test]
fn section_16_validation() {
    run("16-validation");
}

#[test]
fn every_rule_has_a_case_on_either_side() {
    for section in SECTIONS {
        let rules: BTreeMap<String, String> = serde_json::from_str(&read(section, "rules.json")).unwrap();
        let mut seen: BTreeSet<(String, bool)> = BTreeSet::new();
        for case in cases(section) {
            let rule = case["rule"].as_str().unwrap().to_owned();
            assert!(rules.contains_key(&rule), "{section} has no rule {rule}");
            seen.insert((rule, is_let_through(&case)));
        }
        for rule in rules.keys() {
            for side in [true, false] {
                assert!(seen.contains(&(rule.clone(), side)), "{section}, {rule}: no case that ends with {side}");
            }
        }
    }
}

#[test]
fn no_case_stands_twice_and_none_is_missing() {
    let mut folders: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.retain(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    folders.sort();
    assert_eq!(folders, SECTIONS);
    let mut all: BTreeSet<String> = BTreeSet::new();
    for section in SECTIONS {
        let mut seen: BTreeMap<String, Json> = BTreeMap::new();
        for case in cases(section) {
            let mut question = case.clone();
            question.as_object_mut().unwrap().retain(|name, _| name != "why" && name != "rule");
            let other = seen.insert(question.to_string(), case["why"].clone());
            assert_eq!(other, None, "{section}: {} asks the same", case["why"]);
        }
        all.extend(seen.into_keys());
    }
    assert!(all.len() >= 1500, "there are only {} cases", all.len());
}

/// Whether a case is one of what is allowed, or accepted.
fn is_let_through(case: &Json) -> bool {
    match (&case["kind"], &case["holds"]) {
        (Json::Null, Json::Bool(holds)) => *holds != case["deny"].as_bool().unwrap_or_default(),
        (Json::Null, _) => case["expect"] == "allowed",
        _ => case["error"].is_null(),
    }
}

fn run(section: &str) {
    let failures: Vec<String> = cases(section)
        .into_iter()
        .filter_map(|case| {
            let why = case["why"].clone();
            let checked = if case["kind"].is_null() {
                serde_json::from_value(case).map_err(|error| error.to_string()).and_then(check)
            } else {
                serde_json::from_value(case).map_err(|error| error.to_string()).and_then(|case| documents::check(&case))
            };
            checked.err().map(|error| format!("{why}: {error}"))
        })
        .collect();
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n"));
}

/// Every case of a section, from all the files of its folder.
fn cases(section: &str) -> Vec<Json> {
    let entries = std::fs::read_dir(folder().join(section)).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.filter(|name| name != "rules.json").collect();
    files.sort();
    files.iter().flat_map(|file| serde_json::from_str::<Vec<Json>>(&read(section, file)).unwrap()).collect()
}

fn read(section: &str, file: &str) -> String {
    std::fs::read_to_string(folder().join(section).join(file)).unwrap()
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "cases"].iter().collect()
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
    let expected = case.expect.clone().ok_or("expects nothing")?;
    for reversed in [false, true] {
        let world = world(&case, reversed);
        for (who, got) in [("engine", engine(&world)), ("reference", reference::decide(&world))] {
            if got != expected {
                return Err(format!("{who}, reversed: {reversed}: expected `{expected}`, got `{got}`"));
            }
        }
    }
    let near = case.near.as_ref().map(|_| nearest(&explained(&world(&case, false))));
    if near == case.near { Ok(()) } else { Err(format!("expected {:?} to be nearest, got {near:?}", case.near)) }
}

/// The nearest statement by its Sid or its place, and the elements and keys that stood against it.
fn nearest(explanation: &Explanation) -> String {
    let Some(miss) = explanation.nearest.first() else {
        return String::new();
    };
    let statement = miss.statement.sid.clone().unwrap_or(miss.statement.index.to_string());
    let obstacles = miss.obstacles.iter().map(|obstacle| match &obstacle.key {
        Some(key) => format!("{} {key}", obstacle.element),
        None => obstacle.element.to_string(),
    });
    format!("{statement}: {}", obstacles.collect::<Vec<_>>().join(", "))
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

const SECTIONS: [&str; 12] = [
    "02-grammar",
    "03-case",
    "04-principals",
    "05-actions",
    "06-resources",
    "07-variables",
    "08-conditions",
    "09-context-keys",
    "10-evaluation",
    "11-trust",
    "13-usual",
    "16-validation",
];
