//! A player's device: an app of the sample game, which holds no keys but those it is given.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Method;
use http::header::LOCATION;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vocab::{Random, Secret, SystemRandom};

use crate::client::{Client, Error, Keys, element};
use crate::form;

/// The sample game of a server.
pub struct Game {
    client: Client,
    pool: String,
    provider: String,
    issuer_path: String,
    client_id: String,
    bucket: String,
    table: String,
    player_role: String,
}

/// A device with the credentials it was given.
pub struct Device<'a> {
    game: &'a Game,
    /// Who the player is.
    pub identity: String,
    /// The credentials.
    pub keys: Keys,
}

impl Game {
    /// The game of the `dev` server at `endpoint`.
    pub async fn at(endpoint: &str) -> Result<Self, Error> {
        let sample = super::sample(&Client::new(endpoint, "us-east-1")?).await?;
        let text = |name: &str| sample.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let issuer = text("issuer");
        let path = issuer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        Ok(Self {
            client: Client::new(endpoint, &text("region"))?,
            pool: text("pool"),
            provider: text("provider"),
            issuer_path: path.unwrap_or_default().to_owned(),
            client_id: text("client_id"),
            bucket: text("bucket"),
            table: text("table"),
            player_role: text("player_role"),
        })
    }

    /// An ID token by the authorization code flow with PKCE, as a browser and an app play it.
    async fn id_token(&self, player: &str, client_id: &str) -> Result<String, Error> {
        let random: &dyn Random = &SystemRandom;
        let verifier = BASE64_URL_SAFE_NO_PAD.encode(random.bytes::<32>());
        let nonce = BASE64_URL_SAFE_NO_PAD.encode(random.bytes::<9>());
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let redirect = "http://127.0.0.1:9999/callback";
        let request = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect),
            ("scope", "openid"),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let authorize = format!("{}/authorize", self.issuer_path);
        let shown = self.client.page(Method::GET, &format!("{authorize}?{}", form::write(&request)), None).await?;
        if !shown.status.is_success() {
            return Err(Error::Wrong(format!("the sign-in page answers {}", shown.status)));
        }
        let chosen = [request.as_slice(), &[("player", player)]].concat();
        let sent_on = self.client.page(Method::POST, &authorize, Some(form::write(&chosen))).await?;
        let location = sent_on.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let query = form::read(location.split_once('?').map_or("", |(_, query)| query));
        let code = query.get("code").ok_or_else(|| Error::Wrong("the provider gave no code".into()))?;
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("client_id", client_id),
            ("code_verifier", &verifier),
        ];
        let token = format!("{}/token", self.issuer_path);
        let answer = self.client.page(Method::POST, &token, Some(form::write(&exchange))).await?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = answer.get("id_token").and_then(Value::as_str);
        Ok(token.ok_or_else(|| Error::Wrong("the provider gave no ID token".into()))?.to_owned())
    }

    /// What becomes of a token with one changed letter.
    pub async fn altered_token(&self, player: &str) -> Result<String, Error> {
        let mut token = self.id_token(player, &self.client_id).await?;
        let place = token.len() / 2;
        let other = if token.get(place..=place) == Some("A") { "B" } else { "A" };
        token.replace_range(place..=place, other);
        self.get_id(Some(&token)).await
    }

    /// What becomes of a token for another app.
    pub async fn foreign_token(&self, player: &str) -> Result<String, Error> {
        let token = self.id_token(player, "another-app").await?;
        self.get_id(Some(&token)).await
    }

    async fn get_id(&self, token: Option<&str>) -> Result<String, Error> {
        let answer =
            self.identity("GetId", &json!({ "IdentityPoolId": self.pool, "Logins": self.logins(token) })).await?;
        Ok(text(&answer, "IdentityId"))
    }

    async fn credentials(&self, identity: &str, token: Option<&str>) -> Result<Value, Error> {
        let body = json!({ "IdentityId": identity, "Logins": self.logins(token) });
        self.identity("GetCredentialsForIdentity", &body).await
    }

    fn logins(&self, token: Option<&str>) -> Value {
        token.map_or(json!({}), |token| json!({ self.provider.as_str(): token }))
    }

    async fn identity(&self, operation: &str, body: &Value) -> Result<Value, Error> {
        self.client.json("cognito-identity", &format!("AWSCognitoIdentityService.{operation}"), body, None).await
    }
}

impl<'a> Device<'a> {
    /// The enhanced flow; `guest` is the identity that the device had before.
    pub async fn sign_in(game: &'a Game, player: &str, guest: Option<&str>) -> Result<Self, Error> {
        let token = game.id_token(player, &game.client_id).await?;
        let identity = match guest {
            Some(guest) => guest.to_owned(),
            None => game.get_id(Some(&token)).await?,
        };
        Self::with(game, game.credentials(&identity, Some(&token)).await?)
    }

    /// A device on which nobody has signed in.
    pub async fn guest(game: &'a Game) -> Result<Self, Error> {
        let identity = game.get_id(None).await?;
        Self::with(game, game.credentials(&identity, None).await?)
    }

    /// The basic flow.
    pub async fn basic(game: &'a Game, player: &str) -> Result<Self, Error> {
        let token = game.id_token(player, &game.client_id).await?;
        let identity = game.get_id(Some(&token)).await?;
        let body = json!({ "IdentityId": identity, "Logins": game.logins(Some(&token)) });
        let opened = game.identity("GetOpenIdToken", &body).await?;
        let opened = text(&opened, "Token");
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", game.player_role.as_str()),
            ("RoleSessionName", "tour"),
            ("WebIdentityToken", opened.as_str()),
        ];
        let answer = game.client.query("sts", &fields, None).await?;
        let of = |name| element(&answer, name).unwrap_or_default().to_owned();
        let keys = Keys {
            id: of("AccessKeyId"),
            secret: Secret::new(of("SecretAccessKey")),
            token: Some(Secret::new(of("SessionToken"))),
        };
        Ok(Self { game, identity: of("SubjectFromWebIdentityToken"), keys })
    }

    fn with(game: &'a Game, answer: Value) -> Result<Self, Error> {
        let credentials = answer.get("Credentials").cloned().unwrap_or_default();
        let keys = Keys {
            id: text(&credentials, "AccessKeyId"),
            secret: Secret::new(text(&credentials, "SecretKey")),
            token: Some(Secret::new(text(&credentials, "SessionToken"))),
        };
        Ok(Self { game, identity: text(&answer, "IdentityId"), keys })
    }

    /// The same keys with another device's session token.
    pub fn with_token_of(&self, other: &Self) -> Self {
        let keys = Keys { token: other.keys.token.clone(), ..self.keys.clone() };
        Self { game: self.game, identity: self.identity.clone(), keys }
    }

    /// Credentials for the identity without any login.
    pub async fn credentials_again(&self) -> Result<Value, Error> {
        self.game.credentials(&self.identity, None).await
    }

    /// Writes the player's own profile.
    pub async fn put_profile(&self, profile: &str) -> Result<(), Error> {
        let target = self.object(&self.identity);
        self.game.client.s3(Method::PUT, &target, profile.to_owned(), Some(&self.keys)).await.map(drop)
    }

    /// Reads a player's profile.
    pub async fn profile_of(&self, identity: &str) -> Result<String, Error> {
        let body = self.game.client.s3(Method::GET, &self.object(identity), "", Some(&self.keys)).await?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// Reads what is public.
    pub async fn news(&self) -> Result<(), Error> {
        let target = format!("/{}/public/news.txt", self.game.bucket);
        self.game.client.s3(Method::GET, &target, "", Some(&self.keys)).await.map(drop)
    }

    /// Lists the objects below a prefix.
    pub async fn list(&self, prefix: &str) -> Result<(), Error> {
        let target = format!("/{}?list-type=2&prefix={}", self.game.bucket, form::escape(prefix));
        self.game.client.s3(Method::GET, &target, "", Some(&self.keys)).await.map(drop)
    }

    /// Writes the player's own score.
    pub async fn put_score(&self, game: &str, score: u32) -> Result<(), Error> {
        self.put_score_of(&self.identity, game, score).await
    }

    /// Writes a score under somebody's identity.
    pub async fn put_score_of(&self, identity: &str, game: &str, score: u32) -> Result<(), Error> {
        let item = json!({ "player": { "S": identity }, "game": { "S": game }, "score": { "N": score.to_string() } });
        self.dynamo("PutItem", &json!({ "TableName": self.game.table, "Item": item })).await.map(drop)
    }

    /// Reads the player's own score.
    pub async fn score(&self, game: &str) -> Result<String, Error> {
        let key = json!({ "player": { "S": self.identity }, "game": { "S": game } });
        let answer = self.dynamo("GetItem", &json!({ "TableName": self.game.table, "Key": key })).await?;
        Ok(answer.pointer("/Item/score/N").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Reads the whole table.
    pub async fn scan(&self) -> Result<Value, Error> {
        self.dynamo("Scan", &json!({ "TableName": self.game.table })).await
    }

    /// A call on somebody's settings; `rest` follows the dataset's path.
    pub async fn sync(&self, method: Method, identity: &str, rest: &str, body: Option<&Value>) -> Result<Value, Error> {
        let encoded = |id: &str| id.replace(':', "%3A");
        let (pool, identity) = (encoded(&self.game.pool), encoded(identity));
        let target = format!("/identitypools/{pool}/identities/{identity}/datasets/settings{rest}");
        self.game.client.rest(method, &target, body, &self.keys).await
    }

    async fn dynamo(&self, operation: &str, body: &Value) -> Result<Value, Error> {
        let target = format!("DynamoDB_20120810.{operation}");
        self.game.client.json("dynamodb", &target, body, Some(&self.keys)).await
    }

    /// The path of a profile: the colon of an identity id is escaped, as signers expect.
    fn object(&self, identity: &str) -> String {
        format!("/{}/{}/profile.json", self.game.bucket, identity.replace(':', "%3A"))
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
