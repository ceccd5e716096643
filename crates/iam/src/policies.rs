//! Managed policies: the account's own with their versions, and AWS's, which nobody changes.

pub mod attachable;
mod create_policy;
mod create_policy_version;
mod delete_policy;
mod delete_policy_version;
mod get_policy;
mod get_policy_version;
mod list_entities_for_policy;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod set_default_policy_version;
pub mod shapes;
mod tag_policy;
mod untag_policy;
pub mod usage;

use operation::managed::AwsPolicy;
use operation::service::Builder;
use operation::{Access, Call, Visit};
use store::records::principals::ManagedPolicy;

use crate::subject::Subject;
use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with("CreatePolicy", create_policy::facts, create_policy::access, create_policy::run)
        .add_with("GetPolicy", get_policy::facts, get_policy::access, get_policy::run)
        .add_with("ListPolicies", list_policies::facts, list_policies::access, list_policies::run)
        .add_with("DeletePolicy", delete_policy::facts, delete_policy::access, delete_policy::run)
        .add_with(
            "CreatePolicyVersion",
            create_policy_version::facts,
            create_policy_version::access,
            create_policy_version::run,
        )
        .add_with("GetPolicyVersion", get_policy_version::facts, get_policy_version::access, get_policy_version::run)
        .add_with(
            "ListPolicyVersions",
            list_policy_versions::facts,
            list_policy_versions::access,
            list_policy_versions::run,
        )
        .add_with(
            "DeletePolicyVersion",
            delete_policy_version::facts,
            delete_policy_version::access,
            delete_policy_version::run,
        )
        .add_with(
            "SetDefaultPolicyVersion",
            set_default_policy_version::facts,
            set_default_policy_version::access,
            set_default_policy_version::run,
        )
        .add_with(
            "ListEntitiesForPolicy",
            list_entities_for_policy::facts,
            list_entities_for_policy::access,
            list_entities_for_policy::run,
        )
        .add_with("TagPolicy", tag_policy::facts, tag_policy::access, tag_policy::run)
        .add_with("UntagPolicy", untag_policy::facts, untag_policy::access, untag_policy::run)
        .add_with("ListPolicyTags", list_policy_tags::facts, list_policy_tags::access, list_policy_tags::run)
}

/// The managed policy that a request names.
pub struct Target {
    /// The account's own, if it is one.
    pub own: Subject<ManagedPolicy>,
    /// AWS's, if it is one.
    pub aws: Option<&'static AwsPolicy>,
}

/// A managed policy that exists.
pub enum Existing<'a> {
    /// The account's own.
    Own(&'a ManagedPolicy),
    /// One of AWS's.
    Aws(&'static AwsPolicy),
}

impl Target {
    /// The policy with this ARN.
    pub async fn of(visit: &Visit<Iam>, arn: Option<&str>) -> Result<Self, Error> {
        let arn = arn.unwrap_or_default();
        let id = attachable::own_id(visit.place.account, arn).unwrap_or_default();
        let own = Subject::<ManagedPolicy>::gather(visit, arn, &id, || arn.to_owned()).await?;
        // The name alone finds a policy; the path belongs to its ARN too.
        let own = if own.arn == arn { own } else { Subject::absent(arn) };
        Ok(Self { own, aws: attachable::aws(arn) })
    }

    /// The action on the policy.
    pub fn access(&self, action: &'static str) -> Access {
        self.own.access(action)
    }

    /// The account's own policy, to be changed. AWS's are not to be changed by anybody.
    pub fn changeable(&self, call: &Call<Iam>, action: &str) -> Result<&Subject<ManagedPolicy>, Error> {
        if self.aws.is_none() {
            return Ok(&self.own);
        }
        let caller = call.caller.arn().map_or_else(String::new, |arn| arn.to_string());
        let text = format!("User: {caller} is not authorized to perform: {action} on resource: {}", self.own.arn);
        Err(Error::AccessDenied(text))
    }

    /// The policy, or the error of one that is not there.
    pub fn existing(&self) -> Result<Existing<'_>, Error> {
        match self.aws {
            Some(aws) => Ok(Existing::Aws(aws)),
            None => Ok(Existing::Own(self.own.existing()?)),
        }
    }
}

/// The number that a version id names, if any version ever had it.
pub fn version_number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok()
}

/// The error of a version that is not there.
pub fn no_version(arn: &str, version: &str) -> Error {
    Error::NoSuchEntity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}
