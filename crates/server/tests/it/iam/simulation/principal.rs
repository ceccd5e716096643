//! SimulatePrincipalPolicy.

use std::sync::Arc;

use operation::{Host, Service};
use server::testing::TestServer;

use super::super::{all, allowing, asked, ok, role, start, user};
use super::{ACTION, RESOURCE, allow, deny, document, entry, principal};

#[tokio::test]
async fn the_policies_of_a_user_are_named_by_where_they_are() {
    let server = start().await;
    user(&server, "ann", Some(&allowing("s3:GetObject", "*"))).await;
    let managed = document(&allow("s3:Get*", "*"));
    for fields in [
        vec![("Action", "CreateGroup"), ("GroupName", "staff")],
        vec![("Action", "AddUserToGroup"), ("GroupName", "staff"), ("UserName", "ann")],
        vec![
            ("Action", "PutGroupPolicy"),
            ("GroupName", "staff"),
            ("PolicyName", "all"),
            (
                "PolicyDocument",
                r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
            ),
        ],
        vec![("Action", "CreatePolicy"), ("PolicyName", "reads"), ("Path", "/x/"), ("PolicyDocument", &managed)],
        vec![
            ("Action", "AttachUserPolicy"),
            ("UserName", "ann"),
            ("PolicyArn", "arn:aws:iam::000000000000:policy/x/reads"),
        ],
        vec![
            ("Action", "AttachUserPolicy"),
            ("UserName", "ann"),
            ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ],
    ] {
        ok(&server, &fields).await;
    }
    let given = document(&allow("*", "*"));
    let members = [(ACTION, "s3:GetObject"), ("PolicyInputList.member.1", given.as_str())];
    let answer = principal(&server, "user/ann", &members).await;
    let ids = ["user_ann_own", "reads", "AdministratorAccess", "group_staff_all", "PolicyInputList.1"];
    assert_eq!(all(&answer, "SourcePolicyId"), ids);
    assert_eq!(all(&answer, "SourcePolicyType"), ["user", "user-managed", "aws-managed", "group", "none"]);
    let group = principal(&server, "group/staff", &[(ACTION, "s3:GetObject")]).await;
    assert_eq!(
        (all(&group, "SourcePolicyId"), group.element("EvalDecision")),
        (vec!["group_staff_all".into()], "allowed".into())
    );
}

#[tokio::test]
async fn a_role_is_simulated_with_its_boundary_or_another() {
    let server = start().await;
    role(&server, "Player").await;
    let (all_of_s3, reads) = (allowing("s3:*", "*"), allowing("s3:Get*", "*"));
    for fields in [
        vec![
            ("Action", "PutRolePolicy"),
            ("RoleName", "Player"),
            ("PolicyName", "own"),
            ("PolicyDocument", &all_of_s3),
        ],
        vec![("Action", "CreatePolicy"), ("PolicyName", "reads"), ("PolicyDocument", &reads)],
        vec![
            ("Action", "PutRolePermissionsBoundary"),
            ("RoleName", "Player"),
            ("PermissionsBoundary", "arn:aws:iam::000000000000:policy/reads"),
        ],
    ] {
        ok(&server, &fields).await;
    }
    let actions = [(ACTION, "s3:GetObject"), ("ActionNames.member.2", "s3:PutObject")];
    let bounded = principal(&server, "role/Player", &actions).await;
    assert_eq!(all(&bounded, "EvalDecision"), ["allowed", "implicitDeny"]);
    assert_eq!(all(&bounded, "AllowedByPermissionsBoundary"), ["true", "false"]);
    assert_eq!(all(&bounded, "SourcePolicyId"), ["role_Player_own"]);
    let other = document(&allow("s3:Put*", "*"));
    let other = [&actions[..], &[("PermissionsBoundaryPolicyInputList.member.1", &other)]].concat();
    assert_eq!(all(&principal(&server, "role/Player", &other).await, "EvalDecision"), ["implicitDeny", "allowed"]);
    let without = [&actions[..], &[("PolicyExclusionList.member.1.PolicyType", "permission-boundary")]].concat();
    let unbounded = principal(&server, "role/Player", &without).await;
    assert_eq!(all(&unbounded, "EvalDecision"), ["allowed", "allowed"]);
    assert!(all(&unbounded, "AllowedByPermissionsBoundary").is_empty());
}

#[tokio::test]
async fn what_is_known_of_the_principal_need_not_be_told() {
    let server = start().await;
    let policy = document(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::game/${aws:username}/*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red","aws:PrincipalType":"User"},"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/ann"}}}"#,
    );
    user(&server, "ann", Some(&policy)).await;
    ok(
        &server,
        &[("Action", "TagUser"), ("UserName", "ann"), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")],
    )
    .await;
    let members = [
        (ACTION, "s3:GetObject"),
        (RESOURCE, "arn:aws:s3:::game/ann/score"),
        ("ResourceArns.member.2", "arn:aws:s3:::game/bob/score"),
    ];
    let answer = principal(&server, "user/ann", &members).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "implicitDeny"]);
    assert!(!answer.text().contains("<MissingContextValues><member>"));
    let other = [&members[..], &entry("aws:username", "string", "bob")].concat();
    let answer = principal(&server, "user/ann", &other).await;
    assert_eq!(all(&answer, "EvalDecision"), ["implicitDeny", "allowed"], "what the request says goes before");
    let caller = [&members[..], &[("CallerArn", "arn:aws:iam::000000000000:user/bob")]].concat();
    let answer = principal(&server, "user/ann", &caller).await;
    assert_eq!(
        all(&answer, "EvalDecision"),
        ["implicitDeny", "implicitDeny"],
        "another caller has no tags that are known"
    );
}

#[tokio::test]
async fn a_resource_policy_may_name_the_user_by_id() {
    let server = start().await;
    user(&server, "ann", None).await;
    let id = ok(&server, &[("Action", "GetUser"), ("UserName", "ann")]).await.element("UserId");
    let bucket = document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{id}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*"}}"#
    ));
    let members = [(ACTION, "s3:GetObject"), (RESOURCE, "arn:aws:s3:::game/a"), ("ResourcePolicy", bucket.as_str())];
    assert_eq!(principal(&server, "user/ann", &members).await.element("EvalDecision"), "allowed");
}

#[tokio::test]
async fn policies_can_be_left_out() {
    let server = start().await;
    user(&server, "ann", Some(&allowing("s3:GetObject", "*"))).await;
    let arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    ok(&server, &[("Action", "AttachUserPolicy"), ("UserName", "ann"), ("PolicyArn", arn)]).await;
    let actions = [(ACTION, "s3:GetObject"), ("ActionNames.member.2", "s3:PutObject")];
    let first = |member: &'static str| format!("PolicyExclusionList.member.1.{member}");
    let inline = [
        (first("InlinePolicyIdentifier.PolicyName"), "own"),
        (first("InlinePolicyIdentifier.AttachmentType"), "user"),
        (first("InlinePolicyIdentifier.AttachmentName"), "a*"),
    ];
    for (excluded, wanted) in [
        (vec![(first("PolicyType"), "scp")], ["allowed", "allowed"]),
        (vec![(first("PolicyType"), "user-managed")], ["allowed", "allowed"]),
        (vec![(first("PolicyType"), "aws-managed")], ["allowed", "implicitDeny"]),
        (vec![(first("PolicyArn"), arn)], ["allowed", "implicitDeny"]),
        (inline.to_vec(), ["allowed", "allowed"]),
        (
            [&inline[..], &[("PolicyExclusionList.member.2.PolicyType".to_owned(), "aws-managed")]].concat(),
            ["implicitDeny", "implicitDeny"],
        ),
    ] {
        let excluded: Vec<_> = excluded.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let answer = principal(&server, "user/ann", &[&actions[..], &excluded].concat()).await;
        assert_eq!(all(&answer, "EvalDecision"), wanted, "{excluded:?}");
    }
}

fn controlled(_: &Arc<Host>) -> Vec<Service> {
    let control = document(&format!("{},{}", allow("*", "*"), deny("s3:DeleteObject", "*")));
    let service_control = vec![vec![iam::Source::service_control("guard", control)]];
    vec![iam::service(Arc::new(iam::Iam { service_control, ..iam::Iam::default() }))]
}

#[tokio::test]
async fn the_service_control_policies_of_the_account_have_their_say() {
    let server = TestServer::start(controlled).await;
    user(&server, "ann", Some(&allowing("s3:*", "*"))).await;
    let actions = [(ACTION, "s3:GetObject"), ("ActionNames.member.2", "s3:DeleteObject")];
    let answer = principal(&server, "user/ann", &actions).await;
    assert_eq!(all(&answer, "EvalDecision"), ["allowed", "explicitDeny"]);
    assert_eq!(all(&answer, "AllowedByOrganizations"), ["true", "false"]);
    assert_eq!(all(&answer, "SourcePolicyId"), ["user_ann_own", "guard"]);
    let without = [&actions[..], &[("PolicyExclusionList.member.1.PolicyType", "scp")]].concat();
    assert_eq!(all(&principal(&server, "user/ann", &without).await, "EvalDecision"), ["allowed", "allowed"]);
}

#[tokio::test]
async fn who_may_simulate_one_may_not_simulate_another() {
    let server = start().await;
    user(&server, "bob", None).await;
    let rights = allowing("iam:SimulatePrincipalPolicy", "arn:aws:iam::000000000000:user/bob");
    let ann = user(&server, "ann", Some(&rights)).await;
    let of = |name: &str| {
        vec![
            ("Action", "SimulatePrincipalPolicy".to_owned()),
            ("PolicySourceArn", format!("arn:aws:iam::000000000000:user/{name}")),
            (ACTION, "s3:GetObject".to_owned()),
        ]
    };
    for (name, wanted) in [("bob", (200, String::new())), ("ann", (403, "AccessDenied".to_owned()))] {
        let fields = of(name);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(asked(&server, &ann, &fields).await, wanted, "{name}");
    }
}
