//! The embedded store keeps the promises of `store::suite`, and those that only a folder makes.

mod folder;
mod history;
mod suite;
