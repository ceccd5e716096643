//! `daypass policy check`.

use serde_json::{Value, json};

use crate::daypass::daypass;

fn check(arguments: &[&str], policy: &Value) -> (i32, Value) {
    let arguments = [&["policy", "check", "--json", "-"], arguments].concat();
    let ran = daypass(&arguments, &policy.to_string());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{} {}", ran.out, ran.err)))
}

fn statement(members: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::game/*" });
    statement.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "Version": "2012-10-17", "Statement": statement })
}

#[test]
fn a_clean_policy_is_clean() {
    assert_eq!(check(&["--deny-warnings"], &statement(json!({}))), (0, json!([])));
}

#[test]
fn an_error_has_the_words_of_aws_and_its_place() {
    let (code, findings) = check(&[], &statement(json!({ "Action": "s3" })));
    assert_eq!(code, 1);
    assert_eq!(findings[0]["message"], "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    assert_eq!((&findings[0]["level"], &findings[0]["start"]["line"]), (&json!("error"), &json!(1)));
}

#[test]
fn warnings_fail_only_where_they_are_to() {
    let wide = statement(json!({ "NotAction": "iam:*" }));
    let mut wide = wide;
    wide["Statement"].as_object_mut().unwrap().remove("Action");
    let (code, findings) = check(&[], &wide);
    assert_eq!((code, &findings[0]["level"]), (0, &json!("warning")));
    assert!(findings[0]["code"].is_string());
    assert_eq!(check(&["--deny-warnings"], &wide).0, 1);
}

#[test]
fn the_kind_is_guessed_from_the_principal_unless_it_is_told() {
    let kind = |arguments: &[&str], policy: &Value| check(arguments, policy).1[0]["kind"].clone();
    let mut trust = statement(json!({ "Principal": { "AWS": "*" }, "Action": "sts:NoSuch" }));
    trust["Statement"].as_object_mut().unwrap().remove("Resource");
    assert_eq!(kind(&[], &trust), "trust");
    assert_eq!(kind(&[], &statement(json!({ "Principal": "*", "Action": "s3:NoSuch" }))), "bucket");
    let queue =
        statement(json!({ "Principal": "*", "Resource": "arn:aws:sqs:us-east-1:111111111111:q", "Effect": "x" }));
    assert_eq!(kind(&[], &queue), "resource");
    let bad = statement(json!({ "Effect": "x" }));
    assert_eq!(kind(&[], &bad), "identity");
    for told in ["identity", "managed", "trust", "bucket", "session", "resource", "scp", "rcp"] {
        assert_eq!(kind(&["--kind", told], &bad), told);
    }
}

#[test]
fn a_bucket_policy_of_another_bucket_is_an_error() {
    let policy = statement(json!({ "Principal": { "AWS": "111111111111" } }));
    assert_eq!(check(&["--bucket", "game"], &policy).0, 0);
    let (code, findings) = check(&["--bucket", "other"], &policy);
    assert_eq!((code, &findings[0]["message"]), (1, &json!("Policy has invalid resource")));
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_being_checked() {
    let ran = daypass(&["policy", "check", "no-such.json", "-"], "{");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no-such.json: No such file"), "{}", ran.err);
    assert!(ran.out.contains("error: Syntax errors in policy.\n --> -:1:1"), "{}", ran.out);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_daypass"))
        .args(["policy", "check", "--json", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
}
