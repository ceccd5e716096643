//! `daypass dev`: the first minute. Embedded stores in a folder, a development identity provider on
//! the same port, and the sample game, set up through the wire like anybody would.

mod provider;
mod sample;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use operation::limits::Rates;
use serde_json::Value;
use server::site::{Page, Site, page};
use vocab::{SystemClock, SystemRandom};

use crate::arguments::Overrides;
use crate::client::{Client, Keys};
use crate::failure::Failure;
use crate::house::{self, House, Plan};
use crate::serve::stop_asked;
use crate::settings::{AuditSection, Mode, Settings, wrong};
use provider::Provider;
use sample::Sample;

/// Where the sample's settings are shown: what `tour` needs to know.
pub const SAMPLE_PATH: &str = "/_daypass/sample";

/// Serves until it is told to stop.
pub async fn run(overrides: &Overrides, expose_provider: bool) -> Result<(), Failure> {
    let mut settings = Settings::read(overrides)?;
    let listener = settings.server()?;
    check_address(listener.listen, expose_provider)?;
    let data = settings.data();
    if settings.audit.file.is_none() {
        settings.audit = AuditSection { file: Some(data.join("audit.jsonl")), ..settings.audit };
    }
    std::fs::create_dir_all(&data)
        .map_err(|error| wrong("data", format!("{}: {error}", data.display()), "--data ./try"))?;
    let base = listener.public_url.clone();
    let key_file = data.join("provider.key");
    let provider = Provider::open(&base, &key_file, Arc::new(SystemClock), Arc::new(SystemRandom))?;
    let issuer = provider.issuer().to_owned();
    let shown = Arc::new(OnceLock::new());
    let plan = Plan {
        settings,
        mode: Mode::Development,
        rates: Rates::UNLIMITED,
        sites: vec![Arc::new(provider), Arc::new(Shown(shown.clone()))],
        allowed_hosts: authority(&base).into_iter().collect(),
        endpoints: vec![
            ("www.amazon.com".to_owned(), format!("{issuer}/amazon")),
            ("graph.facebook.com".to_owned(), format!("{issuer}/facebook")),
        ],
    };
    let house = house::build(plan).await?;
    let listening = house
        .server
        .listen()
        .map_err(|error| wrong("listen", format!("{}: {error}", listener.listen), "--listen 127.0.0.1:4567"))?;
    let sample = set_up(&house, &format!("http://{}", listening.address), &issuer).await?;
    let _ = shown.set(sample.to_json());
    greet(&base, &house, &sample);
    stop_asked().await;
    listening.stop().await;
    Ok(())
}

async fn set_up(house: &House, endpoint: &str, issuer: &str) -> Result<Sample, Failure> {
    let client = Client::new(endpoint, house.host.region.as_str())?;
    let keys = Keys { id: house.root.id.to_string(), secret: house.root.secret.clone(), token: None };
    let account = house.host.accounts.first().copied().unwrap_or(vocab::AccountId::ZERO);
    let ensured = sample::ensure(&client, &keys, account, &house.host.region, issuer).await;
    ensured.map_err(|error| format!("the sample game cannot be set up: {error}").into())
}

/// The provider signs anybody in: it stays on this machine unless that is wanted.
fn check_address(listen: SocketAddr, expose_provider: bool) -> Result<(), Failure> {
    if listen.ip().is_loopback() || expose_provider {
        return Ok(());
    }
    let text = format!(
        "`{listen}` is not loopback, and the development provider signs anybody in; `--expose-dev-provider` says that you mean it"
    );
    Err(wrong("listen", text, "--listen 127.0.0.1:4566").into())
}

/// `host:port` of a URL.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let port = if scheme == "https" { 443 } else { 80 };
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    Some(if has_port { authority.to_owned() } else { format!("{authority}:{port}") })
}

fn greet(base: &str, house: &House, sample: &Sample) {
    let Sample { pool, provider, bucket, table, client_id, .. } = sample;
    let (id, secret, region) = (&house.root.id, house.root.secret.expose(), &house.host.region);
    println!(
        "
Daypass serves {base}  (development: anybody can sign in)

See the whole story:   daypass tour --endpoint {base}

Administrator, for the AWS CLI or any SDK:
  export AWS_ENDPOINT_URL={base}
  export AWS_ACCESS_KEY_ID={id}
  export AWS_SECRET_ACCESS_KEY={secret}
  export AWS_REGION={region}
  aws cognito-identity list-identity-pools --max-results 10

The sample game, for an app (no keys in it):
  identity pool   {pool}
  logins key      {provider}
  sign-in         {base}{path}  (OpenID Connect, client id {client_id})
  bucket          {bucket}  (each player under their identity id)
  table           {table}  (partition key: the identity id)
",
        path = provider::PATH,
    );
}

/// The page with the sample's settings.
struct Shown(Arc<OnceLock<Value>>);

impl Site for Shown {
    fn owns(&self, path: &str) -> bool {
        path == SAMPLE_PATH
    }

    fn is_public(&self, _: &str) -> bool {
        false
    }

    fn answer<'a>(&'a self, _: &'a Parts, _: Bytes) -> Pin<Box<dyn Future<Output = Page> + Send + 'a>> {
        let answer = match self.0.get() {
            Some(sample) => page(StatusCode::OK, "application/json", Bytes::from(sample.to_string())),
            None => page(StatusCode::SERVICE_UNAVAILABLE, "text/plain", Bytes::from_static(b"not set up yet\n")),
        };
        Box::pin(std::future::ready(answer))
    }
}
