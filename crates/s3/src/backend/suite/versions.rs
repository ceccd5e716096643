//! Versions and delete markers.

use std::collections::BTreeMap;

use store::records::buckets::Versioning::{Enabled, Suspended};

use super::{Bench, Case, Outcome, bytes, failed, same};
use crate::Error;
use crate::backend::{Deleted, Doomed, Headers, Sought};
use crate::conditions::Precondition;

pub(super) const CASES: &[Case] = &[
    ("every write makes a version", |bench| Box::pin(writes(bench))),
    ("a delete marker hides what is below", |bench| Box::pin(markers(bench))),
    ("what was there before versions is null", |bench| Box::pin(null(bench))),
    ("suspended buckets keep one version null", |bench| Box::pin(suspended(bench))),
    ("versions are deleted for good", |bench| Box::pin(for_good(bench))),
    ("many go at once", |bench| Box::pin(many(bench))),
    ("versions are copied and tagged alone", |bench| Box::pin(alone(bench))),
    ("conditions hold of what is current", |bench| Box::pin(conditions(bench))),
    ("a bucket with versions alone is not empty", |bench| Box::pin(not_empty(bench))),
];

async fn many(mut bench: Bench) -> Outcome {
    let keys = ["a", " a", "a//b", "b/../c", "d & <e>", "\u{e9}", "f\r\ng", "missing"];
    let doom = |key, version| Doomed { key, version, precondition: Precondition::None };
    for key in &keys[..7] {
        bench.put(key, b"x").await?;
    }
    bench.put("stays", b"x").await?;
    let all: Vec<_> = keys.into_iter().chain(["a"]).map(|key| doom(key, None)).collect();
    for outcome in bench.backend.delete_all(&bench.bucket, &all).await.map_err(failed)? {
        same("what was deleted", outcome.map_err(failed)?, Deleted::default())?;
    }
    for key in keys {
        same(key, bench.get(key, None).await?, None)?;
    }
    let stale = Doomed { precondition: Precondition::Matches("\"other\"".to_owned()), ..doom("stays", None) };
    let kept = bench.backend.delete_all(&bench.bucket, &[stale, doom("a", None)]).await.map_err(failed)?;
    same("on a condition", matches!(kept[..], [Err(Error::PreconditionFailed(_)), Ok(_)]), true)?;
    same("another", bench.get("stays", None).await?, Some(b"x".to_vec()))?;

    bench.set(Enabled).await?;
    let version = bench.put("a", b"1").await?.version.ok_or("a write without a version")?;
    bench.put("b", b"1").await?;
    let both = [doom("a", Some(&version)), doom("b", None), doom("b", None)];
    let outcomes = bench.backend.delete_all(&bench.bucket, &both).await.map_err(failed)?;
    let [Ok(gone), Ok(hidden), Ok(_)] = &outcomes[..] else { return Err(format!("{outcomes:?}").into()) };
    same("the version", gone, &Deleted { version: Some(version.clone()), marker: false })?;
    same("the version that is gone", bench.get("a", Some(&version)).await?, None)?;
    let marker = hidden.version.as_deref().filter(|_| hidden.marker).ok_or("no marker")?;
    same("the marker", matches!(bench.sought("b", Some(marker)).await?, Some(Sought::Marker(_))), true)?;
    let unmarked = bench.backend.delete_all(&bench.bucket, &[doom("b", Some(marker)), doom("a", None)]).await;
    let unmarked = unmarked.map_err(failed)?.remove(0).map_err(failed)?;
    same("a marker that is deleted", unmarked, Deleted { version: Some(marker.to_owned()), marker: true })
}

async fn writes(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let mut made = Vec::new();
    for (seed, size) in [(1, 10), (2, 40_000), (3, 0)] {
        let body = bytes(size, seed);
        let version = bench.put("k", &body).await?.version.ok_or("a write without a version")?;
        same("null", version == "null", false)?;
        made.push((version, body));
    }
    same("the current one", bench.found("k", None).await?.version.as_ref(), Some(&made[2].0))?;
    for (version, body) in &made {
        let found = bench.found("k", Some(version)).await?;
        same("its id", found.version.as_deref(), Some(version.as_str()))?;
        same("its bytes", bench.get("k", Some(version)).await?.as_ref() == Some(body), true)?;
    }
    same("of another key", bench.sought("other", Some(&made[0].0)).await?.is_none(), true)
}

async fn markers(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let version = bench.put("k", b"x").await?.version;
    let deleted = bench.delete("k", None).await?;
    same("a marker", deleted.marker, true)?;
    let marker = deleted.version.ok_or("a marker without a version")?;
    match bench.sought("k", None).await? {
        Some(Sought::Marker(found)) => same("its id", &found.version, &marker)?,
        other => return Err(format!("{other:?} instead of a marker").into()),
    }
    let by_id = bench.sought("k", Some(&marker)).await?;
    same("the marker by its id", matches!(by_id, Some(Sought::Marker(_))), true)?;
    same("what is below", bench.get("k", version.as_deref()).await?, Some(b"x".to_vec()))?;
    let second = bench.delete("k", None).await?;
    same("a second marker", second.marker && second.version.as_ref() != Some(&marker), true)?;
    let gone = bench.delete("k", second.version.as_deref()).await?;
    same("a marker that goes", gone, Deleted { version: second.version, marker: true })?;
    same("still hidden", bench.get("k", None).await?, None)?;
    bench.delete("k", Some(&marker)).await?;
    same("seen again", bench.get("k", None).await?, Some(b"x".to_vec()))?;
    let marked = bench.delete("never", None).await?;
    same("a marker of nothing", marked.marker, true)
}

async fn null(mut bench: Bench) -> Outcome {
    bench.put("k", b"old").await?;
    bench.set(Enabled).await?;
    same("its id", bench.found("k", None).await?.version.as_deref(), Some("null"))?;
    let version = bench.put("k", b"new").await?.version;
    same("null", bench.get("k", Some("null")).await?, Some(b"old".to_vec()))?;
    same("the current one", bench.get("k", None).await?, Some(b"new".to_vec()))?;
    bench.delete("k", version.as_deref()).await?;
    same("null is current", bench.found("k", None).await?.version.as_deref(), Some("null"))?;
    same("by its name", bench.get("k", Some("null")).await?, Some(b"old".to_vec()))?;
    bench.delete("k", Some("null")).await?;
    same("nothing", bench.sought("k", None).await?.is_none(), true)?;
    same("no null", bench.sought("k", Some("null")).await?.is_none(), true)
}

async fn suspended(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let first = bench.put("k", b"first").await?.version;
    bench.set(Suspended).await?;
    same("a write", bench.put("k", &bytes(30_000, 1)).await?.version.as_deref(), Some("null"))?;
    same("a second", bench.put("k", b"null").await?.version.as_deref(), Some("null"))?;
    same("null", bench.get("k", Some("null")).await?, Some(b"null".to_vec()))?;
    same("the first", bench.get("k", first.as_deref()).await?, Some(b"first".to_vec()))?;
    let deleted = bench.delete("k", None).await?;
    same("a marker", deleted, Deleted { version: Some("null".into()), marker: true })?;
    let by_name = bench.sought("k", Some("null")).await?;
    same("null is the marker", matches!(by_name, Some(Sought::Marker(_))), true)?;
    bench.set(Enabled).await?;
    bench.put("k", b"third").await?;
    let by_name = bench.sought("k", Some("null")).await?;
    same("null is kept", matches!(by_name, Some(Sought::Marker(_))), true)?;
    bench.set(Suspended).await?;
    bench.put("k", b"fourth").await?;
    same("one null", bench.get("k", Some("null")).await?, Some(b"fourth".to_vec()))?;
    bench.delete("k", Some("null")).await?;
    same("the one before", bench.get("k", None).await?, Some(b"third".to_vec()))?;
    same("no null", bench.sought("k", Some("null")).await?.is_none(), true)
}

async fn for_good(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let mut made = Vec::new();
    for seed in 0..4 {
        made.push(bench.put("k", &bytes(20_000, seed)).await?.version.unwrap_or_default());
    }
    let deleted = bench.delete("k", Some(&made[1])).await?;
    same("one between", deleted, Deleted { version: Some(made[1].clone()), marker: false })?;
    same("it is gone", bench.sought("k", Some(&made[1])).await?.is_none(), true)?;
    bench.delete("k", Some(&made[1])).await?;
    bench.delete("k", Some(&made[3])).await?;
    same("the one before", bench.found("k", None).await?.version.as_ref(), Some(&made[2]))?;
    bench.delete("k", Some(&made[2])).await?;
    same("the first", bench.get("k", None).await? == Some(bytes(20_000, 0)), true)?;
    bench.delete("k", Some(&made[0])).await?;
    same("nothing", bench.sought("k", None).await?.is_none(), true)
}

async fn alone(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let first = bench.put("k", b"first").await?.version.unwrap_or_default();
    bench.put("k", b"second").await?;
    let old = bench.found("k", Some(&first)).await?;
    let tags = BTreeMap::from([("of".to_owned(), "the first".to_owned())]);
    bench.backend.set_tags(bench.at("k"), &old, tags.clone()).await.map_err(failed)?;
    same("its tags", bench.found("k", Some(&first)).await?.object.headers.tags, tags)?;
    same("those of the other", bench.found("k", None).await?.object.headers.tags.len(), 0)?;
    let old = bench.found("k", Some(&first)).await?;
    let copy = bench.backend.copy((bench.at("k"), &old), bench.at("k"), Headers::default(), &Precondition::None).await;
    same("a new version", copy.map_err(failed)?.version.is_some_and(|version| version != first), true)?;
    same("brought back", bench.get("k", None).await?, Some(b"first".to_vec()))
}

async fn conditions(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let made = bench.put("k", b"x").await?;
    let again = bench.put_if("k", b"y", &Precondition::Absent).await;
    same("a second", matches!(again, Err(Error::PreconditionFailed(_))), true)?;
    bench.delete("k", None).await?;
    let tag = Precondition::Matches(made.object.e_tag);
    let hidden = bench.put_if("k", b"y", &tag).await;
    same("what is hidden", matches!(hidden, Err(Error::NoSuchKey(_))), true)?;
    bench.put_if("k", b"z", &Precondition::Absent).await.map_err(failed)?;
    same("it is there", bench.get("k", None).await?, Some(b"z".to_vec()))
}

async fn not_empty(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let marker = bench.delete("k", None).await?.version;
    same("with a marker", bench.backend.clear(&bench.bucket).await.map_err(failed)?.is_none(), true)?;
    bench.delete("k", marker.as_deref()).await?;
    same("without", bench.backend.clear(&bench.bucket).await.map_err(failed)?.is_some(), true)
}
