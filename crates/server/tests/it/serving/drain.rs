//! A request that runs when the server is told to stop is answered; a new connection is not taken.

use serde_json::json;
use server::testing::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::admin::services;

#[tokio::test]
async fn shutting_down_drains() {
    let server = TestServer::start(services).await;
    let address = server.authority();
    let body = json!({}).to_string();
    let mut client = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Daypass.Revoke\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    // The server waits for the body now; another client's answer shows that it has read so far.
    assert_eq!(server.json("daypass", "Daypass.Revoke", json!({}), None).await.status, 400);
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished(), "a running request is not cut off");
    client.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("MissingAuthenticationToken"), "{answer}");
    stopping.await.unwrap();
}
