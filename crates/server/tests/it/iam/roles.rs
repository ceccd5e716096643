//! CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, DeleteRole.

use super::{PLAYERS, TRUST, all, fails, ok, result, role, start};

#[tokio::test]
async fn a_role_is_made_and_shown() {
    let server = start().await;
    let fields = [
        ("Action", "CreateRole"),
        ("RoleName", "Player"),
        ("Path", "/game/"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "plays"),
        ("MaxSessionDuration", "7200"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let made = ok(&server, &fields).await;
    let id = made.element("RoleId");
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
    let trust = made.element("AssumeRolePolicyDocument");
    assert!(trust.starts_with("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement"), "{trust}");
    let common = format!(
        "<Path>/game/</Path><RoleName>Player</RoleName><RoleId>{id}</RoleId>\
         <Arn>arn:aws:iam::000000000000:role/game/Player</Arn><CreateDate>2026-01-02T12:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
    );
    let tags = "<Tags><member><Key>team</Key><Value>red</Value></member></Tags>";
    assert_eq!(result(&made), format!("<Role>{common}{tags}</Role>"));

    let shown = ok(&server, &[("Action", "GetRole"), ("RoleName", "Player")]).await;
    let more = "<Description>plays</Description><MaxSessionDuration>7200</MaxSessionDuration>";
    assert_eq!(result(&shown), format!("<Role>{common}{more}{tags}<RoleLastUsed/></Role>"));

    let listed = ok(&server, &[("Action", "ListRoles"), ("PathPrefix", "/ga")]).await;
    let wanted = format!("<Roles><member>{common}{more}</member></Roles><IsTruncated>false</IsTruncated>");
    assert_eq!(result(&listed), wanted);
    let listed = ok(&server, &[("Action", "ListRoles"), ("PathPrefix", "/other/")]).await;
    assert_eq!(result(&listed), "<Roles/><IsTruncated>false</IsTruncated>");
}

#[tokio::test]
async fn names_are_taken_whatever_their_case_and_path() {
    let server = start().await;
    role(&server, "Player").await;
    let fields =
        [("Action", "CreateRole"), ("RoleName", "PLAYER"), ("Path", "/x/"), ("AssumeRolePolicyDocument", TRUST)];
    fails(&server, &fields, 409, "EntityAlreadyExists", "Role with name PLAYER already exists.").await;
}

#[tokio::test]
async fn every_violation_is_told() {
    let server = start().await;
    let fields = [("Action", "CreateRole"), ("RoleName", "a/b"), ("Path", "x"), ("MaxSessionDuration", "60")];
    let message = "4 validation errors detected: Value at 'path' failed to satisfy constraint: Member must satisfy \
                   regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F); Value at 'roleName' failed \
                   to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value at \
                   'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null; Value at \
                   'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to \
                   3600";
    fails(&server, &fields, 400, "ValidationError", message).await;
}

#[tokio::test]
async fn a_role_that_is_not_there() {
    let server = start().await;
    for operation in
        ["GetRole", "DeleteRole", "UpdateRole", "ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags"]
    {
        let fields = [("Action", operation), ("RoleName", "Nobody")];
        fails(&server, &fields, 404, "NoSuchEntity", "The role with name Nobody cannot be found.").await;
    }
}

#[tokio::test]
async fn only_given_members_change() {
    let server = start().await;
    role(&server, "Player").await;
    ok(&server, &[("Action", "UpdateRole"), ("RoleName", "Player"), ("Description", "one")]).await;
    ok(&server, &[("Action", "UpdateRole"), ("RoleName", "Player"), ("MaxSessionDuration", "43200")]).await;
    ok(&server, &[("Action", "UpdateRole"), ("RoleName", "Player")]).await;
    let shown = ok(&server, &[("Action", "GetRole"), ("RoleName", "player")]).await;
    assert_eq!((shown.element("Description"), shown.element("MaxSessionDuration")), ("one".into(), "43200".into()));
    let fields = [("Action", "UpdateRoleDescription"), ("RoleName", "Player"), ("Description", "two")];
    let changed = ok(&server, &fields).await;
    assert_eq!((changed.element("Description"), changed.element("RoleName")), ("two".into(), "Player".into()));
}

#[tokio::test]
async fn a_role_with_policies_is_not_deleted() {
    let server = start().await;
    role(&server, "Player").await;
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    let name = ("RoleName", "Player");
    ok(&server, &[("Action", "AttachRolePolicy"), name, arn]).await;
    let document =
        ("PolicyDocument", r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#);
    ok(&server, &[("Action", "PutRolePolicy"), name, ("PolicyName", "p"), document]).await;
    let delete = [("Action", "DeleteRole"), name];
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.").await;
    ok(&server, &[("Action", "DetachRolePolicy"), name, arn]).await;
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.").await;
    ok(&server, &[("Action", "DeleteRolePolicy"), name, ("PolicyName", "p")]).await;
    ok(&server, &delete).await;
    fails(&server, &delete, 404, "NoSuchEntity", "The role with name Player cannot be found.").await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let server = start().await;
    for name in ["b", "A", "c", "d", "e"] {
        role(&server, name).await;
    }
    let first = ok(&server, &[("Action", "ListRoles"), ("MaxItems", "2")]).await;
    assert_eq!((all(&first, "RoleName"), first.element("IsTruncated")), (vec!["A".into(), "b".into()], "true".into()));
    let marker = first.element("Marker");
    let second = ok(&server, &[("Action", "ListRoles"), ("MaxItems", "2"), ("Marker", &marker)]).await;
    assert_eq!(all(&second, "RoleName"), ["c", "d"]);
    let last = ok(&server, &[("Action", "ListRoles"), ("Marker", &second.element("Marker"))]).await;
    assert_eq!((all(&last, "RoleName"), last.element("IsTruncated")), (vec!["e".into()], "false".into()));
    assert!(!last.text().contains("<Marker>"));
    // A marker is of one operation, and nobody makes one up.
    for (operation, marker) in [("ListUsers", marker.as_str()), ("ListRoles", "x"), ("ListRoles", "AAAA")] {
        fails(&server, &[("Action", operation), ("Marker", marker)], 400, "ValidationError", "Invalid Marker.").await;
    }
    let message = "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have \
                   value less than or equal to 1000";
    fails(&server, &[("Action", "ListRoles"), ("MaxItems", "1001")], 400, "ValidationError", message).await;
}

#[tokio::test]
async fn reserved_paths_and_bad_boundaries_are_refused() {
    let server = start().await;
    let base = [("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", PLAYERS)];
    for (member, status, code, message) in [
        (
            ("Path", "/aws-service-role/x/"),
            400,
            "InvalidInput",
            "The path /aws-service-role/ is reserved for service-linked roles.",
        ),
        (
            ("PermissionsBoundary", "not-an-arn-but-long-enough"),
            400,
            "InvalidInput",
            "ARN not-an-arn-but-long-enough is not valid.",
        ),
        (
            ("PermissionsBoundary", "arn:aws:iam::000000000000:policy/none"),
            404,
            "NoSuchEntity",
            "Scope ARN: arn:aws:iam::000000000000:policy/none does not exist or is not attachable.",
        ),
    ] {
        let fields: Vec<_> = base.into_iter().chain([member]).collect();
        fails(&server, &fields, status, code, message).await;
    }
}
