//! Which request is which S3 operation.

use serde::Deserialize;
use wire::rest::{Bind, Content, Route, SUBRESOURCES};
use wire::{Malformed, Protocol};

use crate::asking::ask;

const S3: Protocol = Protocol::RestXml { namespace: "http://s3.amazonaws.com/doc/2006-03-01/" };

const ROUTES: &[Route] = &[
    Route::new("ListBuckets", "GET", "/"),
    Route { flags: &[("location", None)], ..Route::new("GetBucketLocation", "GET", "/{Bucket}") },
    Route {
        flags: &[("list-type", Some("2"))],
        members: &[Bind::Query("Prefix", "prefix")],
        ..Route::new("ListObjectsV2", "GET", "/{Bucket}")
    },
    Route::new("ListObjects", "GET", "/{Bucket}"),
    Route::new("CreateBucket", "PUT", "/{Bucket}"),
    Route { flags: &[("delete", None)], ..Route::new("DeleteObjects", "POST", "/{Bucket}") },
    Route {
        flags: &[("partNumber", None), ("uploadId", None)],
        headers: &["x-amz-copy-source"],
        ..Route::new("UploadPartCopy", "PUT", "/{Bucket}/{Key+}")
    },
    Route {
        flags: &[("partNumber", None), ("uploadId", None)],
        body: Content::Streamed,
        ..Route::new("UploadPart", "PUT", "/{Bucket}/{Key+}")
    },
    Route { headers: &["x-amz-copy-source"], ..Route::new("CopyObject", "PUT", "/{Bucket}/{Key+}") },
    Route { body: Content::Streamed, ..Route::new("PutObject", "PUT", "/{Bucket}/{Key+}") },
    Route {
        members: &[Bind::Query("VersionId", "versionId"), Bind::Header("Range", "range")],
        ..Route::new("GetObject", "GET", "/{Bucket}/{Key+}")
    },
    Route::new("DeleteObject", "DELETE", "/{Bucket}/{Key+}"),
];

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Object {
    bucket: String,
    key: String,
}

fn operation(line: &str) -> Result<String, Malformed> {
    ask(line).operation(&S3, ROUTES)
}

#[test]
fn requests_find_their_operation() {
    for (line, wanted) in [
        ("GET /", "ListBuckets"),
        ("GET /?x-id=ListBuckets", "ListBuckets"),
        ("GET /b", "ListObjects"),
        ("GET /b/", "ListObjects"),
        ("GET /b?location", "GetBucketLocation"),
        ("GET /b?location=", "GetBucketLocation"),
        ("GET /b?list-type=2&prefix=a%2Fb", "ListObjectsV2"),
        ("PUT /b", "CreateBucket"),
        ("POST /b?delete", "DeleteObjects"),
        ("POST /b/?delete=", "DeleteObjects"),
        ("PUT /b/k", "PutObject"),
        ("PUT /b/k?X-Amz-Signature=0&x-id=PutObject", "PutObject"),
        ("PUT /b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("GET /b/k?versionId=1", "GetObject"),
        ("GET /b/k/?response-content-type=a", "GetObject"),
        ("DELETE /b//", "DeleteObject"),
    ] {
        assert_eq!(operation(line).as_deref(), Ok(wanted), "{line}");
    }
    let copy = ask("PUT /b/k").header("x-amz-copy-source", "/a/k");
    assert_eq!(copy.operation(&S3, ROUTES).as_deref(), Ok("CopyObject"));
    let part = ask("PUT /b/k?partNumber=1&uploadId=u").header("x-amz-copy-source", "/a/k");
    assert_eq!(part.operation(&S3, ROUTES).as_deref(), Ok("UploadPartCopy"));
}

#[test]
fn a_sub_resource_never_falls_through_to_the_plain_operation() {
    for name in SUBRESOURCES {
        for line in ["PUT /b", "PUT /b/k", "GET /b", "GET /b/k", "DELETE /b/k"] {
            for query in [
                (*name).to_owned(),
                format!("{name}="),
                format!("x=1&{name}=1"),
                format!("%{:02x}{}", name.as_bytes()[0], &name[1..]),
            ] {
                let line = format!("{line}?{query}");
                let read = operation(&line);
                let served = matches!(*name, "location" | "versionId") && line.starts_with("GET");
                assert!(served || matches!(read, Err(Malformed::Unserved(_))), "{line}: {read:?}");
            }
        }
    }
    assert!(operation("GET /b?list-type=3").is_err());
    assert!(operation("GET /b?location&policy").is_err());
    assert!(operation("DELETE /b/k?versionId=1").is_err());
    assert!(operation("PUT /b/k?uploadId=u").is_err());
    let fault = operation("PUT /b?policy").unwrap_err().fault(&S3);
    assert_eq!((fault.code.as_ref(), fault.status), ("NotImplemented", 501));
}

#[test]
fn a_copy_never_falls_through_to_a_put() {
    let routes = &[Route::new("PutObject", "PUT", "/{Bucket}/{Key+}")];
    let copy = ask("PUT /b/k").header("x-amz-copy-source", "/a/k");
    assert!(matches!(copy.operation(&S3, routes), Err(Malformed::Unserved(_))));
}

#[test]
fn other_methods_and_paths_are_refused() {
    for (line, code) in [
        ("POST /", "MethodNotAllowed"),
        ("POST /b", "MethodNotAllowed"),
        ("PATCH /b/k", "MethodNotAllowed"),
        ("POST /b/k", "MethodNotAllowed"),
        ("GET b", "MethodNotAllowed"),
        ("GET *", "MethodNotAllowed"),
        ("GET //k", "MethodNotAllowed"),
    ] {
        let fault = operation(line).unwrap_err().fault(&S3);
        assert_eq!((fault.code.as_ref(), fault.status), (code, 405), "{line}");
    }
    for line in ["GET /b?a=1&a=2", "GET /b?a=1&%61=1"] {
        assert_eq!(operation(line), Err(Malformed::Duplicate("a".to_owned())), "{line}");
    }
    let parameters: String = (0..300).map(|number| format!("&k{number}")).collect();
    assert_eq!(operation(&format!("GET /b?{parameters}")), Err(Malformed::TooLarge));
}

#[test]
fn keys_are_decoded_once_and_never_normalised() {
    for (path, key) in [
        ("/b/a/b/c", "a/b/c"),
        ("/b/a%2Fb", "a/b"),
        ("/b/a%252Fb", "a%2Fb"),
        ("/b//a//", "/a//"),
        ("/b/../c", "../c"),
        ("/b/%2e%2E/c", "../c"),
        ("/b/./.", "./."),
        ("/b/a+b", "a+b"),
        ("/b/%C3%A9", "é"),
        ("/b/é", "é"),
        ("/b/%20", " "),
        ("/b/%3Facl", "?acl"),
        ("/b/%01", "\u{1}"),
    ] {
        let (_, input): (_, Object) = ask(&format!("GET {path}")).read(&S3, ROUTES).unwrap();
        assert_eq!(input, Object { bucket: "b".to_owned(), key: key.to_owned() }, "{path}");
    }
}

#[test]
fn broken_keys_and_buckets_with_slashes_are_refused() {
    for path in
        ["/b/%", "/b/%4", "/b/%zz", "/b/%00", "/b/a%00b", "/b/%ff", "/b/%C3", "/a%2Fb", "/a%2Fb/k", "/%2F/k", "/%/k"]
    {
        assert_eq!(operation(&format!("GET {path}")), Err(Malformed::Escape), "{path}");
    }
    assert_eq!(operation("GET /b/%").unwrap_err().fault(&S3).code, "InvalidURI");
}
