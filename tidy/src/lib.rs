//! Checks of the tree itself, as tests: the layers that manifests may point through, the length of
//! files, and the table of operations against COMPATIBILITY.md. `cargo test -p tidy`.
