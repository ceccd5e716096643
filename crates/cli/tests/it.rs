//! The binary, as a user runs it.

#[cfg(test)]
#[path = "it/control_policies.rs"]
mod control_policies;
#[cfg(test)]
#[path = "it/daypass.rs"]
mod daypass;
#[cfg(test)]
#[path = "it/policy_check.rs"]
mod policy_check;
#[cfg(test)]
#[path = "it/policy_docs.rs"]
mod policy_docs;
#[cfg(test)]
#[path = "it/policy_explain.rs"]
mod policy_explain;
#[cfg(test)]
#[path = "it/policy_simulate.rs"]
mod policy_simulate;
