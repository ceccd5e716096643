//! What simulations refuse, and in which words.

use super::super::{fails, role, start, user};
use super::{ACTION, RESOURCE, allow, document, entry};

const CUSTOM: (&str, &str) = ("Action", "SimulateCustomPolicy");
const PRINCIPAL: (&str, &str) = ("Action", "SimulatePrincipalPolicy");
const POLICY: (&str, &str) = (
    "PolicyInputList.member.1",
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
);
const GET: (&str, &str) = (ACTION, "s3:GetObject");

#[tokio::test]
async fn constraints_are_those_of_the_model() {
    let server = start().await;
    let message = "2 validation errors detected: Value at 'policyInputList' failed to satisfy constraint: Member must not \
                   be null; Value at 'actionNames' failed to satisfy constraint: Member must not be null";
    fails(&server, &[CUSTOM], 400, "ValidationError", message).await;
    let message = "2 validation errors detected: Value at 'policySourceArn' failed to satisfy constraint: Member must not \
                   be null; Value at 'actionNames' failed to satisfy constraint: Member must not be null";
    fails(&server, &[PRINCIPAL], 400, "ValidationError", message).await;
    let message = "3 validation errors detected: Value at 'actionNames' failed to satisfy constraint: Member must satisfy \
                   constraint: [Member must have length less than or equal to 128, Member must have length greater than \
                   or equal to 3, Member must not be null]; Value at 'contextEntries.1.member.contextKeyName' failed to \
                   satisfy constraint: Member must have length greater than or equal to 5; Value at \
                   'contextEntries.1.member.contextKeyType' failed to satisfy constraint: Member must satisfy enum value \
                   set: [string, stringList, numeric, numericList, boolean, booleanList, ip, ipList, binary, binaryList, \
                   date, dateList]";
    let fields = [&[CUSTOM, POLICY, (ACTION, "a:")][..], &entry("aws:", "text", "x")].concat();
    fails(&server, &fields, 400, "ValidationError", message).await;
    let message = "1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: Member must \
                   satisfy constraint: [Member must have length less than or equal to 131072, Member must have length \
                   greater than or equal to 1, Member must satisfy regular expression pattern: \
                   [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+, Member must not be null]";
    fails(&server, &[CUSTOM, GET, ("PolicyInputList.member.1", "\u{2603}")], 400, "ValidationError", message).await;
    fails(&server, &[CUSTOM, POLICY, GET, ("Marker", "x")], 400, "ValidationError", "Invalid Marker.").await;
}

#[tokio::test]
async fn input_that_means_nothing_is_refused() {
    let server = start().await;
    let bucket = document(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#);
    let bucket = ("ResourcePolicy", bucket.as_str());
    let ann = ("CallerArn", "arn:aws:iam::000000000000:user/ann");
    let at = (RESOURCE, "arn:aws:s3:::a/k");
    let boundary = |number: u8| format!("PermissionsBoundaryPolicyInputList.member.{number}");
    let boundaries = [boundary(1), boundary(2)];
    for (members, message) in [
        (vec![POLICY, (ACTION, "GetObject")], "Invalid Entity Action: GetObject"),
        (vec![POLICY, (ACTION, "s3:Get*")], "Invalid Entity Action: s3:Get*"),
        (vec![POLICY, (ACTION, "s3:a:b")], "Invalid Entity Action: s3:a:b"),
        (vec![POLICY, (ACTION, "s3:GetTeapot")], "Invalid Entity Action: s3:GetTeapot"),
        (vec![POLICY, (ACTION, "teapot:Get")], "Invalid Entity Action: teapot:Get"),
        (vec![POLICY, (ACTION, "ec2:Run*")], "Invalid Entity Action: ec2:Run*"),
        (vec![POLICY, GET, (RESOURCE, "bucket")], "ResourceNames are not in a valid ARN format: bucket."),
        (vec![GET, ("PolicyInputList.member.1", "[]")], "PolicyInputList.1: Syntax errors in policy."),
        (vec![POLICY, GET, at, bucket], "Invalid caller - Caller cannot be null or empty."),
        (vec![POLICY, GET, bucket, ann], "Invalid Entity Arn: * does not clearly define entity type and name."),
        (vec![POLICY, GET, at, ann, ("ResourcePolicy", POLICY.1)], "ResourcePolicy: Missing required field Principal"),
        (
            vec![POLICY, GET, bucket, ann, (RESOURCE, "arn:aws:iam::000000000000:role/r")],
            "Simulation of resource-based policies isn't supported for IAM roles.",
        ),
        (
            vec![POLICY, GET, ("CallerArn", "arn:aws:iam::000000000000:role/r")],
            "Invalid caller - Caller must be an IAM user in this context.",
        ),
        (vec![POLICY, GET, ("ResourceOwner", "000000000000")], "Invalid Resource Owner."),
        (vec![POLICY, GET, ("ResourceHandlingOption", "EC2")], "Invalid Resource Handling Option: EC2"),
        (
            vec![POLICY, GET, at, ("ResourceHandlingOption", "EC2-VPC-EBS")],
            "The scenario EC2-VPC-EBS needs a resource of the type instance.",
        ),
        (
            vec![POLICY, GET, (&boundaries[0], POLICY.1), (&boundaries[1], POLICY.1)],
            "The list of Permissions Boundary policies cannot exceed 1 items.",
        ),
        (
            [&[POLICY, GET][..], &entry("aws:SourceIp", "ip", "here")].concat(),
            "The value here of the context key aws:SourceIp is not of the type ip.",
        ),
    ] {
        let fields = [&[CUSTOM][..], &members].concat();
        fails(&server, &fields, 400, "InvalidInput", message).await;
    }
}

#[tokio::test]
async fn a_role_is_no_caller_of_a_resource_policy() {
    let server = start().await;
    role(&server, "Player").await;
    let bucket = document(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#);
    let fields = [
        PRINCIPAL,
        ("PolicySourceArn", "arn:aws:iam::000000000000:role/Player"),
        GET,
        (RESOURCE, "arn:aws:s3:::a/k"),
        ("ResourcePolicy", &bucket),
    ];
    fails(&server, &fields, 400, "InvalidInput", "Invalid caller - Caller cannot be null or empty.").await;
}

#[tokio::test]
async fn who_is_not_there_is_not_simulated() {
    let server = start().await;
    user(&server, "ann", None).await;
    for (arn, message) in [
        ("arn:aws:iam::000000000000:user/bob", "The user with name bob cannot be found."),
        ("arn:aws:iam::000000000000:user/x/ann", "The user with name ann cannot be found."),
        ("arn:aws:iam::111111111111:user/ann", "The user with name ann cannot be found."),
        ("arn:aws:iam::000000000000:group/staff", "The group with name staff cannot be found."),
        ("arn:aws:iam::000000000000:role/Player", "The role with name Player cannot be found."),
    ] {
        fails(&server, &[PRINCIPAL, ("PolicySourceArn", arn), GET], 404, "NoSuchEntity", message).await;
    }
    for arn in
        ["arn:aws:sts::000000000000:assumed-role/Player/s", "arn:aws:iam::000000000000:root", "user/ann-and-more-text"]
    {
        let message = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
        fails(&server, &[PRINCIPAL, ("PolicySourceArn", arn), GET], 400, "InvalidInput", &message).await;
    }
}

#[tokio::test]
async fn a_simulation_takes_bounded_work() {
    let server = start().await;
    let message = "A simulation has at most 100000 pairs of an action and a resource.";
    let names: Vec<String> = (1..=400).map(|number| format!("ActionNames.member.{number}")).collect();
    let resources: Vec<String> = (1..=400).map(|number| format!("ResourceArns.member.{number}")).collect();
    let mut fields = vec![CUSTOM, POLICY];
    fields.extend(names.iter().map(|name| (name.as_str(), "s3:GetObject")));
    fields.extend(resources.iter().map(|name| (name.as_str(), "*")));
    fails(&server, &fields, 400, "InvalidInput", message).await;
    let message = "The simulation is too large: simulate fewer or smaller policies, or fewer context values.";
    let policy = document(&vec![allow("s3:*", &format!("arn:aws:s3:::{}", "?".repeat(1500))); 75].join(","));
    let lists: Vec<String> = (1..=8).map(|number| format!("PolicyInputList.member.{number}")).collect();
    let mut fields = vec![CUSTOM, GET];
    fields.extend(lists.iter().map(|name| (name.as_str(), policy.as_str())));
    let resource = format!("arn:aws:s3:::{}", "a".repeat(1500));
    fields.push((RESOURCE, &resource));
    fails(&server, &fields, 400, "InvalidInput", message).await;
}
