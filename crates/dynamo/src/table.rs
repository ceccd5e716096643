//! Names of tables, indexes and streams, and their ARNs.

use operation::{Place, Violations};

use crate::error::Error;

/// The name in `TableName`: a plain name, or the ARN of a table of ours.
pub(crate) fn name<'a>(text: &'a str, place: &Place) -> Result<&'a str, Error> {
    let name = if text.starts_with("arn:") { ours(text, place)?.strip_prefix("table/") } else { Some(text) };
    let name = name.ok_or_else(|| foreign(text))?;
    let mut violations = Violations::new();
    violations.length("tableName", name, 3, 255);
    violations.pattern("tableName", name, "[a-zA-Z0-9_.-]+", is_name);
    violations.finish()?;
    Ok(name)
}

/// The name in `IndexName`.
pub(crate) fn index(text: &str) -> Result<&str, Error> {
    let mut violations = Violations::new();
    violations.length("indexName", text, 3, 255);
    violations.pattern("indexName", text, "[a-zA-Z0-9_.-]+", is_name);
    violations.finish()?;
    Ok(text)
}

/// Table and label in the ARN of a stream of ours.
pub(crate) fn stream<'a>(text: &'a str, place: &Place) -> Result<(&'a str, &'a str), Error> {
    let resource = ours(text, place)?.strip_prefix("table/").ok_or_else(|| foreign(text))?;
    let (table, label) = resource.split_once("/stream/").ok_or_else(|| foreign(text))?;
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '-');
    if label.is_empty() || !label.chars().all(is_label) {
        return Err(foreign(text));
    }
    Ok((name(table, place)?, label))
}

/// The ARN of a table.
pub(crate) fn arn(place: &Place, table: &str) -> String {
    format!("arn:aws:dynamodb:{}:{}:table/{table}", place.region, place.account)
}

/// The ARN of a table, or of one of its indexes.
pub(crate) fn index_arn(place: &Place, table: &str, index: Option<&str>) -> String {
    let table = arn(place, table);
    index.map_or(table.clone(), |index| format!("{table}/index/{index}"))
}

/// The ARN of a stream.
pub(crate) fn stream_arn(place: &Place, table: &str, label: &str) -> String {
    format!("{}/stream/{label}", arn(place, table))
}

/// The table in the ARN of a table, an index or a stream that was made here.
pub(crate) fn named_in(resource: &str) -> Option<&str> {
    let (_, rest) = resource.split_once(":table/")?;
    rest.split('/').next()
}

/// The resource of an ARN of our region and the caller's account.
fn ours<'a>(arn: &'a str, place: &Place) -> Result<&'a str, Error> {
    let resource = arn.strip_prefix("arn:aws:dynamodb:");
    let resource = resource.and_then(|rest| rest.strip_prefix(place.region.as_str())?.strip_prefix(':'));
    let resource = resource.and_then(|rest| rest.strip_prefix(place.account.to_string().as_str())?.strip_prefix(':'));
    resource.ok_or_else(|| foreign(arn))
}

fn foreign(arn: &str) -> Error {
    let shown: String = arn.chars().take(LONGEST_SHOWN).collect();
    Error::validation(format!("`{shown}` names nothing of this account and region"))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

const LONGEST_SHOWN: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { account: "000000000001".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
    }

    #[test]
    fn a_table_is_named_plainly_or_by_an_arn_of_ours() {
        assert_eq!(name("scores", &place()).unwrap(), "scores");
        assert_eq!(name("arn:aws:dynamodb:eu-west-1:000000000001:table/scores", &place()).unwrap(), "scores");
    }

    #[test]
    fn nothing_else_names_a_table() {
        for bad in [
            "",
            "ab",
            "a/b/c",
            "sco res",
            "scores/index/by-game",
            "../scores",
            "scores\0",
            "ſcores",
            "arn:aws:dynamodb:eu-west-1:000000000002:table/scores",
            "arn:aws:dynamodb:us-east-1:000000000001:table/scores",
            "arn:aws:dynamodb:eu-west-1:000000000001:table/scores/index/by-game",
            "arn:aws:dynamodb:eu-west-1:000000000001:table/scores/stream/1",
            "arn:aws:dynamodb:eu-west-1:0000000000010:table/scores",
            "arn:aws:dynamodb::000000000001:table/scores",
            "arn:aws:dynamodb:eu-west-1:000000000001:Table/scores",
            "arn:aws:dynamodb:eu-west-1:000000000001:table/arn:aws:dynamodb:eu-west-1:000000000001:table/scores",
            "arn:aws-cn:dynamodb:eu-west-1:000000000001:table/scores",
            "ARN:aws:dynamodb:eu-west-1:000000000001:table/scores",
        ] {
            assert!(name(bad, &place()).is_err(), "{bad}");
        }
        assert!(name(&"x".repeat(256), &place()).is_err());
    }

    #[test]
    fn a_stream_is_named_by_table_and_label() {
        let arn = stream_arn(&place(), "scores", "2015-05-11T21:21:33.291");
        assert_eq!(stream(&arn, &place()).unwrap(), ("scores", "2015-05-11T21:21:33.291"));
        for bad in ["scores", "arn:aws:dynamodb:eu-west-1:000000000001:table/scores", &format!("{arn}/stream/2")] {
            assert!(stream(bad, &place()).is_err(), "{bad}");
        }
    }
}
