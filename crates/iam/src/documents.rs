//! Policy documents: checked when they are stored, with their quotas. Sizes ignore white space.

use std::collections::BTreeMap;

use policy::{Kind, Policy, counted_size};

use crate::Error;

/// Checks a document of an inline policy.
pub fn inline(document: &str) -> Result<(), Error> {
    Policy::parse(document, Kind::Identity)?;
    Ok(())
}

/// Checks a document of a managed policy.
pub fn managed(document: &str) -> Result<(), Error> {
    if counted_size(document) > MANAGED {
        return Err(Error::LimitExceeded(format!("Cannot exceed quota for PolicySize: {MANAGED}")));
    }
    Policy::parse(document, Kind::Managed)?;
    Ok(())
}

/// Checks a trust policy, as far as the document alone says.
pub fn trust(document: &str) -> Result<Policy, Error> {
    if counted_size(document) > TRUST {
        return Err(Error::LimitExceeded(format!("Cannot exceed quota for ACLSizePerRole: {TRUST}")));
    }
    let policy = Policy::parse(document, Kind::Trust)?;
    if policy.trusts_cognito_unconditionally() {
        let text = "A trust policy for cognito-identity.amazonaws.com must have a condition on the key \
                    cognito-identity.amazonaws.com:aud, cognito-identity.amazonaws.com:sub or \
                    cognito-identity.amazonaws.com:amr.";
        return Err(Error::MalformedPolicyDocument(text.into()));
    }
    Ok(policy)
}

/// The size of all inline policies together.
pub fn total_size(inline: &BTreeMap<String, String>) -> usize {
    inline.values().map(|document| counted_size(document)).sum()
}

const MANAGED: usize = 6144;
const TRUST: usize = 2048;
