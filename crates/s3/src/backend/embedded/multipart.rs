//! Uploads in parts. Every change of an upload moves its row, so that a completion knows that the
//! parts it read are still the parts there are.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use store::records::buckets::Bucket;
use store::{Outcome, Scan, Table, Version, Write};

use super::Embedded;
use super::records::{self, Content, Garbage, PartRecord, Segment};
use super::write::{MAX_ATTEMPTS, Placed, Placement, busy, hex};
use crate::Error;
use crate::backend::{At, Chosen, Clearance, Expected, Made, Object, Part, Query, Upload};
use crate::checksum::Checksum;
use crate::conditions::Precondition;
use crate::incoming::{Incoming, Received};

impl Embedded {
    pub(super) async fn begin_upload(&self, at: At<'_>, mut upload: Upload) -> Result<String, Error> {
        upload.id = hex(self.random.bytes());
        let row = records::row("upload", &upload, &*self.random)?;
        let write = Write::insert(Table::Upload, records::upload_key(&at, &upload.id), row);
        let _entered = self.order.enter(at.bucket).await?;
        match self.rows.commit(vec![write]).await? {
            Outcome::Committed => Ok(upload.id),
            Outcome::Conflict(_) => Err(busy()),
        }
    }

    pub(super) async fn find_upload(&self, at: &At<'_>, id: &str) -> Result<Option<(Version, Upload)>, Error> {
        // Nothing else is an id: a longer text could reach into other rows.
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let row = self.rows.get(Table::Upload, &records::upload_key(at, id)).await?;
        Ok(row.map(|row| records::value("upload", &row).map(|upload| (row.version, upload))).transpose()?)
    }

    pub(super) async fn write_part(
        &self,
        at: At<'_>,
        id: &str,
        number: u16,
        mut body: Incoming,
    ) -> Result<Part, Error> {
        if self.find_upload(&at, id).await?.is_none() {
            return Err(Error::NoSuchUpload(id.to_owned()));
        }
        // Parts are files, however small: they become the segments of an object.
        let (segment, mut draft) = self.take_in_part(&mut body).await?;
        let Received { size, md5, checksum } = body.finish()?;
        let record = PartRecord { segment, e_tag: hex(md5), modified: self.clock.now(), checksum };
        let key = records::part_key(id, number);
        let _entered = self.order.enter(at.bucket).await?;
        for _ in 0..MAX_ATTEMPTS {
            let Some((version, upload)) = self.find_upload(&at, id).await? else {
                return Err(Error::NoSuchUpload(id.to_owned()));
            };
            let row = records::row("part", &record, &*self.random)?;
            let old = self.rows.get(Table::Part, &key).await?;
            let old_record = old.as_ref().map(|row| records::value::<PartRecord>("part", row)).transpose()?;
            let mut writes = vec![match &old {
                Some(old) => Write::replace(Table::Part, key.clone(), old.version, row),
                None => Write::insert(Table::Part, key.clone(), row),
            }];
            let moved = records::row("upload", &upload, &*self.random)?;
            writes.push(Write::replace(Table::Upload, records::upload_key(&at, id), version, moved));
            writes.push(records::name(draft.id));
            writes.extend(old_record.iter().map(|old| records::unname(old.segment.blob)));
            draft.in_commit();
            if self.rows.commit(writes).await? == Outcome::Committed {
                draft.named();
                self.blobs.condemn(old_record.map(|old| old.segment.blob));
                let PartRecord { e_tag, modified, checksum, .. } = record;
                return Ok(Part { number, size, e_tag, modified, checksum });
            }
            draft.unnamed();
        }
        Err(busy())
    }

    pub(super) async fn list_parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error> {
        if self.find_upload(&at, id).await?.is_none() {
            return Err(Error::NoSuchUpload(id.to_owned()));
        }
        let (prefix, after) = (records::parts_prefix(id), records::part_key(id, after));
        let scan = Scan { table: Table::Part, prefix: &prefix, after: Some(&after), limit };
        let rows = self.rows.scan(scan).await?;
        let parts = rows.iter().map(|(key, row)| {
            let PartRecord { segment, e_tag, modified, checksum } = records::value("part", row)?;
            Ok(Part { number: records::part_number(key), size: segment.size, e_tag, modified, checksum })
        });
        parts.collect()
    }

    pub(super) async fn complete_upload(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Made, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let Some((version, upload)) = self.find_upload(&at, id).await? else {
                return self.completed(at, id).await;
            };
            let parts = self.all_parts(id).await?;
            let picked = pick(&parts, chosen)?;
            let object = object_of(upload, chosen, &picked, self.clock.now())?;
            check_expected(&object, expected)?;
            let segments = picked.iter().zip(chosen).map(segment).collect();
            let kept = chosen.iter().map(|chosen| chosen.number).collect();
            let garbage = self.garbage(&Garbage::Parts { upload: id.to_owned(), kept })?;
            let delete = Write::delete(Table::Upload, records::upload_key(&at, id), version);
            let placed = Placed {
                object,
                content: Content::Segments { segments, parts: true },
                drafts: Vec::new(),
                upload: Some((id, vec![delete, garbage])),
                judged: false,
            };
            if let (made, Placement::Done) = self.place(at, placed, precondition).await? {
                self.clean_soon();
                return Ok(made);
            }
        }
        Err(busy())
    }

    pub(super) async fn abort_upload(&self, at: At<'_>, id: &str) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let Some((version, _)) = self.find_upload(&at, id).await? else {
                return Err(Error::NoSuchUpload(id.to_owned()));
            };
            let garbage = self.garbage(&Garbage::Parts { upload: id.to_owned(), kept: Vec::new() })?;
            let delete = Write::delete(Table::Upload, records::upload_key(&at, id), version);
            if self.rows.commit(vec![garbage, delete]).await? == Outcome::Committed {
                self.clean_soon();
                return Ok(());
            }
        }
        Err(busy())
    }

    /// Closes a bucket, if it is empty, and aborts its uploads.
    pub(super) async fn clear_bucket(&self, bucket: &Bucket) -> Result<Option<Clearance>, Error> {
        let clearance = self.order.close(bucket).await;
        for table in [Table::Object, Table::ObjectVersion] {
            let scan = Scan { table, prefix: &bucket.id, after: None, limit: 1 };
            if !self.rows.scan(scan).await?.is_empty() {
                return Ok(None);
            }
        }
        let query = Query { prefix: "", delimiter: None, after: None, limit: 1000 };
        loop {
            let page = self.list_uploads(bucket, &query, None).await?;
            for entry in page.entries {
                let crate::backend::Entry::Key(key, upload) = entry else { continue };
                match self.abort_upload(At { bucket, key: &key }, &upload.id).await {
                    // Another was faster.
                    Ok(()) | Err(Error::NoSuchUpload(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if !page.truncated {
                return Ok(Some(clearance));
            }
        }
    }

    /// An upload that is gone may have been completed by this very request, sent again.
    async fn completed(&self, at: At<'_>, id: &str) -> Result<Made, Error> {
        let own = self.look(&at, None).await?.filter(|stored| stored.upload.as_deref() == Some(id));
        let made = own.map(|stored| Made { version: stored.version(&at), object: stored.object });
        made.ok_or_else(|| Error::NoSuchUpload(id.to_owned()))
    }

    async fn all_parts(&self, id: &str) -> Result<BTreeMap<u16, PartRecord>, Error> {
        let prefix = records::parts_prefix(id);
        let mut parts = BTreeMap::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::Part, prefix: &prefix, after: after.as_deref(), limit: PARTS_AT_ONCE };
            let rows = self.rows.scan(scan).await?;
            for (key, row) in &rows {
                parts.insert(records::part_number(key), records::value("part", row)?);
            }
            match rows.into_iter().nth(PARTS_AT_ONCE - 1) {
                Some((key, _)) => after = Some(key),
                None => return Ok(parts),
            }
        }
    }

    async fn take_in_part(&self, body: &mut Incoming) -> Result<(Segment, super::blobs::Draft), Error> {
        let (content, mut drafts) = self.take_in(body, 0).await?;
        if let (Content::Segments { segments, .. }, Some(draft)) = (&content, drafts.pop())
            && let [segment] = segments.as_slice()
        {
            return Ok((segment.clone(), draft));
        }
        // An empty body is a part too: an upload of nothing ends with one.
        let draft = self.blobs.writer().await?.finish().await?;
        Ok((Segment { blob: draft.id, size: 0, checksum: None, number: None }, draft))
    }
}

/// The parts that were chosen, if they are what the client believes them to be.
fn pick<'p>(parts: &'p BTreeMap<u16, PartRecord>, chosen: &[Chosen]) -> Result<Vec<&'p PartRecord>, Error> {
    let mut last = 0;
    let mut picked = Vec::with_capacity(chosen.len());
    for choice in chosen {
        if choice.number <= last {
            return Err(Error::InvalidPartOrder);
        }
        last = choice.number;
        let part = parts.get(&choice.number).filter(|part| part.e_tag == choice.e_tag).ok_or(Error::InvalidPart)?;
        if let (Some((algorithm, value)), Some(known)) = (&choice.checksum, &part.checksum)
            && (*algorithm != known.algorithm || *value != known.value)
        {
            return Err(Error::InvalidPart);
        }
        picked.push(part);
    }
    let but_last = picked.split_last().map(|(_, before)| before).unwrap_or_default();
    if but_last.iter().any(|part| part.segment.size < SMALLEST) {
        return Err(Error::EntityTooSmall);
    }
    Ok(picked)
}

/// A part as a piece of its object.
fn segment((part, choice): (&&PartRecord, &Chosen)) -> Segment {
    Segment { checksum: part.checksum.clone(), number: Some(choice.number), ..part.segment.clone() }
}

fn object_of(
    upload: Upload,
    chosen: &[Chosen],
    picked: &[&PartRecord],
    now: vocab::Timestamp,
) -> Result<Object, Error> {
    let mut md5 = Md5::new();
    for part in picked {
        let digest = u128::from_str_radix(&part.e_tag, 16).map_err(Error::internal)?;
        md5.update(digest.to_be_bytes());
    }
    let size = picked.iter().map(|part| part.segment.size).fold(0, u64::saturating_add);
    if size > LARGEST {
        return Err(Error::EntityTooLarge);
    }
    let digest: [u8; 16] = md5.finalize().into();
    let e_tag = format!("{}-{}", hex(digest), chosen.len());
    let checksum = checksum_of(&upload, picked);
    Ok(Object { size, e_tag, modified: now, headers: upload.headers, checksum })
}

fn check_expected(object: &Object, expected: &Expected) -> Result<(), Error> {
    if expected.size.is_some_and(|size| size != object.size) {
        return Err(Error::InvalidRequest("The object is not as long as x-amz-mp-object-size says."));
    }
    match (&expected.checksum, &object.checksum) {
        (Some((algorithm, value)), Some(known)) if *algorithm == known.algorithm && *value != known.value => {
            Err(Error::BadChecksum(*algorithm))
        }
        _ => Ok(()),
    }
}

/// The object's checksum, where all parts have one of the upload's kind.
fn checksum_of(upload: &Upload, picked: &[&PartRecord]) -> Option<Checksum> {
    let algorithm = upload.algorithm?;
    let is_same = |checksum: &Checksum| checksum.algorithm == algorithm;
    if !picked.iter().all(|part| part.checksum.as_ref().is_some_and(is_same)) {
        return None;
    }
    let values = picked.iter().filter_map(|part| Some((part.checksum.as_ref()?.value.as_str(), part.segment.size)));
    if upload.full_object { algorithm.combined(values) } else { algorithm.composite(values.map(|(value, _)| value)) }
}

/// Parts but the last are at least 5 MiB.
const SMALLEST: u64 = 5 * 1024 * 1024;
/// 5 TiB.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024 * 1024;
const PARTS_AT_ONCE: usize = 1000;
