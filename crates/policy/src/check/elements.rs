//! Single actions and resources of IAM's own policies.

use crate::action::ActionPattern;
use crate::malformed::Malformed;

/// Enough parts and a service, as far as the text has the look of an ARN at all.
pub(super) fn legacy_resource(text: &str) -> bool {
    let enough = text.bytes().filter(|byte| *byte == b':').count() >= 5 || !text.contains("::");
    let service = text.split(':').nth(2);
    text == "*" || (enough && service != Some(""))
}

/// Form, partition, service, and what S3 and IAM ask of theirs.
pub(super) fn resource(text: &str) -> Result<(), Malformed> {
    if text == "*" {
        return Ok(());
    }
    let mut parts = text.splitn(6, ':').skip(1);
    let partition = parts.next().ok_or_else(|| Malformed::NotAnArn { resource: text.to_owned() })?;
    let mut next = || parts.next();
    let (service, region, account, rest) = (next(), next(), next(), next());
    if !PARTITIONS.contains(&partition) {
        let or_any = |part: Option<&str>| part.unwrap_or("*").to_owned();
        let parts = [service, region, account, rest].map(or_any).join(":");
        return Err(Malformed::Partition {
            partition: partition.to_owned(),
            resource: format!("arn:{partition}:{parts}"),
        });
    }
    let service = service.filter(|service| !service.is_empty() && !service.contains(['*', '?']));
    let service = service.ok_or(Malformed::ResourceVendor)?;
    let region = region.unwrap_or_default();
    let rest = rest.unwrap_or("*");
    match service {
        "s3" if !region.is_empty() && region != "*" && !rest.starts_with("accesspoint/") => {
            Err(Malformed::S3Region { resource: text.to_owned() })
        }
        "iam" if !region.is_empty() && region != "*" => Err(Malformed::IamRegion { resource: text.to_owned() }),
        "iam" if rest != "*" && rest != "root" && !IAM_TYPES.iter().any(|start| rest.starts_with(start)) => {
            Err(Malformed::IamPath)
        }
        _ => Ok(()),
    }
}

/// One colon, after a service.
pub(super) fn action(text: &str) -> Result<(), Malformed> {
    if text == "*" {
        return Ok(());
    }
    let (vendor, name) = text.split_once(':').ok_or(Malformed::ActionWithoutVendor)?;
    if name.contains(':') {
        return Err(Malformed::ActionColons);
    }
    let proper = vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    if vendor == "*" || (proper && !vendor.is_empty()) {
        return Ok(());
    }
    Err(Malformed::ActionVendor { vendor: vendor.to_owned() })
}

/// An action of STS that a role can be assumed by; a wildcard in the name must match one of them.
pub(super) fn trust_action(text: &str) -> Result<(), Malformed> {
    let pattern = ActionPattern::new(text);
    let of_sts = text.get(..4).is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:"));
    let known = TRUST_ACTIONS.iter().any(|name| pattern.matches(("sts", name)));
    if of_sts && known { Ok(()) } else { Err(Malformed::TrustAction) }
}

const PARTITIONS: [&str; 9] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"];

const IAM_TYPES: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// In lower case.
const TRUST_ACTIONS: [&str; 6] =
    ["assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "tagsession", "setsourceidentity", "setcontext"];
