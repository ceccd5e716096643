//! AssumeRoleWithSAML: a session of a role in exchange for a provider's assertion.
//!
//! Unsigned: the assertion is the proof, the role's trust policy decides.
//! Differences from AWS: encrypted assertions are refused; which recipients and audiences are accepted, how long an
//! assertion may be redeemed, and whether once, are settings.

use federation::saml::Error as Refusal;
use operation::check::word;
use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use vocab::{AccountId, Arn};

use crate::issue::{Plan, role_session};
use crate::saml::{ATTRIBUTES, Proof, Refused, verify};
use crate::session_tags::SessionTags;
use crate::shapes::{AssumedRoleUser, Credentials, PolicyDescriptor};
use crate::trust::{Applicant, admits};
use crate::{Error, Sts, roles, session_policies};

/// The role, the provider, its assertion, and what cuts the session down.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_arn: Option<String>,
    principal_arn: Option<String>,
    #[serde(rename = "SAMLAssertion")]
    saml_assertion: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
}

/// The credentials, and what the assertion said.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    issuer: String,
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    subject: String,
    audience: String,
    subject_type: String,
    packed_policy_size: Option<u32>,
    name_qualifier: String,
    source_identity: Option<String>,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::Public
}

pub async fn run(call: Call<Sts>, input: Input) -> Result<Output, Error> {
    let input = input.check()?;
    let arn = roles::parse(&input.role_arn)?;
    let account = arn.account_id().ok_or_else(refused)?;
    let settings = &call.state.saml;
    let provider = provider_of(&input.principal_arn, account)?;
    let proof = verify(&call, &provider, &input.assertion, settings.redeem_within).await?.map_err(Error::from)?;
    let said = Said::by(&proof)?;
    if !proof.roles().contains(&arn) {
        call.note(format!("the assertion of {provider} does not offer {arn}"));
        return Err(refused());
    }
    let role = roles::find(&call.host, &arn).await?.ok_or_else(refused)?;
    let keys = proof.keys();
    let applicant = Applicant {
        provider: provider.as_str(),
        keys: &keys,
        session_name: &said.session_name,
        tags: &said.tags,
        source_identity: said.source_identity.as_deref(),
        named_by_provider: false,
    };
    if !admits(&call, &role, ACTION, &applicant)? {
        return Err(refused());
    }
    let seconds = said.shortened(roles::duration(input.seconds, &role, false)?, &call, &proof);
    let managed_policies =
        session_policies::resolve(&call.host, role.account, input.policy.as_ref(), input.policy_arns).await?;
    let packed_policy_size = session_policies::packed_size(input.policy.as_ref(), &managed_policies, &said.tags)?;
    proof.redeem(&call, settings).await?;
    let plan = Plan {
        name: said.session_name,
        seconds,
        origin: None,
        who: format!("login:{provider} {}", proof.assertion.name_id),
        home: None,
        provider: Some(provider.into()),
        federation: proof.lasting_keys(),
        tags: said.tags,
        source_identity: said.source_identity.clone(),
        policy: input.policy,
        managed_policies,
        guest: false,
    };
    let issued = role_session(&call, &role, plan)?;
    Ok(Output {
        assumed_role_user: (&issued).into(),
        credentials: (&issued).into(),
        subject_type: proof.subject_type().to_owned(),
        name_qualifier: proof.name_qualifier,
        issuer: proof.assertion.issuer,
        subject: proof.assertion.name_id,
        audience: proof.assertion.recipient,
        packed_policy_size,
        source_identity: said.source_identity,
    })
}

/// The same for a role that the assertion does not offer, a missing one, and one that does not trust the provider.
fn refused() -> Error {
    Error::AccessDenied("Not authorized to perform sts:AssumeRoleWithSAML".into())
}

fn no_provider() -> Error {
    Error::InvalidIdentityToken("Specified provider doesn't exist.".into())
}

/// The ARN of a provider in the role's account.
fn provider_of(arn: &str, account: AccountId) -> Result<Arn, Error> {
    let parsed: Option<Arn> = arn.parse().ok();
    let parsed = parsed.ok_or_else(|| Error::Validation(format!("{arn} is invalid")))?;
    if parsed.account_id() == Some(account) { Ok(parsed) } else { Err(no_provider()) }
}

/// What the attributes say of the session.
struct Said {
    session_name: String,
    source_identity: Option<String>,
    tags: SessionTags,
    seconds: Option<u32>,
}

impl Said {
    fn by(proof: &Proof) -> Result<Self, Error> {
        let invalid = |text: &str| Error::InvalidIdentityToken(text.to_owned());
        let values = |name: &str| proof.assertion.values(&format!("{ATTRIBUTES}{name}"));
        let session_name = match values("RoleSessionName") {
            [] => return Err(invalid("RoleSessionName is required in AuthnResponse")),
            [name] if is_session_name(name) => name.clone(),
            _ => return Err(invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")),
        };
        let source_identity = match values("SourceIdentity") {
            [] => None,
            [identity] if is_session_name(identity) => Some(identity.clone()),
            _ => {
                let text = "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"";
                return Err(invalid(text));
            }
        };
        let seconds = match values("SessionDuration") {
            [] => None,
            [text] => match text.trim().parse() {
                Ok(seconds @ 900..=43_200) => Some(seconds),
                _ => return Err(invalid("SessionDuration in AuthnResponse must be a number from 900 to 43200")),
            },
            _ => return Err(invalid("SessionDuration in AuthnResponse must be a number from 900 to 43200")),
        };
        let prefix = format!("{ATTRIBUTES}PrincipalTag:");
        let mut pairs = Vec::new();
        for (name, values) in &proof.assertion.attributes {
            let Some(key) = name.strip_prefix(&prefix) else { continue };
            let [value] = values.as_slice() else {
                return Err(invalid("A PrincipalTag in AuthnResponse must have exactly one value"));
            };
            pairs.push((key.to_owned(), value.clone()));
        }
        let transitive = values("TransitiveTagKeys").to_vec();
        let malformed = || invalid("A PrincipalTag in AuthnResponse is malformed");
        let tags = SessionTags::of_provider(pairs, transitive, malformed)?;
        Ok(Self { session_name, source_identity, tags, seconds })
    }

    /// The session ends no later than the assertion lets it.
    fn shortened(&self, seconds: u32, call: &Call<Sts>, proof: &Proof) -> u32 {
        let left = proof.assertion.session_ends.map(|end| end.seconds().saturating_sub(call.host.now().seconds()));
        let left = left.map_or(seconds, |left| u32::try_from(left.max(1)).unwrap_or(u32::MAX));
        seconds.min(left).min(self.seconds.unwrap_or(seconds))
    }
}

/// No colon: nothing begins with `aws:`.
fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len()) && name.chars().all(|c| word(c) || "+=,.@-".contains(c))
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoProvider => no_provider(),
            Refused::Response(refusal) => refusal.into(),
        }
    }
}

/// What the verifier found out, in the words of this service (`spec/sts.md`, section 8.1).
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        let invalid = |text: &str| Self::InvalidIdentityToken(text.to_owned());
        match refusal {
            R::NotBase64 => invalid("Invalid base64 SAMLResponse"),
            R::Metadata(_) => invalid("Could not parse metadata."),
            R::IssuerMismatch { .. } | R::Missing("Issuer") => invalid("Issuer not present in specified provider"),
            R::Missing("Subject" | "NameID") => refused(),
            R::Unsigned
            | R::MisplacedSignature
            | R::SignatureForm(_)
            | R::UnsupportedAlgorithm { .. }
            | R::ForeignReference
            | R::BadDigest
            | R::BadSignature => invalid("Response signature invalid"),
            R::WrongAudience
            | R::WrongRecipient(_)
            | R::WrongDestination(_)
            | R::Missing("Conditions" | "AudienceRestriction") => {
                invalid("Response does not contain the required audience.")
            }
            R::Expired { .. } | R::TooOld { .. } => {
                Self::ExpiredToken("Token must be redeemed within 5 minutes of issuance".into())
            }
            R::NotYetValid { .. } => invalid("The assertion is not valid yet."),
            R::Encrypted => invalid("Encrypted assertions are not supported."),
            R::NoSuccess(_) => invalid("The identity provider did not answer with success."),
            R::Malformed(_)
            | R::NotAResponse
            | R::RepeatedId
            | R::NotOneAssertion(_)
            | R::MisplacedAssertion
            | R::Missing(_)
            | R::Form(_)
            | R::NotOneBearer
            | R::UnknownCondition => Self::InvalidIdentityToken(format!("Invalid SAML response: {refusal}")),
        }
    }
}

struct Checked {
    role_arn: String,
    principal_arn: String,
    assertion: String,
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    seconds: Option<u32>,
}

impl Input {
    fn check(self) -> Result<Checked, Error> {
        let mut violations = Violations::new();
        violations.required("roleArn", self.role_arn.as_ref()).required("principalArn", self.principal_arn.as_ref());
        violations.required("sAMLAssertion", self.saml_assertion.as_ref());
        for (path, arn) in [("roleArn", &self.role_arn), ("principalArn", &self.principal_arn)] {
            if let Some(arn) = arn {
                violations.length(path, arn, 20, 2048);
            }
        }
        if let Some(assertion) = &self.saml_assertion {
            let length = assertion.len();
            if !(4..=100_000).contains(&length) {
                // The assertion itself is never repeated.
                violations.length("sAMLAssertion", &"*".repeat(length.min(100_001)), 4, 100_000);
            }
        }
        roles::check_duration(&mut violations, self.duration_seconds);
        session_policies::check(&mut violations, self.policy.as_ref(), &self.policy_arns);
        violations.finish()?;
        let (Some(role_arn), Some(principal_arn), Some(assertion)) =
            (self.role_arn, self.principal_arn, self.saml_assertion)
        else {
            return Err(Error::Validation("a required member is missing".into()));
        };
        let (policy_arns, policy, seconds) = (self.policy_arns, self.policy, self.duration_seconds);
        Ok(Checked { role_arn, principal_arn, assertion, policy_arns, policy, seconds })
    }
}

const ACTION: &str = "sts:AssumeRoleWithSAML";
