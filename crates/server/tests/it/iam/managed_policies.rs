//! Managed policies: their life and versions, where they are attached, AWS's own.

use server::testing::TestServer;

use super::{all, allowing, asked, fails, ok, result, role, start, user};

const ARN: &str = "arn:aws:iam::000000000000:policy/game/Scores";
const POLICY: (&str, &str) = ("PolicyArn", ARN);
const AWS: (&str, &str) = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");

async fn create(server: &TestServer) -> server::testing::Answer {
    let document = allowing("iam:ListUsers", "*");
    let fields = [
        ("Action", "CreatePolicy"),
        ("PolicyName", "Scores"),
        ("Path", "/game/"),
        ("PolicyDocument", &document),
        ("Description", "reads scores"),
    ];
    ok(server, &fields).await
}

#[tokio::test]
async fn a_policy_is_made_shown_and_listed() {
    let server = start().await;
    let made = create(&server).await;
    let id = made.element("PolicyId");
    assert!(id.starts_with("ANPA"), "{id}");
    let before = format!(
        "<PolicyName>Scores</PolicyName><PolicyId>{id}</PolicyId><Arn>{ARN}</Arn><Path>/game/</Path>\
         <DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount>\
         <PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable>"
    );
    let dates = "<CreateDate>2026-01-02T12:00:00Z</CreateDate><UpdateDate>2026-01-02T12:00:00Z</UpdateDate>";
    assert_eq!(result(&made), format!("<Policy>{before}{dates}</Policy>"));
    let shown = ok(&server, &[("Action", "GetPolicy"), POLICY]).await;
    let description = "<Description>reads scores</Description>";
    assert_eq!(result(&shown), format!("<Policy>{before}{description}{dates}<Tags/></Policy>"));
    let listed = ok(&server, &[("Action", "ListPolicies"), ("Scope", "Local")]).await;
    let wanted = format!("<Policies><member>{before}{dates}</member></Policies><IsTruncated>false</IsTruncated>");
    assert_eq!(result(&listed), wanted);
    let document = allowing("s3:*", "*");
    let again = [("Action", "CreatePolicy"), ("PolicyName", "SCORES"), ("PolicyDocument", document.as_str())];
    let message = "A policy called SCORES already exists. Duplicate names are not allowed.";
    fails(&server, &again, 409, "EntityAlreadyExists", message).await;
}

#[tokio::test]
async fn documents_of_managed_policies_have_the_new_version() {
    let server = start().await;
    let long = allowing("s3:GetObject", &format!("arn:aws:s3:::{}", "x".repeat(6144)));
    for (document, status, code, message) in [
        (
            allowing("s3:*", "*").replace("2012-10-17", "2008-10-17"),
            400,
            "MalformedPolicyDocument",
            "Policy document must be version 2012-10-17 or greater.",
        ),
        ("x".to_owned(), 400, "MalformedPolicyDocument", "Syntax errors in policy."),
        (long, 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
    ] {
        let fields = [("Action", "CreatePolicy"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
        fails(&server, &fields, status, code, message).await;
    }
}

#[tokio::test]
async fn versions_are_counted_and_never_used_again() {
    let server = start().await;
    create(&server).await;
    let document = allowing("iam:ListRoles", "*");
    let add = [("Action", "CreatePolicyVersion"), POLICY, ("PolicyDocument", &document)];
    let made = ok(&server, &add).await;
    assert_eq!(
        result(&made),
        "<PolicyVersion><VersionId>v2</VersionId><IsDefaultVersion>false</IsDefaultVersion>\
         <CreateDate>2026-01-02T12:00:00Z</CreateDate></PolicyVersion>"
    );
    for _ in 3..=5 {
        ok(&server, &add).await;
    }
    let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                   existing version.";
    fails(&server, &add, 409, "LimitExceeded", message).await;
    let delete = |version| [("Action", "DeletePolicyVersion"), POLICY, ("VersionId", version)];
    fails(&server, &delete("v1"), 409, "DeleteConflict", "Cannot delete the default version of a policy.").await;
    ok(&server, &delete("v5")).await;
    let missing = format!("Policy {ARN} version v5 does not exist or is not attachable.");
    fails(&server, &delete("v5"), 404, "NoSuchEntity", &missing).await;
    let default = [("Action", "CreatePolicyVersion"), POLICY, ("PolicyDocument", &document), ("SetAsDefault", "true")];
    assert_eq!(ok(&server, &default).await.element("VersionId"), "v6");
    let listed = ok(&server, &[("Action", "ListPolicyVersions"), POLICY]).await;
    assert_eq!(all(&listed, "VersionId"), ["v6", "v4", "v3", "v2", "v1"]);
    assert_eq!(all(&listed, "IsDefaultVersion"), ["true", "false", "false", "false", "false"]);
    assert!(!listed.text().contains("Document"));
    let set = |version| [("Action", "SetDefaultPolicyVersion"), POLICY, ("VersionId", version)];
    ok(&server, &set("v1")).await;
    fails(&server, &set("v5"), 404, "NoSuchEntity", &missing).await;
    let message = "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy \
                   regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?";
    fails(&server, &set("wrong"), 400, "ValidationError", message).await;
    let shown = ok(&server, &[("Action", "GetPolicyVersion"), POLICY, ("VersionId", "v6")]).await;
    let shown = shown.element("Document");
    assert_eq!(percent_encoding::percent_decode_str(&shown).decode_utf8().unwrap(), document);
    let delete = [("Action", "DeletePolicy"), POLICY];
    let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                   versions. The default version is deleted with the policy.";
    fails(&server, &delete, 409, "DeleteConflict", message).await;
}

#[tokio::test]
async fn what_is_attached_acts_and_stays() {
    let server = start().await;
    create(&server).await;
    let ann = user(&server, "ann", None).await;
    role(&server, "Player").await;
    ok(&server, &[("Action", "CreateGroup"), ("GroupName", "g")]).await;
    assert_eq!(asked(&server, &ann, &[("Action", "ListUsers")]).await.0, 403);
    for (kind, name) in [("User", ("UserName", "ann")), ("Role", ("RoleName", "Player")), ("Group", ("GroupName", "g"))]
    {
        let attach = [("Action", &*format!("Attach{kind}Policy")), name, POLICY];
        ok(&server, &attach).await;
        ok(&server, &attach).await;
        let listed = ok(&server, &[("Action", &format!("ListAttached{kind}Policies")), name]).await;
        let attached = format!("<member><PolicyName>Scores</PolicyName><PolicyArn>{ARN}</PolicyArn></member>");
        let wanted = format!("<AttachedPolicies>{attached}</AttachedPolicies><IsTruncated>false</IsTruncated>");
        assert_eq!(result(&listed), wanted);
        let other = [("Action", &*format!("ListAttached{kind}Policies")), name, ("PathPrefix", "/other/")];
        assert_eq!(result(&ok(&server, &other).await), "<AttachedPolicies/><IsTruncated>false</IsTruncated>");
    }
    assert_eq!(asked(&server, &ann, &[("Action", "ListUsers")]).await.0, 200);
    assert_eq!(ok(&server, &[("Action", "GetPolicy"), POLICY]).await.element("AttachmentCount"), "3");
    let entities = ok(&server, &[("Action", "ListEntitiesForPolicy"), POLICY]).await;
    let names = ["GroupName", "UserName", "RoleName"].map(|name| entities.element(name));
    assert_eq!(names, ["g", "ann", "Player"]);
    let users = [("Action", "ListEntitiesForPolicy"), POLICY, ("EntityFilter", "User")];
    let users = ok(&server, &users).await;
    assert!(result(&users).starts_with("<PolicyGroups/><PolicyUsers><member>"), "{}", users.text());
    let attached = ok(&server, &[("Action", "ListPolicies"), ("OnlyAttached", "true")]).await;
    assert_eq!(all(&attached, "PolicyName"), ["Scores"]);
    let delete = [("Action", "DeletePolicy"), POLICY];
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete a policy attached to entities.").await;
    for (kind, name) in [("User", ("UserName", "ann")), ("Role", ("RoleName", "Player")), ("Group", ("GroupName", "g"))]
    {
        let detach = [("Action", &*format!("Detach{kind}Policy")), name, POLICY];
        ok(&server, &detach).await;
        fails(&server, &detach, 404, "NoSuchEntity", &format!("Policy {ARN} was not found.")).await;
    }
    assert_eq!(asked(&server, &ann, &[("Action", "ListUsers")]).await.0, 403);
    ok(&server, &delete).await;
    fails(&server, &delete, 404, "NoSuchEntity", &format!("Policy {ARN} was not found.")).await;
}

#[tokio::test]
async fn only_policies_that_exist_are_attached() {
    let server = start().await;
    role(&server, "Player").await;
    create(&server).await;
    for (arn, status, code, message) in [
        ("long-but-not-an-arn-at-all", 400, "ValidationError", "ARN long-but-not-an-arn-at-all is not valid."),
        (
            "arn:aws:iam::000000000000:policy/none",
            404,
            "NoSuchEntity",
            "Policy arn:aws:iam::000000000000:policy/none does not exist or is not attachable.",
        ),
        // The path belongs to the name; so does the account.
        (
            "arn:aws:iam::000000000000:policy/Scores",
            404,
            "NoSuchEntity",
            "Policy arn:aws:iam::000000000000:policy/Scores does not exist or is not attachable.",
        ),
        (
            "arn:aws:iam::000000000001:policy/game/Scores",
            404,
            "NoSuchEntity",
            "Policy arn:aws:iam::000000000001:policy/game/Scores does not exist or is not attachable.",
        ),
        (
            "arn:aws:iam::aws:policy/Nothing",
            404,
            "NoSuchEntity",
            "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.",
        ),
    ] {
        let fields = [("Action", "AttachRolePolicy"), ("RoleName", "Player"), ("PolicyArn", arn)];
        fails(&server, &fields, status, code, message).await;
    }
    for number in 0..=10 {
        let name = format!("p{number}");
        let document = allowing("s3:*", "*");
        ok(&server, &[("Action", "CreatePolicy"), ("PolicyName", &name), ("PolicyDocument", &document)]).await;
        let arn = format!("arn:aws:iam::000000000000:policy/{name}");
        let attach = [("Action", "AttachRolePolicy"), ("RoleName", "Player"), ("PolicyArn", arn.as_str())];
        if number < 10 {
            ok(&server, &attach).await;
        } else {
            fails(&server, &attach, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10").await;
        }
    }
}

#[tokio::test]
async fn nobody_changes_the_policies_of_aws() {
    let server = start().await;
    let shown = ok(&server, &[("Action", "GetPolicy"), AWS]).await;
    assert_eq!((shown.element("PolicyName"), shown.element("Path")), ("AdministratorAccess".into(), "/".into()));
    let version = ok(&server, &[("Action", "GetPolicyVersion"), AWS, ("VersionId", "v1")]).await;
    assert!(version.element("Document").starts_with("%7B"));
    let document = allowing("s3:*", "*");
    for (operation, members) in [
        ("DeletePolicy", &[][..]),
        ("CreatePolicyVersion", &[("PolicyDocument", document.as_str())]),
        ("DeletePolicyVersion", &[("VersionId", "v1")]),
        ("SetDefaultPolicyVersion", &[("VersionId", "v1")]),
        ("TagPolicy", &[("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")]),
        ("UntagPolicy", &[("TagKeys.member.1", "a")]),
    ] {
        let fields: Vec<_> = [("Action", operation), AWS].into_iter().chain(members.iter().copied()).collect();
        let message = format!(
            "User: arn:aws:iam::000000000000:root is not authorized to perform: iam:{operation} on resource: {}",
            AWS.1
        );
        fails(&server, &fields, 403, "AccessDenied", &message).await;
    }
    let listed = ok(&server, &[("Action", "ListPolicies"), ("Scope", "AWS"), ("MaxItems", "3")]).await;
    assert_eq!(all(&listed, "PolicyName").len(), 3);
    let rest = [("Action", "ListPolicies"), ("Scope", "AWS"), ("Marker", &listed.element("Marker"))];
    assert!(all(&ok(&server, &rest).await, "PolicyName").contains(&"ReadOnlyAccess".to_owned()));
}

#[tokio::test]
async fn tag_keys_of_policies_are_told_apart_by_case() {
    let server = start().await;
    create(&server).await;
    let mut fields = vec![("Action", "TagPolicy"), POLICY];
    let members: Vec<(String, &str)> = ["abc", "b", "a", "A"]
        .iter()
        .enumerate()
        .flat_map(|(at, key)| {
            [(format!("Tags.member.{}.Key", at + 1), *key), (format!("Tags.member.{}.Value", at + 1), "v")]
        })
        .collect();
    fields.extend(members.iter().map(|(name, value)| (name.as_str(), *value)));
    ok(&server, &fields).await;
    let listed = ok(&server, &[("Action", "ListPolicyTags"), POLICY]).await;
    assert_eq!(all(&listed, "Key"), ["A", "a", "b", "abc"]);
    ok(&server, &[("Action", "UntagPolicy"), POLICY, ("TagKeys.member.1", "a")]).await;
    let listed = ok(&server, &[("Action", "ListPolicyTags"), POLICY]).await;
    assert_eq!(all(&listed, "Key"), ["A", "b", "abc"]);
    let twice = [
        ("Action", "TagPolicy"),
        POLICY,
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "1"),
        ("Tags.member.2.Key", "a"),
        ("Tags.member.2.Value", "2"),
    ];
    fails(&server, &twice, 400, "InvalidInput", "Duplicate tag keys found.").await;
}

#[tokio::test]
async fn every_spelling_of_a_tag_is_decided() {
    let server = start().await;
    create(&server).await;
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:TagPolicy","Resource":"*",
        "Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}}}"#;
    let ann = user(&server, "ann", Some(policy)).await;
    let tag = |other: &'static str| {
        [
            ("Action", "TagPolicy"),
            POLICY,
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "red"),
            ("Tags.member.2.Key", "Team"),
            ("Tags.member.2.Value", other),
        ]
    };
    assert_eq!(asked(&server, &ann, &tag("blue")).await, (403, "AccessDenied".into()));
    assert_eq!(asked(&server, &ann, &tag("red")).await.0, 200);
}
