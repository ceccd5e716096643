//! Forms that browsers send to S3: the fields come first, then the file, which streams. The signature is over a policy,
//! and the policy says what the fields may be: nothing of a form counts before both were looked at.

mod policy;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use operation::{Answer, BodyFault};
use sigv4::FormClaim;
use vocab::Timestamp;
use wire::multipart::{self, Fields, File, Head, Wrong};

use policy::{Policy, Refused};

/// A form, read up to the bytes of its file. Nothing of it is verified.
pub(crate) struct Form {
    /// Names in lower case, and values.
    pub(crate) fields: Vec<(String, String)>,
    file: Upload,
}

impl Form {
    /// Reads the fields, and puts the file's name in where they ask for it. A form is signed by its fields: a signature
    /// elsewhere would say nothing of them.
    pub(crate) async fn read(parts: &Parts, mut stream: wire::Stream, is_signed: bool) -> Result<Self, Answer> {
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let Some(boundary) = content_type.and_then(multipart::boundary) else {
            let text = "At least one of the pre-conditions you specified did not hold";
            let wanted = "Bucket POST must be of the enclosure-type multipart/form-data";
            return Err(Answer::new("PreconditionFailed", 412, text).with("Condition", wanted));
        };
        if is_signed {
            return Err(Answer::new("InvalidArgument", 400, "A form is signed by its fields alone"));
        }
        let mut head = Head::new(&boundary);
        loop {
            let frame = stream.frame().await.ok_or_else(|| answer(Wrong::Truncated))?;
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            if let Some((Fields { fields, file_name }, file)) = head.feed(&data).map_err(answer)? {
                let file = Upload { stream, file, size: 0, length: None, ended: false };
                let fields = named_after(fields, file_name.as_deref()).map_err(answer)?;
                return Ok(Self { fields, file });
            }
        }
    }

    /// Who claims to have signed it.
    pub(crate) fn claim(&self) -> Result<Option<FormClaim<'_>>, sigv4::Error> {
        sigv4::read_form(|name| self.field(name))
    }

    /// Holds the form against its policy, whose signature was verified.
    pub(crate) fn check(&mut self, bucket: &str, now: Timestamp) -> Result<(), Answer> {
        let policy = Policy::read(self.field("policy").unwrap_or_default()).map_err(refused)?;
        if self.field("bucket").is_some_and(|named| named != bucket) {
            return Err(refused(Refused::Invalid("Policy Condition failed: the form is for another bucket".into())));
        }
        policy.check(&self.fields, bucket, now).map_err(refused)?;
        self.file.length = policy.length;
        Ok(())
    }

    /// The bytes of the file: they end well only if the form does, and if they are as long as they may be.
    pub(crate) fn into_file(self) -> wire::Stream {
        Box::pin(self.file)
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// `${filename}` is the name that the file has where it comes from, without the folders there. It means nothing in what
/// is signed.
fn named_after(fields: Vec<(String, String)>, file_name: Option<&str>) -> Result<Vec<(String, String)>, Wrong> {
    let name = file_name.and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default();
    let is_signature = |field: &str| field == "policy" || SIGNATURE.contains(&field);
    // A long name in many places would make much of a small form, and nobody has signed it yet.
    let mut left = MOST_NAMED;
    let named = fields.into_iter().map(|(field, value)| {
        if is_signature(&field) {
            return Ok((field, value));
        }
        let added = value.matches(FILE_NAME).count().saturating_mul(name.len());
        left = left.checked_sub(added).ok_or(Wrong::TooLarge)?;
        Ok((field, value.replace(FILE_NAME, name)))
    });
    named.collect()
}

/// The file of a form, while it streams.
struct Upload {
    stream: wire::Stream,
    file: File,
    size: u64,
    /// How long it may be.
    length: Option<(u64, u64)>,
    ended: bool,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let mut data = Bytes::new();
        loop {
            if this.ended {
                return Poll::Ready(None);
            }
            let piece = this.file.feed(data).inspect_err(|_| this.ended = true).map_err(fault)?;
            if !piece.is_empty() {
                this.size = this.size.saturating_add(piece.len() as u64);
                this.check_most().inspect_err(|_| this.ended = true)?;
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            data = match ready!(this.stream.as_mut().poll_frame(context)) {
                Some(frame) => match frame.inspect_err(|_| this.ended = true)?.into_data() {
                    Ok(data) => data,
                    Err(_) => Bytes::new(),
                },
                None => {
                    this.ended = true;
                    this.file.finish().map_err(fault)?;
                    this.check_least()?;
                    return Poll::Ready(None);
                }
            };
        }
    }
}

impl Upload {
    fn check_most(&self) -> Result<(), BodyFault> {
        match self.length {
            Some((_, most)) if self.size > most => Err(BodyFault {
                code: "EntityTooLarge",
                status: 400,
                message: "Your proposed upload exceeds the maximum allowed size".into(),
            }),
            _ => Ok(()),
        }
    }

    fn check_least(&self) -> Result<(), BodyFault> {
        match self.length {
            Some((least, _)) if self.size < least => Err(BodyFault {
                code: "EntityTooSmall",
                status: 400,
                message: "Your proposed upload is smaller than the minimum allowed size".into(),
            }),
            _ => Ok(()),
        }
    }
}

fn fault(wrong: Wrong) -> BodyFault {
    let (code, message) = match wrong {
        Wrong::Malformed => {
            ("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.".into())
        }
        Wrong::TooLarge => (
            "MaxPostPreDataLengthExceeded",
            "Your POST request fields preceding the upload file were too large.".into(),
        ),
        Wrong::Duplicate => ("InvalidArgument", wrong.to_string()),
        Wrong::Truncated => ("IncompleteBody", wrong.to_string()),
    };
    BodyFault { code, status: 400, message }
}

fn answer(wrong: Wrong) -> Answer {
    let BodyFault { code, status, message } = fault(wrong);
    Answer::new(code, status, message)
}

fn broken(error: BoxError) -> Answer {
    match error.downcast::<BodyFault>() {
        Ok(fault) => Answer::new(fault.code, fault.status, fault.message),
        Err(error) => Answer::internal("InternalError", error),
    }
}

fn refused(refused: Refused) -> Answer {
    match refused {
        Refused::Malformed(why) => Answer::new("InvalidPolicyDocument", 400, format!("Invalid Policy: {why}")),
        Refused::Invalid(why) => Answer::new("AccessDenied", 403, format!("Invalid according to Policy: {why}")),
    }
}

/// The fields of a signature.
const SIGNATURE: [&str; 5] =
    ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature"];

const FILE_NAME: &str = "${filename}";
/// So much may the file's name take in all the places that ask for it.
const MOST_NAMED: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_form_does_not_grow_large() {
        let field = |name: &str, value: String| (name.to_owned(), value);
        let named = |value: String, name: &str| named_after(vec![field("key", value)], Some(name));
        assert_eq!(named("a/${filename}".into(), "c\\d/e"), Ok(vec![field("key", "a/e".into())]));
        assert_eq!(named("${filename}".repeat(3000), &"x".repeat(30_000)), Err(Wrong::TooLarge));
        let halves = [field("a", FILE_NAME.repeat(2)), field("b", FILE_NAME.repeat(2))];
        assert_eq!(named_after(halves.to_vec(), Some(&"x".repeat(20_000))), Err(Wrong::TooLarge));
    }
}
