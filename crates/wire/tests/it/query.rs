use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::Timestamp;
use wire::{Fault, Malformed, Protocol};

use crate::asking::{Asked, ask, shown};

const STS: Protocol = Protocol::Query { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRole {
    role_arn: Option<String>,
    duration_seconds: Option<i32>,
    flag: Option<bool>,
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    inner: Option<Box<AssumeRole>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

fn post(members: &str) -> Asked {
    ask("POST /").body(format!("Action=AssumeRole&Version=2011-06-15&{members}"))
}

fn read(members: &str) -> Result<AssumeRole, Malformed> {
    post(members).read(&STS, &[]).map(|(operation, input)| {
        assert_eq!(operation, "AssumeRole");
        input
    })
}

#[test]
fn forms_have_structures_lists_and_maps() {
    let members = "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa+b%2Bc&DurationSeconds=900&Flag=true\
        &Tags.member.2.Key=second&Tags.member.1.Key=first&Tags.member.1.Value=&Tags.member.10.Key=last\
        &TransitiveTagKeys.member.1=x&Attributes.entry.1.key=k&Attributes.entry.1.value=v&Inner.RoleArn=i";
    let tag = |key: &str, value: Option<&str>| Tag { key: key.to_owned(), value: value.map(str::to_owned) };
    let wanted = AssumeRole {
        role_arn: Some("arn:aws:iam::1:role/a b+c".to_owned()),
        duration_seconds: Some(900),
        flag: Some(true),
        tags: Some(vec![tag("first", Some("")), tag("second", None), tag("last", None)]),
        transitive_tag_keys: vec!["x".to_owned()],
        attributes: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        inner: Some(Box::new(AssumeRole { role_arn: Some("i".to_owned()), ..AssumeRole::default() })),
    };
    assert_eq!(read(members), Ok(wanted));
}

#[test]
fn a_query_string_is_a_form_too_and_its_signature_no_member() {
    let asked = ask(
        "GET /?Action=AssumeRole&Version=2011-06-15&RoleArn=r&X-Amz-Signature=00&X-Amz-Credential=a%2Fb&X-Amz-Expires=60",
    );
    let (operation, input): (_, AssumeRole) = asked.read(&STS, &[]).unwrap();
    assert_eq!(operation, "AssumeRole");
    assert_eq!(input, AssumeRole { role_arn: Some("r".to_owned()), ..AssumeRole::default() });
}

#[test]
fn body_and_query_string_are_never_mixed() {
    let asked = ask("POST /?RoleArn=smuggled&Action=Other").body("Action=AssumeRole&Version=2011-06-15");
    let (operation, input): (_, AssumeRole) = asked.read(&STS, &[]).unwrap();
    assert_eq!((operation.as_str(), input), ("AssumeRole", AssumeRole::default()));
}

#[test]
fn an_empty_list_is_a_list() {
    assert_eq!(read("Tags=").unwrap().tags, Some(vec![]));
    assert_eq!(read("").unwrap().tags, None);
}

#[test]
fn broken_forms_are_refused() {
    for (members, why) in [
        ("RoleArn=%zz", Malformed::Escape),
        ("RoleArn=%ff", Malformed::Escape),
        ("%52oleArn=a&RoleArn=b", Malformed::Duplicate("RoleArn".to_owned())),
        ("Tags=&Tags.member.1.Key=a", Malformed::Duplicate("Tags.member.1.Key".to_owned())),
        ("Tags.member.1=a&Tags.member.1.Key=a", Malformed::Duplicate("Tags.member.1.Key".to_owned())),
        ("Tags.member.1.Key=a&Tags.member.1=a", Malformed::Duplicate("Tags.member.1".to_owned())),
        ("Action=GetCallerIdentity", Malformed::Duplicate("Action".to_owned())),
    ] {
        assert_eq!(read(members), Err(why), "{members}");
    }
    for members in [
        "Tags.member.0.Key=a",
        "Tags.member.01.Key=a",
        "Tags.member.+1.Key=a",
        "Tags.member.-1.Key=a",
        "Tags.member.x.Key=a",
        "Tags.member.10001.Key=a",
        "Tags.member.99999999999999999999999.Key=a",
        "Tags.1.Key=a",
        "Tags=a",
        "Tags.member=a",
        "Tags..Key=a",
        ".=a",
        "=a",
        "Attributes.entry.1.key=a",
        "Attributes.entry.1=a",
        "Attributes.entry.1.key=a&Attributes.entry.1.value=1&Attributes.entry.2.key=a&Attributes.entry.2.value=2",
        "RoleArn.member.1=a",
        "DurationSeconds=",
        "DurationSeconds=9e2",
        "DurationSeconds=3000000000",
        "Flag=yes",
    ] {
        assert!(read(members).is_err(), "{members}");
    }
    let deep = format!("{}a=1", "Inner.".repeat(40));
    assert_eq!(read(&deep), Err(Malformed::TooLarge));
    let many: String = (0..10_001).map(|number| format!("&k{number}=")).collect();
    assert_eq!(read(&many), Err(Malformed::TooLarge));
    let bytes = ask("POST /").body(b"Action=A\xff".to_vec());
    assert_eq!(bytes.operation(&STS, &[]), Err(Malformed::Escape));
}

#[test]
fn errors_name_the_member_and_hide_its_value() {
    let error = read("Inner.DurationSeconds=s3cr3t").unwrap_err();
    assert_eq!(error.to_string(), "`Inner.DurationSeconds`: expected an integer");
    assert_eq!(error.fault(&STS).code, "MalformedInput");
}

#[test]
fn action_and_version_choose_the_operation() {
    for (form, code, message) in [
        ("", "MissingAction", "The request is missing an action or a required parameter."),
        ("Version=2011-06-15", "MissingAction", "The request is missing an action or a required parameter."),
        ("Action=Foo", "InvalidAction", "Could not find operation Foo for version NO_VERSION_SPECIFIED"),
        ("Action=Foo&Version=1", "InvalidAction", "Could not find operation Foo for version 1"),
        ("Action=%3CFoo%3E&Version=2011-06-15", "InvalidAction", "Could not find operation Foo for version 2011-06-15"),
    ] {
        let fault = ask("POST /").body(form.to_owned()).operation(&STS, &[]).unwrap_err().fault(&STS);
        assert_eq!((fault.code.as_ref(), fault.message.as_str(), fault.status), (code, message, 400), "{form}");
    }
    assert_eq!(ask("PUT /").operation(&STS, &[]), Err(Malformed::MethodNotAllowed));
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    arn: &'static str,
    absent: Option<&'static str>,
    count: u32,
    is_truncated: bool,
    #[serde(with = "wire::times::iso8601")]
    expiration: Timestamp,
    tags: Vec<Tag>,
    keys: Vec<&'static str>,
    none: Vec<Tag>,
    map: BTreeMap<&'static str, u8>,
}

#[test]
fn an_output_is_written_as_elements() {
    let output = Output {
        arn: "arn:aws:sts::1:assumed-role/<a>&b",
        absent: None,
        count: 6,
        is_truncated: false,
        expiration: Timestamp::from_millis(1_767_323_045_678),
        tags: vec![Tag { key: "k".to_owned(), value: None }, Tag { key: "l".to_owned(), value: Some(String::new()) }],
        keys: vec!["x", "y"],
        none: vec![],
        map: BTreeMap::from([("m", 1)]),
    };
    let wanted = "200\ncontent-type: text/xml\nx-amzn-requestid: r-1\n\n\
        <AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <Arn>arn:aws:sts::1:assumed-role/&lt;a&gt;&amp;b</Arn><Count>6</Count><IsTruncated>false</IsTruncated>\
        <Expiration>2026-01-02T03:04:05Z</Expiration>\
        <Tags><member><Key>k</Key></member><member><Key>l</Key><Value/></member></Tags>\
        <Keys><member>x</member><member>y</member></Keys><None/>\
        <Map><entry><key>m</key><value>1</value></entry></Map>\
        </AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>";
    assert_eq!(shown(STS.write("AssumeRole", "r-1", &output, None).unwrap()), wanted);
}

#[test]
fn no_output_has_metadata_alone() {
    let wanted = "200\ncontent-type: text/xml\nx-amzn-requestid: r-1\n\n\
        <DeleteRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DeleteRoleResponse>";
    assert_eq!(shown(STS.write("DeleteRole", "r-1", &(), None).unwrap()), wanted);
}

#[test]
fn a_fault_says_whose_it_is() {
    let wanted = "403\ncontent-type: text/xml\nx-amzn-requestid: r-1\n\n\
        <ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
        <Code>AccessDenied</Code><Message>no &lt;b&gt;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
    assert_eq!(shown(STS.fault(&Fault::new("AccessDenied", 403, "no <b>"), "r-1")), wanted);
    assert!(shown(STS.fault(&Fault::new("InternalFailure", 500, ""), "r-1")).contains("<Type>Receiver</Type>"));
}

#[test]
fn a_form_is_claimed_by_its_version() {
    assert!(STS.claims(&post("RoleArn=a").request()));
    assert!(STS.claims(&ask("GET /?Version=2011-06-15&Action=A").request()));
    for other in ["Action=A", "Action=A&Version=2010-05-08", "XVersion=2011-06-15", "Version=%zz"] {
        assert!(!STS.claims(&ask("POST /").body(other).request()), "{other}");
    }
}
