//! Patterns of text: wildcards and policy variables.
//!
//! A pattern is compiled into the pieces between its stars. Matching takes the first piece from the front, the last
//! from the back, and each of the others at its leftmost place: no backtracking over stars, so the time is linear in
//! the text for plain pieces, and a small part of text times piece where a piece has `?` or a variable in it.

use crate::context::{Context, Key, Value, lower, same_ignoring_case};
use crate::search;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    shape: Shape,
}

/// What in a text is more than itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` is any run and `?` any one character.
    pub(crate) wildcards: bool,
    /// `${key}` is the value of a condition key.
    pub(crate) variables: bool,
}

/// A policy variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    /// `None` where the text was no proper variable: it never has a value.
    key: Option<Key>,
    default: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// `*`.
    Any,
    /// No wildcard, no variable.
    Exact(Box<str>),
    /// Plain text and one star at its end.
    Prefix(Box<str>),
    /// Anything else: what stands between the stars.
    Runs { runs: Box<[Run]>, variables: bool },
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Run(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(Box<str>),
    One,
    Variable(Variable),
}

impl Pattern {
    /// The pattern that matches everything.
    pub(crate) const ANY: Self = Self { shape: Shape::Any };

    /// The pattern that a text is.
    pub(crate) fn compile(text: &str, syntax: Syntax) -> Self {
        // Most patterns are plain text, or plain text and a star.
        match syntax.plain(text) {
            (plain, "") => return Self { shape: Shape::Exact(plain.into()) },
            ("", "*") => return Self::ANY,
            (plain, "*") => return Self { shape: Shape::Prefix(plain.into()) },
            _ => {}
        }
        let runs = runs(text, syntax);
        let variables = runs.iter().flat_map(|run| &run.0).any(|piece| matches!(piece, Piece::Variable(_)));
        let shape = match runs.as_slice() {
            [only] if only.0.is_empty() => Shape::Exact("".into()),
            [Run(pieces)] => match pieces.as_slice() {
                [Piece::Text(text)] => Shape::Exact(text.clone()),
                _ => Shape::Runs { runs: runs.into(), variables },
            },
            [Run(first), Run(last)] if last.is_empty() => match first.as_slice() {
                [] => Shape::Any,
                [Piece::Text(text)] => Shape::Prefix(text.clone()),
                _ => Shape::Runs { runs: runs.into(), variables },
            },
            _ => Shape::Runs { runs: runs.into(), variables },
        };
        Self { shape }
    }

    /// Whether the whole text is one that the pattern describes. A variable without a value matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Exact(exact) => exact.len() == text.len() && begins(text, exact),
            Shape::Prefix(prefix) => begins(text, prefix),
            Shape::Runs { runs, .. } => run_through(runs, text, context),
        }
    }

    /// Whether the text is the pattern's own, differing in case at most. For patterns without wildcards.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &Context) -> bool {
        match &self.shape {
            Shape::Exact(exact) => same_ignoring_case(exact, text),
            Shape::Runs { runs, .. } if self.resolves(context) => {
                let pieces = runs.iter().flat_map(|run| &run.0);
                pieces.flat_map(|piece| lower(piece.text(context))).eq(lower(text))
            }
            Shape::Any | Shape::Prefix(_) | Shape::Runs { .. } => false,
        }
    }

    /// What every text begins with that the pattern describes.
    pub(crate) fn start(&self) -> &str {
        match &self.shape {
            Shape::Any => "",
            Shape::Exact(text) | Shape::Prefix(text) => text,
            Shape::Runs { runs, .. } => match runs.first().and_then(|run| run.0.first()) {
                Some(Piece::Text(text)) => text,
                Some(Piece::One | Piece::Variable(_)) | None => "",
            },
        }
    }

    /// The text that the pattern is, where it is no more than that.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.shape {
            Shape::Exact(text) => Some(text),
            Shape::Any | Shape::Prefix(_) | Shape::Runs { .. } => None,
        }
    }

    /// The pattern with the values of its variables; a variable without a value stays as it is.
    pub(crate) fn render(&self, context: &Context) -> String {
        match &self.shape {
            Shape::Any => "*".to_owned(),
            Shape::Exact(text) => text.to_string(),
            Shape::Prefix(text) => format!("{text}*"),
            Shape::Runs { runs, .. } => {
                let texts: Vec<String> = runs.iter().map(|run| run.render(context)).collect();
                texts.join("*")
            }
        }
    }

    /// Whether every variable has a value.
    pub(crate) fn resolves(&self, context: &Context) -> bool {
        self.variables().all(|variable| variable.value(context).is_some())
    }

    /// The condition keys that the pattern reads.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.variables().filter_map(|variable| variable.key.as_ref()).map(Key::text)
    }

    /// Whether something in the pattern is a wildcard.
    pub(crate) fn has_wildcard(&self) -> bool {
        match &self.shape {
            Shape::Any | Shape::Prefix(_) => true,
            Shape::Exact(_) => false,
            Shape::Runs { runs, .. } => runs.len() > 1 || runs.iter().any(|run| run.0.contains(&Piece::One)),
        }
    }

    /// Whether something in the pattern is a variable, even one that can have no value.
    pub(crate) fn has_variable(&self) -> bool {
        matches!(self.shape, Shape::Runs { variables: true, .. })
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        let runs: &[Run] = match &self.shape {
            Shape::Runs { runs, variables: true } => runs,
            Shape::Any | Shape::Exact(_) | Shape::Prefix(_) | Shape::Runs { .. } => &[],
        };
        runs.iter().flat_map(|run| &run.0).filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Text(_) | Piece::One => None,
        })
    }
}

impl Syntax {
    /// The text up to the first character that may be more than itself, and the rest.
    fn plain(self, text: &str) -> (&str, &str) {
        let special = |byte| match byte {
            b'*' | b'?' => self.wildcards,
            b'$' => self.variables,
            _ => false,
        };
        text.bytes().position(special).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
    }
}

impl Variable {
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        let set = self.key.as_ref().and_then(|key| context.value(key)).and_then(Value::single);
        set.or(self.default.as_deref())
    }
}

impl Piece {
    /// The text of a piece that is no wildcard; nothing for a variable without a value.
    fn text<'a>(&'a self, context: &'a Context) -> &'a str {
        match self {
            Self::Text(text) => text,
            Self::Variable(variable) => variable.value(context).unwrap_or_default(),
            Self::One => "?",
        }
    }
}

impl Run {
    /// What follows the run at the start of the text.
    fn strip_prefix<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        self.0.iter().try_fold(text, |rest, piece| match piece {
            Piece::Text(text) => rest.strip_prefix(&**text),
            Piece::Variable(variable) => rest.strip_prefix(variable.value(context)?),
            Piece::One => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
        })
    }

    /// What precedes the run at the end of the text.
    fn strip_suffix<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        self.0.iter().rev().try_fold(text, |rest, piece| match piece {
            Piece::Text(text) => rest.strip_suffix(&**text),
            Piece::Variable(variable) => rest.strip_suffix(variable.value(context)?),
            Piece::One => {
                let mut chars = rest.chars();
                chars.next_back().map(|_| chars.as_str())
            }
        })
    }

    /// What follows the leftmost place of the run in the text.
    fn find<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        let (is_long, pieces) = (text.len() > LONG, self.0.len());
        if (is_long || pieces > FEW_PIECES) && self.0.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return self.told(text.len(), context)?.find(text, context);
        }
        if is_long && pieces > 2 {
            return search::after(&self.characters(), text);
        }
        let lead = match self.0.first() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Variable(variable)) => variable.value(context)?,
            Some(Piece::One) => "",
            None => return Some(text),
        };
        let mut rest = text;
        loop {
            rest = rest.get(place(lead, rest)?..)?;
            if let Some(after) = self.strip_prefix(rest, context) {
                return Some(after);
            }
            let mut chars = rest.chars();
            chars.next()?;
            rest = chars.as_str();
        }
    }

    /// The run with its variables replaced, so that they are not looked up again at every place of a text; `None` where
    /// one has no value, or where the run is longer than the text.
    fn told(&self, length: usize, context: &Context) -> Option<Self> {
        let mut pieces = vec![];
        let mut literal = String::new();
        let mut told = 0;
        for piece in &self.0 {
            let text = match piece {
                Piece::Text(text) => text,
                Piece::Variable(variable) => variable.value(context)?,
                Piece::One => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
                    }
                    pieces.push(Piece::One);
                    "?"
                }
            };
            told += text.len();
            if told > length {
                return None;
            }
            if *piece != Piece::One {
                literal.push_str(text);
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into()));
        }
        Some(Self(pieces))
    }

    /// The characters of a run without variables, `None` for any one.
    fn characters(&self) -> Vec<Option<char>> {
        let mut characters = vec![];
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => characters.extend(text.chars().map(Some)),
                Piece::One | Piece::Variable(_) => characters.push(None),
            }
        }
        characters
    }

    fn render(&self, context: &Context) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::One => "?".to_owned(),
                Piece::Variable(variable) => {
                    let written = || format!("${{{}}}", variable.key.as_ref().map_or("", Key::text));
                    variable.value(context).map_or_else(written, str::to_owned)
                }
            })
            .collect()
    }
}

fn run_through(runs: &[Run], text: &str, context: &Context) -> bool {
    let [first, middle @ .., last] = runs else {
        return runs.iter().all(|only| only.strip_prefix(text, context).is_some_and(str::is_empty));
    };
    let between = first.strip_prefix(text, context).and_then(|rest| last.strip_suffix(rest, context));
    between.is_some_and(|rest| middle.iter().try_fold(rest, |rest, run| run.find(rest, context)).is_some())
}

/// Whether a text begins with another. To compare nothing is quick only where it is not asked for: the comparison of the
/// C library reads memory even then, and where an empty text points to none, the processor takes hundreds of cycles to
/// find out that it need not fail.
pub(crate) fn begins(text: &str, beginning: &str) -> bool {
    beginning.is_empty() || text.starts_with(beginning)
}

/// The leftmost place of one text in another. Most are short, and found before a search for them would be prepared.
fn place(sought: &str, text: &str) -> Option<usize> {
    let (sought_bytes, bytes) = (sought.as_bytes(), text.as_bytes());
    match sought_bytes.first() {
        Some(first) if sought_bytes.len() <= SHORT => {
            let mut windows = bytes.windows(sought_bytes.len());
            windows.position(|window| window.first() == Some(first) && window == sought_bytes)
        }
        Some(_) | None => text.find(sought),
    }
}

/// The text cut at its stars; several stars in a row are one.
fn runs(text: &str, syntax: Syntax) -> Vec<Run> {
    let mut runs = vec![];
    let mut run = Run::default();
    let mut literal = String::new();
    let mut rest = text;
    let mut after_star = false;
    while let Some(first) = rest.chars().next() {
        let (piece, after) = match first {
            '$' if syntax.variables && rest.starts_with("${") => variable(rest),
            '*' | '?' if syntax.wildcards => (None, rest.get(1..).unwrap_or_default()),
            _ => {
                // A dollar sign that begins no variable is text too.
                let (sign, after) = rest.strip_prefix('$').map_or(("", rest), |after| ("$", after));
                let (plain, after) = syntax.plain(after);
                literal.push_str(sign);
                literal.push_str(plain);
                rest = after;
                after_star = false;
                continue;
            }
        };
        rest = after;
        if let Some(Piece::Text(text)) = piece {
            literal.push_str(&text); // an escape such as `${*}`
            after_star = false;
            continue;
        }
        if !literal.is_empty() {
            run.0.push(Piece::Text(std::mem::take(&mut literal).into()));
        }
        match (piece, first) {
            (Some(piece), _) => run.0.push(piece),
            (None, '?') => run.0.push(Piece::One),
            (None, _) if after_star => continue,
            (None, _) => runs.push(std::mem::take(&mut run)),
        }
        after_star = first == '*';
    }
    if !literal.is_empty() {
        run.0.push(Piece::Text(literal.into()));
    }
    runs.push(run);
    runs
}

/// Reads what begins with `${`: the piece it is, and the text after it.
fn variable(text: &str) -> (Option<Piece>, &str) {
    for (escape, literal) in [("${*}", "*"), ("${?}", "?"), ("${$}", "$")] {
        if let Some(rest) = text.strip_prefix(escape) {
            return (Some(Piece::Text(literal.into())), rest);
        }
    }
    let inside = text.get(2..).unwrap_or_default();
    let (variable, rest) = named(inside).unwrap_or_else(|| {
        let never = Variable { key: None, default: None };
        (never, inside.split_once('}').map_or("", |cut| cut.1))
    });
    (Some(Piece::Variable(variable)), rest)
}

/// Reads `key}` or `key, 'default'}`.
fn named(inside: &str) -> Option<(Variable, &str)> {
    let end = inside.find([',', '}'])?;
    let (key, tail) = inside.split_at_checked(end)?;
    let proper = !key.is_empty() && !key.contains([' ', '\t', '\n', '\r', '$', '{']);
    let key = Some(Key::new(proper.then_some(key)?));
    if let Some(rest) = tail.strip_prefix('}') {
        return Some((Variable { key, default: None }, rest));
    }
    let (default, rest) = tail.strip_prefix(", '")?.split_once("'}")?;
    Some((Variable { key, default: Some(default.into()) }, rest))
}

/// So short a text is sought byte by byte.
const SHORT: usize = 32;

/// A text is long that is not looked through piece by piece at every place.
const LONG: usize = 256;

/// So many pieces may look their variables up at every place of a text.
const FEW_PIECES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Syntax = Syntax { wildcards: true, variables: true };

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern, BOTH).matches(text, &Context::new())
    }

    fn with(pattern: &str, text: &str, key: &'static str, value: &str) -> Option<bool> {
        let mut context = Context::new();
        context.set(key, value);
        let pattern = Pattern::compile(pattern, BOTH);
        let matches = pattern.matches(text, &context);
        if pattern.resolves(&context) {
            Some(matches)
        } else {
            assert!(!matches, "{text}");
            None
        }
    }

    #[test]
    fn stars_are_runs_and_question_marks_one_character() {
        for (pattern, text) in [
            ("*", ""),
            ("**", "x"),
            ("a*", "a"),
            ("*a", "bca"),
            ("a*b*c", "aXbYbZc"),
            ("a*a", "aa"),
            ("a?c", "abc"),
            ("?*?", "ab"),
            ("*aa?b*", "xaaaxb"),
            ("\u{e9}?", "\u{e9}\u{1f3ae}"),
            ("*?\u{e9}*", "\u{1f3ae}\u{e9}"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a*a", "a"),
            ("ab*bc", "abc"),
            ("?", ""),
            ("?*?", "a"),
            ("a", "A"),
            ("a*b*c", "acb"),
            ("a?", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_value_is_text_and_never_a_pattern() {
        assert_eq!(with("home/${k}/*", "home/ann/x", "k", "ann"), Some(true));
        assert_eq!(with("home/${k}/*", "home/bob/x", "k", "*"), Some(false));
        assert_eq!(with("home/${k}/*", "home/*/x", "k", "*"), Some(true));
        assert_eq!(with("*${k}*", "a${k}b", "k", "${k}"), Some(true));
        assert_eq!(with("*-${K}?", "x-annannb", "k", "ann"), Some(false));
        assert_eq!(with("*-${K}?", "x-annb", "k", "ann"), Some(true));
    }

    #[test]
    fn a_default_stands_in_for_no_value() {
        assert_eq!(with("x/${k, 'a*}b'}", "x/a*}b", "other", "1"), Some(true));
        assert_eq!(with("x/${k, ''}", "x/", "k", ""), Some(true));
        assert_eq!(with("x/${k, 'd'}", "x/v", "k", "v"), Some(true));
        assert_eq!(with("x/${k}", "x/", "k", ""), None);
    }

    #[test]
    fn escapes_are_the_character_itself() {
        assert!(matches("a${*}b", "a*b") && !matches("a${*}b", "axb"));
        assert!(matches("a${?}", "a?") && !matches("a${?}", "ab"));
        assert!(matches("${$}{k}", "${k}"));
    }

    #[test]
    fn what_is_no_proper_variable_matches_nothing() {
        for bad in ["${}", "${k", "${ k}", "${k,'d'}", "${k, 'd}", "${k, d}", "a${b${c}}"] {
            assert_eq!(with(bad, bad, "k", "v"), None, "{bad}");
        }
        assert!(matches("a$b$", "a$b$"));
    }

    #[test]
    fn without_variables_the_braces_are_text() {
        let old = Pattern::compile("x${*}y", Syntax { wildcards: true, variables: false });
        assert!(old.matches("x${anything}y", &Context::new()));
    }

    #[test]
    fn long_texts_are_matched_as_short_ones_are() {
        for (pattern, text, key) in [
            ("*a?c*", "abc", ""),
            ("*a?c?*d*", "xabcd-d", ""),
            ("*${k}?${k}*", "annxann", "ann"),
            ("*?${k, 'd'}?*", "-d-", ""),
            ("*\u{e9}?\u{e9}*", "\u{e9}\u{1f3ae}\u{e9}", ""),
        ] {
            for length in [0, LONG - 1, LONG, LONG + 1, 5000] {
                let around = "z".repeat(length);
                for (text, wanted) in [
                    (format!("{around}{text}{around}"), true),
                    (format!("{text}{around}"), true),
                    (format!("{around}{around}"), false),
                ] {
                    assert_eq!(with(pattern, &text, "k", key), Some(wanted), "{pattern} {length}");
                }
            }
        }
    }

    #[test]
    fn a_long_text_of_what_nearly_fits_everywhere_takes_no_minutes() {
        let text = "a".repeat(60_000);
        assert!(!matches(&format!("*{}z*", "a?".repeat(10_000)), &text));
        assert!(!matches(&format!("*{}z*", "?".repeat(20_000)), &text));
        assert_eq!(with(&format!("*{}z*", "${k}?".repeat(1000)), &text, "k", "aaaaaaaaaa"), Some(false));
        for number in 0..10 {
            assert!(!matches(&format!("*a?a?a?{number}*"), &text));
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(1000) + "b";
        assert!(!matches(&pattern, &"a".repeat(2000)));
        assert!(matches(&("*a?".repeat(300) + "*"), &"ab".repeat(1000)));
    }

    #[test]
    fn runs_of_many_variables_are_as_those_of_few() {
        for (run, text) in [
            ("${k}?${k}".repeat(5), "annxann".repeat(5)),
            ("${absent, ''}".repeat(20), String::new()),
            ("${absent, ''}".repeat(20) + "${k}?", "ann-".to_owned()),
            ("x${k, 'd'}${l, 'd'}".repeat(7), "xannd".repeat(7)),
        ] {
            let pattern = format!("*{run}*");
            for yes in [text.clone(), format!("a{text}b"), format!("annann{text}ann")] {
                assert_eq!(with(&pattern, &yes, "k", "ann"), Some(true), "{pattern} {yes}");
            }
            if let Some(less) = text.get(1..) {
                assert_eq!(with(&pattern, less, "k", "ann"), Some(false), "{pattern} {less}");
            }
        }
    }
}
