//! GetUser: a user; the caller itself where none is named.
//!
//! Differences from AWS: the root's user record has the account id as its name.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use vocab::{Arn, Timestamp};

use crate::checks::Checks;
use crate::keys::owner::Owner;
use crate::{Error, Iam, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user: shapes::User,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Owner, Error> {
    Box::pin(Owner::of(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, place: &Place, owner: &Owner) -> Access {
    owner.access("iam:GetUser", place.account)
}

pub async fn run(call: Call<Iam>, input: Input, owner: Owner) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.optional_user_name(input.user_name);
    checks.finish()?;
    match owner {
        Owner::User(user) => Ok(Output { user: shapes::User::whole(user.existing()?) }),
        Owner::Root => Ok(Output { user: root(&call) }),
    }
}

fn root(call: &Call<Iam>) -> shapes::User {
    let account = call.place.account;
    shapes::User {
        path: "/".into(),
        user_name: account.to_string(),
        user_id: account.to_string(),
        arn: Arn::root(account),
        create_date: Timestamp::default(),
        permissions_boundary: None,
        tags: None,
    }
}
