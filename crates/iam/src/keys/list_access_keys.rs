//! ListAccessKeys: the keys of a user, without their secrets; the caller's own where none is named.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::AccessKey;
use vocab::{AccessKeyId, Timestamp};

use crate::checks::Checks;
use crate::keys::owner::Owner;
use crate::{Error, Iam, keys};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key_metadata: Vec<Shown>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    user_name: Option<String>,
    access_key_id: AccessKeyId,
    status: &'static str,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Owner, Error> {
    Box::pin(Owner::of(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, place: &Place, owner: &Owner) -> Access {
    owner.access("iam:ListAccessKeys", place.account)
}

pub async fn run(call: Call<Iam>, input: Input, owner: Owner) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.optional_user_name(input.user_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let name = owner.name(&call).await?;
    let all = call.host.configuration.list::<AccessKey>("").await?;
    let own = all.iter().filter(|key| key.account == call.place.account && key.user == name);
    let shown = own.map(|key| Shown {
        user_name: key.user.clone(),
        access_key_id: key.id.clone(),
        status: keys::status(key.active),
        create_date: key.created,
    });
    let shown: Vec<Shown> = shown.collect();
    let listed = page.of_places(&call, "ListAccessKeys", shown).await?;
    Ok(Output { access_key_metadata: listed.items, is_truncated: listed.is_truncated, marker: listed.marker })
}
