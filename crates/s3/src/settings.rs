//! The operations on sub-resources of buckets: a part of the table of operations.

use operation::service::Builder;

use crate::S3;
use crate::subresource::{of_named, of_written};

/// Adds them.
pub fn add(service: Builder<S3>) -> Builder<S3> {
    with_lists(with_absent(with_rules(service)))
}

/// What changes how a bucket behaves.
fn with_rules(service: Builder<S3>) -> Builder<S3> {
    use crate::{
        delete_bucket_lifecycle as delete_lifecycle, delete_bucket_tagging as delete_tags,
        delete_public_access_block as delete_block, get_bucket_abac as get_abac,
        get_bucket_lifecycle_configuration as get_lifecycle, get_bucket_policy_status as policy_status,
        get_bucket_tagging as get_tags, get_bucket_versioning as get_versioning, get_public_access_block as get_block,
        put_bucket_abac as put_abac, put_bucket_lifecycle_configuration as put_lifecycle,
        put_bucket_tagging as put_tags, put_bucket_versioning as put_versioning, put_public_access_block as put_block,
    };
    service
        .add_at(put_versioning::ROUTE, of_written, put_versioning::access, put_versioning::run)
        .add_at(get_versioning::ROUTE, of_named, get_versioning::access, get_versioning::run)
        .add_at(policy_status::ROUTE, of_named, policy_status::access, policy_status::run)
        .add_at(put_block::ROUTE, of_written, put_block::access, put_block::run)
        .add_at(get_block::ROUTE, of_named, get_block::access, get_block::run)
        .add_at(delete_block::ROUTE, of_named, delete_block::access, delete_block::run)
        .add_at(put_tags::ROUTE, put_tags::facts, put_tags::access, put_tags::run)
        .add_at(get_tags::ROUTE, of_named, get_tags::access, get_tags::run)
        .add_at(delete_tags::ROUTE, of_named, delete_tags::access, delete_tags::run)
        .add_at(put_abac::ROUTE, of_written, put_abac::access, put_abac::run)
        .add_at(get_abac::ROUTE, of_named, get_abac::access, get_abac::run)
        .add_at(put_lifecycle::ROUTE, of_written, put_lifecycle::access, put_lifecycle::run)
        .add_at(get_lifecycle::ROUTE, of_named, get_lifecycle::access, get_lifecycle::run)
        .add_at(delete_lifecycle::ROUTE, of_named, delete_lifecycle::access, delete_lifecycle::run)
}

/// What can be asked for, and is never set.
fn with_absent(service: Builder<S3>) -> Builder<S3> {
    use crate::{
        delete_bucket_encryption as delete_encryption, get_bucket_accelerate_configuration as accelerate,
        get_bucket_encryption as get_encryption, get_bucket_logging as logging,
        get_bucket_notification_configuration as notification, get_bucket_replication as replication,
        get_bucket_request_payment as payment, get_bucket_website as website,
        get_object_lock_configuration as object_lock, put_bucket_encryption as put_encryption,
    };
    service
        .add_at(get_encryption::ROUTE, of_named, get_encryption::access, get_encryption::run)
        .add_at(put_encryption::ROUTE, of_written, put_encryption::access, put_encryption::run)
        .add_at(delete_encryption::ROUTE, of_named, delete_encryption::access, delete_encryption::run)
        .add_at(accelerate::ROUTE, of_named, accelerate::access, accelerate::run)
        .add_at(logging::ROUTE, of_named, logging::access, logging::run)
        .add_at(notification::ROUTE, of_named, notification::access, notification::run)
        .add_at(replication::ROUTE, of_named, replication::access, replication::run)
        .add_at(payment::ROUTE, of_named, payment::access, payment::run)
        .add_at(website::ROUTE, of_named, website::access, website::run)
        .add_at(object_lock::ROUTE, of_named, object_lock::access, object_lock::run)
}

/// Ownership and access control lists.
fn with_lists(service: Builder<S3>) -> Builder<S3> {
    use crate::{
        delete_bucket_ownership_controls as delete_ownership, get_bucket_acl,
        get_bucket_ownership_controls as ownership, get_object_acl, put_bucket_acl,
        put_bucket_ownership_controls as put_ownership, put_object_acl,
    };
    service
        .add_at(put_ownership::ROUTE, of_written, put_ownership::access, put_ownership::run)
        .add_at(ownership::ROUTE, of_named, ownership::access, ownership::run)
        .add_at(delete_ownership::ROUTE, of_named, delete_ownership::access, delete_ownership::run)
        .add_at(get_bucket_acl::ROUTE, of_named, get_bucket_acl::access, get_bucket_acl::run)
        .add_at(put_bucket_acl::ROUTE, put_bucket_acl::facts, put_bucket_acl::access, put_bucket_acl::run)
        .add_at(get_object_acl::ROUTE, get_object_acl::facts, get_object_acl::access, get_object_acl::run)
        .add_at(put_object_acl::ROUTE, put_object_acl::facts, put_object_acl::access, put_object_acl::run)
}
