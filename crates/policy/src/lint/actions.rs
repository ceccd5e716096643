//! Actions and resources: do they exist, and do they go together?

use super::written::{Document, Element, Item, Statement};
use super::{Code, Warnings, glob};
use crate::catalogue::{self, Action, Service};
use crate::policy::Kind;

pub(super) fn check(document: &Document<'_>, statement: &Statement<'_>, warnings: &mut Warnings) {
    for element in [&statement.actions, &statement.resources].into_iter().flatten() {
        if element.items.is_empty() {
            let message = format!("`{}` has no items", element.member.name);
            warnings.add(Code::EmptyList, element.member.node.place(&element.path), message);
        }
    }
    for resource in statement.resources.iter().flat_map(|element| &element.items) {
        resource_exists(resource, warnings);
    }
    let Some(actions) = &statement.actions else { return };
    let resources = statement.resources.as_ref().filter(|resources| !actions.not && !resources.not);
    for item in &actions.items {
        let Some(found) = find(item.text) else { continue };
        match found {
            Err(Unknown::Service) => {
                let prefix = item.text.split(':').next().unwrap_or_default();
                warnings.add(Code::UnknownService, item.place(), format!("no service has the prefix `{prefix}`"));
            }
            Err(Unknown::Action(service)) => unknown_action(item, service, warnings),
            Ok((service, matched)) => {
                if let Some(resources) = resources {
                    fits(item, service, &matched, resources, warnings);
                }
                without_effect(document.kind, item, warnings);
            }
        }
    }
}

/// What is wrong with an action.
pub(super) enum Unknown {
    Service,
    Action(&'static Service),
}

/// The actions of a described service that the pattern means; `None` where that cannot be known.
pub(super) fn find(pattern: &str) -> Option<Result<(&'static Service, Vec<&'static Action>), Unknown>> {
    let (prefix, name) = pattern.split_once(':').filter(|(prefix, _)| *prefix != "*")?;
    let Some(service) = catalogue::service(prefix) else {
        return (!catalogue::is_service(prefix)).then_some(Err(Unknown::Service));
    };
    let name = name.to_ascii_lowercase();
    let matched: Vec<_> = service.actions.iter().filter(|action| glob::matches(&name, action.lower())).collect();
    Some(if matched.is_empty() { Err(Unknown::Action(service)) } else { Ok((service, matched)) })
}

fn unknown_action(item: &Item<'_>, service: &Service, warnings: &mut Warnings) {
    let name = item.text.split_once(':').map_or("", |(_, name)| name).to_ascii_lowercase();
    if name.contains(['*', '?']) {
        let message = format!("`{}` matches no action of `{}`", item.text, service.prefix);
        return warnings.add(Code::WildcardMatchesNothing, item.place(), message);
    }
    let nearest = service.actions.iter().map(|action| (distance(&name, action.lower()), action.name)).min();
    let hint = match nearest {
        Some((steps, nearest)) if steps <= 3 => format!("; is `{}:{nearest}` meant?", service.prefix),
        Some(_) | None => String::new(),
    };
    warnings.add(Code::UnknownAction, item.place(), format!("there is no action `{}`{hint}", item.text));
}

fn fits(item: &Item<'_>, service: &Service, matched: &[&Action], resources: &Element<'_>, warnings: &mut Warnings) {
    let reaches = |action: &&Action| {
        resources.items.iter().any(|resource| {
            if action.is_wildcard_only() {
                return resource.text == "*" || (service.whole != "*" && glob::matches(resource.text, service.whole));
            }
            service.arns_of(action).any(|arn| glob::meet(resource.text, arn))
        })
    };
    if resources.items.is_empty() || matched.iter().any(reaches) {
        return;
    }
    let mut wanted: Vec<&str> = matched.iter().flat_map(|action| service.arns_of(action)).collect();
    if matched.iter().any(|action| action.is_wildcard_only()) {
        wanted.push("*");
    }
    wanted.dedup();
    wanted.truncate(3);
    let wanted = wanted.iter().map(|arn| format!("`{}`", arn.replace("{}", "NAME"))).collect::<Vec<_>>().join(", ");
    let message = format!("`{}` acts on {wanted}, and no resource of the statement is such a one", item.text);
    warnings.add(Code::ActionNotForResource, item.place(), message);
}

fn without_effect(kind: Kind, item: &Item<'_>, warnings: &mut Warnings) {
    let name = item.text.to_ascii_lowercase();
    let callers = matches!(kind, Kind::Identity | Kind::Managed | Kind::Session);
    let why = match name.as_str() {
        "sts:getcalleridentity" => "is open to every signed caller, even against a Deny",
        "sts:getsessiontoken" => "is open to every user, and no policy is asked",
        "cognito-identity:getid"
        | "cognito-identity:getopenidtoken"
        | "cognito-identity:getcredentialsforidentity"
        | "cognito-identity:unlinkidentity"
            if callers =>
        {
            "is called without a signature, and no policy of a caller is asked"
        }
        _ => return,
    };
    warnings.add(Code::ActionWithoutEffect, item.place(), format!("`{}` {why}", item.text));
}

fn resource_exists(item: &Item<'_>, warnings: &mut Warnings) {
    let parts = glob::parts(item.text);
    let Some(prefix) = parts.get(2).filter(|_| item.text != "*") else { return };
    if prefix.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let message = format!("`{prefix}` matches nothing: services are written small in ARNs, and compared exactly");
        return warnings.add(Code::ResourceNeverMatches, item.place(), message);
    }
    let Some(service) = catalogue::service(prefix) else { return };
    let types = service.resources.iter().map(|resource| resource.arn);
    let foreign = |arn: &str| arn.split(':').nth(2) != Some(prefix);
    let mut own = types.filter(|arn| !foreign(arn)).peekable();
    let whole = service.whole != "*" && glob::meet(item.text, service.whole);
    if own.peek().is_some() && !whole && !own.any(|arn| glob::meet(item.text, arn)) {
        let message = format!("`{}` is of no resource type of `{prefix}`", item.text);
        warnings.add(Code::ResourceNeverMatches, item.place(), message);
    }
}

/// How many letters must be put in, left out or changed.
pub(super) fn distance(left: &str, right: &str) -> usize {
    if left.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, a) in left.bytes().enumerate() {
        let mut corner = at;
        let mut last = at + 1;
        if let Some(first) = row.first_mut() {
            *first = last;
        }
        for (b, cell) in right.bytes().zip(row.iter_mut().skip(1)) {
            let changed = corner + usize::from(a != b);
            corner = *cell;
            last = changed.min(*cell + 1).min(last + 1);
            *cell = last;
        }
    }
    row.last().copied().unwrap_or_default()
}
