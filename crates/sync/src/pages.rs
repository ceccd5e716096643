//! Tokens that continue a listing: sealed, and bound to what was listed.

use operation::Host;
use operation::keyring::{self, Purpose};

use crate::Error;

/// The token that continues `listing` after `last`.
pub fn next(host: &Host, listing: &str, last: &[u8]) -> Result<String, Error> {
    Ok(host.keyring.seal(Purpose::Page, listing, last)?)
}

/// Where `token` continues `listing`.
pub async fn after(host: &Host, listing: &str, token: Option<&String>) -> Result<Option<Vec<u8>>, Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
    match host.keyring.open(Purpose::Page, listing, token).await {
        Ok(last) => Ok(Some(last.to_vec())),
        Err(keyring::Error::Store(error)) => Err(error.into()),
        Err(_) => Err(Error::InvalidParameter("The NextToken is not valid for this request.".into())),
    }
}
