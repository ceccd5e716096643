//! The same decisions, each written by hand for its scenario: what the comparison alone costs.

use std::net::Ipv4Addr;

use crate::scenario::{ROLE, Request, Scenario, Shape, TABLE};
use crate::{Decide, Result};

pub fn ask(scenario: &Scenario) -> Result<Decide> {
    let requests = scenario.requests.clone();
    let shape = scenario.shape;
    Ok(Box::new(move |at| {
        let request = &requests[at];
        match shape {
            Shape::Prefix => prefix(request, "ann"),
            Shape::LeadingKeys => leading_keys(request, "ann"),
            Shape::Role => role(request),
            Shape::Hundred => hundred(request),
            Shape::Conditions => conditions(request),
        }
    }))
}

fn prefix(request: &Request, user: &str) -> bool {
    let rest = request.resource.strip_prefix("arn:aws:s3:::game/").and_then(|rest| rest.strip_prefix(user));
    matches!(request.action, "s3:GetObject" | "s3:PutObject") && rest.is_some_and(|rest| rest.starts_with('/'))
}

fn leading_keys(request: &Request, user: &str) -> bool {
    matches!(request.action, "dynamodb:GetItem" | "dynamodb:Query")
        && request.resource == TABLE
        && request.leading_keys.iter().all(|key| *key == user)
}

fn role(request: &Request) -> bool {
    ROLE.iter().any(|(action, resource)| {
        request.action == *action
            && match resource.strip_suffix('*') {
                Some(prefix) => request.resource.starts_with(prefix),
                None => request.resource == *resource,
            }
    })
}

fn hundred(request: &Request) -> bool {
    if !request.action.starts_with("s3:Get") {
        return false;
    }
    let Some(rest) = request.resource.strip_prefix("arn:aws:s3:::bucket-") else { return false };
    let Some((number, key)) = rest.split_once('/') else { return false };
    number.parse::<u32>().is_ok_and(|number| number < 100) && key.contains("/data-")
}

fn conditions(request: &Request) -> bool {
    let Ok(address) = request.address.parse::<Ipv4Addr>() else { return false };
    let [first, second, ..] = address.octets();
    let inside = first == 10 || (first == 192 && second == 168);
    // Times of one zone and one length compare as texts.
    inside
        && request.time <= "2030-01-01T00:00:00Z"
        && request.action.starts_with("s3:")
        && request.resource.starts_with("arn:aws:s3:::game/")
}
