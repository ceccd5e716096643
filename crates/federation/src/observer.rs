//! Who looks on while providers are asked: metrics, without this crate knowing of any.

use std::time::Duration;

use crate::error::Reason;

/// Hears of every call to a provider. It must not block.
pub trait Observer: Send + Sync {
    /// A call to a provider has ended.
    fn fetched(&self, fetch: &Fetch<'_>);
}

/// One call to a provider that has ended.
#[derive(Debug)]
pub struct Fetch<'a> {
    /// The provider's name: the issuer without its scheme, `www.amazon.com` or `graph.facebook.com`.
    pub provider: &'a str,
    /// What was asked for.
    pub what: What,
    /// What went wrong, if anything did.
    pub failure: Option<&'a Reason>,
    /// How long it took, connecting included.
    pub took: Duration,
}

/// What a provider is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Where its keys are.
    Discovery,
    /// Its keys.
    Keys,
    /// Whose token this is.
    Inspection,
}
