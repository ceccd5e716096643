//! Long answers that nobody reads.

use std::time::Duration;

use http::Method;
use server::testing::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::s3::services;

#[tokio::test]
async fn who_stops_reading_a_long_answer_does_not_get_the_rest() {
    let patience = Duration::from_millis(50);
    let server = TestServer::start_with(services, |settings| settings.bounds.body_timeout = patience).await;
    let size = 32 * 1024 * 1024;
    let call = async |method, target, body| server.s3(method, target, &[], body, Some(&server.root)).await.status;
    assert_eq!(call(Method::PUT, "/game", vec![]).await, 200);
    assert_eq!(call(Method::PUT, "/game/long", vec![b'x'; size]).await, 200);
    let request = server.request("s3", Method::GET, "/game/long", &[], "".into(), Some(&server.root));
    let mut text = "GET /game/long HTTP/1.1\r\nconnection: close\r\n".to_owned();
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let read = async |pause: Duration| {
        let mut stream = TcpStream::connect(server.authority()).await.unwrap();
        stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        tokio::time::sleep(pause).await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        rest.len()
    };
    assert!(read(Duration::ZERO).await > size);
    assert!(read(patience * 20).await < size);
}

#[tokio::test]
async fn an_answer_for_which_there_is_no_room_is_not_given() {
    let server = TestServer::start_with(services, |settings| {
        (settings.bounds.bodies, settings.bounds.document) = (24 * 1024, 1024);
    })
    .await;
    let call = async |method, target: &str| server.s3(method, target, &[], "", Some(&server.root)).await.status;
    assert_eq!(call(Method::PUT, "/game").await, 200);
    for number in 0..120 {
        assert_eq!(call(Method::PUT, &format!("/game/{number}")).await, 200);
    }
    assert_eq!(call(Method::GET, "/game?list-type=2").await, 503);
    assert_eq!(call(Method::GET, "/game?list-type=2&max-keys=20").await, 200);
}
