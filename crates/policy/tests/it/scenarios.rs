//! Scenarios: how the JSON of a request becomes what is decided.

use policy::{BadScenario, Context, Decision, Library, PolicyType, Principal, Reason, Scenario, Value, decide};
use serde_json::{Value as Json, json};

fn read(scenario: &Json) -> Result<Scenario, BadScenario> {
    Scenario::read(&scenario.to_string(), &mut Library::default())
}

fn allows(mut scenario: Json) -> bool {
    let members = scenario.as_object_mut().unwrap();
    members.entry("action").or_insert("s3:GetObject".into());
    members.entry("resource").or_insert("arn:aws:s3:::b/k".into());
    let scenario = read(&scenario).unwrap();
    decide(&scenario.request(), &scenario.policies()).is_allowed()
}

fn any(effect: &str, principal: Option<Json>) -> Json {
    let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    if let Some(principal) = principal {
        statement["Principal"] = principal;
    }
    json!({ "Version": "2012-10-17", "Statement": statement })
}

fn named(text: &str) -> Principal {
    Principal::named(text, &Context::new()).unwrap()
}

#[test]
fn callers_are_told_apart_by_their_names() {
    assert!(matches!(named("arn:aws:iam::111111111111:root"), Principal::Root { .. }));
    assert!(matches!(named("arn:aws:iam::111111111111:user/team/ann"), Principal::User { .. }));
    assert!(matches!(named("arn:aws:sts::111111111111:federated-user/fay"), Principal::FederatedUser { .. }));
    assert!(matches!(named("lambda.amazonaws.com"), Principal::Service { .. }));
    assert!(matches!(named("lambda.us-east-1.amazonaws.com"), Principal::Service { .. }));
    for provider in [
        "cognito-identity.amazonaws.com",
        "accounts.google.com",
        "login.example.com/tenant",
        "arn:aws:iam::111111111111:oidc-provider/login.example.com/x",
        "arn:aws:iam::111111111111:saml-provider/idp",
    ] {
        assert_eq!(named(provider), Principal::Federated { provider: provider.to_owned() });
    }
    for text in [
        "*",
        "",
        "ann",
        "111111111111",
        "arn:aws:iam::111111111111:group/g",
        "arn:aws:iam::111111111111:user/",
        "arn:aws:iam::111111111111:user/*",
        "arn:aws:iam::111111111111:user/a?n",
        "arn:aws:sts::111111111111:assumed-role/r",
        "arn:aws:sts::111111111111:assumed-role/path/r/s",
        "arn:aws:iam::abc:user/ann",
        "arn:aws:s3:::bucket",
    ] {
        assert!(Principal::named(text, &Context::new()).is_err(), "{text}");
    }
}

#[test]
fn a_role_is_a_session_of_it_that_no_policy_names() {
    let Principal::Session { arn, role, .. } = named("arn:aws:iam::111111111111:role/app/Player") else { panic!() };
    assert_eq!(arn.to_string(), "arn:aws:sts::111111111111:assumed-role/Player/*");
    assert_eq!(role.to_string(), "arn:aws:iam::111111111111:role/app/Player");
    let by = |principal: Json| {
        allows(json!({ "principal": "arn:aws:iam::111111111111:role/app/Player",
            "resourcePolicy": any("Allow", Some(principal)) }))
    };
    assert!(by(json!({ "AWS": "arn:aws:iam::111111111111:role/app/Player" })));
    assert!(!by(json!({ "AWS": "arn:aws:sts::111111111111:assumed-role/Player/s" })));
}

#[test]
fn a_session_finds_the_path_and_the_ids_of_its_role_in_the_context() {
    let of = |arn: &str, id: &str| {
        let context: Context = [("aws:PrincipalArn", arn), ("aws:userid", id)].into_iter().collect();
        match Principal::named("arn:aws:sts::111111111111:assumed-role/Player/s1", &context).unwrap() {
            Principal::Session { role, role_id, .. } => (role.to_string(), role_id),
            other => panic!("{other:?}"),
        }
    };
    let id = "AROAPLAYERPLAYERPLAY";
    let known = of("arn:aws:iam::111111111111:role/app/Player", "AROAPLAYERPLAYERPLAY:s1");
    assert_eq!(known, ("arn:aws:iam::111111111111:role/app/Player".to_owned(), id.to_owned()));
    for other in [
        "arn:aws:iam::111111111111:role/app/XPlayer",
        "arn:aws:iam::222222222222:role/app/Player",
        "arn:aws:iam::111111111111:user/app/Player",
        "x",
    ] {
        let unknown = of(other, "111111111111:fay");
        assert_eq!(unknown, ("arn:aws:iam::111111111111:role/Player".to_owned(), String::new()), "{other}");
    }
}

#[test]
fn a_federated_user_has_no_more_than_user_and_session_policy_share() {
    let fay = "arn:aws:sts::111111111111:federated-user/fay";
    assert!(!allows(json!({ "principal": fay, "identity": [any("Allow", None)] })));
    assert!(!allows(json!({ "principal": fay, "session": any("Allow", None) })));
    assert!(allows(json!({ "principal": fay, "identity": [any("Allow", None)], "session": any("Allow", None) })));
}

#[test]
fn absent_null_and_empty_lists_of_policies_are_the_same() {
    let ann = "arn:aws:iam::111111111111:user/ann";
    for none in [json!(null), json!([])] {
        assert!(allows(json!({ "principal": ann, "identity": any("Allow", None), "boundary": none, "session": none,
            "scps": none, "rcps": none, "resourcePolicy": null, "context": null, "resourceAccount": null })));
    }
    assert!(!allows(json!({ "principal": ann, "identity": any("Allow", None), "scps": [[]] })));
    assert!(!allows(json!({ "principal": ann, "identity": [any("Allow", None)], "boundary": [any("Deny", None)] })));
}

#[test]
fn who_is_not_named_is_anonymous() {
    let open = any("Allow", Some(json!("*")));
    assert!(allows(json!({ "resourcePolicy": open })));
    assert!(!allows(json!({ "principal": null, "identity": [any("Allow", None)] })));
}

#[test]
fn an_action_without_resource_types_is_decided_on_the_star() {
    let narrow = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::*" } });
    let scenario = |policy: Json, wildcard_only: bool| json!({ "principal": "arn:aws:iam::111111111111:user/ann", "identity": [policy], "wildcardOnly": wildcard_only });
    assert!(allows(scenario(narrow.clone(), false)));
    assert!(!allows(scenario(narrow, true)));
    assert!(allows(scenario(any("Allow", None), true)));
}

#[test]
fn the_policy_of_a_role_must_let_its_caller_in() {
    let assume = |extra: Json| {
        let mut scenario = json!({ "principal": "arn:aws:iam::111111111111:user/ann", "action": "sts:AssumeRole",
            "resource": "arn:aws:iam::111111111111:role/r", "identity": [any("Allow", None)] });
        scenario.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        allows(scenario)
    };
    let trust = |principal: Json| json!({ "resourcePolicy": { "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal } } });
    assert!(!assume(json!({})));
    assert!(assume(trust(json!({ "AWS": "111111111111" }))));
    assert!(!assume(trust(json!({ "AWS": "222222222222" }))));
}

#[test]
fn the_policy_of_a_key_must_permit_and_is_no_trust_policy() {
    let decided = |key_policy: Json| {
        let scenario = read(&json!({ "principal": "arn:aws:iam::111111111111:user/ann", "action": "kms:Decrypt",
            "resource": "arn:aws:kms:us-east-1:111111111111:key/k", "identity": any("Allow", None),
            "resourcePolicy": key_policy }))
        .unwrap();
        decide(&scenario.request(), &scenario.policies())
    };
    assert!(decided(any("Allow", Some(json!({ "AWS": "111111111111" })))).is_allowed());
    let refused = decided(any("Allow", Some(json!({ "AWS": "222222222222" }))));
    assert_eq!(refused, Decision::Denied(Reason::Implicit(PolicyType::Resource)));
}

#[test]
fn the_owner_of_a_resource_stands_in_its_arn_unless_told() {
    let table = "arn:aws:dynamodb:us-east-1:222222222222:table/t";
    let scenario = json!({ "principal": "arn:aws:iam::111111111111:user/ann", "resource": table,
        "action": "dynamodb:GetItem", "identity": [any("Allow", None)] });
    assert!(!allows(scenario.clone()));
    let mut told = scenario;
    told["resourceAccount"] = "111111111111".into();
    assert!(allows(told));
}

#[test]
fn values_of_the_context_are_texts_or_lists() {
    let scenario = read(&json!({ "action": "a:B", "resource": "*", "context": {
        "one": "x", "many": ["x", "y"], "single": ["x"], "none": [], "truth": true, "number": 7, "absent": null } }));
    let context = scenario.unwrap().context;
    assert_eq!(context.get("one"), Some(&Value::from("x")));
    assert_eq!(context.get("many"), Some(&Value::from(vec!["x".to_owned(), "y".to_owned()])));
    assert_eq!(context.get("single"), Some(&Value::from(vec!["x".to_owned()])));
    assert_eq!(context.get("none"), Some(&Value::from(vec![])));
    assert_eq!(context.get("truth"), Some(&Value::from("true")));
    assert_eq!(context.get("number"), Some(&Value::from("7")));
    assert_eq!(context.get("absent"), None);
    for bad in [json!("x"), json!({ "k": {} }), json!({ "k": [null] }), json!({ "k": "1", "K": "2" })] {
        assert!(read(&json!({ "action": "a:B", "resource": "*", "context": bad })).is_err(), "{bad}");
    }
}

#[test]
fn a_filled_context_knows_caller_and_owner_and_changes_nothing_that_was_given() {
    let mut scenario = read(&json!({ "principal": "arn:aws:iam::111111111111:user/team/ann", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k", "context": { "AWS:USERNAME": "bob" } }))
    .unwrap();
    assert!(scenario.context.get("aws:PrincipalArn").is_none());
    scenario.fill_context();
    let get = |key: &str| scenario.context.get(key).and_then(|value| value.texts().next());
    assert_eq!(get("aws:PrincipalArn"), Some("arn:aws:iam::111111111111:user/team/ann"));
    assert_eq!(get("aws:PrincipalAccount"), Some("111111111111"));
    assert_eq!(get("aws:PrincipalType"), Some("User"));
    assert_eq!(get("aws:PrincipalIsAWSService"), Some("false"));
    assert_eq!(get("aws:ResourceAccount"), Some("111111111111"));
    assert_eq!(get("aws:username"), Some("bob"));
    assert_eq!(get("aws:userid"), None);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = |scenario: Json| read(&scenario).unwrap_err().to_string();
    assert_eq!(wrong(json!({ "resource": "*" })), "missing `action`");
    assert_eq!(wrong(json!({ "action": "a:B" })), "missing `resource`");
    assert_eq!(
        wrong(json!({ "action": "a:B", "resource": "*", "principal": "ann" })),
        "principal `ann` is no ARN of a caller, no service and no identity provider"
    );
    assert_eq!(
        wrong(json!({ "action": "a:B", "resource": "*", "scps": [[any("Allow", None)], [any("allow", None)]] })),
        "`scps[1][0]`: The policy failed legacy parsing"
    );
    assert_eq!(
        wrong(json!({ "action": "a:B", "resource": "*", "resourceAccount": "12" })),
        "`12` is not an account id of twelve digits"
    );
}
