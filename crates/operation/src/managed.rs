//! Managed policies by ARN: the customers' own from the configuration, AWS's from a table.
//!
//! AWS's policies that these flows name exist, worded from their documentation for the services
//! that are served here.

use std::borrow::Cow;

use store::records::principals::{ManagedPolicy, named};
use vocab::Arn;

use crate::host::Host;
use crate::scope_down;

/// One of AWS's managed policies.
#[derive(Debug, Clone, Copy)]
pub struct AwsPolicy {
    /// The name.
    pub name: &'static str,
    /// The description.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
}

impl AwsPolicy {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("{AWS}{}", self.name)
    }
}

/// The document in force of the managed policy with this ARN; `None` where there is none.
pub async fn document(host: &Host, arn: &str) -> Result<Option<Cow<'static, str>>, store::Error> {
    if let Some(name) = arn.strip_prefix(AWS) {
        let found = AWS_POLICIES.iter().find(|policy| policy.name == name);
        return Ok(found.map(|policy| Cow::Borrowed(policy.document)));
    }
    let Ok(parsed) = arn.parse::<Arn>() else { return Ok(None) };
    let (Some(account), Some(("policy", path_and_name))) = (parsed.account_id(), parsed.typed_resource()) else {
        return Ok(None);
    };
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let policy = host.configuration.get::<ManagedPolicy>(&named(account, name)).await?;
    let policy = policy.filter(|policy| policy.arn().as_str() == arn);
    Ok(policy.and_then(|policy| policy.document().map(|version| Cow::Owned(version.document.clone()))))
}

/// AWS's managed policies, by name.
pub const AWS_POLICIES: &[AwsPolicy] = &[
    AwsPolicy {
        name: "AdministratorAccess",
        description: "Full access to all services and resources.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoPowerUser",
        description: "Full access to Amazon Cognito.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:*","cognito-idp:*","cognito-sync:*","iam:ListRoles","iam:ListOpenIdConnectProviders","iam:GetRole","iam:ListSAMLProviders","iam:GetSAMLProvider"],"Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"cognito-identity.amazonaws.com"}}}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoReadOnly",
        description: "Read access to Amazon Cognito.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:Describe*","cognito-identity:Get*","cognito-identity:List*","cognito-sync:Describe*","cognito-sync:Get*","cognito-sync:List*","iam:ListOpenIdConnectProviders","iam:ListRoles"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoUnAuthedIdentitiesSessionPolicy",
        description: "The managed session policy of guests in the enhanced flow.",
        document: scope_down::MANAGED,
    },
    AwsPolicy {
        name: "AmazonDynamoDBFullAccess",
        description: "Full access to Amazon DynamoDB.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonDynamoDBReadOnlyAccess",
        description: "Read access to Amazon DynamoDB.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","dynamodb:PartiQLSelect","dynamodb:Query","dynamodb:Scan"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonS3FullAccess",
        description: "Full access to all buckets.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonS3ReadOnlyAccess",
        description: "Read access to all buckets.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Describe*","s3:Get*","s3:List*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMFullAccess",
        description: "Full access to IAM.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMReadOnlyAccess",
        description: "Read access to IAM.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "ReadOnlyAccess",
        description: "Read access to everything that is served here.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:Describe*","cognito-identity:GetIdentityPoolRoles","cognito-identity:GetPrincipalTagAttributeMap","cognito-identity:List*","cognito-identity:Lookup*","cognito-sync:Describe*","cognito-sync:Get*","cognito-sync:List*","dynamodb:BatchGet*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*","dynamodb:PartiQLSelect","dynamodb:Query","dynamodb:Scan","iam:Get*","iam:List*","iam:Simulate*","s3:Get*","s3:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity"],"Resource":"*"}]}"#,
    },
];

/// What the ARNs of AWS's policies begin with.
const AWS: &str = "arn:aws:iam::aws:policy/";
