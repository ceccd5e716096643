//! The store: connections to one database behind the contract of `store`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::{Change, Changes, Error, Outcome, Row, Rows, Scan, Table, Version, Write};
use tokio::sync::Mutex;
use vocab::Secret;

use crate::connections::Connections;
use crate::failure::Failure;
use crate::{OpenError, attempt, lease, migrate, statement};

/// How a database is used.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The most connections that are open at once.
    pub connections: usize,
    /// How long to wait for a connection: for a free one, and for a new one.
    pub connect_timeout: Duration,
    /// How long to wait for the answer to a statement.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let (connect_timeout, statement_timeout) = (Duration::from_secs(5), Duration::from_secs(10));
        Self { connections: 16, connect_timeout, statement_timeout }
    }
}

/// The store in a database that other nodes may share.
pub struct Store {
    connections: Connections,
    /// Commits that change the configuration follow one another anyway. Those of this node do it
    /// here, where waiting holds no connection and costs the database no retry.
    configuring: Mutex<()>,
}

impl Store {
    /// Connects to a database of this version's schema. Errs where it cannot be reached, was not
    /// migrated, or was migrated by a newer version.
    pub async fn connect(url: &Secret, options: Options) -> Result<Arc<Self>, OpenError> {
        let connections = Connections::new(url, options)?;
        migrate::ready(&connections).await?;
        Ok(Arc::new(Self { connections, configuring: Mutex::default() }))
    }

    /// Takes or renews a lease for `ttl`; answers whether `holder` has it now. The database's clock
    /// decides. Whoever could not renew in time must stop what the lease is for.
    pub async fn acquire_lease(&self, name: &str, holder: [u8; 16], ttl: Duration) -> Result<bool, Error> {
        Ok(lease::acquire(&self.connections, name, holder, ttl).await?)
    }

    /// Gives a lease back; nothing happens where `holder` has it no more.
    pub async fn release_lease(&self, name: &str, holder: [u8; 16]) -> Result<(), Error> {
        Ok(lease::release(&self.connections, name, holder).await?)
    }
}

#[async_trait]
impl Rows for Store {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        let rows = self.connections.query(&statement::get(table, key)).await?;
        rows.first().map(|row| read(table, row)).transpose()
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        let (first, end) = scan.bounds();
        let rows = self.connections.query(&statement::scan(&scan, &first, end.as_deref())).await?;
        rows.iter().map(|row| Ok((row.try_get(2).map_err(Failure::Column)?, read(scan.table, row)?))).collect()
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        store::rows::check(&writes)?;
        if writes.is_empty() {
            return Ok(Outcome::Committed);
        }
        let configures = writes.iter().any(|write| write.table == Table::Configuration);
        let _turn = if configures { Some(self.configuring.lock().await) } else { None };
        Ok(attempt::commit(&self.connections, &writes).await?)
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        let mut changes = Changes { revision, changes: Vec::new() };
        for row in self.connections.query(&statement::changes(revision)).await? {
            let reached: i64 = row.try_get(3).map_err(Failure::Column)?;
            changes.revision = reached.unsigned_abs();
            let Some(key) = row.try_get(2).map_err(Failure::Column)? else { continue };
            let value: Option<&[u8]> = row.try_get(1).map_err(Failure::Column)?;
            let row = value.map(|_| read(Table::Configuration, &row)).transpose()?;
            changes.changes.push(Change { key, row });
        }
        Ok(changes)
    }
}

/// The version and the value that a row begins with.
fn read(table: Table, row: &tokio_postgres::Row) -> Result<Row, Error> {
    let version: &[u8] = row.try_get(0).map_err(Failure::Column)?;
    let malformed = |_| Error::Unreadable { kind: table.name(), why: "its version is not 16 bytes".into() };
    let version = Version(version.try_into().map_err(malformed)?);
    Ok(Row { version, value: row.try_get(1).map_err(Failure::Column)? })
}
