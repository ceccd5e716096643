//! Constraints that several operations share (`spec/cognito-identity.md`, section 3).

use std::collections::BTreeMap;

use operation::Violations;
use operation::check::word;
use vocab::{IdentityId, PoolId};

use crate::Error;
use crate::shapes::Logins;

/// A pool id in form.
pub fn pool_id(violations: &mut Violations, id: Option<&String>) {
    scoped_id(violations, "identityPoolId", id);
}

/// An identity id in form.
pub fn identity_id(violations: &mut Violations, id: Option<&String>) {
    scoped_id(violations, "identityId", id);
}

/// The logins map.
pub fn logins(violations: &mut Violations, logins: &Logins) {
    violations.count("logins", logins.len(), 0, 10);
    for (provider, token) in logins {
        violations.length("logins", provider, 1, 128);
        if token.expose().is_empty() || token.expose().chars().count() > 50_000 {
            // The token itself is never repeated.
            violations.add("logins", provider, "Member must have length less than or equal to 50000");
        }
    }
}

/// The name of a provider.
pub fn provider_name(violations: &mut Violations, name: Option<&String>) {
    violations.required("identityProviderName", name);
    if let Some(name) = name {
        violations.length("identityProviderName", name, 1, 128);
    }
}

/// The name of a developer provider.
pub fn developer_provider(violations: &mut Violations, name: Option<&String>) {
    let path = "developerProviderName";
    violations.required(path, name);
    if let Some(name) = name {
        let shaped = |c: char| word(c) || "._-".contains(c);
        violations.length(path, name, 1, 128).pattern(path, name, "[\\w._-]+", shaped);
    }
}

/// One of a developer's users.
pub fn developer_user(violations: &mut Violations, path: &str, user: Option<&String>) {
    violations.required(path, user);
    if let Some(user) = user {
        violations.length(path, user, 1, 1024);
    }
}

/// A map of principal tags.
pub fn principal_tags(violations: &mut Violations, tags: Option<&BTreeMap<String, String>>) {
    let Some(tags) = tags else { return };
    violations.count("principalTags", tags.len(), 0, 50);
    for (key, value) in tags.iter().take(50) {
        violations.length("principalTags", key, 1, 128).length("principalTags", value, 1, 256);
    }
}

/// MaxResults and NextToken.
pub fn page(violations: &mut Violations, max_results: Option<i64>, next_token: Option<&String>) {
    violations.required("maxResults", max_results.as_ref());
    if let Some(max) = max_results {
        violations.range("maxResults", max, 1, 60);
    }
    if let Some(token) = next_token {
        violations.length("nextToken", token, 1, 65_535);
        violations.pattern("nextToken", token, "[\\S]+", |c| !c.is_whitespace());
    }
}

/// The pool id, typed: an id in form that is none of ours is simply not found.
pub fn typed_pool(id: &str) -> Result<PoolId, Error> {
    id.parse().map_err(|_| Error::ResourceNotFound(format!("IdentityPool '{id}' not found.")))
}

/// The identity id, typed.
pub fn typed_identity(id: &str) -> Result<IdentityId, Error> {
    id.parse().map_err(|_| Error::ResourceNotFound(format!("Identity '{id}' not found.")))
}

fn scoped_id(violations: &mut Violations, path: &str, id: Option<&String>) {
    violations.required(path, id);
    let Some(id) = id else { return };
    let shaped = id.rsplit_once(':').is_some_and(|(region, rest)| {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == '-';
        !region.is_empty() && region.chars().all(|c| word(c) || c == '-') && !rest.is_empty() && rest.chars().all(hex)
    });
    violations.length(path, id, 1, 55).satisfies(path, id, "[\\w-]+:[0-9a-f-]+", shaped);
}
