//! PutBucketTagging, GetBucketTagging, DeleteBucketTagging, PutBucketAbac, GetBucketAbac.

use http::Method;

use super::{allow, delete, elements, get, put, refusal, start, user};

fn tags(pairs: &[(&str, &str)]) -> String {
    let tags: String =
        pairs.iter().map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")).collect();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

const ABAC: &str = "<AbacStatus><Status>Enabled</Status></AbacStatus>";

#[tokio::test]
async fn tags_are_kept_replaced_and_forgotten() {
    let server = start().await;
    assert_eq!(refusal(&get(&server, "/game?tagging").await), (404, "NoSuchTagSet".into()));
    assert_eq!(put(&server, "/game?tagging", &tags(&[("team", "red"), ("a b", "")])).await.status, 204);
    let kept = get(&server, "/game?tagging").await;
    assert_eq!(
        (elements(&kept, "Key"), elements(&kept, "Value")),
        (vec!["a b".into(), "team".into()], vec!["red".into()])
    );
    assert_eq!(put(&server, "/game?tagging", &tags(&[("team", "blue")])).await.status, 204);
    assert_eq!(elements(&get(&server, "/game?tagging").await, "Value"), ["blue"]);
    assert_eq!(delete(&server, "/game?tagging").await.status, 204);
    assert_eq!(refusal(&get(&server, "/game?tagging").await), (404, "NoSuchTagSet".into()));
}

#[tokio::test]
async fn tags_that_cannot_be_are_refused() {
    let server = start().await;
    let many: Vec<String> = (0..51).map(|at| format!("k{at}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "x")).collect();
    let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
    for pairs in [
        &many[..],
        &[("a", "1"), ("a", "2")],
        &[("", "x")],
        &[("aws:own", "x")],
        &[(&long_key, "x")],
        &[("k", &long_value)],
        &[("k!", "x")],
    ] {
        assert_eq!(refusal(&put(&server, "/game?tagging", &tags(pairs)).await), (400, "InvalidTag".into()));
    }
    for document in ["", "<Tagging/>", "<TagSet/>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"] {
        assert_eq!(put(&server, "/game?tagging", document).await.code(), "MalformedXML", "{document}");
    }
    assert_eq!(put(&server, "/game?tagging", &tags(&many[..50])).await.status, 204);
}

#[tokio::test]
async fn tags_decide_once_that_is_wished_for() {
    let server = start().await;
    let condition = r#","Condition":{"StringEquals":{"aws:ResourceTag/team":"red","s3:BucketTag/team":"red"}}}"#;
    let ann = user(&server, "ann", &allow("ListBucket GetObject", "game*").replace('}', condition)).await;
    let list = async || server.s3(Method::GET, "/game?list-type=2", &[], "", Some(&ann)).await.status;
    put(&server, "/game?tagging", &tags(&[("team", "red")])).await;
    put(&server, "/game/k", "x").await;
    assert_eq!(list().await, 403, "tags do not count yet");
    assert_eq!(get(&server, "/game?abac").await.element("Status"), "Disabled");
    assert_eq!(put(&server, "/game?abac", ABAC).await.status, 200);
    assert_eq!(get(&server, "/game?abac").await.element("Status"), "Enabled");
    assert_eq!(list().await, 200);
    assert_eq!(server.s3(Method::GET, "/game/k", &[], "", Some(&ann)).await.status, 200);
    put(&server, "/game?tagging", &tags(&[("team", "blue")])).await;
    assert_eq!(list().await, 403);
    assert_eq!(put(&server, "/game?abac", &ABAC.replace("Enabled", "On")).await.code(), "MalformedXML");
}

#[tokio::test]
async fn whoever_may_tag_gives_themselves_nothing_where_tags_decide() {
    let server = start().await;
    let tag_only = user(&server, "ann", &allow("PutBucketTagging", "game")).await;
    let both = format!(
        "{},{}",
        allow("PutBucketTagging", "game"),
        allow("TagResource UntagResource", "game")
            .replace('}', r#","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"colour"}}}"#)
    );
    let bob = user(&server, "bob", &both).await;
    let body = tags(&[("team", "red")]);
    let by =
        async |keys, body: &str| server.s3(Method::PUT, "/game?tagging", &[], body.to_owned(), Some(keys)).await.status;
    assert_eq!(by(&tag_only, &body).await, 204, "tags mean nothing yet");
    put(&server, "/game?abac", ABAC).await;
    assert_eq!(by(&tag_only, &tags(&[("team", "blue")])).await, 403);
    assert_eq!(by(&bob, &tags(&[("team", "blue")])).await, 403);
    assert_eq!(by(&bob, &tags(&[("team", "red"), ("colour", "green")])).await, 204, "what stays is no request");
    assert_eq!(by(&bob, &tags(&[("colour", "green")])).await, 403, "`team` would go");
    let forget = server.s3(Method::DELETE, "/game?tagging", &[], "", Some(&bob)).await;
    assert_eq!(refusal(&forget), (403, "AccessDenied".into()));
    assert!(forget.message().contains("s3:UntagResource"), "{}", forget.message());
    assert_eq!(elements(&get(&server, "/game?tagging").await, "Key"), ["colour", "team"]);
}

#[tokio::test]
async fn a_bucket_may_be_made_with_tags() {
    let server = start().await;
    let document = |pairs: &[(&str, &str)]| {
        let tags = tags(pairs).replace("Tagging>", "CreateBucketConfiguration>").replace("TagSet>", "Tags>");
        tags.replace("<TagSet/>", "")
    };
    let make = allow("CreateBucket", "*");
    let ann = user(&server, "ann", &make).await;
    let denied = server.s3(Method::PUT, "/red-one", &[], document(&[("team", "red")]), Some(&ann)).await;
    assert!(denied.message().contains("s3:TagResource"), "{}", denied.message());
    let tagging =
        allow("TagResource", "red*").replace('}', r#","Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}}"#);
    let bob = user(&server, "bob", &format!("{make},{tagging}")).await;
    let by_bob = async |body: String| server.s3(Method::PUT, "/red-one", &[], body, Some(&bob)).await.status;
    assert_eq!(by_bob(document(&[("team", "blue")])).await, 403);
    assert_eq!(by_bob(document(&[("team", "red")])).await, 200);
    assert_eq!(elements(&get(&server, "/red-one?tagging").await, "Value"), ["red"]);
}
