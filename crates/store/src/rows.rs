//! Rows: the one contract between Daypass and a database.
//!
//! A row is a binary key, a version and a value. Rows change only in a [`Rows::commit`]: a list of
//! conditional writes that happen together or not at all. No invariant rests on a read.

use std::collections::HashSet;

use async_trait::async_trait;
use vocab::Random;

/// The logical tables. Each is one SQL table with the columns `key`, `version` and `value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Pools, roles, users, keys, providers, keyrings, revocations: small and hot. Its rows carry
    /// the revision of their last change, and deletions leave a tombstone for the other nodes.
    Configuration,
    /// Identities, by the sixteen bytes of their id.
    Identity,
    /// Logins, by pool and a digest of provider and subject. The primary key is the uniqueness rule.
    Login,
    /// The identities of a pool, for listing: pool and identity.
    PoolIdentity,
    /// When access keys and roles were last used, by key id and by the role's unique id.
    LastUsed,
    /// Objects, by bucket id and object key.
    Object,
    /// Versions of objects that are not current, and delete markers, by bucket id, object key and age.
    ObjectVersion,
    /// Multipart uploads, by bucket id, object key and upload id.
    Upload,
    /// Parts of multipart uploads, by upload id and part number.
    Part,
    /// The blobs that something names, by blob id: what the sweeper must leave alone.
    Blob,
    /// What may be used once, by the time until which it counts and a digest.
    Used,
    /// The names of an identity's datasets, by pool and identity.
    Dataset,
    /// The records of datasets, by the dataset's random id and a part of a digest.
    Record,
    /// Datasets that were deleted and whose records still lie about.
    Discarded,
    /// How many sync sessions began, by month, pool and process.
    SyncSession,
    /// The devices of an identity, by pool and identity.
    Device,
    /// What is to be told of changes of datasets, by partition.
    Outbox,
    /// What one process has to tell the devices of another, by process.
    Mail,
    /// The processes that serve the store, and which of them has which partition of the outbox.
    Node,
}

impl Table {
    /// Every table, in the order of their creation.
    pub const ALL: [Self; 19] = [
        Self::Configuration,
        Self::Identity,
        Self::Login,
        Self::PoolIdentity,
        Self::Object,
        Self::Upload,
        Self::Part,
        Self::Blob,
        Self::Used,
        Self::LastUsed,
        Self::Dataset,
        Self::Record,
        Self::Discarded,
        Self::SyncSession,
        Self::ObjectVersion,
        Self::Device,
        Self::Outbox,
        Self::Mail,
        Self::Node,
    ];

    /// The SQL name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Identity => "identity",
            Self::Login => "login",
            Self::PoolIdentity => "pool_identity",
            Self::LastUsed => "last_used",
            Self::Object => "object",
            Self::ObjectVersion => "object_version",
            Self::Upload => "upload",
            Self::Part => "part",
            Self::Blob => "blob",
            Self::Used => "used",
            Self::Dataset => "dataset",
            Self::Record => "record",
            Self::Discarded => "discarded",
            Self::SyncSession => "sync_session",
            Self::Device => "device",
            Self::Outbox => "outbox",
            Self::Mail => "mail",
            Self::Node => "node",
        }
    }

    /// Whether the table belongs to the objects' own file and writer. A commit stays on one side.
    pub fn is_of_objects(self) -> bool {
        matches!(self, Self::Object | Self::ObjectVersion | Self::Upload | Self::Part | Self::Blob)
    }
}

/// The version of a row: sixteen random bytes, drawn before the write that stores them. A writer
/// that lost its connection recognises its own earlier commit by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub [u8; 16]);

impl Version {
    /// A new version.
    pub fn draw(random: &dyn Random) -> Self {
        Self(random.bytes())
    }
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The version to name in a conditional write.
    pub version: Version,
    /// The value.
    pub value: Vec<u8>,
}

/// What a conditional write expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// No row.
    Absent,
    /// The row with this version.
    Version(Version),
}

/// One conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The table.
    pub table: Table,
    /// The key.
    pub key: Vec<u8>,
    /// What must be there now, or nothing of the commit happens.
    pub expect: Expect,
    /// The new row; `None` deletes it.
    pub row: Option<Row>,
}

impl Write {
    /// Inserts a row that must not exist.
    pub fn insert(table: Table, key: Vec<u8>, row: Row) -> Self {
        Self { table, key, expect: Expect::Absent, row: Some(row) }
    }

    /// Replaces the row that has `version`.
    pub fn replace(table: Table, key: Vec<u8>, version: Version, row: Row) -> Self {
        Self { table, key, expect: Expect::Version(version), row: Some(row) }
    }

    /// Deletes the row that has `version`.
    pub fn delete(table: Table, key: Vec<u8>, version: Version) -> Self {
        Self { table, key, expect: Expect::Version(version), row: None }
    }
}

/// Whether the writes keep the rules of [`Rows::commit`]. Every store asks this first.
pub fn check(writes: &[Write]) -> Result<(), Error> {
    if writes.len() > MAX_WRITES {
        return Err(Error::Refused("more than 500 writes in one commit"));
    }
    let mut sides = writes.iter().map(|write| write.table.is_of_objects());
    let side = sides.next();
    if sides.any(|other| Some(other) != side) {
        return Err(Error::Refused("one commit writes objects and other tables"));
    }
    let mut rows = HashSet::new();
    for write in writes {
        if write.key.is_empty() || write.key.len() > MAX_KEY {
            return Err(Error::Refused("a key is empty or longer than 2,048 bytes"));
        }
        if write.row.as_ref().is_some_and(|row| row.value.len() > MAX_VALUE) {
            return Err(Error::Refused("a value is longer than 16 MiB"));
        }
        if write.row.is_none() && write.expect == Expect::Absent {
            return Err(Error::Refused("a row that is not there was to be deleted"));
        }
        if !rows.insert((write.table, write.key.as_slice())) {
            return Err(Error::Refused("one commit writes a row twice"));
        }
    }
    Ok(())
}

/// The write by whose new version a commit recognises its own earlier success: the first that does
/// not delete. A commit of deletions alone has none.
pub fn mark(writes: &[Write]) -> Option<(&Write, Version)> {
    writes.iter().find_map(|write| write.row.as_ref().map(|row| (write, row.version)))
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All writes are durable.
    Committed,
    /// Nothing happened: the write at this index did not find what it expected.
    Conflict(usize),
}

/// A range of one table, in byte order of its keys.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The table.
    pub table: Table,
    /// Keys begin with this.
    pub prefix: &'a [u8],
    /// Keys are greater than this, where given.
    pub after: Option<&'a [u8]>,
    /// At most so many rows; at least 1.
    pub limit: usize,
}

impl Scan<'_> {
    /// The first key that may be in the range, and the first after it that may not; `None`: the
    /// range has no end.
    pub fn bounds(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        // In byte order, nothing stands between a key and the same key with a zero byte behind it.
        let after = self.after.map(|after| [after, &[0]].concat()).unwrap_or_default();
        let mut end = self.prefix.to_vec();
        while end.pop_if(|last| *last == u8::MAX).is_some() {}
        let end = end.pop().map(|last| [end.as_slice(), &[last + 1]].concat());
        (after.max(self.prefix.to_vec()), end)
    }
}

/// One changed row of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: Vec<u8>,
    /// The row, or `None` where it was deleted.
    pub row: Option<Row>,
}

/// What changed in the configuration since a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revision that these changes lead to.
    pub revision: u64,
    /// The changed rows, each once, as they are now.
    pub changes: Vec<Change>,
}

/// A database. Every method is one atomic step; an answer follows the durable commit.
#[async_trait]
pub trait Rows: Send + Sync {
    /// The row at `key`.
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error>;

    /// The rows of a range, in byte order of their keys.
    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error>;

    /// Makes all writes, or none. At most 500 writes to different rows, all on one side of
    /// [`Table::is_of_objects`]; [`check`] has the rules. A commit that changes
    /// [`Table::Configuration`] moves its revision in the same transaction.
    ///
    /// A commit whose first non-deleting write already holds its new version is its own earlier
    /// success, and answers [`Outcome::Committed`]. Where a lost connection leaves it unknown
    /// whether the commit happened, the answer is [`Error::Unavailable`], never a guess.
    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error>;

    /// The configuration's changes after `revision`; 0 asks for everything. Deleted rows are named
    /// to those who may hold them.
    async fn changes(&self, revision: u64) -> Result<Changes, Error>;
}

/// Why a store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or refused the work; it may answer later.
    #[error("store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A write to disk failed: this store takes no writes until restart.
    #[error("store takes no writes since a write to disk failed")]
    Closed,
    /// A stored row does not have the form it was written in.
    #[error("stored row of kind `{kind}` cannot be read: {why}")]
    Unreadable {
        /// The kind of record.
        kind: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The commit broke a rule of [`Rows::commit`]: a defect of the caller.
    #[error("commit refused: {0}")]
    Refused(&'static str),
}

/// The most writes of one commit.
pub const MAX_WRITES: usize = 500;

/// The longest key, in bytes: what an index of every engine takes.
pub const MAX_KEY: usize = 2048;

/// The longest value, in bytes.
pub const MAX_VALUE: usize = 16 * 1024 * 1024;
