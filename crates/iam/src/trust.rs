//! Whom a trust policy names. Users and roles are bound to their unique ids when the policy is
//! stored, and shown by ARN again: who is deleted and made anew is somebody else.

use std::collections::HashMap;

use operation::Host;
use policy::{Malformed, map_principals};
use store::records::principals::{Role, User};

use crate::{Error, documents};

/// The checked document with unique ids in the place of ARNs. Users and roles that do not exist are
/// refused.
pub async fn stored(host: &Host, document: &str) -> Result<String, Error> {
    let policy = documents::trust(document)?;
    let arns = policy.principal_arns();
    let ids = policy.principal_ids();
    if arns.is_empty() && ids.is_empty() {
        return Ok(document.to_owned());
    }
    host.configuration.refresh().await?;
    let entities = entities(host)?;
    let unknown = |value: &str| Malformed::Principal { kind: "AWS".into(), value: value.to_owned() };
    if let Some(id) = ids.into_iter().find(|id| !entities.iter().any(|(own, _)| own == id)) {
        return Err(unknown(id).into());
    }
    let mut by_arn = HashMap::new();
    for arn in arns {
        let entity = entities.iter().find(|(_, own)| own == arn.as_str());
        by_arn.insert(arn.as_str(), entity.ok_or_else(|| unknown(arn.as_str()))?.0.as_str());
    }
    let mapped = map_principals(document, |name| by_arn.get(name).map(|id| (*id).to_owned()));
    let mapped = mapped.unwrap_or_else(|| document.to_owned());
    // INVARIANT: no stored trust policy names a user or role by ARN; a successor would be trusted.
    match documents::trust(&mapped)?.principal_arns().first() {
        None => Ok(mapped),
        Some(arn) => Err(unknown(arn.as_str()).into()),
    }
}

/// ARNs by unique id, as far as documents need them to be shown.
#[derive(Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names that these documents need.
    pub fn of<'a>(host: &Host, documents: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let names_somebody = |document: &str| document.contains("\"AROA") || document.contains("\"AIDA");
        if documents.into_iter().any(names_somebody) {
            Ok(Self(entities(host)?.into_iter().collect()))
        } else {
            Ok(Self::default())
        }
    }

    /// The document with ARNs again; ids of entities that are gone stay.
    pub fn shown(&self, document: &str) -> String {
        let mapped = if self.0.is_empty() { None } else { map_principals(document, |id| self.0.get(id).cloned()) };
        mapped.unwrap_or_else(|| document.to_owned())
    }
}

/// Unique id and ARN of every user and role of the served accounts.
fn entities(host: &Host) -> Result<Vec<(String, String)>, Error> {
    let users = host.configuration.held::<User>("")?;
    let roles = host.configuration.held::<Role>("")?;
    let users = users.iter().map(|user| (user.unique_id.clone(), user.arn().to_string()));
    let roles = roles.iter().map(|role| (role.unique_id.clone(), role.arn().to_string()));
    Ok(users.chain(roles).collect())
}
