//! Actions: `service:Name`, compared ignoring case.

use crate::context::Context;
use crate::pattern::{Pattern, Syntax};

/// The action of a request, in lower case.
pub(crate) struct Lowered {
    short: [u8; LONGEST],
    length: usize,
    /// Used where the action is longer than IAM lets one be.
    long: String,
}

/// A pattern of `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ActionPattern {
    text: Box<str>,
    /// In lower case; `None` matches every service.
    service: Option<Box<str>>,
    name: Pattern,
}

impl Lowered {
    pub(crate) fn new(action: &str) -> Self {
        let mut short = [0; LONGEST];
        match short.get_mut(..action.len()) {
            Some(buffer) => {
                buffer.iter_mut().zip(action.bytes()).for_each(|(to, from)| *to = from.to_ascii_lowercase());
                Self { short, length: action.len(), long: String::new() }
            }
            None => Self { short, length: 0, long: action.to_ascii_lowercase() },
        }
    }

    /// The whole action.
    pub(crate) fn text(&self) -> &str {
        let short = self.short.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        if self.long.is_empty() { short } else { &self.long }
    }
}

/// Service and name of an action; one without a colon has neither, and no service has an empty name.
pub(crate) fn cut(action: &str) -> (&str, &str) {
    let colon = action.bytes().position(|byte| byte == b':');
    let (service, name) = colon.and_then(|at| action.split_at_checked(at)).unwrap_or_default();
    (service, name.get(1..).unwrap_or_default())
}

impl ActionPattern {
    /// The pattern of a text; what is not of the form `service:Name` or `*` matches nothing but itself.
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (service, name) = if lower == "*" { ("*", "*") } else { lower.split_once(':').unwrap_or((&lower, "")) };
        Self {
            text: text.into(),
            service: (service != "*").then(|| service.into()),
            name: Pattern::compile(name, Syntax { wildcards: true, variables: false }),
        }
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What every action begins with that the pattern describes, in lower case.
    pub(crate) fn start(&self) -> String {
        self.service.as_ref().map_or_else(String::new, |service| format!("{service}:{}", self.name.start()))
    }

    /// Whether the service is the one of the action, or every one.
    pub(crate) fn is_of(&self, service: &str) -> bool {
        self.service.as_deref().is_none_or(|own| own == service)
    }

    /// Whether the pattern describes the action, given as service and name in lower case.
    pub(crate) fn matches(&self, (service, name): (&str, &str)) -> bool {
        self.is_of(service) && self.name.matches(name, &NO_KEYS)
    }
}

static NO_KEYS: Context = Context::new();
/// The longest `ActionNameType` of the IAM API.
const LONGEST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, action: &str) -> bool {
        ActionPattern::new(pattern).matches(cut(Lowered::new(action).text()))
    }

    #[test]
    fn case_is_ignored_and_the_service_has_no_wildcard() {
        assert!(matches("S3:getOBJECT", "s3:GetObject"));
        assert!(matches("s3:Get*", "s3:GetObject") && matches("s3:*Object?", "s3:PutObjects"));
        assert!(matches("*", "s3:GetObject") && matches("*:GetObject", "s3:GetObject"));
        assert!(!matches("s3*:GetObject", "s3:GetObject") && !matches("s3:Get", "s3:GetObject"));
        assert!(!matches("iam: GetUser", "iam:GetUser"));
    }

    #[test]
    fn an_action_of_any_length_is_compared_whole() {
        let long = format!("s3:{}", "X".repeat(500));
        assert!(matches(&long, &long) && matches("s3:x*", &long) && !matches("s3:x", &long));
        assert!(!matches("s3:*", "") && !matches("s3:*", "s3") && matches("*", "s3"));
    }
}
