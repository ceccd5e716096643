//! Values of partition keys, as `dynamodb:LeadingKeys` shows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::backend::Schema;
use crate::error::Error;
use crate::plan::{Refusal, Touch};

/// Sets `dynamodb:LeadingKeys`, and `dynamodb:FirstPartitionKeyValues` and its siblings, from the keys of
/// several entries; each entry has one value for each partition key attribute.
///
/// The key is never absent: under `ForAllValues` that would be an allowance.
pub(crate) fn set_leading(touch: &mut Touch, entries: &[Vec<String>]) {
    let column = |at: usize| -> Vec<String> {
        let mut values: Vec<String> = entries.iter().filter_map(|entry| entry.get(at).cloned()).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let first = column(0);
    let first = if first.is_empty() { vec![NOBODYS.to_owned()] } else { first };
    touch.context.set("dynamodb:LeadingKeys", first.clone());
    for (at, key) in ORDINALS.iter().enumerate() {
        let values = if at == 0 { first.clone() } else { column(at) };
        if !values.is_empty() {
            touch.context.set(*key, values);
        }
    }
}

/// The partition key in an item or a key, one value for each attribute.
///
/// Where the table's keys are unknown, every value that could be a key counts, each as an entry of its
/// own: the engine will find no table, and a policy on the leading key must not pass by luck.
pub(crate) fn of_item(schema: Option<&Schema>, item: &Map<String, Value>, refusal: &mut Refusal) -> Vec<Vec<String>> {
    let Some(schema) = schema else {
        let texts = item.values().filter_map(|value| text(value).ok());
        return texts.map(|text| vec![text]).collect();
    };
    let values = schema.hash.iter().map(|attribute| {
        let value = item.get(attribute).ok_or_else(|| {
            Error::validation("One or more parameter values were invalid: Missing the key in the item or key given")
        });
        value.and_then(text)
    });
    let values: Result<Vec<String>, Error> = values.collect();
    refusal.note(values).map_or_else(Vec::new, |entry| vec![entry])
}

/// The text of one key value: strings as they are, numbers in plain decimal form, binary in base64.
/// Equal keys have equal texts. Errs where the value cannot be a key.
pub(crate) fn text(value: &Value) -> Result<String, Error> {
    let members = value.as_object().filter(|members| members.len() == 1);
    let member = members.and_then(|members| members.iter().next());
    match member {
        Some((kind, Value::String(text))) if kind == "S" => Ok(text.clone()),
        Some((kind, Value::String(text))) if kind == "N" => number(text).ok_or_else(not_a_key),
        Some((kind, Value::String(text))) if kind == "B" => binary(text).ok_or_else(not_a_key),
        _ => Err(not_a_key()),
    }
}

/// The one spelling of a number. `None`: not a number that DynamoDB keeps.
pub(crate) fn number(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, exponent(unsigned.get(at + 1..)?)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || digits.len() > LONGEST_NUMBER || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The value is 0.DIGITS times ten to the power of `point`.
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let point = i32::try_from(whole.len()).ok()? - i32::try_from(leading).ok()? + exponent;
    Some(plain(negative, significant, point))
}

fn plain(negative: bool, significant: &str, point: i32) -> String {
    let length = significant.len();
    let digits = match usize::try_from(point) {
        Ok(0) | Err(_) => {
            let zeros = usize::try_from(-point).unwrap_or_default();
            format!("0.{}{significant}", "0".repeat(zeros))
        }
        Ok(point) if point >= length => format!("{significant}{}", "0".repeat(point - length)),
        Ok(point) => {
            let (whole, fraction) = significant.split_at_checked(point).unwrap_or((significant, ""));
            format!("{whole}.{fraction}")
        }
    };
    if negative { format!("-{digits}") } else { digits }
}

fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i32 = text.parse().ok().filter(|_| plain)?;
    (-LARGEST_EXPONENT..=LARGEST_EXPONENT).contains(&exponent).then_some(exponent)
}

/// Bits that decoding drops would give one key two spellings.
fn binary(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let spelled = STANDARD.encode(bytes);
    (spelled == text).then_some(spelled)
}

fn not_a_key() -> Error {
    Error::validation("The provided key element does not match the schema")
}

/// What stands for a partition key that is not known. No caller's name looks like it.
const NOBODYS: &str = "\u{1}unknown\u{1}";

const ORDINALS: [&str; 4] = [
    "dynamodb:FirstPartitionKeyValues",
    "dynamodb:SecondPartitionKeyValues",
    "dynamodb:ThirdPartitionKeyValues",
    "dynamodb:FourthPartitionKeyValues",
];

const LONGEST_NUMBER: usize = 400;
const LARGEST_EXPONENT: i32 = 400;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_numbers_have_one_text() {
        for (spellings, text) in [
            (vec!["7", "7.0", "07", "+7", "70e-1", "0.7E1", "7.", "0000.07e+2"], "7"),
            (vec!["100", "1e2", "1E+2", "0.1e3", "100.000"], "100"),
            (vec!["0", "-0", "0.00", "0e9", ".0"], "0"),
            (vec!["-0.05", "-.05", "-5e-2", "-500e-4"], "-0.05"),
            (vec!["12.5", "125e-1", "0.125e2"], "12.5"),
        ] {
            for spelling in spellings {
                assert_eq!(number(spelling).as_deref(), Some(text), "{spelling}");
            }
        }
    }

    #[test]
    fn what_is_no_number_has_no_text() {
        for bad in [
            "", "-", "+", ".", "e5", "1e", "1e+", "--1", "1_0", "0x1", "١", "1e999999", "1 ", " 1", "NaN", "1e5.0",
            "1.2.3",
        ] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_binary_key_has_one_spelling() {
        assert_eq!(text(&json!({ "B": "YQ==" })).unwrap(), "YQ==");
        for bad in ["YR==", "YQ", "YQ=", "YQ==\n", "Y Q=="] {
            assert!(text(&json!({ "B": bad })).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_one_string_number_or_binary() {
        for bad in [
            json!({}),
            json!({ "S": "a", "N": "1" }),
            json!({ "S": "a", "N": null }),
            json!({ "s": "a" }),
            json!({ "S": 1 }),
            json!({ "BOOL": true }),
            json!({ "SS": ["a"] }),
            json!("a"),
            json!(null),
        ] {
            assert!(text(&bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,60}") {
            let _ = number(&text);
            let _ = binary(&text);
        }

        #[test]
        fn a_number_and_its_text_are_the_same_number(text in "[+-]?[0-9]{1,6}(\\.[0-9]{0,6})?([eE][+-]?[0-9]{1,2})?") {
            let plain = number(&text).unwrap();
            prop_assert_eq!(number(&plain).unwrap(), plain.clone());
            let (left, right): (f64, f64) = (text.parse().unwrap(), plain.parse().unwrap());
            prop_assert!((left - right).abs() <= left.abs() * 1e-12);
        }
    }
}
