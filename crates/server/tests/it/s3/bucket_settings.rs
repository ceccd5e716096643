//! The sub-resources of buckets that are what they are, and say so.

use http::Method;

use super::{ask, delete, elements, get, put, put_with, refusal, start, user};

#[tokio::test]
async fn what_was_never_set_is_answered_as_by_a_bucket_that_never_set_it() {
    let server = start().await;
    for (parameter, code) in [
        ("website", "NoSuchWebsiteConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("object-lock", "ObjectLockConfigurationNotFoundError"),
        ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    ] {
        let answer = get(&server, &format!("/game?{parameter}")).await;
        assert_eq!((refusal(&answer), answer.element("BucketName")), ((404, code.into()), "game".into()));
    }
    for (parameter, root) in [
        ("logging", "BucketLoggingStatus"),
        ("notification", "NotificationConfiguration"),
        ("accelerate", "AccelerateConfiguration"),
    ] {
        let answer = get(&server, &format!("/game?{parameter}")).await;
        let wanted = format!("<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>");
        assert!(answer.status == 200 && answer.text().ends_with(&wanted), "{}", answer.text());
    }
    assert_eq!(get(&server, "/game?requestPayment").await.element("Payer"), "BucketOwner");
}

#[tokio::test]
async fn what_cannot_be_set_says_so() {
    let server = start().await;
    for parameter in
        ["website", "replication", "object-lock", "logging", "notification", "accelerate", "requestPayment"]
    {
        let answer = put(&server, &format!("/game?{parameter}"), "<x/>").await;
        assert_eq!(refusal(&answer), (501, "NotImplemented".into()), "{parameter}");
    }
    let encryption = |algorithm: &str| {
        format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}\
             </SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        )
    };
    for (algorithm, code) in [("AES256", "NotImplemented"), ("aws:kms", "NotImplemented"), ("rot13", "MalformedXML")] {
        assert_eq!(put(&server, "/game?encryption", &encryption(algorithm)).await.code(), code);
    }
    assert_eq!(delete(&server, "/game?encryption").await.status, 204);
    for (header, value) in [
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
    ] {
        assert_eq!(put_with(&server, "/game/k", &[(header, value)], "x").await.code(), "NotImplemented", "{header}");
    }
    assert_eq!(get(&server, "/game/k").await.status, 404);
}

#[tokio::test]
async fn the_owner_of_a_bucket_owns_everything_in_it() {
    let server = start().await;
    let controls = |ownership: &str| {
        format!("<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>")
    };
    for (ownership, status) in
        [("BucketOwnerEnforced", 200), ("ObjectWriter", 501), ("BucketOwnerPreferred", 501), ("x", 400)]
    {
        assert_eq!(put(&server, "/game?ownershipControls", &controls(ownership)).await.status, status, "{ownership}");
    }
    assert_eq!(delete(&server, "/game?ownershipControls").await.status, 204);
    assert_eq!(get(&server, "/game?ownershipControls").await.element("ObjectOwnership"), "BucketOwnerEnforced");
    put(&server, "/game/k", "x").await;
    for target in ["/game?acl", "/game/k?acl"] {
        let list = get(&server, target).await;
        assert_eq!(elements(&list, "ID"), ["000000000000", "000000000000"]);
        assert_eq!(
            (elements(&list, "Permission"), list.headers["content-type"].to_str().unwrap()),
            (vec!["FULL_CONTROL".into()], "application/xml")
        );
        assert!(list.text().contains("xsi:type=\"CanonicalUser\""), "{}", list.text());
        let refused = put_with(&server, target, &[("x-amz-acl", "public-read")], "").await;
        assert_eq!(refusal(&refused), (400, "AccessControlListNotSupported".into()));
        assert_eq!(refused.message(), "The bucket does not allow ACLs");
    }
    assert_eq!(refusal(&get(&server, "/game/none?acl").await), (404, "NoSuchKey".into()));
    assert_eq!(get(&server, "/game/k?acl&versionId=null").await.status, 200);
}

#[tokio::test]
async fn each_sub_resource_has_an_action_of_its_own() {
    let server = start().await;
    put(&server, "/game/k", "x").await;
    for (method, target, action) in [
        (Method::GET, "/game?versioning", "GetBucketVersioning"),
        (Method::PUT, "/game?versioning", "PutBucketVersioning"),
        (Method::GET, "/game?tagging", "GetBucketTagging"),
        (Method::DELETE, "/game?tagging", "PutBucketTagging"),
        (Method::GET, "/game?lifecycle", "GetLifecycleConfiguration"),
        (Method::PUT, "/game?lifecycle", "PutLifecycleConfiguration"),
        (Method::DELETE, "/game?lifecycle", "PutLifecycleConfiguration"),
        (Method::GET, "/game?publicAccessBlock", "GetBucketPublicAccessBlock"),
        (Method::PUT, "/game?publicAccessBlock", "PutBucketPublicAccessBlock"),
        (Method::DELETE, "/game?publicAccessBlock", "PutBucketPublicAccessBlock"),
        (Method::GET, "/game?policyStatus", "GetBucketPolicyStatus"),
        (Method::GET, "/game?ownershipControls", "GetBucketOwnershipControls"),
        (Method::PUT, "/game?ownershipControls", "PutBucketOwnershipControls"),
        (Method::DELETE, "/game?ownershipControls", "PutBucketOwnershipControls"),
        (Method::GET, "/game?encryption", "GetEncryptionConfiguration"),
        (Method::PUT, "/game?encryption", "PutEncryptionConfiguration"),
        (Method::DELETE, "/game?encryption", "PutEncryptionConfiguration"),
        (Method::GET, "/game?abac", "GetBucketAbac"),
        (Method::PUT, "/game?abac", "PutBucketAbac"),
        (Method::GET, "/game?acl", "GetBucketAcl"),
        (Method::PUT, "/game?acl", "PutBucketAcl"),
        (Method::GET, "/game/k?acl", "GetObjectAcl"),
        (Method::PUT, "/game/k?acl", "PutObjectAcl"),
        (Method::GET, "/game/k?acl&versionId=null", "GetObjectVersionAcl"),
        (Method::PUT, "/game/k?acl&versionId=null", "PutObjectVersionAcl"),
        (Method::GET, "/game?website", "GetBucketWebsite"),
        (Method::GET, "/game?replication", "GetReplicationConfiguration"),
        (Method::GET, "/game?object-lock", "GetBucketObjectLockConfiguration"),
        (Method::GET, "/game?logging", "GetBucketLogging"),
        (Method::GET, "/game?notification", "GetBucketNotification"),
        (Method::GET, "/game?accelerate", "GetAccelerateConfiguration"),
        (Method::GET, "/game?requestPayment", "GetBucketRequestPayment"),
    ] {
        let others =
            r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:ONE","Resource":"*"}"#;
        let name = format!("{}-{action}", method.as_str().to_lowercase());
        let ann = user(&server, &name, &others.replace("ONE", action)).await;
        let denied = server.s3(method.clone(), target, &[], "", Some(&ann)).await;
        assert_eq!(refusal(&denied), (403, "AccessDenied".into()), "{method} {target} needs {action}");
        assert!(denied.message().contains(&format!("perform: s3:{action} on")), "{}", denied.message());
    }
    assert_eq!(ask(&server, Method::GET, "/game?versioning").await.status, 200);
}
