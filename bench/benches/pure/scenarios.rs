//! The requests that are measured: five usual shapes of a role's policies, always under a permissions boundary and a
//! session policy, with the condition keys that the server fills for every request.

use std::sync::Arc;

use policy::{Context, Kind, Malformed, Named, Policies, Policy, Principal, Value};

use crate::Result;
use crate::bare;

/// A request and all that has a say in it.
pub struct Scenario {
    pub name: &'static str,
    pub action: &'static str,
    pub resource: String,
    pub bare: fn(&bare::Facts<'_>) -> bool,
    identity: Vec<Named>,
    boundary: Vec<Named>,
    session: Vec<Named>,
}

impl Scenario {
    /// A request that the identity policy, a list of statements, must allow.
    pub fn new(
        name: &'static str,
        statements: &str,
        (action, resource): (&'static str, &str),
        bare: fn(&bare::Facts<'_>) -> bool,
    ) -> Result<Self, Malformed> {
        Ok(Self {
            name,
            action,
            resource: resource.to_owned(),
            bare,
            identity: vec![named(&document(statements), Kind::Identity)?],
            boundary: vec![named(&document(BOUNDARY), Kind::Identity)?],
            session: vec![named(&document(SESSION), Kind::Session)?],
        })
    }

    pub fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: Some(&self.boundary),
            session: Some(&self.session),
            ..Policies::default()
        }
    }
}

/// The five scenarios.
pub fn all() -> Result<Vec<Scenario>, Malformed> {
    let own_object = format!("arn:aws:s3:::game/{SUB}/score");
    let scores = "arn:aws:dynamodb:us-east-1:111111111111:table/scores";
    let game = ("s3:GetObject", "arn:aws:s3:::game/replays/7/last");
    let team = ("s3:GetObject", "arn:aws:s3:::team-70-data/reports/last");
    Ok(vec![
        Scenario::new("own prefix of a bucket", OWN_DATA, ("s3:GetObject", &own_object), bare::user_prefix)?,
        Scenario::new("leading keys of a table", OWN_DATA, ("dynamodb:GetItem", scores), bare::leading_keys)?,
        Scenario::new("role with 10 statements", &ten_statements(), game, bare::ten_statements)?,
        Scenario::new("100 statements with wildcards", &teams(100), team, bare::hundred_statements)?,
        Scenario::new("deny by address and date", ADDRESS_AND_DATE, game, bare::address_and_date)?,
    ])
}

pub fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// Statements for so many buckets, each with wildcards in action and resource.
pub fn teams(count: usize) -> String {
    let statement = |team: usize| {
        format!(r#"{{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::team-{team:02}-*/reports/*"}}"#)
    };
    (0..count).map(statement).collect::<Vec<_>>().join(",")
}

/// Statements for so many actions of one service, on everything.
pub fn actions(count: usize) -> String {
    let statement =
        |number: usize| format!(r#"{{"Effect":"Allow","Action":"dynamodb:Call{number:02}","Resource":"*"}}"#);
    (0..count).map(statement).collect::<Vec<_>>().join(",")
}

fn ten_statements() -> String {
    let folders = ["assets", "maps", "music", "news", "patches", "quests", "replays", "skins", "sounds", "store"];
    let statement = |folder: &&str| {
        format!(
            r#"{{"Sid":"{folder}","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],
                "Resource":"arn:aws:s3:::game/{folder}/*"}}"#
        )
    };
    folders.iter().map(statement).collect::<Vec<_>>().join(",")
}

fn named(document: &str, kind: Kind) -> Result<Named, Malformed> {
    Ok(Named { name: "measured".into(), policy: Arc::new(Policy::parse(document, kind)?) })
}

/// A session of a role, as most requests have.
pub fn player() -> Result<Principal> {
    Ok(Principal::Session {
        arn: "arn:aws:sts::111111111111:assumed-role/player/CognitoIdentityCredentials".parse()?,
        role: "arn:aws:iam::111111111111:role/player".parse()?,
        account: "111111111111".parse()?,
        role_id: "AROAPLAYERPLAYERPLAYE".to_owned(),
        id: "AROAPLAYERPLAYERPLAYE:CognitoIdentityCredentials".to_owned(),
    })
}

/// The condition keys of the player's requests, in the order in which the server sets them.
pub fn context() -> Context {
    let texts = [
        ("aws:CurrentTime", TIME),
        ("aws:EpochTime", "1790000000"),
        ("aws:SourceIp", ADDRESS),
        ("aws:SecureTransport", "true"),
        ("aws:UserAgent", "aws-sdk-js/3.900.0 ua/2.1 os/linux lang/js md/nodejs#24.0.0 api/s3#3.900.0"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:ViaAWSService", "false"),
        ("aws:userid", "AROAPLAYERPLAYERPLAYE:CognitoIdentityCredentials"),
        ("aws:PrincipalAccount", "111111111111"),
        ("aws:PrincipalIsAWSService", "false"),
        ("aws:PrincipalType", "AssumedRole"),
        ("aws:PrincipalArn", "arn:aws:iam::111111111111:role/player"),
        ("aws:TokenIssueTime", TIME),
        ("aws:MultiFactorAuthPresent", "false"),
        ("aws:FederatedProvider", "cognito-identity.amazonaws.com"),
        ("aws:PrincipalTag/guild", "north"),
        ("cognito-identity.amazonaws.com:aud", "us-east-1:fedcba98-7654-3210-fedc-ba9876543210"),
        ("cognito-identity.amazonaws.com:sub", SUB),
        ("s3:authType", "REST-HEADER"),
        ("s3:signatureversion", "AWS4-HMAC-SHA256"),
        ("s3:signatureAge", "12"),
        ("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("aws:ResourceAccount", "111111111111"),
    ];
    let mut context: Context = texts.into_iter().collect();
    context.set("dynamodb:LeadingKeys", Value::Many(leading_keys()));
    context
}

pub fn leading_keys() -> Vec<String> {
    vec![SUB.to_owned()]
}

pub const SUB: &str = "us-east-1:01234567-89ab-cdef-0123-456789abcdef";
pub const ADDRESS: &str = "192.0.2.17";
pub const TIME: &str = "2026-09-24T10:20:30Z";

/// What an app's role usually has: a prefix of a bucket and leading keys of a table for each user.
pub const OWN_DATA: &str = r#"
    { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      "Resource": "arn:aws:s3:::game/${cognito-identity.amazonaws.com:sub}/*" },
    { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::game",
      "Condition": { "StringLike": { "s3:prefix": "${cognito-identity.amazonaws.com:sub}/*" } } },
    { "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/scores",
      "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${cognito-identity.amazonaws.com:sub}" } } }
"#;

const ADDRESS_AND_DATE: &str = r#"
    { "Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::game", "arn:aws:s3:::game/*"] },
    { "Effect": "Deny", "Action": "*", "Resource": "*",
      "Condition": { "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } } },
    { "Effect": "Deny", "Action": "*", "Resource": "*",
      "Condition": { "DateGreaterThanEquals": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } } }
"#;

const BOUNDARY: &str = r#"{ "Effect": "Allow", "Action": ["s3:*", "dynamodb:*"], "Resource": "*" }"#;

const SESSION: &str =
    r#"{ "Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "cognito-identity:*", "sqs:*"], "Resource": "*" }"#;
