//! A database of each test's own on the server that the environment names.

use postgres::{Options, Store, migrate};
use std::sync::Arc;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};
use vocab::{Random, Secret, SystemRandom};

use crate::migrate::KNOWN;

/// An empty database. Dropping the value leaves it; [`Database::drop`] removes it.
pub(crate) struct Database {
    server: Config,
    name: String,
}

impl Database {
    pub(crate) async fn empty() -> Self {
        let server = server();
        let random: &dyn Random = &SystemRandom;
        let name = format!("daypass_test_{:032x}", u128::from_be_bytes(random.bytes()));
        run(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    pub(crate) async fn migrated() -> Self {
        let database = Self::empty().await;
        assert_eq!(migrate(&database.url(), &SystemRandom).await.unwrap(), (0, KNOWN));
        database
    }

    pub(crate) fn url(&self) -> Secret {
        self.url_at(&self.address(), "")
    }

    /// The URL of this database as it is seen through another address.
    pub(crate) fn url_at(&self, address: &str, query: &str) -> Secret {
        let user = self.server.get_user().unwrap_or("postgres");
        let password = String::from_utf8_lossy(self.server.get_password().unwrap_or_default());
        Secret::new(format!("postgres://{user}:{password}@{address}/{}?sslmode=disable{query}", self.name))
    }

    pub(crate) fn address(&self) -> String {
        let port = self.server.get_ports().first().copied().unwrap_or(5432);
        match self.server.get_hosts().first() {
            Some(Host::Tcp(host)) => format!("{host}:{port}"),
            _ => panic!("`DAYPASS_TEST_POSTGRES` must name a server by TCP address"),
        }
    }

    pub(crate) async fn store(&self) -> Arc<Store> {
        self.store_by(&self.url()).await
    }

    pub(crate) async fn store_by(&self, url: &Secret) -> Arc<Store> {
        Store::connect(url, Options::default()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs a statement in this database.
    pub(crate) async fn run(&self, statement: &str) {
        let mut config = self.server.clone();
        run(config.dbname(&self.name), statement).await;
    }

    pub(crate) async fn drop(self) {
        run(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

fn server() -> Config {
    let url = std::env::var("DAYPASS_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "set `DAYPASS_TEST_POSTGRES` to the URL of a PostgreSQL server on which the user may create databases, \
             such as `postgres://postgres@127.0.0.1:5432/postgres`; `./test` starts one and sets it"
        )
    });
    url.parse().unwrap_or_else(|error| panic!("`DAYPASS_TEST_POSTGRES` is not a URL: {error}"))
}

async fn run(config: &Config, statement: &str) {
    let (client, connection) =
        config.connect(NoTls).await.unwrap_or_else(|error| panic!("`DAYPASS_TEST_POSTGRES` does not answer: {error}"));
    let connection = tokio::spawn(connection);
    client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    drop(client);
    let _ended = connection.await;
}
