//! The IAM policy language: documents are parsed, checked in the order and the words of AWS, and compiled; a request
//! is decided over all policies that have a say; and a second pass says why. Pure: no clock, no store, no listener,
//! and no knowledge of any service but the names that documents are checked against.
//!
//! ```
//! use std::sync::Arc;
//! use policy::{Context, Kind, Named, Policies, Policy, Principal, Request, decide, explain};
//!
//! let document = r#"{ "Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::game/${aws:username}/*" } }"#;
//! let policy = Arc::new(Policy::parse(document, Kind::Identity)?);
//! let identity = [Named { name: "inline policy `own` of user `ann`".into(), policy }];
//! let ann = Principal::User {
//!     arn: "arn:aws:iam::111111111111:user/ann".parse().unwrap(),
//!     account: "111111111111".parse().unwrap(),
//!     id: "AIDAANNANNANNANNANNA".to_owned(),
//! };
//! let mut context = Context::new();
//! context.set("aws:username", "ann");
//! let request = Request {
//!     principal: &ann,
//!     action: "s3:PutObject",
//!     resource: "arn:aws:s3:::game/bob/score",
//!     resource_account: ann.account(),
//!     context: &context,
//! };
//! let policies = Policies { identity: &identity, ..Policies::default() };
//! assert!(!decide(&request, &policies).is_allowed());
//! assert_eq!(
//!     explain(&request, &policies).to_string(),
//!     "no identity-based policy allows `s3:PutObject` on `arn:aws:s3:::game/bob/score`; nearest is statement 0 of \
//!      inline policy `own` of user `ann`: Resource wants `arn:aws:s3:::game/ann/*`, the request has \
//!      `arn:aws:s3:::game/bob/score`"
//! );
//! # Ok::<(), policy::Malformed>(())
//! ```

mod action;
mod arn_pattern;
pub mod catalogue;
mod check;
mod condition;
mod context;
mod decide;
mod decision;
mod document;
mod explain;
mod fault;
mod index;
mod json;
mod lint;
mod malformed;
mod obstacle;
mod opinions;
mod pattern;
pub mod places;
mod policy;
mod position;
mod principal;
mod public;
mod reading;
mod scenario;
mod search;
mod statement;
mod stored;

pub use check::check_bucket;
pub use context::{Context, Value};
pub use decide::{Policies, Request, decide};
pub use decision::{Decision, PolicyType, Reason};
pub use explain::{Explanation, Miss, StatementRef, explain};
pub use fault::Fault;
pub use lint::{Code, Warning, lint};
pub use malformed::Malformed;
pub use obstacle::Obstacle;
pub use opinions::{Opinion, Verdict, opinions};
pub use policy::{Kind, Named, Policy};
pub use position::Position;
pub use principal::Principal;
pub use public::is_public;
pub use reading::Reading;
pub use scenario::{BadScenario, Library, Scenario};
pub use statement::Effect;
pub use stored::{counted_size, map_principals};
