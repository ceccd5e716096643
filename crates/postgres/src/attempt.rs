//! Commits: all writes or none, tried again where the database or the connection gave way.

use store::rows::mark;
use store::{Outcome, Table, Version, Write};
use tokio_postgres::Row;

use crate::connections::{Connections, Patience};
use crate::failure::Failure;
use crate::statement::{self, Statement};

/// Makes all writes, or none.
///
/// A connection that is lost before the commit was sent lost nothing but time. One that is lost
/// afterwards leaves the outcome in doubt: the next attempt finds its own new version, or the rows
/// as they were. Where it finds neither, others were faster either way, and nobody can tell.
pub(crate) async fn commit(connections: &Connections, writes: &[Write]) -> Result<Outcome, Failure> {
    let mut patience = Patience::begin();
    let mut in_doubt = false;
    loop {
        let mut sent = false;
        match attempt(connections, writes, &mut sent).await {
            Ok(Outcome::Conflict(_)) if in_doubt => return Err(Failure::InDoubt),
            Ok(outcome) => return Ok(outcome),
            Err(failure) if failure.is_lost() => {
                in_doubt |= sent;
                patience.wait(failure).await?;
            }
            Err(failure) if failure.gave_way() => patience.wait(failure).await?,
            Err(failure) => return Err(failure),
        }
    }
}

/// One attempt. `sent` tells whether it may have been committed, should the connection be lost.
async fn attempt(connections: &Connections, writes: &[Write], sent: &mut bool) -> Result<Outcome, Failure> {
    if let [write] = writes
        && write.table != Table::Configuration
    {
        return single(connections, write, sent).await;
    }
    let order = order(writes);
    let moves = writes.iter().any(|write| write.table == Table::Configuration);
    let first = moves.then(statement::next_revision);
    let statements: Vec<Statement<'_>> =
        first.into_iter().chain(order.iter().map(|(_, write)| statement::write(write))).collect();
    let mut connection = connections.take().await?;
    let counts = match connection.begin(&statements).await {
        Ok(counts) => counts,
        Err(failure) => {
            if !failure.is_lost() {
                connection.roll_back(None).await?;
            }
            return Err(failure);
        }
    };
    let counts = counts.iter().skip(usize::from(moves));
    let missed = order.iter().zip(counts).filter(|(_, count)| **count != 1).map(|((index, _), _)| *index);
    match missed.min() {
        None => {
            *sent = true;
            connection.commit().await?;
            Ok(Outcome::Committed)
        }
        Some(index) => {
            let question = mark(writes).map(|(write, _)| statement::get(write.table, &write.key));
            let held = connection.roll_back(question.as_ref()).await?;
            Ok(conflict(writes, index, &held))
        }
    }
}

/// A single write needs no transaction around it: one message, one answer.
async fn single(connections: &Connections, write: &Write, sent: &mut bool) -> Result<Outcome, Failure> {
    let connection = connections.take().await?;
    *sent = true;
    if connection.execute(&statement::write(write)).await? == 1 {
        return Ok(Outcome::Committed);
    }
    *sent = false;
    let held = if write.row.is_some() {
        connections.query(&statement::get(write.table, &write.key)).await?
    } else {
        Vec::new()
    };
    Ok(conflict(std::slice::from_ref(write), 0, &held))
}

/// The writes with their places, in an order that is the same for everybody: two commits that take
/// the same rows never wait for each other.
fn order(writes: &[Write]) -> Vec<(usize, &Write)> {
    let mut order: Vec<(usize, &Write)> = writes.iter().enumerate().collect();
    order.sort_by_key(|(_, write)| (write.table, &write.key));
    order
}

/// A conflict, unless what is held is the commit's own earlier success.
fn conflict(writes: &[Write], index: usize, held: &[Row]) -> Outcome {
    let wanted = mark(writes).map(|(_, version)| version);
    let held = held.first().and_then(|row| row.try_get::<_, &[u8]>(0).ok()?.try_into().ok()).map(Version);
    if wanted.is_some() && held == wanted { Outcome::Committed } else { Outcome::Conflict(index) }
}
