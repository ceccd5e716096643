//! An account as a whole.

mod details;
mod get_account_authorization_details;

use operation::service::Builder;

use crate::Iam;

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder.add_with(
        "GetAccountAuthorizationDetails",
        get_account_authorization_details::facts,
        get_account_authorization_details::access,
        get_account_authorization_details::run,
    )
}
