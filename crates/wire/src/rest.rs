//! What REST-JSON and REST-XML share: a table says which request is which operation, and where its
//! members live.
//!
//! Routes are tried in order; the first that fits is taken. A route fits only where every
//! sub-resource that the request names ([`SUBRESOURCES`], [`SELECTORS`]) is named by the route too:
//! `PUT /bucket?policy` is never a plain `PUT /bucket`.

pub(crate) mod find;
pub(crate) mod gather;
pub(crate) mod read;
pub(crate) mod spread;

/// Where one operation lives, and where its members live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The operation's name.
    pub operation: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path: literals and labels, as `/{Bucket}/{Key+}`. A label is an input member of its name;
    /// one with a plus takes the rest of the path, slashes included, and stands last.
    pub pattern: &'static str,
    /// Query parameters that must be there, with their value where one is wanted.
    pub flags: &'static [(&'static str, Option<&'static str>)],
    /// Headers that must be there, in lower case.
    pub headers: &'static [&'static str],
    /// Input members outside path and body.
    pub members: &'static [Bind],
    /// What the request's body is.
    pub body: Content,
    /// Output members outside the body.
    pub output: &'static [Bind],
    /// What the answer's body is.
    pub answer: Content,
    /// The answer's status, unless an output member says it.
    pub status: u16,
}

/// Where a member lives that is not in the body: the member's name, then the place's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// A query parameter. Requests only.
    Query(&'static str, &'static str),
    /// A header, in lower case.
    Header(&'static str, &'static str),
    /// A map: every header that starts so, in lower case, under what follows.
    Headers(&'static str, &'static str),
    /// A field of a form, in lower case. Requests only.
    Field(&'static str, &'static str),
    /// A map: every field of a form that starts so, in lower case, under what follows. Requests only.
    Fields(&'static str, &'static str),
    /// The status. Answers only.
    Status(&'static str),
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing. A request's body is ignored.
    Empty,
    /// A document of the members that live nowhere else. In XML the name is the root element's; in
    /// a request an empty one takes any root. JSON has no use for it.
    Members(&'static str),
    /// A document that is this one member, absent where the body is empty. In XML the root element
    /// has the member's name.
    Member(&'static str),
    /// The text of this one member, such as a policy document.
    Text(&'static str),
    /// Bytes that pass beside the members.
    Streamed,
    /// A multipart form: fields, and then a file whose bytes pass beside the members. Requests only.
    Form,
}

impl Route {
    /// A route without flags, bound members and bodies, for `Route { body, ..Route::new(…) }`.
    pub const fn new(operation: &'static str, method: &'static str, pattern: &'static str) -> Self {
        Self {
            operation,
            method,
            pattern,
            flags: &[],
            headers: &[],
            members: &[],
            body: Content::Empty,
            output: &[],
            answer: Content::Empty,
            status: 200,
        }
    }
}

impl Bind {
    /// The member's name.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Query(member, _)
            | Self::Header(member, _)
            | Self::Headers(member, _)
            | Self::Field(member, _)
            | Self::Fields(member, _)
            | Self::Status(member) => member,
        }
    }
}

/// Query parameters that select what a request is about: one that the route does not name makes the
/// request another operation, served or not.
pub const SUBRESOURCES: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "annotation",
    "annotations",
    "append",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Headers that do the same.
pub const SELECTORS: &[&str] = &["x-amz-copy-source", "x-amz-rename-source", "x-amz-write-offset-bytes"];

/// Beginnings of the headers that a presigned URL may have in its query instead.
pub const HOISTED: &[&str] = &[
    "x-amz-acl",
    "x-amz-grant-",
    "x-amz-meta-",
    "x-amz-object-lock-",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];
