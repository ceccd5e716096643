//! Buckets: their names, and what every operation knows of the one it works on.

use std::net::Ipv4Addr;

use operation::{Access, Call, Caller, Need, Visit};
use policy::{Context, Kind, Named, Principal, is_public};
use store::records::buckets::Bucket as Record;
use store::{Outcome, Stored};

use crate::backend::Setting;
use crate::{Error, S3};

/// A bucket that exists, with its policy.
pub struct Bucket {
    /// Its record, as it was read.
    pub record: Stored<Record>,
    policy: Option<Named>,
}

impl Bucket {
    /// The bucket of this name. Errs where there is none, or where it is not owned by whom the
    /// caller expects.
    pub async fn find(visit: &Visit<S3>, name: &str, expected_owner: Option<&str>) -> Result<Self, Error> {
        let found = if is_name(name) { visit.host.configuration.get::<Record>(name).await? } else { None };
        let record = found.ok_or_else(|| Error::NoSuchBucket(name.to_owned()))?;
        if expected_owner.is_some_and(|owner| owner != record.account.to_string()) {
            return Err(Error::AccessDenied("Access Denied".into()));
        }
        let compiled = record.policy.as_ref().map(|document| {
            let label = format!("bucket policy of `{name}`");
            visit.host.policies.named(Kind::Bucket, label, document)
        });
        // A stored policy was parsed before it was stored; one that no longer parses denies everything.
        let policy = compiled.transpose().map_err(Error::internal)?;
        let is_own = visit.caller.account() == Some(record.account);
        let policy = policy.filter(|policy| is_own || !is_restricted(&record, policy));
        Ok(Self { record, policy })
    }

    /// The bucket, for who reads or changes its policy. That never keeps out the root of the bucket's account: nobody
    /// else could mend a policy that denies everything.
    pub async fn find_for_policy(visit: &Visit<S3>, name: &str, expected_owner: Option<&str>) -> Result<Self, Error> {
        let mut bucket = Self::find(visit, name, expected_owner).await?;
        let owner = bucket.record.account;
        if matches!(visit.caller.principal(), Principal::Root { account } if account == owner) {
            bucket.policy = None;
        }
        Ok(bucket)
    }

    /// Whether a policy can allow this caller anything: outside the bucket's account only its own policy does.
    pub fn may_let_in(&self, caller: &Caller) -> bool {
        self.policy.is_some() || caller.account() == Some(self.record.account)
    }

    /// Its policy, for callers whom it concerns.
    pub fn policy(&self) -> Option<&Named> {
        self.policy.as_ref()
    }

    /// One action on the bucket, and nothing else.
    pub fn access(&self, action: &'static str) -> Access {
        Access::all([self.need(action)])
    }

    /// Holds as long as the bucket is the one that was found. One of the same name that was made later is another, and
    /// may be somebody else's.
    pub fn stays(&self, call: &Call<S3>) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let (host, name, id) = (call.host.clone(), self.record.name.clone(), self.record.id);
        async move {
            match host.configuration.get::<Record>(&name).await? {
                Some(now) if now.id == id => Ok(()),
                Some(_) | None => Err(Error::NoSuchBucket(name)),
            }
        }
    }

    /// Changes the record on which the caller's access was decided. A bucket that was deleted and made
    /// again is another one; one that another call changed is decided again by the client's retry.
    pub async fn change(&self, call: &Call<S3>, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        let mut record = Record::clone(&self.record);
        change(&mut record);
        self.replace(call, &record).await
    }

    /// The same, for a setting that the bucket's engine is told first.
    pub async fn set(&self, call: &Call<S3>, setting: Setting, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        let mut record = Record::clone(&self.record);
        change(&mut record);
        call.state.backend.configure(&record, setting).await?;
        let outcome = self.replace(call, &record).await;
        if matches!(outcome, Err(Error::OperationAborted)) {
            self.tell_again(call, setting).await;
        }
        outcome
    }

    async fn replace(&self, call: &Call<S3>, record: &Record) -> Result<(), Error> {
        let configuration = &call.host.configuration;
        let mut batch = configuration.batch();
        batch.replace(&self.record, record)?;
        match configuration.commit(batch).await? {
            Outcome::Committed => Ok(()),
            Outcome::Conflict(_) => Err(Error::OperationAborted),
        }
    }

    /// The engine was told of a change that did not happen: it is told what holds.
    async fn tell_again(&self, call: &Call<S3>, setting: Setting) {
        let name = &self.record.name;
        let now = match call.host.configuration.get::<Record>(name).await {
            Ok(now) => now.filter(|now| now.id == self.record.id),
            Err(_) => None,
        };
        let Some(now) = now else { return };
        if let Err(error) = call.state.backend.configure(&now, setting).await {
            tracing::error!(bucket = name, ?error, "the bucket's engine keeps a setting that was not recorded");
        }
    }

    /// An action on the bucket.
    pub fn need(&self, action: &'static str) -> Need {
        self.decided(Need::on_text(action, arn(&self.record.name)))
    }

    /// An action on one of its objects.
    pub fn object_need(&self, action: &'static str, key: &str) -> Need {
        self.decided(Need::on_text(action, format!("{}/{key}", arn(&self.record.name))))
    }

    /// Whether the caller may know that a key does not exist.
    pub fn may_list(&self, key: &str) -> Need {
        self.need("s3:ListBucket").with("s3:prefix", key).asked()
    }

    fn decided(&self, need: Need) -> Need {
        let account = self.record.account;
        let mut need = need.owned_by(account, self.policy.clone()).with("s3:ResourceAccount", account.to_string());
        if self.record.abac {
            for (name, value) in &self.record.tags {
                need.context.set(format!("s3:BucketTag/{name}"), value.as_str());
                need.context.set(format!("aws:ResourceTag/{name}"), value.as_str());
            }
        }
        need
    }
}

/// Whether the policy is public and must open the bucket to its own account alone. Nothing else opens it to others, so
/// for them it is as if there were no policy.
fn is_restricted(record: &Record, policy: &Named) -> bool {
    record.public_access_block.is_some_and(|block| block.restrict_public_buckets) && is_public(&policy.policy)
}

/// The ARN of a bucket.
pub fn arn(name: &str) -> String {
    format!("arn:aws:s3:::{name}")
}

/// Adds a condition key where there is a value.
pub fn with(mut need: Need, keys: &Context) -> Need {
    need.context.merge(keys);
    need
}

/// Whether the request is not signed.
pub fn is_anonymous(visit: &Visit<S3>) -> bool {
    matches!(visit.caller, Caller::Anonymous)
}

/// Whether a bucket may have this name: 3 to 63 lower-case letters, digits, hyphens and dots, no
/// address, none of the reserved beginnings and ends, and nothing that the server needs for itself.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let shaped = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'.')
        && name.bytes().next().is_some_and(plain)
        && name.bytes().next_back().is_some_and(plain);
    shaped
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !RESERVED_BEGINNINGS.iter().any(|reserved| name.starts_with(reserved))
        && !RESERVED_ENDS.iter().any(|reserved| name.ends_with(reserved))
        && !RESERVED.contains(&name)
}

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 1024;

/// Errs where the key is longer than a key may be, or has the zero byte that keeps keys apart where they are stored.
pub fn check_key(key: &str) -> Result<(), Error> {
    if key.contains('\0') {
        return Err(Error::InvalidArgument("A key must not have a NUL in it"));
    }
    if key.len() > LONGEST_KEY { Err(Error::KeyTooLong(key.len())) } else { Ok(()) }
}

const RESERVED_BEGINNINGS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
/// The path of Cognito Sync.
const RESERVED: [&str; 1] = ["identitypools"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_has_no_zero_byte() {
        assert!(check_key(&"k".repeat(1024)).is_ok());
        assert!(matches!(check_key(&"k".repeat(1025)), Err(Error::KeyTooLong(1025))));
        assert!(matches!(check_key("a\0b"), Err(Error::InvalidArgument(_))));
    }

    #[test]
    fn names_follow_the_rules() {
        let long = "a".repeat(63);
        for good in ["abc", "a-b.c", "1bucket", "my.bucket-1", &long] {
            assert!(is_name(good), "{good}");
        }
        let longer = "a".repeat(64);
        for bad in [
            "",
            "ab",
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.0.1",
            "xn--abc",
            "abc-s3alias",
            "identitypools",
            "_daypass",
            ".well-known",
            "a/b",
            "a b",
            "b\u{fc}cket",
            &longer,
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
