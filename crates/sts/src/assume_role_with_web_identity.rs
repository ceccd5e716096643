//! AssumeRoleWithWebIdentity: a session of a role in exchange for a provider's token.
//!
//! Unsigned: the token is the proof, the role's trust policy decides.
//! Differences from AWS: Facebook access tokens are accepted for configured applications alone.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::issue::{Plan, role_session};
use crate::shapes::{AssumedRoleUser, Credentials, PolicyDescriptor};
use crate::trust::{Applicant, admits, pins};
use crate::web_identity::COGNITO;
use crate::{Error, Sts, role_claims, roles, session_policies, web_identity};

/// The role, the token, and what cuts the session down.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_arn: Option<String>,
    role_session_name: Option<String>,
    web_identity_token: Option<String>,
    provider_id: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
}

/// The credentials, and what the token said.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    audience: String,
    assumed_role_user: AssumedRoleUser,
    provider: String,
    credentials: Credentials,
    subject_from_web_identity_token: String,
    packed_policy_size: Option<u32>,
    source_identity: Option<String>,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::Public
}

pub async fn run(call: Call<Sts>, input: Input) -> Result<Output, Error> {
    let input = input.check()?;
    let arn = roles::parse(&input.role_arn)?;
    let account = arn.account_id().ok_or_else(refused)?;
    let proof = web_identity::verify(&call, account, &input.token, input.provider_id.as_deref()).await?;
    let named_by_provider = role_claims::names(proof.roles.as_deref(), &input.role_arn)?;
    let role = roles::find(&call.host, &arn).await?.ok_or_else(refused)?;
    let applicant = Applicant {
        provider: &proof.provider,
        keys: &proof.keys,
        session_name: &input.session_name,
        tags: &proof.tags,
        source_identity: proof.source_identity.as_deref(),
        named_by_provider,
    };
    if !admits(&call, &role, ACTION, &applicant)? {
        return Err(refused());
    }
    let is_foreign = proof.provider == COGNITO && proof.pool_account != Some(role.account);
    if is_foreign && !pins(&call, &role, ACTION, &applicant, &[&format!("{COGNITO}:aud"), &format!("{COGNITO}:amr")])? {
        return Err(refused());
    }
    let seconds = roles::duration(input.seconds, &role, false)?;
    let managed_policies =
        session_policies::resolve(&call.host, role.account, input.policy.as_ref(), input.policy_arns).await?;
    let packed_policy_size = session_policies::packed_size(input.policy.as_ref(), &managed_policies, &proof.tags)?;
    let plan = Plan {
        name: input.session_name,
        seconds,
        origin: None,
        who: proof.who.clone(),
        home: proof.pool_account,
        provider: Some(proof.provider.clone()),
        federation: proof.lasting_keys(),
        tags: proof.tags,
        source_identity: proof.source_identity.clone(),
        policy: input.policy,
        managed_policies,
        guest: false,
    };
    let issued = role_session(&call, &role, plan)?;
    Ok(Output {
        audience: proof.audience,
        assumed_role_user: (&issued).into(),
        provider: proof.provider,
        credentials: (&issued).into(),
        subject_from_web_identity_token: proof.subject,
        packed_policy_size,
        source_identity: proof.source_identity,
    })
}

/// The same for a missing role, a trust policy that does not allow, and one that denies.
fn refused() -> Error {
    Error::AccessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity".into())
}

struct Checked {
    role_arn: String,
    session_name: String,
    token: String,
    provider_id: Option<String>,
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    seconds: Option<u32>,
}

impl Input {
    fn check(self) -> Result<Checked, Error> {
        let mut violations = Violations::new();
        roles::check(&mut violations, self.role_arn.as_ref(), self.role_session_name.as_ref());
        violations.required("webIdentityToken", self.web_identity_token.as_ref());
        if let Some(token) = &self.web_identity_token {
            let length = token.len();
            if !(4..=20_000).contains(&length) {
                // The token itself is never repeated.
                violations.length("webIdentityToken", &"*".repeat(length.min(20_001)), 4, 20_000);
            }
        }
        if let Some(provider) = &self.provider_id {
            violations.length("providerId", provider, 4, 2048);
        }
        roles::check_duration(&mut violations, self.duration_seconds);
        session_policies::check(&mut violations, self.policy.as_ref(), &self.policy_arns);
        violations.finish()?;
        let (Some(role_arn), Some(session_name), Some(token)) =
            (self.role_arn, self.role_session_name, self.web_identity_token)
        else {
            return Err(Error::Validation("a required member is missing".into()));
        };
        let Self { provider_id, policy_arns, policy, duration_seconds: seconds, .. } =
            Self { role_arn: None, role_session_name: None, web_identity_token: None, ..self };
        Ok(Checked { role_arn, session_name, token, provider_id, policy_arns, policy, seconds })
    }
}

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
