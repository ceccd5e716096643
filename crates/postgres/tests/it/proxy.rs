//! A proxy that loses a connection at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// When the connection is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lose {
    /// The database never hears the message.
    Message,
    /// The database has done what the message said; its answer is lost.
    Answer,
}

/// Forwards everything until a message contains `needle`, once armed; that connection is lost, and
/// all others live.
pub(crate) struct Proxy {
    pub(crate) address: String,
    fuse: Arc<Fuse>,
}

struct Fuse {
    server: String,
    needle: &'static str,
    lose: Lose,
    armed: AtomicBool,
    reached: Notify,
    go: Notify,
}

impl Proxy {
    pub(crate) async fn start(server: String, needle: &'static str, lose: Lose) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (armed, reached, go) = (AtomicBool::new(false), Notify::new(), Notify::new());
        let fuse = Arc::new(Fuse { server, needle, lose, armed, reached, go });
        let each = fuse.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, each.clone()));
            }
        });
        Self { address, fuse }
    }

    /// From now on the next such message loses its connection.
    pub(crate) fn arm(&self) {
        self.fuse.armed.store(true, Ordering::SeqCst);
    }

    /// Waits until the message came and was or was not forwarded; the connection still stands.
    pub(crate) async fn reached(&self) {
        self.fuse.reached.notified().await;
    }

    /// Lets the connection end.
    pub(crate) fn go(&self) {
        self.fuse.go.notify_one();
    }
}

async fn forward(mut client: TcpStream, fuse: Arc<Fuse>) {
    let mut server = TcpStream::connect(&fuse.server).await.unwrap();
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let message = &asked[..length];
                let found = message.windows(fuse.needle.len()).any(|part| part == fuse.needle.as_bytes());
                if found && fuse.armed.swap(false, Ordering::SeqCst) {
                    if fuse.lose == Lose::Answer {
                        server.write_all(message).await.unwrap();
                        assert!(server.read(&mut answered).await.unwrap() > 0);
                    }
                    fuse.reached.notify_one();
                    fuse.go.notified().await;
                    return;
                }
                server.write_all(message).await.unwrap();
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
