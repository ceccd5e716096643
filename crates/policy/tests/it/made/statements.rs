//! Statements by chance.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use super::values::condition;

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Identity,
    Resource,
    Trust,
    ResourceControl,
}

/// A statement that its kind of policy accepts.
pub(crate) fn statement(form: Form, effect: &'static str) -> impl Strategy<Value = Json> {
    let action = listed(actions(form), form != Form::Trust);
    let resource = listed(resource().boxed(), true);
    let condition = prop_oneof![3 => Just(None), 2 => condition().prop_map(Some)];
    (principal(form), action, resource, condition).prop_map(move |(principal, action, resource, condition)| {
        let mut statement = json!({ "Effect": effect });
        if let Some((not, who)) = principal {
            statement[if not { "NotPrincipal" } else { "Principal" }] = who;
        }
        statement[if action.0 { "NotAction" } else { "Action" }] = action.1;
        if form != Form::Trust {
            statement[if resource.0 { "NotResource" } else { "Resource" }] = resource.1;
        }
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

/// A statement about little: actions and resources begin with something, and lists of them may be long.
pub(super) fn narrow(form: Form, effect: &'static str) -> impl Strategy<Value = Json> {
    let length = || prop_oneof![8 => 1..4_usize, 1 => 8..20_usize];
    let action = (select(&NARROW[..]), prop_oneof![Just(""), Just("*"), Just("?")])
        .prop_map(|(action, rest)| format!("{action}{rest}"))
        .boxed();
    let actions = (length(), prop::bool::weighted(0.03))
        .prop_flat_map(move |(length, not)| (Just(not), vec(action.clone(), length)));
    let resource = (select(&LITERAL[..]), vec(select(&PIECES[..]), 0..3))
        .prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()))
        .boxed();
    let resources = (length(), prop::bool::weighted(0.03))
        .prop_flat_map(move |(length, not)| (Just(not), vec(resource.clone(), length)));
    let values = length().prop_flat_map(|length| vec(select(&PIECES[..]), length));
    let condition = (select(&["StringEquals", "StringLike", "ForAnyValue:StringEquals"][..]), 0..200_u8, values)
        .prop_map(|(operator, key, values)| json!({ operator: { format!("tag/{key}"): values } }));
    let condition = prop_oneof![4 => Just(None), 1 => condition.prop_map(Some)];
    (principal(form), actions, resources, condition).prop_map(move |(principal, actions, resources, condition)| {
        let mut statement = json!({ "Effect": effect });
        if let Some((not, who)) = principal {
            statement[if not { "NotPrincipal" } else { "Principal" }] = who;
        }
        statement[if actions.0 { "NotAction" } else { "Action" }] = json!(actions.1);
        statement[if resources.0 { "NotResource" } else { "Resource" }] = json!(resources.1);
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

/// One to three of something, at times bare, at times in the Not-form.
fn listed(one: BoxedStrategy<String>, may_be_not: bool) -> impl Strategy<Value = (bool, Json)> {
    let not = prop_oneof![5 => Just(false), 1 => Just(may_be_not)];
    (not, vec(one, 1..4), any::<bool>()).prop_map(|(not, texts, bare)| match texts.as_slice() {
        [only] if bare => (not, json!(only)),
        _ => (not, json!(texts)),
    })
}

fn actions(form: Form) -> BoxedStrategy<String> {
    if form == Form::Trust {
        return select(&TRUST_ACTIONS[..]).prop_map(str::to_owned).boxed();
    }
    let made = vec(select(&NAME_PIECES[..]), 0..5).prop_map(|pieces| format!("s3:{}", pieces.concat()));
    prop_oneof![3 => select(&ACTIONS[..]).prop_map(str::to_owned), 1 => made].boxed()
}

pub(super) fn resource() -> impl Strategy<Value = String> {
    let made = (select(&HEADS[..]), vec(select(&PIECES[..]), 0..5));
    let made = made.prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()));
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => Just("arn:aws:s3:::game/*".to_owned()),
        6 => made,
        1 => select(&SHORT[..]).prop_map(str::to_owned),
    ]
}

type Who = Option<(bool, Json)>;

pub(super) fn principal(form: Form) -> BoxedStrategy<Who> {
    let kinds = || {
        let one = prop_oneof![
            6 => select(&AWS[..]).prop_map(|name| ("AWS", name)),
            1 => select(&SERVICES[..]).prop_map(|name| ("Service", name)),
            1 => select(&PROVIDERS[..]).prop_map(|name| ("Federated", name)),
        ];
        vec(one, 1..4).prop_map(|named| {
            let mut kinds: Map<String, Json> = Map::new();
            for (kind, name) in named {
                match kinds.entry(kind).or_insert(json!([])) {
                    Json::Array(names) => names.push(name.into()),
                    other => panic!("{other} is no list"),
                }
            }
            Json::from(kinds)
        })
    };
    match form {
        Form::Identity => Just(None).boxed(),
        Form::ResourceControl => Just(Some((false, json!("*")))).boxed(),
        Form::Trust => kinds().prop_map(|who| Some((false, who))).boxed(),
        Form::Resource => prop_oneof![
            2 => Just((false, json!("*"))),
            4 => kinds().prop_map(|who| (false, who)),
            1 => kinds().prop_map(|who| (true, who)),
        ]
        .prop_map(Some)
        .boxed(),
    }
}

const ACTIONS: [&str; 16] = [
    "*",
    "*",
    "s3:*",
    "S3:get*",
    "s3:GetObject",
    "s3:?etObject",
    "s3:*Object",
    "*:GetObject",
    "*:*",
    "s3:GetObject*",
    "s3: GetObject",
    "iam:*",
    "iam:GetUser",
    "dynamodb:S?an",
    "nosuch:GetObject",
    "s3:Get*?a**g*",
];
const NARROW: [&str; 12] = [
    "s3:GetObject",
    "S3:getobjec",
    "s3:Put",
    "s3:PutObject",
    "s3:GetObjectTagging",
    "s3:List",
    "iam:GetUser",
    "iam:Get",
    "dynamodb:Scan",
    "dynamodb:",
    "sqs:SendMessage",
    "sqs:Get",
];
const LITERAL: [&str; 10] = [
    "arn:aws:s3:::game/",
    "arn:aws:s3:::game/a",
    "arn:aws:s3:::game",
    "arn:aws:s3:::a",
    "arn:aws:s3:::b/",
    "arn:aws:s3:::other/",
    "arn:aws:sqs:us-east-1:111111111111:",
    "arn:aws:sqs:us-east-1:111111111111:a",
    "arn:aws:sqs:us-*:111111111111:game",
    "arn:aws-cn:s3:::game/",
];
const NAME_PIECES: [&str; 7] = ["*", "?", "Get", "Object", "ject", "Put", "g"];
const TRUST_ACTIONS: [&str; 7] = [
    "sts:AssumeRole",
    "sts:assumerole",
    "STS:AssumeRole*",
    "sts:*",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:?agSession",
];
const HEADS: [&str; 9] = [
    "arn:aws:s3:::",
    "arn:aws:s3:::",
    "arn:aws:s3:::game",
    "arn:*:s3:::game/",
    "arn:aws:s3:*:*:",
    "arn:aws:sqs:us-*:111111111?11:",
    "arn:aws:sqs:*:*:",
    "arn:aws:sqs:${aws:username}:*:",
    "a*:aws:s3:::",
];
const SHORT: [&str; 6] = [
    "arn:aws:s3",
    "arn:*:s3",
    "arn:aws:s3:*",
    "arn:aws:sqs:us-east-1",
    "arn:aws:sqs:*:?",
    "arn:aws:sqs:*:111111111111",
];
/// Of the sixth parts of resources, and of condition values.
pub(super) const PIECES: [&str; 34] = [
    "game",
    "/",
    "/",
    "a",
    "a",
    "b",
    "ab",
    "*",
    "*",
    "?",
    ":",
    "\u{e9}",
    "${k}",
    "${k}",
    "${K}",
    "${m}",
    "${aws:username}",
    "${AWS:PrincipalTag/Team}",
    "${absent}",
    "${absent, 'a'}",
    "${absent, ''}",
    "${k, 'b*'}",
    "${k, '}:'}",
    "${*}",
    "${?}",
    "${$}",
    "$",
    "${",
    "}",
    "${}",
    "${ k}",
    "${k,'a'}",
    "${k, a}",
    "'",
];
const AWS: [&str; 16] = [
    "*",
    "111111111111",
    "222222222222",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:user/team/ann",
    "arn:aws:iam::111111111111:user/ann",
    "arn:aws:iam::222222222222:user/bob",
    "arn:aws:iam::111111111111:role/app/Player",
    "arn:aws:iam::222222222222:role/Visitor",
    "arn:aws:sts::111111111111:assumed-role/Player/s1",
    "arn:aws:sts::111111111111:assumed-role/Player/s2",
    "arn:aws:sts::222222222222:assumed-role/Visitor/s1",
    "arn:aws:sts::111111111111:federated-user/fay",
    "AIDAANNANNANNANNANNA",
    "AROAPLAYERPLAYERPLAY",
    "AIDABOBBOBBOBBOBBOBB",
];
const SERVICES: [&str; 2] = ["lambda.amazonaws.com", "ec2.amazonaws.com"];
const PROVIDERS: [&str; 3] = [
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "arn:aws:iam::111111111111:oidc-provider/login.example.com/x",
];
