//! A part of a document, quoted with marks under what matters, as a good compiler does.

use std::fmt::Write;
use std::ops::Range;

use ::policy::Position;

use super::paint::{Paint, is_unprintable};

/// A stretch of the document, and what there is to say about it.
pub struct Mark {
    /// Its bytes.
    pub span: Range<usize>,
    /// What stands beside the mark; may be empty.
    pub label: String,
}

/// How marks are painted.
#[derive(Clone, Copy)]
pub enum Tone {
    Error,
    Warning,
    Good,
}

/// Quotes the lines of `around`, and marks in them. Lines far from every mark are left out, and of a long line what is
/// far from its mark.
pub fn quote(name: &str, text: &str, around: &Range<usize>, marks: &[Mark], tone: Tone, paint: Paint) -> String {
    let marked: Vec<(Position, Position, &Mark)> = marks
        .iter()
        .map(|mark| {
            let (start, end) = Position::ends(&mark.span, text);
            (start, end, mark)
        })
        .collect();
    let head = marked.first().map_or_else(|| Position::of(around.start, text), |(start, ..)| *start);
    let (first, last) = Position::ends(around, text);
    let width = last.line.to_string().len();
    let bar = paint.blue("|");
    let mut quoted = format!("{:width$}{} {}:{}:{}\n", "", paint.blue("-->"), name, head.line, head.column);
    let _ = writeln!(quoted, "{:width$} {bar}", "");
    let mut left_out = false;
    for (number, line) in (1_usize..).zip(text.lines()).take(last.line).skip(first.line.saturating_sub(1)) {
        let near = |start: &Position| number.abs_diff(start.line) <= NEAR;
        if number != first.line && number != last.line && !marked.iter().any(|(start, ..)| near(start)) {
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) {
            let _ = writeln!(quoted, "{}", paint.blue("..."));
        }
        let here: Vec<_> = marked.iter().filter(|(start, ..)| start.line == number).collect();
        let window = Window::of(line, here.first().map_or(1, |(start, ..)| start.column));
        let _ = writeln!(quoted, "{} {bar} {}", paint.blue(&format!("{number:width$}")), window.text);
        for (start, end, mark) in here {
            let end = if end.line == number { end.column } else { line.chars().count() };
            let carets = window.underline(start.column, end);
            let indent = window.indent(start.column);
            let mut under = |text: &str| {
                let text = tone.paint(paint, text);
                let _ = writeln!(quoted, "{:width$} {bar} {:indent$}{text}", "", "");
            };
            // What does not fit beside the mark stands below it.
            let wide = indent + carets.len() + mark.label.chars().count() > WIDE;
            match mark.label.as_str() {
                "" => under(&carets),
                label if wide => [carets.as_str(), label].into_iter().for_each(under),
                label => under(&format!("{carets} {label}")),
            }
        }
    }
    quoted
}

impl Tone {
    fn paint(self, paint: Paint, text: &str) -> String {
        match self {
            Self::Error => paint.red(text),
            Self::Warning => paint.yellow(text),
            Self::Good => paint.green(text),
        }
    }
}

/// What is shown of a line.
struct Window {
    text: String,
    /// Characters that are left out before it.
    skipped: usize,
    /// The columns that a mark may have.
    shown: usize,
    /// What stands for the characters that are left out.
    dots: usize,
}

impl Window {
    fn of(line: &str, column: usize) -> Self {
        let characters: Vec<char> =
            line.chars().map(|character| if is_unprintable(character) { ' ' } else { character }).collect();
        let skipped = if characters.len() > WIDEST { column.saturating_sub(BEFORE) } else { 0 };
        let shown: String = characters.iter().skip(skipped).take(WIDEST).collect();
        let dots = if skipped > 0 { "…" } else { "" };
        let more = if characters.len() > skipped + WIDEST { "…" } else { "" };
        let text = format!("{dots}{shown}{more}");
        Self { text, skipped, shown: shown.chars().count(), dots: dots.chars().count() }
    }

    fn indent(&self, column: usize) -> usize {
        column.saturating_sub(1).saturating_sub(self.skipped) + self.dots
    }

    fn underline(&self, start: usize, end: usize) -> String {
        let end = end.min(self.skipped + self.shown);
        "^".repeat((end + 1).saturating_sub(start).max(1))
    }
}

const NEAR: usize = 3;
const WIDE: usize = 88;
const WIDEST: usize = 160;
const BEFORE: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str, culprit: &str, label: &str) -> String {
        let at = text.find(culprit).unwrap();
        let mark = Mark { span: at..at + culprit.len(), label: label.to_owned() };
        let start = text.find(|character: char| !character.is_whitespace()).unwrap();
        quote("p.json", text, &(start..text.trim_end().len()), &[mark], Tone::Error, Paint::of_output())
    }

    #[test]
    fn the_mark_stands_under_what_it_means() {
        assert_eq!(
            quoted("{\n  \"é\": \"s3\",\n  \"b\": 1\n}\n", "\"s3\"", "no service"),
            " --> p.json:2:8\n  |\n1 | {\n2 |   \"é\": \"s3\",\n  |        ^^^^ no service\n3 |   \"b\": 1\n4 | }\n"
        );
    }

    #[test]
    fn what_is_far_from_the_mark_is_left_out() {
        let text = format!("{{\n{}\"x\"\n{}}}\n", "0,\n".repeat(20), "1,\n".repeat(20));
        let shown = quoted(&text, "\"x\"", "");
        assert_eq!(shown.lines().count(), 14, "{shown}");
        assert!(shown.contains("...\n19 | 0,") && shown.ends_with("25 | 1,\n...\n43 | }\n"), "{shown}");
        let long = format!("{{\"a\": \"{}\", \"culprit\", \"{}\"}}", "x".repeat(5000), "y".repeat(5000));
        let shown = quoted(&long, "\"culprit\"", "here");
        assert!(shown.lines().all(|line| line.chars().count() < 200), "{shown}");
        let columns =
            |needle: &str| shown.lines().find_map(|line| Some(line.get(..line.find(needle)?)?.chars().count()));
        assert_eq!(columns("\"culprit\""), columns("^^^^^^^^^ here"), "{shown}");
    }

    #[test]
    fn a_mark_over_several_lines_ends_with_the_first() {
        let shown = quoted("{\n  \"S\": {\n    \"E\": 1\n  }\n}\n", "{\n    \"E\": 1\n  }", "missing");
        assert!(shown.contains("2 |   \"S\": {\n  |        ^ missing\n"), "{shown}");
    }

    #[test]
    fn a_document_cannot_steer_the_terminal() {
        let shown = quoted("{\"\u{1b}[2J\": \"x\"}", "\"x\"", "");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
