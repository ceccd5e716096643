//! A small client of the public wire API: what `tour`, the sample and `admin` speak.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use sigv4::{Payload, Signer, SigningKeys, Style, sha256};
use vocab::{Clock, Secret, SystemClock};

use crate::form;

/// Credentials to sign with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The access key id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub token: Option<Secret>,
}

/// A server, from outside.
pub struct Client {
    authority: String,
    region: String,
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
}

/// A plain answer.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused it.
    #[error("{code}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// AWS's code.
        code: String,
        /// AWS's words.
        message: String,
    },
    /// Nobody answers there.
    #[error("no answer from `{0}`: {1}")]
    Unreachable(String, String),
    /// The endpoint or the request is not one.
    #[error("{0}")]
    Wrong(String),
}

impl Error {
    /// The code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unreachable(..) | Self::Wrong(_) => None,
        }
    }
}

impl Client {
    /// A client of the server at `endpoint`.
    pub fn new(endpoint: &str, region: &str) -> Result<Self, Error> {
        let authority =
            endpoint.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).filter(|rest| !rest.contains('/'));
        let authority = authority.ok_or_else(|| {
            Error::Wrong(format!(
                "`--endpoint`: `{endpoint}` is not of the form `http://127.0.0.1:4566` (this client speaks no TLS)"
            ))
        })?;
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { authority: authority.to_owned(), region: region.to_owned(), http })
    }

    /// A call of a JSON service; unsigned without keys.
    pub async fn json(&self, service: &str, target: &str, body: &Value, keys: Option<&Keys>) -> Result<Value, Error> {
        let version = if service == "dynamodb" { "1.0" } else { "1.1" };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, value(&format!("application/x-amz-json-{version}"))?);
        headers.insert("x-amz-target", value(target)?);
        let body = Bytes::from(body.to_string());
        let answer = self.call(service, Method::POST, "/", headers, body, keys).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| Error::Wrong("the answer is not JSON".into()))
    }

    /// A call of Cognito Sync; `target` is path and query as they are sent.
    pub async fn rest(&self, method: Method, target: &str, body: Option<&Value>, keys: &Keys) -> Result<Value, Error> {
        let mut headers = HeaderMap::new();
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = Bytes::from(body.map(Value::to_string).unwrap_or_default());
        let answer = self.call("cognito-sync", method, target, headers, body, Some(keys)).await?;
        serde_json::from_slice(&answer.body).map_err(|_| Error::Wrong("the answer is not JSON".into()))
    }

    /// A call of a Query service; the answer is its XML.
    pub async fn query(&self, service: &str, fields: &[(&str, &str)], keys: Option<&Keys>) -> Result<String, Error> {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Bytes::from(format!("Version={version}&{}", form::write(fields)));
        let answer = self.call(service, Method::POST, "/", headers, body, keys).await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// A call of S3; `target` is path and query as they are sent.
    pub async fn s3(
        &self,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
        keys: Option<&Keys>,
    ) -> Result<Bytes, Error> {
        Ok(self.call("s3", method, target, HeaderMap::new(), body.into(), keys).await?.body)
    }

    /// A page of the server's own; redirects are not followed, and no status is an error.
    pub async fn page(&self, method: Method, target: &str, form: Option<String>) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, value(&self.authority)?);
        if form.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        self.send(method, target, headers, Bytes::from(form.unwrap_or_default())).await
    }

    async fn call(
        &self,
        service: &str,
        method: Method,
        target: &str,
        mut headers: HeaderMap,
        body: Bytes,
        keys: Option<&Keys>,
    ) -> Result<Answer, Error> {
        headers.insert(HOST, value(&self.authority)?);
        if let Some(keys) = keys {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let signer = Signer {
                access_key_id: &keys.id,
                secret: &keys.secret,
                session_token: keys.token.as_ref(),
                region: if service == "iam" { "us-east-1" } else { &self.region },
                service,
                style: if service == "s3" { Style::S3 } else { Style::Standard },
                time: SystemClock.now(),
            };
            let hash = Payload::Hash(sha256(&body));
            let signed = signer.sign(method.as_str(), (path, query), &mut headers, hash, &SigningKeys::new(1));
            signed.map_err(|error| Error::Wrong(error.to_string()))?;
        }
        let answer = self.send(method, target, headers, body).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
    }

    async fn send(&self, method: Method, target: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Error> {
        let uri = format!("http://{}{target}", self.authority);
        let request = Request::builder().method(method).uri(uri).body(Full::new(body));
        let mut request = request.map_err(|error| Error::Wrong(error.to_string()))?;
        *request.headers_mut() = headers;
        let unreachable = |error: String| Error::Unreachable(format!("http://{}", self.authority), error);
        let response = self.http.request(request).await.map_err(|error| unreachable(chain(&error)))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = Limited::new(response.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| unreachable(error.to_string()))?.to_bytes();
        Ok(Answer { status, headers, body })
    }
}

/// The text of the first XML element with this name.
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

fn refusal(answer: &Answer) -> Error {
    let status = answer.status.as_u16();
    let text = String::from_utf8_lossy(&answer.body);
    let (code, message) = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(json) => {
            let member = |names: [&str; 2]| {
                names.iter().find_map(|name| json.get(name)?.as_str()).unwrap_or_default().to_owned()
            };
            let code = member(["__type", "code"]);
            (code.rsplit('#').next().unwrap_or_default().to_owned(), member(["message", "Message"]))
        }
        Err(_) => {
            let of = |name| element(&text, name).unwrap_or_default().replace("&quot;", "\"").replace("&apos;", "'");
            (of("Code"), of("Message"))
        }
    };
    let code = if code.is_empty() { answer.status.to_string() } else { code };
    Error::Refused { status, code, message }
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Wrong(format!("`{text}` cannot stand in a header")))
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

const LONGEST: usize = 16 * 1024 * 1024;
