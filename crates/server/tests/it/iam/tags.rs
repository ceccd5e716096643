//! Tag, Untag and ListTags of roles, users and providers, and what decisions see of tags.

use super::{allowing, asked, fails, ok, result, role, start, user};

const PROVIDER: &str = "arn:aws:iam::000000000000:oidc-provider/login.example.com";

#[tokio::test]
async fn tags_come_and_go() {
    let server = start().await;
    role(&server, "Player").await;
    user(&server, "Player", None).await;
    ok(&server, &[("Action", "CreateOpenIDConnectProvider"), ("Url", "https://login.example.com")]).await;
    let provider = ("OpenIDConnectProvider", ("OpenIDConnectProviderArn", PROVIDER));
    for (kind, name) in [("Role", ("RoleName", "Player")), ("User", ("UserName", "Player")), provider] {
        let (tag, untag, list) = (format!("Tag{kind}"), format!("Untag{kind}"), format!("List{kind}Tags"));
        let fields = [
            ("Action", tag.as_str()),
            name,
            ("Tags.member.1.Key", "Team"),
            ("Tags.member.1.Value", "red"),
            ("Tags.member.2.Key", "cost"),
            ("Tags.member.2.Value", ""),
        ];
        ok(&server, &fields).await;
        ok(&server, &[("Action", &tag), name, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")]).await;
        let shown = ok(&server, &[("Action", &list), name]).await;
        assert_eq!(
            result(&shown),
            "<Tags><member><Key>cost</Key><Value/></member><member><Key>team</Key><Value>blue</Value></member></Tags>\
             <IsTruncated>false</IsTruncated>"
        );
        ok(&server, &[("Action", &untag), name, ("TagKeys.member.1", "TEAM"), ("TagKeys.member.2", "none")]).await;
        let first = ok(&server, &[("Action", &list), name, ("MaxItems", "1")]).await;
        assert_eq!((first.element("Key"), first.element("IsTruncated")), ("cost".into(), "false".into()));
        let twice = [
            ("Action", tag.as_str()),
            name,
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", ""),
            ("Tags.member.2.Key", "A"),
            ("Tags.member.2.Value", ""),
        ];
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        fails(&server, &twice, 400, "InvalidInput", message).await;
    }
}

#[tokio::test]
async fn fifty_tags_are_the_most() {
    let server = start().await;
    role(&server, "Player").await;
    let tags = |from: usize, to: usize| {
        let each = (from..to).enumerate().flat_map(|(at, number)| {
            let at = at + 1;
            [
                (format!("Tags.member.{at}.Key"), format!("k{number}")),
                (format!("Tags.member.{at}.Value"), "v".to_owned()),
            ]
        });
        each.collect::<Vec<_>>()
    };
    let with = |tags: &[(String, String)]| {
        let mut fields =
            vec![("Action".to_owned(), "TagRole".to_owned()), ("RoleName".to_owned(), "Player".to_owned())];
        fields.extend(tags.iter().cloned());
        fields
    };
    for (from, to, status, code) in [(0, 50, 200, ""), (50, 51, 409, "LimitExceeded"), (0, 51, 400, "ValidationError")]
    {
        let fields = with(&tags(from, to));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(asked(&server, &server.root, &fields).await, (status, code.to_owned()), "{from}..{to}");
    }
}

#[tokio::test]
async fn decisions_see_the_tags_of_request_and_resource() {
    let server = start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:CreateRole","iam:TagRole"],"Resource":"*","Condition":{
            "StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
        {"Effect":"Allow","Action":"iam:GetRole","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}},
        {"Effect":"Allow","Action":"iam:DeleteRole","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"red"}}}]}"#;
    let ann = user(&server, "ann", Some(policy)).await;
    role(&server, "Other").await;
    let create = [("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", super::TRUST)];
    let tag = |key, value| [("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
    for (tags, status) in
        [(&tag("team", "blue")[..], 403), (&tag("cost", "1"), 403), (&[], 403), (&tag("team", "red"), 200)]
    {
        let fields: Vec<_> = create.into_iter().chain(tags.iter().copied()).collect();
        assert_eq!(asked(&server, &ann, &fields).await.0, status, "{tags:?}");
    }
    for action in ["GetRole", "DeleteRole"] {
        assert_eq!(asked(&server, &ann, &[("Action", action), ("RoleName", "Other")]).await.0, 403, "{action}");
        assert_eq!(asked(&server, &ann, &[("Action", action), ("RoleName", "Player")]).await.0, 200, "{action}");
    }
}

#[tokio::test]
async fn creating_with_tags_needs_tagging_too() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("iam:CreateUser", "*"))).await;
    assert_eq!(asked(&server, &ann, &[("Action", "CreateUser"), ("UserName", "bob")]).await.0, 200);
    let tagged =
        [("Action", "CreateUser"), ("UserName", "eve"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    assert_eq!(asked(&server, &ann, &tagged).await.0, 403);
}
