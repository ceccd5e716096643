//! What is cleaned up, when, and by whom.

use super::*;

#[tokio::test]
async fn an_object_of_very_many_parts_goes_completely() {
    let bench = Bench::new();
    bench.put_parts("k", 250).await;
    assert_eq!(bench.files(), 250);
    bench.delete("k").await.unwrap();
    bench.reap().await;
    assert_eq!(bench.files(), 0);
    assert_eq!(bench.remembered().await, 0);
}

#[tokio::test]
async fn the_sweeper_takes_what_is_old_and_nameless_alone() {
    let bench = Bench::new();
    bench.put("named", bytes(100_000, 1)).await.unwrap();
    bench.rows.fails.store(true, Ordering::SeqCst);
    bench.put("lost", bytes(100_000, 2)).await.unwrap_err();
    bench.rows.fails.store(false, Ordering::SeqCst);
    // A restart: nothing is in flight any more.
    let embedded = open(bench.folder.path(), &bench.rows, &bench.clock);
    assert_eq!(bench.files(), 2);
    bench.wait(Duration::ZERO);
    for embedded in [&bench.embedded, &embedded] {
        embedded.sweep().await.unwrap();
        reap(embedded).await;
    }
    assert_eq!(bench.files(), 2, "a young file may be waiting for its commit");
    bench.wait(Duration::from_secs(25 * 3600));
    bench.embedded.sweep().await.unwrap();
    reap(&bench.embedded).await;
    assert_eq!(bench.files(), 2, "a file in flight is not swept, however old");
    embedded.sweep().await.unwrap();
    reap(&embedded).await;
    assert_eq!(bench.files(), 1);
    assert_eq!(bench.get("named").await.unwrap(), bytes(100_000, 1));
}

#[tokio::test]
async fn drafts_of_another_life_are_removed_at_the_start() {
    let bench = Bench::new();
    let draft = bench.folder.path().join("objects/drafts/00000000000000000000000000000000");
    std::fs::write(&draft, "half").unwrap();
    open(bench.folder.path(), &bench.rows, &bench.clock);
    assert!(!draft.exists());
}

#[tokio::test]
async fn the_sweeper_waits_for_who_reads_what_has_just_lost_its_name() {
    let bench = Bench::new();
    bench.put_parts("k", 3).await;
    bench.wait(Duration::from_secs(25 * 3600));
    let (found, begun) = (bench.found("k").await.unwrap(), bench.found("k").await.unwrap());
    let begun = bench.stream(&begun, 0..3).await;
    bench.delete("k").await.unwrap();
    bench.embedded.sweep().await.unwrap();
    assert_eq!(bench.files(), 3);
    let read = bench.stream(&found, 0..3).await;
    bench.reap().await;
    for stream in [begun, read] {
        assert_eq!(drain(stream).await.unwrap(), [1, 1, 1]);
    }
    bench.reap().await;
    assert_eq!(bench.files(), 0);
}

/// Two cleaners that do the same work at the same time, the second of them later by so many steps. Each may find that
/// the other was faster, and neither forgets what is not gone.
#[tokio::test]
async fn cleaners_at_once_leave_nothing_and_forget_nothing() {
    for later in 0..60 {
        let bench = Bench::new();
        forget(&bench, 250).await;
        let (id, chosen) = bench.upload("u", &[&[7], &[8], &[9]]).await;
        bench.complete("u", &id, &chosen[..1]).await.unwrap();
        let second = async {
            for _ in 0..later * 5 {
                tokio::task::yield_now().await;
            }
            bench.embedded.clean().await.unwrap();
        };
        let (first, ()) = tokio::join!(bench.embedded.clean(), second);
        first.unwrap();
        assert_eq!(bench.remembered().await, 1, "the name of the part that was taken");
        bench.reap().await;
        assert_eq!(bench.files(), 1);
        assert_eq!(bench.get("u").await.unwrap(), [7]);
    }
}

#[tokio::test]
async fn a_cleaner_that_fails_half_way_leaves_the_rest_to_the_next() {
    let bench = Bench::new();
    forget(&bench, 450).await;
    let failing = async {
        for _ in 0..300 {
            tokio::task::yield_now().await;
        }
        bench.rows.fails.store(true, Ordering::SeqCst);
    };
    let (cleaned, ()) = tokio::join!(bench.embedded.clean(), failing);
    assert!(cleaned.is_err());
    bench.rows.fails.store(false, Ordering::SeqCst);
    assert_eq!(bench.remembered().await, 251, "one batch is gone, and the garbage is remembered");
    bench.embedded.clean().await.unwrap();
    assert_eq!(bench.remembered().await, 0);
}

/// Garbage of so many files, which are named and not there.
async fn forget(bench: &Bench, count: usize) {
    let blobs: Vec<_> = (0..count).map(|_| records::BlobId(bench.embedded.random.bytes())).collect();
    let mut writes: Vec<_> = blobs.iter().map(|blob| records::name(*blob)).collect();
    writes.push(bench.embedded.garbage(&records::Garbage::Blobs(blobs)).unwrap());
    bench.rows.commit(writes).await.unwrap();
}
