//! ExecuteStatement, BatchExecuteStatement, ExecuteTransaction: one decision for each statement.

use operation::Visit;
use serde_json::Value;

use crate::backend::Schema;
use crate::conditions::with_failure;
use crate::document::{Members, members};
use crate::error::Error;
use crate::partiql::{Kind, Operand, Statement};
use crate::plan::{Facts, Plan, Refusal, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::tokens::Sealing;
use crate::{keys, table, tokens};

pub(crate) fn execute_statement<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("ExecuteStatement"));
        }
        let members = members(input, STATEMENT)?;
        let mut plan = Plan::new("ExecuteStatement", false);
        add(visit, &mut plan, members).await?;
        let what = continued(members)?;
        if let Some(token) = members.text("NextToken")? {
            let token = tokens::page(visit, &what, token).await?;
            plan.rewrite(input, "NextToken", token.into());
        }
        plan.sealing = Some(Sealing::Page { what });
        Ok(plan)
    })
}

pub(crate) fn batch_execute_statement<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    many(visit, input, &BATCH)
}

pub(crate) fn execute_transaction<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    many(visit, input, &TRANSACTION)
}

/// What a `NextToken` continues: this statement with these parameters.
fn continued(members: Members<'_>) -> Result<String, Error> {
    let parameters = serde_json::to_string(members.list("Parameters")?).map_err(Error::internal)?;
    Ok(format!("statement:{parameters}:{}", members.required_text("Statement")?))
}

struct Many {
    operation: &'static str,
    list: &'static str,
    most: usize,
    members: &'static [&'static str],
    of_entry: &'static [&'static str],
    encloses: bool,
}

fn many<'a>(visit: &'a Visit<Dynamo>, input: &'a Value, kind: &'static Many) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(kind.operation));
        }
        let statements = members(input, kind.members)?.list(kind.list)?;
        if statements.is_empty() || statements.len() > kind.most {
            let text = format!("`{}` has 1 to {} statements", kind.list, kind.most);
            return Err(Error::validation(text));
        }
        let mut plan = Plan::new(kind.operation, false);
        for statement in statements {
            add(visit, &mut plan, members(statement, kind.of_entry)?).await?;
        }
        if kind.encloses {
            for touch in &mut plan.touches {
                touch.context.set("dynamodb:EnclosingOperation", kind.operation);
            }
        }
        Ok(plan)
    })
}

/// Adds the decision on one statement.
async fn add(visit: &Visit<Dynamo>, plan: &mut Plan, entry: Members<'_>) -> Result<(), Error> {
    let statement = Statement::read(entry.required_text("Statement")?)?;
    if statement.table.starts_with("arn:") {
        return Err(Error::validation("a statement names its table plainly"));
    }
    let name = table::name(&statement.table, &visit.place)?;
    let index = statement.index.as_deref().map(table::index).transpose()?;
    let schema = schema(visit, plan, name).await?;
    plan.writes |= statement.kind != Kind::Select;
    let resource = table::index_arn(&visit.place, name, index);
    let touch = touch(&statement, entry, resource, schema.as_deref(), &mut plan.refusal);
    plan.touches.push(touch);
    Ok(())
}

fn touch(
    statement: &Statement,
    entry: Members<'_>,
    resource: String,
    schema: Option<&Schema>,
    refusal: &mut Refusal,
) -> Touch {
    let action = match statement.kind {
        Kind::Select => "dynamodb:PartiQLSelect",
        Kind::Insert => "dynamodb:PartiQLInsert",
        Kind::Update => "dynamodb:PartiQLUpdate",
        Kind::Delete => "dynamodb:PartiQLDelete",
    };
    let mut touch = Touch::new(action, resource);
    let leading = refusal.note(leading(statement, entry, schema)).flatten();
    let entries: Vec<Vec<String>> = leading.iter().flatten().map(|value| vec![value.clone()]).collect();
    keys::set_leading(&mut touch, &entries);
    touch.context.set("dynamodb:Attributes", statement.attributes.iter().cloned().collect::<Vec<_>>());
    match statement.kind {
        Kind::Select => {
            touch.context.set("dynamodb:FullTableScan", leading.is_none());
            touch.context.set(
                "dynamodb:Select",
                match statement.index {
                    _ if statement.projects => "SPECIFIC_ATTRIBUTES",
                    Some(_) => "ALL_PROJECTED_ATTRIBUTES",
                    None => "ALL_ATTRIBUTES",
                },
            );
        }
        Kind::Update | Kind::Delete => {
            let returned = with_failure(statement.returning, entry, refusal);
            touch.context.set("dynamodb:ReturnValues", returned);
        }
        Kind::Insert => {}
    }
    touch
}

/// The values that the partition key is bound to. `None`: a SELECT that nothing binds, or an unknown table.
fn leading(statement: &Statement, entry: Members<'_>, schema: Option<&Schema>) -> Result<Option<Vec<String>>, Error> {
    let parameters = entry.list("Parameters")?;
    let Some(schema) = schema else { return Ok(None) };
    let index = statement.index.as_deref();
    let hash = schema.hash_of(index).ok_or_else(|| {
        Error::validation(format!("The table does not have the specified index: {}", index.unwrap_or_default()))
    })?;
    let [attribute] = hash else {
        return Err(Error::validation("statements on an index of several partition key attributes are not served"));
    };
    match statement.bound(attribute)? {
        Some(values) => values.into_iter().map(|value| text(value, parameters)).collect::<Result<_, _>>().map(Some),
        None if statement.kind == Kind::Select => Ok(None),
        None if statement.kind == Kind::Insert => Err(Error::validation(format!(
            "One or more parameter values were invalid: Missing the key {attribute} in the item"
        ))),
        None => Err(Error::validation("Where clause does not contain a mandatory equality on all key attributes")),
    }
}

fn text(value: &Operand, parameters: &[Value]) -> Result<String, Error> {
    match value {
        Operand::Text(text) => Ok(text.clone()),
        Operand::Number(number) => {
            keys::number(number).ok_or_else(|| Error::validation("The provided key element does not match the schema"))
        }
        Operand::Parameter(at) => {
            let value = parameters.get(*at);
            let missing = || Error::validation("Number of parameters in request and statement don't match.");
            keys::text(value.ok_or_else(missing)?)
        }
    }
}

const STATEMENT: &[&str] = &[
    "Statement",
    "Parameters",
    "ConsistentRead",
    "NextToken",
    "ReturnConsumedCapacity",
    "Limit",
    "ReturnValuesOnConditionCheckFailure",
];

const BATCH: Many = Many {
    operation: "BatchExecuteStatement",
    list: "Statements",
    most: 25,
    members: &["Statements", "ReturnConsumedCapacity"],
    of_entry: &["Statement", "Parameters", "ConsistentRead", "ReturnValuesOnConditionCheckFailure"],
    encloses: false,
};

const TRANSACTION: Many = Many {
    operation: "ExecuteTransaction",
    list: "TransactStatements",
    most: 100,
    members: &["TransactStatements", "ClientRequestToken", "ReturnConsumedCapacity"],
    of_entry: &["Statement", "Parameters", "ReturnValuesOnConditionCheckFailure"],
    encloses: true,
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(request: &Value) -> Result<(Touch, Option<String>), Error> {
        let schema = Schema {
            hash: vec!["pk".to_owned()],
            indexes: [("by-game".to_owned(), vec!["game".to_owned()])].into(),
            stream_label: None,
            tags: std::collections::BTreeMap::new(),
        };
        let entry = Members(request.as_object().unwrap());
        let statement = Statement::read(entry.required_text("Statement")?)?;
        let mut refusal = Refusal::default();
        let touch = touch(&statement, entry, "arn".to_owned(), Some(&schema), &mut refusal);
        Ok((touch, refusal.told()))
    }

    fn texts(touch: &Touch, key: &str) -> String {
        touch.context.get(key).map(|value| value.texts().collect::<Vec<_>>().join(" ")).unwrap_or_default()
    }

    #[test]
    fn a_statement_is_decided_by_its_key() {
        let (touch, refused) = found(&json!({
            "Statement": "SELECT score FROM t WHERE pk IN [?, 'b', ?]",
            "Parameters": [{ "S": "a" }, { "N": "1.0" }],
        }))
        .unwrap();
        assert_eq!(touch.action, "dynamodb:PartiQLSelect");
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), "1 a b");
        assert_eq!(texts(&touch, "dynamodb:FullTableScan"), "false");
        assert_eq!(texts(&touch, "dynamodb:Select"), "SPECIFIC_ATTRIBUTES");
        assert_eq!(refused, None);
    }

    #[test]
    fn an_index_has_its_own_key() {
        let (touch, _) =
            found(&json!({ "Statement": "SELECT * FROM t.\"by-game\" WHERE game = 'x' AND pk = 'me'" })).unwrap();
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), "x");
        let (touch, _) = found(&json!({ "Statement": "SELECT * FROM t.\"by-game\" WHERE pk = 'me'" })).unwrap();
        assert_eq!(texts(&touch, "dynamodb:FullTableScan"), "true");
    }

    #[test]
    fn a_whole_table_is_nobodys() {
        let (touch, refused) = found(&json!({ "Statement": "SELECT * FROM t WHERE pk = 'me' OR score > 1" })).unwrap();
        assert_eq!(texts(&touch, "dynamodb:FullTableScan"), "true");
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), "\u{1}unknown\u{1}");
        assert_eq!(refused, None);
    }

    #[test]
    fn a_write_without_its_key_is_refused() {
        for request in [
            json!({ "Statement": "UPDATE t SET a = 1 WHERE sk = 'me'" }),
            json!({ "Statement": "DELETE FROM t WHERE pk > 'me'" }),
            json!({ "Statement": "INSERT INTO t VALUE {'sk': 'me'}" }),
            json!({ "Statement": "DELETE FROM t WHERE pk = ?" }),
            json!({ "Statement": "DELETE FROM t WHERE pk = ?", "Parameters": [{ "L": [] }] }),
            json!({ "Statement": "DELETE FROM t WHERE pk = ?", "Parameters": {} }),
        ] {
            let (touch, refused) = found(&request).unwrap();
            assert!(refused.is_some(), "{request}");
            assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), "\u{1}unknown\u{1}", "{request}");
        }
    }
}
