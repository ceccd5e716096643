//! Percent-encoding as Signature Version 4 wants it: paths and queries in canonical form.

use std::borrow::Cow;

use crate::sink::Sink;
use crate::{Error, Style};

/// Appends the canonical form of a path.
pub(crate) fn path(out: &mut impl Sink, raw: &str, style: Style) {
    match style {
        Style::S3 if raw.is_empty() => out.byte(b'/'),
        Style::S3 if is_plain(raw) => out.put(raw.as_bytes()),
        Style::S3 => path_encoded_once(out, raw),
        Style::Standard if raw == "/" => out.byte(b'/'),
        Style::Standard if needs_resolving(raw) => resolve_dots(out, raw),
        Style::Standard => path_bytes(out, raw),
    }
}

/// Appends the canonical form of a query, without the parameters named in `leave_out`.
///
/// INVARIANT: a `+` that is not escaped is a blank, as in every reader of queries behind this: else
/// a signed `%2B` could be swapped for a `+` that means something else. S3 does the same.
pub(crate) fn query(out: &mut impl Sink, raw: &str, leave_out: &[&str]) -> Result<(), Error> {
    if raw.is_empty() {
        return Ok(());
    }
    if raw.len() > MAX_QUERY {
        return Err(Error::TooLong { what: "the query string", limit: MAX_QUERY });
    }
    let mut encoded = Vec::with_capacity(raw.len() + raw.len() / 4);
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (name, value) in parameters(raw) {
        let start = encoded.len();
        encode_again(&mut encoded, name);
        let middle = encoded.len();
        encode_again(&mut encoded, value);
        pairs.push((start, middle, encoded.len()));
    }
    if pairs.len() > MAX_PARAMETERS {
        return Err(Error::TooLong { what: "the number of query parameters", limit: MAX_PARAMETERS });
    }
    let part = |from: usize, to: usize| encoded.get(from..to).unwrap_or_default();
    // By name, then by value: joined text would sort `a-b=` before `a=`.
    pairs.sort_unstable_by_key(|&(start, middle, end)| (part(start, middle), part(middle, end)));
    let mut between = "";
    for (start, middle, end) in pairs {
        if leave_out.iter().any(|name| name.as_bytes() == part(start, middle)) {
            continue;
        }
        out.put(between.as_bytes());
        out.put(part(start, middle));
        out.byte(b'=');
        out.put(part(middle, end));
        between = "&";
    }
    Ok(())
}

/// The parameters of a query in the order sent, names and values still encoded.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// Decodes percent escapes; nothing else. `None` where the result is no UTF-8.
pub(crate) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let bytes = Decoded { rest: raw.as_bytes() }.map(|(byte, _)| byte).collect();
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Appends `text` with everything but unreserved characters escaped.
pub(crate) fn encode(out: &mut impl Sink, text: &str) {
    text.bytes().for_each(|byte| push(out, byte));
}

fn encode_again(out: &mut Vec<u8>, raw: &str) {
    for (byte, escaped) in (Decoded { rest: raw.as_bytes() }) {
        match byte {
            b'+' if !escaped => push(out, b' '),
            _ => push(out, byte),
        }
    }
}

/// Escapes are written anew, so that clients whose HTTP library escapes more or less than their
/// signer still match. An escaped slash stays apart from a slash that divides segments.
fn path_encoded_once(out: &mut impl Sink, raw: &str) {
    for (byte, escaped) in (Decoded { rest: raw.as_bytes() }) {
        match byte {
            b'/' if !escaped => out.byte(b'/'),
            _ => push(out, byte),
        }
    }
}

fn path_bytes(out: &mut impl Sink, raw: &str) {
    if is_plain(raw) {
        return out.put(raw.as_bytes());
    }
    for byte in raw.bytes() {
        match byte {
            b'/' => out.byte(b'/'),
            _ => push(out, byte),
        }
    }
}

/// Whether nothing in a path is or needs to be escaped.
fn is_plain(raw: &str) -> bool {
    raw.bytes().fold(true, |plain, byte| plain & (is_unreserved(byte) | (byte == b'/')))
}

fn needs_resolving(raw: &str) -> bool {
    raw.contains("//") || raw.contains("/.") || !raw.starts_with('/')
}

fn resolve_dots(out: &mut impl Sink, raw: &str) {
    let mut kept: Vec<&str> = Vec::new();
    let mut open = false;
    for segment in raw.split('/') {
        open = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    for segment in &kept {
        out.byte(b'/');
        path_bytes(out, segment);
    }
    if open || kept.is_empty() {
        out.byte(b'/');
    }
}

fn push(out: &mut impl Sink, byte: u8) {
    if is_unreserved(byte) {
        return out.byte(byte);
    }
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'A' + half - 10 };
    out.put(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The bytes behind an encoded text, each with whether it was escaped. A percent sign that begins
/// no escape stands for itself.
struct Decoded<'a> {
    rest: &'a [u8],
}

impl Iterator for Decoded<'_> {
    type Item = (u8, bool);

    fn next(&mut self) -> Option<(u8, bool)> {
        if let [b'%', high, low, rest @ ..] = self.rest
            && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
        {
            self.rest = rest;
            return Some((high << 4 | low, true));
        }
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some((*first, false))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The longest query string that is read.
pub(crate) const MAX_QUERY: usize = 64 * 1024;
const MAX_PARAMETERS: usize = 2000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_in_both_styles() {
        for (raw, s3, standard) in [
            ("", "/", "/"),
            ("/", "/", "/"),
            ("//a/../b/./c/", "//a/../b/./c/", "/b/c/"),
            ("/a/..", "/a/..", "/"),
            ("/a/b/..", "/a/b/..", "/a/"),
            ("/../..", "/../..", "/"),
            ("/a%20b", "/a%20b", "/a%2520b"),
            ("/a b(é", "/a%20b%28%C3%A9", "/a%20b%28%C3%A9"),
            ("/a%2fb%7e%zz%", "/a%2Fb~%25zz%25", "/a%252fb%257e%25zz%25"),
            ("/.hidden/a.b", "/.hidden/a.b", "/.hidden/a.b"),
        ] {
            assert_eq!(canonical(raw, Style::S3), s3, "{raw}");
            assert_eq!(canonical(raw, Style::Standard), standard, "{raw}");
        }
    }

    #[test]
    fn queries_sort_by_name_then_value_and_keep_escapes_exact() {
        for (raw, canonical) in [
            ("", ""),
            ("acl", "acl="),
            ("b=2&a=2&a=1&&a-b=", "a=1&a=2&a-b=&b=2"),
            ("a=b=c", "a=b%3Dc"),
            ("p=a+b%2B%20", "p=a%20b%2B%20"),
            ("%61=%7E&B=1", "B=1&a=~"),
            ("a=1&X%2DSkip=2", "a=1"),
            ("X-Skip=1&b", "b="),
        ] {
            assert_eq!(canonical_query(raw), canonical, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn canonical_twice_is_canonical_once(raw in ".{0,60}") {
            let path = canonical(&raw, Style::S3);
            prop_assert_eq!(canonical(&path, Style::S3), path.clone());
            let once = canonical_query(&raw);
            prop_assert_eq!(canonical_query(&once), once.clone());
        }

        #[test]
        fn a_resolved_path_has_nothing_to_resolve(raw in "[/.a%]{0,20}") {
            let path = canonical(&raw, Style::Standard);
            prop_assert!(path.starts_with('/') && !path.contains("//"));
            prop_assert!(!path.split('/').any(|segment| matches!(segment, "." | "..")));
        }
    }

    fn canonical_query(raw: &str) -> String {
        let mut out = Vec::new();
        query(&mut out, raw, &["X-Skip"]).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn canonical(raw: &str, style: Style) -> String {
        let mut out = Vec::new();
        path(&mut out, raw, style);
        String::from_utf8(out).unwrap()
    }
}
