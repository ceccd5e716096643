//! The binary, as a user runs it.

#[cfg(test)]
#[path = "it/daypass.rs"]
mod daypass;
#[cfg(test)]
#[path = "it/policy_simulate.rs"]
mod policy_simulate;
