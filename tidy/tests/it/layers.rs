//! Arrows point down only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::tree::{root, text};

/// The crates, layer by layer, bottom up.
const LAYERS: [&[&str]; 7] = [
    &["vocab"],
    &["wire", "sigv4", "policy", "federation", "store"],
    &["operation", "upstream"],
    &["embedded", "postgres"],
    &["admin", "sts", "identity", "iam", "s3", "sync", "dynamo"],
    &["server"],
    &["cli"],
];

/// Arrows that the layers do not give, each with its reason.
const EXCEPTIONS: [(&str, &str); 1] = [
    // The real service does so: the enhanced flow is an AssumeRoleWithWebIdentity.
    ("identity", "sts"),
];

/// The stores see the contract and the words alone; nobody but the binary names them.
const STORES: [&str; 2] = ["embedded", "postgres"];
const PARTS_OF_STORES: [&str; 2] = ["store", "vocab"];

#[test]
fn crates_use_lower_layers_only() {
    let layers: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(level, names)| names.iter().map(move |name| (*name, level))).collect();
    let mut wrong = Vec::new();
    for (name, used) in manifests() {
        let level = layers.get(name.as_str()).unwrap_or_else(|| panic!("`{name}` stands in no layer"));
        for other in used {
            let lower = layers.get(other.as_str()).unwrap_or_else(|| panic!("`{other}` stands in no layer"));
            let excepted = EXCEPTIONS.contains(&(name.as_str(), other.as_str()));
            let is_part_to_part = *level == 1 && *lower == 1;
            if (lower >= level || is_part_to_part) && !excepted {
                wrong.push(format!("{name} -> {other} does not point down"));
            }
            if STORES.contains(&name.as_str()) && !PARTS_OF_STORES.contains(&other.as_str()) {
                wrong.push(format!("{name} -> {other}: a store sees the contract and the words alone"));
            }
            if STORES.contains(&other.as_str()) && name != "cli" {
                wrong.push(format!("{name} -> {other}: only the binary names a store"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn manifests_say_what_they_are() {
    for folder in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = text(folder.unwrap().path().join("Cargo.toml"));
        assert!(manifest.contains("\ndescription = \""), "no description:\n{manifest}");
        assert!(manifest.contains("[lints]\nworkspace = true"), "no lints:\n{manifest}");
    }
}

/// Every crate of ours, with the crates of ours it uses outside tests.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    let uses = |name: &String| {
        let manifest = text(root().join("crates").join(name).join("Cargo.toml"));
        let mut used = BTreeSet::new();
        let mut section = "";
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section == "[dependencies]" {
                let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
                used.extend(names.get(dependency).cloned());
            }
        }
        used
    };
    names.iter().map(|name| (name.clone(), uses(name))).collect()
}
