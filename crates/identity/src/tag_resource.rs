//! TagResource: adds tags to a pool, or overwrites them.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::records::pools::Pool;

use crate::pools::{MOST_TAGS, NamesPool, PoolTags, check_tags, id_in_arn, on_pool};
use crate::{Error, Identity, pools};

/// The pool's ARN and the tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
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
    let access = on_pool("cognito-identity:TagResource", place, input, tags);
    let Access::Needs(mut needs) = access else { return access };
    for need in &mut needs {
        let asked = input.tags.iter().flatten();
        for (key, value) in asked {
            need.context.set(format!("aws:RequestTag/{key}"), value.as_str());
        }
        let keys: Vec<String> = input.tags.iter().flat_map(BTreeMap::keys).cloned().collect();
        need.context.set("aws:TagKeys", keys);
    }
    Access::Needs(needs)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    violations.required("resourceArn", input.resource_arn.as_ref()).required("tags", input.tags.as_ref());
    if let Some(arn) = &input.resource_arn {
        violations.length("resourceArn", arn, 20, 2048);
    }
    check_tags(&mut violations, "tags", input.tags.as_ref().unwrap_or(&BTreeMap::new()));
    violations.finish()?;
    let added = input.tags.clone().unwrap_or_default();
    pools::refuse_reserved_tags(added.keys())?;
    change(&call, "TagResource", &input.resource_arn.unwrap_or_default(), |tags| tags.extend(added.clone())).await?;
    Ok(Output {})
}

/// Changes the tags of the caller's own pool.
pub async fn change(
    call: &Call<Identity>,
    operation: &str,
    arn: &str,
    mut change: impl FnMut(&mut BTreeMap<String, String>) + Send,
) -> Result<(), Error> {
    let pool = pools::find_by_arn(&call.host, &call.place, arn).await?;
    pools::count(&call.host, &pool, operation, false)?;
    let not_found = || Error::ResourceNotFound(format!("IdentityPool '{}' not found.", pool.id));
    let update = |old: Option<&Pool>| {
        let mut pool = old.filter(|pool| !pool.deleted).ok_or_else(not_found)?.clone();
        change(&mut pool.tags);
        if pool.tags.len() > MOST_TAGS {
            return Err(Error::InvalidParameter(format!("A pool has at most {MOST_TAGS} tags.")));
        }
        Ok(Some(pool))
    };
    call.host.configuration.update(&pool.id.to_string(), update).await
}
