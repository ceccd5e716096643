//! The tree keeps its own rules.

mod layers;
mod length;
mod operations;
mod tree;
