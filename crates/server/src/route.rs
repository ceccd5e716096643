//! Which service a request is for (`design.md`, section 2): virtual-host bucket, reserved path,
//! target header, credential scope, form, the paths of Cognito Sync; else S3.

use std::borrow::Cow;
use std::sync::Arc;

use http::request::Parts;
use operation::Service;
use wire::Protocol;

use crate::cors;
use crate::settings::Settings;

/// The services, by the names that requests use for them.
pub struct Services {
    all: Vec<Arc<Service>>,
}

/// Where a request goes.
pub enum Route {
    /// To a service. The path is the request's own, with the bucket of the host name in front of it.
    Service {
        /// The service.
        service: Arc<Service>,
        /// The path in path style.
        path: String,
    },
    /// To a page of the server itself.
    Reserved,
    /// `POST /` without any other sign: the form says which service.
    Form,
}

impl Services {
    /// These services.
    pub fn new(all: Vec<Service>) -> Self {
        Self { all: all.into_iter().map(Arc::new).collect() }
    }

    /// The service with this signing name.
    pub fn signing_as(&self, name: &str) -> Option<Arc<Service>> {
        self.all.iter().find(|service| service.signing_name == name).cloned()
    }

    /// The JSON service with this target prefix.
    pub fn targeted(&self, prefix: &str) -> Option<Arc<Service>> {
        let is = |service: &&Arc<Service>| {
            matches!(&service.protocol,
            Protocol::Json10 { target, .. } | Protocol::Json11 { target, .. } if *target == prefix)
        };
        self.all.iter().find(is).cloned()
    }

    /// The Query service with this API version.
    pub fn of_version(&self, wanted: &str) -> Option<Arc<Service>> {
        let is = |service: &&Arc<Service>| matches!(&service.protocol, Protocol::Query { version, .. } if *version == wanted);
        self.all.iter().find(is).cloned()
    }

    /// Where the request goes; `None`: to a service that is not here.
    pub fn route(&self, parts: &Parts, host: &str, settings: &Settings) -> Option<Route> {
        let path = parts.uri.path();
        let to = |service: Option<Arc<Service>>, path: String| service.map(|service| Route::Service { service, path });
        if let Some(bucket) = bucket_of_host(host, settings) {
            return to(self.signing_as("s3"), format!("/{bucket}{path}"));
        }
        if is_reserved(path) {
            return Some(Route::Reserved);
        }
        if let Some(target) = parts.headers.get("x-amz-target") {
            let (prefix, _) = target.to_str().ok()?.rsplit_once('.')?;
            return to(self.targeted(prefix), path.to_owned());
        }
        if let Some(name) = scope_service(parts) {
            return to(self.signing_as(&name), path.to_owned());
        }
        let is_form = || {
            let content_type = parts.headers.get(http::header::CONTENT_TYPE);
            content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
        };
        if parts.method == http::Method::POST && path == "/" && is_form() {
            return Some(Route::Form);
        }
        // Query operations may come as a plain link; S3 knows no such parameter.
        if parts.method == http::Method::GET
            && path == "/"
            && let Some(service) = version(parts.uri.query().unwrap_or_default()).and_then(|v| self.of_version(v))
        {
            return to(Some(service), path.to_owned());
        }
        // Nobody signed it, and no bucket can have this name.
        if path != "/" && cors::is_open(path) {
            return to(self.signing_as("cognito-sync"), path.to_owned());
        }
        to(self.signing_as("s3"), path.to_owned())
    }
}

/// The API version that a form names.
pub fn version(form: &str) -> Option<&str> {
    form.split('&').find_map(|pair| pair.strip_prefix("Version="))
}

/// Whether the path belongs to the server itself: neither can be a bucket name.
pub fn is_reserved(path: &str) -> bool {
    ["/_daypass", "/.well-known"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The host that a request names, without port, in lower case.
pub fn host_of(parts: &Parts) -> Cow<'_, str> {
    let authority = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default(),
    };
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn bucket_of_host<'a>(host: &'a str, settings: &Settings) -> Option<&'a str> {
    settings
        .bucket_domains
        .iter()
        .find_map(|domain| host.strip_suffix(domain.as_str())?.strip_suffix('.').filter(|bucket| !bucket.is_empty()))
}

/// The service in the credential scope, unverified: it only chooses whose rules decide.
fn scope_service(parts: &Parts) -> Option<String> {
    let credential = match parts.headers.get(http::header::AUTHORIZATION) {
        Some(header) => {
            let header = header.to_str().ok()?;
            let (_, credential) = header.split_once("Credential=")?;
            credential.split([',', ' ']).next()?.to_owned()
        }
        None => {
            let query = parts.uri.query()?;
            let value = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
            percent_encoding::percent_decode_str(value).decode_utf8().ok()?.into_owned()
        }
    };
    let mut elements = credential.rsplit('/');
    let (_terminator, service) = (elements.next()?, elements.next()?);
    (elements.count() == 3).then(|| service.to_owned())
}
