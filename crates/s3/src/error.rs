//! The exceptions of the API pages, and the only place where a fact becomes one of S3's answers.

use operation::{Answer, BodyFault, Fault};
use policy::Malformed;
use vocab::Timestamp;

use crate::checksum::Algorithm;
use crate::subresource::NotSet;

/// Why an operation fails.
#[derive(Debug)]
pub enum Error {
    /// A grant or an access control list that would open the object to others.
    AccessControlListNotSupported,
    /// Refused, in the words of the pipeline.
    AccessDenied(String),
    /// The body is not the one of `Content-MD5`.
    BadDigest,
    /// The body is not the one of the checksum.
    BadChecksum(Algorithm),
    /// The streamed body is not what was announced or signed.
    Body(BodyFault),
    /// The name belongs to another account.
    BucketAlreadyExists,
    /// The caller has this bucket already.
    BucketAlreadyOwnedByYou,
    /// Objects are left in it.
    BucketNotEmpty,
    /// The account has as many buckets as it may have.
    TooManyBuckets,
    /// The object would be too large.
    EntityTooLarge,
    /// A part other than the last is too small.
    EntityTooSmall,
    /// A bucket of another region was wished for.
    IllegalLocationConstraint(String),
    /// The body is not as long as was announced.
    IncompleteBody,
    /// A parameter is wrong.
    InvalidArgument(&'static str),
    /// The name is none for a bucket.
    InvalidBucketName,
    /// `Content-MD5` is no digest.
    InvalidDigest,
    /// The object has no part of this number.
    InvalidPartNumber(u16),
    /// A part that was never uploaded, or is another one.
    InvalidPart,
    /// Parts are not in ascending order.
    InvalidPartOrder,
    /// The range lies outside the object.
    InvalidRange(u64),
    /// The request contradicts itself.
    InvalidRequest(&'static str),
    /// A key of this many bytes.
    KeyTooLong(usize),
    /// The policy, in the words of its check.
    MalformedPolicy(Malformed),
    /// The document is not what it should be.
    MalformedXml,
    /// User metadata exceeds 2 KiB.
    MetadataTooLarge,
    /// No length was announced.
    MissingContentLength,
    /// There is no such bucket.
    NoSuchBucket(String),
    /// The bucket has no policy.
    NoSuchBucketPolicy(String),
    /// The bucket has no CORS rules.
    NoSuchCorsConfiguration(String),
    /// There is no such object.
    NoSuchKey(String),
    /// The object was deleted: its current version is a delete marker.
    KeyDeleted {
        /// The key.
        key: String,
        /// The marker's id.
        version: String,
    },
    /// The version is a delete marker.
    MethodNotAllowed {
        /// Its id.
        version: String,
        /// When it was made.
        modified: Timestamp,
    },
    /// A condition held when the request came, and did not when its body was here.
    ConditionalRequestConflict,
    /// There is no such upload.
    NoSuchUpload(String),
    /// There is no such version.
    NoSuchVersion,
    /// What is asked for is not served.
    NotImplemented(&'static str),
    /// The document asks for something that is not served: these words.
    Unserved(&'static str),
    /// The bucket was never told.
    NotSet(NotSet, String),
    /// A tag that cannot be: in these words.
    InvalidTag(&'static str),
    /// What S3 says nothing better of.
    BadRequest(&'static str),
    /// No storage class has this name.
    InvalidStorageClass,
    /// No region has this name.
    InvalidLocationConstraint(String),
    /// Versioning without a status.
    IllegalVersioning,
    /// The policy is public, and the bucket refuses that: who asked, and for which bucket.
    PublicPolicy {
        /// The caller's ARN.
        caller: String,
        /// The bucket's ARN.
        bucket: String,
    },
    /// Another call changed the bucket meanwhile.
    OperationAborted,
    /// A condition does not hold: the header that names it.
    PreconditionFailed(&'static str),
    /// The engine behind refused, in its own words.
    Engine(Box<Refused>),
    /// The engine behind is away or too slow.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// The engine behind has as much to do as it may have.
    SlowDown(Box<dyn std::error::Error + Send + Sync>),
    /// The store or a file failed us.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// A refusal of an engine, cleaned of what is not for callers.
#[derive(Debug)]
pub struct Refused {
    /// Its code.
    pub code: String,
    /// Its status.
    pub status: u16,
    /// Its words.
    pub message: String,
}

impl Fault for Error {
    fn answer(self) -> Answer {
        let (code, status, message) = match self {
            Self::Engine(refused) => return Answer::new(refused.code, refused.status, refused.message),
            Self::Unavailable(source) => {
                let text = "Service is unable to handle request.";
                return Answer { source: Some(source), ..Answer::new("ServiceUnavailable", 503, text) };
            }
            Self::SlowDown(source) => {
                let text = "Please reduce your request rate.";
                return Answer { source: Some(source), ..Answer::new("SlowDown", 503, text) };
            }
            Self::Internal(source) => {
                let mut answer = Answer::internal("InternalError", source);
                answer.message = "We encountered an internal error. Please try again.".into();
                return answer;
            }
            Self::AccessDenied(message) => return Answer::new("AccessDenied", 403, message),
            Self::Body(fault) => return Answer::new(fault.code, fault.status, fault.message),
            Self::MalformedPolicy(malformed) => return Answer::new("MalformedPolicy", 400, malformed.to_string()),
            Self::InvalidArgument(why) => return Answer::new("InvalidArgument", 400, why),
            Self::InvalidRequest(why) => return Answer::new("InvalidRequest", 400, why),
            Self::NotImplemented(what) => {
                let text = "A header you provided implies functionality that is not implemented.";
                return Answer::new("NotImplemented", 501, text).with("Header", what);
            }
            Self::BadChecksum(algorithm) => {
                let name = algorithm.name();
                let text = format!("The {name} you specified did not match the calculated checksum.");
                return Answer::new("BadDigest", 400, text);
            }
            Self::IllegalLocationConstraint(wished) => {
                let text = format!(
                    "The {wished} location constraint is incompatible for the region specific endpoint this request \
                     was sent to."
                );
                return Answer::new("IllegalLocationConstraintException", 400, text);
            }
            Self::InvalidPartNumber(number) => {
                let answer = Answer::new("InvalidPartNumber", 416, "The requested partnumber is not satisfiable");
                return answer.with("PartNumberRequested", number);
            }
            Self::InvalidRange(size) => {
                let answer = Answer::new("InvalidRange", 416, "The requested range is not satisfiable");
                return answer.with("ActualObjectSize", size);
            }
            Self::KeyTooLong(size) => {
                let answer = Answer::new("KeyTooLongError", 400, "Your key is too long");
                return answer.with("Size", size).with("MaxSizeAllowed", 1024);
            }
            Self::NoSuchBucket(name) => {
                let answer = Answer::new("NoSuchBucket", 404, "The specified bucket does not exist");
                return answer.with("BucketName", name);
            }
            Self::NoSuchBucketPolicy(name) => {
                let answer = Answer::new("NoSuchBucketPolicy", 404, "The bucket policy does not exist");
                return answer.with("BucketName", name);
            }
            Self::NoSuchCorsConfiguration(name) => {
                let answer = Answer::new("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist");
                return answer.with("BucketName", name);
            }
            Self::NoSuchKey(key) => {
                return Answer::new("NoSuchKey", 404, "The specified key does not exist.").with("Key", key);
            }
            Self::KeyDeleted { key, version } => {
                let answer = Answer::new("NoSuchKey", 404, "The specified key does not exist.").with("Key", key);
                return marked(answer, version);
            }
            Self::MethodNotAllowed { version, modified } => {
                let text = "The specified method is not allowed against this resource.";
                let answer = Answer::new("MethodNotAllowed", 405, text).with("ResourceType", "DeleteMarker");
                let answer = answer.with_header("allow", "DELETE").with_header("last-modified", modified.http_date());
                return marked(answer, version);
            }
            Self::NoSuchUpload(id) => {
                let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have \
                            been aborted or completed.";
                return Answer::new("NoSuchUpload", 404, text).with("UploadId", id);
            }
            Self::PreconditionFailed(condition) => {
                let text = "At least one of the pre-conditions you specified did not hold";
                return Answer::new("PreconditionFailed", 412, text).with("Condition", condition);
            }
            Self::Unserved(what) => return Answer::new("NotImplemented", 501, what),
            Self::BadRequest(why) => return Answer::new("BadRequest", 400, why),
            Self::InvalidTag(why) => return Answer::new("InvalidTag", 400, why),
            Self::NotSet(what, name) => {
                let (code, message) = what.words();
                return Answer::new(code, 404, message).with("BucketName", name);
            }
            Self::InvalidLocationConstraint(wished) => {
                let text = "The specified location-constraint is not valid";
                return Answer::new("InvalidLocationConstraint", 400, text).with("LocationConstraint", wished);
            }
            Self::PublicPolicy { caller, bucket } => {
                let text = format!(
                    "User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: \"{bucket}\" because \
                     public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
                );
                return Answer::new("AccessDenied", 403, text);
            }
            plain => plain.plain(),
        };
        Answer::new(code, status, message)
    }
}

impl Error {
    /// Something of ours failed.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The error of a condition that held when the request came and does not any more.
    pub fn in_conflict(self) -> Self {
        match self {
            Self::PreconditionFailed(_) | Self::NoSuchKey(_) => Self::ConditionalRequestConflict,
            other => other,
        }
    }

    /// Code, status and words of the errors that say nothing of their own.
    fn plain(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::AccessControlListNotSupported => {
                ("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
            }
            Self::BadDigest => ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
            Self::BucketAlreadyExists => (
                "BucketAlreadyExists",
                409,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                 system. Please select a different name and try again.",
            ),
            Self::TooManyBuckets => ("TooManyBuckets", 400, "You have attempted to create more buckets than allowed"),
            Self::BucketAlreadyOwnedByYou => (
                "BucketAlreadyOwnedByYou",
                409,
                "Your previous request to create the named bucket succeeded and you already own it.",
            ),
            Self::BucketNotEmpty => ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"),
            Self::EntityTooLarge => {
                ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size.")
            }
            Self::EntityTooSmall => {
                ("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size")
            }
            Self::IncompleteBody => (
                "IncompleteBody",
                400,
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ),
            Self::IllegalVersioning => {
                ("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified")
            }
            Self::InvalidBucketName => ("InvalidBucketName", 400, "The specified bucket is not valid."),
            Self::InvalidDigest => ("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
            Self::InvalidPart => (
                "InvalidPart",
                400,
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag.",
            ),
            Self::InvalidPartOrder => (
                "InvalidPartOrder",
                400,
                "The list of parts was not in ascending order. The parts list must be specified in order by part \
                 number.",
            ),
            Self::InvalidStorageClass => ("InvalidStorageClass", 400, "The storage class you specified is not valid"),
            Self::MalformedXml => (
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema",
            ),
            Self::MetadataTooLarge => {
                ("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size")
            }
            Self::MissingContentLength => {
                ("MissingContentLength", 411, "You must provide the Content-Length HTTP header.")
            }
            Self::ConditionalRequestConflict => (
                "ConditionalRequestConflict",
                409,
                "The conditional request cannot succeed due to a conflicting operation against this resource.",
            ),
            Self::OperationAborted => (
                "OperationAborted",
                409,
                "A conflicting conditional operation is currently in progress against this resource. Please try again.",
            ),
            Self::NoSuchVersion => ("NoSuchVersion", 404, "The specified version does not exist."),
            _ => ("InternalError", 500, "We encountered an internal error. Please try again."),
        }
    }
}

/// The answer of a delete marker says so in its headers.
fn marked(answer: Answer, version: String) -> Answer {
    answer.with_header("x-amz-delete-marker", "true").with_header("x-amz-version-id", version)
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::MalformedPolicy(malformed)
    }
}

impl From<wire::Malformed> for Error {
    fn from(_: wire::Malformed) -> Self {
        Self::MalformedXml
    }
}
