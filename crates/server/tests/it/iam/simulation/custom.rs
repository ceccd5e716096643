//! SimulateCustomPolicy.

use super::super::{all, result, start};
use super::{ACTION, RESOURCE, allow, custom, deny, document, entry};

#[tokio::test]
async fn an_answer_has_every_member_that_is_due() {
    let server = start().await;
    let policy = document(&allow("s3:GetObject", "arn:aws:s3:::game/*"));
    let answer = custom(&server, &[&policy], &[(ACTION, "s3:GetObject"), (RESOURCE, "arn:aws:s3:::game/a")]).await;
    let statement = "<member><SourcePolicyId>PolicyInputList.1</SourcePolicyId><SourcePolicyType>none</SourcePolicyType>\
                     <StartPosition><Line>1</Line><Column>38</Column></StartPosition>\
                     <EndPosition><Line>1</Line><Column>113</Column></EndPosition></member>";
    let wanted = format!(
        "<EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName>\
         <EvalResourceName>arn:aws:s3:::game/a</EvalResourceName><EvalDecision>allowed</EvalDecision>\
         <MatchedStatements>{statement}</MatchedStatements><MissingContextValues/><EvalDecisionDetails/>\
         <ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::game/a</EvalResourceName>\
         <EvalResourceDecision>allowed</EvalResourceDecision><MatchedStatements>{statement}</MatchedStatements>\
         <MissingContextValues/><EvalDecisionDetails/></member></ResourceSpecificResults></member></EvaluationResults>\
         <IsTruncated>false</IsTruncated>"
    );
    assert_eq!(result(&answer), wanted);
    let anywhere = custom(&server, &[&policy], &[(ACTION, "s3:GetObject")]).await;
    let wanted = "<EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName>\
                  <EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision><MatchedStatements/>\
                  <MissingContextValues/></member></EvaluationResults><IsTruncated>false</IsTruncated>";
    assert_eq!(result(&anywhere), wanted);
}

#[tokio::test]
async fn a_deny_stands_alone_among_the_statements() {
    let server = start().await;
    let both = document(&format!("{},{}", allow("s3:*", "*"), deny("s3:GetObject", "*")));
    let more = document(&allow("s3:Get*", "*"));
    let actions = [(ACTION, "s3:GetObject"), ("ActionNames.member.2", "s3:PutObject")];
    let answer = custom(&server, &[&both, &more], &actions).await;
    assert_eq!(all(&answer, "EvalDecision"), ["explicitDeny", "allowed"]);
    assert_eq!(all(&answer, "SourcePolicyId"), ["PolicyInputList.1", "PolicyInputList.1"]);
    let more = custom(&server, &[&more, &more], &[(ACTION, "s3:GetObject")]).await;
    assert_eq!(all(&more, "SourcePolicyId"), ["PolicyInputList.1", "PolicyInputList.2"]);
}

#[tokio::test]
async fn places_are_lines_and_columns_of_the_document() {
    let server = start().await;
    let policy = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {
      "Effect": "Deny", "Condition": {"Null": {"aws:]}\"{": "true"}},
      "Action": "s3:GetObject", "Resource": "*"
    }
  ]
}"#;
    let answer =
        custom(&server, &[policy], &[(ACTION, "s3:GetObject"), ("ActionNames.member.2", "s3:PutObject")]).await;
    assert_eq!(all(&answer, "Line"), ["5", "8", "4", "4"]);
    assert_eq!(all(&answer, "Column"), ["5", "6", "5", "59"]);
}

#[tokio::test]
async fn keys_that_the_request_lacks_are_told_and_count_as_absent() {
    let server = start().await;
    let policy = document(
        r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"${aws:username}/*","aws:userid":"?*"}}}"#,
    );
    let without = custom(&server, &[&policy], &[(ACTION, "s3:ListBucket")]).await;
    assert_eq!(without.element("EvalDecision"), "implicitDeny");
    let missing = "<MissingContextValues><member>aws:userid</member><member>aws:username</member>\
                   <member>s3:prefix</member></MissingContextValues>";
    assert!(without.text().contains(missing), "{}", without.text());
    let mut members = vec![(ACTION, "s3:ListBucket")];
    members.extend(entry("S3:Prefix", "string", "ann/"));
    for (number, name, value) in [("2", "aws:username", "ann"), ("3", "aws:userid", "AIDAX")] {
        for (member, value) in [("ContextKeyName", name), ("ContextKeyValues.member.1", value)] {
            let field: &str = format!("ContextEntries.member.{number}.{member}").leak();
            members.push((field, value));
        }
    }
    let with = custom(&server, &[&policy], &members).await;
    assert_eq!(with.element("EvalDecision"), "allowed");
    assert!(with.text().contains("<MissingContextValues/>"));
}

#[tokio::test]
async fn every_type_of_condition_key_is_compared_as_itself() {
    let server = start().await;
    for (condition, kind, good, bad) in [
        (r#""StringEquals":{"aws:key":"a"}"#, "string", "a", "b"),
        (r#""NumericLessThan":{"aws:key":"10"}"#, "numeric", "9.5", "10"),
        (r#""Bool":{"aws:key":"true"}"#, "boolean", "TRUE", "false"),
        (r#""IpAddress":{"aws:key":"10.0.0.0/8"}"#, "ip", "10.1.2.3", "11.1.2.3"),
        (r#""BinaryEquals":{"aws:key":"AAEC"}"#, "binary", "AAEC", "AAED"),
        (r#""DateGreaterThan":{"aws:key":"2026-01-01"}"#, "date", "2026-01-02T00:00:00Z", "1767225600"),
        (r#""ForAnyValue:StringEquals":{"aws:key":"a"}"#, "stringList", "a", "b"),
        (r#""ForAllValues:NumericEquals":{"aws:key":"1"}"#, "numericList", "1.0", "2"),
        (r#""ForAnyValue:Bool":{"aws:key":"false"}"#, "booleanList", "false", "true"),
        (r#""ForAnyValue:IpAddress":{"aws:key":"2001:db8::/32"}"#, "ipList", "2001:DB8::1", "::1"),
        (r#""ForAnyValue:BinaryEquals":{"aws:key":"AAEC"}"#, "binaryList", "AAEC", "AAED"),
        (r#""ForAnyValue:DateEquals":{"aws:key":"1767225600"}"#, "dateList", "2026-01-01", "2027-01-01"),
    ] {
        let policy = document(&format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{{condition}}}}}"#
        ));
        for (value, decision) in [(good, "allowed"), (bad, "implicitDeny")] {
            let mut members = vec![(ACTION, "s3:GetObject")];
            members.extend(entry("aws:key", kind, value));
            let answer = custom(&server, &[&policy], &members).await;
            assert_eq!(answer.element("EvalDecision"), decision, "{condition} {value}");
        }
    }
}

#[tokio::test]
async fn a_boundary_leaves_room_and_grants_nothing() {
    let server = start().await;
    let policy = document(&allow("s3:*", "*"));
    let boundary = document(&format!("{},{}", allow("s3:Get*", "*"), deny("s3:GetBucketPolicy", "*")));
    let members = [
        ("PermissionsBoundaryPolicyInputList.member.1", boundary.as_str()),
        (ACTION, "s3:GetObject"),
        ("ActionNames.member.2", "s3:PutObject"),
        ("ActionNames.member.3", "s3:GetBucketPolicy"),
    ];
    let answer = custom(&server, &[&policy], &members).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "implicitDeny", "explicitDeny"]);
    assert_eq!(all(&answer, "AllowedByPermissionsBoundary"), ["true", "false", "false"]);
    assert_eq!(all(&answer, "SourcePolicyId"), ["PolicyInputList.1", "PermissionsBoundaryPolicyInputList.1"]);
}

#[tokio::test]
async fn every_level_of_the_organisation_must_allow() {
    let server = start().await;
    let policy = document(&allow("*", "*"));
    let (root, unit) = (document(&allow("*", "*")), document(&allow("s3:*", "*")));
    let level = "OrderedOrganizationPolicyInputList.member";
    let names = [1, 2].map(|number| format!("{level}.{number}.ServiceControlPolicyInputList.member.1"));
    let members = [
        (names[0].as_str(), root.as_str()),
        (names[1].as_str(), unit.as_str()),
        (ACTION, "s3:GetObject"),
        ("ActionNames.member.2", "dynamodb:GetItem"),
    ];
    let answer = custom(&server, &[&policy], &members).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "implicitDeny"]);
    assert_eq!(all(&answer, "AllowedByOrganizations"), ["true", "false"]);
}

#[tokio::test]
async fn a_resource_policy_speaks_to_the_caller() {
    let server = start().await;
    let ann = "arn:aws:iam::000000000000:user/ann";
    let policy = document(
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*"}"#,
    );
    let nothing = document(&allow("dynamodb:*", "*"));
    let own = [(ACTION, "s3:GetObject"), (RESOURCE, "arn:aws:s3:::game/a"), ("ResourcePolicy", &policy)];
    let by_ann = custom(&server, &[&nothing], &[&own[..], &[("CallerArn", ann)]].concat()).await;
    assert_eq!(by_ann.element("EvalDecision"), "allowed");
    assert_eq!(
        (by_ann.element("SourcePolicyId"), by_ann.element("SourcePolicyType")),
        ("ResourcePolicy".into(), "resource".into())
    );
    let bob = "arn:aws:iam::000000000000:user/bob";
    let by_bob = custom(&server, &[&nothing], &[&own[..], &[("CallerArn", bob)]].concat()).await;
    assert_eq!(by_bob.element("EvalDecision"), "implicitDeny");
}

#[tokio::test]
async fn across_accounts_both_sides_must_allow() {
    let server = start().await;
    let policy = document(&allow("s3:*", "*"));
    let bucket =
        document(r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*"}"#);
    let foreign = [
        (ACTION, "s3:GetObject"),
        ("ActionNames.member.2", "s3:PutObject"),
        (RESOURCE, "arn:aws:s3:::game/a"),
        ("ResourcePolicy", &bucket),
        ("ResourceOwner", "arn:aws:iam::111111111111:root"),
        ("CallerArn", "arn:aws:iam::000000000000:user/ann"),
    ];
    let answer = custom(&server, &[&policy], &foreign).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "implicitDeny"]);
    let entry = |key: &str, value: &str| format!("<entry><key>{key}</key><value>{value}</value></entry>");
    for resource in ["allowed", "implicitDeny"] {
        let details = entry("IAM Policy", "allowed") + &entry("Resource Policy", resource);
        assert!(answer.text().contains(&format!("<EvalDecisionDetails>{details}</EvalDecisionDetails>")), "{resource}");
    }
    let silent = document(&allow("dynamodb:*", "*"));
    let answer = custom(&server, &[&silent], &foreign).await;
    assert_eq!(all(&answer, "EvalDecision"), ["implicitDeny", "implicitDeny"]);
}

#[tokio::test]
async fn the_account_in_an_arn_owns_the_resource() {
    let server = start().await;
    let policy = document(
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"000000000000"}}}"#,
    );
    let members = [
        (ACTION, "dynamodb:GetItem"),
        (RESOURCE, "arn:aws:dynamodb:us-east-1:000000000000:table/t"),
        ("ResourceArns.member.2", "arn:aws:dynamodb:us-east-1:111111111111:table/t"),
    ];
    let answer = custom(&server, &[&policy], &members).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "implicitDeny"]);
    assert!(answer.text().contains("<key>IAM Policy</key><value>implicitDeny</value>"), "{}", answer.text());
}

#[tokio::test]
async fn every_resource_is_tried_for_every_action_page_by_page() {
    let server = start().await;
    let policy = document(&format!("{},{}", allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:PutObject", "*")));
    let members = [
        (ACTION, "s3:GetObject"),
        ("ActionNames.member.2", "s3:PutObject"),
        (RESOURCE, "arn:aws:s3:::a/k"),
        ("ResourceArns.member.2", "arn:aws:s3:::b/k"),
    ];
    let whole = custom(&server, &[&policy], &members).await;
    assert_eq!(all(&whole, "EvalActionName"), ["s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:PutObject"]);
    assert_eq!(all(&whole, "EvalDecision"), ["allowed", "implicitDeny", "allowed", "allowed"]);
    assert_eq!(all(&whole, "EvalResourceDecision"), ["allowed", "implicitDeny", "allowed", "allowed"]);
    let first = custom(&server, &[&policy], &[&members[..], &[("MaxItems", "3")]].concat()).await;
    assert_eq!((all(&first, "EvalDecision").len(), first.element("IsTruncated")), (3, "true".into()));
    let marker = first.element("Marker");
    let second = custom(&server, &[&policy], &[&members[..], &[("Marker", &marker)]].concat()).await;
    assert_eq!(
        (all(&second, "EvalActionName"), second.element("IsTruncated")),
        (vec!["s3:PutObject".into()], "false".into())
    );
}

#[tokio::test]
async fn a_page_is_as_small_as_large_documents_make_it() {
    let server = start().await;
    let statements: Vec<String> =
        (0..1500).map(|number| allow("s3:GetObject", &format!("arn:aws:s3:::b{number}/*"))).collect();
    let policy = document(&statements.join(","));
    let names: Vec<String> = (1..=1000).map(|number| format!("ActionNames.member.{number}")).collect();
    let mut members: Vec<_> = names.iter().map(|name| (name.as_str(), "s3:GetObject")).collect();
    members.extend([(RESOURCE, "arn:aws:s3:::b1499/k"), ("MaxItems", "1000")]);
    let answer = custom(&server, &[&policy], &members).await;
    let results = all(&answer, "EvalDecision").len();
    assert!((1..1000).contains(&results), "{results}");
    assert_eq!((answer.element("EvalDecision"), answer.element("IsTruncated")), ("allowed".into(), "true".into()));
}

#[tokio::test]
async fn an_answer_does_not_grow_with_statements_times_actions() {
    let server = start().await;
    let many = document(&vec![deny("*", "*"); 1000].join(","));
    let names: Vec<String> = (1..=40).map(|number| format!("ActionNames.member.{number}")).collect();
    let mut members: Vec<_> = names.iter().map(|name| (name.as_str(), "s3:GetObject")).collect();
    members.push((RESOURCE, "arn:aws:s3:::game/a"));
    let mut decided = 0;
    let mut marker = None::<String>;
    loop {
        let next: Vec<_> = marker.iter().map(|marker| ("Marker", marker.as_str())).collect();
        let answer = custom(&server, &[&many], &[members.as_slice(), &next].concat()).await;
        assert!(answer.body.len() < 8 * 1024 * 1024, "{}", answer.body.len());
        decided += all(&answer, "EvalDecision").len();
        if answer.element("IsTruncated") == "false" {
            break;
        }
        marker = Some(answer.element("Marker"));
    }
    assert_eq!(decided, 40);
}
