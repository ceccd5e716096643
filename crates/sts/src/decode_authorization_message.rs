//! DecodeAuthorizationMessage: what a denial was decided on, from the encoded message that came with it.
//!
//! Differences from AWS: the message is a header of its own, with every denial within the caller's account; matched
//! statements are told by id, effect and policy.

use operation::keyring::Error as Unsealed;
use operation::{Access, Call, Gathering, Need, Place, Violations, Visit, authorization_message};
use serde::{Deserialize, Serialize};

use crate::{Error, Sts, callers};

/// The message.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    encoded_message: Option<String>,
}

/// What it says: a JSON document.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    decoded_message: String,
}

/// The temporary credentials of users and federated users are meant for everything else.
pub fn facts<'a>(visit: &'a Visit<Sts>, _: &'a Input) -> Gathering<'a, (), Error> {
    let told = callers::is_long_term_or_role(&visit.caller);
    Box::pin(std::future::ready(told.then_some(()).ok_or_else(|| callers::with_session("DecodeAuthorizationMessage"))))
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::all([Need::on_text("sts:DecodeAuthorizationMessage", "*")])
}

pub async fn run(call: Call<Sts>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    violations.required("encodedMessage", input.encoded_message.as_ref());
    if let Some(message) = &input.encoded_message {
        violations.length("encodedMessage", message, 1, 10_240);
    }
    violations.finish()?;
    let message = input.encoded_message.unwrap_or_default();
    let keyring = &call.host.keyring;
    let opened = authorization_message::open(keyring, call.place.account, &message, call.time).await;
    let decoded_message = opened.map_err(|error| match error {
        Unsealed::NotOurs => Error::InvalidAuthorizationMessage,
        other => other.into(),
    })?;
    Ok(Output { decoded_message })
}
