//! Session policies: documents and sizes (`spec/sts.md`, section 12).

use operation::{Host, Violations, managed};
use policy::Kind;
use vocab::{AccountId, Arn};

use crate::Error;
use crate::session_tags::SessionTags;
use crate::shapes::PolicyDescriptor;

/// The constraints of the members `Policy` and `PolicyArns`.
pub fn check(violations: &mut Violations, policy: Option<&String>, arns: &[PolicyDescriptor]) {
    if let Some(policy) = policy {
        violations.length("policy", policy, 1, 2048);
    }
    violations.count("policyArns", arns.len(), 0, 10);
    for (index, descriptor) in arns.iter().enumerate() {
        let path = format!("policyArns.{}.member.arn", index + 1);
        violations.required(&path, descriptor.arn.as_ref());
        if let Some(arn) = &descriptor.arn {
            violations.length(&path, arn, 20, 2048);
        }
    }
}

/// The ARNs of managed session policies, all of which exist in the session's own `account` or are AWS's; the inline
/// document is a policy.
pub async fn resolve(
    host: &Host,
    account: AccountId,
    policy: Option<&String>,
    arns: Vec<PolicyDescriptor>,
) -> Result<Vec<String>, Error> {
    if let Some(document) = policy {
        let parsed = host.policies.get(Kind::Session, document);
        parsed.map_err(|error| Error::MalformedPolicyDocument(error.to_string()))?;
    }
    let mut resolved = Vec::new();
    for arn in arns.into_iter().filter_map(|descriptor| descriptor.arn) {
        let is_foreign = arn.parse::<Arn>().is_ok_and(|arn| arn.account_id().is_some_and(|owner| owner != account));
        if is_foreign || managed::document(host, &arn).await?.is_none() {
            return Err(Error::InvalidParameterValue(format!("Policy {arn} does not exist or is not attachable.")));
        }
        resolved.push(arn);
    }
    Ok(resolved)
}

/// The percentage of the allotted space that policies and tags take; absent where there are none.
///
/// AWS packs them by a method that is not documented. Here it is their plain length against the same
/// 2,048 characters for policies, and against what fifty short tags take for tags.
pub fn packed_size(policy: Option<&String>, arns: &[String], tags: &SessionTags) -> Result<Option<u32>, Error> {
    let policies = policy.map_or(0, String::len) + arns.iter().map(String::len).sum::<usize>();
    let tagged: usize = tags.tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    if policies == 0 && tagged == 0 {
        return Ok(None);
    }
    let percent = |used: usize, allotted: usize| u32::try_from((used * 100).div_ceil(allotted)).unwrap_or(u32::MAX);
    for (what, used) in
        [("session policies", percent(policies, POLICY_SPACE)), ("session tags", percent(tagged, TAG_SPACE))]
    {
        if used > 100 {
            return Err(Error::PackedPolicyTooLarge(format!(
                "Packed size of {what} consumes {used}% of allotted space."
            )));
        }
    }
    Ok(Some(percent(policies, POLICY_SPACE).max(percent(tagged, TAG_SPACE)).max(1)))
}

const POLICY_SPACE: usize = 2048;
const TAG_SPACE: usize = 2048;
