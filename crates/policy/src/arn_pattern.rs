//! Patterns of ARNs: six parts, each compared for itself.

use crate::context::Context;
use crate::pattern::{Answer, Pattern, Syntax};

/// What a request acts on, cut into its parts once per decision.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// An ARN of six parts.
    Arn([&'a str; 6]),
    /// `*`: the action has no resource. Only the pattern `*` matches it, as it does any text that is no ARN.
    Whole,
}

/// A pattern of ARNs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArnPattern {
    text: Box<str>,
    /// `None` for the lone `*`.
    parts: Option<Box<[Pattern; 6]>>,
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
        parts(text).map_or(Self::Whole, Self::Arn)
    }
}

impl ArnPattern {
    /// A pattern of `Resource` or `NotResource`: variables count after the fifth colon only.
    pub(crate) fn resource(text: &str, variables: bool, missing: Missing) -> Self {
        if text == "*" {
            return Self { text: text.into(), parts: None };
        }
        let mut given = text
            .splitn(6, ':')
            .enumerate()
            .map(|(at, part)| Pattern::compile(part, Syntax { wildcards: true, variables: variables && at == 5 }));
        let mut next = || given.next();
        let found = [next(), next(), next(), next(), next(), next()];
        let wild = found.iter().flatten().any(Pattern::has_wildcard);
        let rest = if wild || missing == Missing::Anything { Pattern::ANY } else { nothing() };
        Self { text: text.into(), parts: Some(Box::new(found.map(|part| part.unwrap_or_else(|| rest.clone())))) }
    }

    /// A value of an ARN condition operator: variables count everywhere. `None` where there are no six parts, or where
    /// the first can never be `arn`.
    pub(crate) fn condition(text: &str, variables: bool) -> Option<Self> {
        let parts = parts_around_variables(text, variables)?;
        let parts = parts.map(|part| Pattern::compile(part, Syntax { wildcards: true, variables }));
        let first = parts.first()?;
        if !first.has_variable() && first.matches("arn", &Context::new()) != Answer::Yes {
            return None;
        }
        Some(Self { text: text.into(), parts: Some(Box::new(parts)) })
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern describes the target.
    pub(crate) fn matches(&self, target: Target<'_>, context: &Context) -> Answer {
        let (patterns, texts) = match (&self.parts, target) {
            (None, _) => return Answer::Yes,
            (Some(_), Target::Whole) => return Answer::No,
            (Some(patterns), Target::Arn(texts)) => (patterns, texts),
        };
        // The resource part differs most often, the leading parts least.
        let mut unresolved = false;
        for (pattern, text) in patterns.iter().zip(texts).rev() {
            match pattern.matches(text, context) {
                Answer::Yes => {}
                Answer::No => return Answer::No,
                Answer::Unresolved => unresolved = true,
            }
        }
        if unresolved { Answer::Unresolved } else { Answer::Yes }
    }

    /// Whether every variable has a value.
    pub(crate) fn resolves(&self, context: &Context) -> bool {
        self.parts().iter().all(|part| part.resolves(context))
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
        ArnPattern::resource(pattern, true, Missing::Anything).matches(Target::of(text), &Context::new()) == Answer::Yes
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
        assert_ne!(kind("arn:aws:s3").matches(target, &Context::new()), Answer::Yes);
        assert_eq!(kind("arn:*:s3").matches(target, &Context::new()), Answer::Yes);
    }

    #[test]
    fn variables_before_the_fifth_colon_count_in_conditions_only() {
        let context: Context = [("aws:PrincipalAccount", "123456789012")].into_iter().collect();
        let text = "arn:aws:iam::${aws:PrincipalAccount}:role/x";
        let target = Target::of("arn:aws:iam::123456789012:role/x");
        let condition = ArnPattern::condition(text, true).unwrap();
        assert_eq!(condition.matches(target, &context), Answer::Yes);
        assert_ne!(ArnPattern::resource(text, true, Missing::Anything).matches(target, &context), Answer::Yes);
        assert!(ArnPattern::condition("arn:aws:s3", true).is_none());
        assert!(ArnPattern::condition("*", true).is_none());
    }
}
