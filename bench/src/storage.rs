//! S3 and DynamoDB beside engines that others wrote: the same requests, in the same run.
//!
//! Daypass verifies and decides each request with a player's temporary credentials under a role policy;
//! an engine beside it gets the requests of its own key.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use vocab::Secret;

use crate::Result;
use crate::child::{Daypass, Target};
use crate::game::{BUCKET, Caller, Game, TABLE, table};
use crate::load::{Requests, Sample, drive};
use crate::paths::median;
use crate::wire::{Connection, Draft, Keys};

/// A server to measure.
#[derive(Debug, Clone)]
pub struct Engine {
    /// What it is called in the table.
    pub name: String,
    /// `s3` or `dynamodb`.
    service: String,
    target: Target,
    keys: Keys,
}

/// How to measure.
pub struct Plan<'a> {
    /// How long a point is driven.
    pub lasting: Duration,
    /// How often it is measured; medians are shown.
    pub rounds: usize,
    /// How many connections there are, point by point.
    pub connections: &'a [usize],
    /// Keys of the large bucket at Daypass.
    pub keys: usize,
    /// Keys of the large bucket at the engines beside it.
    pub rival_keys: usize,
    /// Only the paths whose name contains this.
    pub only: &'a str,
}

/// The embedded stores alone.
pub struct Bare {
    /// Of objects.
    pub objects: Target,
    /// Of items.
    pub items: Target,
}

/// A line of the table: medians of the rounds.
pub struct Row {
    /// The path.
    pub path: String,
    /// The server.
    pub engine: String,
    /// How many connections there were.
    pub connections: usize,
    /// What it gave.
    pub sample: Sample,
    /// CPU per request, as a multiple of that of the first server of the path.
    pub ratio: f64,
}

/// Measures Daypass and every engine, path by path.
pub async fn measure(
    plan: &Plan<'_>,
    daypass: &Daypass,
    game: &Game,
    bare: &Bare,
    engines: &[Engine],
) -> Result<Vec<Row>> {
    let process = daypass.child.target();
    let ours = |service: &str| Engine {
        name: "daypass".into(),
        service: service.into(),
        target: process.clone(),
        keys: game.keys.clone(),
    };
    let objects = Engine { name: "object store alone".into(), target: bare.objects.clone(), ..ours("s3") };
    let items = Engine { name: "engine alone".into(), target: bare.items.clone(), ..ours("dynamodb") };
    let mut rows = Vec::new();
    for service in ["s3", "dynamodb"] {
        let mut places = vec![Place { engine: ours(service), owner: game.player.clone(), keys: plan.keys }];
        let alone = if service == "s3" { &objects } else { &items };
        let alone = Place { engine: alone.clone(), owner: "player".into(), keys: plan.keys };
        if service == "dynamodb" {
            alone.make_container().await?;
        }
        places.push(alone);
        for engine in engines.iter().filter(|engine| engine.service == service) {
            let place = Place { engine: engine.clone(), owner: "player".into(), keys: plan.rival_keys };
            place.make_container().await?;
            places.push(place);
        }
        for place in &places {
            place.fill().await?;
        }
        let works = WORKS.into_iter().filter(|work| work.service() == service && work.name().contains(plan.only));
        for work in works {
            eprintln!("measuring {}", work.name());
            if work == Work::ListLarge {
                for place in &places {
                    place.fill_list(place.keys).await?;
                }
            }
            rows.extend(measure_work(plan, &places, work).await?);
        }
    }
    Ok(rows)
}

async fn measure_work(plan: &Plan<'_>, places: &[Place], work: Work) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for connections in plan.connections {
        let mut points: Vec<Vec<Sample>> = places.iter().map(|_| Vec::new()).collect();
        for _ in 0..plan.rounds {
            for (place, samples) in places.iter().zip(&mut points) {
                let requests = Requests { bytes: Arc::new(place.requests(work)?), once: false };
                let point = drive(&place.engine.target, &requests, *connections, plan.lasting).await;
                samples.push(point.map_err(|error| format!("{}, {}: {error}", place.engine.name, work.name()))?);
            }
        }
        let first = middle(points.first().map_or(&[], Vec::as_slice)).cpu.max(0.01);
        for (place, samples) in places.iter().zip(&points) {
            let sample = middle(samples);
            let path = match work {
                Work::ListLarge => format!("list 1,000 of {} keys", place.keys),
                _ => work.name().to_owned(),
            };
            let engine = place.engine.name.clone();
            rows.push(Row { path, engine, connections: *connections, sample, ratio: sample.cpu / first });
        }
    }
    Ok(rows)
}

fn middle(samples: &[Sample]) -> Sample {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
    Sample { rate: of(|s| s.rate), cpu: of(|s| s.cpu), p50: of(|s| s.p50), p99: of(|s| s.p99) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Get(usize),
    Put(usize),
    List,
    ListLarge,
    GetItem,
    PutItem,
    Query,
}

impl Work {
    fn service(self) -> &'static str {
        match self {
            Self::Get(_) | Self::Put(_) | Self::List | Self::ListLarge => "s3",
            Self::GetItem | Self::PutItem | Self::Query => "dynamodb",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Get(KIB) => "GET 1 KiB",
            Self::Get(_) => "GET 1 MiB",
            Self::Put(KIB) => "PUT 1 KiB",
            Self::Put(_) => "PUT 1 MiB",
            Self::List => "list 1,000 of 1,000 keys",
            Self::ListLarge => "list 1,000 of many keys",
            Self::GetItem => "GetItem 1 KiB",
            Self::PutItem => "PutItem 1 KiB",
            Self::Query => "Query 20 items of 1 KiB",
        }
    }
}

/// A server with the place that its requests work on.
struct Place {
    engine: Engine,
    /// The prefix of the objects, and the partition key of the items.
    owner: String,
    keys: usize,
}

impl Place {
    /// The bucket or table; at Daypass the game has them.
    async fn make_container(&self) -> Result<()> {
        let mut caller = self.caller();
        match self.engine.service.as_str() {
            "s3" => caller.s3("PUT", &format!("/{BUCKET}"), b"").await,
            _ => caller.dynamo("CreateTable", &table()).await.map(drop),
        }
    }

    /// What is read.
    async fn fill(&self) -> Result<()> {
        let mut caller = self.caller();
        if self.engine.service == "s3" {
            for size in [KIB, MIB] {
                caller.s3("PUT", &self.object(&format!("read-{size}")), &vec![b'x'; size]).await?;
            }
            return self.fill_list(1000).await;
        }
        for game in 0..20 {
            let item = json!({ "TableName": TABLE, "Item": self.item(game) });
            caller.dynamo("PutItem", &item).await?;
        }
        Ok(())
    }

    /// So many keys in the folder that is listed.
    async fn fill_list(&self, keys: usize) -> Result<()> {
        let tasks: Vec<_> = (0..FILLERS)
            .map(|filler| {
                let (engine, folder) = (self.engine.clone(), self.object("list"));
                tokio::spawn(async move {
                    let mut connection = Connection::open(engine.target.port).await?;
                    for key in (filler..keys).step_by(FILLERS) {
                        let target = format!("{folder}/{key:08}");
                        let request = engine.draft("PUT", &target, b"x").bytes(Some(&engine.keys))?;
                        let answer = connection.call(&request).await?;
                        if answer.status != 200 {
                            return Err(format!("a PUT is answered with {}", answer.status).into());
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for task in tasks {
            let filled: Result<()> = task.await?;
            filled?;
        }
        Ok(())
    }

    fn requests(&self, work: Work) -> Result<Vec<Vec<u8>>> {
        let engine = &self.engine;
        let signed = |draft: Draft<'_>| draft.bytes(Some(&engine.keys));
        match work {
            Work::Get(size) => Ok(vec![signed(engine.draft("GET", &self.object(&format!("read-{size}")), b""))?]),
            Work::Put(size) => {
                let body = vec![b'y'; size];
                let put = |turn| signed(engine.draft("PUT", &self.object(&format!("write-{turn}")), &body));
                (0..WRITTEN).map(put).collect()
            }
            Work::List | Work::ListLarge => {
                let prefix = self.owner.replace(':', "%3A");
                let query = format!("list-type=2&max-keys=1000&prefix={prefix}%2Flist%2F");
                Ok(vec![signed(engine.draft("GET", &format!("/{BUCKET}?{query}"), b""))?])
            }
            Work::GetItem => {
                let key = json!({ "player": { "S": self.owner }, "game": { "S": name(0) } });
                Ok(vec![engine.dynamo("GetItem", &json!({ "TableName": TABLE, "Key": key }))?])
            }
            Work::PutItem => (0..WRITTEN)
                .map(|game| engine.dynamo("PutItem", &json!({ "TableName": TABLE, "Item": self.item(100 + game) })))
                .collect(),
            Work::Query => {
                let values = json!({ ":p": { "S": self.owner } });
                let query = json!({
                    "TableName": TABLE, "KeyConditionExpression": "player = :p", "ExpressionAttributeValues": values,
                    "Limit": 20,
                });
                Ok(vec![engine.dynamo("Query", &query)?])
            }
        }
    }

    fn object(&self, name: &str) -> String {
        format!("/{BUCKET}/{}/{name}", self.owner.replace(':', "%3A"))
    }

    fn item(&self, game: usize) -> Value {
        json!({ "player": { "S": self.owner }, "game": { "S": name(game) }, "notes": { "S": "n".repeat(KIB) } })
    }

    fn caller(&self) -> Caller {
        Caller { port: self.engine.target.port, keys: self.engine.keys.clone() }
    }
}

impl Engine {
    /// Daypass in front of this engine, which its root drives.
    pub async fn behind_daypass(&self, binary: Option<&Path>, folder: &Path) -> Result<(Daypass, Self)> {
        std::fs::create_dir(folder)?;
        let secret = folder.join("secret");
        std::fs::write(&secret, self.keys.secret.expose())?;
        let place = if self.service == "s3" { "stored_as = \"behind-{bucket}\"" } else { "stored_as = \"behind.\"" };
        let upstream = format!(
            "[[{}.upstream]]\nname = \"engine\"\nendpoint = \"http://127.0.0.1:{}\"\naccess_key_id = \"{}\"\n\
             secret_access_key_file = \"{}\"\n{place}\n",
            self.service,
            self.target.port,
            self.keys.id,
            secret.display()
        );
        let daypass = Daypass::before(binary, folder, &upstream).await?;
        let engine = Self {
            name: format!("daypass before {}", self.name),
            service: self.service.clone(),
            target: daypass.child.target(),
            keys: daypass.root.clone(),
        };
        Ok((daypass, engine))
    }

    fn draft<'a>(&'a self, method: &'a str, target: &'a str, body: &'a [u8]) -> Draft<'a> {
        Draft { port: self.target.port, service: &self.service, method, target, headers: &[], body }
    }

    fn dynamo(&self, operation: &str, body: &Value) -> Result<Vec<u8>> {
        let (target, body) = (format!("DynamoDB_20120810.{operation}"), body.to_string());
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
        Draft { headers: &headers, ..self.draft("POST", "/", body.as_bytes()) }.bytes(Some(&self.keys))
    }
}

/// `SERVICE,NAME,PORT,ACCESS KEY ID,SECRET,PROCESS[+PROCESS…]`.
impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "wanted: s3|dynamodb,NAME,PORT,ACCESS KEY ID,SECRET,PROCESS[+PROCESS…]";
        let [service @ ("s3" | "dynamodb"), name, port, id, secret, processes] =
            text.split(',').collect::<Vec<_>>()[..]
        else {
            return Err(wanted.into());
        };
        let processes: Result<Vec<u32>, _> = processes.split('+').map(str::parse).collect();
        let (Ok(port), Ok(processes)) = (port.parse(), processes) else { return Err(wanted.into()) };
        Ok(Self {
            name: name.into(),
            service: service.into(),
            target: Target { port, processes },
            keys: Keys { id: id.into(), secret: Secret::new(secret.to_owned()), token: None },
        })
    }
}

fn name(game: usize) -> String {
    format!("game-{game:04}")
}

const KIB: usize = 1024;
const MIB: usize = 1024 * 1024;
const WORKS: [Work; 9] = [
    Work::Get(KIB),
    Work::Put(KIB),
    Work::Get(MIB),
    Work::Put(MIB),
    Work::List,
    Work::ListLarge,
    Work::GetItem,
    Work::PutItem,
    Work::Query,
];
/// Objects and items that are written in turn.
const WRITTEN: usize = 64;
/// Connections that fill a bucket.
const FILLERS: usize = 64;
