//! REST-XML as S3 speaks it: routes name the operation, bodies are XML documents or streams.

pub(crate) mod fault;
pub(crate) mod read;
pub(crate) mod write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;

const CONTENT_TYPE: &str = "application/xml";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

/// The second id that S3 gives every answer. Clients show it and nothing else.
fn host_id(request_id: &str) -> String {
    STANDARD.encode(request_id)
}
