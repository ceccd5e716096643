//! Cross-origin rules of buckets, and the answers to browsers that they give.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method};
use operation::Host;
use serde::{Deserialize, Serialize};
use store::records::buckets::Bucket;

use crate::Error;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// Its name, for people.
    #[serde(rename = "ID", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Origins, each with at most one `*`.
    #[serde(rename = "AllowedOrigin", default)]
    pub allowed_origins: Vec<String>,
    /// Methods.
    #[serde(rename = "AllowedMethod", default)]
    pub allowed_methods: Vec<String>,
    /// Request headers, each with at most one `*`.
    #[serde(rename = "AllowedHeader", default)]
    pub allowed_headers: Vec<String>,
    /// Answer headers that pages may read.
    #[serde(rename = "ExposeHeader", default)]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
}

/// The first rule that allows an origin this method with these request headers.
pub fn matching<'r>(rules: &'r [Rule], origin: &str, method: &str, headers: &[&str]) -> Option<&'r Rule> {
    rules.iter().find(|rule| {
        let allows = |header: &&str| {
            let header = header.to_ascii_lowercase();
            rule.allowed_headers.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), &header))
        };
        rule.allowed_origins.iter().any(|pattern| fits(pattern, origin))
            && rule.allowed_methods.iter().any(|allowed| allowed == method)
            && headers.iter().all(allows)
    })
}

/// The headers that allow a browser's request to a bucket; `None`: it is not allowed. With another method than
/// `OPTIONS` it is not a preflight, but the request itself.
pub fn preflight(host: &Host, method: &Method, path: &str, headers: &HeaderMap) -> Option<HeaderMap> {
    let name = path.trim_start_matches('/').split('/').next()?;
    let bucket = host.configuration.peek::<Bucket>(name).ok()??;
    let rules = stored(bucket.cors.as_deref()?);
    let text = |name: http::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(ORIGIN)?;
    let is_preflight = method == Method::OPTIONS;
    let method = if is_preflight { text(ACCESS_CONTROL_REQUEST_METHOD)? } else { method.as_str() };
    let asked = text(ACCESS_CONTROL_REQUEST_HEADERS).filter(|_| is_preflight).unwrap_or_default();
    let asked: Vec<&str> = asked.split(',').map(str::trim).filter(|header| !header.is_empty()).collect();
    let rule = matching(&rules, origin, method, &asked)?;
    let mut answer = HeaderMap::new();
    let is_open = rule.allowed_origins.iter().any(|allowed| allowed == "*");
    add(&mut answer, ACCESS_CONTROL_ALLOW_ORIGIN, if is_open { "*" } else { origin });
    add(&mut answer, ACCESS_CONTROL_EXPOSE_HEADERS, &rule.expose_headers.join(", "));
    if is_preflight {
        add(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, &rule.allowed_methods.join(", "));
        add(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &asked.join(", ").to_ascii_lowercase());
        let max_age = rule.max_age_seconds.map(|seconds| seconds.to_string());
        add(&mut answer, ACCESS_CONTROL_MAX_AGE, &max_age.unwrap_or_default());
    }
    Some(answer)
}

/// The rules as they are stored. Errs where one is not what a rule can be.
pub fn checked(rules: &[Rule]) -> Result<String, Error> {
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(Error::MalformedXml);
    }
    for rule in rules {
        let is_long = rule.id.as_ref().is_some_and(|id| id.len() > 255);
        if is_long || rule.allowed_origins.is_empty() || rule.allowed_methods.is_empty() {
            return Err(Error::MalformedXml);
        }
        if !rule.allowed_methods.iter().all(|method| METHODS.contains(&method.as_str())) {
            return Err(Error::InvalidRequest("Found unsupported HTTP method in CORS config."));
        }
        let patterns = rule.allowed_origins.iter().chain(&rule.allowed_headers);
        if patterns.into_iter().any(|pattern| pattern.matches('*').count() > 1) {
            return Err(Error::InvalidRequest("AllowedOrigin and AllowedHeader can not have more than one wildcard."));
        }
        if !rule.expose_headers.iter().all(|header| http::HeaderName::from_bytes(header.as_bytes()).is_ok()) {
            return Err(Error::InvalidRequest("ExposeHeader is not a header name."));
        }
    }
    let document = serde_json::to_string(rules).map_err(Error::internal)?;
    // 64 KB, as AWS bounds the document.
    if document.len() > LONGEST { Err(Error::MalformedXml) } else { Ok(document) }
}

/// Rules that were stored. What cannot be read allows nothing.
pub fn stored(document: &str) -> Vec<Rule> {
    serde_json::from_str(document).unwrap_or_default()
}

/// Whether a text fits a pattern with at most one `*`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}

fn add(headers: &mut HeaderMap, name: http::HeaderName, value: &str) {
    if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];
const MOST_RULES: usize = 100;
const LONGEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> Rule {
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Rule {
            id: None,
            allowed_origins: all(origins),
            allowed_methods: all(methods),
            allowed_headers: all(headers),
            expose_headers: vec![],
            max_age_seconds: None,
        }
    }

    #[test]
    fn the_first_rule_that_allows_everything_is_taken() {
        let rules = [
            rule(&["https://game.example"], &["GET"], &["x-*"]),
            rule(&["https://*.example", "http://localhost"], &["PUT", "GET"], &["*"]),
        ];
        let found = |origin: &str, method: &str, headers: &[&str]| {
            matching(&rules, origin, method, headers).map(|rule| rules.iter().position(|other| other == rule).unwrap())
        };
        assert_eq!(found("https://game.example", "GET", &["X-Amz-Date"]), Some(0));
        assert_eq!(found("https://game.example", "PUT", &["content-type"]), Some(1));
        assert_eq!(found("https://game.example", "DELETE", &[]), None);
        assert_eq!(found("https://evil.test", "GET", &[]), None);
        assert_eq!(found("https://.example.evil", "GET", &[]), None);
        assert_eq!(found("http://localhost", "PUT", &[]), Some(1));
        assert_eq!(found("http://localhost", "HEAD", &[]), None);
    }

    #[test]
    fn rules_are_checked_before_they_are_stored() {
        let good = [rule(&["*"], &["GET"], &["*"])];
        assert_eq!(stored(&checked(&good).unwrap()), good);
        for bad in [
            rule(&[], &["GET"], &[]),
            rule(&["*"], &[], &[]),
            rule(&["*"], &["PATCH"], &[]),
            rule(&["*.*"], &["GET"], &[]),
            rule(&["*"], &["GET"], &["x-*-*"]),
        ] {
            assert!(checked(std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
        assert!(checked(&[]).is_err());
    }
}
