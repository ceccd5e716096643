//! What a document must be beyond its shape, in the order in which the real service looks.

mod bucket;
mod elements;
pub(crate) mod principal;
mod s3;

use std::collections::HashSet;

use crate::condition::{Comparison, instant};
use crate::document::{Document, Version, Written};
use crate::malformed::Malformed;
use crate::policy::Kind;
pub use bucket::check_bucket;

/// Checks a document of the right shape; the first failure decides. Principals are checked as they are read.
pub(crate) fn document(document: &Document, kind: Kind) -> Result<(), Malformed> {
    if kind == Kind::Managed && document.version != Some(Version::Of2012) {
        return Err(Malformed::OldVersion);
    }
    let statements = &document.statements;
    match kind {
        Kind::Identity | Kind::Managed | Kind::Session => identity(statements),
        Kind::Trust => trust(statements),
        Kind::Bucket => bucket::statements(statements),
        Kind::Resource => resource(statements),
        Kind::ResourceControl => identity_elements(statements),
    }
}

fn identity(statements: &[Written]) -> Result<(), Malformed> {
    identity_elements(statements)?;
    if statements.iter().any(|statement| statement.principal.is_some()) {
        return Err(Malformed::PrincipalForbidden);
    }
    Ok(())
}

fn identity_elements(statements: &[Written]) -> Result<(), Malformed> {
    legacy(statements)?;
    unique_sids(statements)?;
    have_actions(statements)?;
    resources(statements).try_for_each(elements::resource)?;
    actions(statements).try_for_each(elements::action)?;
    if statements.iter().any(|statement| statement.resource.as_ref().is_none_or(|choice| choice.value.is_empty())) {
        return Err(Malformed::NoResources);
    }
    Ok(())
}

fn trust(statements: &[Written]) -> Result<(), Malformed> {
    legacy(statements)?;
    unique_sids(statements)?;
    for statement in statements {
        if let Some(choice) = &statement.resource {
            return Err(Malformed::ProhibitedField { field: if choice.not { "NotResource" } else { "Resource" } });
        }
        match &statement.principal {
            None => return Err(Malformed::MissingField { field: "Principal" }),
            Some(choice) if choice.not => return Err(Malformed::ProhibitedField { field: "NotPrincipal" }),
            Some(_) => {}
        }
    }
    have_actions(statements)?;
    actions(statements).try_for_each(elements::action)?;
    if statements.iter().any(|statement| statement.action.as_ref().is_some_and(|choice| choice.not)) {
        return Err(Malformed::TrustAction);
    }
    actions(statements).try_for_each(elements::trust_action)
}

fn resource(statements: &[Written]) -> Result<(), Malformed> {
    legacy(statements)?;
    if statements.iter().any(|statement| statement.principal.is_none()) {
        return Err(Malformed::MissingField { field: "Principal" });
    }
    have_actions(statements)?;
    resources(statements).try_for_each(elements::resource)?;
    actions(statements).try_for_each(elements::action)?;
    // Left out, the element means the resource that has the policy; an empty one means a mistake.
    if resources_of(statements).any(<[String]>::is_empty) { Err(Malformed::NoResources) } else { Ok(()) }
}

/// The checks that the service calls legacy parsing.
fn legacy(statements: &[Written]) -> Result<(), Malformed> {
    let dates = |statement: &Written| {
        let dated = statement.conditions.iter().filter(|wish| matches!(wish.operator.comparison, Comparison::Date(_)));
        dated.flat_map(|wish| &wish.values).all(|value| instant(value).is_some())
    };
    let effects = |statement: &Written| matches!(statement.effect.as_str(), "Allow" | "Deny");
    let parsed = statements.iter().all(|statement| effects(statement) && dates(statement))
        && resources(statements).all(elements::legacy_resource);
    parsed.then_some(()).ok_or(Malformed::LegacyParsing)
}

fn unique_sids(statements: &[Written]) -> Result<(), Malformed> {
    let mut seen = HashSet::new();
    let sids = statements.iter().filter_map(|statement| statement.sid.as_deref()).filter(|sid| !sid.is_empty());
    for sid in sids {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Malformed::Syntax);
        }
        if !seen.insert(sid) {
            return Err(Malformed::DuplicateSid);
        }
    }
    Ok(())
}

fn have_actions(statements: &[Written]) -> Result<(), Malformed> {
    let given = |statement: &Written| statement.action.as_ref().is_some_and(|choice| !choice.value.is_empty());
    if statements.iter().all(given) { Ok(()) } else { Err(Malformed::NoActions) }
}

fn actions(statements: &[Written]) -> impl Iterator<Item = &str> {
    let choices = statements.iter().filter_map(|statement| statement.action.as_ref());
    choices.flat_map(|choice| &choice.value).map(String::as_str)
}

fn resources(statements: &[Written]) -> impl Iterator<Item = &str> {
    resources_of(statements).flatten().map(String::as_str)
}

fn resources_of(statements: &[Written]) -> impl Iterator<Item = &[String]> {
    statements.iter().filter_map(|statement| statement.resource.as_ref()).map(|choice| choice.value.as_slice())
}
