//! SAML: what a provider's assertion proves, and under which keys trust policies know it (`spec/sts.md`, section 8).

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use federation::saml::{Assertion, Error as Refusal, Expected};
use operation::Visit;
use operation::session::Federated;
use store::records::providers::SamlProvider;
use store::{Rows, Stored, used};
use vocab::{Arn, Region, Timestamp};

use crate::{Error, Sts, saml_keys};

/// What an operator can say about assertions.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The recipients that are accepted; none named: the places where AWS takes responses.
    pub recipients: Vec<String>,
    /// The audiences that are accepted; none named: AWS's own, and the recipients.
    pub audiences: Vec<String>,
    /// How long after its issue an assertion may be redeemed for a session; without it, its own times alone decide.
    pub redeem_within: Option<Duration>,
    /// Whether an assertion is redeemed for a session once.
    pub one_time: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { recipients: Vec::new(), audiences: Vec::new(), redeem_within: Some(FIVE_MINUTES), one_time: false }
    }
}

impl Settings {
    fn recipients(&self, region: &Region) -> Vec<String> {
        match self.recipients.is_empty() {
            false => self.recipients.clone(),
            true => vec![
                "https://signin.aws.amazon.com/saml".to_owned(),
                "https://signin.aws.amazon.com/static/saml".to_owned(),
                format!("https://{region}.signin.aws.amazon.com/saml"),
            ],
        }
    }

    fn audiences(&self, recipients: &[String]) -> Vec<String> {
        match self.audiences.is_empty() {
            false => self.audiences.clone(),
            true => [&["urn:amazon:webservices".to_owned()], recipients].concat(),
        }
    }
}

/// A verified assertion of a registered provider.
pub struct Proof {
    /// The provider's ARN.
    pub provider: Arn,
    /// The assertion.
    pub assertion: Assertion,
    /// A digest that, with the subject, names the person beyond the account.
    pub name_qualifier: String,
}

impl Proof {
    /// The format of the subject's name as AWS shows it: those of SAML 2.0 in short.
    pub fn subject_type(&self) -> &str {
        let format = self.assertion.name_format.as_str();
        match format.strip_prefix("urn:oasis:names:tc:SAML:2.0:nameid-format:") {
            Some(short @ ("persistent" | "transient")) => short,
            _ => format,
        }
    }

    /// The condition keys of the trust policy.
    pub fn keys(&self) -> Vec<(String, Federated)> {
        let one = |key: &str, value: &str| (format!("saml:{key}"), Federated::One(value.to_owned()));
        let name = self.provider.typed_resource().map_or("", |(_, name)| name);
        let mut keys = self.lasting_keys();
        keys.push(one("aud", &self.assertion.recipient));
        keys.push(one("iss", &self.assertion.issuer));
        keys.push(one("doc", &format!("{}/{name}", self.provider.account())));
        keys.extend(saml_keys::of(&self.assertion));
        keys
    }

    /// The keys that stay with the session.
    pub fn lasting_keys(&self) -> Vec<(String, Federated)> {
        let one = |key: &str, value: &str| (format!("saml:{key}"), Federated::One(value.to_owned()));
        vec![
            one("namequalifier", &self.name_qualifier),
            one("sub", &self.assertion.name_id),
            one("sub_type", self.subject_type()),
        ]
    }

    /// The roles that the assertion offers, where it names them with this very provider.
    pub fn roles(&self) -> Vec<Arn> {
        let pair = |value: &String| {
            let (one, other) = value.split_once(',')?;
            let (one, other): (Arn, Arn) = (one.trim().parse().ok()?, other.trim().parse().ok()?);
            match (one == self.provider, other == self.provider) {
                (true, false) => Some(other),
                (false, true) => Some(one),
                _ => None,
            }
        };
        self.assertion.values(ROLE).iter().filter_map(pair).collect()
    }

    /// Notes that the assertion is redeemed. Errs where it was redeemed before and may be once.
    pub async fn redeem<S>(&self, visit: &Visit<S>, settings: &Settings) -> Result<(), Error> {
        if !settings.one_time && !self.assertion.one_time_use {
            return Ok(());
        }
        let what = ["saml", self.provider.as_str(), self.assertion.id.as_str()];
        if used::first(&*visit.host.rows, &*visit.host.random, &what, self.assertion.expires_at).await? {
            return Ok(());
        }
        visit.note(format!("the assertion `{}` of {} was redeemed before", self.assertion.id, self.provider));
        Err(Error::InvalidIdentityToken("The assertion was redeemed before.".into()))
    }
}

/// Verifies a response of the provider with this ARN. `max_age` is how long ago it may have been issued.
///
/// The outer error is ours; the inner one says why the response is not accepted, and is noted for the audit line.
pub async fn verify(
    visit: &Visit<Sts>,
    provider: &Arn,
    response: &str,
    max_age: Option<Duration>,
) -> Result<Result<Proof, Refused>, Error> {
    let Some((account, "saml-provider", name)) =
        provider.account_id().and_then(|account| provider.typed_resource().map(|(kind, name)| (account, kind, name)))
    else {
        return Ok(Err(Refused::NoProvider));
    };
    let registered = visit.host.configuration.get::<SamlProvider>(&SamlProvider::id_of(account, name)).await?;
    let registered = registered.filter(|record| record.arn() == *provider);
    let Some(registered) = registered else { return Ok(Err(Refused::NoProvider)) };
    match verified(visit, &registered, response, max_age) {
        Ok(assertion) => {
            let name_qualifier = name_qualifier(&assertion.issuer, account.to_string().as_str(), name);
            Ok(Ok(Proof { provider: provider.clone(), assertion, name_qualifier }))
        }
        Err(refusal) => {
            visit.note(format!("the response of {provider} is refused: {refusal}"));
            Ok(Err(Refused::Response(refusal)))
        }
    }
}

/// Why there is no proof.
pub enum Refused {
    /// No provider is registered under the ARN.
    NoProvider,
    /// The response is not accepted.
    Response(Refusal),
}

/// Forgets assertions that could not be redeemed any more. Whether there may be more of them.
pub async fn forget_redeemed(rows: &dyn Rows, now: Timestamp) -> Result<bool, store::Error> {
    used::forget(rows, now).await
}

fn verified(
    visit: &Visit<Sts>,
    registered: &Stored<SamlProvider>,
    response: &str,
    max_age: Option<Duration>,
) -> Result<Assertion, Refusal> {
    let settings = &visit.state.saml;
    let recipients = settings.recipients(&visit.host.region);
    let audiences = settings.audiences(&recipients);
    let verifier = &visit.state.verifier;
    // The version of the row changes with every change of the provider.
    let metadata = verifier.saml_metadata(registered.version.0, &registered.metadata)?;
    verifier.saml(&metadata, &Expected { recipients: &recipients, audiences: &audiences, max_age }, response)
}

fn name_qualifier(issuer: &str, account: &str, name: &str) -> String {
    let text = format!("{issuer}{account}/{name}");
    BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// What the names of AWS's own attributes begin with.
pub const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
/// What AWS allows.
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_qualifier_is_a_digest_of_issuer_account_and_provider() {
        // printf 'https://example.com/saml123456789012/MySAMLIdP' | openssl sha1 -binary | base64
        assert_eq!(
            name_qualifier("https://example.com/saml", "123456789012", "MySAMLIdP"),
            "1uAJanUnBc2XeUkHURMht+xam2c="
        );
    }

    #[test]
    fn who_names_recipients_names_the_audiences_too() {
        let region: Region = "eu-west-1".parse().unwrap();
        let usual = Settings::default();
        let recipients = usual.recipients(&region);
        assert!(recipients.contains(&"https://eu-west-1.signin.aws.amazon.com/saml".to_owned()));
        assert!(usual.audiences(&recipients).contains(&"urn:amazon:webservices".to_owned()));
        let own = Settings { recipients: vec!["https://sts.example.test/saml".into()], ..Settings::default() };
        assert_eq!(own.recipients(&region), ["https://sts.example.test/saml"]);
        assert_eq!(
            own.audiences(&own.recipients(&region)),
            ["urn:amazon:webservices", "https://sts.example.test/saml"]
        );
    }
}
