//! The worked examples of AWS's documentation, with the signatures printed there.

use sigv4::{Body, Style};
use vocab::Secret;

use crate::support::{Sent, expect};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn iam_list_users() {
    let sent = Sent::new(
        "GET",
        "/?Action=ListUsers&Version=2010-05-08",
        &[
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
        ],
        b"",
    );
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let verified = sent.verify(&secret, &expect("iam", Style::Standard, "20150830T124000Z")).unwrap();
    assert_eq!(verified.body, Body::Checked);
    let shown = sent.claim().unwrap().canonical(&sent.request(), Style::Standard, Some(sigv4::sha256(b""))).unwrap();
    assert_eq!(
        String::from_utf8(shown.string_to_sign).unwrap(),
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
         f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    );
}

#[test]
fn s3_get_object_with_a_range() {
    check_s3(
        "GET",
        "/test.txt",
        &[("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY), ("x-amz-date", "20130524T000000Z")],
        b"",
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
}

#[test]
fn s3_put_object() {
    check_s3(
        "PUT",
        "/test$file.text",
        &[
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
        ],
        b"Welcome to Amazon S3.",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
}

#[test]
fn s3_get_bucket_lifecycle() {
    check_s3(
        "GET",
        "/?lifecycle",
        &[("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", EMPTY)],
        b"",
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    );
}

#[test]
fn s3_list_objects() {
    check_s3(
        "GET",
        "/?max-keys=2&prefix=J",
        &[("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", EMPTY)],
        b"",
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
}

#[test]
fn s3_presigned_get() {
    let sent = Sent::new(
        "GET",
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        &[("host", "examplebucket.s3.amazonaws.com")],
        b"",
    );
    let verified = sent.verify(&s3_secret(), &expect("s3", Style::S3, "20130524T235959Z")).unwrap();
    assert_eq!(verified.body, Body::Unsigned);
}

fn check_s3(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8], signed: &str, signature: &str) {
    let mut sent = Sent::new(method, target, headers, body);
    sent.add("host", "examplebucket.s3.amazonaws.com");
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
         SignedHeaders={signed},Signature={signature}"
    );
    sent.add("authorization", &authorization);
    let verified = sent.verify(&s3_secret(), &expect("s3", Style::S3, "20130524T000500Z")).unwrap();
    assert_eq!(verified.body, Body::Checked);
}

fn s3_secret() -> Secret {
    Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}
