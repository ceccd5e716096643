//! UpdateAssumeRolePolicy, and what CreateRole keeps of a trust policy.

use server::testing::TestServer;
use store::records::principals::Role;

use super::{PLAYERS, TRUST, fails, ok, role, start, user};

fn trusting(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
    )
}

async fn shown(server: &TestServer) -> String {
    let document =
        ok(server, &[("Action", "GetRole"), ("RoleName", "Player")]).await.element("AssumeRolePolicyDocument");
    percent_encoding::percent_decode_str(&document).decode_utf8().unwrap().into_owned()
}

async fn update(server: &TestServer, document: &str) {
    let fields = [("Action", "UpdateAssumeRolePolicy"), ("RoleName", "Player"), ("PolicyDocument", document)];
    ok(server, &fields).await;
}

#[tokio::test]
async fn a_document_is_kept_as_it_was_written() {
    let server = start().await;
    role(&server, "Player").await;
    assert_eq!(shown(&server).await, TRUST);
    update(&server, PLAYERS).await;
    assert_eq!(shown(&server).await, PLAYERS);
}

#[tokio::test]
async fn users_are_bound_to_their_unique_ids() {
    let server = start().await;
    user(&server, "ann", None).await;
    role(&server, "Player").await;
    let document = trusting(r#"{"AWS":["arn:aws:iam::000000000000:user/ann","000000000000"]}"#);
    update(&server, &document).await;
    assert_eq!(shown(&server).await, document);
    let kept = server.host.configuration.get::<Role>("000000000000/player").await.unwrap().unwrap();
    assert!(kept.trust.contains(r#""AWS":["AIDA"#), "{}", kept.trust);
    assert!(!kept.trust.contains("user/ann"));

    // Another user of the same name is somebody else.
    let id = ok(&server, &[("Action", "GetUser"), ("UserName", "ann")]).await.element("UserId");
    let key = ok(&server, &[("Action", "ListAccessKeys"), ("UserName", "ann")]).await.element("AccessKeyId");
    ok(&server, &[("Action", "DeleteAccessKey"), ("UserName", "ann"), ("AccessKeyId", &key)]).await;
    ok(&server, &[("Action", "DeleteUser"), ("UserName", "ann")]).await;
    user(&server, "ann", None).await;
    assert_eq!(shown(&server).await, document.replace("arn:aws:iam::000000000000:user/ann", &id));

    // An id that nobody has is refused.
    let fields = [
        ("Action", "UpdateAssumeRolePolicy"),
        ("RoleName", "Player"),
        ("PolicyDocument", &trusting(&format!(r#"{{"AWS":"{id}"}}"#))),
    ];
    let message = format!(r#"Invalid principal in policy: "AWS":"{id}""#);
    fails(&server, &fields, 400, "MalformedPolicyDocument", &message).await;
}

#[tokio::test]
async fn renamed_users_are_shown_under_their_new_names() {
    let server = start().await;
    user(&server, "ann", None).await;
    role(&server, "Player").await;
    update(&server, &trusting(r#"{"AWS":"arn:aws:iam::000000000000:user/ann"}"#)).await;
    ok(&server, &[("Action", "UpdateUser"), ("UserName", "ann"), ("NewUserName", "eve"), ("NewPath", "/x/")]).await;
    assert_eq!(shown(&server).await, trusting(r#"{"AWS":"arn:aws:iam::000000000000:user/x/eve"}"#));
}

#[tokio::test]
async fn documents_that_trust_nobody_who_exists_are_refused() {
    let server = start().await;
    user(&server, "ann", None).await;
    for (document, message) in [
        ("not JSON".to_owned(), "This policy contains invalid Json"),
        (
            trusting(r#"{"AWS":"arn:aws:iam::000000000000:user/bob"}"#),
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/bob""#,
        ),
        (
            trusting(r#"{"AWS":"arn:aws:iam::000000000000:user/ANN"}"#),
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/ANN""#,
        ),
        (
            trusting(r#"{"AWS":"arn:aws:iam::000000000000:user/path/ann"}"#),
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/path/ann""#,
        ),
        (
            PLAYERS.replace("StringEquals", "StringNotEquals"),
            "A trust policy for cognito-identity.amazonaws.com must have a condition on the key \
             cognito-identity.amazonaws.com:aud, cognito-identity.amazonaws.com:sub or \
             cognito-identity.amazonaws.com:amr.",
        ),
        (TRUST.replace("sts:AssumeRole", "s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (TRUST.replace("\"Action\"", "\"Resource\":\"*\",\"Action\""), "Has prohibited field Resource"),
    ] {
        let fields = [("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", &document)];
        fails(&server, &fields, 400, "MalformedPolicyDocument", message).await;
    }
    let long = TRUST.replace("\"Effect\"", &format!("\"Sid\":\"{}\",\"Effect\"", "x".repeat(2048)));
    let fields = [("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", &long)];
    fails(&server, &fields, 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048").await;
}
