//! SetIdentityPoolRoles: replaces the roles and role mappings of a pool. The caller must be allowed to pass each role.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Need, Place, Violations};
use policy::Decision;
use serde::Deserialize;
use store::Outcome;
use store::records::pools::Pool;
use vocab::{Arn, PoolId};

use crate::mappings::{MOST_MAPPINGS, MOST_RULES};
use crate::shapes::{MappingRule, RoleMapping};
use crate::{Error, Identity, checks, mappings, pools, roles};

/// The pool and its roles.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    roles: Option<BTreeMap<String, String>>,
    role_mappings: Option<BTreeMap<String, RoleMapping>>,
}

pub fn access(input: &Input, place: &Place) -> Access {
    let pool: Option<PoolId> = input.identity_pool_id.as_ref().and_then(|id| id.parse().ok());
    let pool = pool.map(|id| Arn::identity_pool(id.region(), place.account, &id).to_string());
    let pass = |arn: &str| {
        let need = Need::on_text("iam:PassRole", arn);
        let mut need = need.with("iam:PassedToService", "cognito-identity.amazonaws.com").asked();
        need.context.set_some("iam:AssociatedResourceArn", pool.clone());
        need
    };
    let passed = input.passed().into_iter().map(pass);
    Access::all([Need::on_text("cognito-identity:SetIdentityPoolRoles", "*")].into_iter().chain(passed))
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<(), Error> {
    input.check()?;
    // Whatever else is being changed on the pool at the same time is kept.
    for _ in 0..pools::TRIES {
        if set(&call, &input).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

async fn set(call: &Call<Identity>, input: &Input) -> Result<Outcome, Error> {
    let id = input.identity_pool_id.as_deref().unwrap_or_default();
    let old = pools::find_own(&call.host, call.place.account, id).await?;
    let mut role_mappings = BTreeMap::new();
    for (provider, mapping) in input.role_mappings.iter().flatten() {
        role_mappings.insert(provider.clone(), mappings::stored(&old, provider, mapping)?);
    }
    let mut passed = BTreeMap::new();
    for (text, decision) in input.passed().into_iter().zip(&call.decisions) {
        let arn: Arn = text.parse().map_err(|_| Error::role_forbidden(text))?;
        let exists = roles::find(&call.host, &old, &arn).await?.is_some();
        if !exists || matches!(decision, Decision::Denied(_)) {
            return Err(Error::role_forbidden(text));
        }
        passed.insert(text, arn);
    }
    let mut new_roles = BTreeMap::new();
    for (kind, text) in input.roles.iter().flatten() {
        let arn = passed.get(text.as_str()).ok_or_else(|| Error::role_forbidden(text))?;
        new_roles.insert(kind.clone(), arn.clone());
    }
    // Whatever is stored was decided upon.
    for role in role_mappings.values().flat_map(|mapping| &mapping.rules).map(|rule| &rule.role) {
        if !passed.contains_key(role.as_str()) {
            return Err(Error::role_forbidden(role.as_str()));
        }
    }
    let modified = call.host.now();
    let new = Pool { roles: new_roles, role_mappings, modified, ..(*old.record).clone() };
    let mut batch = call.host.configuration.batch();
    batch.replace(&old, &new)?;
    Ok(call.host.configuration.commit(batch).await?)
}

impl Input {
    /// The roles that the pool may give to people, each once: of what a pool can have, and of nothing else, so that
    /// nothing else takes the place of what counts.
    fn passed(&self) -> Vec<&str> {
        let mappings = self.role_mappings.iter().flatten().take(MOST_MAPPINGS).map(|(_, mapping)| mapping);
        let with_rules = mappings.filter(|mapping| mapping.kind.as_deref() != Some("Token"));
        let rules = with_rules.filter_map(|mapping| mapping.rules_configuration.as_ref()?.rules.as_ref());
        let rules = rules.flat_map(|rules| rules.iter().take(MOST_RULES));
        let of_rules = rules.filter_map(|rule: &MappingRule| rule.role_arn.as_deref());
        let of_kinds = self.roles.iter().flatten().take(2).map(|(_, arn)| arn.as_str());
        let mut passed = Vec::new();
        for arn in of_kinds.chain(of_rules) {
            if !passed.contains(&arn) {
                passed.push(arn);
            }
        }
        passed
    }

    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        violations.required("roles", self.roles.as_ref());
        violations.count("roles", self.roles.as_ref().map_or(0, BTreeMap::len), 0, 2);
        for (kind, arn) in self.roles.iter().flatten() {
            let known = matches!(kind.as_str(), "authenticated" | "unauthenticated");
            violations.satisfies("roles", kind, "(un)?authenticated", known).length("roles", arn, 20, 2048);
        }
        if let Some(role_mappings) = &self.role_mappings {
            mappings::check(&mut violations, role_mappings);
        }
        Ok(violations.finish()?)
    }
}
