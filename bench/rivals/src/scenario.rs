//! The five scenarios: the policy as IAM writes it, and requests that are allowed and refused.

use std::fmt::Write as _;

/// One scenario.
pub struct Scenario {
    pub name: &'static str,
    pub shape: Shape,
    /// The identity policy, as JSON.
    pub policy: String,
    pub requests: Vec<Request>,
}

/// Which of the five: rivals with a language of their own have it written in that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Prefix,
    LeadingKeys,
    Role,
    Hundred,
    Conditions,
}

/// A request and what is to be decided. The caller is always the user `ann`.
#[derive(Clone)]
pub struct Request {
    pub action: &'static str,
    pub resource: String,
    pub allowed: bool,
    pub leading_keys: Vec<&'static str>,
    pub address: &'static str,
    pub time: &'static str,
}

pub const ACCOUNT: &str = "111111111111";
pub const USER: &str = "arn:aws:iam::111111111111:user/ann";
pub const TABLE: &str = "arn:aws:dynamodb:us-east-1:111111111111:table/scores";
pub const INSIDE: &str = "10.1.2.3";
pub const NOW: &str = "2026-06-01T12:00:00Z";

fn request(allowed: bool, action: &'static str, resource: &str) -> Request {
    Request { action, resource: resource.to_owned(), allowed, leading_keys: vec![], address: INSIDE, time: NOW }
}

/// All five.
pub fn all() -> Vec<Scenario> {
    vec![prefix(), leading_keys(), role(), hundred(), conditions()]
}

fn prefix() -> Scenario {
    Scenario {
        name: "a prefix of a bucket for each user",
        shape: Shape::Prefix,
        policy: document(
            r#"{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::game/${aws:username}/*" }"#,
        ),
        requests: vec![
            request(true, "s3:GetObject", "arn:aws:s3:::game/ann/score"),
            request(false, "s3:GetObject", "arn:aws:s3:::game/bob/score"),
            request(false, "s3:DeleteObject", "arn:aws:s3:::game/ann/score"),
            request(false, "s3:GetObject", "arn:aws:s3:::other/ann/score"),
        ],
    }
}

fn leading_keys() -> Scenario {
    let with = |allowed, action, leading_keys| Request { leading_keys, ..request(allowed, action, TABLE) };
    Scenario {
        name: "leading keys of a table",
        shape: Shape::LeadingKeys,
        policy: document(&format!(
            r#"{{ "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "{TABLE}",
                "Condition": {{ "ForAllValues:StringEquals": {{ "dynamodb:LeadingKeys": "${{aws:username}}" }} }} }}"#
        )),
        requests: vec![
            with(true, "dynamodb:GetItem", vec!["ann"]),
            with(false, "dynamodb:GetItem", vec!["bob"]),
            with(false, "dynamodb:Query", vec!["ann", "bob"]),
            with(false, "dynamodb:PutItem", vec!["ann"]),
        ],
    }
}

/// What the statements of the role allow: action and resource.
pub const ROLE: [(&str, &str); 10] = [
    ("s3:ListBucket", "arn:aws:s3:::game"),
    ("s3:GetObject", "arn:aws:s3:::game/*"),
    ("s3:PutObject", "arn:aws:s3:::game/uploads/*"),
    ("s3:DeleteObject", "arn:aws:s3:::game/uploads/*"),
    ("dynamodb:GetItem", TABLE),
    ("dynamodb:PutItem", TABLE),
    ("dynamodb:Query", "arn:aws:dynamodb:us-east-1:111111111111:table/scores/index/*"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/worker"),
    ("cognito-identity:DescribeIdentityPool", "arn:aws:cognito-identity:us-east-1:111111111111:identitypool/*"),
    ("iam:GetRole", "arn:aws:iam::111111111111:role/app/*"),
];

fn role() -> Scenario {
    let statements = ROLE.map(|(action, resource)| allow(action, resource)).join(",");
    Scenario {
        name: "a role with 10 statements",
        shape: Shape::Role,
        policy: document(&statements),
        requests: vec![
            request(true, "iam:GetRole", "arn:aws:iam::111111111111:role/app/worker"),
            request(true, "s3:PutObject", "arn:aws:s3:::game/uploads/ann.png"),
            request(false, "s3:PutObject", "arn:aws:s3:::game/private/ann.png"),
            request(false, "iam:DeleteRole", "arn:aws:iam::111111111111:role/app/worker"),
        ],
    }
}

/// The pattern of one of the hundred statements.
pub fn bucket(number: usize) -> String {
    format!("arn:aws:s3:::bucket-{number}/*/data-*")
}

fn hundred() -> Scenario {
    let mut statements = String::new();
    for number in 0..100 {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(statements, "{comma}{}", allow("s3:Get*", &bucket(number)));
    }
    Scenario {
        name: "100 statements with wildcards",
        shape: Shape::Hundred,
        policy: document(&statements),
        requests: vec![
            request(true, "s3:GetObject", "arn:aws:s3:::bucket-73/2026/data-7"),
            request(false, "s3:GetObject", "arn:aws:s3:::bucket-73/2026/index"),
            request(false, "s3:PutObject", "arn:aws:s3:::bucket-73/2026/data-7"),
            request(false, "s3:GetObject", "arn:aws:s3:::bucket-100/2026/data-7"),
        ],
    }
}

fn conditions() -> Scenario {
    let policy = document(
        r#"{ "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::game/*" },
           { "Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": { "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"] } } },
           { "Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": { "DateGreaterThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } } }"#,
    );
    let base = request(true, "s3:GetObject", "arn:aws:s3:::game/ann/score");
    Scenario {
        name: "a Deny by address and date",
        shape: Shape::Conditions,
        policy,
        requests: vec![
            base.clone(),
            Request { allowed: false, address: "203.0.113.9", ..base.clone() },
            Request { allowed: false, time: "2031-06-01T12:00:00Z", ..base.clone() },
            Request { allowed: false, resource: "arn:aws:s3:::other/x".to_owned(), ..base },
        ],
    }
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{ "Effect": "Allow", "Action": "{action}", "Resource": "{resource}" }}"#)
}

fn document(statements: &str) -> String {
    format!(r#"{{ "Version": "2012-10-17", "Statement": [{statements}] }}"#)
}
