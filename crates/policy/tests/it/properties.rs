//! Laws of the language, held against worlds made by chance. `PROPTEST_CASES=100000` looks at more of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use crate::made::{Form, config, document, large_world, one_condition, one_grant, one_resource, statement, world};
use crate::reference;
use crate::world::{Is, World, engine, engine_reading};

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn the_engine_and_the_plain_interpreter_agree(world in world()) {
        prop_assert_eq!(engine(&world), reference::decide(&world));
    }

    #[test]
    fn they_agree_on_conditions(world in one_condition()) {
        prop_assert_eq!(engine(&world), reference::decide(&world));
    }

    #[test]
    fn they_agree_on_resources(world in one_resource()) {
        prop_assert_eq!(engine(&world), reference::decide(&world));
    }

    #[test]
    fn they_agree_on_grants(world in one_grant()) {
        prop_assert_eq!(engine(&world), reference::decide(&world));
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn they_agree_on_large_policies_as_well(world in large_world()) {
        prop_assert_eq!(engine(&world), reference::decide(&world));
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn adding_a_deny_never_allows_more(
        world in world(), own in statement(Form::Identity, "Deny"), of_resource in statement(Form::Resource, "Deny"),
        of_role in statement(Form::Trust, "Deny"), of_organisation in statement(Form::ResourceControl, "Deny"),
    ) {
        for denied in with(&world, &own, if world.trust { &of_role } else { &of_resource }, &of_organisation) {
            prop_assert!(!allowed(&denied) || allowed(&world), "{:?}", denied);
        }
    }

    #[test]
    fn adding_an_allow_never_denies_more(
        world in world(), own in statement(Form::Identity, "Allow"), of_resource in statement(Form::Resource, "Allow"),
        of_role in statement(Form::Trust, "Allow"), of_organisation in statement(Form::ResourceControl, "Allow"),
    ) {
        for permitted in with(&world, &own, if world.trust { &of_role } else { &of_resource }, &of_organisation) {
            prop_assert!(allowed(&permitted) || !allowed(&world), "{:?}", permitted);
        }
    }

    #[test]
    fn a_deny_of_everything_always_wins(world in world()) {
        let own = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
        let mut other = own.clone();
        other["Principal"] = json!("*");
        let of_role = json!({ "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "sts:*" });
        let applies = !world.trust || world.action.starts_with("sts:");
        for denied in with(&world, &own, if world.trust { &of_role } else { &other }, &other) {
            // The organisation of a caller without an account has no say.
            let strange = denied.caller.account.is_empty() && denied.scps != world.scps;
            let elsewhere = !applies && denied.resource_policy != world.resource_policy;
            if !strange && !elsewhere {
                prop_assert!(engine(&denied).starts_with("explicit deny"), "{:?}", denied);
            }
        }
    }

    #[test]
    fn a_boundary_never_allows_more(world in world(), boundary in document(Form::Identity, 3)) {
        let without = World { boundary: None, ..world.clone() };
        let with = World { boundary: Some(vec![boundary]), ..world };
        prop_assert!(!allowed(&with) || allowed(&without));
    }

    #[test]
    fn a_session_policy_never_allows_more(world in world(), session in document(Form::Identity, 3)) {
        // A federated user without one has nothing: there it is held against one that permits everything.
        let anything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        let open = (world.caller.is == Is::FederatedUser).then(|| vec![anything]);
        let without = World { session: open, ..world.clone() };
        let with = World { session: Some(vec![session]), ..world };
        prop_assert!(!allowed(&with) || allowed(&without));
    }

    #[test]
    fn another_level_of_the_organisation_never_allows_more(
        world in world(), own in document(Form::Identity, 3), other in document(Form::ResourceControl, 3),
    ) {
        let mut with = world.clone();
        with.scps.push(vec![own]);
        prop_assert!(!allowed(&with) || allowed(&world));
        with.rcps.insert(0, vec![other]);
        prop_assert!(!allowed(&with) || allowed(&world));
    }

    #[test]
    fn order_does_not_matter(world in world()) {
        let mut reversed = world.clone();
        reversed.identity.reverse();
        for list in [&mut reversed.boundary, &mut reversed.session].into_iter().flatten() {
            list.reverse();
        }
        for levels in [&mut reversed.scps, &mut reversed.rcps] {
            levels.reverse();
            levels.iter_mut().for_each(|level| level.reverse());
        }
        prop_assert_eq!(engine(&world), engine_reading(&reversed, backwards));
    }

    #[test]
    fn saying_it_twice_changes_nothing(mut world in world()) {
        let once = engine(&world);
        for document in world.documents() {
            if let Some(statements) = document["Statement"].as_array_mut() {
                statements.extend(statements.clone());
            }
        }
        world.identity.extend(world.identity.clone());
        prop_assert_eq!(once, engine(&world));
    }

    #[test]
    fn written_again_a_document_decides_the_same(mut world in world()) {
        let once = engine(&world);
        prop_assert_eq!(&once, &engine_reading(&world, |json| serde_json::to_string_pretty(json).unwrap()));
        prop_assert_eq!(&once, &engine_reading(&world, escaped));
        world.documents().for_each(as_lists);
        prop_assert_eq!(&once, &engine(&world));
    }

    #[test]
    fn stored_with_unique_ids_a_policy_decides_the_same(world in world()) {
        let ids = |name: &str| match name {
            "arn:aws:iam::111111111111:user/team/ann" => Some("AIDAANNANNANNANNANNA".to_owned()),
            "arn:aws:iam::111111111111:role/app/Player" => Some("AROAPLAYERPLAYERPLAY".to_owned()),
            _ => None,
        };
        let stored = |json: &Json| policy::map_principals(&json.to_string(), ids).unwrap_or(json.to_string());
        prop_assert_eq!(engine(&world), engine_reading(&world, stored));
    }

    #[test]
    fn the_case_of_actions_and_keys_does_not_matter(mut world in world()) {
        let once = engine(&world);
        world.action = world.action.to_ascii_uppercase();
        world.context = world.context.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
        prop_assert_eq!(once, engine(&world));
    }

    #[test]
    fn without_any_allow_nobody_but_root_is_allowed(world in world()) {
        let silent = World { identity: vec![], resource_policy: None, ..world };
        let root = silent.caller.is == Is::Root && !silent.trust;
        let of_root = silent.caller.parent.ends_with(":root") && silent.session.is_some() && !silent.trust;
        prop_assert!(root || of_root || !allowed(&silent));
    }

    #[test]
    fn a_request_across_accounts_needs_the_resource_side(world in world()) {
        let abroad = World { owner: Some("444444444444".to_owned()), resource_policy: None, ..world };
        prop_assert!(!allowed(&abroad));
    }
}

/// The laws are worth what the worlds are: these must end in every way there is, and often enough in an allow.
#[test]
fn made_up_worlds_end_in_every_way() {
    let ends = ends(&world().boxed(), 800);
    let types = ["rcp", "scp", "resource", "trust", "identity", "boundary", "session"];
    for end in types.iter().flat_map(|name| [format!("explicit deny: {name}"), format!("implicit: {name}")]) {
        assert!(ends.contains_key(&end), "no world ends in {end}: {ends:?}");
    }
    assert!(ends["allowed"] > 60, "{ends:?}");
    let ends = self::ends(&large_world().boxed(), 60);
    assert!(ends["allowed"] > 6 && ends["allowed"] < 54, "{ends:?}");
}

fn ends(worlds: &BoxedStrategy<World>, count: usize) -> BTreeMap<String, usize> {
    let mut runner = TestRunner::deterministic();
    let mut ends = BTreeMap::new();
    for _ in 0..count {
        let world = worlds.new_tree(&mut runner).unwrap().current();
        *ends.entry(reference::decide(&world)).or_default() += 1;
    }
    ends
}

fn allowed(world: &World) -> bool {
    engine(world) == "allowed"
}

/// The world with one statement more, in each of the places where there can be one.
fn with(world: &World, own: &Json, of_resource: &Json, of_organisation: &Json) -> Vec<World> {
    let add = |document: &mut Json, statement: &Json| {
        let mut statements = match document["Statement"].take() {
            Json::Array(statements) => statements,
            one => vec![one],
        };
        statements.push(statement.clone());
        document["Statement"] = statements.into();
    };
    let mut worlds = vec![];
    let mut changed = |change: &dyn Fn(&mut World) -> Option<&mut Json>, statement: &Json| {
        let mut world = world.clone();
        if let Some(document) = change(&mut world) {
            add(document, statement);
            worlds.push(world);
        }
    };
    changed(&|world| world.identity.last_mut(), own);
    changed(&|world| world.boundary.as_mut()?.last_mut(), own);
    changed(&|world| world.session.as_mut()?.last_mut(), own);
    changed(&|world| world.resource_policy.as_mut(), of_resource);
    changed(&|world| world.scps.last_mut()?.last_mut(), own);
    changed(&|world| world.rcps.last_mut()?.last_mut(), of_organisation);
    worlds
}

/// JSON with the members of every object and the items of every list in reverse.
fn backwards(json: &Json) -> String {
    match json {
        Json::Array(items) => {
            format!("[{}]", items.iter().rev().map(backwards).collect::<Vec<_>>().join(","))
        }
        Json::Object(members) => {
            let members = members.iter().rev().map(|(name, value)| format!("{}:{}", json!(name), backwards(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// JSON with every letter of every text escaped.
fn escaped(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(escaped).collect::<Vec<_>>().join(" , ")),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}:\n{}", escaped(&json!(name)), escaped(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Json::String(text) => {
            format!("\"{}\"", text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>())
        }
        scalar => scalar.to_string(),
    }
}

/// Every value that may be bare becomes a list of one.
fn as_lists(value: &mut Json) {
    let listed = ["Statement", "Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"];
    let Json::Object(members) = value else {
        return;
    };
    for (name, value) in members.iter_mut() {
        match value {
            Json::Array(items) => items.iter_mut().for_each(as_lists),
            Json::Object(keys) if name == "Condition" => {
                for value in keys.values_mut().filter_map(Json::as_object_mut).flat_map(|keys| keys.values_mut()) {
                    if !value.is_array() {
                        *value = json!([value.take()]);
                    }
                }
            }
            _ => as_lists(value),
        }
        if listed.contains(&name.as_str()) && !value.is_array() {
            *value = json!([value.take()]);
        }
    }
}
