//! The policies of a simulation, each with what the answer calls it.

use std::sync::Arc;

use policy::{Named, Policy, StatementRef};
use vocab::Arn;

use crate::Error;
use crate::simulation::places;
use crate::simulation::shapes::{Position, Statement};

/// A policy document and where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What the answer calls it.
    pub id: String,
    /// Where it comes from.
    pub kind: Kind,
    /// The document.
    pub document: String,
}

/// Where a policy comes from.
#[derive(Debug, Clone)]
pub enum Kind {
    /// An inline policy.
    Inline {
        /// `user`, `group` or `role`.
        noun: &'static str,
        /// The name of that user, group or role.
        holder: String,
        /// The name of the policy.
        policy: String,
    },
    /// A managed policy.
    Managed {
        /// Its ARN.
        arn: Arn,
    },
    /// A service control policy of the account.
    ServiceControl,
    /// The policy that the simulated resources have.
    Resource,
    /// The request itself.
    Input,
}

/// The policies of a simulation, compiled. Each is named by its place among the sources.
#[derive(Default)]
pub struct Sources {
    sources: Vec<Source>,
    /// Where the statements of each stand.
    places: Vec<Vec<(Position, Position)>>,
    /// How many bytes the documents have, together.
    pub bytes: usize,
    keys: Vec<String>,
}

impl Source {
    /// A service control policy of the server's configuration.
    pub fn service_control(name: impl Into<String>, document: impl Into<String>) -> Self {
        Self { id: name.into(), kind: Kind::ServiceControl, document: document.into() }
    }

    /// The document at this place of a list of the request.
    pub fn input(list: &str, index: usize, document: String) -> Self {
        Self { id: format!("{list}.{}", index + 1), kind: Kind::Input, document }
    }
}

impl Kind {
    /// What the API calls this kind of policy.
    fn name(&self) -> &'static str {
        match self {
            Self::Inline { noun, .. } => noun,
            Self::Managed { arn } if arn.account() == "aws" => "aws-managed",
            Self::Managed { .. } => "user-managed",
            Self::Resource => "resource",
            Self::ServiceControl | Self::Input => "none",
        }
    }

    /// Whether the document is one that the caller of the simulation wrote.
    fn is_given(&self) -> bool {
        match self {
            Self::Input | Self::Resource => true,
            Self::Inline { .. } | Self::Managed { .. } | Self::ServiceControl => false,
        }
    }
}

impl Sources {
    /// Compiles a policy, and keeps where it comes from.
    pub fn compile(&mut self, source: Source, kind: policy::Kind) -> Result<Named, Error> {
        let policy = Policy::parse(&source.document, kind).map_err(|malformed| {
            if source.kind.is_given() {
                Error::InvalidInput(format!("{}: {malformed}", source.id))
            } else {
                Error::Internal(format!("stored policy `{}` cannot be read", source.id).into())
            }
        })?;
        self.bytes += source.document.len();
        self.keys.extend(policy.condition_keys().into_iter().map(str::to_owned));
        let name = self.sources.len().to_string().into();
        self.places.push(places::statements(&source.document));
        self.sources.push(source);
        Ok(Named { name, policy: Arc::new(policy) })
    }

    /// Compiles policies of one kind.
    pub fn compile_all(&mut self, sources: Vec<Source>, kind: policy::Kind) -> Result<Vec<Named>, Error> {
        sources.into_iter().map(|source| self.compile(source, kind)).collect()
    }

    /// Every condition key that one of the policies reads, sorted, each once ignoring case, in the spelling that came
    /// first.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = self.keys.clone();
        keys.sort_by_cached_key(|key| key.to_ascii_lowercase());
        keys.dedup_by(|later, earlier| later.eq_ignore_ascii_case(earlier));
        keys
    }

    /// How many statements the policies have, together.
    pub fn statements(&self) -> usize {
        self.places.iter().map(Vec::len).sum()
    }

    /// A statement as the answer shows it.
    pub fn shown(&self, statement: &StatementRef) -> Option<Statement> {
        let number = statement.policy.parse::<usize>().ok()?;
        let source = self.sources.get(number)?;
        let place = self.places.get(number)?.get(statement.index).copied();
        Some(Statement {
            source_policy_id: source.id.clone(),
            source_policy_type: source.kind.name(),
            start_position: place.map(|(start, _)| start),
            end_position: place.map(|(_, end)| end),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_once_in_the_spelling_that_came_first() {
        let mut sources = Sources::default();
        for (index, keys) in ["aws:username", "AWS:UserName\":\"a\",\"s3:prefix"].iter().enumerate() {
            let document = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${{aws:userid}}","Condition":{{"StringLike":{{"{keys}":"a"}}}}}}}}"#
            );
            let source = Source::input("PolicyInputList", index, document);
            sources.compile(source, policy::Kind::Identity).unwrap();
        }
        assert_eq!(sources.keys(), ["aws:userid", "aws:username", "s3:prefix"]);
        let bad = sources.compile(Source::input("PolicyInputList", 2, "{}".into()), policy::Kind::Identity);
        assert_eq!(bad.unwrap_err().to_string(), "PolicyInputList.3: Syntax errors in policy.");
    }
}
