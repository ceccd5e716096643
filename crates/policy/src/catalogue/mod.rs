//! What AWS's services have: actions with their resource types and condition keys, and the keys of all services.
//!
//! The tables are text files beside this one, read once. A line that is not indented opens a block, the indented lines
//! below it are its words, `#` begins a comment, and `@name` stands for the keys of a `set`:
//!
//! ```text
//! key string                          the condition keys that have this type
//! every                               the keys of every action
//! set grants                          a name for some keys
//! resource object arn:*:s3:::{}/*     a resource type; its words are the keys that it brings along
//! on object accesspoint : @grants     the actions on these types, with their further keys
//! on nothing                          the actions that are decided on `*` alone
//! ```
//!
//! In an ARN, `*` is any run and `{}` any run without a slash. A key that ends in a slash goes on with the key of a tag.

mod global;
mod table;

use std::sync::LazyLock;

pub use global::{Presence, federation_keys, global_key, global_keys, key, session_keys_of};
pub use table::{Action, Resource, Service};

use crate::context::same_ignoring_case;

/// A condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As AWS writes it; one that ends in a slash goes on with the key of a tag.
    pub name: &'static str,
    /// What its values are.
    pub value: Type,
    /// Whether a request can have several values of it.
    pub multivalued: bool,
    /// Which requests have it.
    pub presence: Presence,
}

/// What the values of a condition key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A decimal number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An instant.
    Date,
    /// An address.
    Ip,
    /// The name of a resource.
    Arn,
}

/// Every service that is described in full: those that are served here.
pub fn services() -> &'static [Service] {
    &SERVICES
}

/// The service with this prefix, in any case.
pub fn service(prefix: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.prefix.eq_ignore_ascii_case(prefix))
}

/// The action with this name, such as `s3:GetObject`, in any case.
pub fn action(name: &str) -> Option<&'static Action> {
    let (prefix, name) = name.split_once(':')?;
    service(prefix)?.action(name)
}

/// Whether any service has this prefix, also one that is not served here.
pub fn is_service(prefix: &str) -> bool {
    let mut known = PREFIXES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_ascii_whitespace);
    service(prefix).is_some() || known.any(|known| known.eq_ignore_ascii_case(prefix))
}

impl Key {
    /// Whether `name` is this key, with the key of a tag where it takes one.
    pub fn is(&self, name: &str) -> bool {
        names(self.name, name)
    }
}

/// Whether `known`, which ends in a slash where the key of a tag follows, means `name`.
fn names(known: &str, name: &str) -> bool {
    match name.split_at_checked(known.len()) {
        Some((start, rest)) => same_ignoring_case(known, start) && rest.is_empty() != known.ends_with('/'),
        None => false,
    }
}

/// The type of a word of the tables, and whether its key is multivalued.
fn type_of(word: &str) -> (Type, bool) {
    match word {
        "number" => (Type::Number, false),
        "bool" => (Type::Bool, false),
        "date" => (Type::Date, false),
        "ip" => (Type::Ip, false),
        "arn" => (Type::Arn, false),
        "arns" => (Type::Arn, true),
        "list" => (Type::String, true),
        _ => (Type::String, false),
    }
}

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    vec![
        Service::read("s3", include_str!("s3.txt"), "arn:aws:s3:::*"),
        Service::read("dynamodb", include_str!("dynamodb.txt"), "*"),
        Service::read("cognito-identity", include_str!("cognito-identity.txt"), "*"),
        Service::read("cognito-sync", include_str!("cognito-sync.txt"), "*"),
        Service::read("sts", include_str!("sts.txt"), "*"),
        Service::read("iam", include_str!("iam.txt"), "*"),
        Service::read("daypass", include_str!("daypass.txt"), "*"),
    ]
});

const PREFIXES: &str = include_str!("services.txt");
