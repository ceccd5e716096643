//! A game whose changes are told: builders, a receiver of web hooks, and a device that listens.

mod configuration;
mod devices;
mod event_streams;
mod functions;
mod pool_streams;
mod web_hooks;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use operation::{Host, Organization, Service};
use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};
use store::Rows;
use sync::Sync;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::{Device, EVERYTHING, allow, call, pool_path};
use crate::game::{Game, role, services_allowing};

/// The key of all web hooks.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Services that tell of changes.
fn telling(settings: sync::Settings) -> impl FnOnce(&Arc<Host>, &[String]) -> Vec<Service> {
    move |host, allowed| {
        let mut services = services_allowing(host, allowed);
        let sync = Sync::with(host, settings);
        tokio::spawn(sync.telling.clone().run());
        services.push(sync::service(sync));
        services
    }
}

/// A game whose pool has push.
async fn start(settings: sync::Settings) -> Game {
    set_up(Game::start_on(telling(settings), Organization::default()).await).await
}

async fn set_up(game: Game) -> Game {
    for name in ["Player", "Guest"] {
        allow(&game, name, "cognito-sync:*", EVERYTHING).await;
    }
    let pusher = service_role(&game, "Pusher").await;
    let push = json!({ "PushSync": { "ApplicationArns": [APPLICATION], "RoleArn": pusher } });
    let set = configure(&game, push).await;
    assert_eq!(set.status, 200, "{}", set.text());
    game
}

const APPLICATION: &str = "arn:aws:sns:us-east-1:000000000000:app/GCM/game";

/// A role that lets the service in for the game's pool, and nobody else.
async fn service_role(game: &Game, name: &str) -> String {
    let pool = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", game.pool);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "cognito-sync.amazonaws.com" }, "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": "000000000000" }, "ArnLike": { "aws:SourceArn": pool },
        },
    }] });
    role(&game.server, name, trust).await
}

async fn configure(game: &Game, body: Value) -> Answer {
    let path = format!("{}/configuration", pool_path(game));
    call(game, Method::POST, &path, body, &game.server.root).await
}

/// The settings of a web hook at an address.
fn hook_at(address: &str) -> sync::settings::Hook {
    patient_hook_at(address, Duration::from_millis(500))
}

/// The same, with so much patience.
fn patient_hook_at(address: &str, patience: Duration) -> sync::settings::Hook {
    let mut settings = upstream::Settings::new("hook", format!("http://{address}/hook").parse().unwrap());
    settings.limits.answer = patience;
    let server = upstream::Server::new(settings, Arc::new(vocab::SystemClock)).unwrap();
    let give_up_after = Duration::from_secs(3600);
    sync::settings::Hook { server, target: (String::new(), String::new()), key: vocab::Secret::new(KEY), give_up_after }
}

impl Device<'_> {
    /// Registers with a token, and subscribes to a dataset.
    async fn listening(&self, token: &str, dataset: &str) -> String {
        let id = self.register(token).await.json()["DeviceId"].as_str().unwrap().to_owned();
        let subscribed = self.subscribe(&id, dataset).await;
        assert_eq!((subscribed.status, subscribed.text()), (200, ""));
        id
    }

    async fn register(&self, token: &str) -> Answer {
        let body = json!({ "Platform": "GCM", "Token": token });
        let path = self.path("/device").replace("/identities/", "/identity/");
        call(self.game, Method::POST, &path, body, &self.keys).await
    }

    async fn subscribe(&self, device: &str, dataset: &str) -> Answer {
        let path = self.path(&format!("/datasets/{dataset}/subscriptions/{device}"));
        call(self.game, Method::POST, &path, Value::Null, &self.keys).await
    }

    async fn unsubscribe(&self, device: &str, dataset: &str) -> Answer {
        let path = self.path(&format!("/datasets/{dataset}/subscriptions/{device}"));
        call(self.game, Method::DELETE, &path, Value::Null, &self.keys).await
    }

    /// Changes one record, as a device.
    async fn write_as(&self, device: &str, dataset: &str, key: &str, value: &str) -> Answer {
        let listed = self.list(dataset, 0).await;
        let records = listed["Records"].as_array().unwrap();
        let count = records.iter().find(|record| record["Key"] == key).map_or(json!(0), |r| r["SyncCount"].clone());
        let body = json!({
            "SyncSessionToken": listed["SyncSessionToken"], "DeviceId": device,
            "RecordPatches": [{ "Op": "replace", "Key": key, "Value": value, "SyncCount": count }],
        });
        call(self.game, Method::POST, &self.path(&format!("/datasets/{dataset}")), body, &self.keys).await
    }

    /// Opens an event stream at a server.
    async fn open_at(&self, server: &TestServer, device: &str, last: Option<&str>) -> Result<Events, Answer> {
        let headers: Vec<_> = last.map(|last| ("last-event-id", last.to_owned())).into_iter().collect();
        let path = self.path(&format!("/devices/{device}/events"));
        let request = server.request("cognito-sync", Method::GET, &path, &headers, Bytes::new(), Some(&self.keys));
        open(request).await
    }

    async fn open(&self, device: &str) -> Events {
        self.open_at(&self.game.server, device, None).await.ok().unwrap()
    }
}

async fn open(request: Request<Full<Bytes>>) -> Result<Events, Answer> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let response = client.request(request).await.unwrap();
    if response.status() == 200 {
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        return Ok(Events { body: response.into_body(), held: String::new(), _client: client });
    }
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Err(Answer { status, headers, body: response.into_body().collect().await.unwrap().to_bytes() })
}

/// An event stream, as a device reads it.
struct Events {
    body: Incoming,
    held: String,
    _client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
}

impl Events {
    /// The next event: its id and its data. `None`: the stream ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        timeout(PATIENCE, self.read()).await.unwrap()
    }

    /// Nothing comes for a moment.
    async fn is_silent(&mut self) -> bool {
        timeout(MOMENT, self.read()).await.is_err()
    }

    async fn read(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((block, rest)) = self.held.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.held = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    return Some((id, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let frame = self.body.frame().await?.unwrap();
            self.held.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }
}

/// What a receiver of web hooks does with a request.
#[derive(Debug, Clone, Copy)]
enum Does {
    Answer(u16),
    Hang,
    /// A body that never ends.
    Endless,
    Redirect,
}

/// A receiver of web hooks.
struct Receiver {
    address: String,
    received: UnboundedReceiver<(HeaderMap, Bytes)>,
}

impl Receiver {
    /// One that does this with the first requests, and takes all others.
    async fn start(script: &'static [Does]) -> Self {
        Self::start_with(|number, _| script.get(number).copied().unwrap_or(Does::Answer(200))).await
    }

    /// One that does what it is told to, by the number of a request and its body.
    async fn start_with(does: impl Fn(usize, &str) -> Does + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, received) = unbounded_channel();
        tokio::spawn(receive(listener, does, sender));
        Self { address, received }
    }

    async fn next(&mut self) -> (HeaderMap, Bytes) {
        timeout(PATIENCE, self.received.recv()).await.unwrap().unwrap()
    }

    /// The next delivery, which must be signed.
    async fn next_json(&mut self) -> Value {
        let (headers, body) = self.next().await;
        assert_signed(&headers, &body);
        serde_json::from_slice(&body).unwrap()
    }
}

/// An answer, or one without end.
type Sent = Either<Full<Bytes>, Endless>;

struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(&[b'x'; 4096])))))
    }
}

async fn receive(
    listener: TcpListener,
    does: impl Fn(usize, &str) -> Does + Clone + Send + 'static,
    sender: UnboundedSender<(HeaderMap, Bytes)>,
) {
    let done = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    while let Ok((stream, _)) = listener.accept().await {
        let (done, does, sender) = (done.clone(), does.clone(), sender.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let (done, does, sender) = (done.clone(), does.clone(), sender.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let number = done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let does = does(number, std::str::from_utf8(&body).unwrap());
                let _ = sender.send((parts.headers, body));
                let whole = |status: u16| {
                    let body: Sent = Either::Left(Full::default());
                    Response::builder().status(status).body(body).unwrap()
                };
                Ok::<_, Infallible>(match does {
                    Does::Answer(status) => whole(status),
                    Does::Hang => std::future::pending().await,
                    Does::Redirect => {
                        let mut answer = whole(307);
                        answer.headers_mut().insert("location", "http://127.0.0.1:1/".parse().unwrap());
                        answer
                    }
                    Does::Endless => Response::new(Either::Right(Endless)),
                })
            }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// As `docs/sync.md` tells a receiver to.
fn assert_signed(headers: &HeaderMap, body: &[u8]) {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let message =
        [format!("v1\n{}\n{}\n", text("x-daypass-time"), text("x-daypass-delivery")).as_bytes(), body].concat();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, KEY.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, &message);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text("x-daypass-signature"), format!("v1={hex}"));
    let altered = aws_lc_rs::hmac::sign(&key, &[message.as_slice(), b" "].concat());
    assert_ne!(tag.as_ref(), altered.as_ref());
}

/// Waits until something holds, for a while.
async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waited = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, waited).await.is_ok(), "{what}");
}

/// Whether the outbox is empty.
async fn is_told(rows: &Arc<dyn Rows>) -> bool {
    let scan = store::Scan { table: store::Table::Outbox, prefix: &[], after: None, limit: 10 };
    rows.scan(scan).await.unwrap().iter().all(|(key, _)| key.first() == Some(&0xff))
}

/// The keys of somebody, with what they are not.
fn tampered(keys: &Keys) -> Keys {
    Keys { secret: vocab::Secret::new("not-the-secret"), ..keys.clone() }
}

const PATIENCE: Duration = Duration::from_secs(20);
const MOMENT: Duration = Duration::from_millis(300);
