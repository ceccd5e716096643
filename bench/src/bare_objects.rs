//! The embedded object store alone: `hyper` and the backend, with no signature, no decision and no XML.
//!
//! What Daypass costs over this is what verification, authorization and the protocol cost.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming as Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3::backend::embedded::Embedded;
use s3::backend::{At, Backend, Headers, Query, Sought, Wish};
use s3::conditions::Precondition;
use s3::incoming::{Incoming, Promise};
use store::records::buckets::Bucket;
use tokio::net::TcpListener;
use vocab::{Clock, Random, SystemClock, SystemRandom};

use crate::Result;

type Answer = Response<wire::Body>;

/// Serves one bucket, named by the first segment of every path, until the process is killed.
pub async fn serve(port: u16, folder: &Path) -> Result<()> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let rows = embedded::Store::open(folder)?;
    let backend = Embedded::open(&folder.join("objects"), rows, clock.clone(), random.clone())?;
    backend.keep_clean();
    let region = "us-east-1".parse()?;
    let bucket = Bucket::new("bare".into(), random.bytes(), "000000000000".parse()?, region, clock.now());
    let (backend, bucket) = (backend as Arc<dyn Backend>, Arc::new(bucket));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (backend, bucket) = (backend.clone(), bucket.clone());
        let service = service_fn(move |request| {
            let (backend, bucket) = (backend.clone(), bucket.clone());
            async move { answer(&*backend, &bucket, request).await }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(backend: &dyn Backend, bucket: &Bucket, request: Request<Body>) -> Result<Answer> {
    let (parts, body) = request.into_parts();
    let Some((_, key)) = parts.uri.path().trim_start_matches('/').split_once('/') else {
        return list(backend, bucket, parts.uri.query().unwrap_or_default()).await;
    };
    let at = At { bucket, key };
    if parts.method == Method::PUT {
        let length = parts.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let promise = Promise { length, ..Promise::default() };
        let body: wire::Stream = Box::pin(body.map_err(Into::into));
        let body = Incoming::new(Some(body), &promise).map_err(told)?;
        let precondition = Precondition::of(None, None).map_err(told)?;
        backend.put(at, Headers::default(), &precondition, body).await.map_err(told)?;
        return Ok(whole(Bytes::new()));
    }
    let wish = Wish { bytes: true, ..Wish::default() };
    let Some(Sought::Object(found)) = backend.find(at, &wish).await.map_err(told)? else {
        return Err("there is no such object".into());
    };
    let stream = backend.read(at, &found, 0..found.object.size).await.map_err(told)?;
    let mut answer = Response::new(wire::Body::Stream(stream));
    answer.headers_mut().insert("content-length", found.object.size.into());
    Ok(answer)
}

/// The keys alone, a line each.
async fn list(backend: &dyn Backend, bucket: &Bucket, query: &str) -> Result<Answer> {
    let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
    let prefix = percent_encoding::percent_decode_str(prefix).decode_utf8()?.replace(':', "%3A");
    let query = Query { prefix: &prefix, delimiter: None, after: None, limit: 1000 };
    let page = backend.list(bucket, &query).await.map_err(told)?;
    let lines: String = page.entries.iter().map(|entry| format!("{entry:?}\n")).collect();
    Ok(whole(lines.into()))
}

fn whole(bytes: Bytes) -> Answer {
    let length = bytes.len();
    let mut answer = Response::new(wire::Body::Whole(bytes));
    answer.headers_mut().insert("content-length", length.into());
    answer
}

fn told(error: s3::Error) -> String {
    format!("{error:?}")
}
