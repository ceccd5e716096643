//! A client by hand, for what no SDK would send.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use sigv4::{Payload, Signer, SigningKeys, Style, sha256};
use vocab::Secret;

use super::TestServer;

/// Credentials.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The access key id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub token: Option<Secret>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON; an empty one is null.
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).expect("the body is JSON") }
    }

    /// The error code, of JSON or XML; empty where there is none.
    pub fn code(&self) -> String {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => json["__type"].as_str().unwrap_or_default().to_owned(),
            Err(_) => self.element("Code"),
        }
    }

    /// The error message, of JSON or XML.
    pub fn message(&self) -> String {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => json["message"].as_str().or(json["Message"].as_str()).unwrap_or_default().to_owned(),
            Err(_) => self.element("Message"),
        }
    }

    /// The text of the first XML element with this name.
    pub fn element(&self, name: &str) -> String {
        let text = self.text();
        let inside = text.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        let inside = inside.map_or("", |(inside, _)| inside);
        inside
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }
}

impl TestServer {
    /// A JSON call: `service` is the signing name; without keys it is not signed.
    pub async fn json(&self, service: &str, target: &str, body: Value, keys: Option<&Keys>) -> Answer {
        let version = if service == "dynamodb" { "1.0" } else { "1.1" };
        let headers =
            [("content-type", format!("application/x-amz-json-{version}")), ("x-amz-target", target.to_owned())];
        self.send(service, Method::POST, "/", &headers, Bytes::from(body.to_string()), keys).await
    }

    /// A Query call: `fields` without `Version`.
    pub async fn query(&self, service: &str, fields: &[(&str, &str)], keys: Option<&Keys>) -> Answer {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let escape =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut body = format!("Version={version}");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", escape(value)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        self.send(service, Method::POST, "/", &headers, Bytes::from(body), keys).await
    }

    /// An S3 call: path and query as they are sent.
    pub async fn s3(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, String)],
        body: impl Into<Bytes>,
        keys: Option<&Keys>,
    ) -> Answer {
        self.send("s3", method, target, headers, body.into(), keys).await
    }

    /// Any call, signed for `service` where keys are given.
    pub async fn send(
        &self,
        service: &str,
        method: Method,
        target: &str,
        headers: &[(&str, String)],
        body: Bytes,
        keys: Option<&Keys>,
    ) -> Answer {
        self.send_raw(self.request(service, method, target, headers, body, keys)).await
    }

    /// The request of such a call.
    pub fn request(
        &self,
        service: &str,
        method: Method,
        target: &str,
        headers: &[(&str, String)],
        body: Bytes,
        keys: Option<&Keys>,
    ) -> Request<Full<Bytes>> {
        let mut all = HeaderMap::new();
        all.insert("host", HeaderValue::from_str(&self.authority()).expect("an address is a header"));
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a header name");
            all.append(name, HeaderValue::from_str(value).expect("a header value"));
        }
        if let Some(keys) = keys {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let style = if service == "s3" { Style::S3 } else { Style::Standard };
            let signer = Signer {
                access_key_id: &keys.id,
                secret: &keys.secret,
                session_token: keys.token.as_ref(),
                region: "us-east-1",
                service,
                style,
                time: self.host.now(),
            };
            let hash = Payload::Hash(sha256(&body));
            let signed = signer.sign(method.as_str(), (path, query), &mut all, hash, &SigningKeys::new(1));
            signed.expect("the request can be signed");
        }
        let uri = format!("http://{}{target}", self.authority());
        let mut request = Request::builder().method(method).uri(uri).body(Full::new(body)).expect("a request");
        *request.headers_mut() = all;
        request
    }

    /// A request as it is.
    pub async fn send_raw(&self, request: Request<Full<Bytes>>) -> Answer {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let response = client.request(request).await.expect("the server answers");
        let (status, headers): (StatusCode, _) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.expect("the answer has an end").to_bytes();
        Answer { status: status.as_u16(), headers, body }
    }
}
