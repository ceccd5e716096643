//! Sync session tokens: what a device knew of a dataset when it began to synchronize.
//!
//! Sealed, and bound to pool, identity and name of the dataset: a token of one is none of another.

use operation::keyring::{self, Purpose};
use operation::{Call, Host};
use store::datasets::{Dataset, Opened};
use vocab::Timestamp;

use crate::reach::Reached;
use crate::{Error, Sync};

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The dataset's id; 0: there was none.
    dataset: u128,
    /// Its count.
    sync_count: u64,
    /// When the session began.
    began: Timestamp,
}

impl Session {
    /// A session that begins now.
    pub fn begin(call: &Call<Sync>, dataset: Option<&Dataset>) -> Self {
        Self {
            dataset: dataset.map_or(0, |dataset| dataset.id),
            sync_count: dataset.map_or(0, |dataset| dataset.sync_count),
            began: call.host.now(),
        }
    }

    /// Its token.
    pub fn seal(&self, host: &Host, reached: &Reached, name: &str) -> Result<String, Error> {
        let plain =
            [self.dataset.to_be_bytes().as_slice(), &self.sync_count.to_be_bytes(), &self.began.millis().to_be_bytes()]
                .concat();
        Ok(host.keyring.seal(Purpose::Sync, &holder(reached, name), &plain)?)
    }

    /// The session of a token for this dataset. Errs where it is another's, none of ours, or older than a day.
    pub async fn open(host: &Host, reached: &Reached, name: &str, token: &str) -> Result<Self, Error> {
        let plain = match host.keyring.open(Purpose::Sync, &holder(reached, name), token).await {
            Ok(plain) => plain,
            Err(keyring::Error::Store(error)) => return Err(error.into()),
            Err(_) => return Err(Error::session_token()),
        };
        let read = || {
            let (dataset, rest) = plain.split_first_chunk::<16>()?;
            let (sync_count, began) = rest.split_first_chunk::<8>()?;
            let began = i64::from_be_bytes(began.try_into().ok()?);
            Some(Self {
                dataset: u128::from_be_bytes(*dataset),
                sync_count: u64::from_be_bytes(*sync_count),
                began: Timestamp::from_millis(began),
            })
        };
        let is_young = |session: &Self| host.now().millis().saturating_sub(session.began.millis()) < LIFETIME;
        read().filter(is_young).ok_or_else(Error::session_token)
    }

    /// Whether the dataset is still the one that the session began with. One that was not there then may have been made
    /// meanwhile; one that was there may not have been deleted, nor have lost changes.
    pub fn fits(&self, opened: &Opened, name: &str) -> Result<(), Error> {
        let dataset = opened.dataset();
        match dataset {
            Some(dataset) if self.dataset == 0 || self.dataset == dataset.id => {
                if dataset.sync_count < self.sync_count { Err(Error::session_token()) } else { Ok(()) }
            }
            None if self.dataset == 0 => Ok(()),
            Some(_) | None => Err(Error::no_dataset(name)),
        }
    }
}

/// None of the three holds a blank.
fn holder(reached: &Reached, name: &str) -> String {
    format!("{} {} {name}", reached.pool.id, reached.identity)
}

/// In milliseconds: a day.
const LIFETIME: i64 = 24 * 3600 * 1000;
