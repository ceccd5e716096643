//! Explanations are true: a statement that is said to deny denies alone, and where what stood against the nearest
//! statement is taken away, that type of policy is no longer what is missing.

use policy::{Decision, Miss, PolicyType, Reason, StatementRef};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::made::{config, one_condition, one_grant, one_resource, world};
use crate::world::{Is, World, engine, explained};

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_statement_that_is_said_to_deny_denies_alone(world in any_world()) {
        let explanation = explained(&world);
        if let Decision::Denied(Reason::ExplicitDeny(_)) = explanation.decision {
            prop_assert_eq!(engine(&alone(&world, &explanation.matched[0])), engine(&world));
        }
    }

    #[test]
    fn without_what_stood_against_it_the_nearest_statement_permits(world in any_world()) {
        let explanation = explained(&world);
        for miss in &explanation.nearest {
            prop_assert!(!miss.obstacles.is_empty(), "{:?}", miss);
        }
        let Decision::Denied(Reason::Implicit(missing)) = explanation.decision else {
            prop_assert!(explanation.nearest.is_empty());
            return Ok(());
        };
        let Some(miss) = explanation.nearest.first().filter(|miss| can_be_mended(&world, missing, miss)) else {
            return Ok(());
        };
        let mended = explained(&mended(&world, miss));
        let delegated = miss.statement.policy_type == PolicyType::Resource && mended.note.is_some();
        prop_assert!(mended.decision != explanation.decision || delegated, "{:?} {:?}", explanation, mended);
    }
}

fn any_world() -> impl Strategy<Value = World> {
    prop_oneof![2 => world(), 1 => one_condition(), 1 => one_resource(), 1 => one_grant()]
}

/// The world in which the statement is the only one of its type of policy.
fn alone(world: &World, named: &StatementRef) -> World {
    let mut alone = world.clone();
    let document = alone.document(&named.policy);
    let statement = statement(document, named.index).clone();
    document["Statement"] = statement;
    let only = document.clone();
    let kind = named.policy.split(' ').next().unwrap();
    if kind != "resource" {
        for list in alone.documents_of(kind) {
            *list = vec![only.clone()];
        }
    }
    alone
}

/// Several levels of an organisation may all be silent, a federated user lacks a session policy first of all, and
/// nothing in a trust policy names by AWS star whom only a provider knows.
fn can_be_mended(world: &World, missing: PolicyType, miss: &Miss) -> bool {
    let organised = matches!(missing, PolicyType::ServiceControl | PolicyType::ResourceControl);
    let of_nobody = world.caller.is == Is::FederatedUser && world.session.is_none();
    let principal = miss.obstacles.iter().any(|obstacle| obstacle.element.ends_with("Principal"));
    let vouched_for = world.trust && principal && world.caller.is == Is::Federated;
    let other_service = world.trust && !world.action.to_lowercase().starts_with("sts:");
    !(organised || of_nobody || vouched_for || other_service)
}

/// The world without what stood against a statement.
fn mended(world: &World, miss: &Miss) -> World {
    let mut mended = world.clone();
    let document = mended.document(&miss.statement.policy);
    let statement = statement(document, miss.statement.index);
    let members = statement.as_object_mut().unwrap();
    for obstacle in &miss.obstacles {
        let element: &str = obstacle.element;
        let anything = match element.trim_start_matches("Not") {
            "Principal" => Some(if world.trust { json!({ "AWS": "*" }) } else { json!("*") }),
            "Action" => Some(if world.trust { json!("sts:*") } else { json!("*") }),
            "Resource" => Some(json!("*")),
            "Condition" => None,
            other => panic!("{other} is no element"),
        };
        match anything {
            Some(anything) => {
                members.remove(element);
                members.insert(element.trim_start_matches("Not").to_owned(), anything);
            }
            None => {
                let (operator, key) = (obstacle.operator.as_ref().unwrap(), obstacle.key.as_ref().unwrap());
                members["Condition"][operator].as_object_mut().unwrap().remove(key).unwrap();
            }
        }
    }
    mended
}

fn statement(document: &mut Json, index: usize) -> &mut Json {
    match &mut document["Statement"] {
        Json::Array(statements) => &mut statements[index],
        only => only,
    }
}
