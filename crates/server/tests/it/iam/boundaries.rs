//! PutRolePermissionsBoundary, PutUserPermissionsBoundary and their deletion.

use super::{TRUST, allowing, asked, fails, ok, result, role, start, user};

const ARN: &str = "arn:aws:iam::000000000000:policy/edge";

#[tokio::test]
async fn a_boundary_bounds_until_it_is_gone() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("iam:*", "*"))).await;
    let document = allowing("iam:List*", "*");
    ok(&server, &[("Action", "CreatePolicy"), ("PolicyName", "edge"), ("PolicyDocument", &document)]).await;
    let get = [("Action", "GetUser")];
    assert_eq!(asked(&server, &ann, &get).await.0, 200);
    let name = ("UserName", "ann");
    ok(&server, &[("Action", "PutUserPermissionsBoundary"), name, ("PermissionsBoundary", ARN)]).await;
    assert_eq!(asked(&server, &ann, &get).await.0, 403);
    assert_eq!(asked(&server, &ann, &[("Action", "ListUsers")]).await.0, 200);
    let shown = ok(&server, &[("Action", "GetUser"), name]).await;
    let boundary = format!(
        "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>{ARN}</PermissionsBoundaryArn></PermissionsBoundary>"
    );
    assert!(result(&shown).contains(&boundary), "{}", shown.text());
    let delete = [("Action", "DeletePolicy"), ("PolicyArn", ARN)];
    fails(&server, &delete, 409, "DeleteConflict", "Cannot delete a policy attached to entities.").await;
    let policy = ok(&server, &[("Action", "GetPolicy"), ("PolicyArn", ARN)]).await;
    assert_eq!(
        (policy.element("AttachmentCount"), policy.element("PermissionsBoundaryUsageCount")),
        ("0".into(), "1".into())
    );
    ok(&server, &[("Action", "DeleteUserPermissionsBoundary"), name]).await;
    assert_eq!(asked(&server, &ann, &get).await.0, 200);
    let message = "The permissions boundary of user ann cannot be found.";
    fails(&server, &[("Action", "DeleteUserPermissionsBoundary"), name], 404, "NoSuchEntity", message).await;
    ok(&server, &delete).await;
}

#[tokio::test]
async fn delegates_create_bounded_roles_only() {
    let server = start().await;
    let document = allowing("s3:*", "*");
    ok(&server, &[("Action", "CreatePolicy"), ("PolicyName", "edge"), ("PolicyDocument", &document)]).await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":["iam:CreateRole","iam:AttachRolePolicy","iam:PutRolePermissionsBoundary"],"Resource":"*",
              "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{ARN}"}}}}}}]}}"#
    );
    let ann = user(&server, "ann", Some(&policy)).await;
    let create = [("Action", "CreateRole"), ("RoleName", "Player"), ("AssumeRolePolicyDocument", TRUST)];
    assert_eq!(asked(&server, &ann, &create).await.0, 403);
    let bounded: Vec<_> = create.into_iter().chain([("PermissionsBoundary", ARN)]).collect();
    assert_eq!(asked(&server, &ann, &bounded).await.0, 200);
    role(&server, "Free").await;
    let attach = |name| {
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
        [("Action", "AttachRolePolicy"), ("RoleName", name), ("PolicyArn", arn)]
    };
    assert_eq!(asked(&server, &ann, &attach("Free")).await.0, 403);
    assert_eq!(asked(&server, &ann, &attach("Player")).await.0, 200);
    let put = |name, arn| [("Action", "PutRolePermissionsBoundary"), ("RoleName", name), ("PermissionsBoundary", arn)];
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(asked(&server, &ann, &put("Player", other)).await.0, 403);
    assert_eq!(asked(&server, &ann, &put("Player", ARN)).await.0, 200);
}

#[tokio::test]
async fn only_some_policies_may_be_attached() {
    let server = start().await;
    role(&server, "Player").await;
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*",
        "Condition":{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AmazonS3*"}}}}"#;
    let ann = user(&server, "ann", Some(policy)).await;
    for (name, status) in [("AmazonS3FullAccess", 200), ("AdministratorAccess", 403)] {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let attach = [("Action", "AttachRolePolicy"), ("RoleName", "Player"), ("PolicyArn", arn.as_str())];
        assert_eq!(asked(&server, &ann, &attach).await.0, status, "{name}");
    }
}
