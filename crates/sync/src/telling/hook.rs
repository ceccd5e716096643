//! Web hooks: bodies that are signed, so that a receiver knows whom they are from and when they were sent.
//!
//! The signature is an HMAC-SHA256, in hexadecimal, of the text `v1`, the time, the delivery's id and the body, with a
//! line break after each of the first three. It stands in `x-daypass-signature` as `v1=…`, the time (seconds since 1970)
//! in `x-daypass-time`, the id in `x-daypass-delivery`. A receiver compares the signature, refuses times that are more
//! than five minutes away, and takes no id twice within that time. Anything but a status of the 200s means: again.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Method};
use sha2::{Digest, Sha256};
use upstream::{Body, Request};
use vocab::Timestamp;

use crate::settings::Hook;

/// Why a delivery is not made yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    /// The server cannot be asked, or did not answer.
    #[error(transparent)]
    Unreached(#[from] upstream::Error),
    /// It answered, and not with success.
    #[error("the web hook answers with status {0}")]
    Refused(u16),
    /// It cannot be written.
    #[error("a delivery cannot be written: {0}")]
    Unwritten(String),
}

/// Posts a body; `kind` says what it is, `keys` what it tells of.
pub(super) async fn post(
    hook: &Hook,
    kind: &'static str,
    keys: &[&str],
    body: Vec<u8>,
    now: Timestamp,
) -> Result<(), Undelivered> {
    let id = delivery_id(keys);
    let time = now.seconds().to_string();
    let signature = signature(hook.key.expose().as_bytes(), &time, &id, &body)?;
    let mut request = Request::new(Method::POST, hook.target.0.clone()).query(hook.target.1.clone());
    let headers = [
        ("content-type", "application/json"),
        ("x-daypass-kind", kind),
        ("x-daypass-time", &time),
        ("x-daypass-delivery", &id),
        ("x-daypass-signature", &signature),
    ];
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|error| Undelivered::Unwritten(error.to_string()))?;
        request = request.header(HeaderName::from_static(name), value);
    }
    let answer = hook.server.call(request.body(Body::Whole(Bytes::from(body)))).await?;
    // Nobody reads what it says: an answer without end costs nothing.
    if answer.status.is_success() { Ok(()) } else { Err(Undelivered::Refused(answer.status.as_u16())) }
}

/// The same for the same changes: a receiver that has seen it has seen all of them.
fn delivery_id(keys: &[&str]) -> String {
    let mut digest = Sha256::new();
    for key in keys {
        digest.update(key);
        digest.update(b"\n");
    }
    hex(digest.finalize().get(..16).unwrap_or_default())
}

fn signature(key: &[u8], time: &str, id: &str, body: &[u8]) -> Result<String, Undelivered> {
    let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| Undelivered::Unwritten(error.to_string()))?;
    let head = format!("v1\n{time}\n{id}\n");
    let whole = mac.chain_update(head).chain_update(body).finalize().into_bytes();
    Ok(format!("v1={}", hex(&whole)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_can_check_the_signature_with_any_tool() {
        // printf 'v1\n1700000000\nid\n{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let signed = signature(b"0123456789abcdef0123456789abcdef", "1700000000", "id", b"{}").unwrap();
        assert_eq!(signed, EXPECTED);
    }

    const EXPECTED: &str = "v1=976698a20277a8127336b26813fb89c038ffd514416bb3ac938b1ec1abf2fa4b";
}
