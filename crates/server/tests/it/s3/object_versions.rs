//! Versions and delete markers, through the operations on objects.

use http::Method;
use server::testing::{Answer, TestServer};

use super::{allow, ask, delete, elements, get, get_with, post, put, put_with, refusal, start, user};

pub(super) async fn set_versioning(server: &TestServer, status: &str) {
    let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    let answer = put(server, "/game?versioning", &document).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn version_of(server: &TestServer, key: &str, body: &str) -> String {
    let answer = put(server, key, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    header(&answer, "x-amz-version-id").to_owned()
}

#[tokio::test]
async fn each_write_is_read_by_its_version() {
    let server = start().await;
    let plain = put(&server, "/game/k", "plain").await;
    assert_eq!(header(&plain, "x-amz-version-id"), "");
    assert_eq!(header(&get(&server, "/game/k").await, "x-amz-version-id"), "");
    set_versioning(&server, "Enabled").await;
    let (first, second) = (version_of(&server, "/game/k", "1").await, version_of(&server, "/game/k", "22").await);
    for (version, body) in [("null", "plain"), (&first, "1"), (&second, "22")] {
        let target = format!("/game/k?versionId={version}");
        let read = get(&server, &target).await;
        assert_eq!((read.text(), header(&read, "x-amz-version-id")), (body, version));
        let head = ask(&server, Method::HEAD, &target).await;
        assert_eq!(header(&head, "content-length"), body.len().to_string());
    }
    assert_eq!(header(&get(&server, "/game/k").await, "x-amz-version-id"), second);
    let other = get(&server, &format!("/game/other?versionId={first}")).await;
    assert_eq!(refusal(&other), (404, "NoSuchVersion".into()));
    for bad in ["", "0", "..%2F", &second.to_uppercase(), &format!("{second}0")] {
        let answer = get(&server, &format!("/game/k?versionId={bad}")).await;
        assert_eq!(refusal(&answer), (400, "InvalidArgument".into()), "{bad}");
    }
}

#[tokio::test]
async fn a_delete_marker_says_what_it_is() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = version_of(&server, "/game/k", "x").await;
    let deleted = delete(&server, "/game/k").await;
    assert_eq!((deleted.status, header(&deleted, "x-amz-delete-marker")), (204, "true"));
    let marker = header(&deleted, "x-amz-version-id").to_owned();
    let missing = get(&server, "/game/k").await;
    assert_eq!(refusal(&missing), (404, "NoSuchKey".into()));
    assert_eq!((header(&missing, "x-amz-delete-marker"), header(&missing, "x-amz-version-id")), ("true", &*marker));
    let target = format!("/game/k?versionId={marker}");
    let refused = get(&server, &target).await;
    assert_eq!(refusal(&refused), (405, "MethodNotAllowed".into()));
    for (name, value) in [("x-amz-delete-marker", "true"), ("allow", "DELETE"), ("x-amz-version-id", &*marker)] {
        assert_eq!(header(&refused, name), value);
    }
    assert!(!header(&refused, "last-modified").is_empty());
    let head = ask(&server, Method::HEAD, &target).await;
    assert_eq!((head.status, header(&head, "x-amz-delete-marker")), (405, "true"));
    assert_eq!(get(&server, &format!("/game/k?versionId={version}")).await.text(), "x");
    // A marker that goes brings back what it hid.
    let undone = delete(&server, &target).await;
    assert_eq!((header(&undone, "x-amz-delete-marker"), header(&undone, "x-amz-version-id")), ("true", &*marker));
    assert_eq!(get(&server, "/game/k").await.text(), "x");
    let gone = delete(&server, &format!("/game/k?versionId={version}")).await;
    assert_eq!((gone.status, header(&gone, "x-amz-delete-marker")), (204, ""));
    assert_eq!(refusal(&get(&server, "/game/k").await), (404, "NoSuchKey".into()));
    assert_eq!(header(&get(&server, "/game/k").await, "x-amz-delete-marker"), "");
}

#[tokio::test]
async fn many_are_deleted_with_their_versions() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = version_of(&server, "/game/a", "x").await;
    version_of(&server, "/game/b", "y").await;
    let entry = |key: &str, version: &str| format!("<Object><Key>{key}</Key>{version}</Object>");
    let named = |version: &str| format!("<VersionId>{version}</VersionId>");
    let document = format!(
        "<Delete>{}{}{}</Delete>",
        entry("a", &named(&version)),
        entry("b", ""),
        entry("b", &named("not-a-version"))
    );
    let answer = post(&server, "/game?delete", &document).await;
    assert_eq!(elements(&answer, "VersionId"), [version.as_str(), "not-a-version"]);
    assert_eq!(elements(&answer, "DeleteMarker"), ["true"]);
    let marker = elements(&answer, "DeleteMarkerVersionId").remove(0);
    assert_eq!(elements(&answer, "Code"), ["InvalidArgument"]);
    let document = format!("<Delete>{}</Delete>", entry("b", &named(&marker)));
    let answer = post(&server, "/game?delete", &document).await;
    assert_eq!(elements(&answer, "DeleteMarkerVersionId"), [marker]);
    assert_eq!(get(&server, "/game/b").await.text(), "y");
}

#[tokio::test]
async fn an_older_version_is_copied_over_the_newer() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let first = version_of(&server, "/game/k", "first").await;
    version_of(&server, "/game/k", "second").await;
    let source = format!("game/k?versionId={first}");
    let copied = put_with(&server, "/game/k", &[("x-amz-copy-source", &source)], "").await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    assert_eq!(header(&copied, "x-amz-copy-source-version-id"), first);
    assert_eq!(get(&server, "/game/k").await.text(), "first");
    let marker = delete(&server, "/game/k").await;
    let source = format!("game/k?versionId={}", header(&marker, "x-amz-version-id"));
    let refused = put_with(&server, "/game/c", &[("x-amz-copy-source", &source)], "").await;
    assert_eq!(refused.status, 405, "{}", refused.text());
}

#[tokio::test]
async fn versions_have_actions_of_their_own() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = version_of(&server, "/game/k", "x").await;
    let target = format!("/game/k?versionId={version}");
    let plain = user(&server, "plain", &allow("GetObject DeleteObject PutObject ListBucket", "*")).await;
    let versions = user(&server, "versions", &allow("GetObjectVersion ListBucketVersions", "*")).await;
    let one = format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObjectVersion","Resource":"*","Condition":{{"StringEquals":{{"s3:VersionId":"{version}"}}}}}}"#
    );
    let one = user(&server, "one", &one).await;
    let status = async |keys, method: Method, target: &str| server.s3(method, target, &[], "", Some(keys)).await.status;
    assert_eq!(status(&plain, Method::GET, "/game/k").await, 200);
    assert_eq!(status(&plain, Method::GET, &target).await, 403);
    assert_eq!(status(&plain, Method::DELETE, &target).await, 403);
    assert_eq!(status(&plain, Method::GET, "/game?versions").await, 403);
    assert_eq!(status(&versions, Method::GET, &target).await, 200);
    assert_eq!(status(&versions, Method::GET, "/game/k").await, 403);
    assert_eq!(status(&versions, Method::DELETE, &target).await, 403);
    assert_eq!(status(&versions, Method::GET, "/game?versions").await, 200);
    assert_eq!(status(&one, Method::GET, &target).await, 200);
    assert_eq!(status(&one, Method::GET, "/game/k?versionId=null").await, 403);
    let source = [("x-amz-copy-source", format!("game/k?versionId={version}"))];
    let copy = server.s3(Method::PUT, "/game/c", &source, "", Some(&plain)).await;
    assert_eq!(copy.status, 403);
    // The tags of a version that are copied with it have their own action too.
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    assert_eq!(put(&server, &format!("/game/k?tagging&versionId={version}"), tags).await.status, 200);
    let actions = "GetObjectVersion PutObject PutObjectTagging";
    for (name, more, wanted) in [("without", "GetObjectTagging", 403), ("with", "GetObjectVersionTagging", 200)] {
        let keys = user(&server, name, &allow(&format!("{actions} {more}"), "*")).await;
        assert_eq!(server.s3(Method::PUT, "/game/c", &source, "", Some(&keys)).await.status, wanted, "{name}");
    }
}

#[tokio::test]
async fn conditions_hold_of_the_current_version() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    version_of(&server, "/game/k", "x").await;
    let absent = [("if-none-match", "*")];
    assert_eq!(put_with(&server, "/game/k", &absent, "y").await.status, 412);
    delete(&server, "/game/k").await;
    assert_eq!(put_with(&server, "/game/k", &absent, "y").await.status, 200);
    let e_tag = header(&get(&server, "/game/k").await, "etag").to_owned();
    let stale = get_with(&server, "/game/k", &[("if-none-match", &e_tag)]).await;
    assert_eq!((stale.status, header(&stale, "x-amz-version-id").len()), (304, 32));
}

#[tokio::test]
async fn a_bucket_with_versions_stays() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    let version = version_of(&server, "/game/k", "x").await;
    let marker = header(&delete(&server, "/game/k").await, "x-amz-version-id").to_owned();
    assert_eq!(refusal(&delete(&server, "/game").await), (409, "BucketNotEmpty".into()));
    delete(&server, &format!("/game/k?versionId={version}")).await;
    assert_eq!(refusal(&delete(&server, "/game").await), (409, "BucketNotEmpty".into()));
    delete(&server, &format!("/game/k?versionId={marker}")).await;
    assert_eq!(delete(&server, "/game").await.status, 204);
}
