//! GetAccessKeyLastUsed: whose a key is, and when it was last used.
//!
//! Differences from AWS: a use shows at once, and one of the last half minute may be lost when the server dies.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::last_used::Use;
use store::records::principals::{AccessKey, User};
use vocab::{Arn, Timestamp};

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, callers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    access_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_name: String,
    access_key_last_used: LastUsed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LastUsed {
    #[serde(with = "wire::times::iso8601::option")]
    last_used_date: Option<Timestamp>,
    service_name: String,
    region: String,
}

impl LastUsed {
    fn of(used: Option<Use>) -> Self {
        let Some(Use { time, service, region }) = used else {
            return Self { last_used_date: None, service_name: "N/A".into(), region: "N/A".into() };
        };
        Self { last_used_date: Some(time), service_name: service, region }
    }
}

/// Whose the key is. A key of another account is nobody's.
pub enum Bearer {
    User(Subject<User>),
    Root,
    Nobody,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Bearer, Error> {
    Box::pin(async move {
        callers::admit(visit)?;
        let Some(account) = visit.caller.account() else { return Ok(Bearer::Nobody) };
        let id = input.access_key_id.as_deref().unwrap_or_default();
        let key = visit.host.configuration.get::<AccessKey>(id).await?;
        match key.filter(|key| key.account == account) {
            None => Ok(Bearer::Nobody),
            Some(key) => match &key.user {
                None => Ok(Bearer::Root),
                Some(name) => Ok(Bearer::User(subject::by_name(visit, Some(name)).await?)),
            },
        }
    })
}

pub fn access(_: &Input, place: &Place, bearer: &Bearer) -> Access {
    match bearer {
        Bearer::User(user) => user.access("iam:GetAccessKeyLastUsed"),
        Bearer::Root => Access::all([Need::on("iam:GetAccessKeyLastUsed", &Arn::root(place.account))]),
        Bearer::Nobody => Access::Signed,
    }
}

pub async fn run(call: Call<Iam>, input: Input, bearer: Bearer) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let id = checks.access_key_id(input.access_key_id);
    checks.finish()?;
    let user_name = match bearer {
        Bearer::User(user) => user.existing()?.name.clone(),
        Bearer::Root => call.place.account.to_string(),
        Bearer::Nobody => return Err(unknown(&call, &id)),
    };
    let access_key_last_used = LastUsed::of(call.host.last_used.of(&id).await?);
    Ok(Output { user_name, access_key_last_used })
}

/// An unknown key is answered like a key of another account.
fn unknown(call: &Call<Iam>, id: &str) -> Error {
    let caller = call.caller.arn().map_or_else(String::new, |arn| arn.to_string());
    Error::AccessDenied(format!(
        "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}"
    ))
}
