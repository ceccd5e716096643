//! GetAccessKeyInfo: the account that an access key id carries, whether or not there is such a key.
//!
//! Differences from AWS: an id that was made elsewhere in a form without an account is refused.

use operation::check::word;
use operation::{Access, Call, Gathering, Need, Place, Violations, Visit};
use serde::{Deserialize, Serialize};
use vocab::AccessKeyId;

use crate::{Error, Sts, callers};

/// The id.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    access_key_id: Option<String>,
}

/// Its account.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    account: String,
}

/// The temporary credentials of users and federated users are meant for everything else.
pub fn facts<'a>(visit: &'a Visit<Sts>, _: &'a Input) -> Gathering<'a, (), Error> {
    let told = callers::is_long_term_or_role(&visit.caller);
    Box::pin(std::future::ready(told.then_some(()).ok_or_else(|| callers::with_session("GetAccessKeyInfo"))))
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::all([Need::on_text("sts:GetAccessKeyInfo", "*")])
}

pub async fn run(_: Call<Sts>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    violations.required("accessKeyId", input.access_key_id.as_ref());
    let id = input.access_key_id.unwrap_or_default();
    if !id.is_empty() {
        violations.length("accessKeyId", &id, 16, 128).pattern("accessKeyId", &id, "[\\w]*", word);
    }
    violations.finish()?;
    let account = id.parse::<AccessKeyId>().ok().and_then(|id| id.account());
    let account = account.ok_or_else(|| Error::Validation("Invalid Access Key ID".into()))?;
    Ok(Output { account: account.to_string() })
}
