//! The policy language, section by section of its specification, as cases in files, and properties over made-up ones.

#[cfg(test)]
#[path = "it/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "it/context_keys.rs"]
mod context_keys;
#[cfg(test)]
#[path = "it/documents.rs"]
mod documents;
#[cfg(test)]
#[path = "it/explanations.rs"]
mod explanations;
#[cfg(test)]
#[path = "it/lint.rs"]
mod lint;
#[cfg(test)]
#[path = "it/made/mod.rs"]
mod made;
#[cfg(test)]
#[path = "it/no_panics.rs"]
mod no_panics;
#[cfg(test)]
#[path = "it/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "it/questions.rs"]
mod questions;
#[cfg(test)]
#[path = "it/reasons.rs"]
mod reasons;
#[cfg(test)]
#[path = "it/reference/mod.rs"]
mod reference;
#[cfg(test)]
#[path = "it/scenarios.rs"]
mod scenarios;
#[cfg(test)]
#[path = "it/world.rs"]
mod world;
