use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vocab::Timestamp;
use wire::{Fault, Input, Malformed, Protocol};

use crate::asking::{Asked, ask, shown};

const COGNITO: Protocol = Protocol::Json11 { target: "AWSCognitoIdentityService" };
const DYNAMO: Protocol = Protocol::Json10 { target: "DynamoDB_20120810", errors: "com.amazonaws.dynamodb.v20120810" };

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetId {
    account_id: Option<String>,
    identity_pool_id: Option<String>,
    #[serde(default)]
    logins: BTreeMap<String, String>,
    max_results: Option<u32>,
    hide: Option<bool>,
    nested: Option<Box<GetId>>,
}

fn call(target: &str, body: &str) -> Asked {
    ask("POST /").header("x-amz-target", target).body(body.to_owned())
}

fn get_id(body: &str) -> Result<GetId, Malformed> {
    call("AWSCognitoIdentityService.GetId", body).read(&COGNITO, &[]).map(|(operation, input)| {
        assert_eq!(operation, "GetId");
        input
    })
}

#[test]
fn members_are_read_and_unknown_ones_ignored() {
    let input =
        get_id(r#"{"IdentityPoolId":"us-east-1:1","Logins":{"a.example":"t\u0041"},"MaxResults":5,"X":[{"Y":1}]}"#)
            .unwrap();
    assert_eq!(input.identity_pool_id.as_deref(), Some("us-east-1:1"));
    assert_eq!(input.logins, BTreeMap::from([("a.example".to_owned(), "tA".to_owned())]));
    assert_eq!(input.max_results, Some(5));
}

#[test]
fn explicit_nulls_are_absent_members() {
    let input = get_id(r#"{"AccountId":null,"Logins":null,"MaxResults":null,"Nested":{"Logins":null}}"#).unwrap();
    assert!(input.logins.is_empty());
    assert_eq!(input, GetId { nested: Some(get_id("").unwrap().into()), ..get_id("{}").unwrap() });
}

#[test]
fn old_mobile_targets_are_understood() {
    let asked = call("com.amazonaws.cognito.identity.model.AWSCognitoIdentityService.GetId", "{}");
    assert_eq!(asked.operation(&COGNITO, &[]).as_deref(), Ok("GetId"));
    assert!(COGNITO.claims(&asked.request()));
    assert!(!DYNAMO.claims(&asked.request()));
}

#[test]
fn other_targets_are_unknown_operations() {
    for target in [
        "",
        "GetId",
        ".GetId",
        "AWSCognitoIdentityService",
        "AWSCognitoIdentityService.",
        "AWSCognitoIdentityService.Get/Id",
        "AWSCognitoIdentityServiceX.GetId",
        "XAWSCognitoIdentityService.GetId",
        "DynamoDB_20120810.GetItem",
    ] {
        let read = call(target, "{}").operation(&COGNITO, &[]);
        assert!(matches!(read, Err(Malformed::UnknownOperation(_))), "{target}: {read:?}");
    }
    let twice = call("AWSCognitoIdentityService.GetId", "{}").header("x-amz-target", "AWSCognitoIdentityService.GetId");
    assert!(matches!(twice.operation(&COGNITO, &[]), Err(Malformed::UnknownOperation(_))));
    assert!(matches!(ask("POST /").operation(&COGNITO, &[]), Err(Malformed::UnknownOperation(_))));
}

#[test]
fn what_is_no_object_of_members_is_refused() {
    let deep = format!("{}{}", r#"{"Nested":"#.repeat(40), "}".repeat(40));
    let wide = format!(r#"{{"X":[{}0]}}"#, "0,".repeat(200_000));
    for body in [
        "null",
        "[]",
        "\"a\"",
        "1",
        "{",
        "{}x",
        "{} {}",
        "{'a':1}",
        "{\"a\":1,}",
        "\u{feff}{}",
        "{\"a\":NaN}",
        &deep,
        &wide,
        // A list where a structure belongs, which serde would take.
        r#"{"Nested":["1","2",{},3,true,null]}"#,
    ] {
        assert!(get_id(body).is_err(), "{}", body.chars().take(40).collect::<String>());
    }
}

#[test]
fn members_of_one_name_are_refused_at_any_depth() {
    for body in [
        r#"{"AccountId":"1","AccountId":"1"}"#,
        r#"{"AccountId":null,"AccountId":"1"}"#,
        r#"{"AccountId":"1","\u0041ccountId":"1"}"#,
        r#"{"Unknown":[{"A":{"B":1,"B":2}}]}"#,
        r#"{"Logins":{"a":"1","a":"2"}}"#,
    ] {
        assert!(matches!(get_id(body), Err(Malformed::Document(_))), "{body}");
        let read: Result<(String, Value), _> = call("DynamoDB_20120810.GetItem", body).read(&DYNAMO, &[]);
        assert!(matches!(read, Err(Malformed::Document(_))), "{body}");
    }
    let many: Vec<_> = (0..40).map(|number| format!("\"k{number}\":1")).collect();
    let repeated = format!("{{{},\"k39\":1}}", many.join(","));
    assert!(get_id(&repeated).is_err());
    assert!(get_id(&format!("{{{}}}", many.join(","))).is_ok());
}

#[test]
fn json_kinds_are_not_converted() {
    for (body, member) in [
        (r#"{"MaxResults":"5"}"#, "MaxResults"),
        (r#"{"MaxResults":-1}"#, "MaxResults"),
        (r#"{"MaxResults":1.5}"#, "MaxResults"),
        (r#"{"AccountId":5}"#, "AccountId"),
        (r#"{"Hide":"true"}"#, "Hide"),
        (r#"{"Logins":{"a.example":{}}}"#, "Logins.a.example"),
        (r#"{"Nested":{"Logins":[]}}"#, "Nested.Logins"),
    ] {
        let Err(Malformed::Member { member: found, .. }) = get_id(body) else { panic!("{body}") };
        assert_eq!(found, member);
    }
}

#[test]
fn errors_never_show_a_value() {
    let secret = "s3cr3t";
    for body in [
        format!(r#"{{"MaxResults":"{secret}"}}"#),
        format!(r#"{{"Hide":"{secret}"}}"#),
        format!(r#"{{"Nested":"{secret}"}}"#),
        format!(r#"{{"Logins":"{secret}"}}"#),
        format!(r#""{secret}""#),
    ] {
        let error = get_id(&body).unwrap_err();
        assert!(!error.to_string().contains(secret), "{error}");
        let input = Input::document(body.into());
        let error = input.parse::<GetId>().unwrap_err();
        assert!(!error.to_string().contains(secret), "{error}");
        assert_eq!(format!("{input:?}"), "Input(..)");
    }
}

#[test]
fn documents_of_json_10_pass_unchanged() {
    let body = r#"{"Key":{"k":{"NULL":true}},"Attributes":null,"Number":12345678901234567890}"#;
    let (operation, value): (_, Value) = call("DynamoDB_20120810.GetItem", body).read(&DYNAMO, &[]).unwrap();
    assert_eq!(operation, "GetItem");
    assert_eq!(value, serde_json::from_str::<Value>(body).unwrap());
    let deep = "[".repeat(100_000);
    let read: Result<(String, Value), _> = call("DynamoDB_20120810.GetItem", &deep).read(&DYNAMO, &[]);
    assert!(matches!(read, Err(Malformed::Document(_))));
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pool {
    identity_pool_id: &'static str,
    pool_name: Option<&'static str>,
    #[serde(with = "wire::times::epoch")]
    creation_date: Timestamp,
    tags: BTreeMap<&'static str, &'static str>,
}

#[test]
fn an_output_is_written_without_what_is_absent() {
    let pool = Pool {
        identity_pool_id: "us-east-1:1",
        pool_name: None,
        creation_date: Timestamp::from_millis(1_518_436_004_076),
        tags: BTreeMap::from([("a", "\"")]),
    };
    let reply = COGNITO.write("DescribeIdentityPool", "r-1", &pool, None).unwrap();
    assert_eq!(
        shown(reply),
        r#"200
content-type: application/x-amz-json-1.1
x-amzn-requestid: r-1

{"IdentityPoolId":"us-east-1:1","CreationDate":1518436004.076,"Tags":{"a":"\""}}"#
    );
}

#[test]
fn no_output_is_an_empty_body_and_an_empty_output_an_object() {
    let none = COGNITO.write("DeleteIdentityPool", "r-1", &(), None).unwrap();
    assert_eq!(shown(none), "200\ncontent-type: application/x-amz-json-1.1\nx-amzn-requestid: r-1\n\n");
    #[derive(Serialize)]
    struct Empty {}
    let empty = COGNITO.write("TagResource", "r-1", &Empty {}, None).unwrap();
    assert!(shown(empty).ends_with("\n\n{}"));
}

#[test]
fn a_cognito_fault_stands_in_body_and_headers() {
    let fault = Fault::new("ResourceNotFoundException", 400, "IdentityPool 'us-east-1:1' not found.");
    assert_eq!(
        shown(COGNITO.fault(&fault, "r-1")),
        r#"400
content-type: application/x-amz-json-1.1
x-amzn-errormessage: IdentityPool 'us-east-1:1' not found.
x-amzn-errortype: ResourceNotFoundException:
x-amzn-requestid: r-1

{"__type":"ResourceNotFoundException","message":"IdentityPool 'us-east-1:1' not found."}"#
    );
}

#[test]
fn a_message_that_no_header_can_have_stands_in_the_body_alone() {
    let reply = COGNITO.fault(&Fault::new("InternalErrorException", 500, "a\r\nset-cookie: b"), "r-1");
    assert_eq!(reply.headers.get("set-cookie"), None);
    assert_eq!(reply.headers.get("x-amzn-errormessage"), None);
    assert!(shown(reply).ends_with(r#"{"__type":"InternalErrorException","message":"a\r\nset-cookie: b"}"#));
}

#[test]
fn denials_spell_message_with_a_capital() {
    let fault = Fault::new("AccessDeniedException", 400, "User: u is not authorized");
    let cognito = shown(COGNITO.fault(&fault, "r-1"));
    assert!(cognito.ends_with(r#"{"__type":"AccessDeniedException","Message":"User: u is not authorized"}"#));
    let dynamo = shown(DYNAMO.fault(&fault, "r-1"));
    assert!(dynamo.ends_with(
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: u is not authorized"}"#
    ));
}

#[test]
fn dynamodb_answers_carry_their_checksum() {
    let reply = DYNAMO.write("ListTables", "r-1", &json!({"Last": null, "TableNames": ["a"]}), None).unwrap();
    assert_eq!(
        shown(reply),
        r#"200
content-type: application/x-amz-json-1.0
x-amz-crc32: 867137143
x-amzn-requestid: r-1

{"Last":null,"TableNames":["a"]}"#
    );
    let mut fault = Fault::new("TransactionCanceledException", 400, "cancelled");
    fault.members.insert("CancellationReasons".to_owned(), json!([{"Code": "None"}]));
    assert_eq!(
        shown(DYNAMO.fault(&fault, "r-1")),
        r##"400
content-type: application/x-amz-json-1.0
x-amz-crc32: 362512787
x-amzn-requestid: r-1

{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled","CancellationReasons":[{"Code":"None"}]}"##
    );
}

#[test]
fn malformed_requests_have_their_codes() {
    let unknown = Malformed::UnknownOperation("Get".to_owned()).fault(&COGNITO);
    assert_eq!((unknown.code.as_ref(), unknown.status), ("UnknownOperationException", 400));
    let broken = get_id("{").unwrap_err().fault(&COGNITO);
    assert_eq!((broken.code.as_ref(), broken.status), ("SerializationException", 400));
}
