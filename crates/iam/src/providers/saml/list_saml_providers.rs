//! ListSAMLProviders: all SAML providers of the account.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::providers::SamlProvider;
use vocab::{Arn, Timestamp};

use crate::{Error, Iam, callers};

/// Nothing.
#[derive(Deserialize)]
pub struct Input {}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "SAMLProviderList")]
    providers: Vec<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    arn: Arn,
    #[serde(with = "wire::times::iso8601")]
    valid_until: Timestamp,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:ListSAMLProviders")
}

pub async fn run(call: Call<Iam>, _: Input, (): ()) -> Result<Output, Error> {
    let all = call.host.configuration.list::<SamlProvider>(&format!("{}/", call.place.account)).await?;
    let entry = |provider: &store::Stored<SamlProvider>| Entry {
        arn: provider.arn(),
        valid_until: provider.shown_valid_until(),
        create_date: provider.created,
    };
    Ok(Output { providers: all.iter().map(entry).collect() })
}
