//! The engine of our own process: one file per account, on blocking threads.
//!
//! The engine syncs its log before a write returns, so an answer follows its durable commit. Its ARNs
//! name a place of its own; ours are written in and out ([`arns`]).

mod arns;
mod dispatch;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dynoxide::{Database, DynoxideError};
use serde_json::Value;
use tokio::sync::RwLock;
use vocab::AccountId;

use crate::backend::{Backend, Order, Schema};
use crate::error::{Error, Refused};

/// The tables of every account, below one folder.
pub struct Embedded {
    folder: PathBuf,
    accounts: Mutex<HashMap<AccountId, Engine>>,
}

/// The engine of one account. Whoever changes tables has it alone, so that no decision rests on keys
/// that have changed.
#[derive(Clone)]
struct Engine {
    database: Arc<Database>,
    tables: Arc<RwLock<()>>,
}

impl Embedded {
    /// Tables below `folder`, which is made if there is none. The caller holds the lock of the data folder.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), accounts: Mutex::default() })
    }

    fn engine(&self, account: AccountId) -> Result<Engine, Error> {
        let mut accounts = self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(engine) = accounts.get(&account) {
            return Ok(engine.clone());
        }
        let file = self.folder.join(format!("{account}.db"));
        let path = file.to_str().ok_or_else(|| Error::internal("the data folder's name is not UTF-8"))?;
        let engine = Engine { database: Arc::new(Database::new(path).map_err(refused)?), tables: Arc::default() };
        accounts.insert(account, engine.clone());
        Ok(engine)
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn schema(&self, account: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        let engine = self.engine(account)?;
        let table = table.to_owned();
        blocking(move || schema_of(&engine.database, &table)).await
    }

    async fn execute(&self, order: Order) -> Result<Value, Error> {
        let engine = self.engine(order.account)?;
        let changes_tables = dispatch::changes_tables(order.operation);
        let (_alone, _shared) = match changes_tables {
            true => (Some(engine.tables.clone().write_owned().await), None),
            false => (None, Some(engine.tables.clone().read_owned().await)),
        };
        blocking(move || {
            for (table, relied_on) in &order.relies_on {
                if schema_of(&engine.database, table)? != *relied_on {
                    return Err(Error::Busy("The table was changed while the request was decided. Please try again."));
                }
            }
            let Order { account, region, operation, document, .. } = order;
            let document = arns::to_engine(document, account, &region);
            let answer = dispatch::run(&engine.database, operation, document)?;
            Ok(arns::from_engine(answer, account, &region))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn schema_of(database: &Database, table: &str) -> Result<Option<Arc<Schema>>, Error> {
    let Some(table) = database.get_table_metadata(table).map_err(refused)? else { return Ok(None) };
    let mut indexes = BTreeMap::new();
    for definitions in [&table.gsi_definitions, &table.lsi_definitions].into_iter().flatten() {
        let definitions: Value = serde_json::from_str(definitions).map_err(Error::internal)?;
        for index in definitions.as_array().into_iter().flatten() {
            if let Some(name) = index.get("IndexName").and_then(Value::as_str) {
                indexes.insert(name.to_owned(), hash_keys(index.get("KeySchema")));
            }
        }
    }
    let keys: Value = serde_json::from_str(&table.key_schema).map_err(Error::internal)?;
    Ok(Some(Arc::new(Schema { hash: hash_keys(Some(&keys)), indexes, stream_label: table.stream_label })))
}

fn hash_keys(schema: Option<&Value>) -> Vec<String> {
    let elements = schema.and_then(Value::as_array).into_iter().flatten();
    let hash = elements.filter(|element| element.get("KeyType").and_then(Value::as_str) == Some("HASH"));
    hash.filter_map(|element| element.get("AttributeName")?.as_str().map(str::to_owned)).collect()
}

/// The engine's refusal in DynamoDB's terms; what is our fault stays with us.
fn refused(error: DynoxideError) -> Error {
    let status = error.status_code();
    if status >= 500 && status != 501 {
        return Error::internal(error.to_string());
    }
    let body: Value = serde_json::from_str(&error.to_json()).unwrap_or_default();
    let mut members = body.as_object().cloned().unwrap_or_default();
    let code = members.remove("__type").and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    members.retain(|name, _| name != "message" && name != "Message");
    Error::Engine(Box::new(Refused { code, status, message: error.to_string(), members }))
}
