//! Forms that browsers post: however a form is cut on its way, the same is read of it; its fields have one name each;
//! and a form that was made comes out as it went in, whatever its file holds.
//!
//! The first byte says where the form is cut; a content type of one line follows, and then the form.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wire::multipart::{Head, Wrong, boundary};

fuzz_target!(|input: &[u8]| {
    let [cut, rest @ ..] = input else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (content_type, form) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let Some(boundary) = std::str::from_utf8(content_type).ok().and_then(boundary) else { return };
    assert!((1..=70).contains(&boundary.len()));
    as_it_is(&boundary, form, usize::from(*cut) + 2);
    made(&boundary, form, usize::from(*cut) + 1);
});

/// The input is the form.
fn as_it_is(boundary: &str, form: &[u8], cut: usize) {
    let whole = read(boundary, form, usize::MAX);
    for step in [1, cut] {
        let cut = read(boundary, form, step);
        assert_eq!(whole.ended, cut.ended, "the end depends on how the form is cut");
        assert_eq!(whole.fields, cut.fields, "the fields depend on how the form is cut");
        let (short, long) = if cut.file.len() < whole.file.len() { (&cut, &whole) } else { (&whole, &cut) };
        assert!(long.file.starts_with(&short.file), "the file depends on how the form is cut");
        assert!(whole.ended.is_err() || short.file == long.file, "the file depends on how the form is cut");
    }
    let Some((fields, _)) = &whole.fields else { return };
    for (at, (name, value)) in fields.iter().enumerate() {
        assert!(fields[..at].iter().all(|(other, _)| other != name), "a name stands twice");
        assert!(!name.is_empty() && *name == name.to_ascii_lowercase() && name != "file");
        assert!(!name.contains('\0') && !value.contains('\0'));
    }
}

/// The input is the value of a field, as far as it is text, and the file.
fn made(boundary: &str, content: &[u8], cut: usize) {
    let delimiter = format!("\r\n--{boundary}");
    // A file that has the delimiter in it ends there, and no browser would choose such a boundary.
    if content.windows(delimiter.len()).any(|window| window == delimiter.as_bytes()) {
        return;
    }
    let value = std::str::from_utf8(content).ok().filter(|text| text.len() < 60 * 1024 && !text.contains('\0'));
    let value = value.unwrap_or("no text");
    let field = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"Key\"\r\n\r\n{value}{delimiter}\r\n");
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    let end = format!("{delimiter}--\r\n");
    let form = [field.as_bytes(), file.as_bytes(), content, end.as_bytes()].concat();
    let seen = read(boundary, &form, cut);
    assert_eq!(seen.ended, Ok(()));
    assert_eq!(seen.file, content, "the file is another one");
    let (fields, name) = seen.fields.expect("the file was reached");
    assert_eq!((fields, name.as_deref()), (vec![("key".to_owned(), value.to_owned())], Some("a.txt")));
}

struct Seen {
    /// The fields and the name of the file, if that was reached.
    fields: Option<(Vec<(String, String)>, Option<String>)>,
    file: Vec<u8>,
    ended: Result<(), Wrong>,
}

fn read(boundary: &str, form: &[u8], step: usize) -> Seen {
    let (mut head, mut file) = (Head::new(boundary), None);
    let mut seen = Seen { fields: None, file: Vec::new(), ended: Err(Wrong::Truncated) };
    for piece in form.chunks(step) {
        let mut data = Bytes::copy_from_slice(piece);
        if file.is_none() {
            match head.feed(&data) {
                Ok(None) => continue,
                Ok(Some((fields, begun))) => {
                    seen.fields = Some((fields.fields, fields.file_name));
                    file = Some(begun);
                    data = Bytes::new();
                }
                Err(wrong) => {
                    seen.ended = Err(wrong);
                    return seen;
                }
            }
        }
        if let Some(file) = &mut file {
            match file.feed(data) {
                Ok(bytes) => seen.file.extend_from_slice(&bytes),
                Err(wrong) => {
                    seen.ended = Err(wrong);
                    return seen;
                }
            }
        }
    }
    seen.ended = file.map_or(Err(Wrong::Truncated), |file| file.finish());
    seen
}
