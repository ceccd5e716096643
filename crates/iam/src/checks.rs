//! The constraints of members, as AWS's model has them. All violations of a request are collected
//! before it is answered.

use operation::Violations;

use crate::Error;
use crate::paging::Page;
use crate::shapes::Tag;
use crate::tags::{self, Checked};

/// The violations found so far. Each method takes a raw member and gives back what `run` works with;
/// where the member is violated the value does not matter, since [`Checks::finish`] then errs.
pub struct Checks(Violations);

impl Checks {
    /// None yet.
    pub fn new() -> Self {
        Self(Violations::without_values())
    }

    /// Errs with every violation found.
    pub fn finish(self) -> Result<(), Error> {
        Ok(self.0.finish()?)
    }

    /// A name of at most `most` characters.
    pub fn name(&mut self, path: &str, name: Option<String>, most: usize) -> String {
        self.text(path, name, 1, most, "[\\w+=,.@-]+", is_of_names)
    }

    /// The name of a role.
    pub fn role_name(&mut self, name: Option<String>) -> String {
        self.name("roleName", name, 64)
    }

    /// The name of a user that exists.
    pub fn user_name(&mut self, name: Option<String>) -> String {
        self.name("userName", name, 128)
    }

    /// The name of a user that may be left out.
    pub fn optional_user_name(&mut self, name: Option<String>) {
        if name.is_some() {
            self.user_name(name);
        }
    }

    /// The name of a group.
    pub fn group_name(&mut self, name: Option<String>) -> String {
        self.name("groupName", name, 128)
    }

    /// The name of a policy.
    pub fn policy_name(&mut self, name: Option<String>) -> String {
        self.name("policyName", name, 128)
    }

    /// A path: `/` where none is given.
    pub fn path(&mut self, path: &str, value: Option<String>) -> String {
        let value = value.unwrap_or_else(|| "/".to_owned());
        let between = value.len() >= 3 && value.starts_with('/') && value.ends_with('/');
        let is_path = value == "/" || (between && value.chars().all(is_printable));
        self.0.length(path, &value, 1, 512).satisfies(
            path,
            &value,
            "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
            is_path,
        );
        value
    }

    /// The path of a policy, whose segments are names.
    pub fn policy_path(&mut self, value: Option<String>) -> String {
        let value = value.unwrap_or_else(|| "/".to_owned());
        let is_path = value.starts_with('/')
            && value.ends_with('/')
            && !value.contains("//")
            && value.chars().all(|c| c.is_ascii_alphanumeric() || "./,+@=_-".contains(c));
        self.0.length("path", &value, 1, 512).satisfies("path", &value, "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/", is_path);
        value
    }

    /// What paths begin with: `/` where nothing is given.
    pub fn path_prefix(&mut self, value: Option<String>) -> String {
        let value = value.unwrap_or_else(|| "/".to_owned());
        let is_prefix = value.starts_with('/') && value.chars().all(|c| is_printable(c) || c == '\u{7f}');
        self.0.length("pathPrefix", &value, 1, 512);
        self.0.satisfies("pathPrefix", &value, "\\u002F[\\u0021-\\u007F]*", is_prefix);
        value
    }

    /// A policy document.
    pub fn document(&mut self, path: &str, document: Option<String>) -> String {
        self.text(path, document, 1, 131_072, "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", is_of_documents)
    }

    /// An ARN, of which only the length is a constraint.
    pub fn arn(&mut self, path: &str, arn: Option<String>) -> String {
        self.text(path, arn, 20, 2048, "", |_| true)
    }

    /// An ARN that may be absent.
    pub fn optional_arn(&mut self, path: &str, arn: Option<String>) -> Option<String> {
        arn.map(|arn| self.arn(path, Some(arn)))
    }

    /// The description of a role.
    pub fn role_description(&mut self, description: Option<String>) -> Option<String> {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
        let pattern = "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*";
        let text = description.as_deref().unwrap_or_default();
        self.0.length("description", text, 0, 1000).pattern("description", text, pattern, allowed);
        description
    }

    /// The description of a policy.
    pub fn policy_description(&mut self, description: Option<String>) -> Option<String> {
        self.0.length("description", description.as_deref().unwrap_or_default(), 0, 1000);
        description
    }

    /// The longest session of a role.
    pub fn max_session_duration(&mut self, seconds: Option<i64>) -> Option<u32> {
        let seconds = seconds?;
        self.0.range("maxSessionDuration", seconds, 3600, 43_200);
        u32::try_from(seconds).ok()
    }

    /// One of a few words, where one is given.
    pub fn one_of(&mut self, path: &str, value: Option<&str>, allowed: &[&str]) {
        if let Some(value) = value {
            self.0.one_of(path, value, allowed);
        }
    }

    /// A member that must be there and has no other constraint.
    pub fn required(&mut self, path: &str, value: Option<String>) -> String {
        self.0.required(path, value.as_ref());
        value.unwrap_or_default()
    }

    /// A list that must be there, be it empty.
    pub fn required_list(&mut self, path: &str, list: Option<Vec<String>>) -> Vec<String> {
        self.0.required(path, list.as_ref());
        list.unwrap_or_default()
    }

    /// An access key id.
    pub fn access_key_id(&mut self, id: Option<String>) -> String {
        self.text("accessKeyId", id, 16, 128, "[\\w]+", is_word)
    }

    /// A version id: the number in `v3`.
    pub fn version_id(&mut self, id: Option<String>) -> String {
        let is_id = id.as_deref().is_none_or(is_version_id);
        self.0.required("versionId", id.as_ref());
        let id = id.unwrap_or_default();
        self.0.satisfies("versionId", &id, "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", is_id);
        id
    }

    /// Tags.
    pub fn tags(&mut self, given: Option<Vec<Tag>>) -> Checked {
        tags::check(&mut self.0, given)
    }

    /// Tags that must be there, be it as an empty list.
    pub fn required_tags(&mut self, given: Option<Vec<Tag>>) -> Checked {
        self.0.required("tags", given.as_ref());
        tags::check(&mut self.0, given)
    }

    /// Keys of tags.
    pub fn tag_keys(&mut self, keys: Option<Vec<String>>) -> Vec<String> {
        tags::check_keys(&mut self.0, keys)
    }

    /// A list whose items have a length.
    pub fn items(&mut self, path: &str, items: &[String], least: usize, most: usize) {
        if !items.iter().all(|item| (least..=most).contains(&item.chars().count())) {
            let text = format!(
                "Member must satisfy constraint: [Member must have length less than or equal to {most}, Member must \
                 have length greater than or equal to {least}, Member must not be null]"
            );
            self.0.add(path, "", &text);
        }
    }

    /// A text of a length, where one is given.
    pub fn length(&mut self, path: &str, text: &str, least: usize, most: usize) {
        self.0.length(path, text, least, most);
    }

    /// A list of policy documents.
    pub fn documents(&mut self, path: &str, documents: &[String]) {
        let is_document = |document: &String| {
            (1..=131_072).contains(&document.chars().count()) && document.chars().all(is_of_documents)
        };
        if !documents.iter().all(is_document) {
            let text = "Member must satisfy constraint: [Member must have length less than or equal to 131072, Member \
                        must have length greater than or equal to 1, Member must satisfy regular expression pattern: \
                        [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+, Member must not be null]";
            self.0.add(path, "", text);
        }
    }

    /// Which page is asked for.
    pub fn page(&mut self, marker: Option<String>, max_items: Option<i64>) -> Page {
        if let Some(marker) = &marker {
            self.0.length("marker", marker, 1, 320);
        }
        let most = max_items.unwrap_or(100);
        self.0.range("maxItems", most, 1, 1000);
        Page { marker, most: usize::try_from(most).unwrap_or(1) }
    }

    /// A text that must be there.
    pub fn text(
        &mut self,
        path: &str,
        text: Option<String>,
        least: usize,
        most: usize,
        pattern: &str,
        allowed: impl Fn(char) -> bool,
    ) -> String {
        let Some(text) = text else {
            self.0.required::<String>(path, None);
            return String::new();
        };
        self.0.length(path, &text, least, most);
        self.0.satisfies(path, &text, pattern, !text.is_empty() && text.chars().all(allowed));
        text
    }
}

fn is_of_documents(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

fn is_of_names(c: char) -> bool {
    is_word(c) || "+=,.@-".contains(c)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_printable(c: char) -> bool {
    matches!(c, '!'..='~')
}

fn is_version_id(id: &str) -> bool {
    let Some(rest) = id.strip_prefix('v') else { return false };
    let (number, label) = rest.split_once('.').unwrap_or((rest, ""));
    let is_number = number.starts_with(|c: char| matches!(c, '1'..='9')) && number.bytes().all(|b| b.is_ascii_digit());
    is_number && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(check: impl FnOnce(&mut Checks)) -> String {
        let mut checks = Checks::new();
        check(&mut checks);
        checks.finish().map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_missing_member_is_a_violation() {
        let text = violations(|checks| drop(checks.role_name(None)));
        let wanted =
            "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null";
        assert_eq!(text, wanted);
    }

    #[test]
    fn names_have_letters_digits_and_a_few_signs() {
        for good in ["a", "Player_1+=,.@-", &"x".repeat(64)] {
            assert_eq!(violations(|checks| drop(checks.role_name(Some(good.to_owned())))), "", "{good}");
        }
        for bad in ["", "a/b", "a b", "é", "a:b", "*", &"x".repeat(65)] {
            assert_ne!(violations(|checks| drop(checks.role_name(Some(bad.to_owned())))), "", "{bad}");
        }
    }

    #[test]
    fn paths_begin_and_end_with_a_slash() {
        for good in ["/", "/a/", "/a/b/", "/a*:/"] {
            assert_eq!(violations(|checks| drop(checks.path("path", Some(good.to_owned())))), "", "{good}");
        }
        for bad in ["", "a", "/a", "a/", "//", "/a b/", "/é/"] {
            assert_ne!(violations(|checks| drop(checks.path("path", Some(bad.to_owned())))), "", "{bad}");
        }
        for bad in ["//", "/a//b/", "/a*/", ""] {
            assert_ne!(violations(|checks| drop(checks.policy_path(Some(bad.to_owned())))), "", "{bad}");
        }
    }

    #[test]
    fn version_ids_count_from_one() {
        for good in ["v1", "v10", "v2.a-b", "v2."] {
            assert!(is_version_id(good), "{good}");
        }
        for bad in ["", "v", "v0", "1", "v1a", "V1", "v1.a.b", "v-1"] {
            assert!(!is_version_id(bad), "{bad}");
        }
    }
}
