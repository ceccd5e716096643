//! Simulations say what the live pipeline does: policies and requests made up from a seed, each asked of both.

use std::sync::Arc;

use http::Method;
use operation::{Host, Service};
use serde_json::{Value, json};
use server::testing::{Keys, TestServer};
use vocab::Secret;

fn services(host: &Arc<Host>) -> Vec<Service> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
    let engine = dynamo::Embedded::open(&folder.join("dynamodb")).unwrap();
    vec![
        iam::service(Arc::new(iam::Iam::default())),
        s3::service(s3::S3::embedded(&folder.join("objects"), host).unwrap()),
        dynamo::service(Arc::new(dynamo::Dynamo::new(engine))),
    ]
}

/// Chance from a seed: the multiplier and increment are Knuth's.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

const ACTIONS: [&str; 8] =
    ["s3:GetObject", "s3:Put*", "s3:*", "s3:DeleteObject", "dynamodb:GetItem", "dynamodb:*Item", "dynamodb:Query", "*"];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::game/*",
    "arn:aws:s3:::game/${aws:username}/*",
    "arn:aws:s3:::game/ann/?",
    "arn:aws:dynamodb:*:*:table/scores",
    "arn:aws:dynamodb:us-east-1:000000000000:table/*",
    "arn:aws:s3:::other/*",
];

fn statement(chance: &mut Chance) -> Value {
    let (actions, resources) =
        (chance.one(&["Action", "Action", "NotAction"]), chance.one(&["Resource", "Resource", "NotResource"]));
    let mut statement = json!({
        "Effect": chance.one(&["Allow", "Allow", "Deny"]),
        actions: [chance.one(&ACTIONS), chance.one(&ACTIONS)],
        resources: [chance.one(&RESOURCES)],
    });
    let condition = match chance.below(5) {
        0 => json!({ "StringEquals": { "aws:username": chance.one(&["ann", "bob"]) } }),
        1 => json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": chance.one(&["${aws:username}", "b*"]) } }),
        2 => json!({ "StringNotLike": { "aws:PrincipalTag/team": chance.one(&["r*", "blue"]) } }),
        _ => return statement,
    };
    statement["Condition"] = condition;
    statement
}

fn policy(chance: &mut Chance) -> String {
    let statements: Vec<Value> = (0..1 + chance.below(3)).map(|_| statement(chance)).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A request: its action, its resource, the key of its item, and whether it is let through.
async fn live(server: &TestServer, keys: &Keys, request: usize) -> (&'static str, String, Option<&'static str>, bool) {
    let key = ["ann/1", "ann/long", "bob/1"][request % 3];
    let player = ["ann", "bob"][request % 2];
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/scores".to_owned();
    let object = format!("arn:aws:s3:::game/{key}");
    let item = json!({ "player": { "S": player } });
    let (action, resource, leading, answer) = match request / 3 {
        0 => ("s3:GetObject", object, None, server.s3(Method::GET, &format!("/game/{key}"), &[], "", Some(keys)).await),
        1 => {
            ("s3:PutObject", object, None, server.s3(Method::PUT, &format!("/game/{key}"), &[], "x", Some(keys)).await)
        }
        2 => {
            let body = json!({ "TableName": "scores", "Key": item });
            let answer = server.json("dynamodb", "DynamoDB_20120810.GetItem", body, Some(keys)).await;
            ("dynamodb:GetItem", table, Some(player), answer)
        }
        _ => {
            let body = json!({ "TableName": "scores", "Item": item });
            let answer = server.json("dynamodb", "DynamoDB_20120810.PutItem", body, Some(keys)).await;
            ("dynamodb:PutItem", table, Some(player), answer)
        }
    };
    let allowed = answer.status == 200;
    assert!(allowed || answer.text().contains("AccessDenied"), "{action}: {}", answer.text());
    (action, resource, leading, allowed)
}

async fn simulated(server: &TestServer, action: &str, resource: &str, leading: Option<&str>) -> bool {
    let mut fields = vec![
        ("Action", "SimulatePrincipalPolicy"),
        ("PolicySourceArn", "arn:aws:iam::000000000000:user/ann"),
        ("ActionNames.member.1", action),
        ("ResourceArns.member.1", resource),
    ];
    if let Some(leading) = leading {
        fields.extend([
            ("ContextEntries.member.1.ContextKeyName", "dynamodb:LeadingKeys"),
            ("ContextEntries.member.1.ContextKeyType", "stringList"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", leading),
        ]);
    }
    let answer = server.query("iam", &fields, Some(&server.root)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.element("EvalDecision") == "allowed"
}

async fn set_up(server: &TestServer) -> Keys {
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let create = [&[("Action", "CreateUser"), ("UserName", "ann")][..], &tag].concat();
    assert_eq!(server.query("iam", &create, Some(&server.root)).await.status, 200);
    let made = server.query("iam", &[("Action", "CreateAccessKey"), ("UserName", "ann")], Some(&server.root)).await;
    assert_eq!(server.s3(Method::PUT, "/game", &[], "", Some(&server.root)).await.status, 200);
    for key in ["ann/1", "ann/long", "bob/1"] {
        assert_eq!(server.s3(Method::PUT, &format!("/game/{key}"), &[], "x", Some(&server.root)).await.status, 200);
    }
    let table = json!({
        "TableName": "scores",
        "KeySchema": [{ "AttributeName": "player", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "player", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let answer = server.json("dynamodb", "DynamoDB_20120810.CreateTable", table, Some(&server.root)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Keys { id: made.element("AccessKeyId"), secret: Secret::new(made.element("SecretAccessKey")), token: None }
}

#[tokio::test]
async fn a_simulation_says_what_the_live_pipeline_does() {
    let server = TestServer::start(services).await;
    let ann = set_up(&server).await;
    let mut chance = Chance(20_260_102);
    let mut allowed = [0, 0];
    for _ in 0..25 {
        let policy = policy(&mut chance);
        let put =
            [("Action", "PutUserPolicy"), ("UserName", "ann"), ("PolicyName", "own"), ("PolicyDocument", &policy)];
        let put = server.query("iam", &put, Some(&server.root)).await;
        assert_eq!(put.status, 200, "{policy}: {}", put.text());
        for request in 0..12 {
            let (action, resource, leading, live) = live(&server, &ann, request).await;
            let said = simulated(&server, action, &resource, leading).await;
            assert_eq!(said, live, "{action} on {resource} ({leading:?}) under {policy}");
            allowed[usize::from(live)] += 1;
        }
    }
    assert!(allowed.iter().all(|count| *count > 30), "the policies say both yes and no: {allowed:?}");
}
