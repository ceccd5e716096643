//! Groups: their life, their members, and what membership allows.

use super::{all, allowing, asked, fails, ok, result, start, user};

const GROUP: (&str, &str) = ("GroupName", "Staff");

#[tokio::test]
async fn a_group_is_made_shown_and_listed() {
    let server = start().await;
    let made = ok(&server, &[("Action", "CreateGroup"), GROUP, ("Path", "/x/")]).await;
    let id = made.element("GroupId");
    assert!(id.starts_with("AGPA"), "{id}");
    let group = format!(
        "<Path>/x/</Path><GroupName>Staff</GroupName><GroupId>{id}</GroupId>\
         <Arn>arn:aws:iam::000000000000:group/x/Staff</Arn><CreateDate>2026-01-02T12:00:00Z</CreateDate>"
    );
    assert_eq!(result(&made), format!("<Group>{group}</Group>"));
    let shown = ok(&server, &[("Action", "GetGroup"), GROUP]).await;
    assert_eq!(result(&shown), format!("<Group>{group}</Group><Users/><IsTruncated>false</IsTruncated>"));
    let listed = ok(&server, &[("Action", "ListGroups")]).await;
    assert_eq!(result(&listed), format!("<Groups><member>{group}</member></Groups><IsTruncated>false</IsTruncated>"));
    let again = [("Action", "CreateGroup"), ("GroupName", "STAFF")];
    fails(&server, &again, 409, "EntityAlreadyExists", "Group with name STAFF already exists.").await;
    let missing = [("Action", "GetGroup"), ("GroupName", "None")];
    fails(&server, &missing, 404, "NoSuchEntity", "The group with name None cannot be found.").await;
}

#[tokio::test]
async fn members_may_what_the_group_may() {
    let server = start().await;
    let ann = user(&server, "ann", None).await;
    ok(&server, &[("Action", "CreateGroup"), GROUP]).await;
    let document = allowing("iam:ListUsers", "*");
    ok(&server, &[("Action", "PutGroupPolicy"), GROUP, ("PolicyName", "p"), ("PolicyDocument", &document)]).await;
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/IAMReadOnlyAccess");
    let (list, get) = ([("Action", "ListUsers")], [("Action", "GetUser")]);
    assert_eq!(asked(&server, &ann, &list).await.0, 403);
    let add = [("Action", "AddUserToGroup"), GROUP, ("UserName", "ann")];
    ok(&server, &add).await;
    ok(&server, &add).await;
    assert_eq!((asked(&server, &ann, &list).await.0, asked(&server, &ann, &get).await.0), (200, 403));
    ok(&server, &[("Action", "AttachGroupPolicy"), GROUP, arn]).await;
    assert_eq!(asked(&server, &ann, &get).await.0, 200);
    let groups = ok(&server, &[("Action", "ListGroupsForUser"), ("UserName", "ann")]).await;
    assert_eq!(all(&groups, "GroupName"), ["Staff"]);
    // A new name of the group keeps its members.
    ok(&server, &[("Action", "UpdateGroup"), GROUP, ("NewGroupName", "Crew"), ("NewPath", "/y/")]).await;
    assert_eq!(asked(&server, &ann, &get).await.0, 200);
    let shown = ok(&server, &[("Action", "GetGroup"), ("GroupName", "Crew")]).await;
    assert_eq!((all(&shown, "UserName"), shown.element("Path")), (vec!["ann".to_owned()], "/y/".to_owned()));
    let remove = [("Action", "RemoveUserFromGroup"), ("GroupName", "crew"), ("UserName", "ann")];
    ok(&server, &remove).await;
    ok(&server, &remove).await;
    assert_eq!((asked(&server, &ann, &list).await.0, asked(&server, &ann, &get).await.0), (403, 403));
}

#[tokio::test]
async fn a_group_with_policies_or_members_is_not_deleted() {
    let server = start().await;
    user(&server, "ann", None).await;
    ok(&server, &[("Action", "CreateGroup"), GROUP]).await;
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    ok(&server, &[("Action", "AttachGroupPolicy"), GROUP, arn]).await;
    ok(&server, &[("Action", "AddUserToGroup"), GROUP, ("UserName", "ann")]).await;
    let delete = [("Action", "DeleteGroup"), GROUP];
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.").await;
    ok(&server, &[("Action", "DetachGroupPolicy"), GROUP, arn]).await;
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete entity, must remove users from group first.").await;
    let key = ok(&server, &[("Action", "ListAccessKeys"), ("UserName", "ann")]).await.element("AccessKeyId");
    ok(&server, &[("Action", "DeleteAccessKey"), ("UserName", "ann"), ("AccessKeyId", &key)]).await;
    let message = "Cannot delete entity, must remove referenced objects first.";
    fails(&server, &[("Action", "DeleteUser"), ("UserName", "ann")], 409, "DeleteConflict", message).await;
    ok(&server, &[("Action", "RemoveUserFromGroup"), GROUP, ("UserName", "ann")]).await;
    ok(&server, &delete).await;
    ok(&server, &[("Action", "DeleteUser"), ("UserName", "ann")]).await;
}

#[tokio::test]
async fn nobody_joins_what_is_not_there() {
    let server = start().await;
    let fields = [("Action", "AddUserToGroup"), GROUP, ("UserName", "ann")];
    fails(&server, &fields, 404, "NoSuchEntity", "The user with name ann cannot be found.").await;
    user(&server, "ann", None).await;
    fails(&server, &fields, 404, "NoSuchEntity", "The group with name Staff cannot be found.").await;
    for number in 0..=10 {
        let name = format!("g{number}");
        ok(&server, &[("Action", "CreateGroup"), ("GroupName", &name)]).await;
        let add = [("Action", "AddUserToGroup"), ("GroupName", &name), ("UserName", "ann")];
        if number < 10 {
            ok(&server, &add).await;
        } else {
            fails(&server, &add, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10").await;
        }
    }
}
