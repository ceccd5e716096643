//! CreateAccessKey: a new key. Its secret is shown here, and never again.
//!
//! Differences from AWS: none known.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize, Serializer};
use store::records::principals::{AccessKey, User};
use store::{Outcome, Record};
use vocab::{AccessKeyId, Secret, Timestamp};

use crate::checks::Checks;
use crate::keys::owner::Owner;
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, keys};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key: Shown,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    user_name: Option<String>,
    access_key_id: AccessKeyId,
    status: &'static str,
    #[serde(serialize_with = "exposed")]
    secret_access_key: Secret,
    #[serde(with = "wire::times::iso8601")]
    create_date: Timestamp,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Owner, Error> {
    Box::pin(Owner::of(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, place: &Place, owner: &Owner) -> Access {
    owner.access("iam:CreateAccessKey", place.account)
}

pub async fn run(call: Call<Iam>, input: Input, owner: Owner) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.optional_user_name(input.user_name);
    checks.finish()?;
    let id = AccessKeyId::long_term(call.place.account, &*call.host.random);
    let secret = Secret::new(BASE64_STANDARD.encode(call.host.random.bytes::<30>()));
    let sealed = call.host.master.seal(&format!("{}/{id}", AccessKey::KIND), &secret)?;
    let mut key =
        AccessKey { id, account: call.place.account, user: None, active: true, secret: sealed, created: call.time };
    insert(&call, &owner, &mut key).await?;
    let status = keys::status(key.active);
    let AccessKey { id, user, created, .. } = key;
    let shown = Shown { user_name: user, access_key_id: id, status, secret_access_key: secret, create_date: created };
    Ok(Output { access_key: shown })
}

async fn insert(call: &Call<Iam>, owner: &Owner, key: &mut AccessKey) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let mut batch = configuration.batch();
        let kept = match owner {
            Owner::User(user) => {
                let old = user.current(call).await?;
                let mut new = User::clone(&old);
                new.access_keys.push(key.id.clone());
                batch.replace(&old, &new)?;
                key.user = Some(new.name);
                old.access_keys.len()
            }
            Owner::Root => {
                let all = configuration.list::<AccessKey>("").await?;
                all.iter().filter(|other| other.account == key.account && other.user.is_none()).count()
            }
        };
        if kept >= KEYS {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for AccessKeysPerUser: {KEYS}")));
        }
        batch.insert(key)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

/// The one answer that shows the secret.
fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

const KEYS: usize = 2;
