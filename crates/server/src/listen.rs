//! The listener: accepts connections, speaks TLS, HTTP/1.1 and HTTP/2, bounds what a connection may
//! take, and drains at shut-down.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::admission::Admission;
use crate::settings::Bounds;
use crate::tls::{Acceptor, Encryption, encryption};

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The address of the other end of the connection.
    pub address: SocketAddr,
    /// How the connection is encrypted; `None`: it is not.
    pub encryption: Option<Encryption>,
    /// Whether it came in at the operators' own address.
    pub is_admin: bool,
}

/// What answers requests.
pub type Handler =
    Arc<dyn Fn(http::Request<Incoming>, Peer) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// A reply as hyper sends it.
pub type Reply = http::Response<wire::Stream>;

/// Binds a listening socket.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A restart must not wait for connections of the last run to time out.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves until `stop` resolves, then lets running requests end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Acceptor>,
    bounds: &Bounds,
    admission: Arc<Admission>,
    is_admin: bool,
    handler: Handler,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let http = builder(bounds);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Usually too many open files: wait for some to be closed instead of spinning.
                tracing::warn!(%error, "connection is not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(place) = admission.admit(address.ip()) else {
            metrics::counter!("daypass_connections_refused").increment(1);
            continue;
        };
        prepare(&stream);
        let (http, handler, tls, watcher) = (http.clone(), handler.clone(), tls.clone(), graceful.watcher());
        let header_timeout = bounds.header_timeout;
        tokio::spawn(async move {
            let _place = place;
            let Some((stream, encryption)) = encrypted(stream, tls, header_timeout).await else { return };
            let peer = Peer { address, encryption, is_admin };
            let service = service_fn(move |request| {
                let answer = handler(request, peer);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
            // A connection that breaks is the client's affair.
            let _ = watcher.watch(connection.into_owned()).await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(bounds.drain, graceful.shutdown()).await;
}

/// Answers go out at once; and what is sent to a peer that has vanished, such as the signs of life of an event stream, is
/// not sent again for long.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
}

fn builder(bounds: &Bounds) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_timeout)
        .max_buf_size(HEADERS)
        .max_headers(HEADER_COUNT)
        .half_close(false);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADERS_H2)
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(bounds.header_timeout);
    http
}

/// Either kind of stream, as hyper reads it.
trait Both: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Both for T {}

/// The stream after the handshake, where there is one. `None`: it failed or took too long.
async fn encrypted(
    stream: TcpStream,
    tls: Option<Acceptor>,
    within: std::time::Duration,
) -> Option<(Box<dyn Both>, Option<Encryption>)> {
    let Some(tls) = tls else { return Some((Box::new(stream), None)) };
    let stream = tokio::time::timeout(within, tls.accept(stream)).await.ok()?.ok()?;
    let encryption = encryption(&stream);
    Some((Box::new(stream), Some(encryption)))
}

/// How long a peer may leave what it was sent without a word.
const UNACKNOWLEDGED: std::time::Duration = std::time::Duration::from_secs(120);
const BACKLOG: i32 = 1024;
/// Room for the longest request line and headers: session tokens are long.
const HEADERS: usize = 64 * 1024;
const HEADERS_H2: u32 = 64 * 1024;
const HEADER_COUNT: usize = 100;
const STREAMS: u32 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_that_vanishes_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, _) = accepted.unwrap();
        prepare(&stream);
        assert!(stream.nodelay().unwrap());
        assert_eq!(SockRef::from(&stream).tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
    }
}
