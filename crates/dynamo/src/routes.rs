//! Several engines: which tables each one keeps.
//!
//! A table is kept by the engine whose beginning of the name is the longest that fits. One call acts on one engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use vocab::AccountId;

use crate::backend::{Backend, Order, Schema};
use crate::error::Error;
use crate::upstream::listing::{self, Listing};

/// The tables that one engine keeps.
pub struct Route {
    /// Whose tables; `None`: everybody's.
    pub account: Option<AccountId>,
    /// How their names begin.
    pub prefix: String,
    /// The engine.
    pub backend: Arc<dyn Backend>,
}

/// Several engines behind one service.
pub struct Routes(Vec<Route>);

impl Routes {
    /// The engines. A table that no route fits does not exist, and cannot be made.
    pub fn new(mut routes: Vec<Route>) -> Self {
        routes.sort_by_key(|route| std::cmp::Reverse(route.prefix.len()));
        Self(routes)
    }

    fn of(&self, account: AccountId, table: &str) -> Option<usize> {
        self.0.iter().position(|route| route.is_of(account) && table.starts_with(route.prefix.as_str()))
    }

    /// The one engine that keeps every table of an order.
    fn engine(&self, order: &Order) -> Result<&dyn Backend, Error> {
        let engines: BTreeSet<_> = order.tables().map(|table| self.of(order.account, table)).collect();
        match (engines.len(), engines.first().copied().flatten().and_then(|at| self.0.get(at))) {
            (1, Some(route)) => Ok(&*route.backend),
            (0 | 1, _) => Err(Error::NotFound("Requested resource not found".to_owned())),
            _ => Err(Error::validation("the tables of one request are kept by one engine")),
        }
    }

    /// A page of what all engines have.
    async fn list(&self, order: &Order, listing: &Listing) -> Result<Value, Error> {
        let mut entries = Vec::new();
        for (at, route) in self.0.iter().enumerate().filter(|(_, route)| route.is_of(order.account)) {
            let found = route.backend.listed(order).await?;
            entries.extend(found.into_iter().filter(|entry| {
                let named = entry.as_str().or_else(|| entry.get("TableName").and_then(Value::as_str));
                named.and_then(|name| self.of(order.account, name)) == Some(at)
            }));
        }
        listing.page(entries, &order.document)
    }
}

impl Route {
    fn is_of(&self, account: AccountId) -> bool {
        self.account.is_none_or(|own| own == account)
    }
}

#[async_trait]
impl Backend for Routes {
    async fn schema(&self, account: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        match self.of(account, table).and_then(|at| self.0.get(at)) {
            Some(route) => route.backend.schema(account, table).await,
            None => Ok(None),
        }
    }

    async fn execute(&self, order: Order) -> Result<Value, Error> {
        // The streams of one table are one engine's.
        match listing::of(order.operation).filter(|_| order.tables().next().is_none()) {
            Some(listing) => self.list(&order, listing).await,
            None => self.engine(&order)?.execute(order).await,
        }
    }
}

#[cfg(test)]
mod tests;
