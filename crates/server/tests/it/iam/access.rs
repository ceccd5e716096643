//! Every operation: unsigned, denied, and the action and resource that a denial names.

use server::testing::TestServer;

use super::{asked, ok, role, start, user};

const ACCOUNT: &str = "arn:aws:iam::000000000000:";

/// Operation, members, and what a denial names; an empty resource: none.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const OPERATIONS: &[Row] = &[
    ("CreateRole", &[("RoleName", "New"), ("Path", "/a/")], "role/a/New"),
    ("GetRole", &[("RoleName", "player")], "role/game/Player"),
    ("ListRoles", &[], ""),
    ("UpdateRole", &[("RoleName", "Player")], "role/game/Player"),
    ("UpdateRoleDescription", &[("RoleName", "Player")], "role/game/Player"),
    ("UpdateAssumeRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("DeleteRole", &[("RoleName", "None")], "role/None"),
    ("PutRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("GetRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("ListInstanceProfilesForRole", &[("RoleName", "Player")], "role/game/Player"),
    ("ListRolePolicies", &[("RoleName", "Player")], "role/game/Player"),
    ("DeleteRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("AttachRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("DetachRolePolicy", &[("RoleName", "Player")], "role/game/Player"),
    ("ListAttachedRolePolicies", &[("RoleName", "Player")], "role/game/Player"),
    ("PutRolePermissionsBoundary", &[("RoleName", "Player")], "role/game/Player"),
    ("DeleteRolePermissionsBoundary", &[("RoleName", "Player")], "role/game/Player"),
    ("TagRole", &[("RoleName", "Player")], "role/game/Player"),
    ("UntagRole", &[("RoleName", "Player")], "role/game/Player"),
    ("ListRoleTags", &[("RoleName", "Player")], "role/game/Player"),
    ("CreateOpenIDConnectProvider", &[("Url", "https://a.b/c")], "oidc-provider/a.b/c"),
    ("GetOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("ListOpenIDConnectProviders", &[], ""),
    ("DeleteOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("AddClientIDToOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("RemoveClientIDFromOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("UpdateOpenIDConnectProviderThumbprint", PROVIDER, "oidc-provider/a.b"),
    ("TagOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("UntagOpenIDConnectProvider", PROVIDER, "oidc-provider/a.b"),
    ("ListOpenIDConnectProviderTags", PROVIDER, "oidc-provider/a.b"),
    ("CreateSAMLProvider", &[("Name", "idp")], "saml-provider/idp"),
    ("GetSAMLProvider", SAML, "saml-provider/idp"),
    ("ListSAMLProviders", &[], ""),
    ("UpdateSAMLProvider", SAML, "saml-provider/idp"),
    ("DeleteSAMLProvider", SAML, "saml-provider/idp"),
    ("TagSAMLProvider", SAML, "saml-provider/idp"),
    ("UntagSAMLProvider", SAML, "saml-provider/idp"),
    ("ListSAMLProviderTags", SAML, "saml-provider/idp"),
    ("CreateUser", &[("UserName", "New"), ("Path", "/a/")], "user/a/New"),
    ("GetUser", &[], "user/ann"),
    ("ListUsers", &[], ""),
    ("UpdateUser", &[("UserName", "ann"), ("NewUserName", "b")], "user/ann"),
    ("DeleteUser", &[("UserName", "ann")], "user/ann"),
    ("PutUserPolicy", &[("UserName", "ann")], "user/ann"),
    ("GetUserPolicy", &[("UserName", "ann")], "user/ann"),
    ("ListUserPolicies", &[("UserName", "ann")], "user/ann"),
    ("DeleteUserPolicy", &[("UserName", "ann")], "user/ann"),
    ("AttachUserPolicy", &[("UserName", "ann")], "user/ann"),
    ("DetachUserPolicy", &[("UserName", "ann")], "user/ann"),
    ("ListAttachedUserPolicies", &[("UserName", "ann")], "user/ann"),
    ("PutUserPermissionsBoundary", &[("UserName", "ann")], "user/ann"),
    ("DeleteUserPermissionsBoundary", &[("UserName", "ann")], "user/ann"),
    ("TagUser", &[("UserName", "ann")], "user/ann"),
    ("UntagUser", &[("UserName", "ann")], "user/ann"),
    ("ListUserTags", &[("UserName", "ann")], "user/ann"),
    ("ListGroupsForUser", &[("UserName", "ann")], "user/ann"),
    ("CreateAccessKey", &[], "user/ann"),
    ("ListAccessKeys", &[("UserName", "ann")], "user/ann"),
    ("UpdateAccessKey", &[], "user/ann"),
    ("DeleteAccessKey", &[], "user/ann"),
    ("CreatePolicy", &[("PolicyName", "New"), ("Path", "/a/")], "policy/a/New"),
    ("GetPolicy", POLICY, "policy/p"),
    ("ListPolicies", &[], ""),
    ("DeletePolicy", POLICY, "policy/p"),
    ("CreatePolicyVersion", POLICY, "policy/p"),
    ("GetPolicyVersion", POLICY, "policy/p"),
    ("ListPolicyVersions", POLICY, "policy/p"),
    ("DeletePolicyVersion", POLICY, "policy/p"),
    ("SetDefaultPolicyVersion", POLICY, "policy/p"),
    ("ListEntitiesForPolicy", POLICY, "policy/p"),
    ("TagPolicy", POLICY, "policy/p"),
    ("UntagPolicy", POLICY, "policy/p"),
    ("ListPolicyTags", POLICY, "policy/p"),
    ("CreateGroup", &[("GroupName", "New"), ("Path", "/a/")], "group/a/New"),
    ("ListGroups", &[], ""),
    ("GetGroup", &[("GroupName", "g")], "group/g"),
    ("UpdateGroup", &[("GroupName", "g")], "group/g"),
    ("DeleteGroup", &[("GroupName", "g")], "group/g"),
    ("AddUserToGroup", &[("GroupName", "g")], "group/g"),
    ("RemoveUserFromGroup", &[("GroupName", "g")], "group/g"),
    ("PutGroupPolicy", &[("GroupName", "g")], "group/g"),
    ("GetGroupPolicy", &[("GroupName", "g")], "group/g"),
    ("ListGroupPolicies", &[("GroupName", "g")], "group/g"),
    ("DeleteGroupPolicy", &[("GroupName", "g")], "group/g"),
    ("AttachGroupPolicy", &[("GroupName", "g")], "group/g"),
    ("DetachGroupPolicy", &[("GroupName", "g")], "group/g"),
    ("ListAttachedGroupPolicies", &[("GroupName", "g")], "group/g"),
    ("GetAccountAuthorizationDetails", &[], ""),
    ("SimulateCustomPolicy", &[], ""),
    ("SimulatePrincipalPolicy", SOURCE, "role/game/Player"),
    ("GetContextKeysForCustomPolicy", &[], ""),
    ("GetContextKeysForPrincipalPolicy", SOURCE, "role/game/Player"),
];

const PROVIDER: &[(&str, &str)] = &[("OpenIDConnectProviderArn", "arn:aws:iam::000000000000:oidc-provider/a.b")];

const SOURCE: &[(&str, &str)] = &[("PolicySourceArn", "arn:aws:iam::000000000000:role/game/Player")];
const SAML: &[(&str, &str)] = &[("SAMLProviderArn", "arn:aws:iam::000000000000:saml-provider/idp")];

const POLICY: &[(&str, &str)] = &[("PolicyArn", "arn:aws:iam::000000000000:policy/p")];

#[tokio::test]
async fn every_operation_is_decided() {
    let server = start().await;
    role(&server, "Other").await;
    let fields = [
        ("Action", "CreateRole"),
        ("RoleName", "Player"),
        ("Path", "/game/"),
        ("AssumeRolePolicyDocument", super::TRUST),
    ];
    ok(&server, &fields).await;
    ok(&server, &[("Action", "CreateOpenIDConnectProvider"), ("Url", "https://a.b")]).await;
    let ann = user(&server, "ann", None).await;
    for (operation, members, resource) in OPERATIONS {
        let fields: Vec<(&str, &str)> = [("Action", *operation)].into_iter().chain(members.iter().copied()).collect();
        let unsigned = server.query("iam", &fields, None).await;
        let wanted = (403, "MissingAuthenticationToken".to_owned());
        assert_eq!((unsigned.status, unsigned.code()), wanted, "{operation}");
        let denied = server.query("iam", &fields, Some(&ann)).await;
        let on = if resource.is_empty() { String::new() } else { format!(" on resource: {ACCOUNT}{resource}") };
        let message = format!(
            "User: {ACCOUNT}user/ann is not authorized to perform: iam:{operation}{on} because no identity-based policy \
             allows the iam:{operation} action"
        );
        assert_eq!(
            (denied.status, denied.code(), denied.message()),
            (403, "AccessDenied".into(), message),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn every_operation_is_in_the_table() {
    let service = iam::service(std::sync::Arc::default());
    let mut here: Vec<&str> = OPERATIONS.iter().map(|(operation, ..)| *operation).collect();
    // Decided on the bearer of the key, where there is one: `access_keys.rs`.
    here.push("GetAccessKeyLastUsed");
    here.sort_unstable();
    assert_eq!(service.operations(), here);
}

#[tokio::test]
async fn iam_is_in_one_region_wherever_it_is_served() {
    let server = TestServer::start_in("eu-west-1", super::services).await;
    for (name, region, status) in [("ann", "us-east-1", 200), ("bob", "eu-west-1", 403)] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*",
            "Condition":{{"StringEquals":{{"aws:RequestedRegion":"{region}"}}}}}}}}"#
        );
        let keys = user(&server, name, Some(&policy)).await;
        assert_eq!(asked(&server, &keys, &[("Action", "ListUsers")]).await.0, status, "{region}");
    }
}
