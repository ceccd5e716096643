//! Conditions: the operator, its key, and how they go together.

use super::written::{Document, Statement, Test};
use super::{Code, Warnings, keys, values};
use crate::catalogue::{Key, Type};
use crate::condition::{Comparison, Quantifier};

pub(super) fn check(document: &Document<'_>, statement: &Statement<'_>, warnings: &mut Warnings) {
    for test in &statement.tests {
        if let Some(key) = keys::known(document, test.key, test.place(), warnings) {
            keys::present(statement, test, &key, warnings);
            operator(test, &key, warnings);
            sets(statement, test, &key, warnings);
        } else {
            guard(statement, test, warnings);
        }
        values::check(test, warnings);
    }
    duplicates(statement, warnings);
    values::impossible(statement, warnings);
}

/// The operator must compare what the values of the key are.
fn operator(test: &Test<'_>, key: &Key, warnings: &mut Warnings) {
    let fits = match test.operator.comparison {
        Comparison::Null => true,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike => {
            matches!(key.value, Type::String | Type::Arn | Type::Bool)
        }
        Comparison::Numeric(_) => key.value == Type::Number || key.name == "aws:EpochTime",
        Comparison::Date(_) => key.value == Type::Date,
        Comparison::Bool => key.value == Type::Bool,
        Comparison::Binary => key.value == Type::String,
        Comparison::IpAddress => key.value == Type::Ip,
        Comparison::Arn => key.value == Type::Arn,
    };
    if !fits {
        let values = match key.value {
            Type::String => "texts",
            Type::Number => "numbers",
            Type::Bool => "`true` or `false`",
            Type::Date => "dates",
            Type::Ip => "addresses",
            Type::Arn => "ARNs",
        };
        let message = format!("the values of `{}` are {values}, which `{}` does not compare", test.key, test.spelling);
        warnings.add(Code::OperatorNotForKey, test.place(), message);
    }
}

fn sets(statement: &Statement<'_>, test: &Test<'_>, key: &Key, warnings: &mut Warnings) {
    let null = test.operator.comparison == Comparison::Null;
    match test.operator.quantifier {
        Quantifier::None if key.multivalued && !null => {
            let message = format!("`{}` can have several values: say `ForAnyValue:` or `ForAllValues:`", test.key);
            warnings.add(Code::MissingSetOperator, test.place(), message);
        }
        // Documented with and without a set operator.
        Quantifier::Any | Quantifier::All if key.name == "dynamodb:EnclosingOperation" => {}
        Quantifier::Any | Quantifier::All if !key.multivalued && !null => {
            let absent = match test.operator.quantifier {
                Quantifier::All => ", and the condition is true where the key is absent",
                Quantifier::Any | Quantifier::None => "",
            };
            let message = format!("`{}` has one value; `{}` is for keys of several{absent}", test.key, test.spelling);
            warnings.add(Code::SetOperatorSingleValued, test.place(), message);
        }
        Quantifier::None | Quantifier::Any | Quantifier::All => {}
    }
    guard(statement, test, warnings);
}

/// `ForAllValues` is true of a request without the key.
fn guard(statement: &Statement<'_>, test: &Test<'_>, warnings: &mut Warnings) {
    let all = test.operator.quantifier == Quantifier::All && test.operator.comparison != Comparison::Null;
    let guards = |other: &Test<'_>| other.key.eq_ignore_ascii_case(test.key) && other.needs_its_key();
    if all && statement.allow && !statement.tests.iter().any(guards) {
        let message = format!(
            "`{}` allows requests that have no `{}` at all; add `\"Null\": {{\"{}\": \"false\"}}`",
            test.spelling, test.key, test.key
        );
        warnings.add(Code::ForAllValuesAllow, test.place(), message);
    }
}

fn duplicates(statement: &Statement<'_>, warnings: &mut Warnings) {
    for (at, test) in statement.tests.iter().enumerate() {
        let same = |other: &&Test<'_>| other.operator == test.operator && other.key.eq_ignore_ascii_case(test.key);
        if let Some(other) = statement.tests.iter().take(at).find(same) {
            let message =
                format!("`{}` and `{}` are one key under one operator, and both must hold", other.key, test.key);
            warnings.add(Code::DuplicateConditionKey, test.place(), message);
        }
    }
}
