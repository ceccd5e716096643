//! The names in requests and answers: ours on one side, the engine's on the other.
//!
//! Only members that hold names are touched. What users keep is left alone, whatever it looks like.

use serde_json::{Map, Value};

use super::names::Names;
use crate::backend::Order;
use crate::error::Error;
use crate::{partiql, table};

/// Writes the engine's names into a request.
pub(super) fn to_engine(document: &mut Value, names: &Names) -> Result<(), Error> {
    if names.ours == names.theirs {
        return Ok(());
    }
    let Some(members) = document.as_object_mut() else { return Ok(()) };
    rename(members, names)?;
    if let Some(Value::Object(tables)) = members.get_mut("RequestItems") {
        let named = std::mem::take(tables).into_iter().map(|(name, entries)| Ok((theirs(names, &name)?, entries)));
        *tables = named.collect::<Result<_, Error>>()?;
    }
    for list in ["TransactItems", "Statements", "TransactStatements"] {
        for entry in members.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(entry) = entry.as_object_mut() else { continue };
            rename(entry, names)?;
            for item in entry.values_mut().filter_map(Value::as_object_mut) {
                rename(item, names)?;
            }
        }
    }
    Ok(())
}

/// `TableName` and `Statement` of one object.
fn rename(members: &mut Map<String, Value>, names: &Names) -> Result<(), Error> {
    if let Some(Value::String(name)) = members.get_mut("TableName") {
        *name = theirs(names, name)?;
    }
    if let Some(Value::String(statement)) = members.get_mut("Statement") {
        let read = partiql::Statement::read(statement)?;
        *statement = partiql::renamed(statement, &theirs(names, &read.table)?)?;
    }
    Ok(())
}

fn theirs(names: &Names, table: &str) -> Result<String, Error> {
    names.theirs_of(table).ok_or_else(|| Error::internal("a table was sent to an engine that does not keep it"))
}

/// Writes our names into an answer.
pub(super) fn from_engine(answer: &mut Value, order: &Order, names: &Names) {
    let Some(members) = answer.as_object_mut() else { return };
    let here = Here { order, names };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Table" | "TableDescription", Value::Object(description)) => here.table(description),
            ("ConsumedCapacity", Value::Object(capacity)) => here.name(capacity),
            ("ConsumedCapacity", Value::Array(list)) => here.each(list, Here::name),
            // Of one item it is an object of another shape; its members are no tables of ours.
            ("ItemCollectionMetrics", Value::Object(tables)) if order.operation.contains("Item") && is_many(order) => {
                here.keys(tables);
            }
            ("Responses" | "UnprocessedKeys" | "UnprocessedItems", Value::Object(tables)) => here.keys(tables),
            ("Responses", Value::Array(list)) if order.operation == "BatchExecuteStatement" => {
                here.each(list, Here::name);
            }
            ("Streams", Value::Array(list)) => here.each(list, Here::stream),
            ("StreamDescription", Value::Object(stream)) => here.stream(stream),
            ("Records", Value::Array(list)) => here.each(list, Here::record),
            _ => {}
        }
    }
}

fn is_many(order: &Order) -> bool {
    matches!(order.operation, "BatchWriteItem" | "TransactWriteItems")
}

struct Here<'a> {
    order: &'a Order,
    names: &'a Names,
}

impl Here<'_> {
    fn ours(&self, table: &str) -> String {
        // Clients and older engines say a table's ARN where they were given one.
        let table = table.rsplit('/').next().unwrap_or(table);
        self.names.ours_of(table).unwrap_or_else(|| table.to_owned())
    }

    fn arn(&self, table: &str) -> String {
        table::arn(&self.order.place(), table)
    }

    fn each(&self, list: &mut [Value], rewrite: fn(&Self, &mut Map<String, Value>)) {
        list.iter_mut().filter_map(Value::as_object_mut).for_each(|members| rewrite(self, members));
    }

    fn keys(&self, tables: &mut Map<String, Value>) {
        *tables = std::mem::take(tables).into_iter().map(|(name, value)| (self.ours(&name), value)).collect();
    }

    fn name(&self, members: &mut Map<String, Value>) {
        if let Some(Value::String(name)) = members.get_mut("TableName") {
            *name = self.ours(name);
        }
    }

    fn table(&self, description: &mut Map<String, Value>) {
        self.name(description);
        let Some(table) = description.get("TableName").and_then(Value::as_str).map(str::to_owned) else { return };
        let arn = self.arn(&table);
        for list in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes"] {
            for index in description.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let name = index.get("IndexName").and_then(Value::as_str).map(|name| format!("{arn}/index/{name}"));
                if let Some((own, name)) = index.get_mut("IndexArn").zip(name) {
                    *own = name.into();
                }
            }
        }
        let label = description.get("LatestStreamLabel").and_then(Value::as_str);
        let stream = label.map(|label| format!("{arn}/stream/{label}"));
        if let Some((own, stream)) = description.get_mut("LatestStreamArn").zip(stream) {
            *own = stream.into();
        }
        if let Some(own) = description.get_mut("TableArn") {
            *own = arn.into();
        }
    }

    fn stream(&self, stream: &mut Map<String, Value>) {
        self.name(stream);
        let text = |member| stream.get(member).and_then(Value::as_str);
        let Some((table, label)) = text("TableName").zip(text("StreamLabel")) else { return };
        let arn = format!("{}/stream/{label}", self.arn(table));
        stream.insert("StreamArn".to_owned(), arn.into());
    }

    fn record(&self, record: &mut Map<String, Value>) {
        if let Some(region) = record.get_mut("awsRegion") {
            *region = self.order.region.as_str().into();
        }
    }
}

/// Puts our names into the engine's words.
pub(super) fn in_words(words: &mut String, order: &Order, names: &Names, arns: &[(String, String)]) {
    for (theirs, ours) in arns {
        *words = words.replace(theirs.as_str(), ours);
    }
    if names.ours != names.theirs {
        for table in order.tables() {
            if let Some(theirs) = names.theirs_of(table) {
                *words = words.replace(&theirs, table);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names() -> Names {
        Names { ours: "game-".to_owned(), theirs: "prod.".to_owned() }
    }

    fn order(operation: &'static str) -> Order {
        Order {
            account: "000000000007".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            operation,
            writes: false,
            document: json!({ "TableName": "game-scores" }),
            relies_on: Vec::new(),
        }
    }

    #[test]
    fn names_of_requests_are_the_engines() {
        let put = json!({ "TableName": "game-scores", "Item": { "TableName": { "S": "game-x" } } });
        let statement = json!({ "Statement": "SELECT * FROM \"game-scores\" WHERE TableName = 'game-x'" });
        for (mut request, expected) in [
            (put.clone(), json!({ "TableName": "prod.scores", "Item": { "TableName": { "S": "game-x" } } })),
            (
                json!({ "RequestItems": { "game-a": [{ "PutRequest": { "Item": { "TableName": { "S": "game-x" } } } }] } }),
                json!({ "RequestItems": { "prod.a": [{ "PutRequest": { "Item": { "TableName": { "S": "game-x" } } } }] } }),
            ),
            (
                json!({ "TransactItems": [{ "Put": put }] }),
                json!({ "TransactItems": [{ "Put": { "TableName": "prod.scores", "Item": { "TableName": { "S": "game-x" } } } }] }),
            ),
            (
                json!({ "TransactStatements": [statement] }),
                json!({ "TransactStatements": [{ "Statement": "SELECT * FROM \"prod.scores\" WHERE TableName = 'game-x'" }] }),
            ),
        ] {
            to_engine(&mut request, &names()).unwrap();
            assert_eq!(request, expected);
        }
        let mut foreign = json!({ "TableName": "other" });
        assert!(to_engine(&mut foreign, &names()).is_err());
    }

    #[test]
    fn names_of_answers_are_ours() {
        let arn = "arn:aws:dynamodb:eu-west-1:000000000007:table/game-scores";
        let mut answer = json!({ "Table": {
            "TableName": "prod.scores",
            "TableArn": "arn:aws:dynamodb:ddblocal:000000000000:table/prod.scores",
            "LatestStreamLabel": "2020-01-01T00:00:00.000",
            "LatestStreamArn": "arn:aws:dynamodb:ddblocal:000000000000:table/prod.scores/stream/2020-01-01T00:00:00.000",
            "GlobalSecondaryIndexes": [{ "IndexName": "by-game", "IndexArn": "arn:x:table/prod.scores/index/by-game" }],
        } });
        from_engine(&mut answer, &order("DescribeTable"), &names());
        let expected = json!({ "Table": {
            "TableName": "game-scores",
            "TableArn": arn,
            "LatestStreamLabel": "2020-01-01T00:00:00.000",
            "LatestStreamArn": format!("{arn}/stream/2020-01-01T00:00:00.000"),
            "GlobalSecondaryIndexes": [{ "IndexName": "by-game", "IndexArn": format!("{arn}/index/by-game") }],
        } });
        assert_eq!(answer, expected);

        let item = json!({ "TableName": { "S": "prod.x" }, "awsRegion": { "S": "z" } });
        let mut answer = json!({
            "Responses": { "prod.scores": [item] },
            "UnprocessedKeys": {},
            "ConsumedCapacity": [{ "TableName": "prod.scores", "CapacityUnits": 1 }],
        });
        from_engine(&mut answer, &order("BatchGetItem"), &names());
        let expected = json!({
            "Responses": { "game-scores": [item] },
            "UnprocessedKeys": {},
            "ConsumedCapacity": [{ "TableName": "game-scores", "CapacityUnits": 1 }],
        });
        assert_eq!(answer, expected);
        // The item of a GetItem is the user's, whatever its attributes are called.
        let mut answer = json!({ "Item": { "TableName": { "S": "prod.x" }, "Table": { "M": {} } } });
        let before = answer.clone();
        from_engine(&mut answer, &order("GetItem"), &names());
        assert_eq!(answer, before);
    }
}
