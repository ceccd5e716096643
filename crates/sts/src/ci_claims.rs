//! The claims of known issuers that become condition keys beside `aud`, `sub`, `azp` and `amr`. AWS gives them for a
//! fixed list of issuers, whose tokens anybody can get; other claims of other issuers give no keys.

use serde_json::{Map, Value};

/// The keys that the token of `provider`, an issuer without its scheme, brings along.
pub fn keys(provider: &str, claims: &Map<String, Value>) -> Vec<(String, String)> {
    let host = provider.split('/').next().unwrap_or_default();
    let known = ISSUERS.iter().filter(|(issuer, _)| *issuer == host);
    let names = known.flat_map(|(_, names)| names.split_ascii_whitespace());
    names.filter_map(|name| Some((format!("{provider}:{name}"), text(claims.get(name)?)?))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

const ISSUERS: [(&str, &str); 4] = [
    (
        "token.actions.githubusercontent.com",
        "actor actor_id enterprise_id environment job_workflow_ref ref repository repository_id repository_owner_id \
         workflow",
    ),
    (
        "gitlab.com",
        "namespace_id pipeline_source project_id ref_protected runner_environment user_access_level user_email user_id \
         user_login",
    ),
    (
        "agent.buildkite.com",
        "build_branch cluster_id cluster_name organization_id organization_slug pipeline_id pipeline_slug",
    ),
    ("oidc.circleci.com", "oidc.circleci.com/project-id"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(provider: &str, claims: Value) -> Vec<(String, String)> {
        keys(provider, claims.as_object().unwrap())
    }

    #[test]
    fn known_issuers_give_their_claims_and_no_others() {
        let claims = json!({ "repository": "o/r", "ref": "refs/heads/main", "sha": "1", "actor_id": 7, "iss": "x" });
        let name = "token.actions.githubusercontent.com";
        let wanted = [("actor_id", "7"), ("ref", "refs/heads/main"), ("repository", "o/r")]
            .map(|(claim, value)| (format!("{name}:{claim}"), value.to_owned()));
        assert_eq!(of(name, claims.clone()), wanted);
        let enterprise = of(&format!("{name}/acme"), claims.clone());
        assert!(enterprise.iter().any(|(key, _)| key == &format!("{name}/acme:repository")), "{enterprise:?}");
        assert_eq!(of("login.example.com", claims.clone()), []);
        assert_eq!(of(&format!("evil.example/{name}"), claims), []);
        assert_eq!(
            of("gitlab.com", json!({ "ref_protected": true })),
            [("gitlab.com:ref_protected".to_owned(), "true".to_owned())]
        );
        assert_eq!(of("gitlab.com", json!({ "user_login": ["a"], "user_id": null })), []);
    }
}
