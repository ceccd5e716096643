//! `daypass admin`: operators' work, on a running server over the signed wire API.

use serde_json::{Map, Value, json};
use vocab::{Secret, SystemRandom};

use crate::arguments::{Admin, ServerAccess};
use crate::client::{Client, Keys};
use crate::failure::Failure;

/// Runs one.
pub async fn run(command: Admin) -> Result<(), Failure> {
    match command {
        Admin::Migrate { store } => {
            let (found, now) = postgres::migrate(&Secret::new(store), &SystemRandom).await?;
            println!("the store's schema was version {found} and is version {now}");
        }
        Admin::RotateKeys { server } => {
            call(&server, "Daypass.RotateKeys", &json!({})).await?;
            println!("a new generation of keys was made; it seals in a minute");
        }
        Admin::Revoke { server, identity, user, session } => {
            let named = [("IdentityId", identity), ("UserName", user), ("SessionId", session)];
            let body: Map<String, Value> =
                named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
            if body.is_empty() {
                return Err("say whom: `--identity`, `--user` or `--session`".into());
            }
            let answer = call(&server, "Daypass.Revoke", &Value::Object(body)).await?;
            let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            println!("revoked {}: sessions issued until {} are refused", text("Revoked"), text("IssuedUntil"));
        }
    }
    Ok(())
}

async fn call(server: &ServerAccess, target: &str, body: &Value) -> Result<Value, Failure> {
    let client = Client::new(&server.endpoint, &server.region)?;
    let secret = Secret::new(server.secret_access_key.clone());
    let keys = Keys { id: server.access_key_id.clone(), secret, token: None };
    Ok(client.json("daypass", target, body, Some(&keys)).await?)
}
