//! PutPublicAccessBlock, GetPublicAccessBlock, DeletePublicAccessBlock, GetBucketPolicyStatus.

use http::Method;

use super::{delete, get, put, refusal, start};

const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::game/*"}]}"#;

fn block(policy: bool, restrict: bool) -> String {
    format!(
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
         <BlockPublicPolicy>{policy}</BlockPublicPolicy><RestrictPublicBuckets>{restrict}</RestrictPublicBuckets>\
         </PublicAccessBlockConfiguration>"
    )
}

#[tokio::test]
async fn a_new_bucket_refuses_the_public() {
    let server = start().await;
    let kept = get(&server, "/game?publicAccessBlock").await;
    for switch in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] {
        assert_eq!(kept.element(switch), "true", "{switch}");
    }
    let refused = put(&server, "/game?policy", PUBLIC).await;
    assert_eq!(refusal(&refused), (403, "AccessDenied".into()));
    assert_eq!(
        refused.message(),
        "User: arn:aws:iam::000000000000:root is not authorized to perform: s3:PutBucketPolicy on resource: \
         \"arn:aws:s3:::game\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block \
         Public Access."
    );
    assert_eq!(refusal(&get(&server, "/game?policy").await), (404, "NoSuchBucketPolicy".into()));
    let mine = PUBLIC.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"777777777777"}"#);
    assert_eq!(put(&server, "/game?policy", &mine).await.status, 204);
    assert_eq!(get(&server, "/game?policyStatus").await.element("IsPublic"), "false");
}

#[tokio::test]
async fn a_public_policy_opens_a_restricted_bucket_to_its_own_account_alone() {
    let server = start().await;
    put(&server, "/game/k", "x").await;
    assert_eq!(put(&server, "/game?publicAccessBlock", &block(false, false)).await.status, 200);
    // One statement is public, another names an account: both count.
    let policy = PUBLIC.replace(
        "}]}",
        r#"},{"Effect":"Allow","Principal":{"AWS":"777777777777"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::game/*"}]}"#,
    );
    assert_eq!(put(&server, "/game?policy", &policy).await.status, 204);
    assert_eq!(get(&server, "/game?policyStatus").await.element("IsPublic"), "true");
    let other = server.other_root().await;
    let strangers = async || {
        let read = server.s3(Method::GET, "/game/k", &[], "", None).await.status;
        let foreign = server.s3(Method::GET, "/game/k", &[], "", Some(&other)).await.status;
        (read, foreign, server.s3(Method::DELETE, "/game/none", &[], "", Some(&other)).await.status)
    };
    assert_eq!(strangers().await, (200, 200, 204));
    assert_eq!(put(&server, "/game?publicAccessBlock", &block(false, true)).await.status, 200);
    assert_eq!(strangers().await, (403, 403, 403), "also what names the account");
    assert_eq!(get(&server, "/game/k").await.text(), "x");
    // A policy that is not public keeps its word to other accounts.
    let named = policy.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"777777777777"}"#);
    assert_eq!(put(&server, "/game?policy", &named).await.status, 204);
    assert_eq!(strangers().await, (403, 200, 204));
}

#[tokio::test]
async fn what_was_never_said_is_not_there() {
    let server = start().await;
    assert_eq!(refusal(&get(&server, "/game?policyStatus").await), (404, "NoSuchBucketPolicy".into()));
    assert_eq!(delete(&server, "/game?publicAccessBlock").await.status, 204);
    let gone = (404, "NoSuchPublicAccessBlockConfiguration".into());
    assert_eq!(refusal(&get(&server, "/game?publicAccessBlock").await), gone);
    assert_eq!(put(&server, "/game?policy", PUBLIC).await.status, 204);
    let wrong = block(true, true).replace(">true<", ">maybe<");
    assert_eq!(refusal(&put(&server, "/game?publicAccessBlock", &wrong).await), (400, "MalformedXML".into()));
}
