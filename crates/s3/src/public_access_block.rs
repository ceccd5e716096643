//! The wire shape of a public access block.

use serde::{Deserialize, Serialize};
use store::records::buckets::PublicAccessBlock as Record;

/// Four switches; what is not said is off.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Configuration {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

impl From<Configuration> for Record {
    fn from(said: Configuration) -> Self {
        Self {
            block_public_acls: said.block_public_acls,
            ignore_public_acls: said.ignore_public_acls,
            block_public_policy: said.block_public_policy,
            restrict_public_buckets: said.restrict_public_buckets,
        }
    }
}

impl From<Record> for Configuration {
    fn from(kept: Record) -> Self {
        Self {
            block_public_acls: kept.block_public_acls,
            ignore_public_acls: kept.ignore_public_acls,
            block_public_policy: kept.block_public_policy,
            restrict_public_buckets: kept.restrict_public_buckets,
        }
    }
}
