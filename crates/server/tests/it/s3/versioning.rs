//! PutBucketVersioning, GetBucketVersioning.

use super::{allow, get, put, refusal, start, user};
use http::Method;

#[tokio::test]
async fn versioning_is_said_and_kept() {
    let server = start().await;
    let said = |status: &str| format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    let before = get(&server, "/game?versioning").await;
    assert_eq!((before.status, before.element("Status")), (200, String::new()));
    for status in ["Enabled", "Suspended", "Enabled"] {
        assert_eq!(put(&server, "/game?versioning", &said(status)).await.status, 200);
        assert_eq!(get(&server, "/game?versioning").await.element("Status"), status);
    }
    for (document, code) in [
        (said("On"), "MalformedXML"),
        (said(""), "MalformedXML"),
        ("<VersioningConfiguration/>".into(), "IllegalVersioningConfigurationException"),
        ("<Other><Status>Enabled</Status></Other>".into(), "MalformedXML"),
        (said("Enabled").replace("</V", "<Other>x</Other></V"), "MalformedXML"),
        (said("Enabled").replace("</V", "<MfaDelete>Enabled</MfaDelete></V"), "NotImplemented"),
        (String::new(), "MalformedXML"),
    ] {
        assert_eq!(put(&server, "/game?versioning", &document).await.code(), code, "{document}");
    }
    assert_eq!(get(&server, "/game?versioning").await.element("Status"), "Enabled");
}

#[tokio::test]
async fn who_may_read_it_may_not_change_it() {
    let server = start().await;
    let ann = user(&server, "ann", &allow("GetBucketVersioning", "game")).await;
    assert_eq!(server.s3(Method::GET, "/game?versioning", &[], "", Some(&ann)).await.status, 200);
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let denied = server.s3(Method::PUT, "/game?versioning", &[], on, Some(&ann)).await;
    assert_eq!(refusal(&denied), (403, "AccessDenied".into()));
    assert!(denied.message().contains("s3:PutBucketVersioning"), "{}", denied.message());
}
