//! GetAccountAuthorizationDetails.

use super::{all, allowing, fails, ok, result, role, start, user};

const DETAILS: (&str, &str) = ("Action", "GetAccountAuthorizationDetails");

#[tokio::test]
async fn everything_is_shown_in_one_sequence() {
    let server = start().await;
    user(&server, "ann", Some(&allowing("s3:*", "*"))).await;
    role(&server, "Player").await;
    ok(&server, &[("Action", "CreateGroup"), ("GroupName", "g")]).await;
    ok(&server, &[("Action", "AddUserToGroup"), ("GroupName", "g"), ("UserName", "ann")]).await;
    let document = allowing("s3:*", "*");
    ok(&server, &[("Action", "CreatePolicy"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await;
    let first = ok(&server, &[DETAILS, ("MaxItems", "3")]).await;
    assert_eq!(["UserName", "GroupName", "RoleName"].map(|name| first.element(name)), ["ann", "g", "Player"]);
    assert!(first.text().contains("<GroupList><member>g</member></GroupList>"));
    assert!(first.text().contains("<InstanceProfileList/>"));
    let rest = ok(&server, &[DETAILS, ("Marker", &first.element("Marker"))]).await;
    assert!(result(&rest).starts_with("<UserDetailList/><GroupDetailList/><RoleDetailList/><Policies><member>"));
    assert_eq!(all(&rest, "PolicyName").first().map(String::as_str), Some("p"));
    let local = ok(&server, &[DETAILS, ("Filter.member.1", "LocalManagedPolicy")]).await;
    assert_eq!(all(&local, "VersionId"), ["v1"]);
    assert!(local.element("Document").starts_with("%7B"));
}

#[tokio::test]
async fn filters_are_words_of_a_list() {
    let server = start().await;
    let message = "1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must satisfy enum \
                   value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]";
    fails(&server, &[DETAILS, ("Filter.member.1", "Users")], 400, "ValidationError", message).await;
}
