//! MergeDeveloperIdentities: the identity of one of a developer's users becomes that of another. The source's logins move
//! to the destination's identity; the source's identity is disabled.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::identities::Login;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::{Error, Identity, checks, pools, resolve};

/// The two users.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    source_user_identifier: Option<String>,
    destination_user_identifier: Option<String>,
    developer_provider_name: Option<String>,
    identity_pool_id: Option<String>,
}

/// The identity that is left.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_id: String,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:MergeDeveloperIdentities", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    input.check()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let provider = pools::developer_provider(&pool, input.developer_provider_name.as_ref())?;
    let login = |user: Option<String>| Login { provider: provider.clone(), subject: user.unwrap_or_default() };
    let (source, destination) = (login(input.source_user_identifier), login(input.destination_user_identifier));
    let identity = resolve::merge(&call.host, &pool, &source, &destination).await?;
    Ok(Output { identity_id: identity.to_string() })
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::developer_user(&mut violations, "sourceUserIdentifier", self.source_user_identifier.as_ref());
        let destination = self.destination_user_identifier.as_ref();
        checks::developer_user(&mut violations, "destinationUserIdentifier", destination);
        checks::developer_provider(&mut violations, self.developer_provider_name.as_ref());
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        Ok(violations.finish()?)
    }
}
