//! The development identity provider: a real OpenID Connect provider with a few named players, on
//! the server's own port. `daypass dev` alone has it; `daypass serve` does not contain a way to it.
//!
//! Authorization code with PKCE, RS256 ID tokens with `nonce`. It also answers the token inspection
//! calls of Login with Amazon and Facebook, so that those logins can be tried.

mod pages;
mod tokens;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use server::site::{Page, Site, page, text};
use sha2::{Digest, Sha256};
use vocab::{Clock, Random, Timestamp};

use crate::form::{self, Form};
use tokens::Signer;

/// Where the provider's pages are.
pub const PATH: &str = "/_daypass/provider";

/// The client id of the sample game; any other works too.
pub const CLIENT: &str = "daypass-sample-game";

/// The app id that Amazon and Facebook tokens of this provider are for.
pub const APP: &str = "daypass-sample-app";

/// The people who can sign in: subject and name.
pub const PLAYERS: [(&str, &str); 4] =
    [("player-ada", "Ada"), ("player-grace", "Grace"), ("player-linus", "Linus"), ("player-margaret", "Margaret")];

/// The provider.
pub struct Provider {
    issuer: String,
    signer: Signer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    codes: Mutex<HashMap<String, Grant>>,
    /// Access tokens of the social logins, and whose they are.
    social: Mutex<HashMap<String, (String, Timestamp)>>,
}

/// What an authorization code stands for.
struct Grant {
    client: String,
    redirect: String,
    challenge: String,
    nonce: Option<String>,
    subject: String,
    expires: Timestamp,
}

/// An authorization request whose parameters are right.
pub(crate) struct Request {
    client: String,
    redirect: String,
    challenge: String,
    nonce: Option<String>,
    state: Option<String>,
}

impl Provider {
    /// The provider of the server at `base`; its key is kept in `key_file`.
    pub fn open(
        base: &str,
        key_file: &std::path::Path,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> std::io::Result<Self> {
        let signer = Signer::open(key_file)?;
        let issuer = format!("{base}{PATH}");
        Ok(Self { issuer, signer, clock, random, codes: Mutex::default(), social: Mutex::default() })
    }

    /// The issuer of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    fn discovery(&self) -> Page {
        let issuer = &self.issuer;
        json_page(&json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "email", "profile"],
            "claims_supported": ["sub", "name", "email", "nonce", "auth_time"],
        }))
    }

    /// The sign-in page for an authorization request, or the redirect once a player was chosen.
    fn authorize(&self, form: &Form, chosen: bool) -> Page {
        let request = match Request::read(form) {
            Ok(request) => request,
            Err(wrong) => return text(StatusCode::BAD_REQUEST, &format!("{wrong}\n")),
        };
        if !chosen {
            return pages::sign_in(form);
        }
        let player = form.get("player").and_then(|wanted| PLAYERS.iter().find(|(subject, _)| subject == wanted));
        let Some((subject, _)) = player else { return text(StatusCode::BAD_REQUEST, "there is no such player\n") };
        let code = self.draw();
        let location = request.location(&code);
        let Request { client, redirect, challenge, nonce, .. } = request;
        let expires = self.clock.now() + CODE_LIFE;
        let grant = Grant { client, redirect, challenge, nonce, subject: (*subject).to_owned(), expires };
        let mut codes = self.codes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        codes.retain(|_, grant| grant.expires > self.clock.now());
        codes.insert(code, grant);
        see_other(&location)
    }

    /// Exchanges a code for an ID token. A code works once.
    fn token(&self, form: &Form) -> Page {
        let refused = |error: &str| json_status(StatusCode::BAD_REQUEST, &json!({ "error": error }));
        if form.get("grant_type").map(String::as_str) != Some("authorization_code") {
            return refused("unsupported_grant_type");
        }
        let code = form.get("code").cloned().unwrap_or_default();
        let grant = self.codes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&code);
        let Some(grant) = grant.filter(|grant| grant.expires > self.clock.now()) else {
            return refused("invalid_grant");
        };
        let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let same = |name: &str, value: &String| form.get(name) == Some(value);
        if challenge != grant.challenge || !same("client_id", &grant.client) || !same("redirect_uri", &grant.redirect) {
            return refused("invalid_grant");
        }
        let now = self.clock.now().seconds();
        let name = PLAYERS.iter().find(|(subject, _)| *subject == grant.subject).map_or("", |(_, name)| name);
        let mut claims = json!({
            "iss": self.issuer, "sub": grant.subject, "aud": grant.client, "iat": now, "auth_time": now,
            "exp": now + TOKEN_LIFE, "name": name, "email": format!("{}@players.example", name.to_lowercase()),
        });
        if let (Some(nonce), Some(members)) = (grant.nonce, claims.as_object_mut()) {
            members.insert("nonce".into(), nonce.into());
        }
        match self.signer.sign(&claims) {
            Ok(token) => json_page(&json!({
                "id_token": token, "access_token": self.draw(), "token_type": "Bearer", "expires_in": TOKEN_LIFE,
            })),
            Err(error) => {
                tracing::error!(%error, "development provider cannot sign");
                text(StatusCode::INTERNAL_SERVER_ERROR, "internal failure\n")
            }
        }
    }

    /// An access token as Login with Amazon and Facebook would give one.
    fn social_token(&self, form: &Form) -> Page {
        let player = form.get("player").filter(|wanted| PLAYERS.iter().any(|(subject, _)| subject == *wanted));
        let Some(player) = player else { return text(StatusCode::BAD_REQUEST, "there is no such player\n") };
        let token = self.draw();
        let expires = self.clock.now() + Duration::from_secs(TOKEN_LIFE.unsigned_abs());
        let mut tokens = self.social.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        tokens.retain(|_, (_, expires)| *expires > self.clock.now());
        tokens.insert(token.clone(), (player.clone(), expires));
        json_page(&json!({ "access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIFE }))
    }

    /// Amazon's answer to an inspection.
    fn amazon(&self, form: &Form) -> Page {
        match form.get("access_token").and_then(|token| self.bearer(token)) {
            Some((player, expires)) => json_page(&json!({
                "iss": "https://www.amazon.com", "aud": APP, "app_id": APP, "user_id": format!("amzn1.account.{player}"),
                "exp": (expires.millis() - self.clock.now().millis()) / 1000, "iat": self.clock.now().seconds(),
            })),
            None => {
                let body = json!({ "error": "invalid_token", "error_description": "The access token is not known" });
                json_status(StatusCode::BAD_REQUEST, &body)
            }
        }
    }

    /// Amazon's answer to whoever shows a token: whose it is.
    fn amazon_profile(&self, headers: &HeaderMap) -> Page {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match shown.and_then(|token| self.bearer(token)) {
            Some((player, _)) => json_page(&json!({ "user_id": format!("amzn1.account.{player}"), "name": player })),
            None => json_status(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_token" })),
        }
    }

    /// Facebook's answer to an inspection.
    fn facebook(&self, form: &Form) -> Page {
        let data = match form.get("input_token").and_then(|token| self.bearer(token)) {
            Some((player, expires)) => json!({
                "app_id": APP, "is_valid": true, "user_id": player, "type": "USER", "application": "Daypass",
                "expires_at": expires.seconds(), "issued_at": self.clock.now().seconds(), "scopes": ["public_profile"],
            }),
            None => json!({ "is_valid": false, "scopes": [], "error": { "code": 190, "message": "Invalid token" } }),
        };
        json_page(&json!({ "data": data }))
    }

    /// What Facebook tells the bearer of a token: of themselves, or of the application.
    fn facebook_id(&self, form: &Form, of_application: bool) -> Page {
        match form.get("access_token").and_then(|token| self.bearer(token)) {
            Some(_) if of_application => json_page(&json!({ "id": APP, "name": "Daypass" })),
            Some((player, _)) => json_page(&json!({ "id": player })),
            None => {
                let error = json!({ "message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190 });
                json_status(StatusCode::BAD_REQUEST, &json!({ "error": error }))
            }
        }
    }

    fn bearer(&self, token: &str) -> Option<(String, Timestamp)> {
        let tokens = self.social.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        tokens.get(token).filter(|(_, expires)| *expires > self.clock.now()).cloned()
    }

    fn draw(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.random.bytes::<24>())
    }
}

impl Site for Provider {
    fn owns(&self, path: &str) -> bool {
        path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Everything but the page on which a player is chosen: apps of other origins ask for keys and
    /// tokens.
    fn is_public(&self, path: &str) -> bool {
        path.strip_prefix(PATH) != Some("/authorize")
    }

    fn answer<'a>(&'a self, request: &'a Parts, body: Bytes) -> Pin<Box<dyn Future<Output = Page> + Send + 'a>> {
        let rest = request.uri.path().strip_prefix(PATH).unwrap_or_default();
        let query = form::read(request.uri.query().unwrap_or_default());
        let posted = form::read(std::str::from_utf8(&body).unwrap_or_default());
        let page = match (&request.method, rest) {
            (&Method::GET, "/.well-known/openid-configuration") => self.discovery(),
            (&Method::GET, "/keys") => json_page(&self.signer.jwks()),
            (&Method::GET, "/authorize") => self.authorize(&query, false),
            (&Method::POST, "/authorize") => self.authorize(&posted, true),
            (&Method::POST, "/token") => self.token(&posted),
            (&Method::POST, "/social") => self.social_token(&posted),
            (&Method::GET, "/amazon/auth/o2/tokeninfo") => self.amazon(&query),
            (&Method::GET, "/amazon/user/profile") => self.amazon_profile(&request.headers),
            (&Method::GET, "/facebook/debug_token") => self.facebook(&query),
            (&Method::GET, "/facebook/app") => self.facebook_id(&query, true),
            (&Method::GET, "/facebook/me") => self.facebook_id(&query, false),
            (&Method::GET, "") => pages::about(&self.issuer),
            _ => text(StatusCode::NOT_FOUND, "the development provider has no such page\n"),
        };
        Box::pin(std::future::ready(page))
    }
}

impl Request {
    fn read(form: &Form) -> Result<Self, &'static str> {
        let wanted = |name: &str| form.get(name).filter(|value| !value.is_empty()).cloned();
        if wanted("response_type").as_deref() != Some("code") {
            return Err("`response_type` must be `code`");
        }
        let client = wanted("client_id").ok_or("`client_id` is missing")?;
        let redirect = wanted("redirect_uri").ok_or("`redirect_uri` is missing")?;
        if !is_local(&redirect) {
            return Err("`redirect_uri` must be on this machine: http://127.0.0.1:PORT/… or http://localhost:PORT/…");
        }
        if wanted("code_challenge_method").as_deref() != Some("S256") {
            return Err("`code_challenge_method` must be `S256`");
        }
        let challenge = wanted("code_challenge").ok_or("`code_challenge` is missing")?;
        Ok(Self { client, redirect, challenge, nonce: wanted("nonce"), state: wanted("state") })
    }

    fn location(&self, code: &str) -> String {
        let mark = if self.redirect.contains('?') { '&' } else { '?' };
        let state = self.state.as_ref().map(|state| format!("&state={}", form::escape(state))).unwrap_or_default();
        format!("{}{mark}code={code}{state}", self.redirect)
    }
}

/// Codes go to apps on this machine only.
fn is_local(redirect: &str) -> bool {
    let clean = redirect.bytes().all(|byte| byte.is_ascii_graphic()) && !redirect.contains(['#', '@', '\\']);
    let rest = redirect.strip_prefix("http://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    clean && matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn json_page(value: &serde_json::Value) -> Page {
    json_status(StatusCode::OK, value)
}

fn json_status(status: StatusCode, value: &serde_json::Value) -> Page {
    let mut page = page(status, "application/json", Bytes::from(value.to_string()));
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
    page
}

fn see_other(location: &str) -> Page {
    let mut page = text(StatusCode::SEE_OTHER, "");
    match HeaderValue::from_str(location) {
        Ok(location) => page.headers_mut().insert(LOCATION, location),
        Err(_) => return text(StatusCode::BAD_REQUEST, "`redirect_uri` is no URL\n"),
    };
    page
}

const CODE_LIFE: Duration = Duration::from_secs(120);
/// Seconds.
const TOKEN_LIFE: i64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_this_machine_only() {
        assert!(is_local("http://127.0.0.1:9999/cb"));
        assert!(is_local("http://localhost/cb?x=1"));
        for bad in [
            "https://evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost:1\r\n",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
