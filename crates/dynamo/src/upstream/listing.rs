//! ListTables and ListStreams where the engine has more than what is ours: everything is read, what is not ours is left
//! out, and the page is cut from the rest.

use serde_json::{Value, json};

use crate::document::Members;
use crate::error::Error;

/// One of the two listings.
pub(crate) struct Listing {
    /// The member that holds the list.
    pub(crate) list: &'static str,
    /// The member of a request that a page starts after.
    pub(crate) start: &'static str,
    /// The member of an answer that the next page starts after.
    pub(crate) end: &'static str,
    /// What an entry is known by.
    name: fn(&Value) -> Option<&str>,
}

/// The listing that an operation is.
pub(crate) fn of(operation: &str) -> Option<&'static Listing> {
    match operation {
        "ListTables" => Some(&TABLES),
        "ListStreams" => Some(&STREAMS),
        _ => None,
    }
}

impl Listing {
    /// One page of all entries.
    pub(crate) fn page(&self, mut entries: Vec<Value>, request: &Value) -> Result<Value, Error> {
        let none = serde_json::Map::new();
        let members = Members(request.as_object().unwrap_or(&none));
        let limit = match members.get("Limit") {
            None => MOST,
            Some(limit) => limit.as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or_default(),
        };
        if !(1..=MOST).contains(&limit) {
            return Err(Error::validation(format!(
                "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value \
                 between 1 and {MOST}"
            )));
        }
        entries.sort_by(|left, right| (self.name)(left).cmp(&(self.name)(right)));
        if let Some(start) = members.text(self.start)? {
            entries.retain(|entry| (self.name)(entry).is_some_and(|name| name > start));
        }
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more).and_then(self.name).map(str::to_owned);
        let mut page = json!({ self.list: entries });
        if let Some((page, last)) = page.as_object_mut().zip(last) {
            page.insert(self.end.to_owned(), last.into());
        }
        Ok(page)
    }
}

const TABLES: Listing = Listing {
    list: "TableNames",
    start: "ExclusiveStartTableName",
    end: "LastEvaluatedTableName",
    name: |entry| entry.as_str(),
};

const STREAMS: Listing = Listing {
    list: "Streams",
    start: "ExclusiveStartStreamArn",
    end: "LastEvaluatedStreamArn",
    name: |entry| entry.get("StreamArn").and_then(Value::as_str),
};

/// DynamoDB's largest page.
const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_meet_and_end() {
        let all = || ["d", "a", "c", "b"].map(Value::from).to_vec();
        let first = TABLES.page(all(), &json!({ "Limit": 2 })).unwrap();
        assert_eq!(first, json!({ "TableNames": ["a", "b"], "LastEvaluatedTableName": "b" }));
        let second = TABLES.page(all(), &json!({ "Limit": 2, "ExclusiveStartTableName": "b" })).unwrap();
        assert_eq!(second, json!({ "TableNames": ["c", "d"] }));
        assert_eq!(TABLES.page(Vec::new(), &json!({})).unwrap(), json!({ "TableNames": [] }));
        for limit in [json!(0), json!(101), json!(-1), json!("5"), json!(1.5)] {
            assert!(TABLES.page(all(), &json!({ "Limit": limit })).is_err(), "{limit}");
        }
    }
}
