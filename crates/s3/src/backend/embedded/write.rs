//! Writing, copying and deleting objects: files first, then one commit.

use std::collections::BTreeMap;

use bytes::Bytes;
use store::{Outcome, Row, Table, Write};

use super::Embedded;
use super::blobs::Draft;
use super::records::{self, BlobId, Content, Garbage, Segment, Stored};
use crate::Error;
use crate::backend::{At, Deleted, Headers, Made, Object};
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
        let (content, drafts) = self.take_in(&mut body, INLINE).await?;
        let Received { size, md5, checksum } = body.finish()?;
        let object = Object { size, e_tag: hex(md5), modified: self.clock.now(), headers, checksum };
        let placed = Placed { object, content, drafts, upload: None };
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
        let placed = Placed { object, content, drafts, upload: None };
        self.place(at, placed, precondition).await.map(|(made, _)| made)
    }

    pub(super) async fn replace_tags(
        &self,
        at: At<'_>,
        found: &Stored,
        tags: BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let key = records::object_key(&at);
        let object = Object { headers: Headers { tags, ..found.object.headers.clone() }, ..found.object.clone() };
        let row = records::object_row(&object, &found.content, found.upload.as_deref(), &*self.random)?;
        match self.rows.commit(vec![Write::replace(Table::Object, key, found.row, row)]).await? {
            Outcome::Committed => Ok(()),
            Outcome::Conflict(_) => Err(Error::OperationAborted),
        }
    }

    pub(super) async fn remove(
        &self,
        at: At<'_>,
        _version: Option<&str>,
        precondition: &Precondition,
    ) -> Result<Deleted, Error> {
        let key = records::object_key(&at);
        for _ in 0..MAX_ATTEMPTS {
            let Some(row) = self.rows.get(Table::Object, &key).await? else {
                // What is not there cannot be deleted twice.
                return Ok(Deleted::default());
            };
            let old = records::object(row)?;
            precondition.check(at.key, Some(&old.object))?;
            let mut writes = Vec::new();
            let gone = self.unname_all(&old.content, &mut writes)?;
            writes.push(Write::delete(Table::Object, key.clone(), old.row));
            if self.rows.commit(writes).await? == Outcome::Committed {
                self.blobs.condemn(gone);
                return Ok(Deleted::default());
            }
        }
        Err(busy())
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

    /// Makes an object visible, in one commit that also makes the old one invisible.
    pub(super) async fn place(
        &self,
        at: At<'_>,
        placed: Placed<'_>,
        precondition: &Precondition,
    ) -> Result<(Made, Placement), Error> {
        let Placed { object, content, mut drafts, upload } = placed;
        let key = records::object_key(&at);
        let id = upload.as_ref().map(|(id, _)| *id);
        let also = upload.as_ref().map(|(_, writes)| writes.as_slice()).unwrap_or_default();
        for _ in 0..MAX_ATTEMPTS {
            let old = self.rows.get(Table::Object, &key).await?.map(records::object).transpose()?;
            precondition.check(at.key, old.as_ref().map(|old| &old.object))?;
            let row = records::object_row(&object, &content, id, &*self.random)?;
            // The object stands first: by it a commit recognises its own earlier success.
            let mut writes = vec![object_write(&key, old.as_ref(), row)];
            let first_of_upload = writes.len();
            writes.extend_from_slice(also);
            let after_upload = writes.len();
            writes.extend(drafts.iter().map(|draft| records::name(draft.id)));
            let gone = match &old {
                Some(old) => self.unname_all(&old.content, &mut writes)?,
                None => Vec::new(),
            };
            drafts.iter_mut().for_each(Draft::in_commit);
            let outcome = self.rows.commit(writes).await?;
            match outcome {
                Outcome::Committed => {
                    drafts.into_iter().for_each(Draft::named);
                    self.blobs.condemn(gone);
                    return Ok((Made { object, version: None }, Placement::Done));
                }
                Outcome::Conflict(index) => {
                    drafts.iter_mut().for_each(Draft::unnamed);
                    if (first_of_upload..after_upload).contains(&index) {
                        return Ok((Made { object, version: None }, Placement::UploadChanged));
                    }
                }
            }
        }
        Err(busy())
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

fn object_write(key: &[u8], old: Option<&Stored>, row: Row) -> Write {
    match old {
        Some(old) => Write::replace(Table::Object, key.to_vec(), old.row, row),
        None => Write::insert(Table::Object, key.to_vec(), row),
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
