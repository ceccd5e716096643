//! PostObject: forms that browsers send, with a signed policy or where a bucket lets strangers write.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use server::testing::{Answer, Keys, TestServer};

use super::{allow, ask, delete, elements, get, put, refusal, start, user};

type Fields = Vec<(String, String)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The fields with a policy of these conditions and its signature, as a server of the page makes them.
fn signed(keys: &Keys, conditions: &str, pairs: &[(&str, &str)]) -> Fields {
    let mut all = fields(pairs);
    let credential = format!("{}/20260102/us-east-1/s3/aws4_request", keys.id);
    let token = keys.token.as_ref().map(|token| token.expose().to_owned());
    let mut own = fields(&[
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", &credential),
        ("x-amz-date", "20260102T120000Z"),
    ]);
    own.extend(token.map(|token| ("x-amz-security-token".to_owned(), token)));
    let spoken: Vec<String> = own.iter().map(|(name, value)| format!(r#"{{"{name}":"{value}"}}"#)).collect();
    let policy = format!(
        r#"{{"expiration":"2026-01-02T13:00:00Z","conditions":[{}{}{conditions}]}}"#,
        spoken.join(","),
        if conditions.is_empty() { "" } else { "," }
    );
    let policy = BASE64_STANDARD.encode(policy);
    let mut key = format!("AWS4{}", keys.secret.expose()).into_bytes();
    for step in ["20260102", "us-east-1", "s3", "aws4_request", &policy] {
        key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), step.as_bytes()).as_ref().to_vec();
    }
    let signature: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    own.extend([("policy".to_owned(), policy), ("x-amz-signature".to_owned(), signature)]);
    all.extend(own);
    all
}

fn form(fields: &Fields, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\fotos\\me.png\"\r\n");
    body.extend(b"Content-Type: image/png\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--edge--\r\n");
    body
}

async fn send(server: &TestServer, body: Vec<u8>) -> Answer {
    let request = Request::post(format!("http://{}/game", server.authority()))
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(Full::new(Bytes::from(body)));
    server.send_raw(request.unwrap()).await
}

async fn post(server: &TestServer, fields: &Fields, file: &[u8]) -> Answer {
    send(server, form(fields, file)).await
}

const OWN: &str = r#"{"bucket":"game"},["starts-with","$key","ann/"]"#;

async fn ann(server: &TestServer) -> Keys {
    user(server, "ann", &allow("PutObject PutObjectTagging", "game/ann/*")).await
}

#[tokio::test]
async fn a_form_writes_what_its_policy_allows() {
    let server = start().await;
    let ann = ann(&server).await;
    let conditions = format!(
        r#"{OWN},["starts-with","$Content-Type","image/"],["eq","$x-amz-meta-mood","gay"],["content-length-range",1,20],{{"tagging":"{TAGS}"}}"#
    );
    let pairs =
        [("key", "ann/${filename}"), ("Content-Type", "image/png"), ("x-amz-meta-mood", "gay"), ("tagging", TAGS)];
    let sent = signed(&ann, &conditions, &pairs);
    let written = post(&server, &sent, b"\r\n--edg\r\nbytes").await;
    assert_eq!(written.status, 204, "{}", written.text());
    assert_eq!(written.headers["location"], "/game/ann/me.png");
    let read = get(&server, "/game/ann/me.png").await;
    assert_eq!((read.text(), read.headers["content-type"].to_str().unwrap()), ("\r\n--edg\r\nbytes", "image/png"));
    assert_eq!(written.headers["etag"], read.headers["etag"]);
    assert_eq!(
        (read.headers["x-amz-meta-mood"].to_str().unwrap(), read.headers["x-amz-tagging-count"].to_str().unwrap()),
        ("gay", "1")
    );
}

const TAGS: &str = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";

#[tokio::test]
async fn the_answer_is_what_the_form_asks_for() {
    let server = start().await;
    let root = &server.root;
    let conditions = format!(r#"{OWN},["starts-with","$success_action_status",""]"#);
    for (status, wanted) in [("200", 200), ("201", 201), ("204", 204), ("500", 204)] {
        let sent = signed(root, &conditions, &[("key", "ann/a&b"), ("success_action_status", status)]);
        let answer = post(&server, &sent, b"x").await;
        assert_eq!((answer.status, answer.text().is_empty()), (wanted, wanted != 201), "{}", answer.text());
        if wanted == 201 {
            assert_eq!(elements(&answer, "Key"), ["ann/a&amp;b"]);
            assert_eq!(
                (answer.element("Bucket"), answer.element("Location")),
                ("game".into(), "/game/ann/a%26b".into())
            );
        }
    }
    let conditions = format!(r#"{OWN},["starts-with","$success_action_redirect",""]"#);
    for (url, wanted) in [
        ("https://game.example/done?a=1#end", Some("https://game.example/done?a=1&bucket=game&key=ann%2Fk&etag=%22")),
        ("http://game.example", Some("http://game.example?bucket=game&key=ann%2Fk&etag=%22")),
        ("javascript:alert(1)", None),
        ("/done", None),
        ("https://game.example/\r\nx-evil: 1", None),
    ] {
        let sent = signed(root, &conditions, &[("key", "ann/k"), ("success_action_redirect", url)]);
        let answer = post(&server, &sent, b"x").await;
        let location =
            answer.headers.get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        match wanted {
            Some(start) => assert!(answer.status == 303 && location.starts_with(start), "{} {location}", answer.status),
            None => assert_eq!((answer.status, location.as_str()), (204, "/game/ann/k"), "{url}"),
        }
        assert!(answer.headers.get("x-evil").is_none());
    }
}

/// The attacks: each changes one thing of a form that would be good.
#[tokio::test]
async fn a_form_that_is_not_what_was_signed_writes_nothing() {
    let server = start().await;
    let ann = ann(&server).await;
    let good = signed(&ann, OWN, &[("key", "ann/k")]);
    let with = |name: &str, value: &str| {
        let mut other = good.clone();
        match other.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => other.push((name.to_owned(), value.to_owned())),
        }
        other
    };
    let without = |name: &str| good.iter().filter(|(field, _)| field != name).cloned().collect::<Fields>();
    let twice = |name: &str, value: &str| [&good[..], &fields(&[(name, value)])[..]].concat();
    let foreign =
        signed(&ann, r#"{"bucket":"other"},["starts-with","$key",""]"#, &[("key", "ann/k"), ("bucket", "other")]);
    let nameless = signed(&ann, r#"["starts-with","$key",""]"#, &[("key", "ann/k")]);
    let wide = signed(&ann, r#"{"bucket":"game"},["starts-with","$key",""]"#, &[("key", "bob/k")]);
    let cases: Vec<(&str, Fields, u16, &str)> = vec![
        ("another key", with("key", "bob/k"), 403, "AccessDenied"),
        ("a key behind the file's name", with("key", "${filename}"), 403, "AccessDenied"),
        ("a list that nobody signed", with("acl", "private"), 403, "AccessDenied"),
        ("tags that nobody signed", with("tagging", TAGS), 403, "AccessDenied"),
        ("metadata that nobody signed", with("x-amz-meta-a", "b"), 403, "AccessDenied"),
        ("a redirect that nobody signed", with("success_action_redirect", "https://evil.example"), 403, "AccessDenied"),
        ("a class that nobody signed", with("x-amz-storage-class", "GLACIER"), 403, "AccessDenied"),
        ("another bucket in the form", with("bucket", "other"), 403, "AccessDenied"),
        ("a policy for another bucket", foreign, 403, "AccessDenied"),
        ("a policy for no bucket", nameless, 403, "AccessDenied"),
        ("a policy that is wider than its signer", wide, 403, "AccessDenied"),
        ("a key that comes twice", twice("key", "ann/other"), 400, "InvalidArgument"),
        ("a key that comes twice, spelt otherwise", twice("Key", "ann/other"), 400, "InvalidArgument"),
        ("a policy that comes twice", twice("Policy", "e30="), 400, "InvalidArgument"),
        ("another policy", with("policy", "e30="), 403, "SignatureDoesNotMatch"),
        ("another signature", with("x-amz-signature", &"0".repeat(64)), 403, "SignatureDoesNotMatch"),
        ("another day", with("x-amz-date", "20260103T120000Z"), 400, "AuthorizationHeaderMalformed"),
        ("another time of that day", with("x-amz-date", "20260102T115959Z"), 403, "AccessDenied"),
        ("no signature", without("x-amz-signature"), 400, "InvalidArgument"),
        ("no policy", without("policy"), 400, "InvalidArgument"),
        ("no date", without("x-amz-date"), 400, "InvalidArgument"),
        ("no algorithm", without("x-amz-algorithm"), 400, "InvalidArgument"),
        ("no credential", without("x-amz-credential"), 400, "InvalidArgument"),
        ("no key", without("key"), 403, "AccessDenied"),
        ("another's token", with("x-amz-security-token", "stolen"), 400, "InvalidToken"),
        ("the older signature", with("AWSAccessKeyId", &ann.id), 400, "InvalidRequest"),
    ];
    for (why, fields, status, code) in cases {
        let answer = post(&server, &fields, b"evil").await;
        assert_eq!(refusal(&answer), (status, code.into()), "{why}: {}", answer.text());
    }
    assert_eq!(get(&server, "/game?list-type=2").await.element("KeyCount"), "0");
    assert_eq!(post(&server, &good, b"good").await.status, 204, "the form itself is good");
    server.clock.advance(Duration::from_secs(3600));
    let late = post(&server, &good, b"late").await;
    assert_eq!(late.message(), "Invalid according to Policy: Policy expired.");
    assert_eq!(get(&server, "/game/ann/k").await.text(), "good");
}

#[tokio::test]
async fn a_file_that_is_too_long_too_short_or_cut_off_is_none() {
    let server = start().await;
    let conditions = format!(r#"{OWN},["content-length-range",3,5]"#);
    let sent = signed(&server.root, &conditions, &[("key", "ann/k")]);
    for (size, status, code) in
        [(2, 400, "EntityTooSmall"), (6, 400, "EntityTooLarge"), (10_000, 400, "EntityTooLarge")]
    {
        assert_eq!(refusal(&post(&server, &sent, &vec![b'x'; size]).await), (status, code.into()), "{size}");
    }
    let whole = form(&sent, b"four");
    for cut in ["\r\n--edge--\r\n".len(), "--\r\n".len(), "r\r\n--edge--\r\n".len()] {
        let answer = send(&server, whole[..whole.len() - cut].to_vec()).await;
        assert_eq!(refusal(&answer), (400, "IncompleteBody".into()), "{cut}");
    }
    assert_eq!(get(&server, "/game/ann/k").await.status, 404);
    // What stands behind the file changes nothing.
    let mut behind = whole.clone();
    behind.truncate(whole.len() - "--\r\n".len());
    behind.extend(b"\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nann/other\r\n--edge--\r\n");
    assert_eq!(send(&server, behind).await.status, 204);
    assert_eq!(elements(&get(&server, "/game?list-type=2").await, "Key"), ["ann/k"]);
    assert_eq!(get(&server, "/game/ann/k").await.text(), "four");
}

#[tokio::test]
async fn forms_are_forms_and_bounded() {
    let server = start().await;
    assert_eq!(refusal(&ask(&server, http::Method::POST, "/game").await), (412, "PreconditionFailed".into()));
    let long = signed(&server.root, OWN, &[("key", "ann/k"), ("x-ignore-me", &"x".repeat(70_000))]);
    assert_eq!(refusal(&post(&server, &long, b"x").await), (400, "MaxPostPreDataLengthExceeded".into()));
    assert_eq!(refusal(&send(&server, b"--e".to_vec()).await), (400, "IncompleteBody".into()));
    assert_eq!(
        refusal(&send(&server, b"no form at all, however long it may be".to_vec()).await),
        (400, "MalformedPOSTRequest".into())
    );
    let torn = signed(&server.root, OWN, &[("key", "ann/k\0x")]);
    assert_eq!(refusal(&post(&server, &torn, b"x").await), (400, "MalformedPOSTRequest".into()));
    let wrong = signed(&server.root, "7", &[("key", "ann/k")]);
    assert_eq!(refusal(&post(&server, &wrong, b"x").await), (400, "InvalidPolicyDocument".into()));
    // A signature of the request says nothing of the fields.
    let headers = [("content-type", "multipart/form-data; boundary=edge".to_owned())];
    let body = form(&fields(&[("key", "ann/k")]), b"x");
    let both = server.s3(http::Method::POST, "/game", &headers, body, Some(&server.root)).await;
    assert_eq!(refusal(&both), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn a_stranger_posts_where_the_bucket_lets_them() {
    let server = start().await;
    let bare = fields(&[("key", "in/${filename}"), ("x-amz-meta-a", "b")]);
    assert_eq!(refusal(&post(&server, &bare, b"x").await), (403, "AccessDenied".into()));
    delete(&server, "/game?publicAccessBlock").await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::game/in/*"}]}"#;
    assert_eq!(put(&server, "/game?policy", policy).await.status, 204);
    assert_eq!(post(&server, &bare, b"x").await.status, 204);
    let tagged = [&bare[..], &fields(&[("tagging", TAGS)])[..]].concat();
    assert_eq!(refusal(&post(&server, &tagged, b"x").await), (403, "AccessDenied".into()));
    assert_eq!(refusal(&post(&server, &fields(&[("key", "out")]), b"x").await), (403, "AccessDenied".into()));
    assert_eq!(elements(&get(&server, "/game?list-type=2").await, "Key"), ["in/me.png"]);
}

#[tokio::test]
async fn a_policy_sees_how_a_form_was_signed() {
    let server = start().await;
    let deny = |key: &str, condition: &str| {
        format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::game/{key}","Condition":{condition}}}"#)
    };
    let statements = [
        allow("PutObject", "game/*"),
        deny("ann/a", r#"{"StringEquals":{"s3:authType":"POST"}}"#),
        deny("ann/b", r#"{"StringNotEquals":{"s3:authType":"POST","s3:signatureversion":"AWS4-HMAC-SHA256"}}"#),
        deny("ann/c", r#"{"NumericGreaterThan":{"s3:signatureAge":"60000"}}"#),
    ];
    let ann = user(&server, "ann", &statements.join(",")).await;
    let by = async |key: &str| post(&server, &signed(&ann, OWN, &[("key", key)]), b"x").await.status;
    assert_eq!((by("ann/a").await, by("ann/b").await, by("ann/c").await), (403, 204, 204));
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(by("ann/c").await, 403);
}
