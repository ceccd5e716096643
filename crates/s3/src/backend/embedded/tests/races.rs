//! What happens at once, and what it costs.

use std::sync::atomic::Ordering;

use store::records::buckets::Versioning;
use tokio::sync::oneshot;

use super::*;

/// A body whose end waits until it is let.
struct Waiting(Option<Bytes>, oneshot::Receiver<()>);

impl Body for Waiting {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(bytes) = self.0.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        Pin::new(&mut self.1).poll(context).map(|_| None)
    }
}

fn waiting(bytes: Vec<u8>) -> (Incoming, oneshot::Sender<()>) {
    let (end, wait) = oneshot::channel();
    let body = Box::pin(Waiting(Some(bytes.into()), wait));
    (Incoming::new(Some(body), &Promise::default()).unwrap(), end)
}

#[tokio::test]
async fn a_condition_that_fails_while_the_body_comes_is_a_conflict() {
    let bench = Bench::new();
    for size in [10, 50_000] {
        let _ = bench.delete("k").await;
        let (body, end) = waiting(bytes(size, 1));
        let put = bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::Absent, body);
        let other = async {
            tokio::task::yield_now().await;
            bench.put("k", b"faster".to_vec()).await.unwrap();
            end.send(()).unwrap();
        };
        let (put, ()) = tokio::join!(put, other);
        assert!(matches!(put, Err(Error::ConditionalRequestConflict)), "{put:?}");
        assert_eq!(bench.get("k").await.unwrap(), b"faster");
    }
}

#[tokio::test]
async fn a_bucket_goes_without_an_object_that_was_acknowledged() {
    let bench = Arc::new(Bench::new());
    for round in 0..40 {
        let bucket = Bucket { id: [round; 16], ..bench.bucket.clone() };
        let puts: Vec<_> = (0..4_u8)
            .map(|writer| {
                let (bench, bucket) = (bench.clone(), bucket.clone());
                tokio::spawn(async move {
                    let body = incoming(vec![Ok(bytes(20_000, writer).into())]);
                    let at = At { bucket: &bucket, key: "k" };
                    bench.embedded.put(at, Headers::default(), &Precondition::None, body).await.is_ok()
                })
            })
            .collect();
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        let cleared = bench.embedded.clear(&bucket).await.unwrap();
        let is_gone = cleared.is_some();
        cleared.into_iter().for_each(Clearance::confirm);
        let mut written = false;
        for put in puts {
            written |= put.await.unwrap();
        }
        assert!(!(is_gone && written), "an object was acknowledged in a bucket that is gone");
        let left = Scan { table: Table::Object, prefix: &bucket.id, after: None, limit: 1 };
        assert_eq!(bench.rows.scan(left).await.unwrap().is_empty(), is_gone || !written);
    }
}

#[tokio::test]
async fn a_clearance_that_is_dropped_opens_the_bucket_again() {
    let bench = Bench::new();
    drop(bench.embedded.clear(&bench.bucket).await.unwrap().unwrap());
    bench.put("k", b"x".to_vec()).await.unwrap();
    assert!(bench.embedded.clear(&bench.bucket).await.unwrap().is_none());
    bench.put("k", b"y".to_vec()).await.unwrap();
}

#[tokio::test]
async fn a_page_costs_the_same_however_many_versions_and_markers_there_are() {
    let mut bench = Bench::new();
    bench.bucket.versioning = Versioning::Enabled;
    for number in 0..5 {
        bench.put(&format!("shown{number}"), vec![]).await.unwrap();
    }
    let cost = async |bench: &Bench| {
        bench.rows.scanned.store(0, Ordering::SeqCst);
        let query = Query { prefix: "", delimiter: None, after: None, limit: 1000 };
        let (names, _) = bench.page(query).await;
        assert_eq!(names.len(), 5);
        bench.rows.scanned.load(Ordering::SeqCst)
    };
    let before = cost(&bench).await;
    for number in 0..300 {
        bench.put("shown2", vec![]).await.unwrap();
        bench.put(&format!("hidden{number}"), vec![]).await.unwrap();
        bench.delete(&format!("hidden{number}")).await.unwrap();
    }
    assert_eq!(cost(&bench).await, before);
    // Nor does a read of a key depend on the versions that it has.
    bench.rows.scanned.store(0, Ordering::SeqCst);
    assert!(bench.found("shown2").await.is_some() && bench.found("hidden7").await.is_none());
    assert!(bench.rows.scanned.load(Ordering::SeqCst) <= 3);
    // A page of versions reads what it shows, and a folder of versions is passed at once.
    bench.rows.scanned.store(0, Ordering::SeqCst);
    let query = Query { prefix: "shown", delimiter: None, after: Some("shown2"), limit: 2 };
    let page = bench.embedded.versions(&bench.bucket, &query, None).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    let scanned = bench.rows.scanned.load(Ordering::SeqCst);
    assert!(scanned <= 10, "{scanned}");
}

#[tokio::test]
async fn a_request_that_knows_nothing_of_versions_destroys_none() {
    let mut bench = Bench::new();
    let unaware = bench.bucket.clone();
    bench.bucket.versioning = Versioning::Enabled;
    let kept = bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::None, incoming(vec![])).await;
    let kept = kept.unwrap().version.unwrap();
    let late = At { bucket: &unaware, key: "k" };
    let body = incoming(vec![Ok(Bytes::from_static(b"late"))]);
    bench.embedded.put(late, Headers::default(), &Precondition::None, body).await.unwrap();
    let wish = Wish { version: Some(&kept), ..Wish::default() };
    assert!(bench.embedded.find(bench.at("k"), &wish).await.unwrap().is_some());
    bench.embedded.delete(late, None, &Precondition::None).await.unwrap();
    bench.put("k", b"new".to_vec()).await.unwrap();
    bench.embedded.delete(late, None, &Precondition::None).await.unwrap();
    assert!(bench.embedded.find(bench.at("k"), &wish).await.unwrap().is_some());
    let versions = Query { prefix: "", delimiter: None, after: None, limit: 10 };
    let page = bench.embedded.versions(&bench.bucket, &versions, None).await.unwrap();
    assert!(page.entries.len() >= 3, "{page:?}");
}

#[tokio::test]
async fn versions_keep_their_files_and_lose_them_for_good() {
    let mut bench = Bench::new();
    bench.bucket.versioning = Versioning::Enabled;
    let mut made = Vec::new();
    for seed in 0..3 {
        let body = incoming(vec![Ok(bytes(20_000, seed).into())]);
        let put = bench.embedded.put(bench.at("k"), Headers::default(), &Precondition::None, body).await;
        made.push(put.unwrap().version.unwrap());
    }
    bench.delete("k").await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 3);
    for (left, version) in [(2, &made[1]), (1, &made[2]), (0, &made[0])] {
        bench.embedded.delete(bench.at("k"), Some(version), &Precondition::None).await.unwrap();
        bench.reap().await;
        assert_eq!(bench.files(), left);
    }
}

#[tokio::test]
async fn a_bucket_goes_without_a_version_that_moves_while_it_is_looked_through() {
    for later in 0..20 {
        let mut bench = Bench::new();
        bench.bucket.versioning = Versioning::Enabled;
        bench.put("k", b"x".to_vec()).await.unwrap();
        let marker = bench.delete("k").await.unwrap().version.unwrap();
        // The object lies among the versions, and moves to the current ones when the marker goes.
        let promoted = bench.embedded.delete(bench.at("k"), Some(&marker), &Precondition::None);
        let cleared = async {
            for _ in 0..later {
                tokio::task::yield_now().await;
            }
            bench.embedded.clear(&bench.bucket).await
        };
        let (_, cleared) = tokio::join!(promoted, cleared);
        assert!(cleared.unwrap().is_none(), "a bucket with an object was empty: {later}");
        bench.embedded.delete(bench.at("k"), Some(&marker), &Precondition::None).await.unwrap();
        assert_eq!(bench.get("k").await.unwrap(), b"x");
    }
}

#[tokio::test]
async fn a_page_holds_the_bytes_of_few_small_objects_at_a_time() {
    let mut bench = Bench::new();
    bench.bucket.versioning = Versioning::Enabled;
    for number in 0..450 {
        bench.put(&format!("k{number:03}"), vec![7; 100]).await.unwrap();
        bench.put(&format!("k{number:03}"), vec![8; 100]).await.unwrap();
    }
    bench.rows.widest.store(0, Ordering::SeqCst);
    let query = |delimiter| Query { prefix: "", delimiter, after: None, limit: 1000 };
    for delimiter in [None, Some("/")] {
        let (names, truncated) = bench.page(query(delimiter)).await;
        assert!(names.len() == 450 && names.is_sorted() && !truncated);
        let page = bench.embedded.versions(&bench.bucket, &query(delimiter), None).await.unwrap();
        assert!(page.entries.len() == 900 && !page.truncated);
    }
    assert!(bench.rows.widest.load(Ordering::SeqCst) <= 200);
}
