//! The embedded engine of tables alone: `hyper`, JSON and the backend, with no signature and no decision.
//!
//! What Daypass costs over this is what verification, authorization and the protocol cost.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use dynamo::backend::{Backend, Order};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming as Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use vocab::AccountId;

use crate::Result;

/// Serves tables until the process is killed.
pub async fn serve(port: u16, folder: &Path) -> Result<()> {
    let engine = Arc::new(dynamo::Embedded::open(folder)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let engine = engine.clone();
        let service = service_fn(move |request| {
            let engine = engine.clone();
            async move { answer(&*engine, request).await }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(engine: &dyn Backend, request: Request<Body>) -> Result<Response<wire::Body>> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    if target.is_empty() {
        return Ok(Response::new(wire::Body::Whole("{}".into())));
    }
    let operation = OPERATIONS.into_iter().find(|operation| target.ends_with(operation));
    let operation = operation.ok_or("the operation is none of those that are measured")?;
    let body = request.into_body().collect().await?.to_bytes();
    let order = Order {
        account: AccountId::ZERO,
        region: "us-east-1".parse()?,
        operation,
        writes: matches!(operation, "PutItem" | "CreateTable"),
        document: serde_json::from_slice(&body)?,
        relies_on: Vec::new(),
    };
    let answer = engine.execute(order).await.map_err(|error| format!("{error:?}"))?;
    let body = serde_json::to_vec(&answer)?;
    let length = body.len();
    let mut answer = Response::new(wire::Body::Whole(body.into()));
    answer.headers_mut().insert("content-length", length.into());
    Ok(answer)
}

const OPERATIONS: [&str; 4] = ["GetItem", "PutItem", "Query", "CreateTable"];
