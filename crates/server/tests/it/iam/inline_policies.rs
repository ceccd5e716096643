//! Put, Get, List and Delete of the inline policies of roles and users.

use super::{all, allowing, fails, ok, result, role, start, user};

#[tokio::test]
async fn a_policy_is_put_shown_listed_and_deleted() {
    let server = start().await;
    role(&server, "Player").await;
    user(&server, "Player", None).await;
    for (kind, member) in [("Role", "RoleName"), ("User", "UserName")] {
        let name = (member, "Player");
        let put = format!("Put{kind}Policy");
        for policy in ["scores", "Profile"] {
            let document = allowing("s3:GetObject", "*");
            ok(&server, &[("Action", &put), name, ("PolicyName", policy), ("PolicyDocument", &document)]).await;
        }
        let replaced = allowing("s3:PutObject", "*").replace(',', ", ");
        ok(&server, &[("Action", &put), name, ("PolicyName", "scores"), ("PolicyDocument", &replaced)]).await;
        let get = [("Action", &*format!("Get{kind}Policy")), name, ("PolicyName", "scores")];
        let shown = ok(&server, &get).await;
        let document = shown.element("PolicyDocument");
        assert_eq!(percent_encoding::percent_decode_str(&document).decode_utf8().unwrap(), replaced);
        assert!(document.contains("%2C%20"), "a blank is %20: {document}");
        let wanted = format!(
            "<{member}>Player</{member}><PolicyName>scores</PolicyName><PolicyDocument>{document}</PolicyDocument>"
        );
        assert_eq!(result(&shown), wanted);
        let list = [("Action", &*format!("List{kind}Policies")), name];
        assert_eq!(all(&ok(&server, &list).await, "member"), ["Profile", "scores"]);
        let delete = [("Action", &*format!("Delete{kind}Policy")), name, ("PolicyName", "scores")];
        ok(&server, &delete).await;
        let message = format!("The {} policy with name scores cannot be found.", kind.to_lowercase());
        fails(&server, &delete, 404, "NoSuchEntity", &message).await;
        fails(&server, &get, 404, "NoSuchEntity", &message).await;
    }
}

#[tokio::test]
async fn documents_are_checked() {
    let server = start().await;
    role(&server, "Player").await;
    for (document, message) in [
        ("{", "Syntax errors in policy."),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, "Syntax errors in policy."),
        (&allowing("GetObject", "*"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (&allowing("s3:GetObject", "bucket"), "Resource bucket must be in ARN format or \"*\"."),
    ] {
        let fields =
            [("Action", "PutRolePolicy"), ("RoleName", "Player"), ("PolicyName", "p"), ("PolicyDocument", document)];
        fails(&server, &fields, 400, "MalformedPolicyDocument", message).await;
    }
}

#[tokio::test]
async fn sizes_add_up_without_white_space() {
    let server = start().await;
    role(&server, "Player").await;
    let put = |policy: &'static str, document: String| {
        let server = &server;
        async move {
            let fields = [
                ("Action", "PutRolePolicy"),
                ("RoleName", "Player"),
                ("PolicyName", policy),
                ("PolicyDocument", &document),
            ];
            server.query("iam", &fields, Some(&server.root)).await
        }
    };
    let blank = format!("{}{}", " ".repeat(20_000), allowing("s3:GetObject", "*"));
    assert_eq!(put("blank", blank).await.status, 200);
    let resource = |length: usize| format!("arn:aws:s3:::{}", "x".repeat(length));
    assert_eq!(put("one", allowing("s3:GetObject", &resource(6000))).await.status, 200);
    let second = put("two", allowing("s3:GetObject", &resource(6000))).await;
    assert_eq!((second.status, second.code().as_str()), (409, "LimitExceeded"));
    assert_eq!(second.message(), "Maximum policy size of 10240 bytes exceeded for role Player");
}
