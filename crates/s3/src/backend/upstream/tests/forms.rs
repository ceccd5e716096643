//! The files of forms, whose length nobody announces.

use upstream::Asker;

use super::hostile::{OBJECT, answer, engine, told, unannounced};
use crate::Error;
use crate::backend::Headers;

#[tokio::test]
async fn a_short_file_of_a_form_is_written_at_once_and_only_whole() {
    let bench = engine(&[&answer("200 OK", "etag: \"abc\"\r\n", "")]).await;
    bench.put(Headers::default(), unannounced(&[Ok("abc"), Ok("def")])).await.unwrap();
    assert_eq!(told(&bench), [("PUT /theirs-ours/k".to_owned(), 6)]);
    let bench = engine(&[]).await;
    assert!(bench.put(Headers::default(), unannounced(&[Ok("abc"), Err("it hung up")])).await.is_err());
    assert_eq!(told(&bench), []);
}

#[tokio::test]
async fn a_long_file_of_a_form_is_written_in_parts() {
    let part: &'static str = Box::leak("x".repeat(5 * 1024 * 1024).into_boxed_str());
    let begun = answer("200 OK", "", "<R><UploadId>u1</UploadId></R>");
    let taken = answer("200 OK", "etag: \"p\"\r\n", "");
    let parts = "<R><Part><PartNumber>1</PartNumber><Size>5242880</Size><ETag>p</ETag><LastModified>\
                 2026-01-01T00:00:00.000Z</LastModified></Part><Part><PartNumber>2</PartNumber><Size>3</Size><ETag>p\
                 </ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Part></R>";
    let answers = [
        &begun,
        &taken,
        &taken,
        &answer("200 OK", "", parts),
        &answer("200 OK", "", "<R><ETag>whole-2</ETag></R>"),
        &format!("HTTP/1.1 200 OK\r\n{OBJECT}content-length: 5242883\r\nconnection: close\r\n\r\n"),
    ];
    let bench = engine(&answers.map(String::as_str)).await;
    bench.put(Headers::default(), unannounced(&[Ok(part), Ok("end")])).await.unwrap();
    let told = told(&bench);
    let lines: Vec<_> = told.iter().map(|(line, length)| (line.as_str(), *length)).collect();
    assert_eq!(
        lines[..3],
        [
            ("POST /theirs-ours/k?uploads", 0),
            ("PUT /theirs-ours/k?partNumber=1&uploadId=u1", 5 * 1024 * 1024),
            ("PUT /theirs-ours/k?partNumber=2&uploadId=u1", 3),
        ]
    );
    assert!(lines.iter().any(|(line, _)| *line == "POST /theirs-ours/k?uploadId=u1"), "{lines:?}");
}

#[tokio::test]
async fn a_long_file_that_breaks_off_becomes_nothing() {
    let part: &'static str = Box::leak("x".repeat(5 * 1024 * 1024).into_boxed_str());
    let begun = answer("200 OK", "", "<R><UploadId>u1</UploadId></R>");
    let taken = answer("200 OK", "etag: \"p\"\r\n", "");
    let bench = engine(&[&begun, &taken, &answer("204 No Content", "", "")]).await;
    assert!(bench.put(Headers::default(), unannounced(&[Ok(part), Err("it hung up")])).await.is_err());
    let told = told(&bench);
    let lines: Vec<_> = told.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines[2..], ["DELETE /theirs-ours/k?uploadId=u1"], "{lines:?}");
}

#[tokio::test]
async fn one_caller_leaves_turns_for_the_forms_of_others() {
    let bench = engine(&[&answer("200 OK", "etag: \"abc\"\r\n", "")]).await;
    let mut turns = Vec::new();
    for _ in 0..8 {
        turns.push(Asker::new("slow").asks(async { bench.backend.gathering().unwrap() }).await);
    }
    let put = || bench.put(Headers::default(), unannounced(&[Ok("abc")]));
    assert!(matches!(Asker::new("slow").asks(put()).await, Err(Error::SlowDown(_))));
    Asker::new("other").asks(put()).await.unwrap();
}
