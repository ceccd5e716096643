//! Tokens that continue a reading: shard iterators and `NextToken`.
//!
//! An engine's token says what it continues in a way of the engine's own, and not every engine holds it against the
//! request. So callers get it sealed, for one account and together with what was decided when it was handed out.

use operation::keyring::{self, Purpose};
use operation::{Place, Visit};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::run::Dynamo;

/// What an answer's tokens are sealed for.
#[derive(Debug)]
pub(crate) enum Sealing {
    /// Iterators of one stream.
    Stream { table: String, label: String },
    /// Tokens that continue exactly this.
    Page { what: String },
}

/// A shard iterator.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Iterator {
    /// The stream's table.
    pub(crate) table: String,
    /// The stream's label.
    pub(crate) label: String,
    /// The engine's own iterator.
    pub(crate) engines: String,
}

impl Iterator {
    /// Opens what [`seal`] made.
    pub(crate) async fn open(visit: &Visit<Dynamo>, text: &str) -> Result<Self, Error> {
        let plain = open(visit, &iterators(&visit.place), text).await?;
        plain
            .and_then(|plain| serde_json::from_str(&plain).ok())
            .ok_or_else(|| Error::validation("Invalid ShardIterator"))
    }
}

/// The engine's token behind one that continues `what`.
pub(crate) async fn page(visit: &Visit<Dynamo>, what: &str, text: &str) -> Result<String, Error> {
    let plain = open(visit, &pages(&visit.place, what), text).await?;
    plain.ok_or_else(|| Error::validation("Invalid NextToken"))
}

/// Seals the tokens of an answer.
pub(crate) fn seal(visit: &Visit<Dynamo>, sealing: Sealing, answer: &mut Value) -> Result<(), Error> {
    let keyring = &visit.host.keyring;
    for member in ["ShardIterator", "NextShardIterator", "NextToken"] {
        let Some(Value::String(token)) = answer.get_mut(member) else { continue };
        let sealed = match &sealing {
            Sealing::Stream { table, label } => {
                let iterator = Iterator { table: table.clone(), label: label.clone(), engines: std::mem::take(token) };
                let plain = serde_json::to_vec(&iterator).map_err(Error::internal)?;
                keyring.seal(Purpose::Page, &iterators(&visit.place), &plain)
            }
            Sealing::Page { what } => keyring.seal(Purpose::Page, &pages(&visit.place, what), token.as_bytes()),
        };
        *token = sealed.map_err(Error::internal)?;
    }
    Ok(())
}

/// `None`: it was not sealed here for this.
async fn open(visit: &Visit<Dynamo>, holder: &str, text: &str) -> Result<Option<String>, Error> {
    match visit.host.keyring.open(Purpose::Page, holder, text).await {
        Ok(plain) => Ok(String::from_utf8(plain.to_vec()).ok()),
        Err(keyring::Error::NotOurs) => Ok(None),
        Err(error) => Err(Error::internal(error)),
    }
}

fn iterators(place: &Place) -> String {
    format!("dynamodb:iterator:{}", place.account)
}

fn pages(place: &Place, what: &str) -> String {
    format!("dynamodb:page:{}:{what}", place.account)
}
