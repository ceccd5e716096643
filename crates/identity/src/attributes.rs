//! Attributes for access control: claims of verified tokens that become principal tags (`spec/cognito-identity.md`,
//! section 10).

use std::collections::BTreeMap;

use serde_json::Value;
use store::records::pools::{Pool, TagMap};
use sts::session_tags::SessionTags;

use crate::logins::Proven;
use crate::{Error, mappings};

/// The tags of a session that begins with these logins. A claim that is missing gives no tag; one that cannot be a tag
/// is not left out silently, since a policy may deny by it.
pub fn tags(pool: &Pool, logins: &[Proven]) -> Result<SessionTags, Error> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for proven in logins {
        let Some(map) = pool.principal_tags.get(&proven.provider) else { continue };
        for (key, claim) in effective(&proven.provider, map) {
            // Amazon's name for the subject of its opaque tokens.
            let is_subject = proven.provider == "www.amazon.com" && claim == "user_id";
            let claim = if is_subject { "sub" } else { &claim };
            let value = proven.said.claims().get(claim).and_then(value);
            // Of two providers with the same tag the first one counts.
            if let Some(value) = value
                && !tags.keys().any(|known| known.eq_ignore_ascii_case(&key))
            {
                tags.insert(key, value);
            }
        }
    }
    bounded(tags)
}

/// Tags within the bounds of a session.
pub fn bounded(tags: BTreeMap<String, String>) -> Result<SessionTags, Error> {
    if tags.values().map(String::len).sum::<usize>() > MOST_BYTES {
        return Err(Error::InvalidIdentityPoolConfiguration);
    }
    let claim = serde_json::json!({ "https://aws.amazon.com/tags": claim_of(&tags) });
    let claim = claim.as_object().cloned().unwrap_or_default();
    Ok(SessionTags::of_claims(&claim)?)
}

/// The tags as a claim of our own tokens.
pub fn claim_of(tags: &BTreeMap<String, String>) -> Value {
    let lists: BTreeMap<&String, [&String; 1]> = tags.iter().map(|(key, value)| (key, [value])).collect();
    serde_json::json!({ "principal_tags": lists })
}

/// The map in force: tag key to claim.
pub fn effective(provider: &str, map: &TagMap) -> BTreeMap<String, String> {
    if !map.use_defaults {
        return map.tags.clone();
    }
    const SAML: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
    if provider.contains(":saml-provider/") {
        let claim = |name: &str| format!("{SAML}{name}");
        return BTreeMap::from([("client".into(), claim("nameidentifier")), ("username".into(), claim("name"))]);
    }
    let subject = if provider == "www.amazon.com" { "user_id" } else { "sub" };
    BTreeMap::from([("client".into(), "aud".into()), ("username".into(), subject.into())])
}

/// A claim as the one text that a tag is; nothing and emptiness give no tag.
fn value(claim: &Value) -> Option<String> {
    let text = match claim {
        Value::Null => return None,
        Value::Array(list) => list.iter().map(mappings::text).collect::<Vec<_>>().join(" "),
        one => mappings::text(one),
    };
    (!text.is_empty()).then_some(text)
}

/// Of all values together.
const MOST_BYTES: usize = 460;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_as_text() {
        assert_eq!(value(&json!("red")).as_deref(), Some("red"));
        assert_eq!(value(&json!(7)).as_deref(), Some("7"));
        assert_eq!(value(&json!(["a", "b"])).as_deref(), Some("a b"));
        assert_eq!((value(&json!(null)), value(&json!("")), value(&json!([]))), (None, None, None));
    }

    #[test]
    fn a_value_that_cannot_be_a_tag_is_refused() {
        let of = |value: &str| bounded(BTreeMap::from([("team".to_owned(), value.to_owned())]));
        assert!(of("red").is_ok() && of(&"x".repeat(256)).is_ok());
        assert!(of("a,b").is_err() && of(&"x".repeat(257)).is_err());
        let many = (0..3).map(|n| (n.to_string(), "x".repeat(200))).collect();
        assert!(bounded(many).is_err(), "460 bytes in all");
    }

    #[test]
    fn default_maps() {
        let map = TagMap { use_defaults: true, tags: BTreeMap::from([("x".into(), "y".into())]) };
        assert_eq!(effective("accounts.google.com", &map)["username"], "sub");
        assert_eq!(effective("www.amazon.com", &map)["username"], "user_id");
        assert!(effective("arn:aws:iam::1:saml-provider/x", &map)["client"].ends_with("/nameidentifier"));
        assert_eq!(effective("accounts.google.com", &TagMap { use_defaults: false, ..map })["x"], "y");
    }
}
