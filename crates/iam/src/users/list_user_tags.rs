//! ListUserTags: the tags of a user.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::User;

use crate::checks::Checks;
use crate::shapes::{self, Tag};
use crate::subject::{self, Subject};
use crate::{Error, Iam};

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
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, user: &Subject<User>) -> Access {
    user.access("iam:ListUserTags")
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let tags = page.of_places(&call, "ListUserTags", shapes::tags(&user.existing()?.tags)).await?;
    Ok(Output { tags: tags.items, is_truncated: tags.is_truncated, marker: tags.marker })
}
