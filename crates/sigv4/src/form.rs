//! Forms that browsers send: the signature covers the policy, and the policy says what else may stand in the form. This
//! module knows the signature alone.

use std::borrow::Cow;
use std::time::Duration;

use subtle::ConstantTimeEq;
use vocab::{Secret, Timestamp};

use crate::claim::{MAX_EXPIRES, Payload, Place, Raw, bad_date, incomplete};
use crate::sink::Sink;
use crate::verify::words;
use crate::{ALGORITHM, Claim, Error, Expect, Form, Part, SigningKeys, Token};

/// Who claims to have signed a form's policy. Believe none of it before [`FormClaim::verify`].
#[derive(Debug, Clone)]
pub struct FormClaim<'a> {
    claim: Claim<'a>,
    /// The policy as it was signed: Base64 of a document.
    policy: &'a str,
}

/// Reads who claims to have signed a form, whose fields are found by their names in lower case. `None` where it is not
/// signed at all.
///
/// Errs where it tries to and the form is wrong, and for Version 2.
pub fn read_form<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Option<FormClaim<'a>>, Error> {
    if field("awsaccesskeyid").is_some() || field("signature").is_some() {
        return Err(Error::SignatureV2);
    }
    let [algorithm, credential, date, signature, policy] = FIELDS.map(&field);
    let token = field("x-amz-security-token");
    if [algorithm, credential, signature, policy, token].iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(seen) = algorithm.filter(|algorithm| *algorithm != ALGORITHM) {
        return Err(Error::Algorithm { seen: seen.chars().take(MAX_SEEN).collect() });
    }
    let (Some(_), Some(credential), Some(date), Some(signature), Some(policy)) =
        (algorithm, credential, date, signature, policy)
    else {
        let parts = [
            (Part::Algorithm, algorithm.is_none()),
            (Part::Credential, credential.is_none()),
            (Part::Date, date.is_none()),
            (Part::Signature, signature.is_none()),
            (Part::Policy, policy.is_none()),
        ];
        return Err(incomplete(Form::Fields, &parts));
    };
    let raw = Raw {
        credential: Cow::Borrowed(credential),
        signature,
        signed_headers: Cow::Borrowed(""),
        time: Timestamp::from_amz_date(date).ok_or_else(|| bad_date(date))?,
        stamp: Cow::Borrowed(date),
        token: token.map(Cow::Borrowed),
        payload: Payload::Unsigned,
        place: Place::Header,
    };
    Ok(Some(FormClaim { claim: raw.claim()?, policy }))
}

impl FormClaim<'_> {
    /// The access key id: whose secret to look up.
    pub fn access_key_id(&self) -> &str {
        self.claim.access_key_id()
    }

    /// The session token; needed with temporary credentials.
    pub fn session_token(&self) -> Option<&Token<'_>> {
        self.claim.session_token.as_ref()
    }

    /// When the policy was signed.
    pub fn time(&self) -> Timestamp {
        self.claim.time
    }

    /// Decides whether the policy was signed with `secret`. `Ok` promises: scope and signature are right, and the
    /// signature is at most a week old. How long the policy is good, and for what, it says itself.
    pub fn verify(&self, secret: &Secret, expect: &Expect<'_>, keys: &SigningKeys) -> Result<(), Error> {
        self.claim.check_scope(expect)?;
        let Expect { now, skew, .. } = *expect;
        let signed = self.claim.time;
        if signed > now + skew {
            return Err(Error::NotYetCurrent { signed, now, skew });
        }
        let expires = Duration::from_secs(MAX_EXPIRES);
        if now > signed + expires {
            return Err(Error::PresignedExpired { signed, expires, now });
        }
        let key = keys.key(secret, self.claim.scope());
        let right = key.sign(|text| text.put(self.policy.as_bytes()));
        let is_right: bool = words(&right).ct_eq(&words(&self.claim.signature.0)).into();
        if is_right { Ok(()) } else { Err(Error::Mismatch) }
    }
}

/// How much of a wrong text an error keeps.
const MAX_SEEN: usize = 128;
const FIELDS: [&str; 5] = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "policy"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Scope, Style, hex, keys::SigningKey};

    const POLICY: &str = "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0wMlQwMDowMDowMFoiLCJjb25kaXRpb25zIjpbXX0=";

    fn fields() -> BTreeMap<&'static str, String> {
        let scope = Scope { date: "20260102", region: "us-east-1", service: "s3" };
        let signature = SigningKey::derive(&Secret::new("secret"), scope).sign(|text| text.put(POLICY.as_bytes()));
        BTreeMap::from([
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", "AKIAEXAMPLE/20260102/us-east-1/s3/aws4_request".to_owned()),
            ("x-amz-date", "20260102T120000Z".to_owned()),
            ("x-amz-signature", hex::text(&signature).to_owned()),
            ("policy", POLICY.to_owned()),
        ])
    }

    fn verified(fields: &BTreeMap<&'static str, String>, now: &str) -> Result<bool, Error> {
        let Some(claim) = read_form(|name| fields.get(name).map(String::as_str))? else { return Ok(false) };
        let expect = Expect {
            service: "s3",
            region: "us-east-1",
            style: Style::S3,
            now: Timestamp::from_amz_date(now).unwrap(),
            skew: Duration::from_secs(900),
        };
        claim.verify(&Secret::new("secret"), &expect, &SigningKeys::new(1)).map(|()| true)
    }

    #[test]
    fn the_policy_is_what_was_signed() {
        assert_eq!(verified(&fields(), "20260102T120000Z"), Ok(true));
        let mut other = fields();
        other.insert("policy", POLICY.replace("fX0=", "fX1="));
        other.get_mut("policy").unwrap().push('A');
        assert_eq!(verified(&other, "20260102T120000Z"), Err(Error::Mismatch));
        let mut other = fields();
        other.insert("x-amz-signature", "0".repeat(64));
        assert_eq!(verified(&other, "20260102T120000Z"), Err(Error::Mismatch));
    }

    #[test]
    fn a_signature_lasts_a_week_and_is_for_one_place() {
        assert_eq!(verified(&fields(), "20260109T120000Z"), Ok(true));
        assert!(matches!(verified(&fields(), "20260109T120001Z"), Err(Error::PresignedExpired { .. })));
        assert!(matches!(verified(&fields(), "20260102T114459Z"), Err(Error::NotYetCurrent { .. })));
        for (from, to) in [("us-east-1", "eu-west-1"), ("/s3/", "/sts/"), ("20260102/", "20260103/")] {
            let mut other = fields();
            let credential = other["x-amz-credential"].replace(from, to);
            other.insert("x-amz-credential", credential);
            assert!(verified(&other, "20260102T120000Z").is_err(), "{to}");
        }
    }

    #[test]
    fn half_a_signature_is_an_error_and_none_is_none() {
        for name in FIELDS {
            let mut less = fields();
            less.remove(name);
            assert!(matches!(verified(&less, "20260102T120000Z"), Err(Error::Incomplete { .. })), "{name}");
        }
        assert_eq!(verified(&BTreeMap::new(), "20260102T120000Z"), Ok(false));
        let token = BTreeMap::from([("x-amz-security-token", "x".to_owned())]);
        assert!(verified(&token, "20260102T120000Z").is_err());
        let second = BTreeMap::from([("awsaccesskeyid", "x".to_owned())]);
        assert_eq!(verified(&second, "20260102T120000Z"), Err(Error::SignatureV2));
    }
}
