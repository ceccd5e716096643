//! Many at once: no name is given twice, nothing names what is gone, no quota is passed.

use std::sync::Arc;

use futures_util::future::join_all;
use server::testing::TestServer;
use store::records::principals::{AccessKey, Group, ManagedPolicy, Role, User};

use super::{TRUST, allowing, ok, role, start, user};

/// What the root asks with these fields, all at the same time: the codes; empty for success.
async fn at_once(server: &Arc<TestServer>, requests: Vec<Vec<(&'static str, String)>>) -> Vec<String> {
    let tasks = requests.into_iter().map(|fields| {
        let server = server.clone();
        tokio::spawn(async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            server.query("iam", &fields, Some(&server.root)).await.code()
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn request(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_name_is_given_once() {
    let server = Arc::new(start().await);
    let spellings = ["player", "Player", "PLAYER", "plaYer"];
    let create = |name| request(&[("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", TRUST)]);
    let codes = at_once(&server, spellings.iter().cycle().take(16).map(|name| create(*name)).collect()).await;
    assert_eq!(codes.iter().filter(|code| code.is_empty()).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "EntityAlreadyExists").count(), 15, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_one_role_all_happen() {
    let server = Arc::new(start().await);
    role(&server, "Player").await;
    let document = allowing("s3:GetObject", "*");
    let put = |number: usize| {
        let name = format!("p{number}");
        let fields =
            [("Action", "PutRolePolicy"), ("RoleName", "Player"), ("PolicyName", &name), ("PolicyDocument", &document)];
        request(&fields)
    };
    let codes = at_once(&server, (0..20).map(put).collect()).await;
    assert!(codes.iter().all(String::is_empty), "{codes:?}");
    let kept = server.host.configuration.get::<Role>("000000000000/player").await.unwrap().unwrap();
    assert_eq!(kept.permissions.inline.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_policy_is_not_attached_while_it_is_deleted() {
    let server = Arc::new(start().await);
    let arn = "arn:aws:iam::000000000000:policy/p";
    for round in 0..20 {
        let (role_name, document) = (format!("r{round}"), allowing("s3:*", "*"));
        role(&server, &role_name).await;
        ok(&server, &[("Action", "CreatePolicy"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await;
        let attach = request(&[("Action", "AttachRolePolicy"), ("RoleName", &role_name), ("PolicyArn", arn)]);
        let codes = at_once(&server, vec![attach, request(&[("Action", "DeletePolicy"), ("PolicyArn", arn)])]).await;
        let kept = server.host.configuration.get::<ManagedPolicy>("000000000000/p").await.unwrap();
        let role = server.host.configuration.get::<Role>(&format!("000000000000/{role_name}")).await.unwrap().unwrap();
        assert_eq!(kept.is_some(), !role.permissions.attached.is_empty(), "{codes:?}");
        if kept.is_some() {
            ok(&server, &[("Action", "DetachRolePolicy"), ("RoleName", &role_name), ("PolicyArn", arn)]).await;
            ok(&server, &[("Action", "DeletePolicy"), ("PolicyArn", arn)]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_in_a_group_that_is_gone() {
    let server = Arc::new(start().await);
    for round in 0..20 {
        let (user_name, group) = (format!("u{round}"), ("GroupName", "g"));
        ok(&server, &[("Action", "CreateUser"), ("UserName", &user_name)]).await;
        ok(&server, &[("Action", "CreateGroup"), group]).await;
        let add = request(&[("Action", "AddUserToGroup"), group, ("UserName", &user_name)]);
        let rename = request(&[("Action", "UpdateGroup"), group, ("NewGroupName", "h")]);
        let codes = at_once(&server, vec![add, rename, request(&[("Action", "DeleteGroup"), group])]).await;
        let user = server.host.configuration.get::<User>(&format!("000000000000/{user_name}")).await.unwrap().unwrap();
        for name in &user.groups {
            let group = server.host.configuration.get::<Group>(&format!("000000000000/{name}")).await.unwrap();
            assert!(group.is_some(), "{name}: {codes:?}");
            ok(&server, &[("Action", "RemoveUserFromGroup"), ("GroupName", name), ("UserName", &user_name)]).await;
        }
        for group in server.host.configuration.list::<Group>("").await.unwrap() {
            ok(&server, &[("Action", "DeleteGroup"), ("GroupName", &group.name)]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_and_users_agree() {
    let server = Arc::new(start().await);
    for round in 0..10 {
        let (name, new) = (format!("u{round}"), format!("v{round}"));
        let keys = user(&server, &name, None).await;
        let create = || request(&[("Action", "CreateAccessKey"), ("UserName", &name)]);
        let rename = request(&[("Action", "UpdateUser"), ("UserName", &name), ("NewUserName", &new)]);
        let delete = request(&[("Action", "DeleteAccessKey"), ("UserName", &name), ("AccessKeyId", &keys.id)]);
        at_once(&server, vec![create(), rename, create(), delete, create()]).await;
        let user = server.host.configuration.get::<User>(&format!("000000000000/{new}")).await.unwrap().unwrap();
        assert!(user.access_keys.len() <= 2, "{:?}", user.access_keys);
        let all = server.host.configuration.list::<AccessKey>("").await.unwrap();
        let mut own: Vec<_> =
            all.iter().filter(|key| key.user.as_ref() == Some(&new)).map(|key| key.id.clone()).collect();
        let mut listed = user.access_keys.clone();
        own.sort();
        listed.sort();
        assert_eq!(own, listed);
        assert!(!all.iter().any(|key| key.user.as_ref() == Some(&name)), "a key of nobody");
    }
}
