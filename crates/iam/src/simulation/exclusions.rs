//! Policies that a simulation leaves out.

use serde::Deserialize;

use crate::Error;
use crate::checks::Checks;
use crate::simulation::sources::{Kind, Source};

/// Which policies: by type, by ARN, or an inline policy by name. Exactly one of the three is given.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyIdentifier {
    policy_type: Option<String>,
    policy_arn: Option<String>,
    inline_policy_identifier: Option<InlinePolicyIdentifier>,
}

/// An inline policy of the users, groups or roles of a name; `*` and `?` stand for any characters of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicyIdentifier {
    policy_name: Option<String>,
    attachment_type: Option<String>,
    attachment_name: Option<String>,
}

/// Which part a policy has in the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An identity policy.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A service control policy.
    ServiceControl,
}

/// Holds the identifiers against their constraints.
pub fn check(checks: &mut Checks, identifiers: &[PolicyIdentifier]) {
    for (index, identifier) in identifiers.iter().enumerate() {
        let member = |name: &str| format!("policyExclusionList.{}.member.{name}", index + 1);
        checks.one_of(&member("policyType"), identifier.policy_type.as_deref(), &TYPES);
        if let Some(arn) = &identifier.policy_arn {
            checks.arn(&member("policyArn"), Some(arn.clone()));
        }
        if let Some(inline) = &identifier.inline_policy_identifier {
            let member = |name: &str| member(&format!("inlinePolicyIdentifier.{name}"));
            checks.required(&member("policyName"), inline.policy_name.clone());
            checks.required(&member("attachmentType"), inline.attachment_type.clone());
            checks.one_of(&member("attachmentType"), inline.attachment_type.as_deref(), &["user", "group", "role"]);
            checks.required(&member("attachmentName"), inline.attachment_name.clone());
        }
    }
}

/// The policies that are left.
pub fn apply(identifiers: &[PolicyIdentifier], part: Part, sources: Vec<Source>) -> Result<Vec<Source>, Error> {
    let given = |one: &PolicyIdentifier| {
        let members = [one.policy_type.is_some(), one.policy_arn.is_some(), one.inline_policy_identifier.is_some()];
        members.iter().filter(|given| **given).count()
    };
    if identifiers.iter().any(|identifier| given(identifier) != 1) {
        let text = "A policy is excluded by exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier.";
        return Err(Error::InvalidInput(text.into()));
    }
    let is_kept = |source: &Source| !identifiers.iter().any(|identifier| identifier.means(part, source));
    Ok(sources.into_iter().filter(is_kept).collect())
}

impl PolicyIdentifier {
    fn means(&self, part: Part, source: &Source) -> bool {
        let of_type = |wanted: &str| match (part, &source.kind) {
            (Part::Boundary, _) => wanted == "permission-boundary",
            (Part::ServiceControl, _) => wanted == "scp",
            (Part::Identity, Kind::Inline { .. }) => wanted == "inline",
            (Part::Identity, Kind::Managed { arn }) if arn.account() == "aws" => wanted == "aws-managed",
            (Part::Identity, Kind::Managed { .. }) => wanted == "user-managed",
            (Part::Identity, Kind::ServiceControl | Kind::Resource | Kind::Input) => false,
        };
        let of_arn = |wanted: &str| matches!(&source.kind, Kind::Managed { arn } if arn.as_str() == wanted);
        self.policy_type.as_deref().is_some_and(of_type)
            || self.policy_arn.as_deref().is_some_and(of_arn)
            || self.inline_policy_identifier.as_ref().is_some_and(|inline| inline.means(&source.kind))
    }
}

impl InlinePolicyIdentifier {
    fn means(&self, kind: &Kind) -> bool {
        let Kind::Inline { noun, holder, policy } = kind else { return false };
        self.attachment_type.as_deref() == Some(noun)
            && self.policy_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(policy))
            && self.attachment_name.as_deref().is_some_and(|name| describes(name, holder))
    }
}

/// Whether a name with `*` and `?` describes another, ignoring case as names do.
fn describes(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    // What is left of the name after every beginning that the pattern so far describes.
    let mut rests: Vec<bool> = std::iter::once(true).chain(name.bytes().map(|_| false)).collect();
    for sign in pattern.bytes() {
        let before = rests.clone();
        let from_before = std::iter::once(false).chain(
            before.iter().copied().zip(name.bytes()).map(|(reached, own)| reached && (sign == b'?' || sign == own)),
        );
        rests = match sign {
            b'*' => before
                .iter()
                .scan(false, |reached, one| {
                    *reached |= one;
                    Some(*reached)
                })
                .collect(),
            _ => from_before.collect(),
        };
    }
    rests.last() == Some(&true)
}

const TYPES: [&str; 6] = ["inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters_of_a_name() {
        for (pattern, name, wanted) in [
            ("staff", "Staff", true),
            ("staff", "staffs", false),
            ("*", "", true),
            ("s*f", "staff", true),
            ("s*a*", "staff", true),
            ("?taff", "staff", true),
            ("?staff", "staff", false),
            ("", "a", false),
            ("*x*", "staff", false),
        ] {
            assert_eq!(describes(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
