//! Requests as bytes, and a connection that sends them: no more than a load generator needs.

use http::HeaderMap;
use http::header::HOST;
use sigv4::{Payload, Signer, SigningKeys, Style, sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vocab::{Clock, Secret, SystemClock};

use crate::Result;

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

/// A request before it is bytes.
pub struct Draft<'a> {
    /// The server's port.
    pub port: u16,
    /// The signing name of the service.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query as they are sent.
    pub target: &'a str,
    /// Headers beside those of the signature.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Draft<'_> {
    /// The request as it goes over the connection, signed where there are keys.
    pub fn bytes(&self, keys: Option<&Keys>) -> Result<Vec<u8>> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, format!("127.0.0.1:{}", self.port).parse()?);
        for (name, value) in self.headers {
            headers.insert(*name, value.parse()?);
        }
        if let Some(keys) = keys {
            let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
            let signer = Signer {
                access_key_id: &keys.id,
                secret: &keys.secret,
                session_token: keys.token.as_ref(),
                region: "us-east-1",
                service: self.service,
                style: if self.service == "s3" { Style::S3 } else { Style::Standard },
                time: SystemClock.now(),
            };
            let hash = Payload::Hash(sha256(self.body));
            signer.sign(self.method, (path, query), &mut headers, hash, &SigningKeys::new(1))?;
        }
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        if self.method != "GET" {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body);
        Ok(bytes)
    }
}

/// A kept-alive connection; one that the server closed after an answer is opened again.
pub struct Connection {
    port: u16,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; the body is in the connection's buffer until the next call.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body; of a chunked one with its chunk heads.
    pub body: &'a [u8],
}

/// How the end of a body is found.
enum End {
    Length(usize),
    LastChunk,
}

struct Head {
    status: u16,
    end: End,
    closes: bool,
}

impl Connection {
    /// A connection to a port of loopback.
    pub async fn open(port: u16) -> Result<Self> {
        Ok(Self { port, stream: connect(port).await?, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads its answer.
    pub async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let start = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = read_head(self.buffer.get(..start).unwrap_or_default())?;
        match head.end {
            End::Length(length) => {
                while self.buffer.len() < start + length {
                    self.more().await?;
                }
            }
            End::LastChunk => {
                while !self.buffer.get(start..).is_some_and(|body| body.ends_with(b"0\r\n\r\n")) {
                    self.more().await?;
                }
            }
        }
        if head.closes {
            self.stream = connect(self.port).await?;
        }
        Ok(Answer { status: head.status, body: self.buffer.get(start..).unwrap_or_default() })
    }

    async fn more(&mut self) -> Result<()> {
        if self.buffer.len() > LONGEST {
            return Err("the answer is too long".into());
        }
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

async fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn read_head(head: &[u8]) -> Result<Head> {
    let head = std::str::from_utf8(head)?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or("the answer has no status")?;
    let value = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let closes = value("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let length = value("content-length").and_then(|value| value.parse().ok());
    let chunked = value("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let end = match (status, length) {
        (204, _) => End::Length(0),
        (_, Some(length)) if length <= LONGEST => End::Length(length),
        (_, None) if chunked => End::LastChunk,
        _ => return Err("the answer does not tell its length".into()),
    };
    Ok(Head { status, end, closes })
}

const LONGEST: usize = 4 * 1024 * 1024;
