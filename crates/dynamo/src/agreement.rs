//! The analysers against the embedded engine: for tests and fuzzing.
//!
//! What the engine returns or changes must lie within what was decided on. Nothing here looks into the engine: it is
//! given items that differ only where an expression was found not to look, and must not tell them apart.

use std::collections::BTreeSet;

use dynoxide::Database;
use serde_json::{Map, Value, json};

use crate::document::Members;
use crate::embedded::dispatch;
use crate::error::Error;
use crate::expression::token::{Token, tokens};
use crate::expression::{Grammar, KeyCondition, Names, attributes};
use crate::keys;
use crate::partiql::{Kind, Operand, Statement};

/// An engine with nine items: three players in three games.
pub struct Agreement {
    database: Database,
}

/// Whether both sides understood a text, or how they differ.
pub type Verdict = Result<bool, String>;

impl Agreement {
    /// An engine in memory.
    pub fn new() -> Result<Self, Error> {
        let agreement = Self { database: Database::memory().map_err(Error::internal)? };
        let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
        let table = |name: &str| {
            json!({
                "TableName": name,
                "KeySchema": keys("pk", "sk"),
                "AttributeDefinitions": [
                    { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" },
                ],
                "GlobalSecondaryIndexes": [
                    { "IndexName": "by-sk", "KeySchema": keys("sk", "pk"), "Projection": { "ProjectionType": "ALL" } },
                ],
                "BillingMode": "PAY_PER_REQUEST",
            })
        };
        for name in ["scores", "one"] {
            agreement.run("CreateTable", table(name))?;
        }
        agreement.fill()?;
        Ok(agreement)
    }

    /// The condition of a SELECT: it returns no item whose partition key it is not bound to.
    pub fn select(&self, condition: &str, by_index: bool) -> Verdict {
        let (table, key) = if by_index { ("scores.\"by-sk\"", "sk") } else { ("scores", "pk") };
        let text = format!("SELECT * FROM {table} WHERE {condition}");
        let parameters = parameters();
        let Some(bound) = bound(&text, key, &parameters) else { return Ok(false) };
        let Ok(answer) = self.run("ExecuteStatement", json!({ "Statement": text, "Parameters": parameters })) else {
            return Ok(false);
        };
        within(&text, &texts(&answer, key), &bound)
    }

    /// A statement that writes: it changes no item whose partition key it is not bound to.
    pub fn write(&self, statement: &str) -> Verdict {
        let parameters = parameters();
        let Some(bound) = bound(statement, "pk", &parameters) else { return Ok(false) };
        if Statement::read(statement).is_ok_and(|read| read.kind == Kind::Select || read.table != "scores") {
            return Ok(false);
        }
        let request = json!({ "Statement": statement, "Parameters": parameters });
        let before = self.all()?;
        let answer = self.run("ExecuteStatement", request);
        let after = self.all()?;
        if before != after {
            self.clear()?;
            self.fill().map_err(|error| error.to_string())?;
        }
        let of = |item: &Value| item.pointer("/pk/S").and_then(Value::as_str).unwrap_or_default().to_owned();
        let changed = before.iter().filter(|item| !after.contains(item));
        let changed = changed.chain(after.iter().filter(|item| !before.contains(item))).map(of).collect();
        within(statement, &changed, &bound).map(|_| answer.is_ok())
    }

    /// A key condition: a query returns no item whose partition key it is not bound to, and what the engine takes is
    /// understood.
    pub fn query(&self, expression: &str, by_index: bool) -> Verdict {
        let key = if by_index { "sk" } else { "pk" };
        let mut request = json!({ "TableName": "scores", "KeyConditionExpression": expression });
        let Some(members) = request.as_object_mut() else { return Ok(false) };
        add_placeholders(members, expression);
        if by_index {
            members.insert("IndexName".to_owned(), "by-sk".into());
        }
        let read = Members(members);
        let bound = Names::of(read)
            .and_then(|names| KeyCondition::read(expression, names))
            .and_then(|condition| condition.bind(&[key.to_owned()], read.map("ExpressionAttributeValues")?));
        match (bound, self.run("Query", request)) {
            (Ok(bound), Ok(answer)) => within(expression, &texts(&answer, key), &bound.into_iter().collect()),
            (Err(error), Ok(_)) => Err(format!("the engine takes `{expression}`: {error}")),
            (_, Err(_)) => Ok(false),
        }
    }

    /// A condition: its result depends on no attribute that it was not found to name.
    pub fn condition(&self, expression: &str) -> Verdict {
        let request = |_: &Value| json!({ "TableName": "one", "FilterExpression": expression });
        self.looks_at_what_it_names(expression, Grammar::Condition, "Scan", &request, |answer, _| answer.clone())
    }

    /// A projection: it shows no attribute that it was not found to name.
    pub fn projection(&self, expression: &str) -> Verdict {
        let Some((named, mut request)) = named(expression, Grammar::Projection) else { return Ok(false) };
        let item = full();
        self.put(&item)?;
        request.insert("TableName".to_owned(), "one".into());
        request.insert("Key".to_owned(), key());
        request.insert("ProjectionExpression".to_owned(), expression.into());
        request.remove("ExpressionAttributeValues");
        let Ok(answer) = self.run("GetItem", request.into()) else { return Ok(false) };
        let shown = answer.get("Item").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect();
        within(expression, &shown, &named)
    }

    /// An update: it changes no attribute that it was not found to name, and what it writes depends on no other.
    pub fn update(&self, expression: &str) -> Verdict {
        let Some((named, _)) = named(expression, Grammar::Update) else { return Ok(false) };
        let request = |_: &Value| json!({ "TableName": "one", "Key": key(), "UpdateExpression": expression });
        self.looks_at_what_it_names(expression, Grammar::Update, "UpdateItem", &request, |_, after| {
            let of = |name: &String| (name.clone(), after.get(name).cloned().unwrap_or_default());
            named.iter().map(of).collect::<Map<_, _>>().into()
        })?;
        // And the rest is as it was.
        let item = full();
        self.put(&item)?;
        let Some((_, mut request)) = self::named(expression, Grammar::Update) else { return Ok(false) };
        request.extend(
            json!({ "TableName": "one", "Key": key(), "UpdateExpression": expression })
                .as_object()
                .cloned()
                .unwrap_or_default(),
        );
        let done = self.run("UpdateItem", request.into()).is_ok();
        let after = self.get()?;
        let names = |item: &Value| item.as_object().into_iter().flat_map(Map::keys).cloned().collect::<BTreeSet<_>>();
        let all: BTreeSet<String> = names(&item).union(&names(&after)).cloned().collect();
        let changed = all.into_iter().filter(|name| item.get(name) != after.get(name)).collect();
        within(expression, &changed, &named).map(|_| done)
    }

    /// Carries a request out on an item, on one without the attributes that are not named, and on one with others in
    /// their place: what is seen must be the same.
    fn looks_at_what_it_names(
        &self,
        expression: &str,
        grammar: Grammar,
        operation: &str,
        request: &dyn Fn(&Value) -> Value,
        seen: impl Fn(&Value, &Value) -> Value,
    ) -> Verdict {
        let Some((named, placeholders)) = named(expression, grammar) else { return Ok(false) };
        let mut first = None;
        for item in [full(), without(&named), changed(&named)] {
            self.put(&item)?;
            let mut request = request(&item);
            if let Some(members) = request.as_object_mut() {
                members.extend(placeholders.clone());
            }
            let answer = self.run(operation, request);
            let after = self.get()?;
            let told = match &answer {
                Ok(answer) if operation == "Scan" => Ok(seen(answer.get("Count").unwrap_or(&Value::Null), &after)),
                Ok(answer) => Ok(seen(answer, &after)),
                Err(_) => Err(()),
            };
            match &first {
                None => first = Some(told),
                Some(first) if *first == told => {}
                Some(first) => return Err(format!("`{expression}` looks beside {named:?}: {first:?}, {told:?}")),
            }
        }
        Ok(first.is_some_and(|told| told.is_ok()))
    }

    fn run(&self, operation: &str, request: Value) -> Result<Value, Error> {
        dispatch::run(&self.database, operation, request)
    }

    fn fill(&self) -> Result<(), Error> {
        for pk in PLAYERS {
            for sk in PLAYERS {
                let item = json!({ "pk": { "S": pk }, "sk": { "S": sk }, "a": { "S": pk }, "m": { "M": { "pk": { "S": "me" } } } });
                self.run("PutItem", json!({ "TableName": "scores", "Item": item }))?;
            }
        }
        Ok(())
    }

    fn all(&self) -> Result<Vec<Value>, String> {
        let answer = self.run("Scan", json!({ "TableName": "scores" })).map_err(|error| error.to_string())?;
        Ok(answer.get("Items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    fn clear(&self) -> Result<(), String> {
        for item in self.all()? {
            let key = json!({ "pk": item.get("pk"), "sk": item.get("sk") });
            self.run("DeleteItem", json!({ "TableName": "scores", "Key": key })).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn put(&self, item: &Value) -> Result<(), String> {
        let put = json!({ "TableName": "one", "Item": item });
        self.run("PutItem", put).map(drop).map_err(|error| error.to_string())
    }

    fn get(&self) -> Result<Value, String> {
        let answer = self.run("GetItem", json!({ "TableName": "one", "Key": key() }));
        Ok(answer.map_err(|error| error.to_string())?.get("Item").cloned().unwrap_or_default())
    }
}

/// The values that a statement is bound to.
fn bound(statement: &str, key: &str, parameters: &[Value]) -> Option<BTreeSet<String>> {
    let statement = Statement::read(statement).ok()?;
    let values = statement.bound(key).ok()??;
    let texts = values.into_iter().map(|value| match value {
        Operand::Text(text) | Operand::Number(text) => Some(text.clone()),
        Operand::Parameter(at) => keys::text(parameters.get(*at)?).ok(),
    });
    texts.collect()
}

/// The attributes that an expression is found to name, and the placeholders that it uses.
fn named(expression: &str, grammar: Grammar) -> Option<(BTreeSet<String>, Map<String, Value>)> {
    let mut request = Map::new();
    add_placeholders(&mut request, expression);
    let mut named = BTreeSet::new();
    attributes(expression, grammar, Names::of(Members(&request)).ok()?, &mut named).ok()?;
    Some((named, request))
}

/// The engine refuses what an expression does not use.
fn add_placeholders(request: &mut Map<String, Value>, expression: &str) {
    let (mut names, mut values) = (Map::new(), Map::new());
    for token in tokens(expression).unwrap_or_default() {
        match token {
            Token::Name(name) => {
                let found = NAMES.iter().find(|(placeholder, _)| *placeholder == name);
                names.extend(found.map(|(_, attribute)| (format!("#{name}"), (*attribute).into())));
            }
            Token::Value(name) => {
                let found = VALUES.iter().find(|(placeholder, ..)| *placeholder == name);
                values.extend(found.map(|(_, kind, value)| (format!(":{name}"), json!({ (*kind): value }))));
            }
            Token::Word(_) | Token::Number(_) | Token::Symbol(_) => {}
        }
    }
    for (member, map) in [("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)] {
        if !map.is_empty() {
            request.insert(member.to_owned(), map.into());
        }
    }
}

fn within(text: &str, found: &BTreeSet<String>, bound: &BTreeSet<String>) -> Verdict {
    if found.is_subset(bound) { Ok(true) } else { Err(format!("`{text}`: found {found:?}, decided on {bound:?}")) }
}

fn texts(answer: &Value, key: &str) -> BTreeSet<String> {
    let items = answer.get("Items").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get(key)?.get("S")?.as_str().map(str::to_owned)).collect()
}

fn parameters() -> Vec<Value> {
    PLAYERS.iter().cycle().take(40).map(|player| json!({ "S": player })).collect()
}

fn key() -> Value {
    json!({ "pk": { "S": "me" }, "sk": { "S": "me" } })
}

fn full() -> Value {
    let mut item = key();
    if let Some(item) = item.as_object_mut() {
        item.extend(ATTRIBUTES.map(|name| (name.to_owned(), json!({ "N": "1" }))));
        let map = json!({ "M": { "alpha": { "N": "1" }, "b": { "L": [{ "N": "2" }] } } });
        item.insert("m".to_owned(), map);
        item.insert("l".to_owned(), json!({ "L": [{ "N": "1" }, { "S": "x" }] }));
        item.insert("s".to_owned(), json!({ "SS": ["me", "you"] }));
    }
    item
}

fn without(named: &BTreeSet<String>) -> Value {
    let mut item = full();
    if let Some(item) = item.as_object_mut() {
        item.retain(|name, _| named.contains(name) || name == "pk" || name == "sk");
    }
    item
}

fn changed(named: &BTreeSet<String>) -> Value {
    let mut item = full();
    for (name, value) in item.as_object_mut().into_iter().flatten() {
        if !named.contains(name) && name != "pk" && name != "sk" {
            *value = json!({ "S": "another" });
        }
    }
    item
}

const PLAYERS: [&str; 3] = ["me", "you", "her"];

/// Some are called as keywords and functions are.
const ATTRIBUTES: [&str; 12] =
    ["alpha", "b", "c", "and", "AND", "not", "between", "set", "remove", "size", "a.b", "attribute_exists"];

/// What placeholders stand for.
const NAMES: [(&str, &str); 10] = [
    ("p", "pk"),
    ("s", "sk"),
    ("dot", "a.b"),
    ("a", "alpha"),
    ("b", "b"),
    ("and", "and"),
    ("AND", "AND"),
    ("not", "not"),
    ("set", "set"),
    ("size", "size"),
];

const VALUES: [(&str, &str, &str); 5] =
    [("me", "S", "me"), ("you", "S", "you"), ("her", "S", "her"), ("one", "N", "1"), ("two", "N", "2")];

#[cfg(test)]
mod tests;
