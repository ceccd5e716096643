//! What a store promises, as code. `embedded`, `postgres` and the memory store are held to it; a
//! behaviour that is not in here is not promised.
//!
//! Each case draws its own keys, so the suite also runs over a store that holds other rows.

mod aggregates;
mod changes;
mod commits;
mod datasets;
mod model;
mod scans;
mod telling;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use vocab::Random;

use crate::rows::{Error, Outcome, Row, Rows, Table, Version, Write};

/// Runs every case over `rows`, one after the other, and answers how many passed. The first that
/// fails ends the run and names itself.
pub async fn run(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Result<usize, Failure> {
    let mut passed = 0;
    for (name, case) in
        [commits::CASES, scans::CASES, changes::CASES, aggregates::CASES, datasets::CASES, telling::CASES, model::CASES]
            .concat()
    {
        let bench = Bench { rows: rows.clone(), random: random.clone() };
        case(bench).await.map_err(|why| Failure { case: name, why: why.0 })?;
        passed += 1;
    }
    Ok(passed)
}

/// A promise that a store does not keep.
#[derive(Debug, thiserror::Error)]
#[error("{case}: {why}")]
pub struct Failure {
    /// The case.
    pub case: &'static str,
    /// What was seen, and what was wanted.
    pub why: String,
}

type Case = fn(Bench) -> Pin<Box<dyn Future<Output = Verdict> + Send>>;

type Verdict = Result<(), Broken>;

/// Why a case failed.
struct Broken(String);

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self(format!("the store erred: {error}"))
    }
}

/// What a case works with.
#[derive(Clone)]
struct Bench {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Bench {
    /// A key that nobody has used.
    fn key(&self) -> Vec<u8> {
        self.random.bytes::<16>().to_vec()
    }

    /// A new row with this value.
    fn row(&self, value: &[u8]) -> Row {
        Row { version: Version::draw(&*self.random), value: value.to_vec() }
    }

    /// Inserts a new row and answers it.
    async fn put(&self, table: Table, key: &[u8], value: &[u8]) -> Result<Row, Broken> {
        let row = self.row(value);
        self.commits([Write::insert(table, key.to_vec(), row.clone())]).await?;
        Ok(row)
    }

    /// These writes are made.
    async fn commits(&self, writes: impl Into<Vec<Write>>) -> Verdict {
        same(self.rows.commit(writes.into()).await?, Outcome::Committed, "the outcome of a commit")
    }

    /// These writes meet something else at `index`, and nothing happens.
    async fn conflicts(&self, writes: impl Into<Vec<Write>>, index: usize) -> Verdict {
        same(self.rows.commit(writes.into()).await?, Outcome::Conflict(index), "the outcome of a commit")
    }

    /// These writes break a rule.
    async fn refuses(&self, writes: impl Into<Vec<Write>>, what: &str) -> Verdict {
        match self.rows.commit(writes.into()).await {
            Err(Error::Refused(_)) => Ok(()),
            other => Err(Broken(format!("{what}: answered {other:?}, wanted a refusal"))),
        }
    }

    /// The row at `key` is this one.
    async fn holds(&self, table: Table, key: &[u8], row: Option<&Row>) -> Verdict {
        same(self.rows.get(table, key).await?.as_ref(), row, "the row that is held")
    }
}

/// `seen` is what was wanted.
fn same<T: PartialEq + Debug>(seen: T, wanted: T, what: &str) -> Verdict {
    if seen == wanted {
        return Ok(());
    }
    Err(Broken(format!("{what}: saw {seen:?}, wanted {wanted:?}")))
}

/// `holds` is true.
fn ensure(holds: bool, what: &str) -> Verdict {
    if holds { Ok(()) } else { Err(Broken(what.to_owned())) }
}

/// The rest of a case, after tasks that ran side by side.
async fn all(tasks: impl IntoIterator<Item = impl Future<Output = Verdict> + Send + 'static>) -> Verdict {
    let mut set = tokio::task::JoinSet::new();
    for task in tasks {
        set.spawn(task);
    }
    while let Some(ended) = set.join_next().await {
        ended.map_err(|error| Broken(format!("a task ended early: {error}")))??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use vocab::SystemRandom;

    use super::*;
    use crate::memory::Memory;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_memory_store_keeps_every_promise() {
        let passed = run(Arc::new(Memory::new()), Arc::new(SystemRandom)).await;
        assert!(passed.unwrap_or_else(|failure| panic!("{failure}")) > 20);
    }
}
