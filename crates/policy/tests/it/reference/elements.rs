//! Whether a statement applies: principal, action, resource (sections 4 to 6); conditions have a file of their own.

use serde_json::Value as Json;

use super::text::{expanded, fits, wild};
use super::{At, conditions, list};
use crate::world::{Is, Person, World};

/// How a policy names a caller, weakest first (4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Account,
    Parent,
    Direct,
}

pub(super) fn applies(world: &World, statement: &Json, at: At, new_language: bool) -> Option<Kind> {
    let deny = statement["Effect"] == "Deny";
    let kind = if at == At::Principal { Some(Kind::Direct) } else { principal(world, statement, at, deny) }?;
    let all = action(world, statement)
        && resource(world, statement, at, new_language, deny)
        && conditions::hold(world, statement, new_language, deny);
    all.then_some(kind)
}

fn principal(world: &World, statement: &Json, at: At, deny: bool) -> Option<Kind> {
    if let Some(named) = statement.get("NotPrincipal") {
        // A Deny with NotPrincipal denies whoever has a boundary, whatever it lists.
        let spared = names(named, &world.caller, at, deny).is_some() && !(deny && world.boundary.is_some());
        return (!spared).then_some(Kind::Direct);
    }
    names(&statement["Principal"], &world.caller, at, deny)
}

/// The strongest way in which a principal element names the caller.
fn names(element: &Json, caller: &Person, at: At, deny: bool) -> Option<Kind> {
    let Json::Object(kinds) = element else {
        return (element == "*").then(|| everybody(caller, at, deny)).flatten();
    };
    let mut strongest = None;
    for (kind, values) in kinds {
        for value in list(values) {
            let value = value.as_str().unwrap();
            let named = match kind.as_str() {
                "AWS" if value == "*" => everybody(caller, at, deny),
                "AWS" => aws(value, caller),
                "Federated" => (caller.is == Is::Federated && caller.name == value).then_some(Kind::Direct),
                "Service" => (caller.is == Is::Service && caller.name == value).then_some(Kind::Direct),
                other => panic!("no principal is a {other}"),
            };
            strongest = strongest.max(named);
        }
    }
    strongest
}

/// Everybody, the anonymous as well. Our choice, where the text is silent: the AWS star of a trust policy lets nobody
/// in whom only an identity provider knows; it does keep them out.
fn everybody(caller: &Person, at: At, deny: bool) -> Option<Kind> {
    let vouched_for_only = caller.is == Is::Federated && at == At::Role && !deny;
    (!vouched_for_only).then_some(Kind::Direct)
}

fn aws(value: &str, caller: &Person) -> Option<Kind> {
    if matches!(caller.is, Is::Anonymous | Is::Federated | Is::Service) {
        return None;
    }
    if value == caller.account || value == format!("arn:aws:iam::{}:root", caller.account) {
        return Some(Kind::Account);
    }
    if value == caller.arn || (caller.is == Is::User && value == caller.id) {
        return Some(Kind::Direct);
    }
    let parent = !caller.parent.is_empty() && (value == caller.parent || value == caller.parent_id);
    parent.then_some(Kind::Parent)
}

fn action(world: &World, statement: &Json) -> bool {
    match statement.get("NotAction") {
        Some(entries) => !list(entries).iter().any(|entry| names_action(entry, &world.action)),
        None => list(&statement["Action"]).iter().any(|entry| names_action(entry, &world.action)),
    }
}

/// The service is compared whole, `*` is every one; the name has wildcards; case does not matter.
fn names_action(entry: &Json, action: &str) -> bool {
    let (entry, action) = (entry.as_str().unwrap().to_ascii_lowercase(), action.to_ascii_lowercase());
    if entry == "*" {
        return true;
    }
    let (Some((wanted_service, wanted_name)), Some((service, name))) = (entry.split_once(':'), action.split_once(':'))
    else {
        return false;
    };
    (wanted_service == "*" || wanted_service == service) && fits(&wild(wanted_name), name)
}

fn resource(world: &World, statement: &Json, at: At, new_language: bool, deny: bool) -> bool {
    if let Some(entries) = statement.get("NotResource") {
        let answers: Vec<Option<bool>> =
            texts(entries).iter().map(|entry| names_resource(world, entry, at, new_language)).collect();
        // 7: an entry with a variable without a value matches nothing; but an Allow with it does not apply.
        return !answers.contains(&Some(true)) && (deny || !answers.contains(&None));
    }
    match statement.get("Resource") {
        Some(entries) => {
            texts(entries).iter().any(|entry| names_resource(world, entry, at, new_language) == Some(true))
        }
        None => true, // the resource that has the policy
    }
}

/// `null` within a list of resources is ignored.
fn texts(entries: &Json) -> Vec<&str> {
    list(entries).into_iter().filter_map(Json::as_str).collect()
}

/// Whether an entry matches the resource of the request; `None` where a variable of it has no value.
fn names_resource(world: &World, entry: &str, at: At, new_language: bool) -> Option<bool> {
    if entry == "*" {
        return Some(true);
    }
    let patterns: Vec<&str> = entry.splitn(6, ':').collect();
    let sixth = match patterns.get(5) {
        Some(text) if new_language => expanded(text, true, &world.context)?,
        Some(text) => wild(text),
        // 6: what a short pattern leaves out is anything, in a resource policy only where it has a wildcard.
        None if matches!(at, At::Principal | At::Organisation) || entry.contains(['*', '?']) => wild("*"),
        // Nothing that it could match: as good as a variable without a value, so NotResource does not widen an Allow.
        None => return None,
    };
    let parts: Vec<&str> = world.resource.splitn(6, ':').collect();
    if parts.len() < 6 || parts[0] != "arn" {
        return Some(false); // an action without resource: only the lone star matches it
    }
    let leading = (0..5).all(|at| fits(&wild(patterns.get(at).unwrap_or(&"*")), parts[at]));
    Some(leading && fits(&sixth, parts[5]))
}
