//! The schema, and the way to it from every schema before.
//!
//! Steps are additive: the version before keeps running on the new schema. No step stands in a
//! transaction, since not every engine can do that; each statement can be repeated instead.

use std::time::Duration;

use vocab::{Random, Secret};

use crate::connections::Connections;
use crate::failure::Failure;
use crate::statement::Statement;
use crate::{OpenError, Options, lease};

/// Brings a database to this version's schema; answers the schema it had, 0 for an empty one, and
/// the one it has. May be repeated, also after it was interrupted. Errs where a newer version has
/// migrated the database, and where another migration does not end.
pub async fn migrate(url: &Secret, random: &dyn Random) -> Result<(i32, i32), OpenError> {
    let connections =
        Connections::new(url, Options { connections: 1, statement_timeout: A_STEP, ..Options::default() })?;
    for statement in FOUNDATION {
        run(&connections, statement).await?;
    }
    let holder = random.bytes();
    hold(&connections, holder).await?;
    let migrated = steps(&connections, holder).await;
    lease::release(&connections, LEASE, holder).await?;
    migrated
}

/// Whether a database has this version's schema.
pub(crate) async fn ready(connections: &Connections) -> Result<(), OpenError> {
    match version(connections).await? {
        found if found < KNOWN => Err(OpenError::NotMigrated { found, known: KNOWN }),
        found if found > KNOWN => Err(OpenError::Newer { found, known: KNOWN }),
        _ => Ok(()),
    }
}

async fn steps(connections: &Connections, holder: [u8; 16]) -> Result<(i32, i32), OpenError> {
    let found = version(connections).await?;
    if found > KNOWN {
        return Err(OpenError::Newer { found, known: KNOWN });
    }
    for (number, step) in (1..).zip(STEPS).skip_while(|(number, _)| *number <= found) {
        for statement in *step {
            if !lease::acquire(connections, LEASE, holder, A_STEP).await? {
                return Err(OpenError::Migrating);
            }
            run(connections, statement).await?;
        }
        run(connections, &format!("UPDATE daypass_schema SET version = {number} WHERE one = 1")).await?;
    }
    Ok((found, KNOWN))
}

async fn version(connections: &Connections) -> Result<i32, OpenError> {
    let found = connections.query(&Statement::new("SELECT version FROM daypass_schema WHERE one = 1", [])).await;
    match found {
        Err(failure) if failure.is_undefined() => Ok(0),
        Err(failure) => Err(failure.into()),
        Ok(rows) => Ok(rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(Failure::Column)?),
    }
}

/// Waits until nobody else migrates.
async fn hold(connections: &Connections, holder: [u8; 16]) -> Result<(), OpenError> {
    for _ in 0..ATTEMPTS {
        if lease::acquire(connections, LEASE, holder, A_STEP).await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(OpenError::Migrating)
}

/// Runs a statement that can be repeated.
async fn run(connections: &Connections, text: &str) -> Result<(), Failure> {
    for _ in 0..3 {
        match connections.execute(&Statement::new(text, [])).await {
            // `IF NOT EXISTS` looks before it makes, and two may look at once.
            Err(failure) if failure.is_duplicate() || failure.gave_way() => {}
            answer => return answer.map(drop),
        }
    }
    connections.execute(&Statement::new(text, [])).await.map(drop)
}

/// What the migration itself stands on; it never changes.
const FOUNDATION: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS daypass_lease (
        name bytea PRIMARY KEY, holder bytea NOT NULL, until timestamptz NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_schema (one integer PRIMARY KEY, version integer NOT NULL)",
    "INSERT INTO daypass_schema (one, version) VALUES (1, 0) ON CONFLICT (one) DO NOTHING",
];

/// The steps, oldest first. A released step never changes.
const STEPS: &[&[&str]] = &[STEP_1, STEP_2, STEP_3, STEP_4, STEP_5, STEP_6];

const STEP_1: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS daypass_configuration_revision (one integer PRIMARY KEY, revision bigint NOT NULL)",
    "INSERT INTO daypass_configuration_revision (one, revision) VALUES (1, 0) ON CONFLICT (one) DO NOTHING",
    "CREATE TABLE IF NOT EXISTS daypass_configuration (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea, revision bigint NOT NULL)",
    "CREATE INDEX IF NOT EXISTS daypass_configuration_by_revision ON daypass_configuration (revision)",
    "CREATE TABLE IF NOT EXISTS daypass_identity (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_login (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_pool_identity (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_object (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_upload (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_part (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_blob (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
];

const STEP_2: &[&str] = &["CREATE TABLE IF NOT EXISTS daypass_used (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)"];

const STEP_3: &[&str] = &["CREATE TABLE IF NOT EXISTS daypass_last_used (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)"];

const STEP_4: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS daypass_dataset (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_record (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_discarded (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_sync_session (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
];

const STEP_5: &[&str] = &["CREATE TABLE IF NOT EXISTS daypass_object_version (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)"];

const STEP_6: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS daypass_device (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_outbox (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_mail (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS daypass_node (
        key bytea PRIMARY KEY, version bytea NOT NULL, value bytea NOT NULL)",
];

/// The newest schema that this version knows.
const KNOWN: i32 = 6;

const LEASE: &str = "migration";

/// How long one statement of a step may take, and how long the lease of an interrupted migration lasts.
const A_STEP: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(250);

/// A little longer than the lease of one that was interrupted.
const ATTEMPTS: usize = 280;
