//! The condition keys of all services, and those of identity providers.

use std::sync::LazyLock;

use super::{Key, Type, service, type_of};

/// Which requests have a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Every request.
    Always,
    /// Every signed request.
    Signed,
    /// Requests with temporary credentials.
    Session,
    /// Requests with something that not all have.
    Some,
    /// Requests for the actions that a service lists it for.
    Service,
    /// The decision whether a role may be assumed, and no later request.
    Trust,
    /// No request: the key does not arise in a system that runs by itself.
    Never,
}

/// The keys of all services.
pub fn global_keys() -> &'static [Key] {
    &GLOBAL
}

/// The key of all services that `name` means.
pub fn global_key(name: &str) -> Option<&'static Key> {
    GLOBAL.iter().find(|key| key.is(name))
}

/// The keys of the providers that are known by name.
pub fn federation_keys() -> &'static [Key] {
    &FEDERATION
}

/// The key that `name` means, be it of all services, of one, or of an identity provider.
pub fn key(name: &str) -> Option<Key> {
    let of_service = || service(name.split_once(':')?.0)?.key(name);
    global_key(name).or_else(of_service).copied().or_else(|| session_keys_of(name))
}

/// The key of an identity provider that `name` means; the issuer of a token names its keys `host/path:claim`.
pub fn session_keys_of(name: &str) -> Option<Key> {
    if let Some(key) = FEDERATION.iter().find(|key| key.is(name)) {
        return Some(*key);
    }
    let (issuer, claim) = name.split_once(':')?;
    let named = FEDERATION.iter().any(|key| key.name.split_once(':').is_some_and(|(known, _)| known == issuer));
    if named || !issuer.contains('.') {
        return None;
    }
    let (multivalued, presence) = match claim {
        "amr" => (true, Presence::Session),
        "aud" | "sub" => (false, Presence::Session),
        _ => (false, Presence::Trust),
    };
    Some(Key { name: "", value: Type::String, multivalued, presence })
}

static GLOBAL: LazyLock<Vec<Key>> = LazyLock::new(|| read(include_str!("global.txt")));
static FEDERATION: LazyLock<Vec<Key>> = LazyLock::new(|| read(include_str!("federation.txt")));

fn read(text: &'static str) -> Vec<Key> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn row(line: &'static str) -> Option<Key> {
    let mut words = line.split_ascii_whitespace();
    let (name, (value, multivalued)) = (words.next()?, type_of(words.next()?));
    let presence = match words.next()? {
        "always" => Presence::Always,
        "signed" => Presence::Signed,
        "session" => Presence::Session,
        "some" => Presence::Some,
        "service" => Presence::Service,
        "trust" => Presence::Trust,
        _ => Presence::Never,
    };
    Some(Key { name, value, multivalued, presence })
}
