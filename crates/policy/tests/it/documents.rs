//! Documents that are refused, with the words of the refusal, and odd ones that are accepted: the cases that have a
//! `kind`.

use policy::{Kind, Policy, check_bucket};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[expect(dead_code, reason = "read from the JSON by the test of the rules")]
    rule: String,
    #[expect(dead_code, reason = "read from the JSON by whoever runs the case")]
    why: String,
    kind: String,
    /// The text of the document,
    text: Option<String>,
    /// or the document,
    document: Option<Value>,
    /// or what its only statement has beside what every statement of the kind needs; `null` takes a member away.
    statement: Option<serde_json::Map<String, Value>>,
    /// Of a bucket policy: the bucket.
    bucket: Option<String>,
    /// Left out where the document is accepted.
    error: Option<String>,
}

/// Holds a document against what is expected of it.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    let kind = kind(&case.kind);
    let built = || case.document.clone().unwrap_or_else(|| document(kind, case.statement.as_ref()));
    let text = case.text.clone().unwrap_or_else(|| built().to_string());
    let bucket = case.bucket.as_deref().unwrap_or("game");
    let checked = |policy: Policy| if kind == Kind::Bucket { check_bucket(&policy, bucket) } else { Ok(()) };
    let got = Policy::parse(&text, kind).and_then(checked).err().map(|error| error.to_string());
    if got == case.error {
        return Ok(());
    }
    Err(format!("expected {:?}, got {got:?}", case.error))
}

fn document(kind: Kind, members: Option<&serde_json::Map<String, Value>>) -> Value {
    let mut statement = match kind {
        Kind::Trust => json!({ "Effect": "Allow", "Principal": { "AWS": "111111111111" }, "Action": "sts:AssumeRole" }),
        Kind::Bucket | Kind::Resource | Kind::ResourceControl => json!({
            "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::game/*",
        }),
        Kind::Identity | Kind::Managed | Kind::Session => {
            json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" })
        }
    };
    for (name, value) in members.into_iter().flatten() {
        match value {
            Value::Null => drop(statement.as_object_mut().unwrap().remove(name)),
            value => statement[name] = value.clone(),
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statement })
}

fn kind(name: &str) -> Kind {
    match name {
        "identity" => Kind::Identity,
        "managed" => Kind::Managed,
        "trust" => Kind::Trust,
        "bucket" => Kind::Bucket,
        "session" => Kind::Session,
        "resource" => Kind::Resource,
        "rcp" => Kind::ResourceControl,
        other => panic!("no kind is called {other}"),
    }
}
