//! Versions: what a change of a key does to what was there before.

use store::records::buckets::Versioning;
use store::{Scan, Table, Version, Write};
use tokio::sync::MutexGuard;

use super::Embedded;
use super::place::{self, Id, Place};
use super::records::{self, BlobId, Stored};
use crate::Error;
use crate::backend::At;

/// What stands at a key.
#[derive(Default)]
pub(super) struct Standing {
    /// The current object.
    pub(super) object: Option<Stored>,
    /// The newest version, where there is no object: a marker.
    pub(super) marker: Option<Stored>,
    /// Whether what was there before is kept.
    pub(super) keeps: bool,
}

/// What one commit does.
#[derive(Default)]
pub(super) struct Change {
    pub(super) writes: Vec<Write>,
    /// Files that nothing names after it.
    pub(super) gone: Vec<BlobId>,
}

/// Where a change puts the version `null`.
#[derive(Clone, Copy)]
pub(super) enum Null {
    /// It is the current object.
    Current,
    /// It is a marker, here.
    Marker(Place),
}

impl Embedded {
    /// The current object or marker at a key, or the version that is named.
    pub(super) async fn look(&self, at: &At<'_>, id: Option<Id>) -> Result<Option<Stored>, Error> {
        // Between two reads a version may move from one table to the other.
        for _ in 0..READS {
            let current = self.object(at).await?;
            let found = match id {
                None if current.is_some() || at.bucket.versioning == Versioning::Off => return Ok(current),
                None => self.newest(at, 1).await?.pop().filter(|newest| newest.is_marker),
                Some(id) if current.as_ref().is_some_and(|current| id.is_of(current.place)) => return Ok(current),
                Some(id) => self.older(at, id).await?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What stands at a key, for a change of it. Where versions are kept, the change takes its turn.
    pub(super) async fn standing<'t>(
        &'t self,
        at: &At<'_>,
        turn: &mut Option<MutexGuard<'t, ()>>,
    ) -> Result<Standing, Error> {
        let mut keeps = at.bucket.versioning != Versioning::Off;
        loop {
            if keeps && turn.is_none() {
                *turn = Some(self.order.turn(at).await);
            }
            let object = self.object(at).await?;
            // A request that knows nothing yet of the bucket's versions must not destroy one.
            if !keeps && object.as_ref().is_some_and(|object| object.place.tail.is_some()) {
                keeps = true;
                continue;
            }
            let marker = if object.is_none() && keeps { self.newest(at, 1).await?.pop() } else { None };
            return Ok(Standing { object, marker, keeps });
        }
    }

    /// The place of what a change writes.
    pub(super) fn next_place(&self, at: &At<'_>, old: &Standing) -> Place {
        let before = old.object.as_ref().or(old.marker.as_ref()).map(|before| before.place);
        Place::next(self.clock.now(), before, at.bucket.versioning == Versioning::Enabled, &*self.random)
    }

    /// Adds what becomes of the object that is current no more: it is kept as a version, or goes. The
    /// version `null` goes where another takes its name.
    pub(super) async fn retire(
        &self,
        at: &At<'_>,
        old: &Standing,
        null: Option<Null>,
        change: &mut Change,
    ) -> Result<(), Error> {
        let mut older_null = match null {
            Some(Null::Marker(place)) => Some(place),
            Some(Null::Current) | None => None,
        };
        let mut null_moves = null.is_some();
        match &old.object {
            Some(object) if !old.keeps || (null.is_some() && object.place.tail.is_none()) => {
                self.unname_in(object, change)?;
            }
            Some(object) => {
                let moved = Stored { row: Version::draw(&*self.random), ..object.clone() };
                let row = records::object_row(&moved)?;
                change.writes.push(Write::insert(Table::ObjectVersion, moved.place.key(at), row));
                if moved.place.tail.is_none() {
                    (older_null, null_moves) = (Some(moved.place), true);
                }
            }
            None => {}
        }
        if old.keeps && null_moves { self.move_null(at, older_null, change).await } else { Ok(()) }
    }

    /// Adds what makes the pointer to the version `null` lead there, or nowhere. What it led to goes.
    async fn move_null(&self, at: &At<'_>, to: Option<Place>, change: &mut Change) -> Result<(), Error> {
        let pointer = self.rows.get(Table::ObjectVersion, &place::pointer_key(at)).await?;
        if let Some(place) = pointer.as_ref().and_then(place::pointed)
            && let Some(row) = self.rows.get(Table::ObjectVersion, &place.key(at)).await?
        {
            let replaced = records::object(row)?;
            self.unname_in(&replaced, change)?;
            change.writes.push(Write::delete(Table::ObjectVersion, place.key(at), replaced.row));
        }
        match (pointer, to) {
            (pointer, Some(to)) => {
                change.writes.push(place::point(at, pointer.map(|pointer| pointer.version), to, &*self.random));
            }
            (Some(pointer), None) => {
                change.writes.push(Write::delete(Table::ObjectVersion, place::pointer_key(at), pointer.version));
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// Adds what takes a row out of the table of versions; its files stay named.
    pub(super) async fn take_out(&self, at: &At<'_>, version: &Stored, change: &mut Change) -> Result<(), Error> {
        change.writes.push(Write::delete(Table::ObjectVersion, version.place.key(at), version.row));
        if version.place.tail.is_none()
            && let Some(pointer) = self.rows.get(Table::ObjectVersion, &place::pointer_key(at)).await?
        {
            change.writes.push(Write::delete(Table::ObjectVersion, place::pointer_key(at), pointer.version));
        }
        Ok(())
    }

    /// Adds what makes nothing name the files of an object.
    pub(super) fn unname_in(&self, object: &Stored, change: &mut Change) -> Result<(), Error> {
        let gone = self.unname_all(&object.content, &mut change.writes)?;
        change.gone.extend(gone);
        Ok(())
    }

    /// The newest rows of a key in the table of versions.
    pub(super) async fn newest(&self, at: &At<'_>, limit: usize) -> Result<Vec<Stored>, Error> {
        let prefix = place::versions_of(at);
        let scan = Scan { table: Table::ObjectVersion, prefix: &prefix, after: None, limit };
        let rows = self.rows.scan(scan).await?;
        Ok(rows.into_iter().map(|(_, row)| records::object(row)).collect::<Result<_, _>>()?)
    }

    /// The version of this id that is not the current object.
    pub(super) async fn older(&self, at: &At<'_>, id: Id) -> Result<Option<Stored>, Error> {
        let place = match id {
            Id::Of(place) => Some(place),
            Id::Null => {
                let pointer = self.rows.get(Table::ObjectVersion, &place::pointer_key(at)).await?;
                pointer.as_ref().and_then(place::pointed)
            }
        };
        let Some(place) = place else { return Ok(None) };
        let row = self.rows.get(Table::ObjectVersion, &place.key(at)).await?;
        Ok(row.map(records::object).transpose()?)
    }

    async fn object(&self, at: &At<'_>) -> Result<Option<Stored>, Error> {
        let row = self.rows.get(Table::Object, &records::object_key(at)).await?;
        Ok(row.map(records::object).transpose()?)
    }
}

const READS: usize = 3;
