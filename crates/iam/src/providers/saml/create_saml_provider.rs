//! CreateSAMLProvider: registers an identity provider by its metadata.
//!
//! Differences from AWS: metadata describes one identity provider, whose RSA keys have at least 2,048 bits; encrypted
//! assertions are not supported, so keys for them are refused.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::providers::SamlProvider;
use vocab::{Arn, key_id};

use super::{check_document, check_encryption, no_encryption, usable};
use crate::checks::Checks;
use crate::shapes::{self, Tag};
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, callers, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(rename = "SAMLMetadataDocument")]
    saml_metadata_document: Option<String>,
    name: Option<String>,
    tags: Option<Vec<Tag>>,
    assertion_encryption_mode: Option<String>,
    add_private_key: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "SAMLProviderArn")]
    saml_provider_arn: Arn,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let arn = SamlProvider::arn_of(place.account, input.name.as_deref().unwrap_or_default());
    let make = || {
        let mut needs = vec![Need::on("iam:CreateSAMLProvider", &arn)];
        if tags::any(input.tags.as_ref()) {
            needs.push(Need::on("iam:TagSAMLProvider", &arn));
        }
        needs
    };
    Access::all(tags::requested(input.tags.as_ref(), make))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let shaped = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name = checks.text("name", input.name, 1, 128, "[\\w._-]+", shaped);
    let document = check_document(&mut checks, input.saml_metadata_document);
    let new_tags = checks.tags(input.tags);
    check_encryption(&mut checks, input.assertion_encryption_mode.as_ref(), input.add_private_key.as_ref());
    checks.finish()?;
    no_encryption(input.assertion_encryption_mode.as_deref(), input.add_private_key.as_ref())?;
    let valid_until = usable(&document, call.time)?.valid_until();
    let account = call.place.account;
    let provider = SamlProvider {
        account,
        name,
        // One character more than the ids of other entities: the API asks for 22.
        uuid: format!("S{}", key_id::unique_id("AMLP", account, &*call.host.random)),
        metadata: document,
        valid_until,
        tags: tags::first(new_tags)?,
        created: call.time,
    };
    insert(&call, &provider).await?;
    Ok(Output { saml_provider_arn: provider.arn(), tags: shapes::some_tags(&provider.tags) })
}

async fn insert(call: &Call<Iam>, provider: &SamlProvider) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let others = configuration.list::<SamlProvider>(&format!("{}/", call.place.account)).await?;
        if others.iter().any(|other| other.name == provider.name) {
            let text = format!("SAMLProvider with name {} already exists.", provider.name);
            return Err(Error::EntityAlreadyExists(text));
        }
        if others.len() >= PROVIDERS {
            let text = format!("Cannot exceed quota for SAMLProvidersPerAccount: {PROVIDERS}");
            return Err(Error::LimitExceeded(text));
        }
        let mut batch = configuration.batch();
        batch.insert(provider)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

const PROVIDERS: usize = 100;
