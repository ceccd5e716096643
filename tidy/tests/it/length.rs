//! No file grows out of sight.

use crate::tree::{root, rust_files, text};

const LONGEST: usize = 600;

#[test]
fn files_are_short() {
    let long: Vec<String> = rust_files(&root())
        .iter()
        .map(|path| (path, text(path).lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{} has {lines} lines", path.strip_prefix(root()).unwrap().display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
