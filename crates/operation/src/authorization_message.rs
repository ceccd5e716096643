//! Encoded authorization messages: what a denial was decided on, sealed for the caller's account. Whoever was refused
//! carries the message to somebody who may open it (`sts:DecodeAuthorizationMessage`), and learns nothing from it: not
//! even its length says more than how many blocks it fills.

use policy::{Context, Effect, Reason};
use serde::Serialize;
use vocab::{AccountId, Timestamp};

use crate::caller::Caller;
use crate::keyring::{Error, Keyring, Purpose};
use crate::pending::Decided;

/// The JSON document of a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    allowed: bool,
    explicit_deny: bool,
    matched_statements: Items<Matched<'a>>,
    failures: Items<Text>,
    context: Circumstances<'a>,
}

#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
struct Text {
    value: String,
}

/// A statement that decided.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Matched<'a> {
    statement_id: &'a str,
    effect: &'static str,
    policy: &'a str,
}

#[derive(Serialize)]
struct Circumstances<'a> {
    principal: Who,
    action: &'a str,
    resource: &'a str,
    conditions: Items<Condition<'a>>,
}

#[derive(Serialize)]
struct Who {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    arn: String,
}

#[derive(Serialize)]
struct Condition<'a> {
    key: &'a str,
    values: Items<Text>,
}

/// The message about a denial; none for callers of no account. Condition keys that do not fit are left out.
pub fn seal(
    keyring: &Keyring,
    caller: &Caller,
    decided: &Decided,
    context: &Context,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let (Some(account), Some(arn)) = (caller.account(), caller.arn()) else { return Ok(None) };
    let name = context.get("aws:username").and_then(|name| name.single()).map(str::to_owned);
    let principal = Who { id: caller.user_id(), name, arn: arn.to_string() };
    let Some(document) = written(principal, decided, context) else { return Ok(None) };
    let expires = now.seconds().saturating_add(LIFETIME);
    let mut plain = expires.to_be_bytes().to_vec();
    plain.extend(document.into_bytes());
    // Blanks after a document are no part of it.
    plain.resize(plain.len().next_multiple_of(BLOCK), b' ');
    keyring.seal(Purpose::AuthorizationMessage, &holder(account), &plain).map(Some)
}

/// The document in a message. The error is `NotOurs` for what was not sealed here for this account, and for what has
/// expired.
pub async fn open(keyring: &Keyring, account: AccountId, message: &str, now: Timestamp) -> Result<String, Error> {
    let plain = keyring.open(Purpose::AuthorizationMessage, &holder(account), message).await?;
    let (expires, document) = plain.split_first_chunk::<8>().ok_or(Error::NotOurs)?;
    if i64::from_be_bytes(*expires) <= now.seconds() {
        return Err(Error::NotOurs);
    }
    Ok(std::str::from_utf8(document).map_err(|_| Error::NotOurs)?.trim_end().to_owned())
}

fn written(principal: Who, decided: &Decided, context: &Context) -> Option<String> {
    let explanation = decided.explanation.as_ref()?;
    let explicit_deny = matches!(decided.decision, policy::Decision::Denied(Reason::ExplicitDeny(_)));
    let matched = explanation.matched.iter().map(|statement| Matched {
        statement_id: statement.sid.as_deref().unwrap_or_default(),
        effect: if statement.effect == Effect::Deny { "DENY" } else { "ALLOW" },
        policy: &statement.policy,
    });
    let failure =
        (!explicit_deny).then(|| Text { value: explanation.to_string().chars().take(LONGEST_TEXT).collect() });
    let mut message = Message {
        allowed: false,
        explicit_deny,
        matched_statements: Items { items: matched.collect() },
        failures: Items { items: failure.into_iter().collect() },
        context: Circumstances {
            principal,
            action: &explanation.action,
            resource: &explanation.resource,
            conditions: Items { items: Vec::new() },
        },
    };
    let mut room = LONGEST.checked_sub(length(&message)?)?;
    for (key, value) in context.iter() {
        let values = value.texts().map(|text| Text { value: text.to_owned() });
        let condition = Condition { key, values: Items { items: values.collect() } };
        if let Some(left) = room.checked_sub(length(&condition)? + 1) {
            room = left;
            message.context.conditions.items.push(condition);
        }
    }
    serde_json::to_string(&message).ok()
}

fn length(value: &impl Serialize) -> Option<usize> {
    serde_json::to_string(value).ok().map(|text| text.len())
}

fn holder(account: AccountId) -> String {
    format!("account:{account}")
}

/// Seconds that a message can be opened: shorter than the keys of its generation are kept.
const LIFETIME: i64 = 24 * 3600;
const BLOCK: usize = 768;
/// With the expiry three blocks, which travel in a header of some 3,100 characters.
const LONGEST: usize = 3 * BLOCK - 8;
const LONGEST_TEXT: usize = 600;
