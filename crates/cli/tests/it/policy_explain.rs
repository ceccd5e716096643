//! `daypass policy explain`, and `simulate` of one request.

use serde_json::{Value, json};

use crate::daypass::daypass;

const PLAYER: &str = "../../../docs/policy/player.json";
const SCORES: &str = "arn:aws:dynamodb:us-east-1:111111111111:table/Scores";

fn flags<'a>(command: &'a str, key: &'a str, sub: &'a str) -> Vec<&'a str> {
    let mut flags = vec!["policy", command, "--principal", "arn:aws:sts::111111111111:assumed-role/Player/me"];
    flags.extend(["--action", "dynamodb:PutItem", "--resource", SCORES, "--identity", PLAYER]);
    flags.extend(["--context", key, "--context", sub]);
    flags
}

#[test]
fn exit_codes_say_how_it_was_decided() {
    for command in ["simulate", "explain"] {
        let sub = "cognito-identity.amazonaws.com:sub=us-east-1:7";
        assert_eq!(daypass(&flags(command, "dynamodb:LeadingKeys=us-east-1:7", sub), "").code, 0);
        assert_eq!(daypass(&flags(command, "dynamodb:LeadingKeys=us-east-1:8", sub), "").code, 1);
        assert_eq!(daypass(&flags(command, "no value", sub), "").code, 2);
        assert_eq!(daypass(&["policy", command], "").code, 2);
        assert_eq!(daypass(&["policy", command, "--action", "a:B", "--identity", "no-such.json"], "").code, 2);
        assert_eq!(daypass(&["policy", command, "--action", "a:B", "--request", "x.json"], "").code, 2);
    }
}

#[test]
fn machines_are_told_the_same_with_places() {
    let sub = "cognito-identity.amazonaws.com:sub=us-east-1:7";
    let mut arguments = flags("explain", "dynamodb:LeadingKeys=us-east-1:8", sub);
    arguments.push("--json");
    let ran = daypass(&arguments, "");
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &told["decision"]), (1, &json!("ImplicitlyDenied")));
    let place = &told["places"][0];
    assert_eq!(place["obstacle"]["key"], "dynamodb:LeadingKeys");
    assert_eq!(place["obstacle"]["wanted"], json!(["us-east-1:7"]));
    assert_eq!(place["obstacle"]["seen"], json!(["us-east-1:8"]));
    assert_eq!((&place["file"], &place["start"]["line"]), (&json!(PLAYER), &json!(16)));
    assert_eq!(told["opinions"], json!([{ "policy_type": "Identity", "verdict": "Silent", "statements": [] }]));
}

#[test]
fn a_request_file_is_quoted_where_its_policies_stand() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.json");
    let request = "{ \"principal\": \"arn:aws:iam::111111111111:user/ann\",\n  \"action\": \"s3:GetObject\", \
        \"resource\": \"arn:aws:s3:::b/k\",\n  \"scps\": [[\n    { \"Statement\": { \"Effect\": \"Deny\", \
        \"Action\": \"*\", \"Resource\": \"*\" } } ]] }\n";
    std::fs::write(&file, request).unwrap();
    let file = file.to_str().unwrap();
    let ran = daypass(&["policy", "explain", "--request", file], "");
    assert_eq!(ran.code, 1);
    let wanted = format!("statement 0 of scps[0][0] forbids it\n --> {file}:4:32\n");
    assert!(ran.out.contains(&wanted), "{}", ran.out);
    assert!(ran.out.contains("^^^^^^ applies, as a service control policy"), "{}", ran.out);
}

#[test]
fn the_context_follows_from_the_caller_unless_it_is_to_be_exact() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.json");
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}}"#;
    std::fs::write(&file, own).unwrap();
    let mut arguments = vec!["policy", "simulate", "--principal", "arn:aws:iam::111111111111:user/ann", "--action"];
    arguments.extend(["s3:GetObject", "--resource", "arn:aws:s3:::b/ann", "--identity", file.to_str().unwrap()]);
    assert_eq!(daypass(&arguments, "").code, 0);
    arguments.push("--exact-context");
    let ran = daypass(&arguments, "");
    assert_eq!(ran.code, 1);
    assert!(ran.out.ends_with("and has no value for `aws:username`\n"), "{}", ran.out);
}

#[test]
fn the_audit_log_tells_of_a_request_and_of_rotated_ones() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, allowed: bool, why: Value| {
        json!({ "time": "2026-01-01T00:00:00.000Z", "request_id": id, "service": "s3", "operation": "PutObject",
            "principal": "arn:aws:iam::111111111111:user/ann", "address": "127.0.0.1", "status": if allowed { 200 } else { 403 },
            "decisions": [{ "action": "s3:PutObject", "resource": "arn:aws:s3:::b/k", "allowed": allowed, "why": why }] })
        .to_string()
    };
    let log = folder.path().join("audit.log");
    let why =
        "no identity-based policy allows `s3:PutObject` on `arn:aws:s3:::b/k`; there is none with an \u{1b}[31mAllow";
    std::fs::write(
        &log,
        format!("not of the log\n{}\n{}\n", line("one", true, json!(null)), line("two", false, json!(why))),
    )
    .unwrap();
    std::fs::write(folder.path().join("audit.log.1"), format!("{}\n", line("old", true, json!(null)))).unwrap();
    let log = log.to_str().unwrap();
    let explain = |id: &str| daypass(&["policy", "explain", "--audit", log, id], "");
    assert_eq!((explain("one").code, explain("old").code), (0, 0));
    let two = explain("two");
    assert_eq!(two.code, 1);
    let wanted = "denied: s3:PutObject on arn:aws:s3:::b/k\n  no identity-based policy allows `s3:PutObject` on \
        `arn:aws:s3:::b/k`\n  there is none with an \u{fffd}[31mAllow\n";
    assert!(two.out.ends_with(wanted), "{}", two.out);
    let none = explain("three");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no line of request `three`"), "{}", none.err);
}
