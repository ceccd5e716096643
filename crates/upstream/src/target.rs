//! Texts in a request's target. Everything but unreserved characters is escaped, so that what is read
//! at the other end is what was written here.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A text as one segment of a path, or as a name or value of a query: slashes are escaped too.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A text as the rest of a path: its slashes divide segments, and empty and dot segments stay.
pub fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// A query of names and values. A name without a value stands alone.
pub fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut out = String::new();
    for (name, value) in parameters {
        let between = if out.is_empty() { "" } else { "&" };
        // Writing to a string does not fail.
        let _ = write!(out, "{between}{}", utf8_percent_encode(name, SEGMENT));
        if let Some(value) = value {
            let _ = write!(out, "={}", utf8_percent_encode(value, SEGMENT));
        }
    }
    out
}

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        assert_eq!(path("a/../b//c?d#e%2F\r\n é+&="), "a/../b//c%3Fd%23e%252F%0D%0A%20%C3%A9%2B%26%3D");
        assert_eq!(segment("a/b"), "a%2Fb");
        assert_eq!(query([("uploads", None), ("prefix", Some("a&b=c+d"))]), "uploads&prefix=a%26b%3Dc%2Bd");
    }
}
