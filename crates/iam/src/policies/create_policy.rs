//! CreatePolicy: a managed policy with its first version.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::principals::{ManagedPolicy, PolicyVersion};
use vocab::{Arn, key_id};

use crate::checks::Checks;
use crate::policies::shapes::Policy;
use crate::policies::usage::Usage;
use crate::shapes::Tag;
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, callers, documents, shapes, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_name: Option<String>,
    path: Option<String>,
    policy_document: Option<String>,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: Policy,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let path = input.path.as_deref().unwrap_or("/");
    let arn = Arn::iam(place.account, "policy", path, input.policy_name.as_deref().unwrap_or_default());
    let make = || {
        let mut needs = vec![Need::on("iam:CreatePolicy", &arn)];
        if tags::any(input.tags.as_ref()) {
            needs.push(Need::on("iam:TagPolicy", &arn));
        }
        needs
    };
    Access::all(tags::requested(input.tags.as_ref(), make))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let name = checks.policy_name(input.policy_name);
    let path = checks.policy_path(input.path);
    let document = checks.document("policyDocument", input.policy_document);
    let description = checks.policy_description(input.description);
    let new_tags = checks.tags(input.tags);
    checks.finish()?;
    documents::managed(&document)?;
    let mut kept_tags = BTreeMap::new();
    tags::put_exactly(&mut kept_tags, &new_tags)?;
    let policy = ManagedPolicy {
        account: call.place.account,
        name,
        path,
        unique_id: key_id::unique_id("ANPA", call.place.account, &*call.host.random),
        description,
        versions: BTreeMap::from([(1, PolicyVersion { document, created: call.time })]),
        default_version: 1,
        newest_version: 1,
        tags: kept_tags,
        created: call.time,
        updated: call.time,
    };
    insert(&call, &policy).await?;
    let shown = Policy::own(&policy, &Usage::of(&call).await?);
    let tags = (!policy.tags.is_empty()).then(|| shapes::policy_tags(&policy.tags));
    Ok(Output { policy: Policy { tags, ..shown } })
}

async fn insert(call: &Call<Iam>, policy: &ManagedPolicy) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let others = configuration.list::<ManagedPolicy>(&format!("{}/", call.place.account)).await?;
        if others.iter().any(|other| other.name.eq_ignore_ascii_case(&policy.name)) {
            let text = format!("A policy called {} already exists. Duplicate names are not allowed.", policy.name);
            return Err(Error::EntityAlreadyExists(text));
        }
        if others.len() >= POLICIES {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for PoliciesPerAccount: {POLICIES}")));
        }
        let mut batch = configuration.batch();
        batch.insert(policy)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

const POLICIES: usize = 1500;
