//! What other engines take for the decisions of this one, and other verifiers for its signatures. Every rival has to
//! decide each request as it should before it is timed. Prints tables in Markdown.

mod aspen;
mod bare;
mod casbin_rules;
mod cedar;
mod clock;
mod iam;
mod ours;
mod rego;
mod scenario;
mod signatures;

use scenario::Scenario;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Decides the request of that number.
type Decide = Box<dyn Fn(usize) -> bool>;

fn main() -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    decisions(&runtime)?;
    println!();
    signatures::measure(&runtime)
}

fn decisions(runtime: &tokio::runtime::Runtime) -> Result {
    println!(
        "| decision, ns | bare | daypass | with boundary and session | cedar-policy | regorus | iam-rs | scratchstack-aspen | casbin |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut notes = vec![];
    for scenario in scenario::all() {
        let ours =
            timed(&scenario, "daypass", ours::alone(&scenario), &mut notes).ok_or("this engine decides wrongly")?;
        let whole =
            timed(&scenario, "daypass", ours::whole(&scenario), &mut notes).ok_or("this engine decides wrongly")?;
        let bare =
            timed(&scenario, "bare", bare::ask(&scenario), &mut notes).ok_or("the bare match decides wrongly")?;
        let rivals = [
            ("cedar-policy", cedar::ask(&scenario)),
            ("regorus", rego::ask(&scenario)),
            ("iam-rs", iam::ask(&scenario)),
            ("scratchstack-aspen", aspen::ask(&scenario)),
            ("casbin", casbin_rules::ask(&scenario, runtime)),
        ]
        .map(|(name, rival)| match timed(&scenario, name, rival, &mut notes) {
            Some(nanos) => format!("{nanos:.0} ({:.1}×)", nanos / whole),
            None => "wrong".to_owned(),
        });
        println!("| {} | {bare:.0} | {ours:.0} | {whole:.0} | {} |", scenario.name, rivals.join(" | "));
    }
    println!("\nThe mean over four requests of each scenario; in brackets how many times the third column.");
    for note in notes {
        println!("* {note}");
    }
    Ok(())
}

/// The nanoseconds of a decision; `None`, and a note, where one of them is wrong.
fn timed(scenario: &Scenario, name: &str, decide: Result<Decide>, notes: &mut Vec<String>) -> Option<f64> {
    let decide = match decide {
        Ok(decide) => decide,
        Err(error) => {
            notes.push(format!("{name}, {}: cannot be asked: {error}", scenario.name));
            return None;
        }
    };
    let mut right = true;
    for (at, request) in scenario.requests.iter().enumerate() {
        if decide(at) != request.allowed {
            right = false;
            let should = if request.allowed { "allowed" } else { "refused" };
            notes.push(format!(
                "{name}, {}: `{}` on `{}` should be {should}, and is not",
                scenario.name, request.action, request.resource
            ));
        }
    }
    right.then(|| clock::nanos(scenario.requests.len(), &decide))
}
