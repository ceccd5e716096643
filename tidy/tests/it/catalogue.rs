//! Every action and condition key that a service names stands in the catalogue of `policy`.

use std::collections::BTreeSet;

use policy::catalogue;

use crate::tree::{root, rust_files, text};

const SERVICES: [&str; 7] = ["admin", "dynamo", "iam", "identity", "s3", "sts", "sync"];

#[test]
fn actions_and_keys_of_the_services_are_in_the_catalogue() {
    let (mut found, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for service in SERVICES {
        for path in rust_files(&root().join("crates").join(service).join("src")) {
            let text = text(&path);
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for name in code.split('"').filter(|literal| is_name(literal)) {
                found.insert(name.to_owned());
                if !is_known(name) {
                    unknown.insert(format!("{name} in {}", path.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "not in crates/policy/src/catalogue: {unknown:#?}");
    let actions = found.iter().filter(|name| catalogue::action(name).is_some()).count();
    assert!(actions > 150 && found.len() - actions > 40, "the search has lost sight of the names: {found:?}");
}

/// Whether a text of the code is the name of an action or a condition key, or the beginning of one.
fn is_name(literal: &str) -> bool {
    let Some((prefix, name)) = literal.split_once(':') else { return false };
    let served = prefix == "aws" || catalogue::service(prefix).is_some();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '{' | '}');
    served && !name.is_empty() && name.chars().all(allowed)
}

fn is_known(name: &str) -> bool {
    let start = name.split('{').next().unwrap_or_default();
    let bare = name.strip_suffix('/').unwrap_or(name);
    let begins = |known: &str| known.to_lowercase().starts_with(&start.to_lowercase());
    catalogue::action(name).is_some()
        || catalogue::key(name).is_some()
        || (start != name && names_of_keys().any(begins))
        // A tag key follows.
        || names_of_keys().any(|known| known.strip_suffix('/').is_some_and(|known| known.eq_ignore_ascii_case(bare)))
}

fn names_of_keys() -> impl Iterator<Item = &'static str> {
    let of_services = catalogue::services().iter().flat_map(|service| &service.keys);
    of_services.chain(catalogue::global_keys()).map(|key| key.name)
}
