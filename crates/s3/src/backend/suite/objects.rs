//! Objects: written, read, copied, tagged, deleted.

use std::collections::BTreeMap;

use super::{Bench, Case, Outcome, bytes, failed, pieces, same, whole};
use crate::Error;
use crate::backend::{Headers, Sought};
use crate::checksum::Algorithm;
use crate::conditions::Precondition;
use crate::incoming::Promise;

pub(super) const CASES: &[Case] = &[
    ("what was put is read whatever its size", |bench| Box::pin(sizes(bench))),
    ("keys are told apart by every slash and dot", |bench| Box::pin(keys(bench))),
    ("headers and metadata are kept", |bench| Box::pin(headers(bench))),
    ("a body that fails changes nothing", |bench| Box::pin(broken(bench))),
    ("writes happen on their condition", |bench| Box::pin(conditions(bench))),
    ("of many writers under a condition one wins", |bench| Box::pin(race(bench))),
    ("copies live on without their source", |bench| Box::pin(copies(bench))),
    ("tags are set and taken away", |bench| Box::pin(tags(bench))),
    ("deleting twice is fine", |bench| Box::pin(deletes(bench))),
    ("checksums are kept", |bench| Box::pin(checksums(bench))),
    ("a bucket with something in it is not cleared", |bench| Box::pin(clears(bench))),
];

async fn sizes(bench: Bench) -> Outcome {
    for size in [0, 1, 16 * 1024, 16 * 1024 + 1, 1_300_000] {
        let body = bytes(size, 3);
        let made = bench.put("k", &body).await?;
        same("its size", made.object.size, size as u64)?;
        same("its version", made.version, None::<String>)?;
        let found = bench.found("k", None).await?;
        same("its tag", &found.object.e_tag, &made.object.e_tag)?;
        same("its bytes", bench.get("k", None).await? == Some(body), true)?;
    }
    let found = bench.found("k", None).await?;
    let piece = bench.read("k", &found, 300_000..300_005).await?;
    same("a range", piece, bytes(1_300_000, 3)[300_000..300_005].to_vec())?;
    let span = bench.backend.span(bench.at("k"), &found, 1).await.map_err(failed)?;
    same("its only part", span.map(|span| (span.range, span.count)), Some((0..1_300_000, None)))?;
    let composition = bench.backend.composition(bench.at("k"), &found, 0, 10).await.map_err(failed)?;
    same("its parts", composition.is_none(), true)
}

async fn keys(bench: Bench) -> Outcome {
    let keys = ["/", "//a//b", "/a/b", "a", "a/", "a/../b", "a/./b", "a//", "a//b", "a/b", "b"];
    for key in keys {
        bench.put(key, key.as_bytes()).await?;
    }
    for key in keys {
        same("its bytes", bench.get(key, None).await?, Some(key.as_bytes().to_vec()))?;
    }
    let found = bench.found("a//b", None).await?;
    let from = (bench.at("a//b"), &found);
    let copied = bench.backend.copy(from, bench.at("/c"), Headers::default(), &Precondition::None).await;
    copied.map_err(failed)?;
    same("the copy", bench.get("/c", None).await?, Some(b"a//b".to_vec()))?;
    bench.delete("a//b", None).await?;
    same("what was deleted", bench.get("a//b", None).await?, None)?;
    same("another", bench.get("a/b", None).await?, Some(b"a/b".to_vec()))
}

async fn headers(bench: Bench) -> Outcome {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = Headers {
        content: BTreeMap::from([pair("ContentType", "text/plain"), pair("CacheControl", "no-store")]),
        metadata: BTreeMap::from([pair("colour", "blue")]),
        tags: BTreeMap::from([pair("team", "a b&c=d")]),
    };
    let put = bench.backend.put(bench.at("k"), headers.clone(), &Precondition::None, whole(b"x")).await;
    put.map_err(failed)?;
    let found = bench.found("k", None).await?;
    same("its headers", found.object.headers, headers)
}

async fn broken(bench: Bench) -> Outcome {
    bench.put("k", b"before").await?;
    let large = Ok(bytes(700_000, 1).into());
    let promise = Promise { length: Some(700_001), ..Promise::default() };
    let cut = pieces(vec![large.clone(), Err("the connection broke")], &promise);
    let put = bench.backend.put(bench.at("k"), Headers::default(), &Precondition::None, cut).await;
    same("a broken body", put.is_err(), true)?;
    let short = pieces(vec![large.clone()], &promise);
    let put = bench.backend.put(bench.at("k"), Headers::default(), &Precondition::None, short).await;
    same("a short body", put.is_err(), true)?;
    let promise = Promise { md5: Some("1B2M2Y8AsgTpgAmY7PhCfg=="), ..Promise::default() };
    let other = pieces(vec![large], &promise);
    let put = bench.backend.put(bench.at("k"), Headers::default(), &Precondition::None, other).await;
    same("another body", matches!(put, Err(Error::BadDigest)), true)?;
    same("what is there", bench.get("k", None).await?, Some(b"before".to_vec()))
}

async fn conditions(bench: Bench) -> Outcome {
    let made = bench.put_if("k", b"one", &Precondition::Absent).await.map_err(failed)?;
    let again = bench.put_if("k", b"two", &Precondition::Absent).await;
    same("a second", matches!(again, Err(Error::PreconditionFailed(_))), true)?;
    let tag = Precondition::Matches(format!("\"{}\"", made.object.e_tag));
    bench.put_if("k", b"three", &tag).await.map_err(failed)?;
    let stale = bench.put_if("k", b"four", &tag).await;
    same("a stale tag", matches!(stale, Err(Error::PreconditionFailed(_))), true)?;
    let missing = bench.put_if("other", b"x", &tag).await;
    same("nothing there", matches!(missing, Err(Error::NoSuchKey(_))), true)?;
    let delete = bench.backend.delete(bench.at("k"), None, &tag).await;
    same("a deletion", matches!(delete, Err(Error::PreconditionFailed(_))), true)?;
    same("what is there", bench.get("k", None).await?, Some(b"three".to_vec()))
}

async fn race(bench: Bench) -> Outcome {
    let writers = (0..12_u8).map(|writer| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.put_if("k", &bytes(20_000, writer), &Precondition::Absent).await })
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await? {
            Ok(_) => won += 1,
            Err(Error::PreconditionFailed(_) | Error::ConditionalRequestConflict) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    same("the winners", won, 1)
}

async fn copies(bench: Bench) -> Outcome {
    for size in [5, 100_000] {
        let body = bytes(size, 9);
        bench.put("a", &body).await?;
        let found = bench.found("a", None).await?;
        let from = (bench.at("a"), &found);
        let headers = Headers { metadata: BTreeMap::from([("m".into(), "1".into())]), ..Headers::default() };
        let copy = bench.backend.copy(from, bench.at("b"), headers.clone(), &Precondition::None).await;
        same("its tag", copy.map_err(failed)?.object.e_tag, found.object.e_tag)?;
        bench.delete("a", None).await?;
        same("its headers", bench.found("b", None).await?.object.headers.metadata, headers.metadata)?;
        same("its bytes", bench.get("b", None).await? == Some(body), true)?;
    }
    Ok(())
}

async fn tags(bench: Bench) -> Outcome {
    bench.put("k", b"x").await?;
    let tags = BTreeMap::from([("colour".to_owned(), "blue & green=ish".to_owned())]);
    let before = bench.found("k", None).await?;
    bench.backend.set_tags(bench.at("k"), &before, tags.clone()).await.map_err(failed)?;
    let found = bench.found("k", None).await?;
    same("the tags", &found.object.headers.tags, &tags)?;
    same("its time", found.object.modified, before.object.modified)?;
    let stale = bench.backend.set_tags(bench.at("k"), &before, BTreeMap::new()).await;
    same("tags decided on others", matches!(stale, Err(Error::OperationAborted)), true)?;
    bench.backend.set_tags(bench.at("k"), &found, BTreeMap::new()).await.map_err(failed)?;
    same("no tags", bench.found("k", None).await?.object.headers.tags.len(), 0)
}

async fn deletes(bench: Bench) -> Outcome {
    bench.put("k", b"x").await?;
    bench.delete("k", None).await?;
    bench.delete("k", None).await?;
    same("nothing", bench.sought("k", None).await?.is_none(), true)
}

async fn checksums(bench: Bench) -> Outcome {
    for algorithm in Algorithm::ALL {
        let promise = Promise { algorithm: Some(algorithm.name()), ..Promise::default() };
        let body = pieces(vec![Ok(bytes(30_000, 5).into())], &promise);
        let put = bench.backend.put(bench.at("k"), Headers::default(), &Precondition::None, body).await;
        let mut hasher = algorithm.hasher();
        hasher.update(&bytes(30_000, 5));
        let wanted = Some((algorithm, algorithm.finish(hasher)));
        let of = |checksum: Option<crate::checksum::Checksum>| checksum.map(|sum| (sum.algorithm, sum.value));
        same("what the write says", of(put.map_err(failed)?.object.checksum), wanted.clone())?;
        same("what is read", of(bench.found("k", None).await?.object.checksum), wanted)?;
    }
    Ok(())
}

async fn clears(bench: Bench) -> Outcome {
    bench.put("k", b"x").await?;
    same("with an object", bench.backend.clear(&bench.bucket).await.map_err(failed)?.is_none(), true)?;
    same("it stays", matches!(bench.sought("k", None).await?, Some(Sought::Object(_))), true)?;
    bench.put("k", b"y").await?;
    bench.delete("k", None).await?;
    let clearance = bench.backend.clear(&bench.bucket).await.map_err(failed)?;
    let clearance = clearance.ok_or("an empty bucket is not cleared")?;
    let late = bench.put_if("late", b"x", &Precondition::None).await;
    same("a write to a bucket that goes", matches!(late, Err(Error::NoSuchBucket(_))), true)?;
    clearance.confirm();
    let late = bench.put_if("late", b"x", &Precondition::None).await;
    same("a write to a bucket that went", matches!(late, Err(Error::NoSuchBucket(_))), true)
}
