//! RotateKeys: a new generation of sealing keys. It seals after a minute, when every node knows it;
//! what was sealed before stays good until it expires. All accounts share the keys, so only the first of the served
//! accounts may rotate them, and not again before a new generation is in use.
//!
//! Differences from AWS: there is no such operation.

use operation::{Access, Call, Place};
use serde::Deserialize;

use crate::Error;

/// Nothing.
#[derive(Debug, Deserialize)]
pub struct Input {}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::on_any("daypass:RotateKeys")
}

pub async fn run(call: Call<()>, _: Input) -> Result<(), Error> {
    if call.host.accounts.first() != Some(&call.place.account) {
        return Err(Error::NotTheFirst);
    }
    call.host.keyring.rotate().await?;
    Ok(())
}
