//! Role mappings: the role of a provider's users, by the roles in their token or by rules on its claims
//! (`spec/cognito-identity.md`, section 9). Claims come from verified tokens alone.

use std::collections::BTreeMap;

use operation::Violations;
use serde_json::{Map, Value};
use store::records::pools::{self, Ambiguous, MappingKind, MatchType, Pool};
use vocab::Arn;

use crate::Error;
use crate::pools::PUBLIC_PROVIDERS;
use crate::shapes::{MappingRule, RoleMapping, RulesConfiguration};

/// What a mapping says about a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice {
    /// This role.
    Role(Arn),
    /// The pool's role for everybody who signed in.
    Authenticated,
}

/// The role that `mapping` gives to the bearer of these verified claims; `custom` is the one that they ask for.
pub fn choose(
    provider: &str,
    mapping: &pools::RoleMapping,
    claims: &Map<String, Value>,
    custom: Option<&str>,
) -> Result<Choice, Error> {
    let chosen = match mapping.kind {
        MappingKind::Token => by_token(claims, custom)?,
        MappingKind::Rules => by_rules(&mapping.rules, claims, custom)?,
    };
    match (chosen, mapping.ambiguous) {
        (Some(role), _) => Ok(Choice::Role(role)),
        (None, Ambiguous::AuthenticatedRole) => Ok(Choice::Authenticated),
        (None, Ambiguous::Deny) => {
            let text = format!("The ambiguous role mapping rules for: {provider} denied this request.");
            Err(Error::NotAuthorized(text))
        }
    }
}

fn by_token(claims: &Map<String, Value>, custom: Option<&str>) -> Result<Option<Arn>, Error> {
    let roles = texts(claims.get("cognito:roles"));
    if let Some(custom) = custom {
        let role = roles.iter().find(|role| **role == custom).ok_or_else(|| Error::role_forbidden(custom))?;
        return arn(role).map(Some);
    }
    match (claims.get("cognito:preferred_role").and_then(Value::as_str), roles.as_slice()) {
        (Some(preferred), _) => arn(preferred).map(Some),
        (None, [only]) => arn(only).map(Some),
        (None, _) => Ok(None),
    }
}

fn by_rules(
    rules: &[pools::MappingRule],
    claims: &Map<String, Value>,
    custom: Option<&str>,
) -> Result<Option<Arn>, Error> {
    let mut matching = rules.iter().filter(|rule| matches(rule, claims)).map(|rule| &rule.role);
    match custom {
        None => Ok(matching.next().cloned()),
        Some(custom) => match matching.find(|role| role.as_str() == custom) {
            Some(role) => Ok(Some(role.clone())),
            None => Err(Error::role_forbidden(custom)),
        },
    }
}

fn matches(rule: &pools::MappingRule, claims: &Map<String, Value>) -> bool {
    let Some(claim) = claims.get(&rule.claim) else { return false };
    let wanted = rule.value.as_str();
    let holds = |one: &str| match rule.match_type {
        MatchType::Equals => one == wanted,
        MatchType::Contains => one.contains(wanted),
        MatchType::StartsWith => one.starts_with(wanted),
        MatchType::NotEqual => one != wanted,
    };
    match claim {
        Value::Null => false,
        // Of a list one element is enough; to differ, all of them must.
        Value::Array(list) if rule.match_type == MatchType::NotEqual => list.iter().all(|one| holds(&text(one))),
        Value::Array(list) => list.iter().any(|one| holds(&text(one))),
        one => holds(&text(one)),
    }
}

/// A claim as text: strings as they are, anything else as it is written in JSON.
pub fn text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A JSON list, or a list with commas.
fn texts(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => text.split(',').map(str::trim).filter(|role| !role.is_empty()).collect(),
        _ => Vec::new(),
    }
}

/// A role that a token names. One that is no ARN is nobody's role.
fn arn(text: &str) -> Result<Arn, Error> {
    text.parse().map_err(|_| Error::InvalidIdentityPoolConfiguration)
}

/// Whether a role mapping of the pool is about this key of a logins map.
pub fn covers(pool: &Pool, login: &str) -> bool {
    let arn = Arn::oidc_provider(pool.account, login);
    let is_about = |key: &String| {
        let of_user_pool = key.strip_prefix(login).is_some_and(|rest| rest.starts_with(':'));
        key == login || key == arn.as_str() || of_user_pool
    };
    pool.role_mappings.keys().any(is_about)
}

/// The constraints of the member `RoleMappings`.
pub fn check(violations: &mut Violations, mappings: &BTreeMap<String, RoleMapping>) {
    violations.count("roleMappings", mappings.len(), 0, MOST_MAPPINGS);
    for (provider, mapping) in mappings.iter().take(MOST_MAPPINGS) {
        violations.length("roleMappings", provider, 1, 128);
        let path = |member: &str| format!("roleMappings.{provider}.member.{member}");
        let (kind, ambiguous) = (&mapping.kind, &mapping.ambiguous_role_resolution);
        violations.required(&path("type"), kind.as_ref());
        one_of(violations, &path("type"), kind.as_ref(), &["Token", "Rules"]);
        one_of(violations, &path("ambiguousRoleResolution"), ambiguous.as_ref(), &["AuthenticatedRole", "Deny"]);
        let Some(RulesConfiguration { rules }) = &mapping.rules_configuration else { continue };
        violations.required(&path("rulesConfiguration.rules"), rules.as_ref());
        let rules = rules.as_deref().unwrap_or_default();
        violations.count(&path("rulesConfiguration.rules"), rules.len(), 1, 400);
        for (index, rule) in rules.iter().take(400).enumerate() {
            check_rule(violations, &path(&format!("rulesConfiguration.rules.{}.member", index + 1)), rule);
        }
    }
}

fn check_rule(violations: &mut Violations, path: &str, rule: &MappingRule) {
    let MappingRule { claim, match_type, value, role_arn } = rule;
    for (member, given, longest) in [("claim", claim, 64), ("value", value, 128), ("roleARN", role_arn, 2048)] {
        let path = format!("{path}.{member}");
        violations.required(&path, given.as_ref());
        if let Some(given) = given {
            violations.length(&path, given, if member == "roleARN" { 20 } else { 1 }, longest);
        }
    }
    if let Some(claim) = claim {
        let visible = |c: char| !c.is_whitespace() && !c.is_control();
        violations.pattern(&format!("{path}.claim"), claim, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+", visible);
    }
    violations.required(&format!("{path}.matchType"), match_type.as_ref());
    one_of(
        violations,
        &format!("{path}.matchType"),
        match_type.as_ref(),
        &["Equals", "Contains", "StartsWith", "NotEqual"],
    );
}

fn one_of(violations: &mut Violations, path: &str, given: Option<&String>, known: &[&str]) {
    if let Some(given) = given.filter(|given| !known.contains(&given.as_str())) {
        violations.add(path, given, &format!("Member must satisfy enum value set: [{}]", known.join(", ")));
    }
}

/// The mapping to be stored, of a provider that is configured on the pool.
pub fn stored(pool: &Pool, provider: &str, mapping: &RoleMapping) -> Result<pools::RoleMapping, Error> {
    if !is_configured(pool, provider) {
        let text = format!("({provider}) is not a valid RoleMapping ProviderName or is not a configured provider.");
        return Err(Error::InvalidParameter(text));
    }
    let ambiguous = match mapping.ambiguous_role_resolution.as_deref() {
        Some("Deny") => Ambiguous::Deny,
        Some(_) => Ambiguous::AuthenticatedRole,
        None => return Err(Error::InvalidParameter("AmbiguousRoleResolution is required.".into())),
    };
    let rules = mapping.rules_configuration.as_ref().and_then(|configuration| configuration.rules.as_ref());
    if mapping.kind.as_deref() == Some("Token") {
        return Ok(pools::RoleMapping { kind: MappingKind::Token, ambiguous, rules: Vec::new() });
    }
    let required = || Error::InvalidParameter("RulesConfiguration is required when the type is Rules.".into());
    let rules = rules.ok_or_else(required)?;
    if rules.len() > MOST_RULES {
        return Err(Error::InvalidParameter(format!("A provider has at most {MOST_RULES} rules.")));
    }
    let rules = rules.iter().map(stored_rule).collect::<Result<_, _>>()?;
    Ok(pools::RoleMapping { kind: MappingKind::Rules, ambiguous, rules })
}

fn stored_rule(rule: &MappingRule) -> Result<pools::MappingRule, Error> {
    let text = |member: &Option<String>| member.clone().unwrap_or_default();
    let role_arn = text(&rule.role_arn);
    let match_type = match rule.match_type.as_deref() {
        Some("Contains") => MatchType::Contains,
        Some("StartsWith") => MatchType::StartsWith,
        Some("NotEqual") => MatchType::NotEqual,
        _ => MatchType::Equals,
    };
    let role = role_arn.parse().map_err(|_| Error::role_forbidden(&role_arn))?;
    Ok(pools::MappingRule { claim: text(&rule.claim), match_type, value: text(&rule.value), role })
}

/// User pools are named with their app client, providers of IAM by ARN, public ones plainly.
fn is_configured(pool: &Pool, provider: &str) -> bool {
    let is_client = pool.user_pools.iter().any(|own| format!("{}:{}", own.provider_name, own.client_id) == provider);
    let mut registered = pool.open_id_connect_providers.iter().chain(&pool.saml_providers);
    let is_public = PUBLIC_PROVIDERS.contains(&provider) && pool.supported_login_providers.contains_key(provider);
    is_client || is_public || registered.any(|arn| arn.as_str() == provider)
}

/// A stored mapping, as it is answered.
pub fn shown(mapping: &pools::RoleMapping) -> RoleMapping {
    let match_type = |rule: &pools::MappingRule| match rule.match_type {
        MatchType::Equals => "Equals",
        MatchType::Contains => "Contains",
        MatchType::StartsWith => "StartsWith",
        MatchType::NotEqual => "NotEqual",
    };
    let kind = match mapping.kind {
        MappingKind::Token => "Token",
        MappingKind::Rules => "Rules",
    };
    let ambiguous = match mapping.ambiguous {
        Ambiguous::AuthenticatedRole => "AuthenticatedRole",
        Ambiguous::Deny => "Deny",
    };
    let rules = mapping.rules.iter().map(|rule| MappingRule {
        claim: Some(rule.claim.clone()),
        match_type: Some(match_type(rule).into()),
        value: Some(rule.value.clone()),
        role_arn: Some(rule.role.to_string()),
    });
    let rules: Vec<MappingRule> = rules.collect();
    RoleMapping {
        kind: Some(kind.into()),
        ambiguous_role_resolution: Some(ambiguous.into()),
        rules_configuration: (!rules.is_empty()).then_some(RulesConfiguration { rules: Some(rules) }),
    }
}

/// The most providers of a pool that have a mapping.
pub const MOST_MAPPINGS: usize = 10;
/// The most rules of one of them.
pub const MOST_RULES: usize = 25;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "arn:aws:iam::000000000000:role/A";
    const B: &str = "arn:aws:iam::000000000000:role/B";

    fn chosen(mapping: &pools::RoleMapping, claims: Value, custom: Option<&str>) -> String {
        match choose("idp", mapping, claims.as_object().unwrap(), custom) {
            Ok(Choice::Role(role)) => role.to_string(),
            Ok(Choice::Authenticated) => "authenticated".into(),
            Err(error) => error.to_string(),
        }
    }

    fn by_token(ambiguous: Ambiguous) -> pools::RoleMapping {
        pools::RoleMapping { kind: MappingKind::Token, ambiguous, rules: Vec::new() }
    }

    fn by_rules(rules: &[(&str, MatchType, &str, &str)]) -> pools::RoleMapping {
        let rule = |(claim, match_type, value, role): &(&str, MatchType, &str, &str)| pools::MappingRule {
            claim: (*claim).into(),
            match_type: *match_type,
            value: (*value).into(),
            role: role.parse().unwrap(),
        };
        let rules = rules.iter().map(rule).collect();
        pools::RoleMapping { kind: MappingKind::Rules, ambiguous: Ambiguous::Deny, rules }
    }

    #[test]
    fn roles_of_a_token() {
        let open = by_token(Ambiguous::AuthenticatedRole);
        for (claims, custom, wanted) in [
            (json!({ "cognito:roles": [A, B], "cognito:preferred_role": B }), None, B),
            (json!({ "cognito:roles": [A, B], "cognito:preferred_role": B }), Some(A), A),
            (json!({ "cognito:roles": [A] }), None, A),
            (json!({ "cognito:roles": A }), None, A),
            (json!({ "cognito:roles": format!("{A},{B}") }), Some(B), B),
            (json!({ "cognito:roles": [A, B] }), None, "authenticated"),
            (json!({}), None, "authenticated"),
            (json!({ "cognito:roles": [] }), None, "authenticated"),
            // What was asked for is not replaced by anything else.
            (
                json!({ "cognito:roles": [A] }),
                Some(B),
                "Access to Role 'arn:aws:iam::000000000000:role/B' is forbidden.",
            ),
            (
                json!({ "cognito:preferred_role": B }),
                Some(B),
                "Access to Role 'arn:aws:iam::000000000000:role/B' is forbidden.",
            ),
        ] {
            assert_eq!(chosen(&open, claims.clone(), custom), wanted, "{claims} {custom:?}");
        }
        let closed = by_token(Ambiguous::Deny);
        let text = "The ambiguous role mapping rules for: idp denied this request.";
        assert_eq!(chosen(&closed, json!({ "cognito:roles": [A, B] }), None), text);
    }

    #[test]
    fn rules_in_their_order() {
        use MatchType::{Contains, Equals, NotEqual, StartsWith};
        let denied = "The ambiguous role mapping rules for: idp denied this request.";
        for (rules, claims, wanted) in [
            (vec![("g", Equals, "x", A), ("g", StartsWith, "x", B)], json!({ "g": "x" }), A),
            (vec![("g", Equals, "x", A), ("g", StartsWith, "x", B)], json!({ "g": "xy" }), B),
            (vec![("g", Equals, "x", A)], json!({ "g": "X" }), denied),
            (vec![("g", Contains, "dm", A)], json!({ "g": "admin" }), A),
            (vec![("g", Contains, "admin", A)], json!({ "g": ["user", "admin"] }), A),
            (vec![("g", Equals, "admin", A)], json!({ "g": ["user", "admin"] }), A),
            (vec![("g", NotEqual, "admin", A)], json!({ "g": "user" }), A),
            (vec![("g", NotEqual, "admin", A)], json!({ "g": ["user", "admin"] }), denied),
            (vec![("g", NotEqual, "admin", A)], json!({}), denied),
            (vec![("g", NotEqual, "admin", A)], json!({ "g": null }), denied),
            (vec![("paid", Equals, "true", A)], json!({ "paid": true }), A),
            (vec![("level", Equals, "3", A)], json!({ "level": 3 }), A),
        ] {
            let mapping = by_rules(&rules);
            assert_eq!(chosen(&mapping, claims.clone(), None), wanted, "{rules:?} {claims}");
        }
    }

    #[test]
    fn a_role_that_is_asked_for_must_be_that_of_a_matching_rule() {
        use MatchType::Equals;
        let mapping = by_rules(&[("g", Equals, "x", A), ("h", Equals, "y", B)]);
        assert_eq!(chosen(&mapping, json!({ "g": "x", "h": "y" }), Some(B)), B);
        let forbidden = "Access to Role 'arn:aws:iam::000000000000:role/B' is forbidden.";
        assert_eq!(chosen(&mapping, json!({ "g": "x" }), Some(B)), forbidden);
    }
}
