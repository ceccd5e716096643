//! Condition keys, operators and values by chance. Each family of operators has keys and values of its own, so that
//! what a policy wants and what a request has are often of one sort.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use super::statements::PIECES;

/// Operators that compare the same sort of values.
struct Family {
    operators: &'static [&'static str],
    keys: &'static [&'static str],
    /// Values of policies and of requests.
    both: &'static [&'static str],
    /// Values that only a request may have: documents hold no such characters, or IAM refuses them.
    seen: &'static [&'static str],
}

/// A condition block.
pub(super) fn condition() -> impl Strategy<Value = Json> {
    let operator = (0..FAMILIES.len()).prop_flat_map(|at| (operator_of(at), vec(wish(at), 0..3)));
    vec(operator, 0..3).prop_map(|operators| {
        let operators = operators.into_iter();
        operators
            .map(|(name, keys)| (name, Json::from(keys.into_iter().collect::<Map<_, _>>())))
            .collect::<Map<_, _>>()
            .into()
    })
}

/// One condition, and a request that mostly has its key; and the keys of variables.
pub(super) fn held_against() -> impl Strategy<Value = (Json, Map<String, Json>)> {
    (0..FAMILIES.len()).prop_flat_map(|at| {
        let seen = prop_oneof![5 => seen(at).prop_map(Some), 1 => Just(None)];
        (operator_of(at), wish(at), seen, for_variables()).prop_map(|(operator, (key, wanted), seen, mut context)| {
            if let Some(seen) = seen {
                context.retain(|known, _| known.to_lowercase() != key.to_lowercase());
                context.insert(key.clone(), seen);
            }
            (json!({ operator: { key: wanted } }), context)
        })
    })
}

/// Values of the keys that `PIECES` has as variables: texts, empty texts and lists.
pub(super) fn for_variables() -> impl Strategy<Value = Map<String, Json>> {
    let text = select(&["a", "b", "ab", "", "*", "?", "a/b", "${k}", "us-east-1:7", "\u{e9}"][..]);
    let value = prop_oneof![
        4 => text.clone().prop_map(Json::from),
        1 => vec(text, 0..3).prop_map(Json::from),
    ];
    let key = select(&["k", "K", "m", "aws:username", "aws:principaltag/TEAM"][..]);
    vec((key, value), 0..4).prop_map(|entries| {
        let mut context = Map::new();
        for (key, value) in entries {
            context.retain(|known: &String, _| known.to_lowercase() != key.to_lowercase());
            context.insert(key.to_owned(), value);
        }
        context
    })
}

/// Keys and values of a request.
pub(super) fn context() -> impl Strategy<Value = Map<String, Json>> {
    let entry = (0..FAMILIES.len()).prop_flat_map(|at| (key(at), seen(at)));
    vec(entry, 0..8).prop_map(|entries| {
        let mut context: Map<String, Json> = Map::new();
        for (key, value) in entries {
            // One spelling of each key: which of several counts is a matter of `Context`, not of the language.
            context.retain(|known, _| known.to_lowercase() != key.to_lowercase());
            context.insert(key, value);
        }
        context
    })
}

/// Any operator, with every prefix and suffix, mostly in its documented spelling.
pub(crate) fn any_operator() -> impl Strategy<Value = String> {
    (0..FAMILIES.len()).prop_flat_map(operator_of)
}

/// Texts full of what means something.
pub(crate) fn odd_text() -> impl Strategy<Value = String> {
    let meaning = select(&ODD[..]).prop_map(str::to_owned);
    let anything = any::<char>().prop_map(String::from);
    vec(prop_oneof![4 => meaning, 1 => anything], 0..10).prop_map(|pieces| pieces.concat())
}

fn operator_of(family: usize) -> impl Strategy<Value = String> {
    let prefix = select(&["", "", "", "ForAllValues:", "ForAnyValue:"][..]);
    let spelling = prop_oneof![12 => Just(0), 1 => Just(1), 1 => Just(2)];
    (prefix, select(FAMILIES[family].operators), prop::bool::weighted(0.25), spelling).prop_map(
        |(prefix, name, if_exists, spelling)| {
            let suffix = if if_exists && name != "Null" { "IfExists" } else { "" };
            let operator = format!("{prefix}{name}{suffix}");
            match spelling {
                0 => operator,
                1 => operator.to_lowercase(),
                _ => operator.to_uppercase(),
            }
        },
    )
}

/// A key with the values that a policy wants.
fn wish(family: usize) -> impl Strategy<Value = (String, Json)> {
    let value = wanted(family);
    let values =
        prop_oneof![2 => value.clone().prop_map(|value| json!(value)), 3 => vec(value, 0..4).prop_map(Json::from)];
    (key(family), values)
}

fn wanted(family: usize) -> BoxedStrategy<Json> {
    let Family { operators, both, .. } = FAMILIES[family];
    let plain = select(both).prop_map(Json::from);
    // IAM refuses dates that are none.
    if operators.contains(&"DateEquals") {
        return plain.boxed();
    }
    let head = if operators.contains(&"ArnLike") { &ARN_HEADS[..] } else { &[""][..] };
    let made = (select(head), vec(select(&PIECES[..]), 0..5))
        .prop_map(|(head, pieces)| json!(format!("{head}{}", pieces.concat())));
    let scalar =
        prop_oneof![any::<bool>().prop_map(Json::from), select(vec![json!(7), json!(-1), json!(1.2), json!(10)])];
    prop_oneof![6 => plain, 3 => made, 1 => scalar].boxed()
}

fn seen(family: usize) -> impl Strategy<Value = Json> {
    let plain = select(FAMILIES[family].both).prop_map(str::to_owned);
    let own = select(FAMILIES[family].seen).prop_map(str::to_owned);
    let one = prop_oneof![5 => plain, 3 => own, 1 => odd_text()].boxed();
    prop_oneof![3 => one.clone().prop_map(Json::from), 2 => vec(one, 0..4).prop_map(Json::from)]
}

fn key(family: usize) -> impl Strategy<Value = String> {
    let own = select(FAMILIES[family].keys);
    let any = select(&["k", "m", "n", "d", "aws:username"][..]);
    (prop_oneof![6 => own, 1 => any], prop::bool::weighted(0.2))
        .prop_map(|(key, shout)| if shout { key.to_uppercase() } else { key.to_owned() })
}

const FAMILIES: [Family; 9] = [
    Family {
        operators: &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
        keys: &["k", "k", "m", "aws:username", "aws:PrincipalTag/Team"],
        both: &["a", "b", "ab", "", "game/a", "A", "*", "?", "\u{e9}", "a*", "us-east-1"],
        seen: &["${k}", "a/b:c", "\u{1f3ae}", "ba", "aab"],
    },
    Family {
        operators: &["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
        keys: &["k", "m", "aws:PrincipalTag/\u{e9}quipe"],
        both: &["a", "A", "Ab", "\u{e9}", "\u{c9}", "stra\u{df}e", ""],
        seen: &["STRASSE", "\u{3a3}", "aB", "A*", "\u{130}"],
    },
    Family {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        keys: &["n", "s3:max-keys"],
        both: &["1", "1.0", "-1", "1.2", "10", "0", "-0", "007", "+7", "7", "", "x", "1e3", ".5", "0.50", "1.2.3", "-"],
        seen: &["9007199254740993", "9007199254740992", "\u{661}", " 7", "7 ", "0x7", "1_0"],
    },
    Family {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        keys: &["d", "aws:CurrentTime"],
        both: &[
            "2026-01-01T00:00:00Z",
            "2026-01-01",
            "2026",
            "2026-02",
            "1767225600",
            "2026-01-01T01:00:00+01:00",
            "2025-12-31T23:59:59.999999999Z",
            "2026-01-01t00:00:00.5z",
            "0",
            "9223372036854775807",
            "-292275054",
            "01T",
            "2024-02-29T12",
            "2026-01-01T00:30-0030",
        ],
        seen: &[
            "soon",
            "",
            "2023-02-29",
            "2026-13-01",
            "2026-01-01T24:00:00Z",
            "9223372036854775808",
            "-1",
            "2026-1-1",
        ],
    },
    Family {
        operators: &["Bool"],
        keys: &["b", "aws:SecureTransport"],
        both: &["true", "false", "True", "FALSE", "1", "", "${k}"],
        seen: &["yes", " true"],
    },
    Family {
        operators: &["BinaryEquals"],
        keys: &["bin"],
        both: &["AAAA", "QQ==", "QUI=", "QUJD", "%%%", "QR==", "", "QQ", "Q==="],
        seen: &["QQ=", "\u{e9}\u{e9}"],
    },
    Family {
        operators: &["IpAddress", "NotIpAddress"],
        keys: &["aws:SourceIp", "ip"],
        both: &[
            "10.0.0.1",
            "10.0.0.0/8",
            "10.9.9.9/8",
            "0.0.0.0/0",
            "::/0",
            "2001:DB8::/32",
            "2001:db8::1",
            "2001:db8:0:0::1/128",
            "10.0.0.0/33",
            "10.0.0.01",
            "x",
            "",
        ],
        seen: &["10.200.0.1", "::ffff:10.0.0.1", "2001:db8:0::1", "192.0.2.1", "::1", "010.0.0.1", "10.0.0.1 "],
    },
    Family {
        operators: &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        keys: &["arn", "aws:PrincipalArn"],
        both: &[
            "arn:aws:iam::111111111111:role/app/Player",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:s3:::game/a",
            "arn:aws:iam::*:*",
            "arn:*:*:*:*:*",
            "*",
            "arn:aws:s3",
            "",
            "a?n:aws:s3:::game/a",
            "x:aws:s3:::game/a",
        ],
        seen: &[
            "arn:aws:s:r:1:x/a:1:f",
            "arn:aws:s3:::${k}",
            "arn:aws:s3:::game",
            "arn:aws:iam::111111111111:role/${*}",
        ],
    },
    Family {
        operators: &["Null"],
        keys: &["k", "m", "n", "absent", "arn"],
        both: &["true", "false", "TRUE", "maybe", ""],
        seen: &["x"],
    },
];
const ARN_HEADS: [&str; 5] =
    ["arn:aws:s3:::", "arn:aws:iam::111111111111:role/", "arn:aws:${k}:*:${m}:", "${absent, 'arn'}:aws:s3:::", ""];
const ODD: [&str; 22] = [
    "*",
    "?",
    "${",
    "}",
    ":",
    "/",
    ", '",
    "'",
    "a",
    "\u{e9}",
    "k",
    "$",
    "${k}",
    "arn:aws:s3:::",
    "\u{0}",
    "\n",
    "\u{1f3ae}",
    "\u{202e}",
    "Get",
    "Object",
    "\"",
    "\\",
];
