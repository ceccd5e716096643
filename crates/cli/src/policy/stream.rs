//! Requests as JSON lines, answered line by line.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use ::policy::{Decision, Library, Reason, Scenario, explain};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Outcome;

/// The answer to one line.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Answers every line with one line. A line that cannot be decided is answered with its error, and the next is read.
pub fn answer(input: impl Read, output: impl Write, fill_context: bool) -> io::Result<Outcome> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut output = BufWriter::with_capacity(BUFFER, output);
    let mut library = Library::default();
    let mut line = Vec::new();
    let mut number = 0_u64;
    let mut outcome = Outcome::Well;
    loop {
        // Whoever asks line by line waits for the answer.
        if input.buffer().is_empty() {
            output.flush()?;
        }
        if !next_line(&mut input, &mut line)? {
            return Ok(outcome);
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Err(error) = answer_line(&line, fill_context, &mut library, &mut output)? {
            outcome = Outcome::Ill;
            let id = std::str::from_utf8(&line).ok().and_then(id_of);
            let answer = Answer { id: id.as_deref(), decision: None, why: None, error: Some(at_line(number, &error)) };
            write(&answer, &mut output)?;
        }
    }
}

/// What AWS's simulator calls a decision.
pub fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "Allowed",
        Decision::Denied(Reason::ExplicitDeny(_)) => "ExplicitlyDenied",
        Decision::Denied(Reason::Implicit(_)) => "ImplicitlyDenied",
    }
}

fn answer_line(
    line: &[u8],
    fill_context: bool,
    library: &mut Library,
    output: &mut impl Write,
) -> io::Result<Result<(), String>> {
    if line.len() > LONGEST {
        return Ok(Err(format!("longer than {LONGEST} bytes")));
    }
    let read = std::str::from_utf8(line).map_err(|error| error.to_string());
    let mut scenario = match read.and_then(|text| Scenario::read(text, library).map_err(|error| error.to_string())) {
        Ok(scenario) => scenario,
        Err(error) => return Ok(Err(error)),
    };
    if fill_context {
        scenario.fill_context();
    }
    let explanation = explain(&scenario.request(), &scenario.policies());
    let decision = Some(word(explanation.decision));
    write(&Answer { id: scenario.id.as_deref(), decision, why: Some(explanation.to_string()), error: None }, output)?;
    Ok(Ok(()))
}

fn write(answer: &Answer<'_>, output: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *output, answer)?;
    output.write_all(b"\n")
}

/// The next line without its end; of one that is too long only so much that this shows.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    match line.last() {
        Some(b'\n') => drop(line.pop()),
        _ if line.len() > LONGEST => drop(input.skip_until(b'\n')?),
        _ => {}
    }
    Ok(true)
}

/// The id of a line that is JSON, but not a request.
fn id_of(line: &str) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Id {
        id: Option<Box<RawValue>>,
    }
    serde_json::from_str::<Id>(line).ok()?.id
}

fn at_line(number: u64, error: &str) -> String {
    format!("line {number}: {error}")
}

const LONGEST: usize = 4 << 20;
const BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_costs_no_more_than_the_longest() {
        let mut input = vec![b'x'; 3 * LONGEST];
        input.extend(b"\n{\"id\":2}\n");
        let mut output = vec![];
        assert_eq!(answer(&input[..], &mut output, false).unwrap(), Outcome::Ill);
        let lines = String::from_utf8(output).unwrap();
        assert_eq!(
            lines,
            format!(
                "{{\"id\":null,\"error\":\"line 1: longer than {LONGEST} bytes\"}}\n\
                 {{\"id\":2,\"error\":\"line 2: missing `action`\"}}\n"
            )
        );
    }

    #[test]
    fn the_last_line_needs_no_end_and_empty_ones_no_answer() {
        let line = r#"{"id":{"n":1},"principal":null,"action":"s3:GetObject","resource":"*"}"#;
        let mut output = vec![];
        assert_eq!(answer(format!("\n  \r\n{line}").as_bytes(), &mut output, false).unwrap(), Outcome::Well);
        assert!(output.starts_with(br#"{"id":{"n":1},"decision":"ImplicitlyDenied","why":"no resource-based policy"#));
    }
}
