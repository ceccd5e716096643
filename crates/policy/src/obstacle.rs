//! What stands between a statement and a request, and how explanations are worded.

use std::fmt;

use serde::Serialize;

use crate::condition::Condition;
use crate::context::Context;
use crate::decide::Request;
use crate::decision::{Decision, Reason};
use crate::explain::{Explanation, Miss, StatementRef};
use crate::pattern::Pattern;
use crate::statement::{Facts, Statement};

/// An element or condition that does not fit the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Obstacle {
    /// The element, such as `Action` or `NotResource`; `Condition` for conditions.
    pub element: &'static str,
    /// Of a condition, its operator as written.
    pub operator: Option<String>,
    /// Of a condition, its key as written.
    pub key: Option<String>,
    /// What the statement asks for, variables replaced by their values.
    pub wanted: Vec<String>,
    /// What the request has; `None` for a condition key that it lacks.
    pub seen: Option<Vec<String>>,
    /// Of variables in what is wanted, the condition keys that the request lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// How far a statement is from the request: 0 would be none at all. Actions of another service are farthest.
pub(crate) fn count(statement: &Statement, facts: &Facts<'_>) -> usize {
    let conditions = statement.conditions.iter().filter(|condition| !condition.holds(facts.context)).count();
    let of_service = statement.actions.not || statement.actions.patterns.iter().any(|one| one.is_of(facts.action.0));
    let mut distance = conditions.min(7);
    for (fits, weight) in [
        (statement.principal_applies(facts).is_some(), 8),
        (statement.resource_applies(facts), 8),
        (statement.action_applies(facts), 16),
        (of_service, 64),
    ] {
        distance += if fits { 0 } else { weight };
    }
    distance
}

/// What stands against a statement.
pub(crate) fn obstacles(statement: &Statement, request: &Request<'_>, facts: &Facts<'_>) -> Vec<Obstacle> {
    let mut obstacles = vec![];
    let mut element = |name, wanted: Vec<String>, seen: String| {
        let wanted = wanted.into_iter().map(|text| clip(&text)).collect();
        let seen = Some(vec![clip(&seen)]);
        obstacles.push(Obstacle { element: name, operator: None, key: None, wanted, seen, missing: vec![] });
    };
    if statement.principal_applies(facts).is_none() {
        let named = statement.principal.as_ref();
        let name = if named.is_some_and(|element| element.not) { "NotPrincipal" } else { "Principal" };
        let wanted = named.iter().flat_map(|element| &element.names).map(|name| name.text());
        element(name, wanted.take(MOST_WANTED).collect(), facts.principal.to_string());
    }
    if !statement.action_applies(facts) {
        let name = if statement.actions.not { "NotAction" } else { "Action" };
        let wanted = statement.actions.patterns.iter().map(|pattern| pattern.text().to_owned());
        element(name, wanted.take(MOST_WANTED).collect(), request.action.to_owned());
    }
    if let Some(resources) = &statement.resources
        && !statement.resource_applies(facts)
    {
        let name = if resources.not { "NotResource" } else { "Resource" };
        let wanted = resources.patterns.iter().map(|pattern| pattern.render(facts.context));
        element(name, wanted.take(MOST_WANTED).collect(), request.resource.to_owned());
        let parts = resources.patterns.iter().flat_map(|pattern| pattern.parts());
        let keys = parts.filter(|part| !part.resolves(facts.context)).flat_map(Pattern::keys);
        if let Some(resource) = obstacles.last_mut() {
            resource.missing = missing(keys, &resource.wanted);
        }
    }
    let failed = statement.conditions.iter().filter(|condition| !condition.holds(facts.context));
    obstacles.extend(failed.take(MOST_CONDITIONS).map(|failed| condition(failed, facts.context)));
    obstacles
}

fn condition(condition: &Condition, context: &Context) -> Obstacle {
    let seen = context.get(condition.key());
    let wanted: Vec<String> = condition.wanted(context).take(MOST_WANTED).map(|text| clip(&text)).collect();
    Obstacle {
        element: "Condition",
        operator: Some(clip(&condition.spelling)),
        key: Some(clip(condition.key())),
        missing: missing(condition.keys(), &wanted),
        wanted,
        seen: seen.map(|value| value.texts().take(MOST_WANTED).map(clip).collect()),
    }
}

/// The keys whose variables still stand in what is wanted: they have no value.
fn missing<'a>(keys: impl Iterator<Item = &'a str>, wanted: &[String]) -> Vec<String> {
    let mut missing: Vec<String> = vec![];
    for key in keys.map(clip) {
        let variable = format!("${{{key}}}");
        if wanted.iter().any(|text| text.contains(&variable)) && !missing.contains(&key) {
            missing.push(key);
        }
    }
    missing
}

/// A text short enough for a log line, on one line.
pub(crate) fn clip(text: &str) -> String {
    let mut clipped = String::new();
    for (at, character) in text.chars().enumerate() {
        if at == LONGEST_TEXT {
            clipped.push('…');
            break;
        }
        match character {
            _ if character.is_control() => clipped.extend(character.escape_default()),
            _ => clipped.push(character),
        }
    }
    clipped
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource, .. } = self;
        match self.decision {
            Decision::Allowed if self.matched.is_empty() => write!(f, "`{action}` on `{resource}` is allowed to root"),
            Decision::Allowed => write!(f, "`{action}` on `{resource}` is allowed by {}", list(&self.matched, " and ")),
            Decision::Denied(Reason::ExplicitDeny(_)) => {
                write!(f, "`{action}` on `{resource}` is denied by {}", list(&self.matched, " and "))
            }
            Decision::Denied(Reason::Implicit(kind)) => {
                write!(f, "no {kind} allows `{action}` on `{resource}`")?;
                match (self.note, self.nearest.first()) {
                    (Some(note), _) => write!(f, "; {note}"),
                    (None, Some(miss)) => write!(f, "; nearest is {miss}"),
                    (None, None) => f.write_str("; there is none with an Allow"),
                }
            }
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.statement, list(&self.obstacles, "; "))
    }
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "statement `{}` of {}", clip(sid), clip(&self.policy)),
            None => write!(f, "statement {} of {}", self.index, clip(&self.policy)),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.operator, &self.key) {
            (Some(operator), Some(key)) => write!(f, "condition {operator} on `{key}`")?,
            _ => f.write_str(self.element)?,
        }
        let quoted = |texts: &[String]| match texts {
            [] => "nothing".to_owned(),
            texts => list(&texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>(), ", "),
        };
        write!(f, " wants {}, ", quoted(&self.wanted))?;
        match &self.seen {
            Some(seen) => write!(f, "the request has {}", quoted(seen))?,
            None => f.write_str("the request lacks it")?,
        }
        match self.missing.as_slice() {
            [] => Ok(()),
            missing => write!(f, ", and has no value for {}", quoted(missing)),
        }
    }
}

fn list(items: &[impl fmt::Display], between: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

const LONGEST_TEXT: usize = 256;
const MOST_WANTED: usize = 8;
const MOST_CONDITIONS: usize = 8;
