//! A second interpreter of the policy language, written from its specification alone: slow, obvious, and without a
//! line of the engine. It walks the JSON of the documents each time it is asked. Where it and the engine differ, one
//! of them has read the specification wrongly.

mod conditions;
mod elements;
mod text;
mod values;

use serde_json::Value as Json;

use crate::world::{Is, World};
use elements::Kind;

/// What the specification says about a request, in the words of `world::engine`.
pub(crate) fn decide(world: &World) -> String {
    match weigh(world) {
        Ok(()) => "allowed".to_owned(),
        Err(reason) => reason,
    }
}

/// What one set of policies says (section 1).
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Deny,
    Allow(Kind),
    Nothing,
}

/// Where policies are attached, as far as it matters to the meaning of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum At {
    /// The principal: identity, session, boundary and service control policies.
    Principal,
    Resource,
    Role,
    /// Resource control policies: they name a principal, always everybody.
    Organisation,
}

fn weigh(world: &World) -> Result<(), String> {
    let is = world.caller.is;
    let has_account = !world.caller.account.is_empty();
    let owner = world.owner.as_ref().unwrap_or(&world.caller.account);
    let same_account = has_account && *owner == world.caller.account;
    let at_resource = if world.trust { At::Role } else { At::Resource };
    let resource_name = if world.trust { "trust" } else { "resource" };

    // 10.1: SCPs are of the principal's account.
    let scps: &[Vec<Json>] = if has_account { &world.scps } else { &[] };
    let rcps: Vec<Says> = world.rcps.iter().map(|level| says(world, level, At::Organisation)).collect();
    let scps: Vec<Says> = scps.iter().map(|level| says(world, level, At::Principal)).collect();
    let resource = world.resource_policy.clone().map_or(Says::Nothing, |policy| says(world, &[policy], at_resource));
    let identity = says(world, &world.identity, At::Principal);
    let boundary = world.boundary.as_ref().map(|policies| says(world, policies, At::Principal));
    let session = world.session.as_ref().map(|policies| says(world, policies, At::Principal));

    // 10.1, step 1: nothing overrides an explicit deny.
    for (denies, name) in [
        (rcps.contains(&Says::Deny), "rcp"),
        (scps.contains(&Says::Deny), "scp"),
        (resource == Says::Deny, resource_name),
        (identity == Says::Deny, "identity"),
        (boundary == Some(Says::Deny), "boundary"),
        (session == Some(Says::Deny), "session"),
    ] {
        if denies {
            return Err(format!("explicit deny: {name}"));
        }
    }
    // 10.1, steps 2 and 3: at every level some statement must allow.
    need(!rcps.contains(&Says::Nothing), "rcp")?;
    need(!scps.contains(&Says::Nothing), "scp")?;

    let granted = if let Says::Allow(kind) = resource { Some(kind) } else { None };
    // 10.4: who is in no account has the resource side alone; so has root abroad. Root at home needs nothing but the
    // consent of a role (10.3).
    if !has_account || (is == Is::Root && (!same_account || world.trust)) {
        return need(granted.is_some(), resource_name);
    }
    if is == Is::Root {
        return Ok(());
    }
    let id = match is {
        // 10.2: without a session policy a federated user has nothing; the user who made the session may be root.
        Is::FederatedUser if world.session.is_none() => false,
        Is::FederatedUser if world.caller.parent.ends_with(":root") => true,
        _ => matches!(identity, Says::Allow(_)),
    };
    let pb = boundary.is_none_or(|says| says != Says::Nothing);
    let sp = session.is_none_or(|says| says != Says::Nothing);
    if same_account && granted == Some(Kind::Direct) {
        return Ok(());
    }
    if world.trust || !same_account {
        need(granted.is_some(), resource_name)?;
    }
    if !(same_account && granted == Some(Kind::Parent)) {
        need(id, "identity")?;
    }
    need(pb, "boundary")?;
    need(sp, "session")
}

fn need(given: bool, name: &str) -> Result<(), String> {
    if given { Ok(()) } else { Err(format!("implicit: {name}")) }
}

/// A Deny of any statement, else the strongest Allow, else nothing.
fn says(world: &World, documents: &[Json], at: At) -> Says {
    let mut says = Says::Nothing;
    for document in documents {
        let new_language = document["Version"] == "2012-10-17";
        for statement in list(&document["Statement"]) {
            let Some(kind) = elements::applies(world, statement, at, new_language) else {
                continue;
            };
            if statement["Effect"] == "Deny" {
                return Says::Deny;
            }
            says = match says {
                Says::Allow(other) if other >= kind => says,
                _ => Says::Allow(kind),
            };
        }
    }
    says
}

/// Every list position accepts a bare value (section 2).
fn list(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}
