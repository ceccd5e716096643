//! Condition operators: prefix, name and suffix.

use std::cmp::Ordering;

/// A condition operator, such as `ForAllValues:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) comparison: Comparison,
    /// The operator is the opposite of its comparison.
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
}

/// How the values of a multivalued key count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    None,
    All,
    Any,
}

/// What one value of the request is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// Where the value of the request must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Order {
    pub(crate) fn holds(self, seen_to_wanted: Ordering) -> bool {
        match self {
            Self::Equals => seen_to_wanted.is_eq(),
            Self::LessThan => seen_to_wanted.is_lt(),
            Self::LessThanEquals => seen_to_wanted.is_le(),
            Self::GreaterThan => seen_to_wanted.is_gt(),
            Self::GreaterThanEquals => seen_to_wanted.is_ge(),
        }
    }
}

impl Operator {
    /// Reads an operator in any case; there are no others than the documented ones, and no `NullIfExists`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (quantifier, name) = match text.split_once(':') {
            None => (Quantifier::None, text.as_str()),
            Some(("forallvalues", name)) => (Quantifier::All, name),
            Some(("foranyvalue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
        };
        let (name, if_exists) = name.strip_suffix("ifexists").map_or((name, false), |name| (name, true));
        let (comparison, negated) = plain(name)?;
        let operator = Self { quantifier, comparison, negated, if_exists };
        (comparison != Comparison::Null || !if_exists).then_some(operator)
    }
}

fn plain(name: &str) -> Option<(Comparison, bool)> {
    let comparison = match name {
        "stringequals" => (Comparison::StringEquals, false),
        "stringnotequals" => (Comparison::StringEquals, true),
        "stringequalsignorecase" => (Comparison::StringEqualsIgnoreCase, false),
        "stringnotequalsignorecase" => (Comparison::StringEqualsIgnoreCase, true),
        "stringlike" => (Comparison::StringLike, false),
        "stringnotlike" => (Comparison::StringLike, true),
        "bool" => (Comparison::Bool, false),
        "binaryequals" => (Comparison::Binary, false),
        "ipaddress" => (Comparison::IpAddress, false),
        "notipaddress" => (Comparison::IpAddress, true),
        "arnequals" | "arnlike" => (Comparison::Arn, false),
        "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
        "null" => (Comparison::Null, false),
        _ => return ordered(name),
    };
    Some(comparison)
}

fn ordered(name: &str) -> Option<(Comparison, bool)> {
    let (make, order): (fn(Order) -> Comparison, &str) = match name.strip_prefix("numeric") {
        Some(order) => (Comparison::Numeric, order),
        None => (Comparison::Date, name.strip_prefix("date")?),
    };
    match order {
        "equals" => Some((make(Order::Equals), false)),
        "notequals" => Some((make(Order::Equals), true)),
        "lessthan" => Some((make(Order::LessThan), false)),
        "lessthanequals" => Some((make(Order::LessThanEquals), false)),
        "greaterthan" => Some((make(Order::GreaterThan), false)),
        "greaterthanequals" => Some((make(Order::GreaterThanEquals), false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_name_and_suffix_are_read_in_any_case() {
        let operator = Operator::parse("forallvalues:STRINGNotLikeIfExists").unwrap();
        assert_eq!(operator.quantifier, Quantifier::All);
        assert_eq!((operator.comparison, operator.negated), (Comparison::StringLike, true));
        assert!(operator.if_exists);
        assert_eq!(Operator::parse("ArnLike"), Operator::parse("ArnEquals"));
    }

    #[test]
    fn what_aws_does_not_document_is_no_operator() {
        for bad in ["", "StringIs", "NullIfExists", "BoolNot", "ForAnyValue::Bool", "ForSome:Bool", "IfExists", "Date"]
        {
            assert!(Operator::parse(bad).is_none(), "{bad}");
        }
    }
}
