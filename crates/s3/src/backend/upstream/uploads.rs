//! Uploads in parts.

use std::ops::Range;
use std::time::Duration;

use http::{HeaderMap, Method};
use vocab::Timestamp;
use wire::Element;

use super::exchange::{Ask, header_value};
use super::objects::made_version;
use super::tags::escaped;
use super::{Upstream, headers};
use crate::Error;
use crate::backend::{At, Chosen, Expected, Found, Headers, Made, Object, Part, Sought, Upload, Wish};
use crate::checksum::{Algorithm, Checksum};
use crate::conditions::{Precondition, bare, quoted};
use crate::incoming::Incoming;

impl Upstream {
    pub(super) async fn begin_upload(&self, at: At<'_>, upload: Upload) -> Result<String, Error> {
        if !upload.headers.tags.is_empty() && !self.traits.tags_uploads {
            // An engine that forgets them would leave an object without the tags that policies look at.
            return Err(Error::NotImplemented("x-amz-tagging"));
        }
        let kind = if upload.full_object { "FULL_OBJECT" } else { "COMPOSITE" };
        let mut ask = Ask::object(Method::POST, at)
            .flag("uploads")
            .header("x-amz-checksum-algorithm", upload.algorithm.map(Algorithm::name))?
            .header("x-amz-checksum-type", upload.algorithm.map(|_| kind))?;
        headers::written(&upload.headers, &mut ask.headers)?;
        let (_, root) = self.document(ask).await?;
        let id = root.text_of("UploadId").filter(|id| !id.is_empty());
        id.map(str::to_owned).ok_or_else(|| self.nonsense("an upload without an id"))
    }

    pub(super) async fn find_upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error> {
        let ask = Ask::object(Method::GET, at).parameter("uploadId", Some(id)).parameter("max-parts", Some("1"));
        let (_, root) = match self.document(ask).await {
            Err(Error::NoSuchUpload(_)) => return Ok(None),
            outcome => outcome?,
        };
        let class = root.text_of("StorageClass").filter(|class| !class.is_empty() && *class != "STANDARD");
        let content = class.map(|class| ("StorageClass".to_owned(), class.to_owned())).into_iter().collect();
        Ok(Some(Upload {
            id: id.to_owned(),
            begun: Timestamp::from_seconds(0),
            // Who began it there is the one we signed as.
            initiator: at.bucket.account.to_string(),
            headers: Headers { content, ..Headers::default() },
            algorithm: root.text_of("ChecksumAlgorithm").and_then(Algorithm::named),
            full_object: root.text_of("ChecksumType") == Some("FULL_OBJECT"),
        }))
    }

    pub(super) async fn write_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error> {
        let ask = part_of(Ask::object(Method::PUT, at), id, number);
        let (answer, received) = self.send_body(ask, body).await?;
        let e_tag = headers::text(&answer.headers, "etag").ok_or_else(|| self.nonsense("no entity tag"))?;
        Ok(Part {
            number,
            size: received.size,
            e_tag: bare(&e_tag).to_owned(),
            modified: headers::date(&answer.headers),
            checksum: received.checksum,
        })
    }

    pub(super) async fn write_part_copy(
        &self,
        (source, found): (At<'_>, &Found),
        range: Range<u64>,
        at: At<'_>,
        id: &str,
        number: u16,
    ) -> Result<Part, Error> {
        let size = range.end - range.start;
        let ask = part_of(Ask::object(Method::PUT, at), id, number);
        let mut ask = self.from(ask, source, found)?;
        if size != found.object.size {
            let range = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
            ask = ask.header("x-amz-copy-source-range", Some(&range))?;
        }
        let (answered, root) = match self.document(ask).await {
            // The source is another object by now.
            Err(Error::PreconditionFailed(_)) => return Err(Error::OperationAborted),
            outcome => outcome?,
        };
        let e_tag = root.text_of("ETag").ok_or_else(|| self.nonsense("a part without an entity tag"))?;
        let modified = root.text_of("LastModified").and_then(Timestamp::from_iso8601);
        let modified = modified.unwrap_or_else(|| headers::date(&answered));
        Ok(Part { number, size, e_tag: bare(e_tag).to_owned(), modified, checksum: None })
    }

    pub(super) async fn list_parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error> {
        let (mut parts, mut after) = (Vec::<Part>::new(), after);
        while parts.len() < limit {
            let most = (limit - parts.len()).min(MOST_PARTS);
            let ask = Ask::object(Method::GET, at)
                .parameter("uploadId", Some(id))
                .parameter("part-number-marker", Some(after.to_string()))
                .parameter("max-parts", Some(most.to_string()));
            let (_, root) = self.document(ask).await?;
            let before = parts.len();
            for element in root.all("Part") {
                let part = part(element).filter(|part| part.number > after);
                let part = part.ok_or_else(|| self.nonsense("a part that is none"))?;
                after = part.number;
                parts.push(part);
            }
            if root.text_of("IsTruncated") != Some("true") {
                break;
            }
            if parts.len() == before || parts.len() > limit {
                return Err(self.nonsense("a page of parts that goes on nowhere"));
            }
        }
        Ok(parts)
    }

    pub(super) async fn complete_upload(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Made, Error> {
        if !chosen.is_sorted_by(|one, next| one.number < next.number) {
            return Err(Error::InvalidPartOrder);
        }
        self.check_expected(at, id, chosen, expected).await?;
        let (answered, root) = self.settle(at, id, chosen, precondition, expected).await?;
        let version = made_version(at, &answered);
        // Some engines leave the tag out, and none tells the size.
        let wish = Wish { version: version.as_deref(), ..Wish::default() };
        let made = match self.seek(at, &wish).await? {
            Some(Sought::Object(found)) => found.object,
            // It was deleted or replaced meanwhile.
            Some(Sought::Marker(_)) | None => Object {
                size: expected.size.unwrap_or_default(),
                e_tag: String::new(),
                modified: headers::date(&answered),
                headers: Headers::default(),
                checksum: None,
            },
        };
        let told = root.text_of("ETag").map(|tag| bare(tag).to_owned()).filter(|tag| !tag.is_empty());
        let e_tag = told.unwrap_or_else(|| made.e_tag.clone());
        Ok(Made { object: Object { e_tag, ..made }, version })
    }

    /// Completes an upload. An engine that is just completing it may fail meanwhile: a while later it
    /// answers with the object, or it never had the upload.
    async fn settle(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<(HeaderMap, Element), Error> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let mut ask = self.on_condition(Ask::object(Method::POST, at), at, precondition).await?;
            ask = ask.parameter("uploadId", Some(id)).document(document(chosen))?;
            if let Some((algorithm, value)) = &expected.checksum {
                ask.headers.insert(headers::checksum_header(*algorithm), header_value(value)?);
            }
            let size = expected.size.map(|size| size.to_string());
            let failure = match self.document(ask.header("x-amz-mp-object-size", size.as_deref())?).await {
                Err(failure @ Error::Unavailable(_)) if *precondition == Precondition::None => failure,
                outcome => return outcome,
            };
            match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None if self.find_upload(at, id).await?.is_none() => return Err(Error::NoSuchUpload(id.to_owned())),
                None => return Err(failure),
            }
        }
    }

    /// What the client expects of the whole is looked at before there is one: an engine may not know
    /// the headers that say so.
    async fn check_expected(&self, at: At<'_>, id: &str, chosen: &[Chosen], expected: &Expected) -> Result<(), Error> {
        if let Some((algorithm, _)) = &expected.checksum {
            let upload = self.find_upload(at, id).await?.ok_or_else(|| Error::NoSuchUpload(id.to_owned()))?;
            if upload.algorithm != Some(*algorithm) {
                return Err(Error::NotImplemented("x-amz-checksum-type"));
            }
        }
        let Some(size) = expected.size else { return Ok(()) };
        let parts = self.list_parts(at, id, 0, usize::from(u16::MAX)).await?;
        let sizes = chosen
            .iter()
            .map(|chosen| parts.iter().find(|part| part.number == chosen.number).map_or(0, |part| part.size));
        if sizes.fold(0, u64::saturating_add) != size {
            return Err(Error::InvalidRequest("The object is not as long as x-amz-mp-object-size says."));
        }
        Ok(())
    }

    pub(super) async fn abort_upload(&self, at: At<'_>, id: &str) -> Result<(), Error> {
        let ask = Ask::object(Method::DELETE, at).parameter("uploadId", Some(id));
        self.carry_out(ask).await.map(drop)
    }
}

fn part_of<'a>(ask: Ask<'a>, id: &str, number: u16) -> Ask<'a> {
    ask.parameter("partNumber", Some(number.to_string())).parameter("uploadId", Some(id))
}

fn part(element: &Element) -> Option<Part> {
    Some(Part {
        number: element.text_of("PartNumber")?.parse().ok()?,
        size: element.text_of("Size")?.parse().ok()?,
        e_tag: bare(element.text_of("ETag")?).to_owned(),
        modified: Timestamp::from_iso8601(element.text_of("LastModified")?)?,
        checksum: checksum(element),
    })
}

/// The checksum that an element has.
pub(super) fn checksum(element: &Element) -> Option<Checksum> {
    Algorithm::ALL.into_iter().find_map(|algorithm| {
        let value = element.text_of(&format!("Checksum{}", algorithm.name()))?;
        Some(Checksum { algorithm, value: value.to_owned() })
    })
}

fn document(chosen: &[Chosen]) -> String {
    let part = |chosen: &Chosen| {
        let checksum = chosen
            .checksum
            .as_ref()
            .map(|(algorithm, value)| format!("<Checksum{0}>{1}</Checksum{0}>", algorithm.name(), escaped(value)));
        let (number, e_tag) = (chosen.number, escaped(&quoted(&chosen.e_tag)));
        let checksum = checksum.unwrap_or_default();
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag>{checksum}</Part>")
    };
    let parts: String = chosen.iter().map(part).collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    )
}

const MOST_PARTS: usize = 1000;
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];
