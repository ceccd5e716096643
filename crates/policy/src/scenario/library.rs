//! Policies that were compiled before: requests that are decided one after the other often share them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::malformed::Malformed;
use crate::policy::{Kind, Policy};

/// Compiled policies by kind and text, a bounded number of them.
#[derive(Debug, Default)]
pub struct Library {
    by_kind: HashMap<Kind, HashMap<Box<str>, Arc<Policy>>>,
    /// The texts together, in bytes.
    size: usize,
}

impl Library {
    /// The policy in a document.
    pub fn get(&mut self, kind: Kind, document: &str) -> Result<Arc<Policy>, Malformed> {
        if let Some(known) = self.by_kind.get(&kind).and_then(|policies| policies.get(document)) {
            return Ok(known.clone());
        }
        let policy = Arc::new(Policy::parse(document, kind)?);
        if self.size + document.len() > MOST {
            self.by_kind.clear();
            self.size = 0;
        }
        self.size += document.len();
        self.by_kind.entry(kind).or_default().insert(document.into(), policy.clone());
        Ok(policy)
    }
}

const MOST: usize = 16 << 20;
