//! The root key of the first account: from the environment where it is set, else made once.

use std::path::Path;

use operation::Host;
use store::records::keys::Sealed;
use store::records::principals::AccessKey;
use store::{Record, Stored};
use vocab::{AccessKeyId, AccountId, Secret};

use crate::failure::Failure;
use crate::master_key::write_secret;
use crate::settings::{Mode, wrong};

/// A root key with its secret.
pub struct RootKey {
    /// The key id.
    pub id: AccessKeyId,
    /// The secret.
    pub secret: Secret,
}

/// Finds or makes the root key of the first account.
pub async fn ensure(host: &Host, mode: Mode, data: &Path) -> Result<RootKey, Failure> {
    let account = host.accounts.first().copied().unwrap_or(AccountId::ZERO);
    let stored: Vec<Stored<AccessKey>> = host.configuration.held("")?;
    let stored = stored.into_iter().find(|key| key.user.is_none() && key.account == account);
    if let Some(wanted) = from_environment()? {
        return replace(host, account, stored, wanted).await;
    }
    if let Some(key) = stored {
        let secret = host.master.open(&row(&key.id), &key.secret)?;
        return Ok(RootKey { id: key.id.clone(), secret });
    }
    let secret = Secret::new(base64_secret(host));
    let made = RootKey { id: AccessKeyId::long_term(account, &*host.random), secret };
    if mode == Mode::Production {
        // Written before it is stored: a key that nobody could read would lock the account.
        let file = data.join("root-key");
        write_secret(&file, &format!("{} {}\n", made.id, made.secret.expose()))?;
        tracing::info!(file = %file.display(), "root key was made");
    }
    replace(host, account, None, made).await
}

fn from_environment() -> Result<Option<RootKey>, Failure> {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (read("DAYPASS_ROOT_ACCESS_KEY_ID"), read("DAYPASS_ROOT_SECRET_ACCESS_KEY")) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => {
            let key = "DAYPASS_ROOT_ACCESS_KEY_ID";
            let id: AccessKeyId =
                id.parse().map_err(|_| wrong(key, format!("`{id}` is no access key id"), "AKIAIOSFODNN7EXAMPLE"))?;
            if id.is_temporary() {
                return Err(wrong(key, "`ASIA…` is of temporary credentials", "AKIAIOSFODNN7EXAMPLE").into());
            }
            if secret.len() < SHORTEST_SECRET {
                let text = format!("it is shorter than {SHORTEST_SECRET} characters");
                return Err(wrong("DAYPASS_ROOT_SECRET_ACCESS_KEY", text, "$(head -c 30 /dev/urandom | base64)").into());
            }
            Ok(Some(RootKey { id, secret: Secret::new(secret) }))
        }
        _ => Err(wrong(
            "DAYPASS_ROOT_ACCESS_KEY_ID",
            "it and `DAYPASS_ROOT_SECRET_ACCESS_KEY` are set together or not at all",
            "AKIAIOSFODNN7EXAMPLE",
        )
        .into()),
    }
}

async fn replace(
    host: &Host,
    account: AccountId,
    old: Option<Stored<AccessKey>>,
    new: RootKey,
) -> Result<RootKey, Failure> {
    if let Some(old) = &old
        && old.id == new.id
        && host.master.open(&row(&old.id), &old.secret)? == new.secret
    {
        return Ok(new);
    }
    let secret: Sealed = host.master.seal(&row(&new.id), &new.secret)?;
    let key = AccessKey { id: new.id.clone(), account, user: None, active: true, secret, created: host.now() };
    let mut batch = host.configuration.batch();
    match old {
        Some(old) if old.id == key.id => batch.replace(&old, &key)?,
        Some(old) => {
            batch.delete(&old);
            batch.insert(&key)?;
        }
        None => batch.insert(&key)?,
    }
    match host.configuration.commit(batch).await? {
        store::Outcome::Committed => Ok(new),
        store::Outcome::Conflict(_) => {
            Err("the root key was changed by another node at the same time; start again".into())
        }
    }
}

fn base64_secret(host: &Host) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(host.random.bytes::<30>())
}

fn row(id: &AccessKeyId) -> String {
    format!("{}/{id}", AccessKey::KIND)
}

const SHORTEST_SECRET: usize = 16;
