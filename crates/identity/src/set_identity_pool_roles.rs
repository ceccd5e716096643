//! SetIdentityPoolRoles: replaces the roles of a pool. The caller must be allowed to pass each of them.
//!
//! Differences from AWS: RoleMappings are refused; every identity gets the pool's own two roles.

use std::collections::BTreeMap;

use operation::{Access, Call, Need, Place, Violations};
use policy::Decision;
use serde::Deserialize;
use serde_json::Value;
use store::Outcome;
use store::records::pools::Pool;
use vocab::Arn;

use crate::{Error, Identity, checks, pools, roles};

/// The pool and its roles.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    roles: Option<BTreeMap<String, String>>,
    role_mappings: Option<BTreeMap<String, Value>>,
}

pub fn access(input: &Input, _: &Place) -> Access {
    let pass = |arn: &String| {
        Need::on_text("iam:PassRole", arn.clone()).with("iam:PassedToService", "cognito-identity.amazonaws.com").asked()
    };
    let passed = input.roles.iter().flatten().map(|(_, arn)| pass(arn));
    Access::all([Need::on_text("cognito-identity:SetIdentityPoolRoles", "*")].into_iter().chain(passed))
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<(), Error> {
    input.check()?;
    let id = input.identity_pool_id.unwrap_or_default();
    let old = pools::find_own(&call.host, call.place.account, &id).await?;
    if let Some(provider) = input.role_mappings.unwrap_or_default().into_keys().next() {
        let text = format!("({provider}) is not a valid RoleMapping ProviderName or is not a configured provider.");
        return Err(Error::InvalidParameter(text));
    }
    let mut new_roles = BTreeMap::new();
    for ((kind, text), decision) in input.roles.unwrap_or_default().into_iter().zip(&call.decisions) {
        let forbidden = || Error::NotAuthorized(format!("Access to Role '{text}' is forbidden."));
        let arn: Arn = text.parse().map_err(|_| forbidden())?;
        let exists = roles::find(&call.host, &old, &arn).await?.is_some();
        if !exists || matches!(decision, Decision::Denied(_)) {
            return Err(forbidden());
        }
        new_roles.insert(kind, arn);
    }
    let new = Pool { roles: new_roles, modified: call.host.now(), ..(*old.record).clone() };
    let mut batch = call.host.configuration.batch();
    batch.replace(&old, &new)?;
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok(()),
        Outcome::Conflict(_) => Err(Error::ConcurrentModification),
    }
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        violations.required("roles", self.roles.as_ref());
        violations.count("roles", self.roles.as_ref().map_or(0, BTreeMap::len), 0, 2);
        for (kind, arn) in self.roles.iter().flatten() {
            let known = matches!(kind.as_str(), "authenticated" | "unauthenticated");
            violations.satisfies("roles", kind, "(un)?authenticated", known).length("roles", arn, 20, 2048);
        }
        Ok(violations.finish()?)
    }
}
