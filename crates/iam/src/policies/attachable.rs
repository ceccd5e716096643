//! Managed policies as others name them: the account's own, and AWS's.

use operation::Call;
use operation::managed::{AWS_POLICIES, AwsPolicy};
use store::Stored;
use store::configuration::Batch;
use store::records::principals::{ManagedPolicy, named};
use vocab::{AccountId, Arn};

use crate::{Error, Iam};

/// A managed policy that exists.
pub enum Attachable {
    /// One of the account's own.
    Own(Stored<ManagedPolicy>),
    /// One of AWS's.
    Aws,
}

impl Attachable {
    /// Writes the policy as it is, so that nobody deletes it in between.
    pub fn hold(&self, batch: &mut Batch) -> Result<(), Error> {
        match self {
            Self::Own(policy) => Ok(batch.replace(policy, policy)?),
            Self::Aws => Ok(()),
        }
    }
}

/// The ARN of a managed policy, well formed or refused.
pub fn arn(text: &str) -> Result<Arn, Error> {
    let arn: Option<Arn> = text.parse().ok();
    let is_policy = |arn: &Arn| {
        arn.service() == "iam" && arn.region().is_empty() && matches!(arn.typed_resource(), Some(("policy", _)))
    };
    arn.filter(is_policy).ok_or_else(|| Error::Validation(format!("ARN {text} is not valid.")))
}

/// The policy with this ARN, if it exists and the account may use it.
pub async fn find(call: &Call<Iam>, arn: &str) -> Result<Option<Attachable>, Error> {
    if aws(arn).is_some() {
        return Ok(Some(Attachable::Aws));
    }
    let Some(id) = own_id(call.place.account, arn) else { return Ok(None) };
    let policy = call.host.configuration.get::<ManagedPolicy>(&id).await?;
    Ok(policy.filter(|policy| policy.arn().as_str() == arn).map(Attachable::Own))
}

/// The ARN of a policy that is to be a boundary, if it exists.
pub async fn boundary(call: &Call<Iam>, text: &str) -> Result<Arn, Error> {
    let arn = arn(text).map_err(|_| Error::InvalidInput(format!("ARN {text} is not valid.")))?;
    match find(call, arn.as_str()).await? {
        Some(_) => Ok(arn),
        None => Err(no_boundary(text)),
    }
}

/// Holds the policy that is to be the boundary of a new entity, and says its ARN.
pub async fn hold_boundary(call: &Call<Iam>, text: &str, batch: &mut Batch) -> Result<Arn, Error> {
    let arn = boundary(call, text).await?;
    find(call, arn.as_str()).await?.ok_or_else(|| no_boundary(text))?.hold(batch)?;
    Ok(arn)
}

/// The error of a boundary that is not there.
pub fn no_boundary(arn: &str) -> Error {
    Error::NoSuchEntity(format!("Scope ARN: {arn} does not exist or is not attachable."))
}

/// AWS's policy with this ARN.
pub fn aws(arn: &str) -> Option<&'static AwsPolicy> {
    AWS_POLICIES.iter().find(|policy| policy.arn() == arn)
}

/// The record id under which an account's policy with this ARN would be kept.
pub fn own_id(account: AccountId, arn: &str) -> Option<String> {
    let arn: Arn = arn.parse().ok()?;
    let ("policy", rest) = arn.typed_resource()? else { return None };
    let name = rest.rsplit('/').next()?;
    (arn.account_id() == Some(account)).then(|| named(account, name))
}

/// Path and name in the ARN of a policy.
pub fn path_and_name(arn: &Arn) -> (&str, &str) {
    let below_type = arn.resource().strip_prefix("policy").unwrap_or_default();
    let name_at = below_type.rfind('/').map_or(0, |slash| slash + 1);
    below_type.split_at_checked(name_at).unwrap_or(("/", below_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_path_and_name() {
        for (text, path, name) in [("policy/a", "/", "a"), ("policy/x/y/a", "/x/y/", "a")] {
            let arn = arn(&format!("arn:aws:iam::000000000000:{text}")).unwrap();
            assert_eq!(path_and_name(&arn), (path, name));
        }
        for bad in ["", "policy", "arn:aws:iam::000000000000:role/a", "arn:aws:s3:::policy/a"] {
            assert!(matches!(arn(bad), Err(Error::Validation(_))), "{bad}");
        }
    }
}
