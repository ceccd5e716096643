//! CreateBucket, ListBuckets, HeadBucket, DeleteBucket, GetBucketLocation.

use http::Method;
use server::testing::TestServer;
use store::records::buckets::Bucket;

use super::{ask, delete, elements, get, put, put_with, refusal, services, start};

#[tokio::test]
async fn buckets_are_made_listed_and_deleted() {
    let server = TestServer::start(services).await;
    let made = put(&server, "/game", "").await;
    assert_eq!((made.status, made.headers["location"].to_str().unwrap()), (200, "/game"));
    assert_eq!(put(&server, "/another.one", "").await.status, 200);
    let listed = get(&server, "/").await;
    assert_eq!(elements(&listed, "Name"), ["another.one", "game"]);
    assert_eq!(listed.element("CreationDate"), "2026-01-02T12:00:00.000Z");
    assert_eq!(elements(&get(&server, "/?prefix=g").await, "Name"), ["game"]);
    let head = ask(&server, Method::HEAD, "/game").await;
    assert_eq!((head.status, head.headers["x-amz-bucket-region"].to_str().unwrap()), (200, "us-east-1"));
    assert_eq!(delete(&server, "/game").await.status, 204);
    assert_eq!(ask(&server, Method::HEAD, "/game").await.status, 404);
    assert_eq!(refusal(&delete(&server, "/game").await), (404, "NoSuchBucket".into()));
}

#[tokio::test]
async fn pages_of_buckets_follow_each_other() {
    let server = TestServer::start(services).await;
    for name in ["aaa", "bbb", "ccc"] {
        put(&server, &format!("/{name}"), "").await;
    }
    let first = get(&server, "/?max-buckets=2").await;
    assert_eq!(elements(&first, "Name"), ["aaa", "bbb"]);
    let token = first.element("ContinuationToken");
    let second = get(&server, &format!("/?continuation-token={token}&max-buckets=2")).await;
    assert_eq!((elements(&second, "Name"), second.element("ContinuationToken")), (vec!["ccc".into()], "".into()));
    let wrong = get(&server, "/?continuation-token=x").await;
    assert_eq!(refusal(&wrong), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let server = start().await;
    assert_eq!(refusal(&put(&server, "/game", "").await), (409, "BucketAlreadyOwnedByYou".into()));
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let server = TestServer::start(services).await;
    for name in ["ab", "Game", "a_b", "192.168.0.1", "-abc", "identitypools", "xn--abc"] {
        let answer = put(&server, &format!("/{name}"), "").await;
        assert_eq!(refusal(&answer), (400, "InvalidBucketName".into()), "{name}");
    }
}

#[tokio::test]
async fn other_regions_acls_and_locks_are_refused() {
    let server = TestServer::start(services).await;
    let elsewhere =
        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    let answer = put(&server, "/game", elsewhere).await;
    assert_eq!(refusal(&answer), (400, "IllegalLocationConstraintException".into()));
    for (header, value, code) in [
        ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
        ("x-amz-bucket-object-lock-enabled", "true", "NotImplemented"),
        ("x-amz-object-ownership", "ObjectWriter", "NotImplemented"),
        ("x-amz-object-ownership", "x", "MalformedXML"),
    ] {
        assert_eq!(put_with(&server, "/game", &[(header, value)], "").await.code(), code, "{header}");
    }
    assert_eq!(refusal(&put(&server, "/game", "<Other/>").await), (400, "MalformedXML".into()));
    let here = elsewhere.replace("eu-west-1", "us-east-1");
    assert_eq!(put_with(&server, "/game", &[("x-amz-acl", "private")], &here).await.status, 200);
}

#[tokio::test]
async fn a_bucket_with_objects_stays() {
    let server = start().await;
    put(&server, "/game/k", "x").await;
    assert_eq!(refusal(&delete(&server, "/game").await), (409, "BucketNotEmpty".into()));
    delete(&server, "/game/k").await;
    assert_eq!(delete(&server, "/game").await.status, 204);
    // A bucket of the same name is another one.
    put(&server, "/game", "").await;
    assert_eq!(get(&server, "/game?list-type=2").await.element("KeyCount"), "0");
}

#[tokio::test]
async fn the_location_of_the_first_region_is_nothing() {
    let server = start().await;
    let answer = get(&server, "/game?location").await;
    assert!(answer.text().ends_with("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>"));
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let server = start().await;
    for target in ["/game?inventory", "/game/k?torrent", "/game/k?retention"] {
        assert_eq!(refusal(&get(&server, target).await), (501, "NotImplemented".into()), "{target}");
    }
    assert_eq!(refusal(&ask(&server, Method::PATCH, "/game").await), (405, "MethodNotAllowed".into()));
}

#[tokio::test]
async fn the_expected_owner_must_be_the_owner() {
    let server = start().await;
    let header = |account: &'static str| [("x-amz-expected-bucket-owner", account)];
    assert_eq!(put_with(&server, "/game/k", &header("000000000000"), "x").await.status, 200);
    let answer = put_with(&server, "/game/k", &header("111111111111"), "x").await;
    assert_eq!(refusal(&answer), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_buckets() {
    let server = start().await;
    let configuration = &server.host.configuration;
    let one = configuration.get::<Bucket>("game").await.unwrap().unwrap();
    let numbers: Vec<u32> = (1..10_000).collect();
    for some in numbers.chunks(250) {
        let mut batch = configuration.batch();
        for number in some {
            batch.insert(&Bucket { name: format!("more-{number}"), ..Bucket::clone(&one) }).unwrap();
        }
        configuration.commit(batch).await.unwrap();
    }
    assert_eq!(refusal(&put(&server, "/last", "").await), (400, "TooManyBuckets".into()));
    let other = server.other_root().await;
    assert_eq!(server.s3(Method::PUT, "/last", &[], "", Some(&other)).await.status, 200);
    assert_eq!(delete(&server, "/more-1").await.status, 204);
    assert_eq!(put(&server, "/another", "").await.status, 200);
}
