//! Policies, compiled once: a bounded cache by kind and text.

use std::sync::Arc;

use policy::{Kind, Malformed, Named, Policy};
use quick_cache::sync::Cache;

/// Compiled policies. The key is the document itself, so a changed document is another entry.
pub struct Compiled {
    by_text: Cache<(Kind, Arc<str>), Arc<Policy>>,
}

impl Compiled {
    /// A cache of at most `capacity` policies.
    pub fn new(capacity: usize) -> Self {
        Self { by_text: Cache::new(capacity) }
    }

    /// The policy in `document`.
    pub fn get(&self, kind: Kind, document: &str) -> Result<Arc<Policy>, Malformed> {
        let key = (kind, Arc::<str>::from(document));
        self.by_text.get_or_insert_with(&key, || Policy::parse(document, kind).map(Arc::new))
    }

    /// The policy in `document`, under the name that explanations give it.
    pub fn named(&self, kind: Kind, name: impl Into<Arc<str>>, document: &str) -> Result<Named, Malformed> {
        Ok(Named { name: name.into(), policy: self.get(kind, document)? })
    }
}
