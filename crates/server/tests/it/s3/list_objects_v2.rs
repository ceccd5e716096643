//! ListObjectsV2, ListObjects.

use server::testing::TestServer;

use super::{allow, elements, get, put, refusal, start, user};

async fn filled() -> TestServer {
    let server = start().await;
    for key in ["a", "b/1", "b/2", "c/1", "d", "e%20f"] {
        put(&server, &format!("/game/{key}"), "hello").await;
    }
    server
}

#[tokio::test]
async fn folders_are_rolled_up() {
    let server = filled().await;
    let answer = get(&server, "/game?list-type=2&delimiter=%2F").await;
    assert_eq!(elements(&answer, "Key"), ["a", "d", "e f"]);
    assert_eq!(elements(&answer, "Prefix"), ["b/", "c/"]);
    assert_eq!((answer.element("KeyCount"), answer.element("IsTruncated")), ("5".into(), "false".into()));
    assert_eq!((answer.element("Size"), answer.element("StorageClass")), ("5".into(), "STANDARD".into()));
    let below = get(&server, "/game?list-type=2&delimiter=%2F&prefix=b%2F").await;
    assert_eq!(elements(&below, "Key"), ["b/1", "b/2"]);
    assert_eq!(below.element("Prefix"), "b/");
}

#[tokio::test]
async fn pages_follow_each_other() {
    let server = filled().await;
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..10 {
        let next = if token.is_empty() { String::new() } else { format!("&continuation-token={token}") };
        let answer = get(&server, &format!("/game?list-type=2&delimiter=%2F&max-keys=2{next}")).await;
        seen.extend(elements(&answer, "Key"));
        seen.extend(elements(&answer, "Prefix").into_iter().filter(|prefix| !prefix.is_empty()));
        token = answer.element("NextContinuationToken");
        if answer.element("IsTruncated") == "false" {
            break;
        }
    }
    assert_eq!(seen, ["a", "b/", "d", "c/", "e f"]);
    assert!(token.is_empty());
}

#[tokio::test]
async fn a_token_is_good_for_its_bucket_alone() {
    let server = filled().await;
    put(&server, "/other", "").await;
    let token = get(&server, "/game?list-type=2&max-keys=1").await.element("NextContinuationToken");
    for (bucket, token) in [("other", token.as_str()), ("game", "x"), ("game", "")] {
        let answer = get(&server, &format!("/{bucket}?list-type=2&continuation-token={token}")).await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{bucket} {token}");
    }
}

#[tokio::test]
async fn listings_begin_and_spell_as_asked() {
    let server = filled().await;
    let answer = get(&server, "/game?list-type=2&start-after=d&encoding-type=url&fetch-owner=true").await;
    assert_eq!((elements(&answer, "Key"), answer.element("ID")), (vec!["e%20f".into()], "000000000000".into()));
    assert_eq!(elements(&get(&server, "/game?list-type=2&max-keys=0").await, "Key").len(), 0);
    assert_eq!(get(&server, "/game?list-type=2&max-keys=5000").await.element("MaxKeys"), "1000");
    for wrong in ["max-keys=-1", "max-keys=x", "encoding-type=html"] {
        let answer = get(&server, &format!("/game?list-type=2&{wrong}")).await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{wrong}");
    }
    assert_eq!(refusal(&get(&server, "/none?list-type=2").await), (404, "NoSuchBucket".into()));
}

#[tokio::test]
async fn the_older_form_goes_by_markers() {
    let server = filled().await;
    let answer = get(&server, "/game?delimiter=%2F&max-keys=2").await;
    assert_eq!((elements(&answer, "Key"), answer.element("NextMarker")), (vec!["a".into()], "b/".into()));
    let answer = get(&server, "/game?delimiter=%2F&marker=b%2F").await;
    assert_eq!(elements(&answer, "Key"), ["d", "e f"]);
    assert_eq!(elements(&get(&server, "/game?marker=b%2F1").await, "Key"), ["b/2", "c/1", "d", "e f"]);
}

#[tokio::test]
async fn a_policy_may_name_prefix_and_delimiter() {
    let server = filled().await;
    let condition = r#","Condition":{"StringEquals":{"s3:prefix":"b/","s3:delimiter":"/"},"NumericLessThanEquals":{"s3:max-keys":"10"}}}"#;
    let statement = allow("ListBucket", "game").replace('}', condition);
    let bob = user(&server, "bob", &statement).await;
    for (query, status) in [
        ("prefix=b%2F&delimiter=%2F&max-keys=10", 200),
        ("prefix=b%2F&delimiter=%2F&max-keys=11", 403),
        ("prefix=b%2F&delimiter=%2F", 403),
        ("prefix=b&delimiter=%2F&max-keys=10", 403),
        ("prefix=b%2F&max-keys=10", 403),
        ("max-keys=10", 403),
    ] {
        let answer = server.s3(http::Method::GET, &format!("/game?list-type=2&{query}"), &[], "", Some(&bob)).await;
        assert_eq!(answer.status, status, "{query}");
    }
}
