//! `daypass policy explain`: why a request is decided as it is, with the statements that decide it.

use std::io::Write;
use std::ops::Range;

use ::policy::places::Node;
use ::policy::{
    Decision, Effect, Explanation, Miss, Obstacle, Opinion, Position, Reason, StatementRef, Verdict, explain, opinions,
};
use serde::Serialize;

use super::given::{Given, Source};
use super::paint::{Paint, plain};
use super::quote::{Mark, Tone, quote};
use super::{Outcome, audit, stream};
use crate::arguments::Explain;
use crate::failure::Failure;

/// Runs it.
pub fn run(arguments: &Explain) -> Result<Outcome, Failure> {
    if let Some(log) = &arguments.audit {
        return audit::run(log, arguments.request_id.as_deref().unwrap_or_default(), arguments.json);
    }
    let given = Given::read(&arguments.asked)?;
    let (request, policies) = (given.scenario.request(), given.scenario.policies());
    let (explanation, opinions) = (explain(&request, &policies), opinions(&request, &policies));
    let mut output = std::io::stdout().lock();
    if arguments.json {
        writeln!(output, "{}", serde_json::to_string_pretty(&Told::of(&given, &explanation, &opinions))?)?;
    } else {
        output.write_all(Page { given: &given, paint: Paint::of_output() }.of(&explanation, &opinions).as_bytes())?;
    }
    Ok(if explanation.decision.is_allowed() { Outcome::Well } else { Outcome::Ill })
}

/// What machines are told.
#[derive(Serialize)]
struct Told<'a> {
    decision: &'static str,
    why: String,
    explanation: &'a Explanation,
    opinions: &'a [Opinion],
    places: Vec<Place<'a>>,
}

/// Where something that the explanation names is written.
#[derive(Serialize)]
struct Place<'a> {
    statement: &'a StatementRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<&'a Obstacle>,
    file: &'a str,
    start: Position,
    end: Position,
}

impl<'a> Told<'a> {
    fn of(given: &'a Given, explanation: &'a Explanation, opinions: &'a [Opinion]) -> Self {
        let statements = explanation.matched.iter().map(|statement| (statement, None));
        let obstacles = |miss: &'a Miss| miss.obstacles.iter().map(move |one| (&miss.statement, Some(one)));
        let all = statements.chain(explanation.nearest.iter().flat_map(obstacles));
        let place = |(statement, obstacle): (&'a StatementRef, Option<&'a Obstacle>)| {
            let source = given.source(&statement.policy)?;
            let node = statement_of(source, statement)?;
            let span = obstacle.map_or_else(|| node.span.clone(), |one| span_of(node, one));
            let (start, end) = Position::ends(&span, &source.text);
            Some(Place { statement, obstacle, file: &source.file, start, end })
        };
        Self {
            decision: stream::word(explanation.decision),
            why: explanation.to_string(),
            explanation,
            opinions,
            places: all.filter_map(place).collect(),
        }
    }
}

/// What people are told.
struct Page<'a> {
    given: &'a Given,
    paint: Paint,
}

impl Page<'_> {
    fn of(&self, explanation: &Explanation, opinions: &[Opinion]) -> String {
        let paint = self.paint;
        let Explanation { decision, action, resource, matched, nearest, note } = explanation;
        let who = self.given.scenario.principal.to_string();
        let (word, tone) = match decision {
            Decision::Allowed => (paint.green("allowed"), Tone::Good),
            Decision::Denied(_) => (paint.red("denied"), Tone::Error),
        };
        let request = format!("{action} on {resource} by {who}");
        let mut page = format!("{word}{} {}\n", paint.bold(":"), paint.bold(&plain(&request)));
        match decision {
            Decision::Allowed if matched.is_empty() => page.push_str("root may do this without a policy\n"),
            Decision::Allowed => {}
            Decision::Denied(reason) => page.push_str(&format!("{}\n", sentence(*reason, note.is_none()))),
        }
        if let Some(note) = note {
            page.push_str(&format!("{note}\n"));
        }
        for statement in matched {
            let says = if statement.effect == Effect::Allow { "allows it" } else { "forbids it" };
            page.push_str(&format!("\n{} {says}\n{}", plain(&statement.to_string()), self.whole(statement, tone)));
        }
        // A statement about other actions is worth a look only where none is about this one.
        let about =
            |miss: &Miss| miss.obstacles.iter().all(|obstacle| !matches!(obstacle.element, "Action" | "NotAction"));
        for (at, miss) in nearest.iter().enumerate().filter(|(at, miss)| *at == 0 || about(miss)) {
            let rank = if at == 0 { "nearest is" } else { "then" };
            let name = plain(&miss.statement.to_string());
            page.push_str(&format!("\n{} {name}\n{}", paint.bold(rank), self.missed(miss)));
        }
        page.push_str(&format!("\n{}\n", paint.bold("what each type of policy says")));
        for opinion in opinions {
            page.push_str(&self.opinion(opinion));
        }
        page
    }

    /// The statement with its effect marked.
    fn whole(&self, statement: &StatementRef, tone: Tone) -> String {
        let Some((source, node)) = self.written(statement) else {
            return String::new();
        };
        let effect = node.member("Effect").map_or(node.span.clone(), |member| member.node.span.clone());
        let mark = Mark { span: effect, label: format!("applies, as {} policy", article(statement)) };
        quote(&source.file, &source.text, &node.span, &[mark], tone, self.paint)
    }

    /// The statement with everything marked that stood against it.
    fn missed(&self, miss: &Miss) -> String {
        let Some((source, node)) = self.written(&miss.statement) else {
            return miss.obstacles.iter().map(|obstacle| format!("  {}\n", plain(&obstacle.to_string()))).collect();
        };
        let mark = |obstacle: &Obstacle| {
            let span = span_of(node, obstacle);
            let label = plain(&beside(obstacle, source.text.get(span.clone()).unwrap_or_default()));
            Mark { span, label }
        };
        let mut marks: Vec<Mark> = miss.obstacles.iter().map(mark).collect();
        marks.sort_by_key(|mark| mark.span.start);
        quote(&source.file, &source.text, &node.span, &marks, Tone::Error, self.paint)
    }

    fn opinion(&self, opinion: &Opinion) -> String {
        let verdict = match opinion.verdict {
            Verdict::Denies => self.paint.red("forbids"),
            Verdict::Allows => self.paint.green("allows"),
            Verdict::Silent => self.paint.yellow("is silent"),
        };
        // What a Deny overrules is not what speaks.
        let speaks = |one: &&StatementRef| opinion.verdict != Verdict::Denies || one.effect == Effect::Deny;
        let all: Vec<&StatementRef> = opinion.statements.iter().filter(speaks).collect();
        let statements: Vec<String> = all.iter().take(MOST).map(|one| plain(&one.to_string())).collect();
        let more = all.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let through = if statements.is_empty() { String::new() } else { format!(": {}{more}", statements.join(", ")) };
        format!("  {} {verdict}{through}\n", opinion.policy_type)
    }

    fn written(&self, statement: &StatementRef) -> Option<(&Source, &Node)> {
        let source = self.given.source(&statement.policy)?;
        Some((source, statement_of(source, statement)?))
    }
}

fn statement_of<'a>(source: &'a Source, statement: &StatementRef) -> Option<&'a Node> {
    source.policy.member("Statement")?.node.items().get(statement.index)
}

/// What an obstacle speaks of: the element, or the key of the condition; the whole statement where it is not there.
fn span_of(statement: &Node, obstacle: &Obstacle) -> Range<usize> {
    let element = statement.member(obstacle.element);
    let found = match (&obstacle.operator, &obstacle.key) {
        (Some(operator), Some(key)) => {
            let condition = element.and_then(|element| element.node.member(operator)?.node.member(key));
            condition.or(element).map(|member| member.span.start..member.node.span.end)
        }
        _ => element.map(|member| member.node.span.clone()),
    };
    found.unwrap_or_else(|| statement.span.clone())
}

/// What there is to say beside a quoted element: what it wants only where that is not what is written.
fn beside(obstacle: &Obstacle, written: &str) -> String {
    let quoted = |texts: &[String]| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ");
    let is_written = |text: &String| serde_json::to_string(text).is_ok_and(|text| written.contains(&text));
    let mut parts = vec![];
    if !obstacle.wanted.iter().all(is_written) && obstacle.missing.is_empty() {
        parts.push(format!("wants {}", quoted(&obstacle.wanted)));
    }
    if !obstacle.missing.is_empty() {
        parts.push(format!("no value for {}", quoted(&obstacle.missing)));
    }
    parts.push(match obstacle.seen.as_deref() {
        None => "the request lacks it".to_owned(),
        Some([]) => "the request has nothing".to_owned(),
        Some(seen) => format!("the request has {}", quoted(seen)),
    });
    parts.join(", ")
}

fn article(statement: &StatementRef) -> String {
    let name = statement.policy_type.to_string();
    let name = name.strip_suffix(" policy").unwrap_or(&name).to_owned();
    let article = if name.starts_with('i') { "an" } else { "a" };
    format!("{article} {name}")
}

fn sentence(reason: Reason, is_whole: bool) -> String {
    match reason {
        Reason::ExplicitDeny(policy_type) => format!("a {policy_type} forbids it, whatever else allows it"),
        Reason::Implicit(policy_type) if is_whole => format!("no {policy_type} allows it"),
        Reason::Implicit(policy_type) => format!("no {policy_type} allows it by itself"),
    }
}

/// So many statements are named for one type of policy.
const MOST: usize = 4;
