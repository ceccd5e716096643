//! Worlds in which one thing decides: a condition, a resource with variables, or who is granted what. In the worlds of
//! many documents these hide behind each other.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use super::statements::{self, Form};
use super::{CALLERS, resource, values};
use crate::world::{Person, World};

/// One condition on a key that the request mostly has, in an Allow or in a Deny, in either version of the language.
pub(crate) fn one_condition() -> impl Strategy<Value = World> {
    let parts = (values::held_against(), any::<bool>(), version());
    parts.prop_map(|((condition, context), deny, version)| {
        let effect = if deny { "Deny" } else { "Allow" };
        let statement = json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
        let mut world = own(context, vec![document(version, statement)]);
        if deny {
            world.identity.push(document(None, open()));
        }
        world
    })
}

/// One resource or NotResource, in an identity or a resource policy.
pub(crate) fn one_resource() -> impl Strategy<Value = World> {
    let not = prop::bool::weighted(0.3);
    let wanted = (
        not,
        prop_oneof![3 => statements::resource().prop_map(|one| vec![one]), 1 => vec(statements::resource(), 2..4)],
    );
    let parts = (wanted, resource(), values::for_variables(), any::<bool>(), any::<bool>(), version());
    parts.prop_map(|((not, wanted), resource, context, deny, at_resource, version)| {
        let effect = if deny { "Deny" } else { "Allow" };
        let element = if not { "NotResource" } else { "Resource" };
        let mut statement = json!({ "Effect": effect, "Action": "*", element: wanted });
        let mut world = own(context, vec![]);
        world.resource = resource;
        if deny {
            world.identity.push(document(None, open()));
        }
        if at_resource {
            statement["Principal"] = json!("*");
            world.resource_policy = Some(document(version, statement));
        } else {
            world.identity.push(document(version, statement));
        }
        world
    })
}

/// One or two principals named by a resource or trust policy, with each of the other sides open, silent or absent.
pub(crate) fn one_grant() -> impl Strategy<Value = World> {
    let side = || option::of(any::<bool>());
    let effect = || prop_oneof![4 => Just("Allow"), 1 => Just("Deny")];
    let names = |form| vec((effect(), statements::principal(form)), 1..3);
    let named = prop_oneof![
        2 => names(Form::Resource).prop_map(|names| (false, names)),
        1 => names(Form::Trust).prop_map(|names| (true, names)),
    ];
    let owner = select(&["111111111111", "111111111111", "222222222222"][..]);
    let parts = (select(&CALLERS[..]), owner, named, side(), side(), side());
    parts.prop_map(|(caller, owner, (trust, names), identity, boundary, session)| {
        let granted = names.into_iter().map(|(effect, who)| {
            let mut statement = json!({ "Effect": effect, "Action": if trust { "sts:*" } else { "*" } });
            if let Some((not, who)) = who {
                statement[if not { "NotPrincipal" } else { "Principal" }] = who;
            }
            statement
        });
        let granted: Json = granted.collect();
        let policy = |allows: bool| if allows { document(None, open()) } else { document(None, elsewhere()) };
        World {
            caller: Person::called(caller),
            owner: Some(owner.to_owned()),
            action: "sts:AssumeRole".to_owned(),
            boundary: boundary.map(|allows| vec![policy(allows)]),
            session: session.map(|allows| vec![policy(allows)]),
            resource_policy: Some(document(None, granted)),
            trust,
            ..own(Map::new(), identity.map(policy).into_iter().collect())
        }
    })
}

/// A user and the policies of the user.
fn own(context: Map<String, Json>, identity: Vec<Json>) -> World {
    World {
        caller: Person::called("user"),
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::game/a".to_owned(),
        owner: None,
        context,
        identity,
        boundary: None,
        session: None,
        resource_policy: None,
        trust: false,
        scps: vec![],
        rcps: vec![],
    }
}

fn version() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![6 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)]
}

fn document(version: Option<&str>, statement: Json) -> Json {
    match version {
        Some(version) => json!({ "Version": version, "Statement": statement }),
        None => json!({ "Statement": statement }),
    }
}

fn open() -> Json {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

fn elsewhere() -> Json {
    json!({ "Effect": "Allow", "Action": "nosuch:*", "Resource": "*" })
}
