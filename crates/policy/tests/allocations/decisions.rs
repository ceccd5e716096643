//! A decision allocates nothing, whatever the policies and the request look like.

use std::sync::Arc;

use policy::{Context, Kind, Named, Policies, Policy, Principal, Request, Value, decide};

/// Every operator in every form, variables and wildcards in every place, and Not-forms.
#[test]
fn a_decision_allocates_nothing() {
    let identity = [named(&statements(""), Kind::Identity), named(&many(), Kind::Identity)];
    let boundary = [named(&allow_all(""), Kind::Identity)];
    let session = [named(&allow_all(""), Kind::Session)];
    let resource = named(
        &statements(r#""Principal":{"AWS":["222222222222","arn:aws:iam::111111111111:user/ann"]},"#),
        Kind::Resource,
    );
    let organisation = [vec![named(&allow_all(""), Kind::Identity)], vec![named(&statements(""), Kind::Identity)]];
    let policies = Policies {
        identity: &identity,
        boundary: Some(&boundary),
        session: Some(&session),
        resource: Some(&resource),
        service_control: &organisation,
        ..Policies::default()
    };
    let mut decided = 0;
    for (context, principal) in contexts().iter().flat_map(|context| principals().map(|principal| (context, principal)))
    {
        for (action, resource) in REQUESTS {
            let request = Request {
                principal: &principal,
                action,
                resource,
                resource_account: "111111111111".parse().ok(),
                context,
            };
            let info = allocation_counter::measure(|| {
                std::hint::black_box(decide(&request, &policies));
            });
            assert_eq!(info.count_total, 0, "{action} {resource} {principal:?}");
            decided += 1;
        }
    }
    assert!(decided > 20);
}

/// The counter counts: what it says above is no oversight.
#[test]
fn an_explanation_allocates() {
    let identity = [named(&allow_all(""), Kind::Identity)];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let (context, [principal, ..]) = (Context::new(), principals());
    let request = Request {
        principal: &principal,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::game/ann",
        resource_account: None,
        context: &context,
    };
    let info = allocation_counter::measure(|| drop(policy::explain(&request, &policies)));
    assert!(info.count_total > 0);
}

/// A statement for each operator, its quantifiers and its suffix, none of which decides alone.
fn statements(principal: &str) -> String {
    let operators = [
        ("StringNotEquals", "k"),
        ("StringEqualsIgnoreCase", "${aws:username}\u{c9}"),
        ("StringLike", "*${k, 'd'}?x*"),
        ("NumericLessThan", "10.5"),
        ("DateGreaterThan", "2026-01-01T00:00:00.5+01:00"),
        ("Bool", "true"),
        ("BinaryEquals", "YW5u"),
        ("NotIpAddress", "10.0.0.0/8"),
        ("ArnLike", "arn:*:iam::${aws:username}:user/*"),
        ("Null", "true"),
    ];
    let keys = ["aws:username", "aws:CurrentTime", "aws:SourceIp", "dynamodb:LeadingKeys", "aws:PrincipalTag/\u{e9}"];
    let mut statements = vec![];
    for (operator, wanted) in operators {
        for quantifier in ["", "ForAllValues:", "ForAnyValue:"] {
            for key in keys {
                let resource = if quantifier.is_empty() { "Resource" } else { "NotResource" };
                statements.push(format!(
                    r#"{{"Effect":"Allow",{principal}"Action":["s3:*Object","iam:Get*","*"],
                        "{resource}":["arn:aws:s3:::game/${{aws:username}}/*x*","arn:aws:dynamodb:*:*:table/${{none}}"],
                        "Condition":{{"{quantifier}{operator}":{{"{key}":["{wanted}","{wanted}"]}}}}}}"#
                ));
            }
        }
    }
    statements.push(format!(
        r#"{{"Effect":"Deny",{principal}"NotAction":"s3:*","Resource":"*",
            "Condition":{{"NotIpAddressIfExists":{{"aws:SourceIp":["2001:db8::/32","192.0.2.0/24"]}}}}}}"#
    ));
    statements.join(",")
}

fn many() -> String {
    let statement = |number: usize| {
        format!(
            r#"{{"Effect":"Allow","Action":"s3:Get*","Resource":["arn:aws:s3:::game/{number}/*","arn:aws:s3:::a{number}"]}}"#
        )
    };
    (0..200).map(statement).collect::<Vec<_>>().join(",")
}

fn allow_all(principal: &str) -> String {
    format!(r#"{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}"#)
}

/// None, the usual keys, and more keys than are looked through.
fn contexts() -> [Context; 3] {
    let mut usual = Context::new();
    usual.set("AWS:username", "ann");
    usual.set("aws:CurrentTime", "2026-09-24T10:20:30Z");
    usual.set("aws:SourceIp", "::ffff:192.0.2.17");
    usual.set("aws:principaltag/\u{c9}", "ANN\u{e9}");
    usual.set("dynamodb:LeadingKeys", Value::Many(vec!["ann".to_owned(), "arn:aws:iam::ann:user/x".to_owned()]));
    let mut many = usual.clone();
    (0..200).for_each(|number| many.set(format!("aws:RequestTag/{number}\u{c9}"), "x"));
    [Context::new(), usual, many]
}

fn principals() -> [Principal; 3] {
    let user = Principal::User {
        arn: "arn:aws:iam::111111111111:user/ann".parse().unwrap(),
        account: "111111111111".parse().unwrap(),
        id: "AIDAANNANNANNANNANNA".to_owned(),
    };
    [user, Principal::Root { account: "222222222222".parse().unwrap() }, Principal::Anonymous]
}

fn named(statements: &str, kind: Kind) -> Named {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Named { name: "measured".into(), policy: Arc::new(Policy::parse(&document, kind).unwrap()) }
}

const LONG: &str = "s3:GetAnObjectWithANameThatIsAsLongAsTheApiAcceptsWhichIsOneHundredAndTwentyEightCharactersIfThisWereAnActionThatExistsAtAllToda";

const REQUESTS: [(&str, &str); 6] = [
    ("s3:GetObject", "arn:aws:s3:::game/ann/axb"),
    ("s3:PutObject", "arn:aws:s3:::game/199/x"),
    ("iam:GetUser", "arn:aws:iam::111111111111:user/ann"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/scores"),
    ("s3:ListAllMyBuckets", "*"),
    (LONG, "arn:aws:s3:::a7"),
];
