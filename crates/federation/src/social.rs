//! Opaque tokens of Amazon, Facebook and Twitter: the provider says whose they are. And tokens about which a user pool is
//! asked whether they still count.

use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Map, Value};
use vocab::{Secret, Timestamp};

use crate::client::{Beside, Client};
use crate::error::{Error, Reason};
use crate::json;
use crate::observer::What;
use crate::settings::Settings;
use crate::twitter::{self, Pair};
use crate::url::{Url, encode};
use crate::verified::Verified;

/// Asks Amazon for whom this access token was issued, and then, with the token itself, whose profile it opens: both
/// must speak of one customer.
pub(crate) async fn amazon(
    client: &Client,
    settings: &Settings,
    token: &str,
    now: Timestamp,
) -> Result<Verified, Error> {
    let base = base(settings, AMAZON, "https://api.amazon.com")?;
    let path = format!("/auth/o2/tokeninfo?access_token={}", encode(token));
    let answer = ask(client, settings, AMAZON, &base, &path).await?;
    // `exp` is what is left, in seconds.
    let left = answer.get("exp").and_then(Value::as_u64).ok_or(DOCUMENT)?;
    if left == 0 {
        return Err(Error::Rejected);
    }
    let issued = answer.get("iat").and_then(Value::as_i64).map_or(now, Timestamp::from_seconds);
    let audiences = ["aud", "app_id"].into_iter().filter_map(|name| text(&answer, name)).collect();
    let user = text(&answer, "user_id").ok_or(DOCUMENT)?;
    let url = base.join("/user/profile").map_err(|_| Error::Unreachable(Reason::Url))?;
    let authorization = Secret::new(format!("Bearer {token}"));
    let beside = Beside { authorization: Some(&authorization), form: None };
    let profile = asked(client, settings, AMAZON, &url, &beside).await?;
    if text(&profile, "user_id").ok_or(DOCUMENT)? != user {
        return Err(Error::Rejected);
    }
    inspected(AMAZON, user, audiences, issued, now + Duration::from_secs(left))
}

/// Asks Facebook whose access token this is. With the application's secret it is asked as that application, with the
/// proof that it is (`appsecret_proof`), which also tells the expiry; without, with the token itself.
pub(crate) async fn facebook(
    client: &Client,
    settings: &Settings,
    token: &str,
    app: (&str, Option<&Secret>),
    now: Timestamp,
) -> Result<Verified, Error> {
    let base = base(settings, FACEBOOK, "https://graph.facebook.com")?;
    let (app_id, secret) = app;
    let (user, seen_app, expires) = match secret {
        Some(secret) => {
            let key = format!("{app_id}|{}", secret.expose());
            let proof = app_proof(&key, secret);
            let (token, key) = (encode(token), encode(&key));
            let path = format!("/debug_token?input_token={token}&access_token={key}&appsecret_proof={proof}");
            let answer = ask(client, settings, FACEBOOK, &base, &path).await?;
            let data = answer.get("data").and_then(Value::as_object).ok_or(DOCUMENT)?;
            // A token of an application or of a page is nobody's sign-in.
            let is_of_person = data.get("type").is_none_or(|kind| kind == "USER");
            if data.get("is_valid") != Some(&Value::Bool(true)) || !is_of_person {
                return Err(Error::Rejected);
            }
            // 0 is a token that does not expire.
            let expires = data.get("expires_at").and_then(Value::as_i64).filter(|at| *at > 0);
            (text(data, "user_id"), text(data, "app_id"), expires.map(Timestamp::from_seconds))
        }
        None => {
            let token = encode(token);
            let app = ask(client, settings, FACEBOOK, &base, &format!("/app?access_token={token}")).await?;
            let user = ask(client, settings, FACEBOOK, &base, &format!("/me?fields=id&access_token={token}")).await?;
            (text(&user, "id"), text(&app, "id"), None)
        }
    };
    let seen_app = seen_app.ok_or(DOCUMENT)?;
    if seen_app != app_id {
        return Err(Error::WrongAudience);
    }
    let expires = expires.unwrap_or(now + UNKNOWN_EXPIRY);
    inspected(FACEBOOK, user.ok_or(DOCUMENT)?, vec![seen_app], now, expires)
}

/// Proves to Facebook that whoever asks with this token knows the application's secret.
fn app_proof(token: &str, secret: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::sign(&key, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks Twitter whose token this is, as the application that it must be of.
pub(crate) async fn twitter(
    client: &Client,
    settings: &Settings,
    (token, consumer): (&str, &str),
    nonce: [u8; 16],
    now: Timestamp,
) -> Result<Verified, Error> {
    let (token, consumer) = (Pair::read(token)?, Pair::read(consumer)?);
    let url = base(settings, TWITTER, "https://api.twitter.com")?.join("/1.1/account/verify_credentials.json");
    let url = url.map_err(|_| Error::Unreachable(Reason::Url))?;
    let authorization = twitter::authorization(&url, &consumer, &token, nonce, now);
    let beside = Beside { authorization: Some(&authorization), form: None };
    let answer = asked(client, settings, TWITTER, &url, &beside).await?;
    let user = text(&answer, "id_str").ok_or(DOCUMENT)?;
    // It does not tell when a token expires; it is asked again soon.
    inspected(TWITTER, user, vec![consumer.name.to_owned()], now, now + UNKNOWN_EXPIRY)
}

/// Asks whether a token still counts (RFC 7662): its user may have been deleted or signed out everywhere.
pub(crate) async fn is_active(
    client: &Client,
    settings: &Settings,
    provider: &str,
    token: &str,
) -> Result<bool, Error> {
    let endpoints = settings.endpoints.get(provider);
    let url = endpoints.and_then(|endpoints| endpoints.introspection.as_ref());
    let url = url.ok_or(Error::Unreachable(Reason::NotConfigured))?;
    let authorization = endpoints.and_then(|endpoints| endpoints.introspection_authorization.as_ref());
    let form = format!("token={}&token_type_hint=id_token", encode(token));
    let answer = asked(client, settings, provider, url, &Beside { authorization, form: Some(&form) }).await;
    match answer {
        Ok(answer) => answer.get("active").and_then(Value::as_bool).ok_or(DOCUMENT),
        // The question was refused, not the token.
        Err(Error::Rejected) => Err(Error::Unreachable(Reason::Document)),
        Err(error) => Err(error),
    }
}

/// One question to a provider, within the time that the settings allow.
async fn ask(
    client: &Client,
    settings: &Settings,
    provider: &str,
    base: &Url,
    path: &str,
) -> Result<Map<String, Value>, Error> {
    let url = base.join(path).map_err(|_| Error::Rejected)?;
    asked(client, settings, provider, &url, &Beside::default()).await
}

async fn asked(
    client: &Client,
    settings: &Settings,
    provider: &str,
    url: &Url,
    beside: &Beside<'_>,
) -> Result<Map<String, Value>, Error> {
    let call = client.send(provider, What::Inspection, url, &[], beside);
    match tokio::time::timeout(settings.timeout, call).await {
        Ok(Ok(body)) => json::object(&body).ok_or(DOCUMENT),
        Ok(Err(Reason::Status(400 | 401 | 403 | 404))) => Err(Error::Rejected),
        Ok(Err(reason)) => Err(Error::Unreachable(reason)),
        Err(_) => Err(Error::Unreachable(Reason::Timeout)),
    }
}

fn base(settings: &Settings, provider: &str, own: &str) -> Result<Url, Error> {
    let configured = settings.endpoints.get(provider).and_then(|endpoints| endpoints.inspection.clone());
    configured.map_or_else(|| Url::parse(own).map_err(|_| Error::Unreachable(Reason::Url)), Ok)
}

/// An answer that lacks what it is for is the provider's failure, not the token's.
fn inspected(
    issuer: &str,
    user: String,
    mut audiences: Vec<String>,
    issued: Timestamp,
    expires: Timestamp,
) -> Result<Verified, Error> {
    audiences.retain(|one| !one.is_empty());
    if audiences.is_empty() {
        return Err(DOCUMENT);
    }
    Verified::from_inspection(issuer, user, audiences, issued, expires).map_err(|_| DOCUMENT)
}

fn text(answer: &Map<String, Value>, name: &str) -> Option<String> {
    answer.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Login with Amazon, as login keys spell it.
pub(crate) const AMAZON: &str = "www.amazon.com";
/// Facebook, as login keys spell it.
pub(crate) const FACEBOOK: &str = "graph.facebook.com";
/// Twitter, as login keys spell it.
pub(crate) const TWITTER: &str = "api.twitter.com";
/// For a token whose expiry nobody tells: it is asked about again anyway.
const UNKNOWN_EXPIRY: Duration = Duration::from_secs(60);
const DOCUMENT: Error = Error::Unreachable(Reason::Document);
