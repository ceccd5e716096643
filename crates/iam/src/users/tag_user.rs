//! TagUser: adds tags to a user, or overwrites them. Keys ignore case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::User;

use crate::checks::Checks;
use crate::shapes::Tag;
use crate::subject::{self, Subject};
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, user: &Subject<User>) -> Access {
    Access::all(tags::requested(input.tags.as_ref(), || user.needs("iam:TagUser")))
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let new = checks.required_tags(input.tags);
    checks.finish()?;
    user.change(&call, |user| tags::put(&mut user.tags, &new)).await
}
