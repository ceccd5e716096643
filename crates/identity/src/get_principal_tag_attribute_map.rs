//! GetPrincipalTagAttributeMap: which claims of a provider become principal tags.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::set_principal_tag_attribute_map::Output;
use crate::{Error, Identity, checks, pools};

/// The provider.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    identity_provider_name: Option<String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:GetPrincipalTagAttributeMap", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    checks::provider_name(&mut violations, input.identity_provider_name.as_ref());
    violations.finish()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let provider = input.identity_provider_name.unwrap_or_default();
    pools::must_have_provider(&pool, &provider)?;
    Ok(Output::of(&pool, provider))
}
