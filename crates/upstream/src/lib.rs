//! Calls to servers that the operator configured: engines, functions, hooks.
//!
//! One [`Request`], one [`Answer`]. Connections are kept, time, calls under way and answers in memory are
//! bounded, one [`Asker`] leaves calls for others, bodies stream both ways, every call is counted. The target goes out as it was written: nothing here
//! resolves `..`, follows a redirect or reads a proxy variable.
//!
//! This crate must never know what an engine is asked. Who asked for it is a name to it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use upstream::{Credentials, Request, Server, Settings, Signing, Style, target};
//!
//! let mut settings = Settings::new("archive", "https://s3.internal.example:7480".parse()?);
//! settings.signing = Some(Signing {
//!     credentials: Credentials { access_key_id: "AKIA".into(), secret: "…".to_owned().into(), session_token: None },
//!     region: "us-east-1".into(),
//!     service: "s3".into(),
//!     style: Style::S3,
//! });
//! let server = Server::new(settings, Arc::new(vocab::SystemClock))?;
//! let request = Request::new(http::Method::GET, format!("/pictures/{}", target::path("a/../b c"))).repeats();
//! let answer = server.call(request).await?;
//! let text = answer.whole(1 << 20).await?;
//! # Ok(()) }
//! ```

mod answer;
mod connect;
mod error;
mod meter;
mod outgoing;
mod places;
mod request;
mod server;
mod settings;
pub mod target;
mod tls;

pub use answer::{Answer, Incoming};
pub use error::Error;
pub use places::{Asker, Share, Shares};
pub use request::{Body, Request, Stream};
pub use server::Server;
pub use settings::{Credentials, Doubtful, Endpoint, Limits, Roots, Settings, Signing};
pub use sigv4::Style;

/// An error of somebody else.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
