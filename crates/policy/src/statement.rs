//! Statements, compiled: does one apply to a request?

use crate::action::ActionPattern;
use crate::arn_pattern::{ArnPattern, Missing, Target};
use crate::condition::Condition;
use crate::context::Context;
use crate::document::Written;
use crate::policy::Kind;
use crate::principal::{Element, Grant, Place, Principal};

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids, whatever else permits.
    Deny,
}

/// A compiled statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<Element>,
    pub(crate) actions: Patterns<ActionPattern>,
    /// `None`: the resource that the policy is attached to.
    pub(crate) resources: Option<Patterns<ArnPattern>>,
    pub(crate) conditions: Vec<Condition>,
    trust: bool,
}

/// An element with its patterns, or its Not-form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patterns<T> {
    pub(crate) not: bool,
    pub(crate) patterns: Vec<T>,
}

/// A request, cut into what statements look at.
pub(crate) struct Facts<'a> {
    pub(crate) principal: &'a Principal,
    /// Service and name in lower case.
    pub(crate) action: (&'a str, &'a str),
    pub(crate) target: Target<'a>,
    /// Action and target as texts, for the index: the action in lower case, nothing for a target that is no ARN.
    pub(crate) texts: (&'a str, &'a str),
    pub(crate) context: &'a Context,
    /// The caller has a permissions boundary.
    pub(crate) bounded: bool,
    /// The policy is attached to a resource, so it says who; one that does not say it allows nobody.
    pub(crate) says_who: bool,
}

impl Statement {
    /// Compiles what passed the checks of its kind.
    pub(crate) fn compile(written: Written, principal: Option<Element>, kind: Kind, variables: bool) -> Self {
        let deny = written.effect == "Deny";
        let missing = match kind {
            Kind::Identity | Kind::Managed | Kind::Session | Kind::ResourceControl => Missing::Anything,
            Kind::Trust | Kind::Bucket | Kind::Resource => Missing::AnythingIfWild,
        };
        let (not, actions) = written.action.map_or((false, vec![]), |choice| (choice.not, choice.value));
        let actions = Patterns { not, patterns: actions.iter().map(|text| ActionPattern::new(text)).collect() };
        let resources = written.resource.map(|choice| Patterns {
            not: choice.not,
            patterns: choice.value.iter().map(|text| ArnPattern::resource(text, variables, missing)).collect(),
        });
        let conditions = written
            .conditions
            .iter()
            .map(|wish| Condition::new((&wish.spelling, wish.operator), &wish.key, &wish.values, deny, variables));
        Self {
            sid: written.sid.filter(|sid| !sid.is_empty()).map(Into::into),
            effect: if deny { Effect::Deny } else { Effect::Allow },
            principal,
            actions,
            resources,
            conditions: conditions.collect(),
            trust: kind == Kind::Trust,
        }
    }

    /// How closely the statement means the caller, if all of it applies to the request.
    pub(crate) fn applies(&self, facts: &Facts<'_>) -> Option<Grant> {
        if !self.action_applies(facts) || !self.resource_applies(facts) {
            return None;
        }
        let grant = self.principal_applies(facts)?;
        self.conditions.iter().all(|condition| condition.holds(facts.context)).then_some(grant)
    }

    pub(crate) fn action_applies(&self, facts: &Facts<'_>) -> bool {
        let Patterns { not, patterns } = &self.actions;
        patterns.iter().any(|pattern| pattern.matches(facts.action)) != *not
    }

    pub(crate) fn resource_applies(&self, facts: &Facts<'_>) -> bool {
        let Some(Patterns { not, patterns }) = &self.resources else {
            return true;
        };
        if patterns.iter().any(|pattern| pattern.matches(facts.target, facts.context)) {
            return !not;
        }
        // A variable without a value matches nothing, so NotResource matches; but it must not widen an Allow, whatever
        // else of the pattern differs from the resource.
        *not && (self.effect == Effect::Deny || patterns.iter().all(|pattern| pattern.resolves(facts.context)))
    }

    pub(crate) fn principal_applies(&self, facts: &Facts<'_>) -> Option<Grant> {
        let deny = self.effect == Effect::Deny;
        match &self.principal {
            Some(element) => {
                element.matches(facts.principal, Place { deny, trust: self.trust, bounded: facts.bounded })
            }
            None => (deny || !facts.says_who).then_some(Grant::Direct),
        }
    }
}
