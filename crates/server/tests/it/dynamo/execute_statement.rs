//! ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_statement_is_decided_by_its_key() {
    let server = start().await;
    let me = player(&server).await;
    for (statement, expected) in [
        ("SELECT * FROM scores WHERE player = 'me'", "allowed"),
        ("SELECT * FROM \"scores\" WHERE game = 'go' AND \"player\" = ?", "allowed"),
        ("SELECT * FROM scores WHERE player IN ['me']", "allowed"),
        ("SELECT * FROM scores", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player = 'you'", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player IN ['me', 'you']", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player = 'me' OR player = 'you'", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player = 'me' OR score > 1", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE NOT player = 'you'", "AccessDeniedException"),
        ("SELECT * FROM scores.\"by-game\" WHERE game = 'chess' AND player = 'me'", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player = 'you' -- AND player = 'me'", "ValidationException"),
        ("SELECT * FROM scores WHERE player = 'me'; DELETE FROM scores", "ValidationException"),
        ("UPDATE scores SET score = 9 WHERE player = 'me' AND game = 'chess'", "allowed"),
        ("UPDATE scores SET score = 9 WHERE player = 'you' AND game = 'chess'", "AccessDeniedException"),
        ("INSERT INTO scores VALUE {'player': 'me', 'game': 'x'}", "allowed"),
        ("INSERT INTO scores VALUE {'player': 'you', 'game': 'x'}", "AccessDeniedException"),
        ("DELETE FROM scores WHERE player = 'me' AND game = 'x'", "allowed"),
        ("DELETE FROM scores WHERE player = 'you' AND game = 'chess'", "AccessDeniedException"),
        ("DELETE FROM absent WHERE player = 'me'", "AccessDeniedException"),
    ] {
        let mut body = json!({ "Statement": statement });
        if statement.contains('?') {
            body["Parameters"] = json!([{ "S": "me" }]);
        }
        assert_eq!(outcome(&server, "ExecuteStatement", body, &me).await, expected, "{statement}");
    }
}

#[tokio::test]
async fn a_full_scan_can_be_forbidden() {
    let server = start().await;
    let all = json!({ "Effect": "Allow", "Action": "dynamodb:PartiQL*", "Resource": "*" });
    let no_scan = json!({
        "Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": "*",
        "Condition": { "Bool": { "dynamodb:FullTableScan": "true" } },
    });
    let careful = user(&server, "careful", &[all, no_scan]).await;
    for (statement, expected) in [
        ("SELECT * FROM scores WHERE player = 'you'", "allowed"),
        ("SELECT * FROM scores", "AccessDeniedException"),
        ("SELECT * FROM scores WHERE player > 'a'", "AccessDeniedException"),
    ] {
        let body = json!({ "Statement": statement });
        assert_eq!(outcome(&server, "ExecuteStatement", body, &careful).await, expected, "{statement}");
    }
    let body = json!({ "Statement": "SELECT * FROM scores" });
    assert_eq!(
        call(&server, "ExecuteStatement", body, &server.root).await.json()["Items"].as_array().unwrap().len(),
        3
    );
}

#[tokio::test]
async fn each_statement_of_many_is_decided() {
    let server = start().await;
    let me = player(&server).await;
    let of = |whose: &str| json!({ "Statement": format!("SELECT * FROM scores WHERE player = '{whose}' AND game = 'chess'") });
    for (list, operation) in [("Statements", "BatchExecuteStatement"), ("TransactStatements", "ExecuteTransaction")] {
        assert_eq!(outcome(&server, operation, json!({ list: [of("me")] }), &me).await, "allowed");
        assert_eq!(
            outcome(&server, operation, json!({ list: [of("me"), of("you")] }), &me).await,
            "AccessDeniedException"
        );
    }
}

#[tokio::test]
async fn a_token_continues_its_own_statement() {
    let server = start().await;
    let me = player(&server).await;
    let of =
        |whose: &str| json!({ "Statement": "SELECT * FROM scores WHERE player = ?", "Parameters": [{ "S": whose }] });
    let mut first = of("me");
    first["Limit"] = 1.into();
    let page = call(&server, "ExecuteStatement", first.clone(), &me).await.json();
    assert_eq!(page["Items"], json!([item("me", "chess")]));
    first["NextToken"] = page["NextToken"].clone();
    let page = call(&server, "ExecuteStatement", first.clone(), &me).await.json();
    assert_eq!(page["Items"], json!([item("me", "go")]));
    for mut other in [of("you"), json!({ "Statement": "SELECT * FROM scores" })] {
        other["NextToken"] = first["NextToken"].clone();
        assert_eq!(outcome(&server, "ExecuteStatement", other, &server.root).await, "ValidationException");
    }
}
