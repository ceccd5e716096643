//! UntagResource: takes tags off a pool; keys that it does not have are ignored.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::pools::{NamesPool, PoolTags, id_in_arn, on_pool};
use crate::{Error, Identity, tag_resource};

/// The pool's ARN and the keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

/// Nothing.
#[derive(Serialize)]
pub struct Output {}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        id_in_arn(self.resource_arn.as_deref()?)
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    let access = on_pool("cognito-identity:UntagResource", place, input, tags);
    let Access::Needs(mut needs) = access else { return access };
    for need in &mut needs {
        need.context.set("aws:TagKeys", input.tag_keys.clone().unwrap_or_default());
    }
    Access::Needs(needs)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    violations.required("resourceArn", input.resource_arn.as_ref()).required("tagKeys", input.tag_keys.as_ref());
    if let Some(arn) = &input.resource_arn {
        violations.length("resourceArn", arn, 20, 2048);
    }
    for key in input.tag_keys.iter().flatten() {
        violations.length("tagKeys", key, 1, 128);
    }
    violations.finish()?;
    let keys = input.tag_keys.clone().unwrap_or_default();
    tag_resource::change(&call, "UntagResource", &input.resource_arn.unwrap_or_default(), |tags| {
        tags.retain(|key, _| !keys.contains(key))
    })
    .await?;
    Ok(Output {})
}
