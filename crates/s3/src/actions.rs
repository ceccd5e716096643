//! What each operation may ask the policies for. The pipeline refuses a decision that is not in here, and
//! `docs/s3-actions.md` is made of it; where an operation lives says its route.

use operation::table::{Ask, Row};

/// A row for every operation, by name.
pub const ROWS: &[Row] = &[
    of("AbortMultipartUpload", &[always("s3:AbortMultipartUpload", OBJECT)]),
    of("CompleteMultipartUpload", &[always("s3:PutObject", OBJECT)]),
    of("CopyObject", &COPYING),
    of("CreateBucket", &CREATING),
    of("CreateMultipartUpload", &WRITING),
    of("DeleteBucket", &[always("s3:DeleteBucket", BUCKET)]),
    of("DeleteBucketCors", &[always("s3:PutBucketCORS", BUCKET)]),
    of("DeleteBucketEncryption", &[always("s3:PutEncryptionConfiguration", BUCKET)]),
    of("DeleteBucketLifecycle", &[always("s3:PutLifecycleConfiguration", BUCKET)]),
    of("DeleteBucketOwnershipControls", &[always("s3:PutBucketOwnershipControls", BUCKET)]),
    of("DeleteBucketPolicy", &[always("s3:DeleteBucketPolicy", BUCKET)]),
    of("DeleteBucketTagging", &[always("s3:PutBucketTagging", BUCKET), when("s3:UntagResource", BUCKET, TAGS_DECIDE)]),
    of("DeleteObject", &DELETING),
    of(
        "DeleteObjectTagging",
        &[
            when("s3:DeleteObjectTagging", OBJECT, NO_VERSION),
            when("s3:DeleteObjectVersionTagging", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of("DeleteObjects", &DELETING),
    of("DeletePublicAccessBlock", &[always("s3:PutBucketPublicAccessBlock", BUCKET)]),
    of("GetBucketAbac", &[always("s3:GetBucketAbac", BUCKET)]),
    of("GetBucketAccelerateConfiguration", &[always("s3:GetAccelerateConfiguration", BUCKET)]),
    of("GetBucketAcl", &[always("s3:GetBucketAcl", BUCKET)]),
    of("GetBucketCors", &[always("s3:GetBucketCORS", BUCKET)]),
    of("GetBucketEncryption", &[always("s3:GetEncryptionConfiguration", BUCKET)]),
    of("GetBucketLifecycleConfiguration", &[always("s3:GetLifecycleConfiguration", BUCKET)]),
    of("GetBucketLocation", &[always("s3:GetBucketLocation", BUCKET)]),
    of("GetBucketLogging", &[always("s3:GetBucketLogging", BUCKET)]),
    of("GetBucketNotificationConfiguration", &[always("s3:GetBucketNotification", BUCKET)]),
    of("GetBucketOwnershipControls", &[always("s3:GetBucketOwnershipControls", BUCKET)]),
    of("GetBucketPolicy", &[always("s3:GetBucketPolicy", BUCKET)]),
    of("GetBucketPolicyStatus", &[always("s3:GetBucketPolicyStatus", BUCKET)]),
    of("GetBucketReplication", &[always("s3:GetReplicationConfiguration", BUCKET)]),
    of("GetBucketRequestPayment", &[always("s3:GetBucketRequestPayment", BUCKET)]),
    of("GetBucketTagging", &[always("s3:GetBucketTagging", BUCKET)]),
    of("GetBucketVersioning", &[always("s3:GetBucketVersioning", BUCKET)]),
    of("GetBucketWebsite", &[always("s3:GetBucketWebsite", BUCKET)]),
    of("GetObject", &READING),
    of(
        "GetObjectAcl",
        &[
            when("s3:GetObjectAcl", OBJECT, NO_VERSION),
            when("s3:GetObjectVersionAcl", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of(
        "GetObjectAttributes",
        &[
            when("s3:GetObject", OBJECT, NO_VERSION),
            when("s3:GetObjectAttributes", OBJECT, NO_VERSION),
            when("s3:GetObjectVersion", OBJECT, VERSION),
            when("s3:GetObjectVersionAttributes", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of("GetObjectLockConfiguration", &[always("s3:GetBucketObjectLockConfiguration", BUCKET)]),
    of(
        "GetObjectTagging",
        &[
            when("s3:GetObjectTagging", OBJECT, NO_VERSION),
            when("s3:GetObjectVersionTagging", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of("GetPublicAccessBlock", &[always("s3:GetBucketPublicAccessBlock", BUCKET)]),
    of("HeadBucket", &[always("s3:ListBucket", BUCKET)]),
    of("HeadObject", &READING),
    of("ListBuckets", &[always("s3:ListAllMyBuckets", "`arn:aws:s3:::*`")]),
    of("ListMultipartUploads", &[always("s3:ListBucketMultipartUploads", BUCKET)]),
    of("ListObjectVersions", &[always("s3:ListBucketVersions", BUCKET)]),
    of("ListObjects", &[always("s3:ListBucket", BUCKET)]),
    of("ListObjectsV2", &[always("s3:ListBucket", BUCKET)]),
    of("ListParts", &[always("s3:ListMultipartUploadParts", OBJECT)]),
    of("PostObject", &WRITING),
    of("PutBucketAbac", &[always("s3:PutBucketAbac", BUCKET)]),
    of("PutBucketAcl", &[always("s3:PutBucketAcl", BUCKET)]),
    of("PutBucketCors", &[always("s3:PutBucketCORS", BUCKET)]),
    of("PutBucketEncryption", &[always("s3:PutEncryptionConfiguration", BUCKET)]),
    of("PutBucketLifecycleConfiguration", &[always("s3:PutLifecycleConfiguration", BUCKET)]),
    of("PutBucketOwnershipControls", &[always("s3:PutBucketOwnershipControls", BUCKET)]),
    of("PutBucketPolicy", &[always("s3:PutBucketPolicy", BUCKET)]),
    of(
        "PutBucketTagging",
        &[
            always("s3:PutBucketTagging", BUCKET),
            when("s3:TagResource", BUCKET, TAGS_DECIDE),
            when("s3:UntagResource", BUCKET, "the bucket's tags take part in decisions, and one goes"),
        ],
    ),
    of("PutBucketVersioning", &[always("s3:PutBucketVersioning", BUCKET)]),
    of("PutObject", &WRITING),
    of(
        "PutObjectAcl",
        &[
            when("s3:PutObjectAcl", OBJECT, NO_VERSION),
            when("s3:PutObjectVersionAcl", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of(
        "PutObjectTagging",
        &[
            when("s3:PutObjectTagging", OBJECT, NO_VERSION),
            when("s3:PutObjectVersionTagging", OBJECT, VERSION),
            when("s3:ListBucket", BUCKET, MISSING),
        ],
    ),
    of("PutPublicAccessBlock", &[always("s3:PutBucketPublicAccessBlock", BUCKET)]),
    of("UploadPart", &[always("s3:PutObject", OBJECT)]),
    of(
        "UploadPartCopy",
        &[
            always("s3:PutObject", OBJECT),
            when("s3:GetObject", SOURCE, NO_VERSION),
            when("s3:GetObjectVersion", SOURCE, VERSION),
            when("s3:ListBucket", "bucket of the source", MISSING),
        ],
    ),
];

const READING: [Ask; 3] = [
    when("s3:GetObject", OBJECT, NO_VERSION),
    when("s3:GetObjectVersion", OBJECT, VERSION),
    when("s3:ListBucket", BUCKET, MISSING),
];

const WRITING: [Ask; 5] = [
    always("s3:PutObject", OBJECT),
    when("s3:PutObjectAcl", OBJECT, "an access control list is sent"),
    when("s3:PutObjectTagging", OBJECT, "tags are sent"),
    when("s3:PutObjectRetention", OBJECT, "a retention is sent"),
    when("s3:PutObjectLegalHold", OBJECT, "a legal hold is sent"),
];

const COPYING: [Ask; 10] = [
    always("s3:PutObject", OBJECT),
    when("s3:GetObject", SOURCE, NO_VERSION),
    when("s3:GetObjectVersion", SOURCE, VERSION),
    when("s3:ListBucket", "bucket of the source", MISSING),
    when("s3:GetObjectTagging", SOURCE, "tags are copied, and the source has some"),
    when("s3:GetObjectVersionTagging", SOURCE, "the same, and the source is named with a version"),
    when("s3:PutObjectTagging", OBJECT, "tags are sent, or copied"),
    when("s3:PutObjectAcl", OBJECT, "an access control list is sent"),
    when("s3:PutObjectRetention", OBJECT, "a retention is sent"),
    when("s3:PutObjectLegalHold", OBJECT, "a legal hold is sent"),
];

const DELETING: [Ask; 3] = [
    when("s3:DeleteObject", OBJECT, NO_VERSION),
    when("s3:DeleteObjectVersion", OBJECT, VERSION),
    when("s3:BypassGovernanceRetention", OBJECT, "`x-amz-bypass-governance-retention` is sent"),
];

const CREATING: [Ask; 6] = [
    always("s3:CreateBucket", BUCKET),
    when("s3:TagResource", BUCKET, "tags are sent"),
    when("s3:PutBucketAcl", BUCKET, "an access control list other than `private` is sent"),
    when("s3:PutBucketOwnershipControls", BUCKET, "`x-amz-object-ownership` is sent"),
    when("s3:PutBucketObjectLockConfiguration", BUCKET, "object lock is asked for"),
    when("s3:PutBucketVersioning", BUCKET, "object lock is asked for"),
];

const fn of(operation: &'static str, asks: &'static [Ask]) -> Row {
    Row { operation, asks }
}

const fn always(action: &'static str, on: &'static str) -> Ask {
    when(action, on, "")
}

const fn when(action: &'static str, on: &'static str, when: &'static str) -> Ask {
    Ask { action, on, when }
}

const BUCKET: &str = "bucket";
const OBJECT: &str = "object";
const SOURCE: &str = "source object";
const VERSION: &str = "a version is named";
const NO_VERSION: &str = "no version is named";
const MISSING: &str = "there is no such object: NoSuchKey for who may list, AccessDenied for others";
const TAGS_DECIDE: &str = "the bucket's tags take part in decisions";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write;
    use std::fs;
    use std::sync::Arc;

    use policy::catalogue;
    use store::memory::Memory;

    use super::*;
    use crate::S3;
    use crate::backend::embedded::Embedded;

    #[tokio::test]
    async fn every_operation_has_a_row_and_every_row_an_operation() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(vocab::SystemClock);
        let random = Arc::new(vocab::SystemRandom);
        let backend = Embedded::open(folder.path(), Arc::new(Memory::new()), clock, random).unwrap();
        let service = crate::service(Arc::new(S3 { backend }));
        let rows: Vec<&str> = ROWS.iter().map(|row| row.operation).collect();
        assert_eq!(service.operations(), rows);
    }

    #[test]
    fn every_action_is_one_of_s3_and_acts_on_what_the_row_says() {
        for row in ROWS {
            let mut seen = BTreeSet::new();
            for ask in row.asks {
                let action = catalogue::action(ask.action).unwrap_or_else(|| panic!("{} is no action", ask.action));
                let kind = if ask.on.contains("bucket") { "bucket" } else { "object" };
                let fits = action.resources.contains(&kind) || (action.resources.is_empty() && ask.on.contains('*'));
                assert!(fits, "{}: {} on {}", row.operation, ask.action, ask.on);
                assert!(seen.insert((ask.action, ask.on)), "{}: {} twice", row.operation, ask.action);
            }
        }
    }

    /// The page is written anew where `WRITE_DOCS` is set, and held against the table everywhere else.
    #[test]
    fn the_page_is_made_of_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/s3-actions.md");
        if std::env::var_os("WRITE_DOCS").is_some() {
            fs::write(path, page()).unwrap();
        }
        let kept = fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == page(),
            "docs/s3-actions.md is not what the table says: WRITE_DOCS=1 cargo test -p s3 the_page"
        );
    }

    fn page() -> String {
        let mut page = String::from(HEADER);
        for row in ROWS {
            for (at, ask) in row.asks.iter().enumerate() {
                let operation = if at == 0 { row.operation } else { "" };
                let when = if ask.when.is_empty() { "always" } else { ask.when };
                writeln!(page, "| {operation} | `{}` | {} | {when} |", ask.action, ask.on).unwrap();
            }
        }
        page.push_str(KEYS);
        let actions: BTreeSet<&str> = ROWS.iter().flat_map(|row| row.asks).map(|ask| ask.action).collect();
        for name in actions {
            let keys = catalogue::action(name).unwrap().keys.iter().copied();
            let keys: BTreeSet<&str> = keys.filter(|key| !FOREIGN.contains(key) && !OF_ALL.contains(key)).collect();
            let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
            if !keys.is_empty() {
                writeln!(page, "| `{name}` | {} |", keys.join(", ")).unwrap();
            }
        }
        page
    }

    const HEADER: &str = "\
# Actions of S3

What each operation asks the policies for. The server refuses to run an operation whose decision is not in this table;
the page is made of it (`crates/s3/src/actions.rs`). With several lines, all that apply must be allowed. DeleteObjects
is decided for each key.

| operation | action | on | when |
|---|---|---|---|
";

    const KEYS: &str = "
## Condition keys

Every request has `s3:ResourceAccount` (where there is a bucket), `s3:TlsVersion` (over TLS),
`s3:x-amz-content-sha256`, and where it is signed `s3:authType`, `s3:signatureAge` and `s3:signatureversion`. A bucket
whose tags take part in decisions (PutBucketAbac) brings `aws:ResourceTag/` and `s3:BucketTag/` to all actions on it and
on its objects. Beside those, and the [keys of every service](context-keys.md):

| action | keys |
|---|---|
";

    const OF_ALL: [&str; 8] = [
        "s3:ResourceAccount",
        "s3:TlsVersion",
        "s3:x-amz-content-sha256",
        "s3:authType",
        "s3:signatureAge",
        "s3:signatureversion",
        "aws:ResourceTag/",
        "s3:BucketTag/",
    ];

    /// Keys of what is not served: access points and grants, annotations, and locks.
    const FOREIGN: [&str; 12] = [
        "s3:AccessGrantsInstanceArn",
        "s3:AccessPointNetworkOrigin",
        "s3:AccessPointTag/",
        "s3:DataAccessPointAccount",
        "s3:DataAccessPointArn",
        "s3:object-lock-event-hold",
        "s3:object-lock-event-hold-duration-days",
        "s3:object-lock-remaining-retention-days",
        "s3:x-amz-bucket-namespace",
        "s3:x-amz-object-annotation-directive",
        "s3:annotation-prefix",
        "s3:max-annotation-results",
    ];
}
