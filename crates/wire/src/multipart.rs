//! Multipart forms whose last field is a file: the fields are read whole within a bound, the file as it comes.

use bytes::{Buf, Bytes, BytesMut};

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is no form of this kind, or not well formed.
    #[error("the form is not well formed")]
    Malformed,
    /// There is more before or behind the file than any honest form has.
    #[error("the form has too much beside its file")]
    TooLarge,
    /// A field comes twice.
    #[error("a field of the form comes twice")]
    Duplicate,
    /// It ends before its file does.
    #[error("the form ends too early")]
    Truncated,
}

/// The boundary that a content type names; `None` where that is no multipart form.
pub fn boundary(content_type: &str) -> Option<String> {
    let mut pieces = content_type.split(';').map(str::trim);
    if !pieces.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (_, value) =
        pieces.filter_map(|piece| piece.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let is_sound = (1..=70).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    is_sound.then(|| value.to_owned())
}

/// A form up to its file.
pub struct Head {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    /// How much was taken out of the buffer.
    taken: usize,
    /// Up to where the buffer has nothing of what is sought.
    searched: usize,
    state: State,
    fields: Vec<(String, String)>,
}

enum State {
    Start,
    Delimited,
    Headers,
    Value(String),
}

/// What stands before the file.
#[derive(Debug)]
pub struct Fields {
    /// Names in lower case, and values. INVARIANT: no two with one name.
    pub fields: Vec<(String, String)>,
    /// The name of the file, where the client gives one.
    pub file_name: Option<String>,
}

impl Head {
    /// A form with this boundary.
    pub fn new(boundary: &str) -> Self {
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        // The first delimiter has no line break before it.
        Self { delimiter, buffer: BytesMut::from("\r\n"), taken: 0, searched: 0, state: State::Start, fields: vec![] }
    }

    /// Takes the next bytes. `Some` at the file: the fields before it, and the file with its first bytes.
    pub fn feed(&mut self, data: &[u8]) -> Result<Option<(Fields, File)>, Wrong> {
        self.buffer.extend_from_slice(data);
        loop {
            match &self.state {
                State::Start => {
                    let Some(start) = self.buffer.get(..self.delimiter.len()) else { break };
                    if start != self.delimiter {
                        return Err(Wrong::Malformed);
                    }
                    self.take(self.delimiter.len());
                    self.state = State::Delimited;
                }
                State::Delimited => {
                    let Some(end) = self.buffer.get(..2) else { break };
                    if end != b"\r\n" {
                        // Also the end of the form: it has no file.
                        return Err(Wrong::Malformed);
                    }
                    self.take(2);
                    self.state = State::Headers;
                }
                State::Headers => {
                    let Some(end) = self.find(b"\r\n\r\n") else { break };
                    let headers = self.take(end);
                    self.take(4);
                    let (name, file_name) = disposition(&headers)?;
                    self.bounded(self.taken)?;
                    if name == "file" {
                        let fields = Fields { fields: std::mem::take(&mut self.fields), file_name };
                        let rest = std::mem::take(&mut self.buffer).freeze();
                        return Ok(Some((fields, File::new(std::mem::take(&mut self.delimiter), rest))));
                    }
                    if self.fields.len() >= MOST_FIELDS {
                        return Err(Wrong::TooLarge);
                    }
                    if self.fields.iter().any(|(seen, _)| *seen == name) {
                        return Err(Wrong::Duplicate);
                    }
                    self.state = State::Value(name);
                }
                State::Value(name) => {
                    let name = name.clone();
                    let delimiter = self.delimiter.clone();
                    let Some(end) = self.find(&delimiter) else { break };
                    let value = self.take(end);
                    let value = String::from_utf8(value.to_vec()).map_err(|_| Wrong::Malformed)?;
                    // As in paths and documents: stores tell texts apart by it.
                    if value.contains('\0') {
                        return Err(Wrong::Malformed);
                    }
                    self.take(delimiter.len());
                    self.fields.push((name, value));
                    self.state = State::Delimited;
                }
            }
        }
        self.bounded(self.taken.saturating_add(self.buffer.len()))?;
        Ok(None)
    }

    fn bounded(&self, size: usize) -> Result<(), Wrong> {
        if size > MOST_BEFORE { Err(Wrong::TooLarge) } else { Ok(()) }
    }

    fn take(&mut self, size: usize) -> BytesMut {
        self.taken = self.taken.saturating_add(size);
        self.searched = 0;
        self.buffer.split_to(size.min(self.buffer.len()))
    }

    /// Where a text begins. What was searched once is not searched again.
    fn find(&mut self, text: &[u8]) -> Option<usize> {
        let from = self.searched.saturating_sub(text.len());
        let found = self.buffer.get(from..)?.windows(text.len()).position(|window| window == text);
        self.searched = self.buffer.len();
        found.map(|at| from + at)
    }
}

/// The file of a form, as it comes.
pub struct File {
    delimiter: Vec<u8>,
    /// What may be the beginning of the delimiter.
    held: Bytes,
    /// What came behind the file.
    behind: Option<Vec<u8>>,
}

impl File {
    fn new(delimiter: Vec<u8>, held: Bytes) -> Self {
        Self { delimiter, held, behind: None }
    }

    /// Takes the next bytes, and gives those that are the file's. What stands behind the file is ignored, within a
    /// bound.
    pub fn feed(&mut self, data: Bytes) -> Result<Bytes, Wrong> {
        if let Some(behind) = &mut self.behind {
            if behind.len() + data.len() > MOST_BEHIND {
                return Err(Wrong::TooLarge);
            }
            behind.extend_from_slice(&data);
            return Ok(Bytes::new());
        }
        let mut data = if self.held.is_empty() {
            data
        } else {
            let mut all = BytesMut::with_capacity(self.held.len() + data.len());
            all.extend_from_slice(&std::mem::take(&mut self.held));
            all.extend_from_slice(&data);
            all.freeze()
        };
        let mut from = 0;
        while let Some(rest) = data.get(from..)
            && let Some(at) = rest.iter().position(|byte| *byte == b'\r').map(|at| from + at)
        {
            let rest = data.get(at..).unwrap_or_default();
            if rest.starts_with(&self.delimiter) {
                let mut behind = data.split_off(at);
                behind.advance(self.delimiter.len());
                self.behind = Some(Vec::new());
                self.feed(behind)?;
                return Ok(data);
            }
            if self.delimiter.starts_with(rest) {
                self.held = data.split_off(at);
                return Ok(data);
            }
            from = at + 1;
        }
        Ok(data)
    }

    /// Errs unless the file came to its end.
    pub fn finish(&self) -> Result<(), Wrong> {
        match self.behind.as_deref() {
            Some([b'-', b'-', ..] | [b'\r', b'\n', ..]) => Ok(()),
            Some(_) | None => Err(Wrong::Truncated),
        }
    }
}

/// The names of the field and of its file.
fn disposition(headers: &[u8]) -> Result<(String, Option<String>), Wrong> {
    let text = std::str::from_utf8(headers).map_err(|_| Wrong::Malformed)?;
    let mut found = None;
    for line in text.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(Wrong::Malformed)?;
        if name.trim().eq_ignore_ascii_case("content-disposition") && found.replace(value.trim()).is_some() {
            return Err(Wrong::Malformed);
        }
    }
    let (kind, mut rest) = found.and_then(|value| value.split_once(';')).ok_or(Wrong::Malformed)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(Wrong::Malformed);
    }
    let (mut name, mut file_name) = (None, None);
    while !rest.trim().is_empty() {
        let (parameter, value, after) = parameter(rest)?;
        let slot = match parameter.to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            _ => &mut None,
        };
        if slot.replace(value).is_some() {
            return Err(Wrong::Malformed);
        }
        rest = after;
    }
    if text.contains('\0') {
        return Err(Wrong::Malformed);
    }
    let name = name.filter(|name| !name.is_empty()).ok_or(Wrong::Malformed)?;
    Ok((name.to_ascii_lowercase(), file_name))
}

/// The first of `name="value"; …`: its name, its value and what follows.
fn parameter(text: &str) -> Result<(&str, String, &str), Wrong> {
    let (name, rest) = text.split_once('=').ok_or(Wrong::Malformed)?;
    let name = name.trim();
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, after) = rest.split_once(';').unwrap_or((rest, ""));
        return Ok((name, value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let after = quoted.get(at + 1..).unwrap_or_default().trim_start();
                let after = if after.is_empty() { after } else { after.strip_prefix(';').ok_or(Wrong::Malformed)? };
                return Ok((name, value, after));
            }
            // Old browsers give paths with backslashes that escape nothing.
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                characters.next();
            }
            character => value.push(character),
        }
    }
    Err(Wrong::Malformed)
}

/// A policy and a session token fit, the longest of their kind.
const MOST_BEFORE: usize = 64 * 1024;
const MOST_BEHIND: usize = 20 * 1024;
const MOST_FIELDS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"Key\"\r\n\r\nk${filename}\r\n\
                        --b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n\
                        --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".txt\"\r\n\
                        Content-Type: text/plain\r\n\r\none\r\n--two\r\n\r\r\n--b--\r\n";

    type Seen = (Vec<(String, String)>, Option<String>, Vec<u8>);

    fn read(form: &[u8], step: usize) -> Result<Seen, Wrong> {
        let mut head = Head::new("b");
        let mut found: Option<(Fields, File)> = None;
        let mut file = Vec::new();
        for piece in form.chunks(step) {
            if let Some((_, tail)) = &mut found {
                file.extend(tail.feed(Bytes::copy_from_slice(piece))?);
            } else {
                found = head.feed(piece)?;
                if let Some((_, tail)) = &mut found {
                    file.extend(tail.feed(Bytes::new())?);
                }
            }
        }
        let (fields, tail) = found.ok_or(Wrong::Truncated)?;
        tail.finish()?;
        Ok((fields.fields, fields.file_name, file))
    }

    #[test]
    fn however_it_is_cut_the_form_reads_the_same() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = (
            vec![pair("key", "k${filename}"), pair("empty", "")],
            Some("a \"b\".txt".into()),
            b"one\r\n--two\r\n\r".to_vec(),
        );
        for step in 1..FORM.len() + 1 {
            assert_eq!(read(FORM.as_bytes(), step), Ok(wanted.clone()), "{step}");
        }
    }

    #[test]
    fn a_form_that_is_cut_off_anywhere_is_not_whole() {
        let end = FORM.len() - "--\r\n".len() + 2;
        for length in 0..end {
            assert!(read(&FORM.as_bytes()[..length], 7).is_err(), "{length}");
        }
        assert!(read(&FORM.as_bytes()[..end], 7).is_ok());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (from, to, wrong) in [
            ("name=\"empty\"", "name=\"KEY\"", Wrong::Duplicate),
            ("--b\r\n", "x--b\r\n", Wrong::Malformed),
            ("form-data; name=\"Key\"", "form-data", Wrong::Malformed),
            ("form-data; name=\"Key\"", "attachment; name=\"Key\"", Wrong::Malformed),
            ("name=\"Key\"", "name=\"Key\"; name=\"acl\"", Wrong::Malformed),
            ("name=\"Key\"", "name=\"Key", Wrong::Malformed),
            ("name=\"Key\"", "name=\"\"", Wrong::Malformed),
            ("name=\"Key\"", "name=\"K\0y\"", Wrong::Malformed),
            ("filename=\"a", "filename=\"a\0", Wrong::Malformed),
            ("k${filename}", "k\0", Wrong::Malformed),
            ("name=\"Key\"\r\n", "name=\"Key\"\r\nContent-Disposition: form-data; name=\"acl\"\r\n", Wrong::Malformed),
            ("name=\"file\"", "name=\"upload\"", Wrong::Malformed),
        ] {
            assert!(FORM.contains(from), "{from}");
            assert_eq!(read(FORM.replacen(from, to, 1).as_bytes(), 9), Err(wrong), "{to}");
        }
        let long = FORM.replace("k${filename}", &"x".repeat(MOST_BEFORE));
        assert_eq!(read(long.as_bytes(), 1000), Err(Wrong::TooLarge));
        let many: String =
            (0..101).map(|at| format!("--b\r\nContent-Disposition: form-data; name=\"f{at}\"\r\n\r\n\r\n")).collect();
        assert_eq!(read(many.as_bytes(), 1000), Err(Wrong::TooLarge));
        let behind = format!("{FORM}{}", "x".repeat(MOST_BEHIND));
        assert_eq!(read(behind.as_bytes(), 1000), Err(Wrong::TooLarge));
    }

    #[test]
    fn only_a_multipart_form_has_a_boundary() {
        assert_eq!(boundary("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").as_deref(), Some("a b"));
        for other in ["", "multipart/form-data", "multipart/mixed; boundary=abc", "multipart/form-data; boundary="] {
            assert_eq!(boundary(other), None, "{other}");
        }
        assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))), None);
    }
}
