//! AssumeRole.

use std::sync::Arc;
use std::time::Duration;

use operation::Host;
use serde_json::json;
use server::testing::{Answer, Keys, TestServer};

use super::{may_assume, trusting, user};
use crate::game::{keys_in_xml, role, services};

async fn assume(server: &TestServer, role: &str, more: &[(&str, &str)], keys: &Keys) -> Answer {
    let fields = [&[("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", "session")], more].concat();
    server.query("sts", &fields, Some(keys)).await
}

#[tokio::test]
async fn a_trust_policy_that_names_the_user_is_enough() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let (_, grace) = user(&server, "grace", Some(may_assume())).await;
    let arn = role(&server, "Admin", trusting(json!({ "AWS": id }), json!({}))).await;
    let made = assume(&server, &arn, &[], &ada).await;
    assert_eq!(made.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Admin/session");
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys_in_xml(&made))).await;
    assert_eq!(who.element("Arn"), made.element("Arn"));
    let refused = assume(&server, &arn, &[], &grace).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "AccessDenied"));
    assert!(refused.message().starts_with("User: arn:aws:iam::000000000000:user/grace is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/Admin"));
}

#[tokio::test]
async fn the_account_as_principal_needs_the_callers_own_rights_too() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    let (_, grace) = user(&server, "grace", Some(may_assume())).await;
    let arn = role(&server, "Admin", trusting(json!({ "AWS": "000000000000" }), json!({}))).await;
    assert_eq!(assume(&server, &arn, &[], &ada).await.code(), "AccessDenied");
    assert_eq!(assume(&server, &arn, &[], &grace).await.status, 200);
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_told_apart_from_nothing() {
    let server = TestServer::start(services).await;
    let (_, grace) = user(&server, "grace", Some(may_assume())).await;
    let arn = role(&server, "Locked", trusting(json!({ "AWS": "AIDAAAAAAAAAAAAAAAAAA" }), json!({}))).await;
    let locked = assume(&server, &arn, &[], &grace).await.message();
    let missing = assume(&server, &arn.replace("Locked", "Nobody"), &[], &grace).await.message();
    assert_eq!(locked.replace("Locked", "Nobody"), missing);
}

#[tokio::test]
async fn whether_another_account_has_a_role_is_not_told() {
    let services = |host: &Arc<Host>| {
        let iam = iam::service(Arc::new(iam::Iam::default()));
        services(host).into_iter().chain([iam]).collect()
    };
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    let trust = trusting(json!({ "AWS": "777777777777" }), json!({})).to_string();
    let fields = [("Action", "CreateRole"), ("RoleName", "Theirs"), ("AssumeRolePolicyDocument", trust.as_str())];
    let made = server.query("iam", &fields, Some(&server.other_root().await)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let theirs = made.element("Arn");
    let foreign = json!({ "StringNotEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } });
    let deny = json!({ "Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": foreign });
    let allow = json!({ "Effect": "Allow", "Action": "sts:*", "Resource": "*" });
    let rights = json!({ "Version": "2012-10-17", "Statement": [allow, deny] });
    let (_, grace) = user(&server, "grace", Some(rights)).await;
    for keys in [&ada, &grace] {
        let [there, missing] = [theirs.clone(), theirs.replace("Theirs", "Nobody")];
        let there = assume(&server, &there, &[], keys).await;
        let missing = assume(&server, &missing, &[], keys).await;
        assert_eq!(there.message().replace("Theirs", "Nobody"), missing.message());
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&there), names(&missing));
    }
}

#[tokio::test]
async fn the_confused_deputy_needs_the_external_id() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let condition = json!({ "StringEquals": { "sts:ExternalId": "tenant-7" } });
    let arn = role(&server, "Tenant", trusting(json!({ "AWS": id }), condition)).await;
    assert_eq!(assume(&server, &arn, &[], &ada).await.code(), "AccessDenied");
    assert_eq!(assume(&server, &arn, &[("ExternalId", "tenant-8")], &ada).await.code(), "AccessDenied");
    assert_eq!(assume(&server, &arn, &[("ExternalId", "tenant-7")], &ada).await.status, 200);
}

#[tokio::test]
async fn chains_are_short_inherit_and_fall_with_their_origin() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let first = role(&server, "First", trusting(json!({ "AWS": id }), json!({}))).await;
    let second = role(&server, "Second", trusting(json!({ "AWS": first }), json!({}))).await;
    let tags = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "ada@home"),
    ];
    let made = assume(&server, &first, &tags, &ada).await;
    assert_eq!(made.element("SourceIdentity"), "ada@home");
    assert!(!made.element("PackedPolicySize").is_empty());
    let keys = keys_in_xml(&made);
    let long = assume(&server, &second, &[("DurationSeconds", "7200")], &keys).await;
    assert_eq!((long.status, long.code().as_str()), (400, "ValidationError"));
    assert!(long.message().contains("1 hour session limit for roles assumed by role chaining"));
    let conflict =
        assume(&server, &second, &[("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "blue")], &keys).await;
    assert_eq!((conflict.status, conflict.code().as_str()), (400, "InvalidParameterValue"));
    let chained = assume(&server, &second, &[], &keys).await;
    assert_eq!(chained.element("SourceIdentity"), "ada@home");
    let chained = keys_in_xml(&chained);
    let who = async |keys: &Keys| server.query("sts", &[("Action", "GetCallerIdentity")], Some(keys)).await.status;
    assert_eq!(who(&chained).await, 200);

    let revoked = server.json("daypass", "Daypass.Revoke", json!({ "UserName": "ada" }), Some(&server.root)).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert_eq!((who(&keys).await, who(&chained).await), (403, 403));
    // The user's own key signs on, and makes new sessions.
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(who(&keys_in_xml(&assume(&server, &first, &[], &ada).await)).await, 200);
}

#[tokio::test]
async fn durations_and_names_are_bounded() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let arn = role(&server, "Admin", trusting(json!({ "AWS": id }), json!({}))).await;
    let answer = assume(&server, &arn, &[("DurationSeconds", "60")], &ada).await;
    let text = "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: \
                Member must have value greater than or equal to 900";
    assert_eq!((answer.code().as_str(), answer.message().as_str()), ("ValidationError", text));
    let answer = assume(&server, &arn, &[("DurationSeconds", "3601")], &ada).await;
    assert_eq!(answer.message(), "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    let fields = [("Action", "AssumeRole"), ("RoleArn", arn.as_str()), ("RoleSessionName", "a:b")];
    let answer = server.query("sts", &fields, Some(&ada)).await;
    assert!(answer.message().contains("Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"));
    let duplicate = [
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "1"),
        ("Tags.member.2.Key", "A"),
        ("Tags.member.2.Value", "2"),
    ];
    let answer = assume(&server, &arn, &duplicate, &ada).await;
    assert_eq!(answer.message(), "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    let answer = assume(&server, &arn, &[("Policy", "{}")], &ada).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "MalformedPolicyDocument"));
}

#[tokio::test]
async fn a_session_policy_takes_rights_away() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let arn = role(&server, "Admin", trusting(json!({ "AWS": id }), json!({}))).await;
    let admin =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let id = "000000000000/admin";
    server
        .host
        .configuration
        .update(id, |role: Option<&store::records::principals::Role>| {
            let mut role = role.cloned().unwrap();
            role.permissions.inline.insert("all".into(), admin.to_string());
            Ok::<_, store::Error>(Some(role))
        })
        .await
        .unwrap();
    let list = async |keys: &Keys| {
        server
            .json(
                "cognito-identity",
                "AWSCognitoIdentityService.ListIdentityPools",
                json!({ "MaxResults": 1 }),
                Some(keys),
            )
            .await
    };
    let whole = keys_in_xml(&assume(&server, &arn, &[], &ada).await);
    assert_eq!(list(&whole).await.status, 200);
    let narrow =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
    let cut = keys_in_xml(&assume(&server, &arn, &[("Policy", &narrow.to_string())], &ada).await);
    let refused = list(&cut).await;
    assert_eq!(refused.code(), "AccessDeniedException");
    assert!(
        refused.message().ends_with("because no session policy allows the cognito-identity:ListIdentityPools action"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn what_names_no_role_is_told_before_any_policy_is_asked() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    let answer = assume(&server, "nothing-valid-in-here", &[], &ada).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "ValidationError"));
    assert_eq!(answer.message(), "nothing-valid-in-here is invalid");
    let answer = server.query("sts", &[("Action", "AssumeRole"), ("RoleSessionName", "session")], Some(&ada)).await;
    assert!(answer.message().contains("Value null at 'roleArn' failed to satisfy constraint: Member must not be null"));
    let unsigned = server.query("sts", &[("Action", "AssumeRole")], None).await;
    assert_eq!((unsigned.status, unsigned.code().as_str()), (403, "MissingAuthenticationToken"));
}

#[tokio::test]
async fn a_transitive_tag_is_inherited_in_whatever_case_it_was_named() {
    let server = TestServer::start(services).await;
    let (id, ada) = user(&server, "ada", None).await;
    let first = role(&server, "First", trusting(json!({ "AWS": id }), json!({}))).await;
    let condition = json!({ "StringEquals": { "aws:RequestTag/Team": "red" } });
    let second = role(&server, "Second", trusting(json!({ "AWS": first }), condition)).await;
    let tags = [("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red"), ("TransitiveTagKeys.member.1", "team")];
    let keys = keys_in_xml(&assume(&server, &first, &tags, &ada).await);
    assert_eq!(assume(&server, &second, &[], &keys).await.status, 200);
}
