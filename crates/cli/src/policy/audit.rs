//! What the server's audit log says about one request.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Outcome;
use super::paint::{Paint, plain};
use crate::failure::Failure;

/// Finds the line of a request, in the log or in one that was rotated away, and tells it.
pub fn run(log: &Path, request_id: &str, json: bool) -> Result<Outcome, Failure> {
    let line = find(log, request_id)?.ok_or_else(|| format!("{}: no line of request `{request_id}`", log.display()))?;
    let mut output = std::io::stdout().lock();
    if json {
        writeln!(output, "{}", serde_json::to_string_pretty(&line)?)?;
    } else {
        output.write_all(page(&line, Paint::of_output()).as_bytes())?;
    }
    let status = line.get("status").and_then(Value::as_u64).unwrap_or_default();
    Ok(if decisions(&line).all(allowed) && status < 400 { Outcome::Well } else { Outcome::Ill })
}

fn find(log: &Path, request_id: &str) -> Result<Option<Value>, Failure> {
    if log == Path::new("-") {
        return Ok(find_in(std::io::stdin().lock(), request_id)?);
    }
    let told = |path: &Path, error: std::io::Error| Failure::from(format!("{}: {error}", path.display()));
    let mut path = log.to_owned();
    for number in 1.. {
        let found = File::open(&path).and_then(|file| find_in(file, request_id)).map_err(|error| told(&path, error))?;
        path = PathBuf::from(format!("{}.{number}", log.display()));
        if found.is_some() || !path.exists() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Reads line by line. What is no line of an audit log is passed over: the log may share its sink with others.
fn find_in(input: impl Read, request_id: &str) -> std::io::Result<Option<Value>> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let value = serde_json::from_slice::<Value>(&line).ok();
        if let Some(value) = value.filter(|value| value.get("request_id").and_then(Value::as_str) == Some(request_id)) {
            return Ok(Some(value));
        }
    }
}

fn page(line: &Value, paint: Paint) -> String {
    let text = |name: &str| match line.get(name) {
        None => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(other) => plain(&other.to_string()),
    };
    let mut page = format!("{}\n", paint.bold(&format!("{} {}", text("service"), text("operation"))));
    let told = ["time", "request_id", "principal", "identity", "key", "address", "status", "code", "reason"];
    for (name, value) in told.into_iter().map(|name| (name, text(name))).filter(|(_, value)| !value.is_empty()) {
        page.push_str(&format!("  {name:<11} {value}\n"));
    }
    for decision in decisions(line) {
        let text = |name: &str| plain(decision.get(name).and_then(Value::as_str).unwrap_or_default());
        let word = if allowed(decision) { paint.green("allowed") } else { paint.red("denied") };
        page.push_str(&format!("\n{word}{} {} on {}\n", paint.bold(":"), text("action"), text("resource")));
        for part in text("why").split("; ").filter(|part| !part.is_empty()) {
            page.push_str(&format!("  {part}\n"));
        }
    }
    for note in line.get("notes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        page.push_str(&format!("\nnote: {}\n", plain(note)));
    }
    page
}

fn decisions(line: &Value) -> impl Iterator<Item = &Value> {
    line.get("decisions").and_then(Value::as_array).into_iter().flatten()
}

fn allowed(decision: &Value) -> bool {
    decision.get("allowed").and_then(Value::as_bool) == Some(true)
}

/// Longer than any line that the server writes.
const LONGEST: u64 = 16 << 20;
