//! A policy document: validated, compiled, immutable.

use std::ops::ControlFlow;
use std::sync::Arc;

use vocab::Arn;

use crate::check;
use crate::condition::Condition;
use crate::document::{Document, Version};
use crate::index::Index;
use crate::malformed::Malformed;
use crate::pattern::Pattern;
use crate::principal::{Grant, Name};
use crate::statement::{Effect, Facts, Statement};

/// What a document is for: it decides which elements it may have, and the words it is refused with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Attached to a user, group or role; also a permissions boundary and a service control policy.
    Identity,
    /// An identity policy that a customer stores for itself: it must be in the version of 2012.
    Managed,
    /// Says who may assume a role.
    Trust,
    /// Attached to an S3 bucket; `check_bucket` then holds it against the bucket.
    Bucket,
    /// Passed with a request for credentials.
    Session,
    /// Attached to a resource of another service.
    Resource,
    /// A resource control policy of an organisation.
    ResourceControl,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub(crate) kind: Kind,
    pub(crate) statements: Vec<Statement>,
    denies: Index,
    allows: Index,
}

/// A policy with the name that explanations give it, such as "inline policy `scores` of role `Player`".
#[derive(Debug, Clone)]
pub struct Named {
    /// What explanations call the policy.
    pub name: Arc<str>,
    /// The policy.
    pub policy: Arc<Policy>,
}

impl Policy {
    /// Reads and checks a document. The error is the first check that fails, in the order of the real service.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, Malformed> {
        let document = Document::read(text, kind)?;
        check::document(&document, kind)?;
        let variables = document.version == Some(Version::Of2012);
        let mut statements = Vec::with_capacity(document.statements.len());
        for written in document.statements {
            let principal = check::principal::read(&written, kind)?;
            statements.push(Statement::compile(written, principal, kind, variables));
        }
        let index = |effect| Index::new(&statements, effect);
        Ok(Self { kind, denies: index(Effect::Deny), allows: index(Effect::Allow), statements })
    }

    /// Whether a statement forbids the request.
    pub(crate) fn forbids(&self, facts: &Facts<'_>) -> bool {
        let mut forbids = false;
        self.denies.find(facts.texts, |at| {
            forbids = self.applies(at, facts).is_some();
            if forbids { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        forbids
    }

    /// How closely statements permit the request, where any does.
    pub(crate) fn permits(&self, facts: &Facts<'_>) -> Option<Grant> {
        let mut closest = None;
        self.allows.find(facts.texts, |at| {
            closest = closest.max(self.applies(at, facts));
            // Nothing is closer.
            if closest == Some(Grant::Direct) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        closest
    }

    fn applies(&self, at: u32, facts: &Facts<'_>) -> Option<Grant> {
        self.statements.get(at as usize).and_then(|statement| statement.applies(facts))
    }

    /// What the document was read as.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether some statement allows something.
    pub fn has_allow(&self) -> bool {
        self.statements.iter().any(|statement| statement.effect == Effect::Allow)
    }

    /// The users and roles that `Principal` and `NotPrincipal` elements name by ARN, each once. Whoever stores the
    /// document resolves them to unique ids (`map_principals`).
    pub fn principal_arns(&self) -> Vec<&Arn> {
        let mut arns: Vec<&Arn> = vec![];
        for name in self.names() {
            if let Name::Arn(arn) = name
                && arn.service() == "iam"
                && !arns.contains(&arn)
            {
                arns.push(arn);
            }
        }
        arns
    }

    /// The unique ids of users and roles that the document names, each once.
    pub fn principal_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = vec![];
        for name in self.names() {
            if let Name::Id(id) = name
                && !ids.contains(&&**id)
            {
                ids.push(id);
            }
        }
        ids
    }

    /// Whether a statement lets Amazon Cognito in without asking which pool, identity or kind of login it is:
    /// no condition that needs `aud`, `sub` or `amr` to have one of given values. IAM refuses such a trust policy.
    pub fn trusts_cognito_unconditionally(&self) -> bool {
        let asks = |condition: &Condition| {
            condition.pins_its_key() && COGNITO_KEYS.iter().any(|key| condition.key().eq_ignore_ascii_case(key))
        };
        self.statements.iter().any(|statement| {
            let names_cognito = statement
                .principal
                .iter()
                .flat_map(|element| &element.names)
                .any(|name| matches!(name, Name::Federated(provider) if **provider == *COGNITO));
            names_cognito && statement.effect == Effect::Allow && !statement.conditions.iter().any(asks)
        })
    }

    /// Every condition key that the document reads, in conditions and as variables, each once and sorted ignoring case, as written.
    pub fn condition_keys(&self) -> Vec<&str> {
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions).flat_map(Condition::keys);
        let resources = self.statements.iter().flat_map(|statement| &statement.resources);
        let variables =
            resources.flat_map(|element| &element.patterns).flat_map(|arn| arn.parts()).flat_map(Pattern::keys);
        let mut keys: Vec<&str> = conditions.chain(variables).collect();
        keys.sort_by_cached_key(|key| key.to_ascii_lowercase());
        keys.dedup_by(|left, right| left.eq_ignore_ascii_case(right));
        keys
    }

    fn names(&self) -> impl Iterator<Item = &Name> {
        self.statements.iter().flat_map(|statement| &statement.principal).flat_map(|element| &element.names)
    }
}

const COGNITO: &str = "cognito-identity.amazonaws.com";
const COGNITO_KEYS: [&str; 3] =
    ["cognito-identity.amazonaws.com:aud", "cognito-identity.amazonaws.com:sub", "cognito-identity.amazonaws.com:amr"];
