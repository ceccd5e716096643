//! Cognito Sync.

mod datasets;
mod limits;
mod list_records;
mod merge;
mod ownership;
mod session_tokens;
mod telling;
mod update_records;
mod usage;
mod watched;

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use operation::{Host, Organization, Service};
use serde_json::{Value, json};
use server::testing::{Answer, Keys};
use store::records::principals::Role;

use crate::game::{Game, IdentityCalls, keys_in};

/// What a role may do where its policy says everything: the service's own rules are what is left.
const EVERYTHING: &str = "*";
/// The usual policy: the own data alone.
const OWN: &str = "arn:aws:cognito-sync:us-east-1:000000000000:identitypool/${cognito-identity.amazonaws.com:aud}/\
                   identity/${cognito-identity.amazonaws.com:sub}/*";

/// A game whose players and guests may sync on this resource.
async fn start(resource: &str) -> Game {
    let game = Game::start_on(services, Organization::default()).await;
    for name in ["Player", "Guest"] {
        allow(&game, name, "cognito-sync:*", resource).await;
    }
    game
}

fn services(host: &Arc<Host>, allowed: &[String]) -> Vec<Service> {
    let mut services = crate::game::services_allowing(host, allowed);
    services.push(sync::service(sync::Sync::new(host)));
    services
}

/// Gives a role a policy, in place of the one it had.
async fn allow(game: &Game, role: &str, action: &str, resource: &str) {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": action, "Resource": resource },
    ] });
    let id = format!("000000000000/{}", role.to_lowercase());
    let change = |old: Option<&Role>| {
        let mut role = old.unwrap().clone();
        role.permissions.inline.insert("sync".into(), policy.to_string());
        Ok::<_, store::Error>(Some(role))
    };
    game.server.host.configuration.update::<Role, store::Error>(&id, change).await.unwrap();
}

/// A device of somebody: what it may call with, and whose data it means.
struct Device<'a> {
    game: &'a Game,
    keys: Keys,
    identity: String,
}

impl<'a> Device<'a> {
    /// A device of a signed-in person.
    async fn of(game: &'a Game, subject: &str) -> Self {
        let (identity, keys) = game.player(subject).await;
        Self { game, keys, identity }
    }

    /// A device of a guest.
    async fn of_guest(game: &'a Game) -> Self {
        let identity = game.guest().await;
        let answer = game.credentials(&identity, json!({})).await;
        Self { game, keys: keys_in(&answer.json()["Credentials"], "SecretKey"), identity }
    }

    /// The developer, who means this identity.
    fn developer(game: &'a Game, identity: &str) -> Self {
        Self { game, keys: game.server.root.clone(), identity: identity.into() }
    }

    /// The path of the identity, with what follows.
    fn path(&self, rest: &str) -> String {
        format!("{}/identities/{}{rest}", pool_path(self.game), encoded(&self.identity))
    }

    async fn get(&self, rest: &str) -> Answer {
        call(self.game, Method::GET, &self.path(rest), Value::Null, &self.keys).await
    }

    async fn list(&self, name: &str, since: u64) -> Value {
        let answer = self.get(&format!("/datasets/{name}/records?lastSyncCount={since}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    async fn delete(&self, name: &str) -> Answer {
        call(self.game, Method::DELETE, &self.path(&format!("/datasets/{name}")), Value::Null, &self.keys).await
    }

    async fn update_with(&self, name: &str, token: &Value, patches: Value) -> Answer {
        let body = json!({ "SyncSessionToken": token, "RecordPatches": patches });
        call(self.game, Method::POST, &self.path(&format!("/datasets/{name}")), body, &self.keys).await
    }

    /// Begins a session and changes records in it.
    async fn update(&self, name: &str, patches: Value) -> Answer {
        let token = self.list(name, 0).await["SyncSessionToken"].clone();
        self.update_with(name, &token, patches).await
    }

    /// The same, where it must succeed; the answered records.
    async fn updated(&self, name: &str, patches: Value) -> Vec<Value> {
        let answer = self.update(name, patches).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["Records"].as_array().unwrap().clone()
    }
}

/// A signed call.
async fn call(game: &Game, method: Method, path: &str, body: Value, keys: &Keys) -> Answer {
    let (headers, body) = match body {
        Value::Null => (Vec::new(), Bytes::new()),
        body => (vec![("content-type", "application/x-amz-json-1.1".to_owned())], Bytes::from(body.to_string())),
    };
    game.server.send("cognito-sync", method, path, &headers, body, Some(keys)).await
}

fn pool_path(game: &Game) -> String {
    format!("/identitypools/{}", encoded(&game.pool))
}

/// Ids as most clients send them.
fn encoded(id: &str) -> String {
    id.replace(':', "%3A")
}

fn replace(key: &str, value: &str, sync_count: u64) -> Value {
    json!({ "Op": "replace", "Key": key, "Value": value, "SyncCount": sync_count })
}

fn remove(key: &str, sync_count: u64) -> Value {
    json!({ "Op": "remove", "Key": key, "SyncCount": sync_count })
}

/// Status, code in the header and code in the body, which must be one.
fn refusal(answer: &Answer) -> (u16, String) {
    let header = answer.headers.get("x-amzn-errortype").map(|value| value.to_str().unwrap()).unwrap_or_default();
    assert_eq!(header.split(':').next().unwrap(), answer.code(), "{}", answer.text());
    (answer.status, answer.code())
}

/// Asserts how an answer refuses.
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(refusal(answer), (status, code.to_owned()), "{}", answer.text());
}

/// Merges a guest into the identity of a person, by signing in as the guest.
async fn sign_in(game: &Game, guest: &str, subject: &str) -> String {
    let body = json!({ "IdentityId": guest, "Logins": game.logins(subject) });
    let answer = game.server.identity("GetOpenIdToken", body, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["IdentityId"].as_str().unwrap().to_owned()
}
