//! Which statements of a policy may apply to a request, found without looking at all of them.
//!
//! A statement is filed under the plain text that its actions begin with, and there under the plain text that its
//! resources begin with: `s3:Get*` on `arn:aws:s3:::a/*` under `s3:get` and `arn:aws:s3:::a/`; what can match anything
//! is filed under nothing. A request finds all that is filed under a beginning of its own action and resource. What it
//! finds may still not apply; what it does not find cannot.

use std::ops::ControlFlow;

use crate::pattern::begins;
use crate::statement::{Effect, Patterns, Statement};

/// The statements of one effect, by their places in the policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Index {
    /// So few that looking at all is faster.
    Few(Box<[u32]>),
    /// By beginnings of actions, and within these by beginnings of resources.
    Many(Beginnings<Beginnings<Vec<u32>>>),
}

/// Values under texts; a search finds those of all beginnings of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beginnings<T> {
    /// What all texts begin with that are not empty.
    shared: Box<str>,
    /// In the order of their texts, each once.
    entries: Vec<Entry<T>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry<T> {
    /// What of the text follows the shared beginning. Most texts differ there, and need not be compared.
    word: u64,
    text: Box<str>,
    /// The place of the longest other text that this one begins with.
    shorter: Option<usize>,
    value: T,
}

impl Index {
    /// Files the statements of this effect.
    pub(crate) fn new(statements: &[Statement], effect: Effect) -> Self {
        let of_effect = || (0_u32..).zip(statements).filter(|(_, statement)| statement.effect == effect);
        if of_effect().count() <= FEW {
            return Self::Few(of_effect().map(|(at, _)| at).collect());
        }
        let mut filed = vec![];
        for (at, statement) in of_effect() {
            let actions = beginnings(Some(&statement.actions), |pattern| pattern.start());
            let mut resources = beginnings(statement.resources.as_ref(), |pattern| pattern.start());
            if actions.len() * resources.len() > MOST_PLACES {
                let ends = resources.first().zip(resources.last());
                resources = vec![ends.map_or("", |(first, last)| shared(first, last)).to_owned()];
            }
            filed.extend(actions.into_iter().map(|action| (action, (resources.clone(), at))));
        }
        let by_resource = |statements: Vec<(Vec<String>, u32)>| {
            let places =
                statements.into_iter().flat_map(|(starts, at)| starts.into_iter().map(move |start| (start, at)));
            Beginnings::new(places.collect(), |statements| statements)
        };
        Self::Many(Beginnings::new(filed, by_resource))
    }

    /// Calls back with every statement that may apply to an action and a resource, each once, until told to stop.
    pub(crate) fn find(&self, (action, resource): (&str, &str), mut found: impl FnMut(u32) -> ControlFlow<()>) {
        // Whether the callback said stop is nothing to the caller, who is the callback.
        let _ = match self {
            Self::Few(statements) => statements.iter().copied().try_for_each(found),
            Self::Many(by_action) => by_action
                .of(action)
                .try_for_each(|by_resource| by_resource.of(resource).flatten().copied().try_for_each(&mut found)),
        };
    }
}

impl<T> Beginnings<T> {
    /// Collects the items of each text into its value.
    fn new<I>(mut items: Vec<(String, I)>, collect: impl Fn(Vec<I>) -> T) -> Self {
        items.sort_by(|left, right| left.0.cmp(&right.0));
        let first = items.iter().map(|(text, _)| text).find(|text| !text.is_empty());
        let shared: Box<str> = first.zip(items.last()).map_or("", |(first, (last, _))| shared(first, last)).into();
        let mut entries: Vec<Entry<T>> = vec![];
        let mut items = items.into_iter().peekable();
        while let Some((text, first)) = items.next() {
            let mut same = vec![first];
            while let Some((_, item)) = items.next_if(|(next, _)| *next == text) {
                same.push(item);
            }
            // In sorted order a text comes after its beginnings, with nothing between but what shares them.
            let mut shorter = entries.len().checked_sub(1);
            while let Some(entry) =
                shorter.and_then(|at| entries.get(at)).filter(|entry| !text.starts_with(&*entry.text))
            {
                shorter = entry.shorter;
            }
            entries.push(Entry { word: word(&text, shared.len()), text: text.into(), shorter, value: collect(same) });
        }
        Self { shared, entries }
    }

    /// The values of all beginnings of the text, the longest first.
    fn of(&self, text: &str) -> impl Iterator<Item = &T> {
        // Whatever begins the text is the last entry up to it, or one that this entry begins with. Where the text has
        // not what is shared, only the empty text begins it, and that is the first.
        let word = word(text, self.shared.len());
        let up_to = |entry: &Entry<T>| {
            entry.word < word || entry.word == word && (entry.text.is_empty() || *entry.text <= *text)
        };
        let mut next = match begins(text, &self.shared) {
            true => self.entries.partition_point(up_to).checked_sub(1),
            false => Some(0),
        };
        std::iter::from_fn(move || {
            loop {
                let entry = self.entries.get(next?)?;
                next = entry.shorter;
                if begins(text, &entry.text) {
                    return Some(&entry.value);
                }
            }
        })
    }
}

/// What texts begin with that an element describes. None of them begins with another, so no text finds two.
fn beginnings<T>(element: Option<&Patterns<T>>, start: impl Fn(&T) -> String) -> Vec<String> {
    let Some(Patterns { not: false, patterns }) = element else {
        return vec![String::new()];
    };
    let mut starts: Vec<String> = patterns.iter().map(start).collect();
    starts.sort_unstable();
    starts.dedup_by(|next, kept| next.starts_with(&**kept));
    starts
}

/// What two texts both begin with, and so all that stand between them in their order.
fn shared<'a>(first: &'a str, last: &str) -> &'a str {
    let same = first.char_indices().zip(last.chars()).find(|((_, left), right)| left != right);
    let length = same.map_or(first.len().min(last.len()), |((at, _), _)| at);
    first.get(..length).unwrap_or_default()
}

/// The eight bytes of a text from there on; zeros where it ends before. Words are in the order of their texts.
fn word(text: &str, from: usize) -> u64 {
    let bytes = text.bytes().skip(from).chain(std::iter::repeat(0));
    bytes.take(8).fold(0, |word, byte| word << 8 | u64::from(byte))
}

/// So many statements are looked through faster than they are found.
const FEW: usize = 8;

/// In so many places one statement may be filed; one with more lists of actions and resources than that is filed under
/// what its resources share.
const MOST_PLACES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts;
    use crate::{Context, Kind, Policies, Policy, Principal, Request};

    const ACTIONS: [&str; 12] = [
        "*",
        "s3:*",
        "S3:Get*",
        "s3:g?t*",
        "*:GetObject",
        "s3:*Object",
        "s3:?etObject",
        "s3:GetObject",
        "S3:GETOBJECT",
        "iam:*",
        "s3:\u{e9}*",
        "s3:\u{c9}*",
    ];
    const RESOURCES: [&str; 17] = [
        "*",
        "**",
        "?*",
        "arn:*",
        "arn:?ws:s3:::a/*",
        "arn:aws:s3",
        "arn:aws:*:*:*:*",
        "arn:aws:s3:::a",
        "arn:aws:s3:::a*",
        "arn:aws:s3:::?/x",
        "arn:aws:s3:::*/x",
        "arn:aws:s3:::${aws:username}*",
        "arn:aws:s3:::a/${k, 'x'}",
        "arn:aws:s3:::${*}",
        "arn:aws:s3:::${$}{k}",
        "arn:aws:s3:::\u{e9}*",
        "arn:aws:s3:::A/*",
    ];
    const ASKED: [&str; 8] =
        ["s3:GetObject", "s3:getobject", "s3:G", "s3:\u{e9}t\u{e9}", "s3:\u{c9}", "iam:GetUser", "S3:Get", "s3:"];
    const TARGETS: [&str; 10] = [
        "*",
        "",
        "arn:aws:s3:::a",
        "arn:aws:s3:::a/x",
        "arn:aws:s3:::A/x",
        "arn:aws:s3:::*",
        "arn:aws:s3:::${k}",
        "arn:aws:s3:::\u{e9}x",
        "arn:aws:s3:::ann/y",
        "arn:aws:iam::111111111111:user/x",
    ];

    /// Each of a list, and lists of several, as an element with its Not-form.
    fn elements(name: &str, of: &[&str]) -> Vec<String> {
        let lists = of.iter().map(|one| vec![*one]).chain([of.to_vec(), of.iter().skip(3).copied().collect()]);
        let written = |list: Vec<&str>| serde_json::to_string(&list).unwrap();
        lists.map(written).flat_map(|list| [format!("\"{name}\":{list}"), format!("\"Not{name}\":{list}")]).collect()
    }

    #[test]
    fn a_statement_that_applies_is_found_once_among_many() {
        let document = |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let mut written = vec![];
        for action in elements("Action", &ACTIONS) {
            for resource in elements("Resource", &RESOURCES) {
                let statement = format!(r#"{{"Effect":"Deny",{action},{resource}}}"#);
                if Policy::parse(&document(&statement), Kind::Identity).is_ok() {
                    written.push(statement);
                }
            }
        }
        assert!(written.len() > 500, "{}", written.len());
        let policy = Policy::parse(&document(&written.join(",")), Kind::Identity).unwrap();
        let index = Index::new(&policy.statements, Effect::Deny);
        assert!(matches!(index, Index::Many(_)));
        let context: Context = [("aws:username", "ann")].into_iter().collect();
        let mut applied = 0;
        for (action, resource) in ASKED.iter().flat_map(|action| TARGETS.iter().map(move |target| (*action, *target))) {
            let principal = Principal::Anonymous;
            let request =
                Request { principal: &principal, action, resource, resource_account: None, context: &context };
            let lowered = crate::action::Lowered::new(action);
            let facts = facts(&request, &Policies::default(), &lowered);
            let mut found = vec![0; policy.statements.len()];
            index.find(facts.texts, |at| {
                found[at as usize] += 1;
                ControlFlow::Continue(())
            });
            for (at, statement) in policy.statements.iter().enumerate() {
                let applies = statement.applies(&facts).is_some();
                assert!(found[at] == 1 || found[at] == 0 && !applies, "{action} {resource}: {}", written[at]);
                applied += usize::from(applies);
            }
        }
        assert!(applied > 1000, "{applied}");
    }

    #[test]
    fn a_search_finds_the_beginnings_of_a_text_and_no_others() {
        let texts = [
            "",
            "a",
            "a\0",
            "a\0\0b",
            "ab",
            "abcdefgh",
            "abcdefgh\0",
            "abcdefghi",
            "abcdefgi",
            "ab\u{e9}",
            "ab\u{e8}x",
            "z",
        ];
        for chosen in 0..1_u32 << texts.len() {
            let filed = texts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
            let beginnings = Beginnings::new(filed.map(|(at, text)| (text.to_string(), at)).collect(), |at| at);
            for text in texts.iter().copied().chain(["abcdefghijkl", "ab\u{ea}", "b"]) {
                let mut wanted: Vec<usize> =
                    (0..texts.len()).filter(|at| chosen >> at & 1 == 1 && text.starts_with(texts[*at])).collect();
                wanted.sort_by_key(|at| std::cmp::Reverse(texts[*at].len()));
                let found: Vec<usize> = beginnings.of(text).flatten().copied().collect();
                assert_eq!(found, wanted, "{text:?} among {chosen:b}");
            }
        }
    }
}
