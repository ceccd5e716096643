//! ListObjectVersions.

use http::Method;

use super::object_versions::set_versioning;
use super::{delete, elements, get, put, refusal, start, user};

#[tokio::test]
async fn versions_and_markers_are_listed() {
    let server = start().await;
    put(&server, "/game/a", "old").await;
    set_versioning(&server, "Enabled").await;
    for target in ["/game/a", "/game/b", "/game/f/1", "/game/f/2"] {
        assert_eq!(put(&server, target, "x").await.status, 200);
    }
    delete(&server, "/game/b").await;
    let listed = get(&server, "/game?versions").await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    let versions = elements(&listed, "Version");
    assert_eq!((versions.len(), elements(&listed, "DeleteMarker").len()), (5, 1));
    assert!(
        versions[1].contains("<VersionId>null</VersionId>") && versions[1].contains("<IsLatest>false"),
        "{versions:?}"
    );
    assert!(elements(&listed, "DeleteMarker")[0].contains("<IsLatest>true</IsLatest>"));
    for name in ["ETag", "Size", "StorageClass", "LastModified", "Owner"] {
        assert!(versions[0].contains(&format!("<{name}>")), "{name}");
    }
    let folders = get(&server, "/game?versions&delimiter=/&prefix=f").await;
    assert_eq!(
        (elements(&folders, "Version").len(), elements(&folders, "CommonPrefixes")),
        (0, vec!["<Prefix>f/</Prefix>".into()])
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let server = start().await;
    set_versioning(&server, "Enabled").await;
    for number in 0..5 {
        put(&server, "/game/k%20", &number.to_string()).await;
    }
    put(&server, "/game/z", "x").await;
    let whole = elements(&get(&server, "/game?versions").await, "VersionId");
    assert_eq!(whole.len(), 6);
    let (mut seen, mut markers) = (Vec::new(), String::new());
    loop {
        let page = get(&server, &format!("/game?versions&max-keys=2&encoding-type=url{markers}")).await;
        seen.extend(elements(&page, "VersionId"));
        if page.element("IsTruncated") == "false" {
            break;
        }
        let (key, version) = (page.element("NextKeyMarker"), page.element("NextVersionIdMarker"));
        markers = format!("&key-marker={key}&version-id-marker={version}");
    }
    assert_eq!(seen, whole);
    let alone = get(&server, &format!("/game?versions&version-id-marker={}", whole[0])).await;
    assert_eq!(refusal(&alone), (400, "InvalidArgument".into()));
    let wrong = get(&server, "/game?versions&key-marker=k&version-id-marker=x").await;
    assert_eq!(refusal(&wrong), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn a_policy_may_name_the_prefix() {
    let server = start().await;
    let statement = r#"{"Effect":"Allow","Action":"s3:ListBucketVersions","Resource":"arn:aws:s3:::game","Condition":{"StringEquals":{"s3:prefix":"f/","s3:delimiter":"/"},"NumericLessThanEquals":{"s3:max-keys":"10"}}}"#;
    let keys = user(&server, "lister", statement).await;
    for (query, status) in [
        ("prefix=f/&delimiter=/&max-keys=10", 200),
        ("prefix=f/&delimiter=/", 403),
        ("prefix=f/&max-keys=10", 403),
        ("prefix=g/&delimiter=/&max-keys=10", 403),
    ] {
        let target = format!("/game?versions&{query}");
        assert_eq!(server.s3(Method::GET, &target, &[], "", Some(&keys)).await.status, status, "{query}");
    }
}
