//! Condition values: can they be read, and can they be true?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use super::written::{Item, Statement, Test};
use super::{Code, Warnings, glob};
use crate::condition::{Comparison, Order, Quantifier, boolean, instant, number, range};

pub(super) fn check(test: &Test<'_>, warnings: &mut Warnings) {
    if test.values.is_empty() {
        let message = format!("`{}` is compared with no value", test.key);
        warnings.add(Code::EmptyList, test.member.node.place(&test.path), message);
    }
    for value in &test.values {
        // What becomes of a variable is for `variables`.
        if value.text.contains("${") {
            continue;
        }
        readable(test, value, warnings);
        if test.key.eq_ignore_ascii_case("aws:SourceIp") || test.key.eq_ignore_ascii_case("aws:VpcSourceIp") {
            address(value, warnings);
        }
    }
    if test.operator.comparison == Comparison::Null {
        null(test, warnings);
    }
}

fn readable(test: &Test<'_>, value: &Item<'_>, warnings: &mut Warnings) {
    let text = value.text;
    let (read, wanted) = match test.operator.comparison {
        Comparison::Numeric(_) => (number(text).is_some(), "a number"),
        Comparison::Date(_) => (instant(text).is_some(), "a date"),
        Comparison::Bool | Comparison::Null => (boolean(text).is_some(), "`true` or `false`"),
        Comparison::Binary => (STANDARD.decode(text).is_ok(), "base64"),
        Comparison::IpAddress => (range(text).is_some(), "an address or a range of addresses"),
        Comparison::Arn => (glob::parts(text).len() == 6, "an ARN of six parts"),
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => {
            if text.contains(['*', '?']) {
                let message = format!("`{}` takes the wildcard in `{text}` literally", test.spelling);
                warnings.add(Code::WildcardWithoutLike, value.place(), message);
            }
            return;
        }
        Comparison::StringLike => return,
    };
    if !read {
        warnings.add(Code::UnparsableValue, value.place(), format!("`{text}` is not {wanted}, and matches nothing"));
    }
}

fn address(value: &Item<'_>, warnings: &mut Warnings) {
    let Some(net) = range(value.text) else { return };
    let narrow = match net {
        IpNet::V4(net) => net.prefix_len() >= 8,
        IpNet::V6(net) => net.prefix_len() >= 32,
    };
    let is_private = PRIVATE.iter().filter_map(|text| text.parse::<IpNet>().ok()).any(|private| private.contains(&net));
    if is_private {
        let message = format!("`{}` is private: only clients in the server's own network come from there", value.text);
        warnings.add(Code::PrivateAddress, value.place(), message);
    } else if !narrow {
        let message = format!("`{}` is a large part of all addresses", value.text);
        warnings.add(Code::WideAddressRange, value.place(), message);
    }
}

fn null(test: &Test<'_>, warnings: &mut Warnings) {
    let both = || {
        let truths = test.values.iter().filter_map(|value| boolean(value.text));
        truths.fold((false, false), |(yes, no), truth| (yes || truth, no || !truth)) == (true, true)
    };
    match test.operator.quantifier {
        Quantifier::All => {
            let message = format!("`{}` is true of every request", test.spelling);
            warnings.add(Code::ConditionWithoutEffect, test.place(), message);
        }
        Quantifier::Any => {
            let message = format!("`{}` is true of no request", test.spelling);
            warnings.add(Code::ImpossibleCondition, test.place(), message);
        }
        Quantifier::None if both() => {
            let message = format!("`{}` may be absent, or present: that is true of every request", test.key);
            warnings.add(Code::ConditionWithoutEffect, test.place(), message);
        }
        Quantifier::None => {}
    }
}

/// Conditions of one statement that no request meets together.
pub(super) fn impossible(statement: &Statement<'_>, warnings: &mut Warnings) {
    for (at, test) in statement.tests.iter().enumerate() {
        let earlier = statement.tests.iter().take(at).filter(|other| other.key.eq_ignore_ascii_case(test.key));
        for other in earlier {
            if let Some(why) = contradiction(test, other).or_else(|| contradiction(other, test)) {
                warnings.add(Code::ImpossibleCondition, test.place(), format!("no request meets both: {why}"));
            }
        }
    }
}

fn contradiction(test: &Test<'_>, other: &Test<'_>) -> Option<String> {
    if test.operator.quantifier != Quantifier::None {
        return None;
    }
    let absent = test.operator.comparison == Comparison::Null
        && !test.values.is_empty()
        && test.values.iter().all(|value| boolean(value.text) == Some(true));
    if absent && other.needs_its_key() {
        return Some(format!("`{}` must be absent, and `{}` needs it", test.key, other.spelling));
    }
    if other.operator.quantifier != Quantifier::None {
        return None;
    }
    let (own, others) = (test.operator, other.operator);
    if !own.negated
        && own.comparison == Comparison::StringEquals
        && own.comparison == others.comparison
        && others.negated
    {
        let excluded =
            |value: &Item<'_>| !value.text.contains("${") && other.values.iter().any(|other| other.text == value.text);
        let none_left = !test.values.is_empty() && test.values.iter().all(excluded);
        return none_left.then(|| format!("every value that `{}` wants is excluded", test.spelling));
    }
    let (Some(low), Some(high)) = (bound(test, true), bound(other, false)) else { return None };
    let empty = low.0 > high.0 || (low.0 == high.0 && !(low.1 && high.1));
    let same = std::mem::discriminant(&own.comparison) == std::mem::discriminant(&others.comparison);
    (empty && same).then(|| format!("`{}` begins where `{}` has ended", test.spelling, other.spelling))
}

/// The lowest (or highest) value that the test lets through, and whether it is let through itself.
fn bound(test: &Test<'_>, low: bool) -> Option<(i128, bool)> {
    let (order, read): (Order, fn(&str) -> Option<i128>) = match test.operator.comparison {
        Comparison::Numeric(order) => (order, number),
        Comparison::Date(order) => (order, instant),
        _ => return None,
    };
    let inclusive = match (order, low) {
        (Order::Equals, _) | (Order::GreaterThanEquals, true) | (Order::LessThanEquals, false) => true,
        (Order::GreaterThan, true) | (Order::LessThan, false) => false,
        _ => return None,
    };
    let values: Option<Vec<i128>> = test.values.iter().map(|value| read(value.text)).collect();
    let values = values?.into_iter();
    let edge = if low { values.min() } else { values.max() };
    edge.filter(|_| !test.operator.negated).map(|edge| (edge, inclusive))
}

const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];
