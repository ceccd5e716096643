//! The condition keys of every request (`spec/policy-language.md`, section 9): what the server knows
//! from the connection, the clock and the caller's credentials.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use operation::Caller;
use operation::caller::SessionOf;
use operation::session::{Bearer, Federated, Session};
use policy::Context;
use sigv4::{Claim, Payload, Place};
use vocab::{AccountId, Timestamp};

use crate::respond::Visitor;
use crate::tls::Encryption;

/// What the connection and the headers say.
pub struct Circumstances<'a> {
    /// When the request arrived.
    pub time: Timestamp,
    /// The client's address, behind trusted proxies.
    pub address: IpAddr,
    /// Whether the client's connection is encrypted.
    pub secure: bool,
    /// The `User-Agent` header.
    pub user_agent: &'a str,
    /// The `Referer` header.
    pub referer: Option<&'a str>,
    /// The region that is asked.
    pub region: &'a str,
}

/// The keys of a request, over those of its caller.
pub fn context(circumstances: &Circumstances<'_>, caller: &Arc<Context>) -> Context {
    let mut context = Context::over(caller.clone(), OF_REQUEST);
    let Circumstances { time, address, secure, user_agent, referer, region } = circumstances;
    context.set("aws:CurrentTime", time.iso8601());
    context.set("aws:EpochTime", time.seconds());
    context.set("aws:SourceIp", address.to_canonical().to_string());
    context.set("aws:SecureTransport", *secure);
    context.set("aws:UserAgent", *user_agent);
    context.set("aws:RequestedRegion", *region);
    context.set("aws:ViaAWSService", false);
    if let Some(referer) = referer {
        context.set("aws:referer", *referer);
    }
    context
}

/// The keys of whatever `caller` asks.
pub fn of_caller(caller: &Caller) -> Context {
    let mut context = Context::new();
    let account = |account: AccountId| account.to_string();
    context.set("aws:userid", caller.user_id());
    context.set("aws:PrincipalAccount", caller.account().map_or("anonymous".into(), account));
    if !matches!(caller, Caller::Anonymous) {
        context.set("aws:PrincipalIsAWSService", false);
    }
    match caller {
        Caller::Anonymous => context.set("aws:PrincipalType", "Anonymous"),
        Caller::Root { .. } => {
            context.set("aws:PrincipalType", "Account");
            set_arn(&mut context, caller);
        }
        Caller::User { user, .. } => {
            context.set("aws:PrincipalType", "User");
            context.set("aws:username", user.name.as_str());
            set_arn(&mut context, caller);
            set_tags(&mut context, &user.tags);
        }
        Caller::Session { session, of, .. } => {
            of_entity(&mut context, caller, session, of);
            of_session(&mut context, session);
        }
    }
    context
}

fn of_entity(context: &mut Context, caller: &Caller, session: &Session, of: &SessionOf) {
    match (&session.bearer, of) {
        (Bearer::Role { .. }, SessionOf::Role(role)) => {
            context.set("aws:PrincipalType", "AssumedRole");
            context.set("aws:PrincipalArn", role.arn().to_string());
            set_tags(context, role.tags.iter().filter(|(key, _)| !has_tag(session, key)));
        }
        (Bearer::FederatedUser { .. }, _) => {
            context.set("aws:PrincipalType", "FederatedUser");
            set_arn(context, caller);
        }
        (Bearer::User, SessionOf::User(user)) => {
            context.set("aws:PrincipalType", "User");
            context.set("aws:username", user.name.as_str());
            set_arn(context, caller);
            set_tags(context, user.tags.iter().filter(|(key, _)| !has_tag(session, key)));
        }
        (Bearer::User | Bearer::Role { .. }, _) => {
            context.set("aws:PrincipalType", "Account");
            set_arn(context, caller);
        }
    }
}

fn of_session(context: &mut Context, session: &Session) {
    context.set("aws:TokenIssueTime", session.issued.iso8601());
    context.set("aws:MultiFactorAuthPresent", false);
    if let Some(provider) = &session.provider {
        context.set("aws:FederatedProvider", provider.as_str());
    }
    if let Some(identity) = &session.source_identity {
        context.set("aws:SourceIdentity", identity.as_str());
    }
    set_tags(context, &session.tags);
    for (key, value) in &session.federation {
        match value {
            Federated::One(one) => context.set(key.clone(), one.as_str()),
            Federated::Many(many) => context.set(key.clone(), many.clone()),
        }
    }
}

fn set_arn(context: &mut Context, caller: &Caller) {
    if let Some(arn) = caller.arn() {
        context.set("aws:PrincipalArn", arn.to_string());
    }
}

fn set_tags<'a>(context: &mut Context, tags: impl IntoIterator<Item = (&'a String, &'a String)>) {
    for (key, value) in tags {
        context.set(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
}

/// Session tags override the tags of the role, ignoring case.
fn has_tag(session: &Session, key: &str) -> bool {
    session.tags.keys().any(|tag| tag.eq_ignore_ascii_case(key))
}

/// How a request was signed. It is taken from the signature that was verified: the same parameters can be spelled in
/// other ways, which must not change what policies see.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    place: SignedPlace,
    time: Timestamp,
    payload: Payload,
}

/// Where a verified signature stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignedPlace {
    Header,
    Query,
    Form,
}

impl Signed {
    /// As the claim says, which must be verified by the time that policies are asked.
    pub fn of(claim: &Claim<'_>) -> Self {
        let place = match claim.place {
            Place::Header => SignedPlace::Header,
            Place::Query { .. } => SignedPlace::Query,
        };
        Self { place, time: claim.time, payload: claim.payload }
    }

    /// A form whose policy was signed then.
    pub fn form(time: Timestamp) -> Self {
        Self { place: SignedPlace::Form, time, payload: Payload::Absent }
    }
}

/// The keys that S3 adds to every request (`spec/policy-language.md`, section 13.3).
pub(crate) fn of_s3(context: &mut Context, headers: &HeaderMap, signed: Option<Signed>, visitor: &Visitor) {
    let mut hash = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let Some(Signed { place, time, payload }) = signed {
        let kind = match place {
            SignedPlace::Header => "REST-HEADER",
            SignedPlace::Query => "REST-QUERY-STRING",
            SignedPlace::Form => "POST",
        };
        context.set("s3:authType", kind);
        context.set("s3:signatureversion", "AWS4-HMAC-SHA256");
        context.set("s3:signatureAge", visitor.time.millis().saturating_sub(time.millis()).max(0));
        let unsaid = (place != SignedPlace::Header).then_some("UNSIGNED-PAYLOAD".into());
        hash = payload.text().or(unsaid).map(Cow::into_owned);
    }
    context.set_some("s3:x-amz-content-sha256", hash);
    context.set_some("s3:TlsVersion", visitor.encryption.and_then(Encryption::number));
}

/// The keys that the circumstances of a request give, and those that S3 adds.
const OF_REQUEST: usize = 13;
