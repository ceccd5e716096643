//! CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.

use super::{all, allowing, asked, fails, ok, result, start, user};

#[tokio::test]
async fn a_user_is_made_shown_and_listed() {
    let server = start().await;
    let fields = [
        ("Action", "CreateUser"),
        ("UserName", "ann"),
        ("Path", "/staff/"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let made = ok(&server, &fields).await;
    let id = made.element("UserId");
    assert!(id.starts_with("AIDA") && id.len() == 21, "{id}");
    let common = format!(
        "<Path>/staff/</Path><UserName>ann</UserName><UserId>{id}</UserId>\
         <Arn>arn:aws:iam::000000000000:user/staff/ann</Arn><CreateDate>2026-01-02T12:00:00Z</CreateDate>"
    );
    let whole = format!("<User>{common}<Tags><member><Key>team</Key><Value>red</Value></member></Tags></User>");
    assert_eq!(result(&made), whole);
    assert_eq!(result(&ok(&server, &[("Action", "GetUser"), ("UserName", "ANN")]).await), whole);
    let listed = ok(&server, &[("Action", "ListUsers"), ("PathPrefix", "/staff/")]).await;
    assert_eq!(result(&listed), format!("<Users><member>{common}</member></Users><IsTruncated>false</IsTruncated>"));
    fails(&server, &fields, 409, "EntityAlreadyExists", "User with name ann already exists.").await;
}

#[tokio::test]
async fn without_a_name_it_is_the_caller() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("iam:GetUser", "arn:aws:iam::*:user/${aws:username}"))).await;
    let answer = server.query("iam", &[("Action", "GetUser")], Some(&ann)).await;
    assert_eq!((answer.status, answer.element("UserName")), (200, "ann".into()));
    let root = ok(&server, &[("Action", "GetUser")]).await;
    assert_eq!(root.element("Arn"), "arn:aws:iam::000000000000:root");
    user(&server, "bob", None).await;
    let other = asked(&server, &ann, &[("Action", "GetUser"), ("UserName", "bob")]).await;
    assert_eq!(other, (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_new_name_keeps_id_keys_and_policies() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("iam:GetUser", "*"))).await;
    user(&server, "bob", None).await;
    let id = ok(&server, &[("Action", "GetUser"), ("UserName", "ann")]).await.element("UserId");
    let rename = [("Action", "UpdateUser"), ("UserName", "ann"), ("NewUserName", "Eve"), ("NewPath", "/x/")];
    ok(&server, &rename).await;
    let answer = server.query("iam", &[("Action", "GetUser")], Some(&ann)).await;
    assert_eq!(
        (answer.element("UserId"), answer.element("Arn")),
        (id, "arn:aws:iam::000000000000:user/x/Eve".to_owned())
    );
    let keys = ok(&server, &[("Action", "ListAccessKeys"), ("UserName", "Eve")]).await;
    assert_eq!((keys.element("AccessKeyId"), keys.element("UserName")), (ann.id.clone(), "Eve".into()));
    fails(&server, &rename, 404, "NoSuchEntity", "The user with name ann cannot be found.").await;
    let fields = [("Action", "UpdateUser"), ("UserName", "Eve"), ("NewUserName", "BOB")];
    fails(&server, &fields, 409, "EntityAlreadyExists", "User with name BOB already exists.").await;
    // The case of a name alone can change too.
    ok(&server, &[("Action", "UpdateUser"), ("UserName", "Eve"), ("NewUserName", "eve")]).await;
    assert_eq!(asked(&server, &ann, &[("Action", "GetUser")]).await.0, 200);
    assert_eq!(all(&ok(&server, &[("Action", "ListUsers")]).await, "UserName"), ["bob", "eve"]);
}

#[tokio::test]
async fn whoever_renames_needs_both_names() {
    let server = start().await;
    let policy = allowing("iam:UpdateUser", "arn:aws:iam::*:user/staff/*");
    let ann = user(&server, "ann", Some(&policy)).await;
    ok(&server, &[("Action", "CreateUser"), ("UserName", "bob"), ("Path", "/staff/")]).await;
    let out = [("Action", "UpdateUser"), ("UserName", "bob"), ("NewPath", "/")];
    assert_eq!(asked(&server, &ann, &out).await.0, 403);
    let within = [("Action", "UpdateUser"), ("UserName", "bob"), ("NewPath", "/staff/new/")];
    assert_eq!(asked(&server, &ann, &within).await.0, 200);
}

#[tokio::test]
async fn a_user_with_anything_left_is_not_deleted() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("s3:*", "*"))).await;
    let name = ("UserName", "ann");
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    ok(&server, &[("Action", "AttachUserPolicy"), name, arn]).await;
    let delete = [("Action", "DeleteUser"), name];
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.").await;
    ok(&server, &[("Action", "DetachUserPolicy"), name, arn]).await;
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.").await;
    ok(&server, &[("Action", "DeleteUserPolicy"), name, ("PolicyName", "own")]).await;
    let message = "Cannot delete entity, must remove referenced objects first.";
    fails(&server, &delete, 409, "DeleteConflict", message).await;
    ok(&server, &[("Action", "DeleteAccessKey"), name, ("AccessKeyId", &ann.id)]).await;
    ok(&server, &delete).await;
    fails(&server, &delete, 404, "NoSuchEntity", "The user with name ann cannot be found.").await;
}
