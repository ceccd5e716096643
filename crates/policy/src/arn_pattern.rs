//! Patterns of ARNs: six parts, each compared for itself.

use crate::context::Context;
use crate::pattern::{Pattern, Syntax};

/// What a request acts on, cut once per decision.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// An ARN of six parts, cut behind its fifth colon.
    Arn { head: &'a str, rest: &'a str },
    /// `*`: the action has no resource. Only the pattern `*` matches it, as it does any text that is no ARN.
    Whole,
}

/// A pattern of ARNs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArnPattern {
    text: Box<str>,
    /// `None` for the lone `*`.
    parts: Option<Box<[Pattern; 6]>>,
    /// The first five parts with their colons, where they are plain text: then one comparison does for all.
    head: Option<Box<str>>,
}

/// What the parts are that a pattern leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Anything: identity, session and boundary policies.
    Anything,
    /// Anything where the pattern has a wildcard, else the pattern matches nothing: resource policies.
    AnythingIfWild,
}

impl<'a> Target<'a> {
    /// The parts of a resource as a request names it.
    pub(crate) fn of(text: &'a str) -> Self {
        let fifth_colon = || {
            let colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
            if text.starts_with("arn:") { colons.map(|(at, _)| at).nth(4) } else { None }
        };
        match fifth_colon().and_then(|at| text.split_at_checked(at + 1)) {
            Some((head, rest)) => Self::Arn { head, rest },
            None => Self::Whole,
        }
    }

    pub(crate) fn is_arn(&self) -> bool {
        matches!(self, Self::Arn { .. })
    }
}

impl ArnPattern {
    /// A pattern of `Resource` or `NotResource`: variables count after the fifth colon only.
    pub(crate) fn resource(text: &str, variables: bool, missing: Missing) -> Self {
        if text == "*" {
            return Self { text: text.into(), parts: None, head: None };
        }
        let mut given = text
            .splitn(6, ':')
            .enumerate()
            .map(|(at, part)| Pattern::compile(part, Syntax { wildcards: true, variables: variables && at == 5 }));
        let mut next = || given.next();
        let found = [next(), next(), next(), next(), next(), next()];
        let wild = found.iter().flatten().any(Pattern::has_wildcard);
        let rest = if wild || missing == Missing::Anything { Pattern::ANY } else { nothing() };
        Self::new(text, found.map(|part| part.unwrap_or_else(|| rest.clone())))
    }

    /// A value of an ARN condition operator: variables count everywhere. `None` where there are no six parts, or where
    /// the first can never be `arn`.
    pub(crate) fn condition(text: &str, variables: bool) -> Option<Self> {
        let parts = parts_around_variables(text, variables)?;
        let parts = parts.map(|part| Pattern::compile(part, Syntax { wildcards: true, variables }));
        let first = parts.first()?;
        let can_be_arn = first.has_variable() || first.matches("arn", &Context::new());
        can_be_arn.then(|| Self::new(text, parts))
    }

    fn new(text: &str, parts: [Pattern; 6]) -> Self {
        let [a, b, c, d, e, _] = &parts;
        let head = [a, b, c, d, e].into_iter().try_fold(String::with_capacity(text.len()), |head, part| {
            let part = part.plain()?;
            Some(head + part + ":")
        });
        Self { text: text.into(), parts: Some(Box::new(parts)), head: head.map(Into::into) }
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern describes the target. A variable without a value matches nothing.
    pub(crate) fn matches(&self, target: Target<'_>, context: &Context) -> bool {
        let Some(parts) = &self.parts else {
            return true;
        };
        let Target::Arn { head, rest } = target else {
            return false;
        };
        let [leading @ .., last] = &**parts;
        match &self.head {
            Some(plain) => **plain == *head && last.matches(rest, context),
            None => {
                last.matches(rest, context)
                    && leading.iter().zip(head.split(':')).all(|(pattern, text)| pattern.matches(text, context))
            }
        }
    }

    /// Whether every variable has a value.
    pub(crate) fn resolves(&self, context: &Context) -> bool {
        self.parts().iter().all(|part| part.resolves(context))
    }

    /// What every ARN begins with that the pattern describes.
    pub(crate) fn start(&self) -> String {
        let mut start = String::with_capacity(self.text.len());
        for (at, part) in self.parts().iter().enumerate() {
            start.push_str(part.start());
            if at == 5 || part.plain().is_none() {
                break;
            }
            start.push(':');
        }
        start
    }

    /// The pattern with the values of its variables.
    pub(crate) fn render(&self, context: &Context) -> String {
        if self.parts().iter().flat_map(Pattern::keys).next().is_none() {
            return self.text.to_string();
        }
        let texts: Vec<String> = self.parts().iter().map(|part| part.render(context)).collect();
        texts.join(":")
    }

    /// The patterns of the six parts; none for the lone `*`.
    pub(crate) fn parts(&self) -> &[Pattern] {
        self.parts.as_deref().map_or(&[], <[Pattern; 6]>::as_slice)
    }
}

/// A text cut at its first five colons.
pub(crate) fn parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?, next()?]).filter(|parts| parts.starts_with(&["arn"]))
}

/// A text cut at the first five colons that are outside of `${…}`.
fn parts_around_variables(text: &str, variables: bool) -> Option<[&str; 6]> {
    let mut rest = Some(text);
    let mut next = || {
        let whole = rest?;
        match colon(whole, variables) {
            Some(at) => {
                rest = whole.get(at + 1..);
                whole.get(..at)
            }
            None => rest.take(),
        }
    };
    Some([next()?, next()?, next()?, next()?, next()?, rest?])
}

fn colon(text: &str, variables: bool) -> Option<usize> {
    let mut inside = false;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '{' if variables && before == '$' => inside = true,
            '}' => inside = false,
            ':' if !inside => return Some(at),
            _ => {}
        }
        before = character;
    }
    None
}

/// A pattern that no part of an ARN matches: no part but the last has a colon in it, and the last is never missing
/// while another is given.
fn nothing() -> Pattern {
    Pattern::compile("${}", Syntax { wildcards: false, variables: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        ArnPattern::resource(pattern, true, Missing::Anything).matches(Target::of(text), &Context::new())
    }

    #[test]
    fn wildcards_stay_within_their_part() {
        assert!(!matches("arn:aws:sqs:*:q1", "arn:aws:sqs:us-east-1:123456789012:q1"));
        assert!(matches("arn:aws:sqs:*:*:q1", "arn:aws:sqs:us-east-1:123456789012:q1"));
        assert!(matches("arn:*:s3:::b/*", "arn:aws:s3:::b/c/d:e"));
        assert!(!matches("arn:aws:s3:::b/*", "arn:aws:s3:::b"));
        assert!(matches("arn:aws:s3:::b*", "arn:aws:s3:::b") && matches("arn:aws:s3:::b*", "arn:aws:s3:::b/k"));
    }

    #[test]
    fn a_wildcard_in_the_request_is_a_character() {
        assert!(!matches("arn:aws:s3:::b/x", "arn:aws:s3:::b/*"));
        assert!(matches("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*"));
    }

    #[test]
    fn only_the_lone_star_matches_no_resource() {
        assert!(matches("*", "*") && !matches("arn:aws:s3:::*", "*"));
        assert!(matches("arn:aws:s3:::*", "arn:aws:s3:::*"));
    }

    #[test]
    fn missing_parts_are_anything_unless_it_is_a_resource_policy() {
        assert!(matches("arn:aws:s3", "arn:aws:s3:::b/k"));
        let kind = |text| ArnPattern::resource(text, true, Missing::AnythingIfWild);
        let target = Target::of("arn:aws:s3:::b/k");
        assert!(!kind("arn:aws:s3").matches(target, &Context::new()));
        assert!(kind("arn:*:s3").matches(target, &Context::new()));
    }

    #[test]
    fn variables_before_the_fifth_colon_count_in_conditions_only() {
        let context: Context = [("aws:PrincipalAccount", "123456789012")].into_iter().collect();
        let text = "arn:aws:iam::${aws:PrincipalAccount}:role/x";
        let target = Target::of("arn:aws:iam::123456789012:role/x");
        let condition = ArnPattern::condition(text, true).unwrap();
        assert!(condition.matches(target, &context));
        assert!(!ArnPattern::resource(text, true, Missing::Anything).matches(target, &context));
        assert!(ArnPattern::condition("arn:aws:s3", true).is_none());
        assert!(ArnPattern::condition("*", true).is_none());
    }
}
