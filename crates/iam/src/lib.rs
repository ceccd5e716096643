//! AWS Identity and Access Management: who there is (roles, users, groups, providers of identities)
//! and what they may do (inline and managed policies, boundaries).
//!
//! It keeps what is true and checks what is said; it never decides a request, and knows neither
//! signatures nor how a policy is evaluated. Paths, names and unique ids are `spec/iam-api.md`,
//! section 3.

mod error;
mod shapes;

mod callers;
mod checks;
mod documents;
mod paging;
mod permissions;
mod subject;
mod tags;
mod trust;

mod accounts;
mod groups;
mod keys;
mod policies;
mod providers;
mod roles;
mod simulation;
mod users;

use std::sync::Arc;

use operation::Service;
use wire::Protocol;

pub use error::Error;
pub use simulation::Source;

/// What the operations share beside the server.
#[derive(Debug, Clone, Default)]
pub struct Iam {
    /// `host:port` places whose providers may be registered with `http://`.
    pub plain_http_hosts: Vec<String>,
    /// The service control policies that simulations take into account, a list a level.
    pub service_control: Vec<Vec<Source>>,
}

/// The operations.
pub fn service(state: Arc<Iam>) -> Service {
    let protocol = Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" };
    let builder = Service::of("iam", protocol, state);
    let builder = roles::operations(builder);
    let builder = providers::operations(builder);
    let builder = users::operations(builder);
    let builder = keys::operations(builder);
    let builder = policies::operations(builder);
    let builder = groups::operations(builder);
    let builder = simulation::operations(builder);
    accounts::operations(builder).build()
}
