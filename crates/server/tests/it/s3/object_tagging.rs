//! GetObjectTagging, PutObjectTagging, DeleteObjectTagging.

use http::Method;

use super::object_versions::set_versioning;
use super::{allow, delete, elements, get, put, put_with, refusal, start, user};

fn document(tags: &[(&str, &str)]) -> String {
    let tags = tags.iter().map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"));
    format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags.collect::<String>())
}

#[tokio::test]
async fn tags_are_set_read_and_taken_away() {
    let server = start().await;
    put_with(&server, "/game/k", &[("x-amz-tagging", "a=1")], "x").await;
    let set = put(&server, "/game/k?tagging", &document(&[("team", "red"), ("b", "2")])).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let read = get(&server, "/game/k?tagging").await;
    assert_eq!(
        (elements(&read, "Key"), elements(&read, "Value")),
        (vec!["b".into(), "team".into()], vec!["2".into(), "red".into()])
    );
    assert_eq!(get(&server, "/game/k").await.headers["x-amz-tagging-count"], "2");
    assert_eq!(delete(&server, "/game/k?tagging").await.status, 204);
    let read = get(&server, "/game/k?tagging").await;
    assert_eq!((read.status, elements(&read, "Key").len()), (200, 0));
    assert!(read.text().contains("<TagSet>") || read.text().contains("<TagSet/>"), "{}", read.text());
    assert_eq!(refusal(&get(&server, "/game/none?tagging").await), (404, "NoSuchKey".into()));
}

#[tokio::test]
async fn tags_that_cannot_be_are_refused() {
    let server = start().await;
    put(&server, "/game/k", "x").await;
    let eleven: Vec<String> = (0..11).map(|number| format!("k{number}")).collect();
    let eleven: Vec<(&str, &str)> = eleven.iter().map(|key| (key.as_str(), "v")).collect();
    let long = "x".repeat(129);
    let longer = "x".repeat(257);
    for (tags, code) in [
        (eleven.as_slice(), "BadRequest"),
        (&[("a", "1"), ("a", "2")], "InvalidTag"),
        (&[("", "1")], "InvalidTag"),
        (&[(&long, "1")], "InvalidTag"),
        (&[("a", &longer)], "InvalidTag"),
        (&[("aws:a", "1")], "InvalidTag"),
        (&[("a", "&lt;")], "InvalidTag"),
    ] {
        let answer = put(&server, "/game/k?tagging", &document(tags)).await;
        assert_eq!(refusal(&answer), (400, code.into()), "{tags:?}");
    }
    for broken in
        ["", "<Tagging>", "<Tagging/>", "<Other><TagSet/></Other>", "<Tagging><TagSet><Tag/></TagSet></Tagging>"]
    {
        let answer = put(&server, "/game/k?tagging", broken).await;
        assert_eq!(refusal(&answer), (400, "MalformedXML".into()), "{broken}");
    }
}

#[tokio::test]
async fn each_version_has_its_own_tags() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let first = put(&server, "/game/k", "1").await.headers["x-amz-version-id"].to_str().unwrap().to_owned();
    put(&server, "/game/k", "2").await;
    let target = format!("/game/k?tagging&versionId={first}");
    let set = put(&server, &target, &document(&[("of", "first")])).await;
    assert_eq!((set.status, set.headers["x-amz-version-id"].to_str().unwrap()), (200, first.as_str()));
    assert_eq!(elements(&get(&server, &target).await, "Value"), ["first"]);
    assert_eq!(elements(&get(&server, "/game/k?tagging").await, "Value").len(), 0);
    delete(&server, "/game/k").await;
    let hidden = put(&server, "/game/k?tagging", &document(&[])).await;
    assert_eq!((hidden.status, &hidden.headers["x-amz-delete-marker"]), (404, &"true".parse().unwrap()));
}

#[tokio::test]
async fn tags_take_part_in_decisions() {
    let server = start().await;
    put_with(&server, "/game/red", &[("x-amz-tagging", "team=red")], "x").await;
    put_with(&server, "/game/blue", &[("x-amz-tagging", "team=blue")], "x").await;
    let on = |action: &str, condition: &str| {
        format!(r#"{{"Effect":"Allow","Action":"s3:{action}","Resource":"*","Condition":{{{condition}}}}}"#)
    };
    let existing = r#""StringEquals":{"s3:ExistingObjectTag/team":"red"}"#;
    let wanted = r#""StringEquals":{"s3:RequestObjectTag/team":["red","green"]},"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team","note"]}"#;
    let statements = [
        on("GetObject", existing),
        on("GetObjectTagging", existing),
        on("DeleteObjectTagging", existing),
        on("PutObjectTagging", &format!("{},{}", wanted, r#""StringLike":{"s3:ExistingObjectTag/team":"*"}"#)),
    ]
    .join(",");
    let keys = user(&server, "red", &statements).await;
    let ask = async |method: Method, target: &str, body: String| {
        server.s3(method, target, &[], body, Some(&keys)).await.status
    };
    let tags = |tags: &[(&str, &str)]| document(tags);
    assert_eq!(ask(Method::GET, "/game/red", String::new()).await, 200);
    assert_eq!(ask(Method::GET, "/game/red?tagging", String::new()).await, 200);
    assert_eq!(ask(Method::GET, "/game/blue?tagging", String::new()).await, 403);
    assert_eq!(ask(Method::PUT, "/game/red?tagging", tags(&[("team", "blue")])).await, 403);
    assert_eq!(ask(Method::PUT, "/game/red?tagging", tags(&[("team", "green"), ("other", "1")])).await, 403);
    assert_eq!(ask(Method::PUT, "/game/red?tagging", tags(&[])).await, 403);
    assert_eq!(ask(Method::DELETE, "/game/blue?tagging", String::new()).await, 403);
    assert_eq!(ask(Method::PUT, "/game/red?tagging", tags(&[("team", "green"), ("note", "1")])).await, 200);
    // It is another team's now.
    assert_eq!(ask(Method::GET, "/game/red", String::new()).await, 403);
    assert_eq!(ask(Method::DELETE, "/game/red?tagging", String::new()).await, 403);
}

#[tokio::test]
async fn versions_have_tagging_actions_of_their_own() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = put(&server, "/game/k", "x").await.headers["x-amz-version-id"].to_str().unwrap().to_owned();
    let plain = user(&server, "plain", &allow("GetObjectTagging PutObjectTagging DeleteObjectTagging", "*")).await;
    let actions = "GetObjectVersionTagging PutObjectVersionTagging DeleteObjectVersionTagging";
    let versions = user(&server, "versions", &allow(actions, "*")).await;
    let (current, named) = ("/game/k?tagging".to_owned(), format!("/game/k?tagging&versionId={version}"));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = if method == Method::PUT { document(&[("a", "1")]) } else { String::new() };
        for (keys, target, allowed) in
            [(&plain, &current, true), (&plain, &named, false), (&versions, &current, false), (&versions, &named, true)]
        {
            let answer = server.s3(method.clone(), target, &[], body.clone(), Some(keys)).await;
            assert_eq!(answer.status < 300, allowed, "{method} {target}: {}", answer.text());
        }
    }
}
