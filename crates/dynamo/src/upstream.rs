//! An engine behind the network: anything that speaks DynamoDB's protocol.
//!
//! What is sent is written again from the very value that was decided on, signed with the engine's own credentials.
//! Tables have the engine's names there ([`Names`]), and ours in answers.
//!
//! Decisions rest on a table's keys and tags as the engine described them at most five seconds before; they are compared
//! once more when the request is sent. Who changes a table's keys or tags here is heeded at once, by this node; what is
//! changed elsewhere is heeded after five seconds at the latest. No engine can be asked to hold a write to a
//! description, so that is the bound.

mod exchange;
mod fault;
pub(crate) mod listing;
mod names;
mod rewrite;
mod schema;
mod way;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use vocab::AccountId;

use crate::backend::{Backend, MOST_PAGES, Order, Schema};
use crate::error::Error;
use crate::table;
pub use exchange::{Carried, Carrier, Exchange};
use listing::Listing;
pub use names::Names;
use schema::{Described, Known};

/// An engine behind the network.
pub struct Upstream {
    exchange: Exchange,
    names: Names,
    described: Described,
}

impl Upstream {
    /// The tables that `names` says, kept by the engine at the other end of `exchange`.
    pub fn new(exchange: Exchange, names: Names) -> Self {
        Self { exchange, names, described: Described::default() }
    }

    async fn known(&self, table: &str) -> Result<Option<Arc<Known>>, Error> {
        match self.names.theirs_of(table) {
            Some(name) => self.described.table(&self.exchange, &name).await,
            None => Ok(None),
        }
    }

    /// Compares what was decided on with what the engine says now. Yields the tables.
    async fn hold<'o>(&self, order: &'o Order) -> Result<Vec<(&'o str, Arc<Known>)>, Error> {
        let mut tables = Vec::new();
        for (table, relied_on) in &order.relies_on {
            let known = self.known(table).await?;
            if known.as_deref().map(|known| &*known.schema) != relied_on.as_deref() {
                return Err(Error::Busy("The table was changed while the request was decided. Please try again."));
            }
            tables.extend(known.map(|known| (table.as_str(), known)));
        }
        Ok(tables)
    }

    /// The request in the engine's words.
    fn request(&self, order: &Order, tables: &[(&str, Arc<Known>)]) -> Result<Value, Error> {
        let mut document = order.document.clone();
        rewrite::to_engine(&mut document, &self.names)?;
        let known = tables.first().map(|(_, known)| known);
        let arns = [
            ("ResourceArn", known.map(|known| known.arn.clone())),
            ("StreamArn", known.and_then(|known| known.stream_arn.clone())),
        ];
        for (member, arn) in arns {
            if let Some(given) = document.get_mut(member) {
                let text = format!("Requested resource not found: {given}");
                *given = arn.ok_or(Error::NotFound(text))?.into();
            }
        }
        Ok(document)
    }

    async fn carry_out(&self, order: &Order) -> Result<Value, Error> {
        let tables = self.hold(order).await?;
        let request = self.request(order, &tables)?;
        let answer = self.exchange.send(order.operation, order.writes, &request).await;
        if order.changes_tables() {
            order
                .tables()
                .filter_map(|table| self.names.theirs_of(table))
                .for_each(|name| self.described.forget(&name));
        }
        match answer {
            Ok(mut answer) => {
                rewrite::from_engine(&mut answer, order, &self.names);
                Ok(answer)
            }
            Err(Error::Engine(mut refused)) => {
                let arns = tables.iter().map(|(ours, known)| (known.arn.clone(), table::arn(&order.place(), ours)));
                let arns: Vec<_> = arns.collect();
                rewrite::in_words(&mut refused.message, order, &self.names, &arns);
                Err(Error::Engine(refused))
            }
            Err(other) => Err(other),
        }
    }

    /// All entries of a listing that are ours: an engine has others between them.
    async fn list(&self, order: &Order, listing: &Listing) -> Result<Vec<Value>, Error> {
        let mut entries = Vec::new();
        let mut request = Map::new();
        if let Some(table) = order.document.get("TableName").and_then(Value::as_str) {
            let Some(name) = self.names.theirs_of(table) else { return Ok(entries) };
            request.insert("TableName".to_owned(), name.into());
        }
        for _ in 0..MOST_PAGES {
            let document = Value::Object(request.clone());
            let mut page = self.exchange.send(order.operation, false, &document).await?;
            let end = page.get_mut(listing.end).map(Value::take).filter(|end| !end.is_null());
            if let Some(Value::Array(found)) = page.get_mut(listing.list) {
                found.retain_mut(|entry| self.is_ours(entry));
            }
            rewrite::from_engine(&mut page, order, &self.names);
            if let Some(Value::Array(found)) = page.get_mut(listing.list) {
                entries.append(found);
            }
            let Some(end) = end else { return Ok(entries) };
            request.insert(listing.start.to_owned(), end);
        }
        Err(Error::internal("the engine has too many tables to list"))
    }

    /// Whether a table, or the table of a stream, is ours. A table then gets our name.
    fn is_ours(&self, entry: &mut Value) -> bool {
        let named = entry.as_str().or_else(|| entry.get("TableName").and_then(Value::as_str));
        let Some(ours) = named.and_then(|name| self.names.ours_of(name)) else { return false };
        if entry.is_string() {
            *entry = ours.into();
        }
        true
    }
}

#[async_trait]
impl Backend for Upstream {
    async fn schema(&self, _: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error> {
        Ok(self.known(table).await?.map(|known| known.schema.clone()))
    }

    async fn execute(&self, order: Order) -> Result<Value, Error> {
        match listing::of(order.operation) {
            Some(listing) => listing.page(self.list(&order, listing).await?, &order.document),
            None => self.carry_out(&order).await,
        }
    }

    async fn listed(&self, order: &Order) -> Result<Vec<Value>, Error> {
        let listing = listing::of(order.operation).ok_or_else(|| Error::internal("no listing"))?;
        self.list(order, listing).await
    }
}

#[cfg(test)]
pub(crate) mod tests;
