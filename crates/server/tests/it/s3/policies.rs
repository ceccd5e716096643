//! PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, and what they do to other operations.

use http::Method;

use super::{allow, delete, get, put, put_with, refusal, start, user};

#[tokio::test]
async fn each_user_reaches_their_own_prefix_alone() {
    let server = start().await;
    let ann = user(&server, "ann", &allow("GetObject PutObject DeleteObject", "game/${aws:username}/*")).await;
    let write = server.s3(Method::PUT, "/game/ann/score", &[], "10", Some(&ann)).await;
    assert_eq!(write.status, 200, "{}", write.text());
    assert_eq!(server.s3(Method::GET, "/game/ann/score", &[], "", Some(&ann)).await.text(), "10");
    for (method, target) in [
        (Method::GET, "/game/bob/score"),
        (Method::PUT, "/game/bob/score"),
        (Method::DELETE, "/game/bob/score"),
        (Method::GET, "/game/ann%2F..%2Fbob/score2x"),
        (Method::PUT, "/game/annx/score"),
        (Method::GET, "/game?list-type=2"),
        (Method::DELETE, "/game"),
    ] {
        let answer = server.s3(method.clone(), target, &[], "", Some(&ann)).await;
        // A key below the own prefix that has dot segments is that very key, and not there.
        let wanted = if target.contains("..") { "User: arn:aws:iam::000000000000:user/ann" } else { "User: " };
        assert_eq!(refusal(&answer), (403, "AccessDenied".into()), "{method} {target}");
        assert!(answer.message().starts_with(wanted), "{}", answer.message());
    }
}

#[tokio::test]
async fn a_missing_key_is_told_to_those_who_may_list() {
    let server = start().await;
    let reader = user(&server, "reader", &allow("GetObject", "game/*")).await;
    let answer = server.s3(Method::GET, "/game/none", &[], "", Some(&reader)).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied".into()));
    let wanted = "User: arn:aws:iam::000000000000:user/reader is not authorized to perform: s3:ListBucket on resource: \
                  \"arn:aws:s3:::game\" because no identity-based policy allows the s3:ListBucket action";
    assert_eq!(answer.message(), wanted);
    let both = format!("{},{}", allow("GetObject", "game/*"), allow("ListBucket", "game"));
    let lister = user(&server, "lister", &both).await;
    let answer = server.s3(Method::GET, "/game/none", &[], "", Some(&lister)).await;
    assert_eq!((refusal(&answer), answer.element("Key")), ((404, "NoSuchKey".into()), "none".into()));
}

#[tokio::test]
async fn a_public_prefix_is_read_by_strangers() {
    let server = start().await;
    put(&server, "/game/public/news", "hello").await;
    put(&server, "/game/ann/secret", "x").await;
    let stranger = |target: &'static str| server.s3(Method::GET, target, &[], "", None);
    assert_eq!(refusal(&stranger("/game/public/news").await), (403, "AccessDenied".into()));
    assert_eq!(delete(&server, "/game?publicAccessBlock").await.status, 204);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/public/*"}]}"#;
    assert_eq!(put(&server, "/game?policy", policy).await.status, 204);
    assert_eq!(stranger("/game/public/news").await.text(), "hello");
    assert_eq!(refusal(&stranger("/game/ann/secret").await), (403, "AccessDenied".into()));
    assert_eq!(refusal(&stranger("/game/public/none").await), (403, "AccessDenied".into()));
    assert_eq!(
        refusal(&stranger("/game/public/news?response-content-type=text/html").await),
        (400, "InvalidRequest".into())
    );
    let write = server.s3(Method::PUT, "/game/public/news", &[], "evil", None).await;
    assert_eq!(refusal(&write), (403, "AccessDenied".into()));
    let kept = get(&server, "/game?policy").await;
    assert_eq!((kept.text(), kept.headers["content-type"].to_str().unwrap()), (policy, "application/json"));
    assert_eq!(delete(&server, "/game?policy").await.status, 204);
    assert_eq!(refusal(&get(&server, "/game?policy").await), (404, "NoSuchBucketPolicy".into()));
    assert_eq!(refusal(&stranger("/game/public/news").await), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_bucket_policy_can_deny_what_a_user_may() {
    let server = start().await;
    let ann = user(&server, "ann", &allow("PutObject", "game/*")).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::game/*","Condition":{"StringNotEquals":{"s3:x-amz-storage-class":"STANDARD_IA"}}}]}"#;
    assert_eq!(put(&server, "/game?policy", policy).await.status, 204);
    let denied = server.s3(Method::PUT, "/game/k", &[], "x", Some(&ann)).await;
    assert_eq!(refusal(&denied), (403, "AccessDenied".into()));
    assert!(denied.message().contains("explicit deny in a resource-based policy"), "{}", denied.message());
    let class = [("x-amz-storage-class", "STANDARD_IA".to_owned())];
    assert_eq!(server.s3(Method::PUT, "/game/k", &class, "x", Some(&ann)).await.status, 200);
}

#[tokio::test]
async fn policies_are_checked_before_they_are_stored() {
    let server = start().await;
    let statement = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
        )
    };
    for (policy, message) in [
        ("<xml/>".to_owned(), "Policies must be valid JSON and the first byte must be '{'"),
        (statement("arn:aws:s3:::other/*"), "Policy has invalid resource"),
        (statement("arn:aws:s3:::game"), "Action does not apply to any resource(s) in statement"),
    ] {
        let answer = put(&server, "/game?policy", &policy).await;
        assert_eq!((refusal(&answer), answer.message().as_str()), ((400, "MalformedPolicy".into()), message));
    }
    let long = format!("{}{}", statement("arn:aws:s3:::game/*"), " ".repeat(20 * 1024));
    assert_eq!(put(&server, "/game?policy", &long).await.status, 400);
    let wrong = [("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")];
    let answer = put_with(&server, "/game?policy", &wrong, &statement("arn:aws:s3:::game/*")).await;
    assert_eq!(answer.code(), "BadDigest");
    assert_eq!(get(&server, "/game?policy").await.status, 404);
}

#[tokio::test]
async fn tags_take_part_in_decisions() {
    let server = start().await;
    let condition = r#","Condition":{"StringEquals":{"s3:ExistingObjectTag/level":"open"}}}"#;
    let read = allow("GetObject", "game/*").replace('}', condition);
    let write = allow("PutObject PutObjectTagging", "game/*")
        .replace('}', r#","Condition":{"StringEquals":{"s3:RequestObjectTag/level":"open"}}}"#);
    let ann = user(&server, "ann", &format!("{read},{write}")).await;
    put_with(&server, "/game/open", &[("x-amz-tagging", "level=open")], "x").await;
    put_with(&server, "/game/closed", &[("x-amz-tagging", "level=closed")], "x").await;
    assert_eq!(server.s3(Method::GET, "/game/open", &[], "", Some(&ann)).await.status, 200);
    assert_eq!(server.s3(Method::GET, "/game/closed", &[], "", Some(&ann)).await.status, 403);
    let tagged = |value: &str| vec![("x-amz-tagging", format!("level={value}"))];
    assert_eq!(server.s3(Method::PUT, "/game/new", &tagged("open"), "x", Some(&ann)).await.status, 200);
    assert_eq!(server.s3(Method::PUT, "/game/new", &tagged("closed"), "x", Some(&ann)).await.status, 403);
    assert_eq!(server.s3(Method::PUT, "/game/new", &[], "x", Some(&ann)).await.status, 403);
}

#[tokio::test]
async fn a_policy_that_denies_everything_is_mended_by_the_root_of_its_account_alone() {
    let server = start().await;
    let all = user(&server, "all", r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#).await;
    let shut = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::game","arn:aws:s3:::game/*"]}]}"#;
    assert_eq!(put(&server, "/game?policy", shut).await.status, 204);
    let other = server.other_root().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for keys in [Some(&all), Some(&other), None] {
            let answer = server.s3(method.clone(), "/game?policy", &[], shut, keys).await;
            assert_eq!(refusal(&answer), (403, "AccessDenied".into()), "{method}");
        }
    }
    // It says nothing else to the root but that.
    assert_eq!(refusal(&put(&server, "/game/k", "x").await), (403, "AccessDenied".into()));
    assert_eq!(refusal(&delete(&server, "/game").await), (403, "AccessDenied".into()));
    assert_eq!(get(&server, "/game?policy").await.text(), shut);
    assert_eq!(put(&server, "/game?policy", shut).await.status, 204);
    assert_eq!(delete(&server, "/game?policy").await.status, 204);
    assert_eq!(put(&server, "/game/k", "x").await.status, 200);
}
