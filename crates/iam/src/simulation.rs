//! Simulations: what policies would decide, asked without acting (`spec/iam-api.md`, section 14). The answer is that of
//! the engine that decides live requests; nothing here weighs policies itself.

mod circumstances;
mod entity;
mod exclusions;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod outcome;
mod places;
mod question;
mod shapes;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod sources;

use operation::service::Builder;

use crate::Iam;

pub use sources::Source;

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with(
            "SimulateCustomPolicy",
            simulate_custom_policy::facts,
            simulate_custom_policy::access,
            simulate_custom_policy::run,
        )
        .add_with(
            "SimulatePrincipalPolicy",
            simulate_principal_policy::facts,
            simulate_principal_policy::access,
            simulate_principal_policy::run,
        )
        .add_with(
            "GetContextKeysForCustomPolicy",
            get_context_keys_for_custom_policy::facts,
            get_context_keys_for_custom_policy::access,
            get_context_keys_for_custom_policy::run,
        )
        .add_with(
            "GetContextKeysForPrincipalPolicy",
            get_context_keys_for_principal_policy::facts,
            get_context_keys_for_principal_policy::access,
            get_context_keys_for_principal_policy::run,
        )
}
