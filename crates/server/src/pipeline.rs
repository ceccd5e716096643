//! The pipeline of `ARCHITECTURE.md`: read, authenticate, begin, authorize, run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use operation::caller::SessionOf;
use operation::limits::network;
use operation::pending::Decided;
use operation::{Answer, Caller, Place, Refusal, Service, Visit, authorization_message};
use policy::Context;
use sigv4::{Claim, Expect, Payload, Style};
use upstream::Asker;
use wire::rest::Content;
use wire::{Protocol, Reply};

use crate::authenticate::Error as AuthenticationError;
use crate::body::Whole;
use crate::coming::Coming;
use crate::context::{Circumstances, context};
use crate::lasting::Ground;
use crate::meters::UNKNOWN;
use crate::post::Form;
use crate::refusals::Manner;
use crate::respond::Visitor;
use crate::server::Server;
use crate::{body, context};

/// A request's body, as far as routing has read it.
pub(crate) enum Incoming<'a> {
    /// Not at all.
    Stream(Coming),
    /// Whole.
    Whole(Whole<'a>),
}

/// What became known on the way, for metrics and audit.
pub(crate) struct Trail {
    pub(crate) operation: &'static str,
    pub(crate) caller: Caller,
    pub(crate) decided: Vec<Decided>,
    /// Why authentication failed.
    pub(crate) reason: Option<String>,
    /// What a denial was decided on, sealed for the caller's account.
    pub(crate) message: Option<String>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Default for Trail {
    fn default() -> Self {
        let notes = Arc::default();
        let (decided, reason, message) = (Vec::new(), None, None);
        Self { operation: UNKNOWN, caller: Caller::Anonymous, decided, reason, message, notes }
    }
}

impl Trail {
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

/// Runs one request to `service`.
pub(crate) async fn run(
    server: &Server,
    service: &Service,
    path: &str,
    parts: &Parts,
    incoming: Incoming<'_>,
    visitor: &Visitor,
    trail: &mut Trail,
) -> Result<Reply, Answer> {
    let manner = Manner::of(service);
    let signed = signed_request(parts);
    let request = sigv4::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: signed.as_ref().unwrap_or(&parts.headers),
    };
    let claim = sigv4::read(&request);
    let mut signed_as = claim.as_ref().ok().and_then(Option::as_ref).map(context::Signed::of);
    let claims = !matches!(claim, Ok(None));
    if claims && server.host.limits.is_barred(visitor.address, visitor.time) {
        trail.reason = Some("signatures of this address failed too often".into());
        return Err(manner.too_many());
    }
    let Read { operation, input, whole, stream, mut form } =
        read(server, service, path, parts, incoming, visitor, claims).await?;
    trail.operation = service.operation(&operation).unwrap_or(UNKNOWN);
    // Before the caller is read: see `Standings`.
    let revision = server.host.configuration.revision();

    let (caller, body) = if service.ignores_signatures.contains(&trail.operation) {
        // A signature at which nobody looks makes no room for a longer document.
        if whole.as_ref().is_some_and(|whole| whole.bytes.len() > STRANGERS) {
            return Err(manner.too_long(body::Error::TooLong(STRANGERS).to_string()));
        }
        (Caller::Anonymous, None)
    } else if let Some(form) = &mut form {
        let (caller, signed) = poster(server, service, form, &input, visitor, trail).await?;
        signed_as = signed;
        (caller, None)
    } else {
        let claim = claim.map_err(AuthenticationError::Signature);
        let found = match claim {
            Ok(None) => Ok((Caller::Anonymous, None)),
            Ok(Some(claim)) => {
                let whole = whole.as_ref().map(|whole| &*whole.bytes);
                authenticate(server, service, &request, &claim, whole).await
            }
            Err(error) => Err(error),
        };
        found.map_err(|error| unauthenticated(server, manner, error, visitor, trail))?
    };
    trail.caller = caller.clone();
    note_use(server, service, &caller, visitor);
    if matches!(caller, Caller::Anonymous) && !server.host.limits.unsigned(visitor.address) {
        return Err(manner.too_many());
    }
    let stream = stream.map(|stream| verified_stream(server, stream, body.as_ref(), &parts.headers)).transpose();
    let stream = stream.map_err(|error| Answer::new("InvalidRequest", 400, error.to_string()))?;
    let stream = stream.or_else(|| form.map(Form::into_file));

    let standing = server.standings.of(&server.host, &caller, revision).await;
    let standing = standing.map_err(|error| manner.internal(error))?;
    let mut context = context(&circumstances(server, service, parts, visitor), &standing.context);
    if let Style::S3 = style(service) {
        context::of_s3(&mut context, &parts.headers, signed_as, visitor);
    }
    let visit = visit(server, visitor, caller.clone(), context, trail);
    let pending = service.begin(&operation, &input, visit).unwrap_or_else(|| {
        let fault = wire::Malformed::UnknownOperation(operation.clone()).fault(&service.protocol);
        Err(Answer::new(fault.code, fault.status, fault.message))
    })?;
    let asker = asker(&caller, visitor);
    let ready = asker.asks(pending.authorize(&standing)).await.map_err(|refusal| {
        if let Refusal::Denied { decided, context, .. } = &refusal {
            trail.decided.push((**decided).clone());
            trail.message = context.as_ref().and_then(|context| message(server, &caller, decided, context, visitor));
        }
        manner.refused(refusal, &caller)
    })?;
    trail.decided.clone_from(&ready.decided);
    if !service.lasting.contains(&trail.operation) {
        return asker.asks(ready.run(stream)).await;
    }
    let place = server.lasting.admit(visitor.address).ok_or_else(|| manner.too_many())?;
    let (question, run) = ready.run_asking(stream);
    let mut reply = asker.asks(run).await?;
    if let wire::Body::Stream(body) = reply.body {
        let ground = ground(server, service, parts, visitor, (caller, question));
        reply.body = wire::Body::Stream(ground.under(body, server.closing.subscribe(), place));
    }
    Ok(reply)
}

/// On whose behalf engines are asked: whoever began a session, since one can have many, and strangers by their address.
fn asker(caller: &Caller, visitor: &Visitor) -> Asker {
    match caller {
        Caller::Anonymous => Asker::new(&network(visitor.address).to_string()),
        Caller::Root { account, .. } => Asker::new(&format!("root:{account}")),
        Caller::User { user, .. } => Asker::new(&format!("user:{}", user.unique_id)),
        Caller::Session { session, .. } => Asker::new(&session.origin.who),
    }
}

/// What an answer that lasts rests on.
fn ground(
    server: &Server,
    service: &Service,
    parts: &Parts,
    visitor: &Visitor,
    (caller, question): (Caller, operation::pending::Question),
) -> Ground {
    let Circumstances { user_agent, referer, region, .. } = circumstances(server, service, parts, visitor);
    Ground {
        host: server.host.clone(),
        standings: server.standings.clone(),
        caller,
        question,
        address: visitor.address,
        secure: visitor.secure,
        user_agent: user_agent.to_owned(),
        referer: referer.map(str::to_owned),
        region: region.to_owned(),
    }
}

/// Notes in memory that a key or role was used. What a denied request asked for was a use all the same.
fn note_use(server: &Server, service: &Service, caller: &Caller, visitor: &Visitor) {
    let name = match caller {
        Caller::Root { key, .. } | Caller::User { key, .. } => key.as_str(),
        Caller::Session { of: SessionOf::Role(role), .. } => &role.unique_id,
        Caller::Session { of: SessionOf::User(_) | SessionOf::Root, .. } | Caller::Anonymous => return,
    };
    server.host.last_used.note(name, visitor.time, service.signing_name, region(server, service));
}

/// The encoded message about a denial. A denial without one is a denial all the same.
fn message(
    server: &Server,
    caller: &Caller,
    decided: &Decided,
    context: &Context,
    visitor: &Visitor,
) -> Option<String> {
    let sealed = authorization_message::seal(&server.host.keyring, caller, decided, context, visitor.time);
    sealed.unwrap_or_else(|error| {
        tracing::error!(request_id = %visitor.request_id, %error, "no authorization message");
        None
    })
}

struct Read<'a> {
    operation: String,
    input: wire::Input,
    /// The whole body, where it is not streamed.
    whole: Option<Whole<'a>>,
    stream: Option<Coming>,
    /// A form whose file streams.
    form: Option<Form>,
}

/// Reads operation and input; the body too, unless the operation wants it as a stream.
async fn read<'a>(
    server: &'a Server,
    service: &Service,
    path: &str,
    parts: &Parts,
    incoming: Incoming<'a>,
    visitor: &Visitor,
    claims: bool,
) -> Result<Read<'a>, Answer> {
    let malformed = |malformed: wire::Malformed| {
        let fault = malformed.fault(&service.protocol);
        Answer::new(fault.code, fault.status, fault.message)
    };
    let nothing = Bytes::new();
    let query = parts.uri.query().unwrap_or_default();
    let mut request = wire::Request { method: &parts.method, path, query, headers: &parts.headers, body: &nothing };
    let incoming = match (incoming, &service.protocol) {
        (Incoming::Stream(stream), Protocol::RestXml { .. }) => {
            let invocation = service.protocol.read(&request, &service.routes).map_err(malformed)?;
            let wire::Invocation { operation, input, route } = invocation;
            match route {
                Some(route) if route.body == Content::Streamed => {
                    return Ok(Read { operation, input, whole: None, stream: Some(stream), form: None });
                }
                Some(route) if route.body == Content::Form => {
                    let stream = body::unsigned(stream, server.settings.bounds.body_timeout);
                    let form = Form::read(parts, stream, claims).await?;
                    let input = input.with_fields(route, &form.fields);
                    return Ok(Read { operation, input, whole: None, stream: None, form: Some(form) });
                }
                Some(route) if route.body == Content::Empty => {
                    let whole = Some(document(server, service, stream, visitor, claims).await?);
                    return Ok(Read { operation, input, whole, stream: None, form: None });
                }
                _ => Incoming::Stream(stream),
            }
        }
        (incoming, _) => incoming,
    };
    let whole = match incoming {
        Incoming::Whole(whole) => whole,
        Incoming::Stream(stream) => document(server, service, stream, visitor, claims).await?,
    };
    request.body = &whole.bytes;
    let invocation = service.protocol.read(&request, &service.routes).map_err(malformed)?;
    let wire::Invocation { operation, input, .. } = invocation;
    Ok(Read { operation, input, whole: Some(whole), stream: None, form: None })
}

/// A body that is read whole.
async fn document<'a>(
    server: &'a Server,
    service: &Service,
    stream: Coming,
    visitor: &Visitor,
    claims: bool,
) -> Result<Whole<'a>, Answer> {
    let bounds = &server.settings.bounds;
    // Strangers send small documents.
    let longest = if claims { bounds.document } else { bounds.document.min(STRANGERS) };
    let read = body::whole(stream, longest, bounds.body_timeout, server.room.share(visitor.address)).await;
    read.map_err(|error| unread(service, &error))
}

/// Who sent a form, and how it was signed: its fields are what the policy allows.
async fn poster(
    server: &Server,
    service: &Service,
    form: &mut Form,
    input: &wire::Input,
    visitor: &Visitor,
    trail: &mut Trail,
) -> Result<(Caller, Option<context::Signed>), Answer> {
    let manner = Manner::of(service);
    let found = match form.claim() {
        Ok(None) => return Ok((Caller::Anonymous, None)),
        Ok(Some(_)) if server.host.limits.is_barred(visitor.address, visitor.time) => return Err(manner.too_many()),
        Ok(Some(claim)) => {
            let caller = match check_fresh(server) {
                Ok(()) => server.authenticator.poster(&server.host, &claim, &expect(server, service)).await,
                Err(error) => Err(error),
            };
            caller.map(|caller| (caller, claim.time()))
        }
        Err(error) => Err(error.into()),
    };
    let (caller, time) = found.map_err(|error| unauthenticated(server, manner, error, visitor, trail))?;
    trail.caller = caller.clone();
    let To { bucket } = input.parse().map_err(|error| manner.internal(error))?;
    form.check(&bucket, server.host.now()).inspect_err(|answer| trail.reason = Some(answer.message.clone()))?;
    Ok((caller, Some(context::Signed::form(time))))
}

/// Where a form goes.
#[derive(serde::Deserialize)]
struct To {
    #[serde(rename = "Bucket")]
    bucket: String,
}

/// Notes that a signature is not accepted.
fn unauthenticated(
    server: &Server,
    manner: Manner,
    error: AuthenticationError,
    visitor: &Visitor,
    trail: &mut Trail,
) -> Answer {
    if !matches!(error, AuthenticationError::Internal(_)) {
        server.host.limits.failed(visitor.address, visitor.time);
    }
    trail.reason = Some(error.to_string());
    manner.unauthenticated(error)
}

fn check_fresh(server: &Server) -> Result<(), AuthenticationError> {
    if server.host.configuration.staleness() > server.settings.max_staleness {
        return Err(AuthenticationError::Internal("the configuration is stale: the store does not answer".into()));
    }
    Ok(())
}

fn expect<'a>(server: &'a Server, service: &Service) -> Expect<'a> {
    Expect {
        service: service.signing_name,
        region: region(server, service),
        style: style(service),
        now: server.host.now(),
        skew: skew(service),
    }
}

async fn authenticate(
    server: &Server,
    service: &Service,
    request: &sigv4::Request<'_>,
    claim: &Claim<'_>,
    whole: Option<&[u8]>,
) -> Result<(Caller, Option<sigv4::Verified>), AuthenticationError> {
    check_fresh(server)?;
    let expect = expect(server, service);
    // A presigned S3 request covers no body; hashing one would be in vain.
    let hash = whole.filter(|_| !is_unsigned(claim, service)).map(sigv4::sha256);
    let (caller, verified) = server.authenticator.caller(&server.host, request, claim, hash, &expect).await?;
    // Nobody takes a document out of its chunks: what came is not what the signature speaks of.
    if whole.is_some() && !matches!(verified.body, sigv4::Body::Checked | sigv4::Body::Unsigned) {
        return Err(sigv4::Error::PayloadKind.into());
    }
    Ok((caller, Some(verified)))
}

fn is_unsigned(claim: &Claim<'_>, service: &Service) -> bool {
    let s3 = matches!(style(service), Style::S3);
    match claim.payload {
        Payload::Unsigned => s3,
        Payload::Absent => s3 && matches!(claim.place, sigv4::Place::Query { .. }),
        Payload::Hash(_) | Payload::Chunked(_) => false,
    }
}

fn verified_stream(
    server: &Server,
    stream: Coming,
    verified: Option<&sigv4::Verified>,
    headers: &http::HeaderMap,
) -> Result<wire::Stream, body::Error> {
    let patience = server.settings.bounds.body_timeout;
    match verified {
        Some(verified) => body::streamed(stream, verified, headers, patience),
        None => Ok(body::unsigned(stream, patience)),
    }
}

fn visit(server: &Server, visitor: &Visitor, caller: Caller, context: Context, trail: &Trail) -> Visit<()> {
    let first = server.host.accounts.first().copied();
    let account = caller.account().or(first).unwrap_or(NOBODY);
    Visit {
        state: Arc::new(()),
        host: server.host.clone(),
        place: Place { account, region: server.host.region.clone() },
        caller,
        address: visitor.address,
        time: visitor.time,
        request_id: visitor.request_id.clone(),
        context: Arc::new(context),
        notes: trail.notes.clone(),
    }
}

fn circumstances<'a>(server: &'a Server, service: &Service, parts: &'a Parts, visitor: &Visitor) -> Circumstances<'a> {
    let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    Circumstances {
        time: visitor.time,
        address: visitor.address,
        secure: visitor.secure,
        user_agent: text(http::header::USER_AGENT).unwrap_or_default(),
        referer: text(http::header::REFERER),
        region: region(server, service),
    }
}

/// The headers that the signature must cover, where they are not the request's own: HTTP/2 names the host in
/// `:authority`, and HTTP/1.1 may name it in the request line. That name is the one that was routed by, so it
/// takes the place of any `Host` header: else a URL signed for one host would open a bucket of another.
fn signed_request(parts: &Parts) -> Option<http::HeaderMap> {
    let authority = parts.uri.authority()?.as_str();
    let mut hosts = parts.headers.get_all(http::header::HOST).iter();
    if hosts.next().is_some_and(|host| host.as_bytes() == authority.as_bytes()) && hosts.next().is_none() {
        return None;
    }
    let mut headers = parts.headers.clone();
    // An authority that is no header value cannot have been signed: none stands in for it.
    match http::HeaderValue::from_str(authority) {
        Ok(host) => drop(headers.insert(http::header::HOST, host)),
        Err(_) => drop(headers.remove(http::header::HOST)),
    }
    Some(headers)
}

fn unread(service: &Service, error: &body::Error) -> Answer {
    let manner = Manner::of(service);
    match error {
        body::Error::TooLong(_) => manner.too_long(error.to_string()),
        body::Error::Full => manner.unavailable(),
        body::Error::TooSlow | body::Error::Broken | body::Error::Changed | body::Error::Chunked(_) => {
            let fault = operation::BodyFault::from(error.clone());
            Answer::new(fault.code, fault.status, fault.message)
        }
    }
}

fn style(service: &Service) -> Style {
    if matches!(service.protocol, Protocol::RestXml { .. }) { Style::S3 } else { Style::Standard }
}

/// IAM signs for `us-east-1` wherever it is.
fn region<'a>(server: &'a Server, service: &Service) -> &'a str {
    if service.signing_name == "iam" { "us-east-1" } else { server.host.region.as_str() }
}

/// The Cognito services allow five minutes, the others a quarter of an hour.
fn skew(service: &Service) -> Duration {
    let minutes = if service.signing_name.starts_with("cognito") { 5 } else { 15 };
    Duration::from_secs(minutes * 60)
}

/// The longest unsigned document: ten logins of the longest kind fit.
const STRANGERS: usize = 1024 * 1024;

const NOBODY: vocab::AccountId = vocab::AccountId::ZERO;
