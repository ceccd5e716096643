//! The embedded backend on a memory store and a temporary folder.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame};
use store::memory::Memory;
use store::{Changes, Outcome, Row, Scan, Table, Write};
use vocab::{SystemRandom, Timestamp};

use super::records::{Content, Segment};
use super::*;
use crate::backend::Entry;
use crate::incoming::Promise;

/// A memory store that fails or counts.
struct Watched {
    inner: Memory,
    fails: AtomicBool,
    scanned: AtomicUsize,
    /// The most rows of one scan.
    widest: AtomicUsize,
}

#[async_trait]
impl Rows for Watched {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, store::Error> {
        // Others have their turn between any two steps, as with a store that takes time.
        tokio::task::yield_now().await;
        self.inner.get(table, key).await
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, store::Error> {
        tokio::task::yield_now().await;
        let rows = self.inner.scan(scan).await?;
        self.scanned.fetch_add(rows.len(), Ordering::SeqCst);
        self.widest.fetch_max(rows.len(), Ordering::SeqCst);
        Ok(rows)
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, store::Error> {
        tokio::task::yield_now().await;
        if self.fails.load(Ordering::SeqCst) { Err(store::Error::Closed) } else { self.inner.commit(writes).await }
    }

    async fn changes(&self, revision: u64) -> Result<Changes, store::Error> {
        self.inner.changes(revision).await
    }
}

struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Bench {
    folder: tempfile::TempDir,
    rows: Arc<Watched>,
    clock: Arc<SetClock>,
    embedded: Arc<Embedded>,
    bucket: Bucket,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = Arc::new(Watched { inner: Memory::new(), fails: false.into(), scanned: 0.into(), widest: 0.into() });
        let clock = Arc::new(SetClock(Mutex::new(Timestamp::from_seconds(1_767_355_200))));
        let embedded = open(folder.path(), &rows, &clock);
        let region = "us-east-1".parse().unwrap();
        let bucket = Bucket::new("game".into(), [7; 16], vocab::AccountId::ZERO, region, clock.now());
        Self { folder, rows, clock, embedded, bucket }
    }

    fn at<'a>(&'a self, key: &'a str) -> At<'a> {
        At { bucket: &self.bucket, key }
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<Object, Error> {
        let body = incoming(vec![Ok(body.into())]);
        let made = self.embedded.put(self.at(key), Headers::default(), &Precondition::None, body).await;
        made.map(|made| made.object)
    }

    async fn found(&self, key: &str) -> Option<Found> {
        match self.embedded.find(self.at(key), &Wish::default()).await.unwrap()? {
            Sought::Object(found) => Some(found),
            Sought::Marker(_) => None,
        }
    }

    async fn stream(&self, found: &Found, range: Range<u64>) -> wire::Stream {
        self.embedded.read(self.at("k"), found, range).await.unwrap()
    }

    async fn delete(&self, key: &str) -> Result<Deleted, Error> {
        self.embedded.delete(self.at(key), None, &Precondition::None).await
    }

    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let found = self.found(key).await?;
        Some(drain(self.stream(&found, 0..found.object.size).await).await.unwrap())
    }

    /// The files of objects, drafts included.
    fn files(&self) -> usize {
        let folders = std::fs::read_dir(self.folder.path().join("objects")).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }

    async fn page(&self, query: Query<'_>) -> (Vec<String>, bool) {
        let page = self.embedded.list(&self.bucket, &query).await.unwrap();
        let names = page.entries.into_iter().map(|entry| match entry {
            Entry::Key(key, _) => key,
            Entry::Prefix(prefix) => format!("{prefix}*"),
        });
        (names.collect(), page.truncated)
    }

    async fn upload(&self, key: &str, parts: &[&[u8]]) -> (String, Vec<Chosen>) {
        let upload = Upload {
            id: String::new(),
            begun: self.clock.now(),
            initiator: "arn:aws:iam::000000000000:root".into(),
            headers: Headers::default(),
            algorithm: None,
            full_object: false,
        };
        let id = self.embedded.begin(self.at(key), upload).await.unwrap();
        let mut chosen = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let number = u16::try_from(index).unwrap() + 1;
            let body = incoming(vec![Ok(Bytes::copy_from_slice(part))]);
            let part = self.embedded.put_part(self.at(key), &id, number, body).await.unwrap();
            chosen.push(Chosen { number, e_tag: part.e_tag, checksum: None });
        }
        (id, chosen)
    }

    async fn complete(&self, key: &str, id: &str, chosen: &[Chosen]) -> Result<Object, Error> {
        let made = self.embedded.complete(self.at(key), id, chosen, &Precondition::None, &Expected::default()).await;
        made.map(|made| made.object)
    }

    /// Removes what is condemned, as if a minute had passed, once every reader that ended is gone.
    async fn reap(&self) {
        self.embedded.clean().await.unwrap();
        reap(&self.embedded).await;
    }

    /// An object of so many parts of one byte each, as if an upload had made it.
    async fn put_parts(&self, key: &str, count: usize) {
        let mut segments = Vec::new();
        for _ in 0..count {
            let mut writer = self.embedded.blobs.writer().await.unwrap();
            writer.write(vec![1]).await.unwrap();
            let draft = writer.finish().await.unwrap();
            self.rows.commit(vec![records::name(draft.id)]).await.unwrap();
            segments.push(Segment { blob: draft.id, size: 1, checksum: None, number: None });
            draft.named();
        }
        self.put(key, vec![]).await.unwrap();
        let found = self.found(key).await.unwrap();
        let old = held(&found).unwrap();
        let (content, upload) = (Content::Segments { segments, parts: true }, Some("u".to_owned()));
        let object = Object { size: count as u64, ..old.object.clone() };
        let stored = Stored { object, content, upload, row: store::Version::draw(&SystemRandom), ..old.clone() };
        let row = records::object_row(&stored).unwrap();
        let write = Write::replace(Table::Object, records::object_key(&self.at(key)), old.row, row);
        self.rows.commit(vec![write]).await.unwrap();
    }

    /// What is remembered of files: the names that they have, and garbage.
    async fn remembered(&self) -> usize {
        let all = Scan { table: Table::Blob, prefix: b"", after: None, limit: 10_000 };
        self.rows.scan(all).await.unwrap().len()
    }

    /// Sets the clock to `later` than the files were written.
    fn wait(&self, later: Duration) {
        let now = std::fs::metadata(self.folder.path()).unwrap().modified().unwrap();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap() + later;
        *self.clock.0.lock().unwrap() = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap());
    }
}

async fn reap(embedded: &Embedded) {
    embedded.blobs.reap(Instant::now() + Duration::from_secs(61)).await;
}

fn open(folder: &Path, rows: &Arc<Watched>, clock: &Arc<SetClock>) -> Arc<Embedded> {
    Embedded::open(&folder.join("objects"), rows.clone(), clock.clone(), Arc::new(SystemRandom)).unwrap()
}

struct Pieces(VecDeque<Result<Bytes, &'static str>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.pop_front().map(|piece| piece.map(Frame::data).map_err(Into::into)))
    }
}

fn incoming(pieces: Vec<Result<Bytes, &'static str>>) -> Incoming {
    Incoming::new(Some(Box::pin(Pieces(pieces.into()))), &Promise::default()).unwrap()
}

async fn drain(mut stream: wire::Stream) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|context| stream.as_mut().poll_frame(context)).await {
        all.extend_from_slice(&frame?.into_data().unwrap());
    }
    Ok(all)
}

fn bytes(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap() ^ seed).collect()
}

#[tokio::test]
async fn what_was_put_is_read_whatever_its_size() {
    let bench = Bench::new();
    for size in [0, 1, 16 * 1024, 16 * 1024 + 1, 512 * 1024, 1_300_000] {
        let body = bytes(size, 3);
        let object = bench.put("k", body.clone()).await.unwrap();
        assert_eq!(object.size, size as u64);
        assert_eq!(bench.get("k").await.unwrap(), body, "{size}");
    }
    let found = bench.found("k").await.unwrap();
    let piece = drain(bench.stream(&found, 300_000..300_005).await).await.unwrap();
    assert_eq!(piece, bytes(1_300_000, 3)[300_000..300_005]);
}

#[tokio::test]
async fn small_objects_have_no_file() {
    let bench = Bench::new();
    bench.put("small", bytes(16 * 1024, 1)).await.unwrap();
    assert_eq!(bench.files(), 0);
    bench.put("large", bytes(16 * 1024 + 1, 1)).await.unwrap();
    assert_eq!(bench.files(), 1);
}

#[tokio::test]
async fn a_body_that_fails_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.put("k", b"before".to_vec()).await.unwrap();
    let broken = incoming(vec![Ok(bytes(700_000, 1).into()), Err("the connection broke")]);
    let failed = bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::None, broken).await;
    assert!(failed.is_err());
    let promise = Promise { md5: Some("1B2M2Y8AsgTpgAmY7PhCfg=="), ..Promise::default() };
    let changed = Incoming::new(Some(Box::pin(Pieces([Ok(bytes(700_000, 1).into())].into()))), &promise).unwrap();
    let failed = bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::None, changed).await;
    assert!(matches!(failed, Err(Error::BadDigest)));
    assert_eq!(bench.get("k").await.unwrap(), b"before");
    tokio::task::spawn_blocking(|| ()).await.unwrap();
    while bench.files() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_commit_that_fails_is_no_success_and_changes_nothing() {
    let bench = Bench::new();
    bench.put("k", b"before".to_vec()).await.unwrap();
    bench.rows.fails.store(true, Ordering::SeqCst);
    assert!(bench.put("k", bytes(100_000, 1)).await.is_err());
    assert!(bench.put("k", b"small".to_vec()).await.is_err());
    assert!(bench.delete("k").await.is_err());
    bench.rows.fails.store(false, Ordering::SeqCst);
    assert_eq!(bench.get("k").await.unwrap(), b"before");
    // The commit may yet have happened, for all we know: the file stays for the sweeper.
    assert_eq!(bench.files(), 1);
}

#[tokio::test]
async fn a_folder_that_takes_no_files_gives_an_error() {
    let bench = Bench::new();
    std::fs::remove_dir(bench.folder.path().join("objects/drafts")).unwrap();
    assert!(bench.put("k", bytes(100_000, 1)).await.is_err());
    assert!(bench.found("k").await.is_none());
}

#[tokio::test]
async fn readers_keep_the_version_they_found() {
    let bench = Bench::new();
    let (old, new) = (bytes(900_000, 1), bytes(900_000, 2));
    bench.put("k", old.clone()).await.unwrap();
    let found = bench.found("k").await.unwrap();
    let begun = bench.stream(&found, 0..found.object.size).await;
    bench.put("k", new.clone()).await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 2);
    assert_eq!(drain(begun).await.unwrap(), old);
    bench.reap().await;
    assert_eq!(bench.files(), 1);
    assert_eq!(bench.get("k").await.unwrap(), new);
    bench.delete("k").await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 0);
    assert!(bench.get("k").await.is_none());
}

#[tokio::test]
async fn of_many_writers_under_a_condition_one_wins() {
    let bench = Arc::new(Bench::new());
    let writers = (0..20).map(|writer| {
        let bench = bench.clone();
        tokio::spawn(async move {
            let body = incoming(vec![Ok(bytes(20_000, writer).into())]);
            bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::Absent, body).await.is_ok()
        })
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        won += usize::from(writer.await.unwrap());
    }
    assert_eq!(won, 1);
    while bench.files() > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn copies_live_on_without_their_source() {
    let bench = Bench::new();
    for size in [5, 100_000] {
        let body = bytes(size, 9);
        bench.put("a", body.clone()).await.unwrap();
        let found = bench.found("a").await.unwrap();
        let from = (bench.at("a"), &found);
        let copied = bench.embedded.copy(from, bench.at("b"), Headers::default(), &Precondition::None).await.unwrap();
        assert_eq!(copied.object.e_tag, found.object.e_tag);
        bench.delete("a").await.unwrap();
        bench.reap().await;
        assert_eq!(bench.get("b").await.unwrap(), body);
    }
}

#[tokio::test]
async fn a_page_with_a_delimiter_costs_what_it_shows() {
    let bench = Bench::new();
    for folder in 0..20 {
        for file in 0..300 {
            bench.put(&format!("f{folder:02}/{file:03}"), vec![]).await.unwrap();
        }
        bench.put(&format!("f{folder:02}x"), vec![]).await.unwrap();
    }
    bench.rows.scanned.store(0, Ordering::SeqCst);
    let query = Query { prefix: "", delimiter: Some("/"), after: None, limit: 1000 };
    let (names, truncated) = bench.page(query.clone()).await;
    let wanted: Vec<String> =
        (0..20).flat_map(|folder| [format!("f{folder:02}/*"), format!("f{folder:02}x")]).collect();
    assert_eq!((names, truncated), (wanted.clone(), false));
    let scanned = bench.rows.scanned.load(Ordering::SeqCst);
    assert!(scanned < 1000, "{scanned} of 6020 rows were read");
    // Page by page it is the same, wherever a page ends.
    for limit in [1, 2, 3, 7] {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let after = seen.last().map(|last| last.trim_end_matches('*').to_owned());
            let (names, truncated) = bench.page(Query { after: after.as_deref(), limit, ..query.clone() }).await;
            assert!(names.len() <= limit);
            seen.extend(names);
            if !truncated {
                break;
            }
        }
        assert_eq!(seen, wanted, "{limit}");
    }
}

#[tokio::test]
async fn keys_are_listed_in_byte_order_below_their_prefix() {
    let bench = Bench::new();
    for key in ["b", "a", "a/b", "a/\u{e9}", "a0", "A", "\u{1f600}", "\u{ffff}", "a/b/c"] {
        bench.put(key, vec![]).await.unwrap();
    }
    let all = Query { prefix: "", delimiter: None, after: None, limit: 1000 };
    let (names, _) = bench.page(all.clone()).await;
    assert_eq!(names, ["A", "a", "a/b", "a/b/c", "a/\u{e9}", "a0", "b", "\u{ffff}", "\u{1f600}"]);
    let (names, _) = bench.page(Query { prefix: "a/", delimiter: Some("/"), ..all.clone() }).await;
    assert_eq!(names, ["a/b", "a/b/*", "a/\u{e9}"]);
    let (names, truncated) = bench.page(Query { after: Some("a"), limit: 2, ..all.clone() }).await;
    assert_eq!((names, truncated), (vec!["a/b".to_owned(), "a/b/c".to_owned()], true));
    let (names, _) = bench.page(Query { delimiter: Some("/"), after: Some("a/b"), ..all.clone() }).await;
    assert_eq!(names, ["a0", "b", "\u{ffff}", "\u{1f600}"]);
    let (names, _) = bench.page(Query { prefix: "a", after: Some("b"), ..all }).await;
    assert!(names.is_empty());
}

const PART: usize = 5 * 1024 * 1024;

#[tokio::test]
async fn an_upload_becomes_an_object_without_copying() {
    let bench = Bench::new();
    let (first, second) = (bytes(PART, 1), bytes(1000, 2));
    let (id, chosen) = bench.upload("k", &[&first, &second]).await;
    assert_eq!(bench.files(), 2);
    let object = bench.complete("k", &id, &chosen).await.unwrap();
    assert!(object.e_tag.ends_with("-2"), "{}", object.e_tag);
    assert_eq!(bench.files(), 2);
    let whole = [first, second].concat();
    assert_eq!(bench.get("k").await.unwrap(), whole);
    let found = bench.found("k").await.unwrap();
    let from = PART as u64 - 3;
    let across = drain(bench.stream(&found, from..from + 6).await).await.unwrap();
    assert_eq!(across, whole[PART - 3..PART + 3]);
    let span = |number| held(&found).unwrap().span(number);
    assert_eq!(span(1).unwrap(), Span { range: 0..PART as u64, count: Some(2), checksum: None });
    assert_eq!(span(2).unwrap().range, PART as u64..PART as u64 + 1000);
    assert!(span(0).is_none() && span(3).is_none());
    // The same request again finds its own success; the parts' rows are cleaned up.
    assert_eq!(bench.complete("k", &id, &chosen).await.unwrap().e_tag, object.e_tag);
    bench.reap().await;
    assert_eq!(bench.get("k").await.unwrap(), whole);
    bench.put("k", vec![]).await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 0);
}

#[tokio::test]
async fn completions_at_once_settle_on_one_object() {
    let bench = Arc::new(Bench::new());
    let (id, chosen) = bench.upload("k", &[&bytes(1000, 1)]).await;
    let completions = (0..8).map(|_| {
        let (bench, id, chosen) = (bench.clone(), id.clone(), chosen.clone());
        tokio::spawn(async move { bench.complete("k", &id, &chosen).await.map(|object| object.e_tag) })
    });
    let mut tags = Vec::new();
    for completion in completions.collect::<Vec<_>>() {
        tags.push(completion.await.unwrap().unwrap());
    }
    tags.dedup();
    assert_eq!(tags.len(), 1);
    bench.reap().await;
    assert_eq!(bench.get("k").await.unwrap(), bytes(1000, 1));
}

#[tokio::test]
async fn wrong_parts_are_refused() {
    let bench = Bench::new();
    let (id, chosen) = bench.upload("k", &[b"small", b"last"]).await;
    assert!(matches!(bench.complete("k", &id, &chosen).await, Err(Error::EntityTooSmall)));
    let reversed: Vec<Chosen> = chosen.iter().rev().cloned().collect();
    assert!(matches!(bench.complete("k", &id, &reversed).await, Err(Error::InvalidPartOrder)));
    let twice = [chosen[0].clone(), chosen[0].clone()];
    assert!(matches!(bench.complete("k", &id, &twice).await, Err(Error::InvalidPartOrder)));
    let other = [Chosen { e_tag: chosen[1].e_tag.clone(), ..chosen[0].clone() }];
    assert!(matches!(bench.complete("k", &id, &other).await, Err(Error::InvalidPart)));
    let missing = [Chosen { number: 9, ..chosen[0].clone() }];
    assert!(matches!(bench.complete("k", &id, &missing).await, Err(Error::InvalidPart)));
    let elsewhere = bench.complete("other", &id, &chosen[..1]).await;
    assert!(matches!(elsewhere, Err(Error::NoSuchUpload(_))));
    assert!(bench.complete("k", &id, &chosen[..1]).await.is_ok());
    bench.reap().await;
    assert_eq!((bench.get("k").await.unwrap(), bench.files()), (b"small".to_vec(), 1));
}

#[tokio::test]
async fn a_part_is_replaced_and_an_upload_forgotten_whole() {
    let bench = Bench::new();
    let (id, _) = bench.upload("k", &[b"one", b"two"]).await;
    let again = incoming(vec![Ok(Bytes::from_static(b"uno"))]);
    bench.embedded.put_part(bench.at("k"), &id, 1, again).await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 2);
    let parts = bench.embedded.parts(bench.at("k"), &id, 0, 10).await.unwrap();
    assert_eq!(parts.iter().map(|part| (part.number, part.size)).collect::<Vec<_>>(), [(1, 3), (2, 3)]);
    assert_eq!(bench.embedded.parts(bench.at("k"), &id, 1, 10).await.unwrap().len(), 1);
    bench.embedded.abort(bench.at("k"), &id).await.unwrap();
    assert!(matches!(bench.embedded.abort(bench.at("k"), &id).await, Err(Error::NoSuchUpload(_))));
    let late = incoming(vec![Ok(Bytes::from_static(b"late"))]);
    assert!(matches!(bench.embedded.put_part(bench.at("k"), &id, 3, late).await, Err(Error::NoSuchUpload(_))));
    bench.reap().await;
    assert_eq!(bench.files(), 0);
}

mod cleaning;
mod races;

#[tokio::test]
async fn it_keeps_every_promise_of_a_backend() {
    let bench = Bench::new();
    let ran = crate::backend::suite::run(bench.embedded.clone(), "suite-", &SystemRandom, &[]).await;
    println!("{:#?}", ran.unwrap());
}
