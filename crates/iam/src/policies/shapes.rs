//! Wire shapes of managed policies.

use operation::managed::AwsPolicy;
use serde::Serialize;
use store::records::principals::{ManagedPolicy, PolicyVersion as Kept};
use vocab::Timestamp;

use crate::policies::usage::Usage;
use crate::shapes::Tag;

/// A managed policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    pub policy_name: String,
    pub policy_id: String,
    pub arn: String,
    pub path: String,
    pub default_version_id: String,
    pub attachment_count: usize,
    pub permissions_boundary_usage_count: usize,
    pub is_attachable: bool,
    pub description: Option<String>,
    #[serde(with = "wire::times::iso8601")]
    pub create_date: Timestamp,
    #[serde(with = "wire::times::iso8601")]
    pub update_date: Timestamp,
    pub tags: Option<Vec<Tag>>,
    /// Where the whole account is shown.
    pub policy_version_list: Option<Vec<PolicyVersion>>,
}

/// A version of a managed policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersion {
    #[serde(serialize_with = "wire::documents::percent_encoded_option")]
    pub document: Option<String>,
    pub version_id: String,
    pub is_default_version: bool,
    #[serde(with = "wire::times::iso8601")]
    pub create_date: Timestamp,
}

impl Policy {
    /// What every operation shows of an account's own policy.
    pub fn own(policy: &ManagedPolicy, usage: &Usage) -> Self {
        let arn = policy.arn().to_string();
        let (attachment_count, permissions_boundary_usage_count) = usage.counts(&arn);
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.unique_id.clone(),
            arn,
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count,
            permissions_boundary_usage_count,
            is_attachable: true,
            description: None,
            create_date: policy.created,
            update_date: policy.updated,
            tags: None,
            policy_version_list: None,
        }
    }

    /// What every operation shows of one of AWS's.
    pub fn aws(policy: &AwsPolicy, usage: &Usage) -> Self {
        let arn = policy.arn();
        let (attachment_count, permissions_boundary_usage_count) = usage.counts(&arn);
        Self {
            policy_name: policy.name.to_owned(),
            policy_id: aws_id(policy.name),
            arn,
            path: "/".to_owned(),
            default_version_id: "v1".to_owned(),
            attachment_count,
            permissions_boundary_usage_count,
            is_attachable: true,
            description: None,
            create_date: AWS_CREATED,
            update_date: AWS_CREATED,
            tags: None,
            policy_version_list: None,
        }
    }
}

impl PolicyVersion {
    /// A version without its document.
    pub fn of(policy: &ManagedPolicy, number: u32, version: &Kept) -> Self {
        Self {
            document: None,
            version_id: format!("v{number}"),
            is_default_version: number == policy.default_version,
            create_date: version.created,
        }
    }

    /// The versions of a policy, newest first, without their documents.
    pub fn all(policy: &ManagedPolicy) -> Vec<Self> {
        policy.versions.iter().rev().map(|(number, version)| Self::of(policy, *number, version)).collect()
    }

    /// The same with their documents.
    pub fn all_whole(policy: &ManagedPolicy) -> Vec<Self> {
        let whole = |(number, version): (&u32, &Kept)| Self {
            document: Some(version.document.clone()),
            ..Self::of(policy, *number, version)
        };
        policy.versions.iter().rev().map(whole).collect()
    }

    /// The one version of AWS's policies, without its document.
    pub fn aws() -> Self {
        Self { document: None, version_id: "v1".to_owned(), is_default_version: true, create_date: AWS_CREATED }
    }

    /// The same with its document.
    pub fn aws_whole(policy: &AwsPolicy) -> Self {
        Self { document: Some(policy.document.to_owned()), ..Self::aws() }
    }
}

/// An id for one of AWS's policies: as long as others, and always the same.
fn aws_id(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase());
    "ANPA".chars().chain(letters).chain(std::iter::repeat('A')).take(21).collect()
}

/// 2015-02-06, when AWS made managed policies.
const AWS_CREATED: Timestamp = Timestamp::from_seconds(1_423_247_986);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use operation::managed::AWS_POLICIES;

    use super::*;

    #[test]
    fn ids_of_aws_policies_are_all_different() {
        let ids: BTreeSet<String> = AWS_POLICIES.iter().map(|policy| aws_id(policy.name)).collect();
        assert_eq!(ids.len(), AWS_POLICIES.len());
        assert!(ids.iter().all(|id| id.len() == 21));
    }
}
