//! The analysers against the engine: what it returns or changes lies within what was decided on.

use std::collections::BTreeSet;

use dynoxide::Database;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::dispatch;
use crate::document::Members;
use crate::expression::{KeyCondition, Names};
use crate::keys;
use crate::partiql::{Operand, Statement};

thread_local! {
    static DATABASE: Database = database();
}

/// Nine items: three players in three games.
fn database() -> Database {
    let database = Database::memory().unwrap();
    let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let table = json!({
        "TableName": "scores",
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "GlobalSecondaryIndexes": [
            { "IndexName": "by-sk", "KeySchema": keys("sk", "pk"), "Projection": { "ProjectionType": "ALL" } },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    });
    dispatch::run(&database, "CreateTable", table).unwrap();
    for pk in PLAYERS {
        for sk in PLAYERS {
            let item = json!({ "pk": { "S": pk }, "sk": { "S": sk }, "a": { "S": pk }, "m": { "M": { "pk": { "S": "me" } } } });
            let put = json!({ "TableName": "scores", "Item": item });
            dispatch::run(&database, "PutItem", put).unwrap();
        }
    }
    database
}

const PLAYERS: [&str; 3] = ["me", "you", "her"];

fn run(operation: &str, request: Value) -> Option<Value> {
    DATABASE.with(|database| dispatch::run(database, operation, request).ok())
}

fn players(answer: &Value, key: &str) -> BTreeSet<String> {
    let items = answer["Items"].as_array().unwrap();
    items.iter().map(|item| item[key]["S"].as_str().unwrap().to_owned()).collect()
}

fn clause() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "pk = 'me'",
        "'you' = pk",
        "pk = ?",
        "? = \"pk\"",
        "pk IN ['me', ?]",
        "pk IN ('you')",
        "pk NOT IN ['you']",
        "pk <> 'me'",
        "pk > 'me'",
        "pk BETWEEN 'her' AND 'me'",
        "begins_with(pk, 'm')",
        "contains(pk, 'e')",
        "attribute_exists(pk)",
        "size(pk) > 1",
        "pk IS NOT MISSING",
        "pk = a",
        "pk = \"me\"",
        "pk = me",
        "m.pk = 'me'",
        "sk = 'her'",
        "sk IN ['me', 'her']",
        "a = 'you'",
        "a = 'x'' OR pk = ''you'",
        "\"sk\" = 'me'",
        "sk = ?",
    ]);
    plain.prop_map(str::to_owned).prop_recursive(4, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(left, right)| format!("{left} AND {right}")),
            two.clone().prop_map(|(left, right)| format!("{left} or {right}")),
            two.prop_map(|(left, right)| format!("({left}) AND NOT ({right})")),
            inner.clone().prop_map(|clause| format!("({clause})")),
            inner.prop_map(|clause| format!("NOT {clause}")),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "pk = :me",
        ":you = pk",
        "#p = :me",
        "pk > :me",
        "pk BETWEEN :me AND :you",
        "begins_with(pk, :me)",
        "sk = :you",
        ":me <= sk",
        "#s > :her",
        "sk BETWEEN :her AND :you",
        "begins_with ( sk , :me )",
        "sk <> :me",
        "pk IN (:me, :you)",
        "m.pk = :me",
        "#dot = :me",
    ]);
    plain.prop_map(str::to_owned).prop_recursive(3, 6, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            4 => two.clone().prop_map(|(left, right)| format!("{left} AND {right}")),
            1 => two.prop_map(|(left, right)| format!("{left} OR {right}")),
            1 => inner.clone().prop_map(|clause| format!("({clause})")),
            1 => inner.prop_map(|clause| format!("NOT {clause}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_select_returns_what_its_key_is_bound_to(clause in clause(), by_index in any::<bool>()) {
        let (table, key) = if by_index { ("scores.\"by-sk\"", "sk") } else { ("scores", "pk") };
        let text = format!("SELECT * FROM {table} WHERE {clause}");
        let parameters: Vec<Value> = PLAYERS.iter().cycle().take(40).map(|player| json!({ "S": player })).collect();
        let Ok(statement) = Statement::read(&text) else { return Ok(()) };
        let Ok(Some(values)) = statement.bound(key) else { return Ok(()) };
        let bound: BTreeSet<String> = values.into_iter().map(|value| match value {
            Operand::Text(text) | Operand::Number(text) => text.clone(),
            Operand::Parameter(at) => keys::text(&parameters[*at]).unwrap(),
        }).collect();
        let request = json!({ "Statement": text, "Parameters": parameters });
        if let Some(answer) = run("ExecuteStatement", request) {
            let found = players(&answer, key);
            prop_assert!(found.is_subset(&bound), "{text}: found {found:?}, bound {bound:?}");
        }
    }

    #[test]
    fn a_query_returns_what_its_key_is_bound_to(expression in expression(), by_index in any::<bool>()) {
        let key = if by_index { "sk" } else { "pk" };
        let mut request = json!({
            "TableName": "scores",
            "KeyConditionExpression": expression,
            "ExpressionAttributeNames": { "#p": "pk", "#s": "sk", "#dot": "m.pk" },
            "ExpressionAttributeValues": { ":me": { "S": "me" }, ":you": { "S": "you" }, ":her": { "S": "her" } },
        });
        for map in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
            // The engine refuses what an expression does not use.
            request[map].as_object_mut().unwrap().retain(|name, _| expression.contains(name.as_str()));
        }
        if request["ExpressionAttributeNames"] == json!({}) {
            request.as_object_mut().unwrap().remove("ExpressionAttributeNames");
        }
        if by_index {
            request["IndexName"] = "by-sk".into();
        }
        let members = Members(request.as_object().unwrap());
        let bound = KeyCondition::read(&expression, Names::of(members).unwrap())
            .and_then(|condition| condition.bind(&[key.to_owned()], members.map("ExpressionAttributeValues")?));
        let answer = run("Query", request.clone());
        match (bound, answer) {
            (Ok(bound), Some(answer)) => {
                let found = players(&answer, key);
                prop_assert!(found.is_subset(&bound.into_iter().collect()), "{expression}: {found:?}");
            }
            // What the engine takes, honest callers may send.
            (Err(_), Some(_)) => prop_assert!(false, "the engine takes {expression}"),
            (_, None) => {}
        }
    }
}

#[test]
fn statements_of_every_kind_are_carried_out() {
    for (statement, parameters) in [
        ("INSERT INTO scores VALUE {'pk': ?, 'sk': 'new', 'n': 1, 'l': ['a', 2], 's': <<'x'>>}", vec!["tmp"]),
        (
            "UPDATE scores SET a = ?, n = n + 1 REMOVE l WHERE pk = ? AND sk = 'new' RETURNING ALL NEW *",
            vec!["b", "tmp"],
        ),
        ("SELECT a, n FROM \"scores\" WHERE pk = ? AND sk = 'new'", vec!["tmp"]),
        ("DELETE FROM scores WHERE pk = 'tmp' AND sk = 'new' RETURNING ALL OLD *", vec![]),
    ] {
        let mut request = json!({ "Statement": statement });
        if !parameters.is_empty() {
            request["Parameters"] = parameters.iter().map(|text| json!({ "S": text })).collect();
        }
        let read = Statement::read(statement).unwrap();
        let value = read.bound("pk").unwrap().unwrap()[0].clone();
        match value {
            Operand::Text(text) => assert_eq!(text, "tmp"),
            Operand::Parameter(at) => assert_eq!(parameters[at], "tmp", "{statement}"),
            Operand::Number(_) => panic!("{statement}"),
        }
        assert!(run("ExecuteStatement", request).is_some(), "{statement}");
    }
}
