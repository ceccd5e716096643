//! Files with policies.

use std::io::Read;
use std::path::Path;

use crate::failure::Failure;

/// The text of a file; `-` is standard input.
pub fn read(path: &Path) -> Result<String, Failure> {
    let told = |error: std::io::Error| Failure::from(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let size = match path.to_str() {
        Some("-") => std::io::stdin().lock().take(LARGEST).read_to_string(&mut text),
        _ => std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)),
    };
    let size = u64::try_from(size.map_err(told)?).unwrap_or(u64::MAX);
    if size < LARGEST { Ok(text) } else { Err(format!("{}: larger than {LARGEST} bytes", path.display()).into()) }
}

/// Far more than any service accepts.
const LARGEST: u64 = 4 << 20;
