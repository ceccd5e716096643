//! Amazon S3 behind the decision: buckets and objects.
//!
//! Buckets are configuration; objects are kept by a [`backend::Backend`]. An operation says what it
//! needs and carries out what was decided; this crate never verifies a signature and never decides.

pub mod backend;
pub mod bucket;
pub mod checksum;
pub mod conditions;
pub mod cors;
pub mod error;
pub mod incoming;

mod copies;
mod document;
mod headers;
mod listing;
mod objects;
mod outgoing;
mod public_access_block;
mod range;
mod subresource;

mod abort_multipart_upload;
mod complete_multipart_upload;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_policy;
mod delete_object;
mod delete_objects;
mod delete_public_access_block;
mod get_bucket_cors;
mod get_bucket_location;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_versioning;
mod get_object;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_multipart_uploads;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod put_bucket_cors;
mod put_bucket_policy;
mod put_bucket_versioning;
mod put_object;
mod put_public_access_block;
mod upload_part;
mod upload_part_copy;

use std::io;
use std::path::Path;
use std::sync::Arc;

use operation::{Host, Service};
use wire::Protocol;

use backend::Backend;
use backend::embedded::Embedded;

pub use error::Error;

/// What the operations share.
pub struct S3 {
    /// What keeps the objects.
    pub backend: Arc<dyn Backend>,
}

impl S3 {
    /// Objects in `folder` and in the rows of the host. Must be called within a runtime: it keeps the
    /// folder clean from now on. The caller holds the lock of the folder above.
    pub fn embedded(folder: &Path, host: &Host) -> io::Result<Arc<Self>> {
        let backend = Embedded::open(folder, host.rows.clone(), host.clock.clone(), host.random.clone())?;
        backend.keep_clean();
        Ok(Arc::new(Self { backend }))
    }
}

/// The operations. Those with a sub-resource or a source name it in their route, so their order
/// means nothing.
pub fn service(state: Arc<S3>) -> Service {
    let service = Service::of("s3", Protocol::RestXml { namespace: NAMESPACE }, state)
        .serving_anonymous()
        .answering_preflights(cors::preflight)
        .add_streaming_at(get_object::ROUTE, get_object::facts, get_object::access, get_object::run)
        .add_at(head_object::ROUTE, head_object::facts, head_object::access, head_object::run)
        .add_at(put_object::ROUTE, put_object::facts, put_object::access, put_object::run)
        .add_at(delete_object::ROUTE, delete_object::facts, delete_object::access, delete_object::run)
        .add_at(delete_objects::ROUTE, delete_objects::facts, delete_objects::access, delete_objects::run)
        .add_at(copy_object::ROUTE, copy_object::facts, copy_object::access, copy_object::run)
        .add_at(list_objects_v2::ROUTE, list_objects_v2::facts, list_objects_v2::access, list_objects_v2::run)
        .add_at(list_objects::ROUTE, list_objects::facts, list_objects::access, list_objects::run);
    with_settings(with_buckets(with_uploads(service))).build()
}

fn with_uploads(service: operation::service::Builder<S3>) -> operation::service::Builder<S3> {
    use {
        abort_multipart_upload as abort, complete_multipart_upload as complete, create_multipart_upload as create,
        list_multipart_uploads as list,
    };
    service
        .add_at(create::ROUTE, create::facts, create::access, create::run)
        .add_at(upload_part::ROUTE, upload_part::facts, upload_part::access, upload_part::run)
        .add_at(upload_part_copy::ROUTE, upload_part_copy::facts, upload_part_copy::access, upload_part_copy::run)
        .add_at(complete::ROUTE, complete::facts, complete::access, complete::run)
        .add_at(abort::ROUTE, abort::facts, abort::access, abort::run)
        .add_at(list_parts::ROUTE, list_parts::facts, list_parts::access, list_parts::run)
        .add_at(list::ROUTE, list::facts, list::access, list::run)
}

fn with_buckets(service: operation::service::Builder<S3>) -> operation::service::Builder<S3> {
    use {
        delete_bucket_cors as delete_cors, delete_bucket_policy as delete_policy, get_bucket_cors as get_cors,
        get_bucket_location as location, get_bucket_policy as get_policy, put_bucket_cors as put_cors,
        put_bucket_policy as put_policy,
    };
    service
        .add_at(create_bucket::ROUTE, create_bucket::facts, create_bucket::access, create_bucket::run)
        .add_at(list_buckets::ROUTE, list_buckets::facts, list_buckets::access, list_buckets::run)
        .add_at(head_bucket::ROUTE, head_bucket::facts, head_bucket::access, head_bucket::run)
        .add_at(delete_bucket::ROUTE, delete_bucket::facts, delete_bucket::access, delete_bucket::run)
        .add_at(location::ROUTE, location::facts, location::access, location::run)
        .add_at(put_policy::ROUTE, put_policy::facts, put_policy::access, put_policy::run)
        .add_at(get_policy::ROUTE, get_policy::facts, get_policy::access, get_policy::run)
        .add_at(delete_policy::ROUTE, delete_policy::facts, delete_policy::access, delete_policy::run)
        .add_at(put_cors::ROUTE, put_cors::facts, put_cors::access, put_cors::run)
        .add_at(get_cors::ROUTE, get_cors::facts, get_cors::access, get_cors::run)
        .add_at(delete_cors::ROUTE, delete_cors::facts, delete_cors::access, delete_cors::run)
}

/// The sub-resources of buckets that have no other home.
fn with_settings(service: operation::service::Builder<S3>) -> operation::service::Builder<S3> {
    use subresource::{of_named, of_written};
    use {
        delete_public_access_block as delete_block, get_bucket_policy_status as policy_status,
        get_bucket_versioning as get_versioning, get_public_access_block as get_block,
        put_bucket_versioning as put_versioning, put_public_access_block as put_block,
    };
    service
        .add_at(put_versioning::ROUTE, of_written, put_versioning::access, put_versioning::run)
        .add_at(get_versioning::ROUTE, of_named, get_versioning::access, get_versioning::run)
        .add_at(policy_status::ROUTE, of_named, policy_status::access, policy_status::run)
        .add_at(put_block::ROUTE, of_written, put_block::access, put_block::run)
        .add_at(get_block::ROUTE, of_named, get_block::access, get_block::run)
        .add_at(delete_block::ROUTE, of_named, delete_block::access, delete_block::run)
}

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
