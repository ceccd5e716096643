//! The resources that operations name to policies: a pool, an identity, a dataset.
//!
//! They are built from what the path says, in the caller's own account: whether there is such a thing is not for the
//! decision to tell. Where an operation has no dataset or pool in its path, the ARN ends in the word `null`, as the real
//! service's does.

use operation::{Access, Gathering, Need, Place, Visit};

use crate::{Error, Sync};

/// An action on a pool.
pub fn on_pool(action: &'static str, place: &Place, pool: Option<&str>) -> Access {
    Access::all([Need::on_text(action, pool_arn(place, pool))])
}

/// An action on an identity.
pub fn on_identity(action: &'static str, place: &Place, pool: &str, identity: &str) -> Access {
    Access::all([Need::on_text(action, identity_arn(place, pool, identity))])
}

/// An action on a dataset.
pub fn on_dataset(action: &'static str, place: &Place, (pool, identity): (&str, &str), name: Option<&str>) -> Access {
    let identity = identity_arn(place, pool, identity);
    Access::all([Need::on_text(action, format!("{identity}/dataset/{}", name.unwrap_or(NULL)))])
}

/// No decision here needs to read anything first.
pub fn none<'a, I>(_: &'a Visit<Sync>, _: &'a I) -> Gathering<'a, (), Error> {
    Box::pin(std::future::ready(Ok(())))
}

/// A pool, as policies name it.
pub fn pool_arn(Place { account, region }: &Place, pool: Option<&str>) -> String {
    format!("arn:aws:cognito-sync:{region}:{account}:identitypool/{}", pool.unwrap_or(NULL))
}

fn identity_arn(place: &Place, pool: &str, identity: &str) -> String {
    format!("{}/identity/{identity}", pool_arn(place, Some(pool)))
}

const NULL: &str = "null";
