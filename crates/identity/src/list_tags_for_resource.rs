//! ListTagsForResource: the tags of a pool.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::pools::{NamesPool, PoolTags, id_in_arn, on_pool};
use crate::{Error, Identity, pools};

/// The pool's ARN.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
}

/// Its tags.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: BTreeMap<String, String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        id_in_arn(self.resource_arn.as_deref()?)
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:ListTagsForResource", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    violations.required("resourceArn", input.resource_arn.as_ref());
    if let Some(arn) = &input.resource_arn {
        violations.length("resourceArn", arn, 20, 2048);
    }
    violations.finish()?;
    let arn = input.resource_arn.unwrap_or_default();
    let pool = pools::find_by_arn(&call.host, &call.place, &arn).await?;
    pools::count(&call.host, &pool, "ListTagsForResource", false)?;
    Ok(Output { tags: pool.tags.clone() })
}
