//! Revoke: sessions of an identity, a user or one session are refused from now on, on every node
//! within two seconds. Sessions chained from them fall too. An account ends its own sessions and the
//! chains that began in it (an identity of its pools, its users); what it says of others has no effect.
//!
//! Differences from AWS: there is no such operation; AWS's console writes a policy on
//! `aws:TokenIssueTime` instead, which works here as well.

use std::time::Duration;

use operation::{Access, Call, Place};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::records::principals::{User, named};
use store::records::revocations::Revocation;
use vocab::{IdentityId, Timestamp};

use crate::Error;

/// Exactly one of the three.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    /// An identity id.
    identity_id: Option<String>,
    /// A user name of the caller's account.
    user_name: Option<String>,
    /// A session id: 32 hexadecimal digits, from the audit line.
    session_id: Option<String>,
}

/// What was revoked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// The entry of the deny list.
    revoked: String,
    /// Sessions issued until then are refused.
    issued_until: String,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::on_any("daypass:Revoke")
}

pub async fn run(call: Call<()>, input: Input) -> Result<Output, Error> {
    let target = target(&call, input).await?;
    let issued_until = call.host.now();
    let account = call.place.account;
    let revocation = Revocation { account, target: target.clone(), issued_until, expires: issued_until + KEPT_FOR };
    // A later revocation of the same target covers the earlier one.
    call.host
        .configuration
        .update(&Revocation::id_of(account, &target), |_: Option<&Revocation>| {
            Ok::<_, store::Error>(Some(revocation.clone()))
        })
        .await?;
    forget_expired(&call, issued_until).await?;
    Ok(Output { revoked: target, issued_until: issued_until.iso8601() })
}

async fn target(call: &Call<()>, input: Input) -> Result<String, Error> {
    match (input.identity_id, input.user_name, input.session_id) {
        (Some(id), None, None) => {
            let id: IdentityId = id.parse().map_err(|_| Error::Invalid("`IdentityId` is not an identity id"))?;
            Ok(format!("identity:{id}"))
        }
        (None, Some(name), None) => {
            let user: Option<Stored<User>> = call.host.configuration.get(&named(call.place.account, &name)).await?;
            Ok(format!("user:{}", user.ok_or(Error::NoSuchUser(name))?.unique_id))
        }
        (None, None, Some(id)) => {
            let is_id = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if is_id {
                Ok(format!("session:{id}"))
            } else {
                Err(Error::Invalid("`SessionId` is not 32 hexadecimal digits"))
            }
        }
        _ => Err(Error::Invalid("give exactly one of `IdentityId`, `UserName` and `SessionId`")),
    }
}

/// Entries whose last session has expired need not stay.
async fn forget_expired(call: &Call<()>, now: Timestamp) -> Result<(), Error> {
    for revocation in call.host.configuration.held::<Revocation>("")? {
        if revocation.expires <= now {
            let mut batch = call.host.configuration.batch();
            batch.delete(&revocation);
            call.host.configuration.commit(batch).await?;
        }
    }
    Ok(())
}

/// No session lives longer than this.
const KEPT_FOR: Duration = Duration::from_secs(36 * 3600);
