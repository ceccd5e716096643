//! The sample game: provider, pool, roles, bucket and table, set up over the wire as an administrator
//! would. Whatever is there already is brought to what it should be.

use http::Method;
use serde_json::{Value, json};
use vocab::{AccountId, Region};

use super::provider::{APP, CLIENT};
use crate::client::{Client, Error, Keys};

/// What an app of the sample game needs to know.
pub struct Sample {
    /// The region.
    pub region: String,
    /// The identity pool.
    pub pool: String,
    /// The key of the Logins map.
    pub provider: String,
    /// The issuer.
    pub issuer: String,
    /// The client id at the issuer.
    pub client_id: &'static str,
    /// The bucket of profiles.
    pub bucket: &'static str,
    /// The table of scores.
    pub table: &'static str,
    /// The role of signed-in players.
    pub player_role: String,
}

impl Sample {
    /// As the page shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "region": self.region, "pool": self.pool, "provider": self.provider, "issuer": self.issuer,
            "client_id": self.client_id, "bucket": self.bucket, "table": self.table, "player_role": self.player_role,
        })
    }
}

/// Sets the sample up.
pub async fn ensure(
    client: &Client,
    keys: &Keys,
    account: AccountId,
    region: &Region,
    issuer: &str,
) -> Result<Sample, Error> {
    let setup = Setup { client, keys, account, region };
    let provider = issuer.split_once("://").map_or(issuer, |(_, rest)| rest).to_owned();
    setup.provider(issuer).await?;
    let pool = setup.pool(&provider).await?;
    let player_role = setup.role(PLAYER, &trust(&pool, "authenticated"), &setup.player_policy()).await?;
    let guest_role = setup.role(GUEST, &trust(&pool, "unauthenticated"), &setup.guest_policy()).await?;
    let roles = json!({ "authenticated": player_role, "unauthenticated": guest_role });
    setup.identity("SetIdentityPoolRoles", &json!({ "IdentityPoolId": pool, "Roles": roles })).await?;
    setup.bucket().await?;
    setup.table().await?;
    let region = region.to_string();
    Ok(Sample {
        region,
        pool,
        provider,
        issuer: issuer.to_owned(),
        client_id: CLIENT,
        bucket: BUCKET,
        table: TABLE,
        player_role,
    })
}

struct Setup<'a> {
    client: &'a Client,
    keys: &'a Keys,
    account: AccountId,
    region: &'a Region,
}

impl Setup<'_> {
    async fn provider(&self, issuer: &str) -> Result<(), Error> {
        // A provider without TLS has no certificate; the member is there for clients that want one.
        let thumbprint = "0".repeat(40);
        let fields = [
            ("Action", "CreateOpenIDConnectProvider"),
            ("Url", issuer),
            ("ClientIDList.member.1", CLIENT),
            ("ThumbprintList.member.1", &thumbprint),
        ];
        let made = self.client.query("iam", &fields, Some(self.keys)).await;
        unless_there(made.map(drop), "EntityAlreadyExists")
    }

    async fn pool(&self, provider: &str) -> Result<String, Error> {
        let arn = format!("arn:aws:iam::{}:oidc-provider/{provider}", self.account);
        let wanted = json!({
            "IdentityPoolName": POOL,
            "AllowUnauthenticatedIdentities": true,
            "OpenIdConnectProviderARNs": [arn],
            "SupportedLoginProviders": { "www.amazon.com": APP, "graph.facebook.com": APP },
        });
        match self.find_pool().await? {
            None => {
                let made = self.identity("CreateIdentityPool", &wanted).await?;
                Ok(text(&made, "IdentityPoolId"))
            }
            Some(id) => {
                // The port, and with it the issuer, may be another one than last time.
                let mut update = wanted;
                if let Some(members) = update.as_object_mut() {
                    members.insert("IdentityPoolId".into(), id.clone().into());
                }
                self.identity("UpdateIdentityPool", &update).await?;
                Ok(id)
            }
        }
    }

    async fn find_pool(&self) -> Result<Option<String>, Error> {
        let mut page = json!({ "MaxResults": 60 });
        loop {
            let answer = self.identity("ListIdentityPools", &page).await?;
            let pools = answer.get("IdentityPools").and_then(Value::as_array).cloned().unwrap_or_default();
            if let Some(pool) = pools.iter().find(|pool| text(pool, "IdentityPoolName") == POOL) {
                return Ok(Some(text(pool, "IdentityPoolId")));
            }
            let next = text(&answer, "NextToken");
            if next.is_empty() {
                return Ok(None);
            }
            page = json!({ "MaxResults": 60, "NextToken": next });
        }
    }

    async fn role(&self, name: &str, trust: &Value, policy: &Value) -> Result<String, Error> {
        let trust = trust.to_string();
        let fields = [("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
        let made = self.client.query("iam", &fields, Some(self.keys)).await;
        unless_there(made.map(drop), "EntityAlreadyExists")?;
        let fields = [("Action", "UpdateAssumeRolePolicy"), ("RoleName", name), ("PolicyDocument", trust.as_str())];
        self.client.query("iam", &fields, Some(self.keys)).await?;
        let policy = policy.to_string();
        let fields = [
            ("Action", "PutRolePolicy"),
            ("RoleName", name),
            ("PolicyName", "game"),
            ("PolicyDocument", policy.as_str()),
        ];
        self.client.query("iam", &fields, Some(self.keys)).await?;
        Ok(format!("arn:aws:iam::{}:role/{name}", self.account))
    }

    async fn bucket(&self) -> Result<(), Error> {
        let made = self.client.s3(Method::PUT, &format!("/{BUCKET}"), "", Some(self.keys)).await;
        unless_there(made.map(drop), "BucketAlreadyOwnedByYou")?;
        let news = "Welcome to the game.\n";
        self.client.s3(Method::PUT, &format!("/{BUCKET}/public/news.txt"), news, Some(self.keys)).await.map(drop)
    }

    async fn table(&self) -> Result<(), Error> {
        let table = json!({
            "TableName": TABLE,
            "KeySchema": [
                { "AttributeName": "player", "KeyType": "HASH" }, { "AttributeName": "game", "KeyType": "RANGE" },
            ],
            "AttributeDefinitions": [
                { "AttributeName": "player", "AttributeType": "S" }, { "AttributeName": "game", "AttributeType": "S" },
            ],
            "BillingMode": "PAY_PER_REQUEST",
        });
        let made = self.client.json("dynamodb", "DynamoDB_20120810.CreateTable", &table, Some(self.keys)).await;
        unless_there(made.map(drop), "ResourceInUseException")
    }

    async fn identity(&self, operation: &str, body: &Value) -> Result<Value, Error> {
        let target = format!("AWSCognitoIdentityService.{operation}");
        self.client.json("cognito-identity", &target, body, Some(self.keys)).await
    }

    /// Each player reaches their own prefix and their own items, and nothing else.
    fn player_policy(&self) -> Value {
        json!({ "Version": "2012-10-17", "Statement": [
            {
                "Sid": "OwnProfile", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": format!("arn:aws:s3:::{BUCKET}/{SUB}/*"),
            },
            {
                "Sid": "OwnListing", "Effect": "Allow", "Action": "s3:ListBucket",
                "Resource": format!("arn:aws:s3:::{BUCKET}"),
                "Condition": { "StringLike": { "s3:prefix": format!("{SUB}/*") } },
            },
            {
                "Sid": "News", "Effect": "Allow", "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::{BUCKET}/public/*"),
            },
            {
                "Sid": "OwnScores", "Effect": "Allow",
                "Action": [
                    "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query",
                    "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem",
                ],
                "Resource": format!("arn:aws:dynamodb:{}:{}:table/{TABLE}", self.region, self.account),
                "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": SUB } },
            },
            self.own_settings(),
        ] })
    }

    /// Guests read what is public, and take their settings along when they sign in.
    fn guest_policy(&self) -> Value {
        json!({ "Version": "2012-10-17", "Statement": [
            {
                "Sid": "News", "Effect": "Allow", "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::{BUCKET}/public/*"),
            },
            self.own_settings(),
        ] })
    }

    /// The settings that follow a player from device to device.
    fn own_settings(&self) -> Value {
        let (region, account) = (self.region, self.account);
        json!({
            "Sid": "OwnSettings", "Effect": "Allow", "Action": "cognito-sync:*",
            "Resource": format!("arn:aws:cognito-sync:{region}:{account}:identitypool/{AUD}/identity/{SUB}/*"),
        })
    }
}

fn trust(pool: &str, amr: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": { "cognito-identity.amazonaws.com:aud": pool },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": amr },
        },
    }] })
}

fn unless_there(made: Result<(), Error>, code: &str) -> Result<(), Error> {
    made.or_else(|error| if error.code() == Some(code) { Ok(()) } else { Err(error) })
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

const POOL: &str = "Daypass sample game";
const PLAYER: &str = "DaypassSamplePlayer";
const GUEST: &str = "DaypassSampleGuest";
const BUCKET: &str = "daypass-sample-profiles";
const TABLE: &str = "daypass-sample-scores";
const AUD: &str = "${cognito-identity.amazonaws.com:aud}";
const SUB: &str = "${cognito-identity.amazonaws.com:sub}";
