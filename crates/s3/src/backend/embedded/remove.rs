//! Deleting objects and versions, and setting tags.

use std::collections::BTreeMap;

use bytes::Bytes;
use store::{Outcome, Table, Version, Write};

use super::Embedded;
use super::place::Id;
use super::records::{self, Content, Stored};
use super::versions::{Change, Null, Standing};
use super::write::{MAX_ATTEMPTS, busy};
use crate::Error;
use crate::backend::{At, Deleted, Headers, Object};
use crate::conditions::Precondition;

impl Embedded {
    /// Deletes the current object: where versions are kept, by a marker.
    pub(super) async fn remove(&self, at: At<'_>, precondition: &Precondition) -> Result<Deleted, Error> {
        let _entered = self.order.enter(at.bucket).await?;
        let mut turn = None;
        for _ in 0..MAX_ATTEMPTS {
            let old = self.standing(&at, &mut turn).await?;
            match &old.object {
                Some(object) => precondition.check(at.key, Some(&object.object))?,
                // What is not there cannot be deleted twice, nor on a condition.
                None if !old.keeps || *precondition != Precondition::None => return Ok(Deleted::default()),
                None => {}
            }
            let mut change = Change::default();
            let deleted = if old.keeps { self.mark(&at, &old, &mut change).await? } else { Deleted::default() };
            if let Some(object) = &old.object {
                change.writes.push(Write::delete(Table::Object, records::object_key(&at), object.row));
                if !old.keeps {
                    self.unname_in(object, &mut change)?;
                }
            }
            if self.made(change).await? {
                return Ok(deleted);
            }
        }
        Err(busy())
    }

    /// Deletes one version for good. Where that was the current one, the one before it is current.
    pub(super) async fn remove_version(
        &self,
        at: At<'_>,
        id: Id,
        name: &str,
        precondition: &Precondition,
    ) -> Result<Deleted, Error> {
        // A bucket that is looked through for objects must not miss one that moves from table to table.
        let _entered = self.order.enter(at.bucket).await?;
        let _turn = self.order.turn(&at).await;
        for _ in 0..MAX_ATTEMPTS {
            let mut deleted = Deleted { version: Some(name.to_owned()), marker: false };
            let mut change = Change::default();
            let current = self.look(&at, None).await?;
            match current.filter(|current| !current.is_marker) {
                Some(current) if id.is_of(current.place) => {
                    precondition.check(at.key, Some(&current.object))?;
                    let next = self.newest(&at, 1).await?.pop();
                    self.promote(&at, Some(&current), next, &mut change).await?;
                    self.unname_in(&current, &mut change)?;
                }
                current => {
                    let Some(older) = self.older(&at, id).await? else { return Ok(deleted) };
                    if !older.is_marker {
                        precondition.check(at.key, Some(&older.object))?;
                    }
                    deleted.marker = older.is_marker;
                    if current.is_none() {
                        let newest = self.newest(&at, 2).await?;
                        let next = newest.into_iter().find(|newest| newest.place != older.place);
                        let next = next.filter(|next| next.place.order < older.place.order);
                        self.promote(&at, None, next, &mut change).await?;
                    }
                    self.take_out(&at, &older, &mut change).await?;
                    self.unname_in(&older, &mut change)?;
                }
            }
            if self.made(change).await? {
                return Ok(deleted);
            }
        }
        Err(busy())
    }

    /// Sets the tags of a version, as long as they are those that were found.
    pub(super) async fn replace_tags(
        &self,
        at: At<'_>,
        found: &Stored,
        tags: BTreeMap<String, String>,
    ) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let row = self.rows.get(Table::Object, &records::object_key(&at)).await?;
            let current = row.map(records::object).transpose()?.filter(|current| current.place == found.place);
            let (table, key, old) = match current {
                Some(current) => (Table::Object, records::object_key(&at), Some(current)),
                None => (Table::ObjectVersion, found.place.key(&at), self.older(&at, Id::Of(found.place)).await?),
            };
            let same = |old: &Stored| old.object.headers.tags == found.object.headers.tags;
            let old = old.filter(same).ok_or(Error::OperationAborted)?;
            let object = Object { headers: Headers { tags: tags.clone(), ..old.object.headers }, ..old.object };
            let new = Stored { object, row: Version::draw(&*self.random), ..old };
            let write = Write::replace(table, key, old.row, records::object_row(&new)?);
            if self.rows.commit(vec![write]).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(busy())
    }

    /// Adds a marker, and keeps what it hides.
    async fn mark(&self, at: &At<'_>, old: &Standing, change: &mut Change) -> Result<Deleted, Error> {
        let object = Object {
            size: 0,
            e_tag: String::new(),
            modified: self.clock.now(),
            headers: Headers::default(),
            checksum: None,
        };
        let mut marker = self.fresh(object, Content::Inline(Bytes::new()), None);
        (marker.place, marker.is_marker) = (self.next_place(at, old), true);
        let row = records::object_row(&marker)?;
        change.writes.push(Write::insert(Table::ObjectVersion, marker.place.key(at), row));
        let null = marker.place.tail.is_none().then_some(Null::Marker(marker.place));
        self.retire(at, old, null, change).await?;
        Ok(Deleted { version: Some(marker.place.id()), marker: true })
    }

    /// Adds what makes the next version current, in the place of the one that goes.
    async fn promote(
        &self,
        at: &At<'_>,
        current: Option<&Stored>,
        next: Option<Stored>,
        change: &mut Change,
    ) -> Result<(), Error> {
        let key = records::object_key(at);
        let next = next.filter(|next| !next.is_marker);
        let moved = next.as_ref().map(|next| Stored { row: Version::draw(&*self.random), ..next.clone() });
        let row = moved.as_ref().map(records::object_row).transpose()?;
        match (current, row) {
            (Some(current), Some(row)) => change.writes.push(Write::replace(Table::Object, key, current.row, row)),
            (Some(current), None) => change.writes.push(Write::delete(Table::Object, key, current.row)),
            (None, Some(row)) => change.writes.push(Write::insert(Table::Object, key, row)),
            (None, None) => {}
        }
        match next {
            Some(next) => self.take_out(at, &next, change).await,
            None => Ok(()),
        }
    }

    /// Whether the change happened.
    async fn made(&self, change: Change) -> Result<bool, Error> {
        let is_made = self.rows.commit(change.writes).await? == Outcome::Committed;
        if is_made {
            self.blobs.condemn(change.gone);
        }
        Ok(is_made)
    }
}
