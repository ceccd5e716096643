//! What explanations say.

use policy::{Context, Effect, Explanation, Kind, Named, Policies, PolicyType, Request, explain};
use serde_json::{Value, json};

use crate::cases::parsed;
use crate::world::caller;

/// Explains a request of a session for its score.
fn of(
    action: &str,
    context: &[(&'static str, &str)],
    fill: impl FnOnce(&mut Policies<'_>),
    identity: Value,
) -> Explanation {
    let principal = caller("session");
    let mut policy = parsed(&identity, Kind::Identity, false);
    policy.name = "inline policy `scores` of role `Player`".into();
    let identity = [policy];
    let context: Context = context.iter().map(|(key, value)| (*key, *value)).collect();
    let request = Request {
        principal: &principal,
        action,
        resource: TABLE,
        resource_account: principal.account(),
        context: &context,
    };
    let mut policies = Policies { identity: &identity, ..Policies::default() };
    fill(&mut policies);
    explain(&request, &policies)
}

fn own_scores() -> Value {
    json!([
        { "Sid": "Profile", "Action": "s3:*", "Resource": "arn:aws:s3:::game/*" },
        { "Sid": "Scores", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": TABLE,
          "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${cognito-identity.amazonaws.com:sub}" } } },
    ])
}

#[test]
fn a_denial_names_the_condition_that_stood_against_it() {
    let context = [("dynamodb:LeadingKeys", "us-east-1:8"), ("cognito-identity.amazonaws.com:sub", "us-east-1:7")];
    let explanation = of("dynamodb:PutItem", &context, |_| {}, own_scores());
    assert_eq!(
        explanation.to_string(),
        "no identity-based policy allows `dynamodb:PutItem` on \
         `arn:aws:dynamodb:us-east-1:111111111111:table/Scores`; nearest is statement `Scores` of inline policy `scores` \
         of role `Player`: condition ForAllValues:StringEquals on `dynamodb:LeadingKeys` wants `us-east-1:7`, the \
         request has `us-east-1:8`"
    );
    assert_eq!(explanation.nearest[0].statement.index, 1);
    assert_eq!(explanation.nearest[0].obstacles.len(), 1);
}

#[test]
fn a_denial_names_the_action_that_is_missing() {
    let explanation = of("dynamodb:DeleteItem", &[], |_| {}, own_scores());
    let nearest = &explanation.nearest[0];
    assert_eq!(nearest.statement.sid.as_deref(), Some("Scores"));
    assert_eq!(nearest.obstacles[0].element, "Action");
    assert_eq!(nearest.obstacles[0].wanted, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    assert_eq!(nearest.obstacles[0].seen.as_deref(), Some(&["dynamodb:DeleteItem".to_owned()][..]));
}

#[test]
fn a_denial_tells_an_absent_key_from_a_wrong_one() {
    let wanted = json!([{ "Condition": { "StringEquals": { "aws:PrincipalTag/team": "red" } } }]);
    let line = of("dynamodb:PutItem", &[], |_| {}, wanted).to_string();
    assert!(
        line.ends_with("condition StringEquals on `aws:PrincipalTag/team` wants `red`, the request lacks it"),
        "{line}"
    );
}

#[test]
fn an_explicit_deny_names_its_statement() {
    let boundary =
        [parsed(&json!([{}, { "Sid": "NoScores", "Effect": "Deny", "Action": "dynamodb:*" }]), Kind::Identity, false)];
    let explanation = of("dynamodb:PutItem", &[], |policies| policies.boundary = None, json!([{}]));
    assert_eq!(explanation.matched.len(), 1);
    let principal = caller("session");
    let identity = [parsed(&json!([{}]), Kind::Identity, false)];
    let context = Context::new();
    let request = Request {
        principal: &principal,
        action: "dynamodb:PutItem",
        resource: TABLE,
        resource_account: None,
        context: &context,
    };
    let policies = Policies { identity: &identity, boundary: Some(&boundary), ..Policies::default() };
    let denied = explain(&request, &policies);
    assert_eq!(denied.matched[0].sid.as_deref(), Some("NoScores"));
    assert_eq!((denied.matched[0].effect, denied.matched[0].policy_type), (Effect::Deny, PolicyType::Boundary));
    assert!(denied.to_string().contains("is denied by statement `NoScores` of case"));
}

#[test]
fn an_allow_names_one_statement_of_each_type() {
    let explanation = of("dynamodb:PutItem", &[], |_| {}, own_scores());
    assert_eq!(explanation.matched.len(), 1);
    assert_eq!(
        explanation.to_string(),
        "`dynamodb:PutItem` on `arn:aws:dynamodb:us-east-1:111111111111:table/Scores` is allowed by statement `Scores` of \
         inline policy `scores` of role `Player`"
    );
}

#[test]
fn the_silent_level_of_an_organisation_is_the_one_that_is_explained() {
    let principal = caller("user");
    let identity = [parsed(&json!([{}]), Kind::Identity, false)];
    let level = |name: &str, statement: Value| {
        vec![Named { name: name.into(), ..parsed(&json!([statement]), Kind::Identity, false) }]
    };
    let levels = [level("the root", json!({})), level("the unit", json!({ "Action": "s3:*" }))];
    let context = Context::new();
    let request = Request {
        principal: &principal,
        action: "iam:GetUser",
        resource: "*",
        resource_account: None,
        context: &context,
    };
    let policies = Policies { identity: &identity, service_control: &levels, ..Policies::default() };
    let explanation = explain(&request, &policies);
    assert_eq!(explanation.nearest.len(), 1);
    assert_eq!(&*explanation.nearest[0].statement.policy, "the unit");
}

#[test]
fn a_grant_that_does_not_suffice_is_told_from_none() {
    let context = Context::new();
    let user = caller("user");
    let bucket = parsed(&json!([{ "Principal": { "AWS": "111111111111" } }]), Kind::Resource, false);
    let mut request = Request {
        principal: &user,
        action: "s3:GetObject",
        resource: "*",
        resource_account: user.account(),
        context: &context,
    };
    let policies = Policies { resource: Some(&bucket), ..Policies::default() };
    assert!(explain(&request, &policies).to_string().contains("leaves it to the identity policies"));

    let federated = caller("federated user");
    let identity = [parsed(&json!([{}]), Kind::Identity, false)];
    request.principal = &federated;
    let policies = Policies { identity: &identity, ..Policies::default() };
    assert!(explain(&request, &policies).to_string().contains("this session has none"));
}

#[test]
fn an_explanation_is_bounded_and_stays_on_one_line() {
    let many: Vec<String> = (0..50).map(|at| format!("wanted-{at}")).collect();
    let statements: Vec<Value> = (0..50).map(|_| json!({ "Condition": { "StringEquals": { "k": many } } })).collect();
    let seen = format!("a\nb\u{1b}[31m{}", "x".repeat(5000));
    let explanation = of("dynamodb:PutItem", &[("k", &seen)], |_| {}, json!(statements));
    let line = explanation.to_string();
    assert!(line.contains(r"a\nb\u{1b}[31m") && !line.contains('\n') && !line.contains('\u{1b}'));
    assert!(serde_json::to_string(&explanation).unwrap().len() < 4000);
}

#[test]
fn an_explanation_reads_well_as_json() {
    let context = [("dynamodb:LeadingKeys", "us-east-1:8"), ("cognito-identity.amazonaws.com:sub", "us-east-1:7")];
    let explanation = serde_json::to_value(of("dynamodb:PutItem", &context, |_| {}, own_scores())).unwrap();
    assert_eq!(explanation["decision"], json!({ "Denied": { "Implicit": "Identity" } }));
    assert_eq!(explanation["nearest"][0]["statement"]["policy"], "inline policy `scores` of role `Player`");
    assert_eq!(explanation["nearest"][0]["obstacles"][0]["seen"], json!(["us-east-1:8"]));
}

const TABLE: &str = "arn:aws:dynamodb:us-east-1:111111111111:table/Scores";
