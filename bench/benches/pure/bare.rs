//! The scenarios decided by hand: plain comparisons of plain fields, written for the one policy that they know. Nothing
//! that reads policies can be faster; how near the engine comes is what the bench shows.

use std::net::Ipv4Addr;

/// What the comparisons look at.
pub struct Facts<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    pub sub: &'a str,
    pub leading_keys: &'a [String],
    pub address: &'a str,
    pub time: &'a str,
}

/// Boundary and session policy permit both services.
fn permitted(facts: &Facts<'_>) -> bool {
    facts.action.starts_with("s3:") || facts.action.starts_with("dynamodb:")
}

pub fn user_prefix(facts: &Facts<'_>) -> bool {
    let own = |resource: &str| {
        let rest = resource.strip_prefix("arn:aws:s3:::game/").and_then(|key| key.strip_prefix(facts.sub));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let action = matches!(facts.action, "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject");
    action && own(facts.resource) && permitted(facts)
}

pub fn leading_keys(facts: &Facts<'_>) -> bool {
    matches!(facts.action, "dynamodb:GetItem" | "dynamodb:PutItem" | "dynamodb:Query")
        && facts.resource == "arn:aws:dynamodb:us-east-1:111111111111:table/scores"
        && facts.leading_keys.iter().all(|key| key == facts.sub)
        && permitted(facts)
}

pub fn ten_statements(facts: &Facts<'_>) -> bool {
    let allowed = ["assets", "maps", "music", "news", "patches", "quests", "replays", "skins", "sounds", "store"]
        .iter()
        .any(|folder| {
            let inside = facts.resource.strip_prefix("arn:aws:s3:::game/").and_then(|key| key.strip_prefix(folder));
            facts.action == "s3:GetObject" && inside.is_some_and(|rest| rest.starts_with('/'))
        });
    allowed && permitted(facts)
}

pub fn hundred_statements(facts: &Facts<'_>) -> bool {
    let allowed = (0..100).any(|team: u8| {
        let number = [b'0' + team / 10, b'0' + team % 10];
        let rest = facts.resource.strip_prefix("arn:aws:s3:::team-");
        let inside = rest.filter(|rest| rest.as_bytes().starts_with(&number)).and_then(|rest| rest.split_once('/'));
        facts.action.starts_with("s3:Get") && inside.is_some_and(|(_, key)| key.starts_with("reports/"))
    });
    allowed && permitted(facts)
}

pub fn address_and_date(facts: &Facts<'_>) -> bool {
    let Ok(address) = facts.address.parse::<Ipv4Addr>() else {
        return false;
    };
    let bits = address.to_bits();
    let inside = bits >> 24 == 10 || bits >> 8 == 0x00c0_0002;
    let in_time = facts.time < "2030-01-01T00:00:00Z"; // texts of one form are ordered as their instants
    let action = facts.action.starts_with("s3:") && facts.resource.starts_with("arn:aws:s3:::game");
    action && inside && in_time && permitted(facts)
}
