//! CopyObject.

use super::{allow, get, put, put_with, refusal, start, user};

#[tokio::test]
async fn copies_keep_or_replace_what_is_known() {
    let server = start().await;
    let headers = [("content-type", "text/plain"), ("x-amz-meta-a", "1"), ("x-amz-tagging", "t=1")];
    put_with(&server, "/game/from%20here", &headers, "hello").await;
    let kept = put_with(&server, "/game/kept", &[("x-amz-copy-source", "/game/from%20here")], "").await;
    assert_eq!((kept.status, kept.element("ETag")), (200, "\"5d41402abc4b2a76b9719d911017c592\"".into()));
    let kept = get(&server, "/game/kept").await;
    assert_eq!((kept.text(), kept.headers["x-amz-meta-a"].to_str().unwrap()), ("hello", "1"));
    assert_eq!(kept.headers["x-amz-tagging-count"], "1");
    let replace = [
        ("x-amz-copy-source", "game/from%20here"),
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("x-amz-meta-b", "2"),
    ];
    put_with(&server, "/game/replaced", &replace, "").await;
    let replaced = get(&server, "/game/replaced").await;
    assert_eq!(replaced.headers["x-amz-meta-b"], "2");
    for gone in ["x-amz-meta-a", "x-amz-tagging-count"] {
        assert!(replaced.headers.get(gone).is_none(), "{gone}");
    }
}

#[tokio::test]
async fn conditions_are_about_the_source() {
    let server = start().await;
    put(&server, "/game/a", "hello").await;
    let source = ("x-amz-copy-source", "game/a");
    let answer = put_with(&server, "/game/b", &[source, ("x-amz-copy-source-if-match", "\"x\"")], "").await;
    assert_eq!(refusal(&answer), (412, "PreconditionFailed".into()));
    let answer = put_with(&server, "/game/b", &[source, ("x-amz-copy-source-if-none-match", "*")], "").await;
    assert_eq!(refusal(&answer), (412, "PreconditionFailed".into()));
    assert_eq!(get(&server, "/game/b").await.status, 404);
}

#[tokio::test]
async fn wrong_sources_are_told() {
    let server = start().await;
    put(&server, "/game/a", "hello").await;
    for (source, status, code) in [
        ("game/none", 404, "NoSuchKey"),
        ("none/a", 404, "NoSuchBucket"),
        ("game", 400, "InvalidArgument"),
        ("game/", 400, "InvalidArgument"),
        ("game/%FF", 400, "InvalidArgument"),
        ("game/a%00", 400, "InvalidArgument"),
        ("game/a?versionId=x", 400, "InvalidArgument"),
        ("arn:aws:s3:us-east-1:1:accesspoint/x/object/k", 501, "NotImplemented"),
    ] {
        let answer = put_with(&server, "/game/b", &[("x-amz-copy-source", source)], "").await;
        assert_eq!(refusal(&answer), (status, code.into()), "{source}");
    }
    let source = ("x-amz-copy-source", "game/a");
    for unknown in ["x-amz-metadata-directive", "x-amz-tagging-directive"] {
        let answer = put_with(&server, "/game/b", &[source, (unknown, "replace")], "").await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{unknown}");
    }
    let itself = put_with(&server, "/game/a", &[source], "").await;
    assert_eq!(refusal(&itself), (400, "InvalidRequest".into()));
    for changed in [("x-amz-storage-class", "STANDARD_IA"), ("x-amz-website-redirect-location", "/b")] {
        let answer = put_with(&server, "/game/a", &[source, changed], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_copy_needs_to_read_its_source() {
    let server = start().await;
    put(&server, "/game/ann/secret", "hello").await;
    let bob = user(&server, "bob", &allow("GetObject PutObject", "game/bob/*")).await;
    let copy = |from: &str| vec![("x-amz-copy-source", from.to_owned())];
    let answer = server.s3(http::Method::PUT, "/game/bob/loot", &copy("game/ann/secret"), "", Some(&bob)).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied".into()));
    assert!(answer.message().contains("s3:GetObject on resource: \"arn:aws:s3:::game/ann/secret\""));
    put(&server, "/game/bob/a", "x").await;
    let answer = server.s3(http::Method::PUT, "/game/bob/b", &copy("game/bob/a"), "", Some(&bob)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = server.s3(http::Method::PUT, "/game/ann/b", &copy("game/bob/a"), "", Some(&bob)).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn the_tags_that_are_copied_are_those_that_were_decided_on() {
    let server = start().await;
    put_with(&server, "/game/prod", &[("x-amz-tagging", "env=prod")], "hello").await;
    put_with(&server, "/game/dev", &[("x-amz-tagging", "env=dev")], "hello").await;
    let tagging = r#"{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::game/*",
        "Condition":{"StringEquals":{"s3:RequestObjectTag/env":"dev"}}}"#;
    let reading = allow("GetObject GetObjectTagging PutObject", "game/*");
    let bob = user(&server, "bob", &format!("{reading},{tagging}")).await;
    let copy = async |from: &str, said: &[(&'static str, &str)]| {
        let mut headers = vec![("x-amz-copy-source", from.to_owned())];
        headers.extend(said.iter().map(|(name, value)| (*name, (*value).to_owned())));
        server.s3(http::Method::PUT, "/game/copy", &headers, "", Some(&bob)).await
    };
    assert_eq!(copy("game/dev", &[]).await.status, 200);
    // The header says nothing about a copy that takes the tags of its source.
    for said in [&[][..], &[("x-amz-tagging", "env=dev")]] {
        assert_eq!(refusal(&copy("game/prod", said).await), (403, "AccessDenied".into()), "{said:?}");
    }
    let replaced = copy("game/prod", &[("x-amz-tagging", "env=dev"), ("x-amz-tagging-directive", "REPLACE")]).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text());
}

#[tokio::test]
async fn a_copy_has_the_class_that_it_asks_for() {
    let server = start().await;
    put_with(&server, "/game/a", &[("x-amz-storage-class", "GLACIER"), ("x-amz-meta-a", "1")], "hello").await;
    put_with(&server, "/game/b", &[("x-amz-copy-source", "game/a")], "").await;
    let copied = get(&server, "/game/b").await;
    assert!(copied.headers.get("x-amz-storage-class").is_none());
    assert_eq!(copied.headers["x-amz-meta-a"], "1");
    let changed = [("x-amz-copy-source", "game/b"), ("x-amz-storage-class", "STANDARD_IA")];
    assert_eq!(put_with(&server, "/game/b", &changed, "").await.status, 200);
    assert_eq!(get(&server, "/game/b").await.headers["x-amz-storage-class"], "STANDARD_IA");
}
