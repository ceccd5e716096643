//! What an assertion says, and whether it says it now and to us.

use std::time::Duration;

use vocab::Timestamp;

use super::Expected;
use super::error::Error;
use super::metadata::Metadata;
use super::names::{ASSERTION, BEARER, UNSPECIFIED};
use super::xml::Node;

/// An assertion whose signature, issuer, times, audience and recipient were verified. Only this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assertion {
    /// Its own id.
    pub id: String,
    /// The provider's entity id.
    pub issuer: String,
    /// The subject: 1 to 255 bytes without control characters.
    pub name_id: String,
    /// The format of the subject's name, in full.
    pub name_format: String,
    /// The place that it was made for.
    pub recipient: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The first of its own ends: from then on it counts no more.
    pub expires_at: Timestamp,
    /// When the session at the provider ends.
    pub session_ends: Option<Timestamp>,
    /// Whether the provider wants it to be used once.
    pub one_time_use: bool,
    /// Attributes by their names, in the order of the document; values of one name together.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Assertion {
    /// The values of an attribute; none where it is absent.
    pub fn values(&self, name: &str) -> &[String] {
        self.attributes.iter().find(|(known, _)| known == name).map_or(&[], |(_, values)| values)
    }
}

/// The time, and how far a time may lie ahead of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) now: Timestamp,
    pub(crate) skew: Duration,
}

impl Times {
    fn begun(self, what: &'static str, at: Timestamp) -> Result<(), Error> {
        match at > self.now + self.skew {
            true => Err(Error::NotYetValid { what, now: self.now.millis(), at: at.millis() }),
            false => Ok(()),
        }
    }

    fn not_over(self, what: &'static str, at: Timestamp) -> Result<(), Error> {
        match self.now >= at {
            true => Err(Error::Expired { what, now: self.now.millis(), at: at.millis() }),
            false => Ok(()),
        }
    }
}

/// Reads an assertion from the document that was signed.
pub(crate) fn read(
    assertion: Node<'_>,
    metadata: &Metadata,
    expected: &Expected<'_>,
    times: Times,
) -> Result<Assertion, Error> {
    if !assertion.is(ASSERTION, "Assertion") || assertion.attribute("Version") != Some("2.0") {
        return Err(Error::Form("Assertion"));
    }
    let id = assertion.attribute("ID").filter(|id| !id.is_empty()).ok_or(Error::Missing("ID"))?;
    let issued_at = time(assertion, "IssueInstant")?.ok_or(Error::Missing("IssueInstant"))?;
    check_issuer(one(assertion, "Issuer")?.ok_or(Error::Missing("Issuer"))?, metadata)?;
    times.begun("IssueInstant", issued_at)?;
    let subject = one(assertion, "Subject")?.ok_or(Error::Missing("Subject"))?;
    let (name_id, name_format) = name(subject)?;
    let confirmed = confirmation(subject, expected, times)?;
    let conditions = conditions(assertion, expected, times)?;
    let session_ends = session_ends(assertion, times)?;
    if let Some(limit) = expected.max_age
        && times.now >= issued_at + limit
    {
        return Err(Error::TooOld { age: times.now.seconds().saturating_sub(issued_at.seconds()) });
    }
    Ok(Assertion {
        id: id.to_owned(),
        issuer: metadata.entity_id().to_owned(),
        name_id,
        name_format,
        recipient: confirmed.recipient,
        issued_at,
        expires_at: conditions.until.map_or(confirmed.until, |until| until.min(confirmed.until)),
        session_ends,
        one_time_use: conditions.one_time_use,
        attributes: attributes(assertion)?,
    })
}

/// Errs where this names another issuer than the metadata.
pub(crate) fn check_issuer(issuer: Node<'_>, metadata: &Metadata) -> Result<(), Error> {
    let seen = issuer.text();
    match seen == metadata.entity_id() {
        true => Ok(()),
        false => Err(Error::IssuerMismatch { wanted: metadata.entity_id().to_owned(), seen: shown(&seen) }),
    }
}

/// A text that others wrote, cut for a message.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

/// The subject's name and its format.
fn name(subject: Node<'_>) -> Result<(String, String), Error> {
    let name = one(subject, "NameID")?.ok_or(Error::Missing("NameID"))?;
    let text = name.text();
    let fits = !text.is_empty() && text.len() <= MAX_NAME && !text.chars().any(char::is_control);
    if !fits || name.children().next().is_some() {
        return Err(Error::Form("NameID"));
    }
    let format = name.attribute("Format").filter(|format| !format.is_empty()).unwrap_or(UNSPECIFIED);
    Ok((text, format.to_owned()))
}

struct Confirmed {
    recipient: String,
    until: Timestamp,
}

fn confirmation(subject: Node<'_>, expected: &Expected<'_>, times: Times) -> Result<Confirmed, Error> {
    let mut all = subject.children_named(ASSERTION, "SubjectConfirmation");
    let (Some(confirmation), None) = (all.next(), all.next()) else { return Err(Error::NotOneBearer) };
    if confirmation.attribute("Method") != Some(BEARER) {
        return Err(Error::NotOneBearer);
    }
    let data = one(confirmation, "SubjectConfirmationData")?.ok_or(Error::Missing("SubjectConfirmationData"))?;
    let recipient = data.attribute("Recipient").ok_or(Error::Missing("Recipient"))?;
    let until = time(data, "NotOnOrAfter")?.ok_or(Error::Missing("NotOnOrAfter of the subject's confirmation"))?;
    if !expected.recipients.iter().any(|accepted| accepted == recipient) {
        return Err(Error::WrongRecipient(shown(recipient)));
    }
    if let Some(from) = time(data, "NotBefore")? {
        times.begun("NotBefore of the subject's confirmation", from)?;
    }
    times.not_over("NotOnOrAfter of the subject's confirmation", until)?;
    Ok(Confirmed { recipient: recipient.to_owned(), until })
}

struct Conditions {
    until: Option<Timestamp>,
    one_time_use: bool,
}

fn conditions(assertion: Node<'_>, expected: &Expected<'_>, times: Times) -> Result<Conditions, Error> {
    let conditions = one(assertion, "Conditions")?.ok_or(Error::Missing("Conditions"))?;
    if let Some(from) = time(conditions, "NotBefore")? {
        times.begun("NotBefore", from)?;
    }
    let until = time(conditions, "NotOnOrAfter")?;
    if let Some(until) = until {
        times.not_over("NotOnOrAfter", until)?;
    }
    let (mut restricted, mut one_time_use) = (false, false);
    for condition in conditions.children() {
        match condition.name() {
            _ if !condition.is(ASSERTION, condition.name()) => return Err(Error::UnknownCondition),
            "AudienceRestriction" => {
                // Each restriction must be met by one of its audiences.
                let mut audiences = condition.children_named(ASSERTION, "Audience").map(Node::text);
                if !audiences.any(|audience| expected.audiences.contains(&audience)) {
                    return Err(Error::WrongAudience);
                }
                restricted = true;
            }
            "OneTimeUse" => one_time_use = true,
            // It restricts those who issue assertions of their own by this one: nobody here does.
            "ProxyRestriction" => {}
            _ => return Err(Error::UnknownCondition),
        }
    }
    if restricted { Ok(Conditions { until, one_time_use }) } else { Err(Error::Missing("AudienceRestriction")) }
}

fn session_ends(assertion: Node<'_>, times: Times) -> Result<Option<Timestamp>, Error> {
    let mut earliest: Option<Timestamp> = None;
    for statement in assertion.children_named(ASSERTION, "AuthnStatement") {
        if let Some(at) = time(statement, "SessionNotOnOrAfter")? {
            times.not_over("SessionNotOnOrAfter", at)?;
            earliest = Some(earliest.map_or(at, |known| known.min(at)));
        }
    }
    Ok(earliest)
}

fn attributes(assertion: Node<'_>) -> Result<Vec<(String, Vec<String>)>, Error> {
    let statements = assertion.children_named(ASSERTION, "AttributeStatement");
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for attribute in statements.flat_map(|statement| statement.children_named(ASSERTION, "Attribute")) {
        let name = attribute.attribute("Name").ok_or(Error::Form("Attribute"))?;
        let values = attribute.children_named(ASSERTION, "AttributeValue").map(Node::text);
        if let Some((_, known)) = all.iter_mut().find(|(known, _)| known == name) {
            known.extend(values);
        } else if all.len() < MAX_ATTRIBUTES {
            all.push((name.to_owned(), values.collect()));
        } else {
            return Err(Error::Form("AttributeStatement"));
        }
    }
    Ok(all)
}

/// The child of this name; errs where there are several.
fn one<'a>(node: Node<'a>, name: &'static str) -> Result<Option<Node<'a>>, Error> {
    let mut found = node.children_named(ASSERTION, name);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Error::Form(name)),
        (first, None) => Ok(first),
    }
}

/// A time in an attribute. SAML has times in UTC alone.
fn time(node: Node<'_>, name: &'static str) -> Result<Option<Timestamp>, Error> {
    match node.attribute(name) {
        None => Ok(None),
        Some(text) if text.ends_with('Z') => Timestamp::from_iso8601(text).map(Some).ok_or(Error::Form(name)),
        Some(_) => Err(Error::Form(name)),
    }
}

/// Bytes of a subject's name: what the subject of any provider may have.
const MAX_NAME: usize = 255;
const MAX_ATTRIBUTES: usize = 200;
const MAX_SHOWN: usize = 255;
