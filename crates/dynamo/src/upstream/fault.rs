//! What an engine's answer says: its output, its refusal, or nothing that can be passed on.

use serde_json::Value;

use crate::error::{Error, Refused};

/// Reads an answer.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Value, Error> {
    let document = serde_json::from_slice::<Value>(body).ok();
    match (status, document) {
        (200, Some(answer @ Value::Object(_))) => Ok(answer),
        (400..=599, Some(Value::Object(members))) => Err(refusal(status, members)),
        (status, _) => Err(Error::internal(format!("the engine answered with status {status} and no readable body"))),
    }
}

fn refusal(status: u16, mut members: serde_json::Map<String, Value>) -> Error {
    let code = members.remove("__type").and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    // Some put an address behind the name.
    let code = code.split(':').next().unwrap_or_default().to_owned();
    let words = ["message", "Message"].iter().find_map(|name| members.remove(*name));
    let message = words.and_then(|words| words.as_str().map(|words| words.chars().take(LONGEST).collect::<String>()));
    let message = message.unwrap_or_default();
    let readable = (1..=LONGEST_CODE).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !readable {
        return Error::internal(format!("the engine answered with status {status} and no exception"));
    }
    if OURS.contains(&code.as_str()) {
        // The caller's credentials were good: it is the configured ones that the engine refused.
        return Error::internal(format!("the engine refused the configured credentials: {code}: {message}"));
    }
    members.retain(|name, _| PASSED.contains(&name.as_str()));
    Error::Engine(Box::new(Refused { code, status, message, members }))
}

/// Refusals of the one who signed: us.
const OURS: [&str; 10] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "NotAuthorizedException",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Members of refusals that callers know what to do with.
const PASSED: [&str; 3] = ["CancellationReasons", "Item", "ThrottlingReasons"];

const LONGEST: usize = 8192;
const LONGEST_CODE: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_passed_with_their_code() {
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "cancelled", "CancellationReasons": [{ "Code": "None" }], "Internal": "host-7",
        });
        let Err(Error::Engine(refused)) = read(400, body.to_string().as_bytes()) else { panic!() };
        assert_eq!((refused.code.as_str(), refused.status), ("TransactionCanceledException", 400));
        assert_eq!(refused.message, "cancelled");
        assert_eq!(refused.members.keys().collect::<Vec<_>>(), ["CancellationReasons"]);
        for code in ["x#ThrottlingException", "ProvisionedThroughputExceededException:http://x/"] {
            let body = json!({ "__type": code, "message": "slow down" });
            let Err(Error::Engine(refused)) = read(400, body.to_string().as_bytes()) else { panic!() };
            assert!(refused.is_throttle(), "{code}");
        }
    }

    #[test]
    fn what_is_no_refusal_is_our_failure() {
        for (status, body) in [
            (400, json!({ "__type": "x#UnrecognizedClientException", "message": "The security token is invalid" })),
            (400, json!({ "__type": "x#AccessDeniedException", "message": "User: arn:aws:iam::1:user/up is not" })),
            (400, json!({ "message": "no type" })),
            (400, json!({ "__type": "a b\r\nc" })),
            (400, json!({ "__type": 7 })),
            (400, json!(["__type"])),
            (200, json!("text")),
            (302, json!({})),
            (204, json!({})),
        ] {
            assert!(matches!(read(status, body.to_string().as_bytes()), Err(Error::Internal(_))), "{status} {body}");
        }
        assert!(matches!(read(502, b"<html>"), Err(Error::Internal(_))));
        assert!(matches!(read(200, b""), Err(Error::Internal(_))));
        assert_eq!(read(200, b"{}").unwrap(), json!({}));
    }
}
