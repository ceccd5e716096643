//! docs/context-keys.md and the catalogue say the same.

use std::collections::BTreeMap;
use std::fs;

use policy::catalogue::{self, Key, Presence, Type};

#[test]
fn the_page_has_a_row_for_every_key_of_the_catalogue() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/context-keys.md")).unwrap();
    let rows: BTreeMap<&str, Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .map(|row: Vec<&str>| (row[0].trim_matches('`'), row))
        .collect();
    let keys = || catalogue::global_keys().iter().chain(catalogue::federation_keys());
    for key in keys() {
        let row = rows.get(key.name).unwrap_or_else(|| panic!("no row for `{}`", key.name));
        let [_, kind, when, source] = row[..] else { panic!("four cells: {row:?}") };
        assert_eq!(kind, word(key), "{}", key.name);
        let begins = match key.presence {
            Presence::Always => "every request",
            Presence::Signed => "every signed request",
            Presence::Session if key.name.starts_with("aws:") => "temporary credentials",
            Presence::Session => "the trust policy, and requests with the session",
            Presence::Trust => "the trust policy only",
            Presence::Never => "never",
            Presence::Some | Presence::Service => "",
        };
        assert!(if begins.is_empty() { !when.is_empty() && when != "never" } else { when == begins }, "{row:?}");
        assert!(!source.is_empty(), "{row:?}");
    }
    for (name, row) in rows {
        let of_issuer = name.strip_prefix("ISSUER:").map(|claim| format!("login.example.com:{claim}"));
        let tagged = if name.ends_with('/') { format!("{name}x") } else { name.to_owned() };
        let key = catalogue::key(of_issuer.as_deref().unwrap_or(&tagged));
        let key = key.unwrap_or_else(|| panic!("`{name}` is no key"));
        assert_eq!(row[1], word(&key), "{name}");
    }
}

fn word(key: &Key) -> &'static str {
    match (key.value, key.multivalued) {
        (Type::String, false) => "text",
        (Type::String, true) => "list of texts",
        (Type::Number, _) => "number",
        (Type::Bool, _) => "true or false",
        (Type::Date, _) => "date",
        (Type::Ip, _) => "address",
        (Type::Arn, false) => "ARN",
        (Type::Arn, true) => "list of ARNs",
    }
}
