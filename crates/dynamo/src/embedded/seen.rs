//! Which writes a read could have seen, and so must outlast.
//!
//! A read of one item sees the writes of its partition key and those that are not of one item; a read of a table sees
//! those of the table; a read of keys and tags sees what changed tables. Whatever is not certain sees everything.

use std::collections::HashMap;

use super::engine::Order;
use crate::backend;
use crate::keys;

/// The writes, by number, that are not yet known to be on the disk.
#[derive(Debug, Default)]
pub(super) struct Seen {
    tables: HashMap<String, Table>,
    /// The last one that changed tables or their tags.
    changed: u64,
    /// The last one of which it is not known what it wrote.
    anything: u64,
}

#[derive(Debug, Default)]
struct Table {
    /// The last one.
    last: u64,
    /// The last one that was not of one item.
    many: u64,
    /// The last one of each partition key.
    items: HashMap<String, u64>,
}

impl Seen {
    /// Takes an order that is about to be carried out. Yields the last write that its answer could show: its own, of
    /// those that write, which has the number `written`. Writes up to `synced` are on the disk.
    pub(super) fn note(&mut self, order: &Order, written: u64, synced: u64) -> u64 {
        if order.writes {
            self.add(order, written, synced);
            return written;
        }
        if order.relies_on.is_empty() {
            return written;
        }
        let tables = order.relies_on.iter().filter_map(|(name, _)| self.tables.get(name));
        let last = match partition(order) {
            Some(key) => tables.map(|table| table.many.max(table.items.get(&key).copied().unwrap_or_default())).max(),
            None => tables.map(|table| table.last).max(),
        };
        last.unwrap_or_default().max(self.changed).max(self.anything)
    }

    /// The last write that changed what decisions rest on.
    pub(super) fn tables(&self) -> u64 {
        self.changed.max(self.anything)
    }

    fn add(&mut self, order: &Order, written: u64, synced: u64) {
        if backend::changes_tables(order.operation) {
            self.changed = written;
        } else if order.relies_on.is_empty() {
            self.anything = written;
        }
        let key = partition(order);
        for (name, _) in &order.relies_on {
            let table = match self.tables.get_mut(name) {
                Some(table) => table,
                None => {
                    self.tables.retain(|_, table| table.last > synced);
                    self.tables.entry(name.clone()).or_default()
                }
            };
            if table.last <= synced {
                table.items.clear();
            }
            table.last = written;
            match &key {
                Some(key) => drop(table.items.insert(key.clone(), written)),
                None => table.many = written,
            }
        }
    }
}

/// The partition key of an order on one item.
fn partition(order: &Order) -> Option<String> {
    let member = match order.operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => "Key",
        "PutItem" => "Item",
        _ => return None,
    };
    let [(_, Some(schema))] = order.relies_on.as_slice() else { return None };
    let [hash] = schema.hash.as_slice() else { return None };
    order.document.get(member)?.get(hash).map(keys::text)?.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::backend::Schema;

    fn order(operation: &'static str, table: &str, player: &str) -> Order {
        let schema = Arc::new(Schema { hash: vec!["player".to_owned()], ..Schema::default() });
        let member = if operation == "PutItem" { "Item" } else { "Key" };
        Order {
            operation,
            writes: !["GetItem", "Query", "ListTables"].contains(&operation),
            document: json!({ member: { "player": { "N": player } } }),
            relies_on: if table.is_empty() { Vec::new() } else { vec![(table.to_owned(), Some(schema))] },
        }
    }

    #[test]
    fn a_read_outlasts_what_it_could_have_seen() {
        let mut seen = Seen::default();
        assert_eq!(seen.note(&order("PutItem", "a", "1"), 1, 0), 1);
        assert_eq!(seen.note(&order("PutItem", "a", "2"), 2, 0), 2);
        assert_eq!(seen.note(&order("UpdateItem", "b", "1"), 3, 0), 3);
        for (operation, table, player, after) in [
            ("GetItem", "a", "1", 1),
            ("GetItem", "a", "1.0", 1),
            ("GetItem", "a", "2", 2),
            ("GetItem", "a", "3", 0),
            ("GetItem", "b", "1", 3),
            ("GetItem", "c", "1", 0),
            ("GetItem", "a", "x", 2),
            ("Query", "a", "1", 2),
            ("Query", "b", "1", 3),
            ("ListTables", "", "1", 3),
        ] {
            assert_eq!(seen.note(&order(operation, table, player), 3, 0), after, "{operation} {table} {player}");
        }
        // Of a batch it is not looked up which items it writes.
        seen.note(&order("BatchWriteItem", "a", "1"), 4, 0);
        assert_eq!(seen.note(&order("GetItem", "a", "3"), 4, 0), 4);
        assert_eq!(seen.note(&order("GetItem", "b", "2"), 4, 0), 0);
        assert_eq!(seen.tables(), 0);
        // What changes tables is seen by all.
        seen.note(&order("TagResource", "b", "1"), 5, 0);
        assert_eq!((seen.note(&order("GetItem", "a", "1"), 5, 0), seen.tables()), (5, 5));
        seen.note(&order("PutItem", "", "1"), 6, 0);
        assert_eq!((seen.note(&order("GetItem", "c", "1"), 6, 0), seen.tables()), (6, 6));
    }

    #[test]
    fn what_is_on_the_disk_is_forgotten() {
        let mut seen = Seen::default();
        for number in 1..=100 {
            seen.note(&order("PutItem", "a", &number.to_string()), number, number - 1);
            seen.note(&order("PutItem", &format!("t{number}"), "1"), number, number - 1);
        }
        assert!(seen.tables.len() <= 3 && seen.tables["a"].items.len() == 1, "{seen:?}");
    }
}
