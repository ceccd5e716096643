//! AWS JSON, Query with XML, REST-JSON and REST-XML: bytes to values and back.
//!
//! A protocol finds out which operation a request names and what its members are, and writes
//! outputs and faults. It knows no operation, no caller and no listener; a streamed body passes
//! beside it.
//!
//! ```
//! use bytes::Bytes;
//! use http::{HeaderMap, Method};
//! use serde::{Deserialize, Serialize};
//! use wire::{Body, Protocol, Request, rest::Route};
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Input {
//!     role_name: String,
//! }
//!
//! #[derive(Serialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Output {
//!     tags: Vec<String>,
//! }
//!
//! let iam = Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" };
//! let body = Bytes::from("Action=ListRoleTags&Version=2010-05-08&RoleName=player");
//! let request = Request { method: &Method::POST, path: "/", query: "", headers: &HeaderMap::new(), body: &body };
//! let invocation = iam.read::<Route>(&request, &[])?;
//! assert_eq!(invocation.operation, "ListRoleTags");
//! let input: Input = invocation.input.parse()?;
//! assert_eq!(input.role_name, "player");
//!
//! let reply = iam.write(&invocation.operation, "4711", &Output { tags: vec!["a".into()] }, None)?;
//! let Body::Whole(body) = reply.body else { unreachable!() };
//! assert!(body.windows(29).any(|part| part == b"<Tags><member>a</member></Tag"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod protocol;

pub mod fault;
pub mod input;
pub mod malformed;
pub mod reply;
pub mod rest;

pub mod documents;
pub mod element;
pub mod multipart;
pub mod times;

mod escapes;
mod json;
mod query;
mod rest_json;
mod rest_xml;
mod tree;
mod xml;

pub use element::Element;
pub use fault::Fault;
pub use input::Input;
pub use malformed::Malformed;
pub use protocol::{Invocation, Protocol, Request};
pub use reply::{Body, Reply, Stream, Unwritable};
