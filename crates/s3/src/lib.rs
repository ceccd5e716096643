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
pub mod expiry;
pub mod incoming;

mod acl;
mod actions;
mod copies;
mod document;
mod headers;
mod lifecycle;
mod listing;
mod objects;
mod outgoing;
mod public_access_block;
mod range;
mod settings;
mod subresource;
mod sums;
mod tags;

mod abort_multipart_upload;
mod complete_multipart_upload;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_encryption;
mod delete_bucket_lifecycle;
mod delete_bucket_ownership_controls;
mod delete_bucket_policy;
mod delete_bucket_tagging;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod delete_public_access_block;
mod get_bucket_abac;
mod get_bucket_accelerate_configuration;
mod get_bucket_acl;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_lifecycle_configuration;
mod get_bucket_location;
mod get_bucket_logging;
mod get_bucket_notification_configuration;
mod get_bucket_ownership_controls;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_replication;
mod get_bucket_request_payment;
mod get_bucket_tagging;
mod get_bucket_versioning;
mod get_bucket_website;
mod get_object;
mod get_object_acl;
mod get_object_attributes;
mod get_object_lock_configuration;
mod get_object_tagging;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod post_object;
mod put_bucket_abac;
mod put_bucket_acl;
mod put_bucket_cors;
mod put_bucket_encryption;
mod put_bucket_lifecycle_configuration;
mod put_bucket_ownership_controls;
mod put_bucket_policy;
mod put_bucket_tagging;
mod put_bucket_versioning;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
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
use backend::engines::{Engine, Engines};

use subresource::{of_named, of_written};

pub use error::Error;

/// What the operations share.
pub struct S3 {
    /// What keeps the objects.
    pub backend: Arc<dyn Backend>,
}

impl S3 {
    /// Objects in `folder` and in the rows of the host. Must be called within a runtime: it keeps the
    /// folder clean from now on. The caller holds the lock of the folder above.
    pub fn embedded(folder: &Path, host: &Arc<Host>) -> io::Result<Arc<Self>> {
        Self::with_engines(Some(folder), host, Vec::new())
    }

    /// The same with further engines, which take the buckets whose names begin as they say. Without a folder they are
    /// all there is.
    pub fn with_engines(folder: Option<&Path>, host: &Arc<Host>, others: Vec<Engine>) -> io::Result<Arc<Self>> {
        let mut embedded: Option<Arc<dyn Backend>> = None;
        if let Some(folder) = folder {
            let backend = Embedded::open(folder, host.rows.clone(), host.clock.clone(), host.random.clone())?;
            backend.keep_clean();
            embedded = Some(backend);
        }
        let state = Arc::new(Self { backend: Arc::new(Engines::new(embedded, others)) });
        expiry::keep(&state, host);
        Ok(state)
    }
}

/// The operations. Those with a sub-resource or a source name it in their route, so their order
/// means nothing.
pub fn service(state: Arc<S3>) -> Service {
    use {
        delete_object_tagging as delete_tagging, get_object_attributes as attributes,
        get_object_tagging as get_tagging, list_object_versions as list_versions, put_object_tagging as put_tagging,
    };
    let service = Service::of("s3", Protocol::RestXml { namespace: NAMESPACE }, state)
        .serving_anonymous()
        .deciding_by(actions::ROWS)
        .answering_preflights(cors::preflight)
        .add_streaming_at(get_object::ROUTE, get_object::facts, get_object::access, get_object::run)
        .add_at(head_object::ROUTE, head_object::facts, head_object::access, head_object::run)
        .add_at(put_object::ROUTE, put_object::facts, put_object::access, put_object::run)
        .add_at(post_object::ROUTE, post_object::facts, post_object::access, post_object::run)
        .add_at(delete_object::ROUTE, delete_object::facts, delete_object::access, delete_object::run)
        .add_at(delete_objects::ROUTE, delete_objects::facts, delete_objects::access, delete_objects::run)
        .add_at(copy_object::ROUTE, copy_object::facts, copy_object::access, copy_object::run)
        .add_at(list_objects_v2::ROUTE, list_objects_v2::facts, list_objects_v2::access, list_objects_v2::run)
        .add_at(attributes::ROUTE, attributes::facts, attributes::access, attributes::run)
        .add_at(delete_tagging::ROUTE, delete_tagging::facts, delete_tagging::access, delete_tagging::run)
        .add_at(get_tagging::ROUTE, get_tagging::facts, get_tagging::access, get_tagging::run)
        .add_at(list_objects::ROUTE, list_objects::facts, list_objects::access, list_objects::run)
        .add_at(list_versions::ROUTE, list_versions::facts, list_versions::access, list_versions::run)
        .add_at(put_tagging::ROUTE, put_tagging::facts, put_tagging::access, put_tagging::run);
    settings::add(with_buckets(with_uploads(service))).build()
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
        .add_at(head_bucket::ROUTE, of_named, head_bucket::access, head_bucket::run)
        .add_at(delete_bucket::ROUTE, of_named, delete_bucket::access, delete_bucket::run)
        .add_at(location::ROUTE, of_named, location::access, location::run)
        .add_at(put_policy::ROUTE, put_policy::facts, put_policy::access, put_policy::run)
        .add_at(get_policy::ROUTE, get_policy::facts, get_policy::access, get_policy::run)
        .add_at(delete_policy::ROUTE, delete_policy::facts, delete_policy::access, delete_policy::run)
        .add_at(put_cors::ROUTE, of_written, put_cors::access, put_cors::run)
        .add_at(get_cors::ROUTE, of_named, get_cors::access, get_cors::run)
        .add_at(delete_cors::ROUTE, of_named, delete_cors::access, delete_cors::run)
}

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
