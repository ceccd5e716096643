//! The sample game, set up through the wire as an administrator would, with one player and one guest.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use vocab::Secret;

use crate::Result;
use crate::child::Daypass;
use crate::issuer::{CLIENT, Issuer};
use crate::wire::{Connection, Draft, Keys};

/// What the requests of a measurement name.
pub struct Game {
    port: u16,
    /// The issuer's name as a provider of logins.
    provider: String,
    /// The identity pool.
    pub pool: String,
    /// The player's identity id.
    pub player: String,
    /// The player's credentials.
    pub keys: Keys,
    /// The guest's identity id.
    pub guest: String,
}

impl Game {
    /// Makes provider, pool, roles, bucket, table, object and item; signs the player and the guest in.
    pub async fn set_up(daypass: &Daypass, issuer: &Issuer) -> Result<Self> {
        let mut root = Caller { port: daypass.child.port, keys: daypass.root.clone() };
        let url = issuer.url();
        let provider = [
            ("Action", "CreateOpenIDConnectProvider"),
            ("Url", url.as_str()),
            ("ClientIDList.member.1", CLIENT),
            ("ThumbprintList.member.1", "0000000000000000000000000000000000000000"),
        ];
        root.iam(&provider).await?;
        let pool = json!({
            "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true,
            "OpenIdConnectProviderARNs": [format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", issuer.host())],
        });
        let pool = text(&root.identity("CreateIdentityPool", &pool).await?, "IdentityPoolId")?;
        let authenticated = root.role("Player", "authenticated", &pool, &player_policy()).await?;
        let unauthenticated = root.role("Guest", "unauthenticated", &pool, &guest_policy()).await?;
        let roles = json!({
            "IdentityPoolId": pool,
            "Roles": { "authenticated": authenticated, "unauthenticated": unauthenticated },
        });
        root.identity("SetIdentityPoolRoles", &roles).await?;
        root.s3("PUT", &format!("/{BUCKET}"), b"").await?;
        root.dynamo("CreateTable", &table()).await?;

        let port = daypass.child.port;
        let nobody = Keys { id: String::new(), secret: Secret::new(String::new()), token: None };
        let mut game = Self {
            port,
            provider: issuer.host().into(),
            pool,
            player: String::new(),
            keys: nobody,
            guest: String::new(),
        };
        let token = issuer.token(SUBJECT, 0)?;
        game.guest = text(&game.ask(&game.get_id(None)?).await?, "IdentityId")?;
        game.player = text(&game.ask(&game.get_id(Some(&token))?).await?, "IdentityId")?;
        game.keys = keys(&game.ask(&game.get_credentials(&game.player, Some(&token))?).await?)?;

        let mut player = Caller { port, keys: game.keys.clone() };
        player.s3("PUT", &game.object(), &[b'x'; 1024]).await?;
        player.dynamo("PutItem", &json!({ "TableName": TABLE, "Item": game.item() })).await?;
        Ok(game)
    }

    /// GetId with a login, or for a new guest.
    pub fn get_id(&self, token: Option<&str>) -> Result<Vec<u8>> {
        self.identity("GetId", &json!({ "IdentityPoolId": self.pool, "Logins": self.logins(token) }))
    }

    /// A guest of its own.
    pub async fn new_guest(&self) -> Result<String> {
        text(&self.ask(&self.get_id(None)?).await?, "IdentityId")
    }

    /// GetCredentialsForIdentity.
    pub fn get_credentials(&self, identity: &str, token: Option<&str>) -> Result<Vec<u8>> {
        self.identity("GetCredentialsForIdentity", &json!({ "IdentityId": identity, "Logins": self.logins(token) }))
    }

    /// GetOpenIdToken of the player.
    pub fn get_open_id_token(&self, token: &str) -> Result<Vec<u8>> {
        self.identity("GetOpenIdToken", &json!({ "IdentityId": self.player, "Logins": self.logins(Some(token)) }))
    }

    /// AssumeRoleWithWebIdentity with a token of GetOpenIdToken.
    pub async fn assume_role(&self, token: &str) -> Result<Vec<u8>> {
        let opened = text(&self.ask(&self.get_open_id_token(token)?).await?, "Token")?;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/Player");
        self.sts(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "bench"),
            ("WebIdentityToken", opened.as_str()),
        ])
    }

    /// GetCallerIdentity of the player.
    pub fn caller_identity(&self) -> Result<Vec<u8>> {
        let body = form("2011-06-15", &[("Action", "GetCallerIdentity")]);
        let draft = Draft { headers: &FORM, body: &body, ..self.draft("sts") };
        draft.bytes(Some(&self.keys))
    }

    /// S3 GET of the player's object of 1 KiB.
    pub fn get_object(&self) -> Result<Vec<u8>> {
        let target = self.object();
        Draft { method: "GET", target: &target, ..self.draft("s3") }.bytes(Some(&self.keys))
    }

    /// DynamoDB GetItem of the player's item.
    pub fn get_item(&self) -> Result<Vec<u8>> {
        let key = json!({ "player": { "S": self.player }, "game": { "S": "chess" } });
        let body = json!({ "TableName": TABLE, "Key": key }).to_string();
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "DynamoDB_20120810.GetItem")];
        Draft { headers: &headers, body: body.as_bytes(), ..self.draft("dynamodb") }.bytes(Some(&self.keys))
    }

    fn sts(&self, fields: &[(&str, &str)]) -> Result<Vec<u8>> {
        let body = form("2011-06-15", fields);
        Draft { headers: &FORM, body: &body, ..self.draft("sts") }.bytes(None)
    }

    fn identity(&self, operation: &str, body: &Value) -> Result<Vec<u8>> {
        let (target, body) = (format!("AWSCognitoIdentityService.{operation}"), body.to_string());
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        Draft { headers: &headers, body: body.as_bytes(), ..self.draft("cognito-identity") }.bytes(None)
    }

    async fn ask(&self, request: &[u8]) -> Result<Value> {
        Ok(serde_json::from_slice(&ask(self.port, request).await?)?)
    }

    fn draft<'a>(&self, service: &'a str) -> Draft<'a> {
        Draft { port: self.port, service, method: "POST", target: "/", headers: &[], body: &[] }
    }

    fn logins(&self, token: Option<&str>) -> Value {
        token.map_or(json!({}), |token| json!({ self.provider.as_str(): token }))
    }

    fn object(&self) -> String {
        format!("/{BUCKET}/{}/profile.json", self.player.replace(':', "%3A"))
    }

    fn item(&self) -> Value {
        json!({ "player": { "S": self.player }, "game": { "S": "chess" }, "score": { "N": "2700" } })
    }
}

/// Signed calls of the set-up.
pub struct Caller {
    /// The server's port.
    pub port: u16,
    /// Who calls.
    pub keys: Keys,
}

impl Caller {
    async fn iam(&mut self, fields: &[(&str, &str)]) -> Result<()> {
        let body = form("2010-05-08", fields);
        self.call("iam", "POST", "/", &FORM, &body).await.map(drop)
    }

    async fn role(&mut self, name: &str, amr: &str, pool: &str, policy: &Value) -> Result<String> {
        let trust = trust(pool, amr).to_string();
        self.iam(&[("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", &trust)]).await?;
        let policy = policy.to_string();
        let fields =
            [("Action", "PutRolePolicy"), ("RoleName", name), ("PolicyName", "game"), ("PolicyDocument", &policy)];
        self.iam(&fields).await?;
        Ok(format!("arn:aws:iam::{ACCOUNT}:role/{name}"))
    }

    async fn identity(&mut self, operation: &str, body: &Value) -> Result<Value> {
        let target = format!("AWSCognitoIdentityService.{operation}");
        self.json("cognito-identity", "application/x-amz-json-1.1", &target, body).await
    }

    /// Gives a role a policy.
    pub async fn allow(&mut self, role: &str, name: &str, policy: &Value) -> Result<()> {
        let policy = policy.to_string();
        self.iam(&[("Action", "PutRolePolicy"), ("RoleName", role), ("PolicyName", name), ("PolicyDocument", &policy)])
            .await
    }

    /// A call of a REST-JSON service.
    pub async fn rest(&mut self, service: &str, method: &str, target: &str, body: &[u8]) -> Result<Value> {
        let headers = [("content-type", "application/json")];
        Ok(serde_json::from_slice(&self.call(service, method, target, &headers, body).await?)?)
    }

    /// A call of DynamoDB.
    pub async fn dynamo(&mut self, operation: &str, body: &Value) -> Result<Value> {
        self.json("dynamodb", "application/x-amz-json-1.0", &format!("DynamoDB_20120810.{operation}"), body).await
    }

    /// A call of S3.
    pub async fn s3(&mut self, method: &str, target: &str, body: &[u8]) -> Result<()> {
        self.call("s3", method, target, &[], body).await.map(drop)
    }

    async fn json(&mut self, service: &str, kind: &str, target: &str, body: &Value) -> Result<Value> {
        let headers = [("content-type", kind), ("x-amz-target", target)];
        let answer = self.call(service, "POST", "/", &headers, body.to_string().as_bytes()).await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }

    async fn call(
        &mut self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let draft = Draft { port: self.port, service, method, target, headers, body };
        ask(self.port, &draft.bytes(Some(&self.keys))?).await
    }
}

async fn ask(port: u16, request: &[u8]) -> Result<Vec<u8>> {
    let mut connection = Connection::open(port).await?;
    let answer = connection.call(request).await?;
    if !(200..300).contains(&answer.status) {
        let told = String::from_utf8_lossy(answer.body);
        return Err(format!("the server answers {} while the game is set up: {told}", answer.status).into());
    }
    Ok(answer.body.to_vec())
}

fn form(version: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = format!("Version={version}");
    for (name, value) in fields {
        body.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    }
    body.into_bytes()
}

fn keys(answer: &Value) -> Result<Keys> {
    let credentials = answer.get("Credentials").ok_or("there are no credentials")?;
    Ok(Keys {
        id: text(credentials, "AccessKeyId")?,
        secret: Secret::new(text(credentials, "SecretKey")?),
        token: Some(Secret::new(text(credentials, "SessionToken")?)),
    })
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value.get(name).and_then(Value::as_str).ok_or_else(|| format!("the answer has no `{name}`"))?.to_owned())
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

fn player_policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": format!("arn:aws:s3:::{BUCKET}/{SUB}/*"),
        },
        {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}"),
            "Condition": { "StringLike": { "s3:prefix": [format!("{SUB}/*")] } },
        },
        {
            "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            "Resource": format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"),
            "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [SUB] } },
        },
    ] })
}

fn guest_policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/public/*") },
    ] })
}

/// The table of the game, for CreateTable.
pub fn table() -> Value {
    json!({
        "TableName": TABLE,
        "KeySchema": [
            { "AttributeName": "player", "KeyType": "HASH" }, { "AttributeName": "game", "KeyType": "RANGE" },
        ],
        "AttributeDefinitions": [
            { "AttributeName": "player", "AttributeType": "S" }, { "AttributeName": "game", "AttributeType": "S" },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// Who the player is at the issuer.
pub const SUBJECT: &str = "player-ada";

const ACCOUNT: &str = "000000000000";
/// The bucket.
pub const BUCKET: &str = "game-profiles";
/// The table.
pub const TABLE: &str = "game-scores";
const SUB: &str = "${cognito-identity.amazonaws.com:sub}";
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];
