//! Spellings of documents inside answers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serializer;

/// Writes a policy document as IAM does: every byte but letters, digits and `-._~` is escaped
/// (RFC 3986). For `#[serde(serialize_with = "wire::documents::percent_encoded")]`.
pub fn percent_encoded<S: Serializer>(document: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&utf8_percent_encode(document, ESCAPED))
}

/// The same where the document may be absent.
pub fn percent_encoded_option<S: Serializer>(document: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match document {
        Some(document) => percent_encoded(document, serializer),
        None => serializer.serialize_none(),
    }
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_become_escapes_and_unreserved_characters_stay() {
        let written = percent_encoded("{\"a\": \"é+-._~*\"}", serde_json::value::Serializer);
        assert_eq!(written.unwrap(), "%7B%22a%22%3A%20%22%C3%A9%2B-._~%2A%22%7D");
    }
}
