//! UntagUser: removes tags from a user. Keys that are not there do not matter.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::User;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, user: &Subject<User>) -> Access {
    Access::all(tags::removed(user.needs("iam:UntagUser"), input.tag_keys.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let keys = checks.tag_keys(input.tag_keys);
    checks.finish()?;
    user.change(&call, |user| {
        tags::remove(&mut user.tags, &keys);
        Ok(())
    })
    .await
}
