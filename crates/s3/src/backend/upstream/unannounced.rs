//! Bodies whose length nobody announced: the files of forms. Engines want to know it beforehand, so pieces are
//! gathered: a short file is written at once, a long one as an upload in parts.

use bytes::{Bytes, BytesMut};
use http::Method;
use tokio::sync::SemaphorePermit;
use upstream::Share;
use vocab::Timestamp;

use super::Upstream;
use super::exchange::{Ask, header_value};
use super::headers;
use crate::Error;
use crate::backend::{At, Chosen, Expected, Headers, Made, Upload};
use crate::conditions::Precondition;
use crate::incoming::Incoming;

/// At most so many bodies are gathered at a time, and a quarter of them for one caller: each holds one part in memory.
pub(super) const AT_A_TIME: usize = 32;

impl Upstream {
    /// Writes an object of a body that has no length yet. What is not good never becomes one: a short body is
    /// sent only after its end, the parts of a long one are completed only after it.
    pub(super) async fn write_unannounced(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        mut body: Incoming,
    ) -> Result<Made, Error> {
        let _turn = self.gathering()?;
        let first = gather(&mut body).await?;
        if first.len() < PART {
            let mut ask = self.on_condition(Ask::object(Method::PUT, at), at, precondition).await?;
            headers::written(&headers, &mut ask.headers)?;
            let received = body.finish()?;
            if let Some(checksum) = &received.checksum {
                ask.headers.insert(headers::checksum_header(checksum.algorithm), header_value(&checksum.value)?);
            }
            ask.body = first.into();
            let answer = self.carry_out(ask).await?;
            return self.made(at, headers, received, &answer.headers);
        }
        let upload = Upload {
            id: String::new(),
            begun: Timestamp::from_seconds(0),
            initiator: String::new(),
            headers,
            algorithm: None,
            full_object: false,
        };
        let id = self.begin_upload(at, upload).await?;
        let made = self.write_in_parts(at, &id, precondition, (first, body)).await;
        if made.is_err() {
            // What is left over there ends with the engine's own rules for uploads, should this fail too.
            if self.abort_upload(at, &id).await.is_err() {
                tracing::warn!(engine = self.server.name(), "an upload in parts is left over");
            }
        }
        made
    }

    async fn write_in_parts(
        &self,
        at: At<'_>,
        id: &str,
        precondition: &Precondition,
        (first, mut body): (Bytes, Incoming),
    ) -> Result<Made, Error> {
        let (mut piece, mut chosen) = (first, Vec::new());
        while !piece.is_empty() {
            let number = u16::try_from(chosen.len() + 1).map_err(|_| Error::EntityTooLarge)?;
            let mut ask = Ask::object(Method::PUT, at)
                .parameter("partNumber", Some(number.to_string()))
                .parameter("uploadId", Some(id));
            ask.body = piece.into();
            // The same part twice is one part.
            ask.repeats = true;
            let answer = self.carry_out(ask).await?;
            let e_tag = headers::text(&answer.headers, "etag").ok_or_else(|| self.nonsense("no entity tag"))?;
            chosen.push(Chosen { number, e_tag: crate::conditions::bare(&e_tag).to_owned(), checksum: None });
            piece = gather(&mut body).await?;
        }
        let size = body.finish()?.size;
        let expected = Expected { size: Some(size), ..Expected::default() };
        self.complete_upload(at, id, &chosen, precondition, &expected).await
    }

    pub(super) fn gathering(&self) -> Result<(SemaphorePermit<'_>, Share), Error> {
        let turn = self.gatherings.try_acquire().ok().zip(self.shares.try_take());
        turn.ok_or_else(|| Error::SlowDown("too many forms at a time".into()))
    }
}

/// A part's worth of a body, or what is left of it.
async fn gather(body: &mut Incoming) -> Result<Bytes, Error> {
    let mut gathered = BytesMut::new();
    while gathered.len() < PART {
        let Some(piece) = body.next().await? else { break };
        gathered.extend_from_slice(&piece);
    }
    Ok(gathered.freeze())
}

/// The least that S3 takes as a part: 5 MiB.
const PART: usize = 5 * 1024 * 1024;
