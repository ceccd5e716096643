//! The roles that a provider's token is for. A token that names roles opens no other, whatever their trust policies say;
//! trust policies and resource control policies may ask for it (`sts:RoleAuthorizedByIdp`).

use serde_json::{Map, Value};

use crate::Error;

/// The roles that a verified token names; `None`: it has no such claim.
pub fn of(claims: &Map<String, Value>) -> Result<Option<Vec<String>>, Error> {
    let malformed = || Error::InvalidIdentityToken(format!("Malformed claim: {CLAIM}"));
    let roles = match claims.get(CLAIM) {
        None => return Ok(None),
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(many)) => many.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    roles.map(Some).ok_or_else(malformed)
}

/// Whether a token that names these roles names this one, letter by letter. Errs where it names others only.
pub fn names(roles: Option<&[String]>, role: &str) -> Result<bool, Error> {
    match roles {
        None => Ok(false),
        Some(roles) if roles.iter().any(|named| named == role) => Ok(true),
        Some(_) => Err(Error::InvalidIdentityToken(
            "The target role ARN is not present in the roles claim of the identity token".into(),
        )),
    }
}

const CLAIM: &str = "https://aws.amazon.com/roles";
