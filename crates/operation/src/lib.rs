//! What an operation is, and the only way to run one.
//!
//! A service is a table of operations. An operation declares what it touches ([`Access`]); it never
//! decides. [`Pending::authorize`] decides and is the only maker of a [`Ready`], and only
//! [`Ready::run`] makes a [`Call`]: nothing runs undecided. Sealed tokens live here, so that every
//! service has them.
//!
//! This crate knows no listener and no particular service.

pub mod access;
pub mod authorization_message;
pub mod call;
pub mod caller;
pub mod check;
pub mod fault;
pub mod host;
pub mod issuer;
pub mod keyring;
pub mod limits;
pub mod managed;
pub mod organization;
pub mod pending;
pub mod policies;
pub mod quotas;
pub mod scope_down;
pub mod service;
pub mod session;
pub mod table;

pub use access::{Access, Mode, Need};
pub use call::{Call, Gathering, Place, Visit};
pub use caller::Caller;
pub use check::Violations;
pub use fault::{Answer, BodyFault, Fault};
pub use host::Host;
pub use organization::Organization;
pub use pending::{Pending, Ready, Refusal, Standing};
pub use service::{Service, Streamed};
pub use session::Session;
