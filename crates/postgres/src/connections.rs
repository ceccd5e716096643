//! Connections: a bounded pool, and a time limit on everything.

use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::future::join_all;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use vocab::Secret;

use crate::failure::Failure;
use crate::statement::Statement;
use crate::{OpenError, Options, settings};

/// The connections to one database.
pub(crate) struct Connections {
    pool: Pool,
    options: Options,
}

impl Connections {
    /// Prepares connections; none is made yet.
    pub(crate) fn new(url: &Secret, options: Options) -> Result<Self, OpenError> {
        let mut settings = settings::read(url)?;
        settings.config.connect_timeout(options.connect_timeout);
        settings.config.keepalives_idle(KEEPALIVE).tcp_user_timeout(KEEPALIVE);
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match settings.tls {
            Some(tls) => Manager::from_config(settings.config, MakeRustlsConnect::new(tls), fast),
            None => Manager::from_config(settings.config, NoTls, fast),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.connect_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .build()
            .map_err(|error| OpenError::Unavailable(Box::new(error)))?;
        Ok(Self { pool, options })
    }

    /// A connection that nobody else uses.
    pub(crate) async fn take(&self) -> Result<Connection, Failure> {
        let object = self.pool.get().await.map_err(Failure::Connection)?;
        Ok(Connection { object: Some(object), limit: self.options.statement_timeout })
    }

    /// The rows of a query, which is asked again where the connection is lost.
    pub(crate) async fn query(&self, statement: &Statement<'_>) -> Result<Vec<Row>, Failure> {
        let mut patience = Patience::begin();
        loop {
            let asked = async { self.take().await?.query(statement).await };
            match asked.await {
                Err(failure) if failure.gave_way() || failure.is_lost() => patience.wait(failure).await?,
                answer => return answer,
            }
        }
    }

    /// How many rows a statement changed, which is sent once.
    pub(crate) async fn execute(&self, statement: &Statement<'_>) -> Result<u64, Failure> {
        self.take().await?.execute(statement).await
    }
}

/// A borrowed connection. It goes back to the pool only between transactions with nothing on its
/// way; else, whatever happened to whoever held it, it is closed.
pub(crate) struct Connection {
    object: Option<Object>,
    limit: Duration,
}

impl Connection {
    pub(crate) async fn query(mut self, statement: &Statement<'_>) -> Result<Vec<Row>, Failure> {
        let rows = self.within(async |client| client.query_typed(&statement.text, &typed(statement)).await).await?;
        self.give_back();
        Ok(rows)
    }

    pub(crate) async fn execute(mut self, statement: &Statement<'_>) -> Result<u64, Failure> {
        let count = self.within(async |client| client.execute_typed(&statement.text, &typed(statement)).await).await;
        // An error that the database answered leaves a connection that can be used.
        if !matches!(&count, Err(failure) if failure.is_lost()) {
            self.give_back();
        }
        count
    }

    /// Begins a transaction and sends all statements without waiting in between; answers how many
    /// rows each changed.
    pub(crate) async fn begin(&mut self, statements: &[Statement<'_>]) -> Result<Vec<u64>, Failure> {
        self.within(async |client| {
            let execute =
                async |statement: &Statement<'_>| client.execute_typed(&statement.text, &typed(statement)).await;
            // Requests leave in the order in which the futures are first polled.
            let (begun, counts) =
                futures_util::join!(client.batch_execute("BEGIN"), join_all(statements.iter().map(execute)));
            begun?;
            counts.into_iter().collect()
        })
        .await
    }

    /// Makes the transaction durable.
    pub(crate) async fn commit(mut self) -> Result<(), Failure> {
        self.within(async |client| client.batch_execute("COMMIT").await).await?;
        self.give_back();
        Ok(())
    }

    /// Undoes the transaction, and asks a question about what is there without it.
    pub(crate) async fn roll_back(mut self, then: Option<&Statement<'_>>) -> Result<Vec<Row>, Failure> {
        let rows = self
            .within(async |client| {
                let question = async {
                    match then {
                        Some(statement) => client.query_typed(&statement.text, &typed(statement)).await,
                        None => Ok(Vec::new()),
                    }
                };
                let (undone, rows) = futures_util::join!(client.batch_execute("ROLLBACK"), question);
                undone.and(rows)
            })
            .await?;
        self.give_back();
        Ok(rows)
    }

    async fn within<T>(
        &mut self,
        work: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Failure> {
        let late = Failure::Late(self.limit);
        let Some(object) = &self.object else { return Err(late) };
        let answer = tokio::time::timeout(self.limit, work(object)).await;
        answer.map_err(|_| late)?.map_err(|error| Failure::Database { error })
    }

    fn give_back(&mut self) {
        drop(self.object.take());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}

/// How long a retried request is worth waiting for.
pub(crate) struct Patience {
    begun: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), pause: Duration::from_millis(1) }
    }

    /// Waits before the next attempt; errs with the last failure when there is none.
    pub(crate) async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.begun.elapsed() + self.pause > PATIENCE {
            return Err(failure);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

fn typed<'a>(statement: &'a Statement<'_>) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    statement.bytes.iter().map(|bytes| (bytes as &(dyn ToSql + Sync), Type::BYTEA)).collect()
}

/// After this long without a sign of life a peer is taken for dead.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How long attempts are repeated.
const PATIENCE: Duration = Duration::from_secs(5);

const LONGEST_PAUSE: Duration = Duration::from_millis(200);
