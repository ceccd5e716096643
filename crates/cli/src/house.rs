//! Puts a server together: the store, its keys, the services.

use std::path::Path;
use std::sync::Arc;

use operation::issuer::Issuer;
use operation::keyring::{Keyring, MasterKey};
use operation::limits::{Limits, Rates};
use operation::policies::Compiled;
use operation::{Host, Service};
use server::metered::Metered;
use server::site::Site;
use server::{Parts, Server};
use store::records::keys::Mark;
use store::{Configuration, Identities, LastUsed, Outcome, Record, Rows, Stored};
use vocab::{Clock, Random, Secret, SystemClock, SystemRandom};

use crate::failure::Failure;
use crate::root_key::{self, RootKey};
use crate::settings::{Mode, Settings, wrong};
use crate::{background, federation, master_key, objects, organization, tables, telling};

/// A server that is put together and does not listen yet.
pub struct House {
    /// The server.
    pub server: Arc<Server>,
    /// What its calls share.
    pub host: Arc<Host>,
    /// The root key of the first account.
    pub root: RootKey,
    /// Cognito Sync, that tells of changes.
    pub sync: Arc<sync::Sync>,
    /// No other process uses the data folder while this one lives.
    #[expect(dead_code, reason = "a lock is held, not read")]
    lock: Arc<embedded::Folder>,
}

/// What a house is built from.
pub struct Plan {
    /// The settings.
    pub settings: Settings,
    /// The kind.
    pub mode: Mode,
    /// The limits where the settings say nothing.
    pub rates: Rates,
    /// Pages of the server's own.
    pub sites: Vec<Arc<dyn Site>>,
    /// Hosts of issuers that may be reached without TLS, beside the configured ones.
    pub allowed_hosts: Vec<String>,
    /// Other endpoints for providers, beside the configured ones.
    pub endpoints: Vec<(String, String)>,
}

/// Builds it.
pub async fn build(plan: Plan) -> Result<House, Failure> {
    let Plan { settings, mode, rates, sites, allowed_hosts, endpoints } = plan;
    // Everything that can be wrong is found before anything is made.
    let listener = settings.server()?;
    let (region, accounts) = (settings.region()?, settings.accounts()?);
    let (organization, simulated) = organization::read(&settings)?;
    let data = settings.data();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let telling = telling::settings(&settings, &data, &clock)?;
    let master = master_key::read(&settings, mode, &data, &*random)?;
    master_key::make_folder(&data)?;
    let folder = Arc::new(embedded::Folder::lock(&data)?);
    let rows: Arc<dyn Rows> = match &settings.store {
        None => embedded::Store::open_in(folder.clone())?,
        Some(url) => postgres_store(&settings, &Secret::new(url.clone()), &*random).await?,
    };
    let rows: Arc<dyn Rows> = Arc::new(Metered::new(rows));
    let configuration = Arc::new(Configuration::open(rows.clone(), random.clone()).await?);
    let master = Arc::new(MasterKey::new(&master, random.clone())?);
    check_mark(&configuration, &master, mode, &*clock).await?;
    let keyring = Keyring::open_in(configuration.clone(), master.clone(), clock.clone(), random.clone()).await?;
    let issuer = Issuer::open_in(configuration.clone(), master.clone(), clock.clone(), region.clone()).await?;
    let host = Arc::new(Host {
        identities: Identities::new(rows.clone(), random.clone()),
        last_used: LastUsed::new(rows.clone(), random.clone()),
        rows,
        configuration,
        keyring: Arc::new(keyring),
        master,
        issuer: Arc::new(issuer),
        policies: Compiled::new(COMPILED),
        organization: Arc::new(organization),
        limits: Limits::new(settings.rates(rates)),
        quotas: settings.quotas()?,
        clock: clock.clone(),
        random,
        region,
        accounts,
    });
    let root = root_key::ensure(&host, mode, &data).await?;
    let allowed_hosts: Vec<String> = settings.federation.allowed_hosts.iter().cloned().chain(allowed_hosts).collect();
    let verifier = federation::verifier(&settings, allowed_hosts.clone(), endpoints, clock)?;
    let iam = iam::Iam { plain_http_hosts: allowed_hosts, service_control: simulated };
    let sync = sync::Sync::with(&host, telling);
    let services = services(&settings, &host, verifier, iam, sync.clone(), &data)?;
    tokio::spawn(background::run(host.clone(), sync.clone()));
    tokio::spawn(sync.telling.clone().run());
    let server = Server::new(Parts { settings: listener, host: host.clone(), services, sites })?;
    Ok(House { server, host, root, sync, lock: folder })
}

fn services(
    settings: &Settings,
    host: &Arc<Host>,
    verifier: Arc<::federation::Verifier>,
    iam: iam::Iam,
    sync: Arc<sync::Sync>,
    data: &Path,
) -> Result<Vec<Service>, Failure> {
    let sts = sts::Sts::new(verifier, federation::facebook_secrets(settings)?).with_saml(federation::saml(settings)?);
    let sts = Arc::new(sts);
    let identity = Arc::new(identity::Identity { sts: sts.clone() });
    let objects = settings.keeps_objects().then(|| data.join("objects"));
    let s3 = s3::S3::with_engines(objects.as_deref(), host, objects::engines(settings, &host.clock)?)?;
    let dynamo = Arc::new(dynamo::Dynamo::over(tables::backend(settings, data, &host.clock)?));
    Ok(vec![
        admin::service(),
        sts::service(sts),
        identity::service(identity),
        iam::service(Arc::new(iam)),
        sync::service(sync),
        s3::service(s3),
        dynamo::service(dynamo.clone()),
        dynamo::streams(dynamo),
    ])
}

/// Embedded engines belong to one process: with PostgreSQL a lease says which. It is renewed as long
/// as the process lives; who loses it stops, because another node has the engines now. Of processes that keep no engine
/// there may be many.
async fn postgres_store(settings: &Settings, url: &Secret, random: &dyn Random) -> Result<Arc<dyn Rows>, Failure> {
    let store = postgres::Store::connect(url, postgres::Options::default()).await?;
    if !settings.keeps_objects() && !settings.keeps_tables() {
        return Ok(store);
    }
    let holder: [u8; 16] = random.bytes();
    let deadline = tokio::time::Instant::now() + LEASE;
    // A node that was killed leaves its lease behind until it runs out.
    while !store.acquire_lease(ENGINES, holder, LEASE).await? {
        if tokio::time::Instant::now() >= deadline {
            let text = "another process with embedded S3 and DynamoDB engines uses this store; of a database only one can \
                        have them";
            return Err(wrong("s3.embedded", text, "`embedded = false` under `[s3]` and `[dynamodb]`").into());
        }
        tokio::time::sleep(LEASE / 20).await;
    }
    let renewed = store.clone();
    tokio::spawn(async move {
        let mut last = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(LEASE / 5).await;
            match renewed.acquire_lease(ENGINES, holder, LEASE).await {
                Ok(true) => last = tokio::time::Instant::now(),
                Ok(false) => std::process::exit(LOST_LEASE),
                Err(error) if last.elapsed() < LEASE => {
                    tracing::warn!(%error, "the lease of the engines is not renewed")
                }
                Err(_) => std::process::exit(LOST_LEASE),
            }
        }
    });
    Ok(store)
}

/// The mark keeps `dev` and `serve` apart, and proves that the master key is the store's own.
async fn check_mark(
    configuration: &Configuration,
    master: &MasterKey,
    mode: Mode,
    clock: &dyn Clock,
) -> Result<(), Failure> {
    let row = format!("{}/store", Mark::KIND);
    let development = mode == Mode::Development;
    let mut found: Option<Stored<Mark>> = configuration.get("store").await?;
    if found.is_none() {
        if configuration.revision() > 0 {
            return Err("the store is not empty and was not made by this program; use another one".into());
        }
        let check = master.seal(&row, &Secret::new("daypass"))?;
        let mut batch = configuration.batch();
        batch.insert(&Mark { development, check, created: clock.now() })?;
        // Another node may have been first.
        let (Outcome::Committed | Outcome::Conflict(_)) = configuration.commit(batch).await?;
        found = configuration.get("store").await?;
    }
    let mark = found.ok_or("the store does not keep what is written to it")?;
    master.open(&row, &mark.check).map_err(|_| {
        wrong(
            "master_key_file",
            "this is not the master key that the store was made with",
            "the key of the first start",
        )
    })?;
    match (mark.development, development) {
        (true, false) => Err(wrong(
            "data",
            "this store was made by `daypass dev`, whose provider signs anybody in; production needs a store of its own",
            "--data /var/lib/daypass",
        )
        .into()),
        (false, true) => Err(wrong("data", "this store was made by `daypass serve`; development needs its own", "--data ./try").into()),
        (true, true) | (false, false) => Ok(()),
    }
}

const COMPILED: usize = 10_000;
const ENGINES: &str = "engines";
const LEASE: std::time::Duration = std::time::Duration::from_secs(10);
const LOST_LEASE: i32 = 3;
