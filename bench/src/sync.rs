//! Cognito Sync: a device that asks for news, and devices that change ten records at a time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Result;
use crate::child::{Child, Daypass};
use crate::game::{Caller, Game};
use crate::load::{Requests, drive};
use crate::paths::{Row, bare, row};
use crate::wire::{Draft, Keys};

/// How to measure.
pub struct Plan<'a> {
    /// How many connections there are, point by point.
    pub connections: &'a [usize],
    /// How long a point is driven.
    pub lasting: Duration,
    /// How often it is measured.
    pub rounds: usize,
}

/// Measures every path, each point beside one of the bare server.
pub async fn measure(plan: &Plan<'_>, hello: &Child, daypass: &Daypass, game: &Game) -> Result<Vec<Row>> {
    let port = daypass.child.port;
    let mut root = Caller { port, keys: daypass.root.clone() };
    root.allow("Player", "sync", &policy()).await?;
    let player = Device { port, pool: game.pool.clone(), identity: game.player.clone(), keys: game.keys.clone() };
    for number in 0..TEN {
        player.change(&mut root, &[replace(number, 0)]).await?;
    }
    let quiet = requests(vec![player.list(TEN)?]);
    let news = requests(vec![player.list(0)?]);
    let mut rows = Vec::new();
    for (name, requests) in [("ListRecords, nothing new", quiet), ("ListRecords, 10 records", news)] {
        eprintln!("measuring {name}");
        for connections in plan.connections {
            let mut samples = Vec::new();
            for _ in 0..plan.rounds {
                let bare = drive(&hello.target(), &bare(), *connections, plan.lasting).await?;
                samples.push((drive(&daypass.child.target(), &requests, *connections, plan.lasting).await?, bare));
            }
            rows.push(row(name, "none", *connections, &samples));
        }
    }
    rows.extend(updates(plan, hello, daypass, game, &mut root).await?);
    Ok(rows)
}

/// Every change is one: each request has the counts that the one before it left. Requests of one identity are so far
/// apart that the earlier one is answered before the later one is sent.
async fn updates(
    plan: &Plan<'_>,
    hello: &Child,
    daypass: &Daypass,
    game: &Game,
    root: &mut Caller,
) -> Result<Vec<Row>> {
    let port = daypass.child.port;
    let mut devices = Vec::new();
    for _ in 0..IDENTITIES {
        let identity = game.new_guest().await?;
        let device = Device { port, pool: game.pool.clone(), identity, keys: daypass.root.clone() };
        let token = device.session(root).await?;
        devices.push((device, token));
    }
    eprintln!("measuring UpdateRecords, 10 patches");
    let mut rows = Vec::new();
    let mut count = 0;
    for connections in plan.connections {
        let mut samples = Vec::new();
        for _ in 0..plan.rounds {
            let mut bytes = Vec::new();
            for count in count..count + CHANGES {
                for (device, token) in &devices {
                    let patches: Vec<Value> = (0..TEN).map(|number| replace(number, count)).collect();
                    bytes.push(device.update(token, &patches)?);
                }
            }
            count += CHANGES;
            let requests = Requests { bytes: Arc::new(bytes), once: true };
            let bare = drive(&hello.target(), &bare(), *connections, plan.lasting).await?;
            // It ends with the requests, since the next point goes on from their counts.
            samples.push((drive(&daypass.child.target(), &requests, *connections, LONG_ENOUGH).await?, bare));
        }
        rows.push(row("UpdateRecords, 10 patches", "none", *connections, &samples));
    }
    Ok(rows)
}

fn requests(bytes: Vec<Vec<u8>>) -> Requests {
    Requests { bytes: Arc::new(bytes), once: false }
}

/// A device of an identity.
struct Device {
    port: u16,
    pool: String,
    identity: String,
    keys: Keys,
}

impl Device {
    fn path(&self) -> String {
        let encoded = |id: &str| id.replace(':', "%3A");
        let (pool, identity) = (encoded(&self.pool), encoded(&self.identity));
        format!("/identitypools/{pool}/identities/{identity}/datasets/settings")
    }

    fn list(&self, since: u64) -> Result<Vec<u8>> {
        let target = format!("{}/records?lastSyncCount={since}&maxResults=1024", self.path());
        self.bytes("GET", &target, b"")
    }

    fn update(&self, token: &str, patches: &[Value]) -> Result<Vec<u8>> {
        let body = json!({ "SyncSessionToken": token, "RecordPatches": patches }).to_string();
        self.bytes("POST", &self.path(), body.as_bytes())
    }

    fn bytes(&self, method: &str, target: &str, body: &[u8]) -> Result<Vec<u8>> {
        let headers = [("content-type", "application/json")];
        let draft = Draft { port: self.port, service: "cognito-sync", method, target, headers: &headers, body };
        draft.bytes(Some(&self.keys))
    }

    async fn session(&self, root: &mut Caller) -> Result<String> {
        let target = format!("{}/records?lastSyncCount=0", self.path());
        let listed = root.rest("cognito-sync", "GET", &target, b"").await?;
        let token = listed.get("SyncSessionToken").and_then(Value::as_str);
        Ok(token.ok_or("there is no session token")?.to_owned())
    }

    async fn change(&self, root: &mut Caller, patches: &[Value]) -> Result<()> {
        let token = self.session(root).await?;
        let body = json!({ "SyncSessionToken": token, "RecordPatches": patches }).to_string();
        root.rest("cognito-sync", "POST", &self.path(), body.as_bytes()).await.map(drop)
    }
}

/// The record with this number by who has seen it at `count`; 0: who makes it.
fn replace(number: u64, count: u64) -> Value {
    let value = format!("value {count} of a setting that is about this long");
    json!({ "Op": "replace", "Key": format!("setting{number}"), "Value": value, "SyncCount": count })
}

fn policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-sync:*",
        "Resource": "arn:aws:cognito-sync:us-east-1:000000000000:identitypool/${cognito-identity.amazonaws.com:aud}/\
                     identity/${cognito-identity.amazonaws.com:sub}/*",
    }] })
}

/// The records of a dataset.
const TEN: u64 = 10;
const IDENTITIES: usize = 1024;
/// How often each identity changes its settings in a point.
const CHANGES: u64 = 6;
const LONG_ENOUGH: Duration = Duration::from_secs(60);
