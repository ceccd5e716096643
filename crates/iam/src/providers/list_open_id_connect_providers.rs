//! ListOpenIDConnectProviders: the ARNs of all providers of the account.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::OidcProvider;
use vocab::Arn;

use crate::{Error, Iam, callers};

/// Nothing.
#[derive(Deserialize)]
pub struct Input {}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "OpenIDConnectProviderList")]
    providers: Vec<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    arn: Arn,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:ListOpenIDConnectProviders")
}

pub async fn run(call: Call<Iam>, _: Input, (): ()) -> Result<Output, Error> {
    let all = call.host.configuration.list::<OidcProvider>(&format!("{}/", call.place.account)).await?;
    Ok(Output { providers: all.iter().map(|provider| Entry { arn: provider.arn() }).collect() })
}
