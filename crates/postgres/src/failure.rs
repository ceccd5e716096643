//! What went wrong on the way to the database, and whether to try again.

use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// One failed attempt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}", whole(error))]
    Database {
        #[source]
        error: tokio_postgres::Error,
    },
    #[error("no connection: {}", cause(.0))]
    Connection(#[source] PoolError),
    #[error("no answer within {} s", .0.as_secs_f32())]
    Late(Duration),
    #[error("the connection was lost while a commit was on its way, and others changed its rows since")]
    InDoubt,
    #[error("a column has an unexpected form: {0}")]
    Column(#[source] tokio_postgres::Error),
}

impl Failure {
    /// The database undid the transaction for the sake of others.
    pub(crate) fn gave_way(&self) -> bool {
        let codes = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| codes.contains(code))
    }

    /// Nobody said how the work ended.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            // What the database says about the connection, not about the statement.
            Self::Database { error } => error.code().is_none_or(|code| {
                ["08", "57"].iter().any(|class| code.code().starts_with(class))
                    || *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
            }),
            Self::Connection(PoolError::Backend(error)) => {
                error.code().is_none_or(|code| code.code().starts_with("57"))
            }
            Self::Late(_) => true,
            Self::Connection(_) | Self::InDoubt | Self::Column(_) => false,
        }
    }

    /// Something that a table or a schema lacks.
    pub(crate) fn is_undefined(&self) -> bool {
        self.code() == Some(&SqlState::UNDEFINED_TABLE)
    }

    /// Two made the same thing at once.
    pub(crate) fn is_duplicate(&self) -> bool {
        let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
        self.code().is_some_and(|code| codes.contains(code))
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Database { error } | Self::Connection(PoolError::Backend(error)) => error.code(),
            _ => None,
        }
    }
}

impl From<Failure> for store::Error {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(Box::new(failure))
    }
}

impl From<Failure> for crate::OpenError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(Box::new(failure))
    }
}

fn cause(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) => whole(error),
        other => other.to_string(),
    }
}

/// The library's own words are just `db error` or the like; the cause stands behind them.
fn whole(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
