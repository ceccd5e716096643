//! CORS as the real services answer it, since browsers are the main client: open for the API's own
//! paths, by the bucket's rules for objects. The API accepts no cookie, so an open answer gives
//! nothing away.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// Whether the request is a browser's preflight.
pub fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(ORIGIN)
        && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Whether the path is one of the API's own, where every origin is welcome.
pub fn is_open(path: &str) -> bool {
    path == "/" || path.starts_with("/identitypools/") || path == "/identitypools"
}

/// The open answer to a preflight.
pub fn open_preflight() -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    (StatusCode::OK, headers)
}

/// Lets a browser read an answer of the API's own paths.
pub fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

/// Lets a browser read an answer by rules of the service's own.
pub fn by_rules(headers: &mut HeaderMap, allowed: HeaderMap) {
    headers.append(VARY, varying());
    headers.extend(allowed);
}

/// What the answer to a preflight, or to a request of a page, depends on.
pub fn varying() -> HeaderValue {
    HeaderValue::from_static("Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
}

/// What a browser is told whose request no rule allows.
pub const FORBIDDEN: &str = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of \
    Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the \
    resource's CORS spec.";

const ALLOWED: &str = "authorization,cache-control,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,\
    x-amz-target,x-amz-user-agent,x-amz-client-context,amz-sdk-invocation-id,amz-sdk-request,x-api-key";
const EXPOSED: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-request-id,x-amz-crc32,Date,ETag";
