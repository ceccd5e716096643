//! UpdateRole: changes the description and the longest session, where they are given.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
}

/// The model has a result without members.
#[derive(Serialize)]
pub struct Output {}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:UpdateRole")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let description = checks.role_description(input.description);
    let max_session_duration = checks.max_session_duration(input.max_session_duration);
    checks.finish()?;
    role.change(&call, |role| {
        if let Some(description) = &description {
            role.description = Some(description.clone());
        }
        if let Some(seconds) = max_session_duration {
            role.max_session_duration = seconds;
        }
        Ok(())
    })
    .await?;
    Ok(Output {})
}
