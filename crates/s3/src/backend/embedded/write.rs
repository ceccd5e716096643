//! Writing and copying objects: files first, then one commit.

use bytes::Bytes;
use store::{Outcome, Row, Table, Version, Write};

use super::Embedded;
use super::blobs::Draft;
use super::place::Place;
use super::records::{self, BlobId, Content, Garbage, Segment, Stored};
use super::versions::{Change, Null};
use crate::Error;
use crate::backend::{At, Headers, Made, Object};
use crate::conditions::Precondition;
use crate::incoming::{Incoming, Received};

/// An object that is about to be placed.
pub(super) struct Placed<'a> {
    pub(super) object: Object,
    pub(super) content: Content,
    /// The files that the commit names.
    pub(super) drafts: Vec<Draft>,
    /// Where an upload is completed: its id, and what else the commit does.
    pub(super) upload: Option<(&'a str, Vec<Write>)>,
    /// Whether the precondition held before the body came.
    pub(super) judged: bool,
}

/// How placing an object ended.
pub(super) enum Placement {
    Done,
    /// One of the upload's own writes did not find what it expected.
    UploadChanged,
}

impl Embedded {
    pub(super) async fn write(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        mut body: Incoming,
    ) -> Result<Made, Error> {
        let judged = *precondition != Precondition::None;
        if judged {
            let old = self.look(&at, None).await?.filter(|old| !old.is_marker);
            precondition.check(at.key, old.as_ref().map(|old| &old.object))?;
        }
        let (content, drafts) = self.take_in(&mut body, INLINE).await?;
        let Received { size, md5, checksum } = body.finish()?;
        let object = Object { size, e_tag: hex(md5), modified: self.clock.now(), headers, checksum };
        let placed = Placed { object, content, drafts, upload: None, judged };
        self.place(at, placed, precondition).await.map(|(made, _)| made)
    }

    pub(super) async fn write_copy(
        &self,
        from: &Stored,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Made, Error> {
        let (content, drafts) = match &from.content {
            Content::Inline(bytes) => (Content::Inline(bytes.clone()), Vec::new()),
            Content::Segments { segments, parts: false } => self.link_all(segments).await?,
            // A copy of parts is one object of one piece, with a tag of its own.
            content @ Content::Segments { parts: true, .. } => {
                let algorithm = from.object.checksum.as_ref().map(|checksum| checksum.algorithm);
                let whole = super::read::stream(&self.blobs, content, 0..from.object.size).await?;
                return self.write(at, headers, precondition, Incoming::own(whole, algorithm)).await;
            }
        };
        let object = Object { modified: self.clock.now(), headers, ..from.object.clone() };
        let placed = Placed { object, content, drafts, upload: None, judged: false };
        self.place(at, placed, precondition).await.map(|(made, _)| made)
    }

    /// Reads a body to its end: into memory where it is at most `inline` bytes, else into a file.
    pub(super) async fn take_in(&self, body: &mut Incoming, inline: usize) -> Result<(Content, Vec<Draft>), Error> {
        let mut buffer = Vec::new();
        let mut writer = None;
        let mut size = 0;
        while let Some(piece) = body.next().await? {
            size += piece.len() as u64;
            buffer.extend_from_slice(&piece);
            if buffer.len() >= BUFFER || (writer.is_none() && buffer.len() > inline) {
                let file = match &mut writer {
                    Some(file) => file,
                    None => writer.insert(self.blobs.writer().await?),
                };
                file.write(std::mem::take(&mut buffer)).await?;
            }
        }
        let Some(mut writer) = writer else {
            self.blobs.check_open()?;
            return Ok((Content::Inline(Bytes::from(buffer)), Vec::new()));
        };
        if !buffer.is_empty() {
            writer.write(buffer).await?;
        }
        let draft = writer.finish().await?;
        let segments = vec![Segment { blob: draft.id, size, checksum: None, number: None }];
        Ok((Content::Segments { segments, parts: false }, vec![draft]))
    }

    /// Makes an object visible, in one commit that also retires the old one.
    pub(super) async fn place(
        &self,
        at: At<'_>,
        placed: Placed<'_>,
        precondition: &Precondition,
    ) -> Result<(Made, Placement), Error> {
        let Placed { object, content, mut drafts, upload, mut judged } = placed;
        let _entered = self.order.enter(at.bucket).await?;
        let id = upload.as_ref().map(|(id, _)| (*id).to_owned());
        let also = upload.as_ref().map(|(_, writes)| writes.as_slice()).unwrap_or_default();
        let mut stored = self.fresh(object, content, id);
        let mut turn = None;
        for _ in 0..MAX_ATTEMPTS {
            let old = self.standing(&at, &mut turn).await?;
            let held = precondition.check(at.key, old.object.as_ref().map(|old| &old.object));
            held.map_err(|error| if judged { error.in_conflict() } else { error })?;
            judged = true;
            stored.place = self.next_place(&at, &old);
            // The object stands first: by it a commit recognises its own earlier success.
            let mut change = Change::default();
            change.writes.push(object_write(&at, old.object.as_ref(), records::object_row(&stored)?));
            change.writes.extend_from_slice(also);
            let after_upload = change.writes.len();
            change.writes.extend(drafts.iter().map(|draft| records::name(draft.id)));
            let null = stored.place.tail.is_none().then_some(Null::Current);
            self.retire(&at, &old, null, &mut change).await?;
            drafts.iter_mut().for_each(Draft::in_commit);
            let outcome = self.rows.commit(change.writes).await?;
            match outcome {
                Outcome::Committed => {
                    drafts.into_iter().for_each(Draft::named);
                    self.blobs.condemn(change.gone);
                    let version = stored.version(&at);
                    return Ok((Made { object: stored.object, version }, Placement::Done));
                }
                Outcome::Conflict(index) => {
                    drafts.iter_mut().for_each(Draft::unnamed);
                    if (1..after_upload).contains(&index) {
                        return Ok((Made { object: stored.object, version: None }, Placement::UploadChanged));
                    }
                }
            }
        }
        Err(busy())
    }

    /// An object that is about to be written, or a marker.
    pub(super) fn fresh(&self, object: Object, content: Content, upload: Option<String>) -> Stored {
        let row = Version::draw(&*self.random);
        Stored { object, content, row, upload, place: Place { order: 0, tail: None }, is_marker: false }
    }

    /// Adds the writes after which nothing names these files, and says which they are. Where they are
    /// too many for one commit, the rest is remembered for later ones.
    pub(super) fn unname_all(&self, content: &Content, writes: &mut Vec<Write>) -> Result<Vec<BlobId>, Error> {
        let Content::Segments { segments, .. } = content else { return Ok(Vec::new()) };
        let blobs: Vec<BlobId> = segments.iter().map(|segment| segment.blob).collect();
        if blobs.len() <= UNNAMED_AT_ONCE {
            writes.extend(blobs.iter().map(|blob| records::unname(*blob)));
            return Ok(blobs);
        }
        writes.push(self.garbage(&Garbage::Blobs(blobs))?);
        Ok(Vec::new())
    }

    /// The write that remembers garbage.
    pub(super) fn garbage(&self, garbage: &Garbage) -> Result<Write, Error> {
        let row = records::row("garbage", garbage, &*self.random)?;
        Ok(Write::insert(Table::Blob, records::garbage_key(&*self.random), row))
    }

    async fn link_all(&self, segments: &[Segment]) -> Result<(Content, Vec<Draft>), Error> {
        let mut drafts = Vec::new();
        let mut linked = Vec::new();
        for segment in segments {
            let _pin = self.blobs.pin(segment.blob);
            let draft = self.blobs.link(segment.blob).await?;
            linked.push(Segment { blob: draft.id, ..segment.clone() });
            drafts.push(draft);
        }
        Ok((Content::Segments { segments: linked, parts: false }, drafts))
    }
}

fn object_write(at: &At<'_>, old: Option<&Stored>, row: Row) -> Write {
    let key = records::object_key(at);
    match old {
        Some(old) => Write::replace(Table::Object, key, old.row, row),
        None => Write::insert(Table::Object, key, row),
    }
}

/// Others came between every time.
pub(super) fn busy() -> Error {
    Error::internal("a key changes too often")
}

/// A digest as entity tags show it.
pub(super) fn hex(md5: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(md5))
}

/// Objects up to this size stand in their row.
const INLINE: usize = 16 * 1024;
/// So much is written to a file at a time.
const BUFFER: usize = 512 * 1024;
const UNNAMED_AT_ONCE: usize = 100;
pub(super) const MAX_ATTEMPTS: usize = 1000;
