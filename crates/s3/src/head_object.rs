//! HeadObject: what GetObject would answer, without the bytes.
//!
//! Differences from AWS: as GetObject.

use operation::{Call, Gathering, Visit};
use wire::rest::{Content, Route};

use crate::get_object::{self, Input, MEMBERS};
use crate::headers::{SHOWN, Shown};
use crate::objects::Facts;
use crate::{Error, S3};

pub use crate::get_object::access;

pub const ROUTE: Route = Route {
    members: &MEMBERS,
    output: &SHOWN,
    answer: Content::Empty,
    ..Route::new("HeadObject", "HEAD", "/{Bucket}/{Key+}")
};

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(get_object::find(visit, input, false))
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Shown, Error> {
    Ok(get_object::read(&call, input, facts).await?.shown)
}
