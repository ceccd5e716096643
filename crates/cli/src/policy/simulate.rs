//! `daypass policy simulate`: what would be decided.

use std::io::{self, Write};

use ::policy::explain;
use serde_json::json;

use super::given::Given;
use super::paint::{Paint, plain};
use super::{Outcome, stream};
use crate::arguments::Simulate;
use crate::failure::Failure;

/// Runs it.
pub fn run(arguments: &Simulate) -> Result<Outcome, Failure> {
    let asked = &arguments.asked;
    if arguments.json && asked.action.is_none() && asked.request.is_none() {
        return Ok(stream::answer(io::stdin().lock(), io::stdout().lock(), arguments.fill_context)?);
    }
    let given = Given::read(asked)?;
    let explanation = explain(&given.scenario.request(), &given.scenario.policies());
    let allowed = explanation.decision.is_allowed();
    let word = stream::word(explanation.decision);
    let mut output = io::stdout().lock();
    if arguments.json {
        let answer = json!({ "id": given.scenario.id, "decision": word, "why": explanation.to_string() });
        writeln!(output, "{answer}")?;
    } else {
        let paint = Paint::of_output();
        let word = if allowed { paint.green(word) } else { paint.red(word) };
        writeln!(output, "{word}: {}", plain(&explanation.to_string()))?;
    }
    Ok(if allowed { Outcome::Well } else { Outcome::Ill })
}
