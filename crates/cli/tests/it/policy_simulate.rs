//! `daypass policy simulate --json`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::daypass::daypass;

#[test]
fn every_line_is_answered_in_its_order_and_a_bad_one_stops_nothing() {
    let allow =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
    let deny = json!({ "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "*" } });
    let bad = json!({ "Statement": { "Effect": "Allow", "Action": "s3" } });
    let line = |id: Value, identity: Value| {
        json!({ "id": id, "principal": "arn:aws:iam::111111111111:user/ann", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k", "identity": identity })
        .to_string()
    };
    let lines = [
        line(json!(1), json!([allow])),
        line(json!("two"), json!([allow, deny])),
        "{".to_owned(),
        line(json!(null), json!([bad])),
        line(json!({"n": 5}), json!([])),
        line(json!(6), json!([allow.to_string()])),
        r#"{"id":7,"princpal":null,"action":"s3:GetObject","resource":"*"}"#.to_owned(),
    ];
    let ran = daypass(&["policy", "simulate", "--json"], &lines.join("\n"));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let answers: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        answers,
        [
            json!({ "id": 1, "decision": "Allowed",
                "why": "`s3:GetObject` on `arn:aws:s3:::b/k` is allowed by statement 0 of identity[0]" }),
            json!({ "id": "two", "decision": "ExplicitlyDenied",
                "why": "`s3:GetObject` on `arn:aws:s3:::b/k` is denied by statement 0 of identity[1]" }),
            json!({ "id": null, "error": "line 3: EOF while parsing an object at line 1 column 1" }),
            json!({ "id": null, "error": "line 4: `identity[0]`: Actions/Conditions must be prefaced by a vendor, \
                e.g., iam, sdb, ec2, etc." }),
            json!({ "id": { "n": 5 }, "decision": "ImplicitlyDenied",
                "why": "no identity-based policy allows `s3:GetObject` on `arn:aws:s3:::b/k`; there is none with an \
                    Allow" }),
            json!({ "id": 6, "decision": "Allowed",
                "why": "`s3:GetObject` on `arn:aws:s3:::b/k` is allowed by statement 0 of identity[0]" }),
            json!({ "id": 7, "error": "line 7: unknown field `princpal`, expected one of `id`, `principal`, \
                `action`, `resource`, `resourceAccount`, `context`, `identity`, `resourcePolicy`, `boundary`, \
                `session`, `scps`, `rcps`, `wildcardOnly` at line 1 column 18" }),
        ]
    );
}

#[test]
fn denials_are_answers_and_no_failure() {
    let ran = daypass(
        &["policy", "simulate", "--json"],
        r#"{"principal":null,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#,
    );
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with(r#"{"id":null,"decision":"ImplicitlyDenied","#), "{}", ran.out);
}

#[test]
fn a_line_is_answered_while_the_input_stays_open() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
        .args(["policy", "simulate", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for id in 0..3 {
        writeln!(input, r#"{{"id":{id},"action":"s3:GetObject","wildcardOnly":true}}"#).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{{\"id\":{id},\"decision\"")), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}
