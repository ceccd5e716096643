//! Uploads in parts.

use store::records::buckets::Versioning::Enabled;
use vocab::Timestamp;

use super::{Bench, Case, Failure, Outcome, bytes, failed, pieces, same, whole};
use crate::Error;
use crate::backend::{Chosen, Entry, Expected, Headers, Made, Query, Upload};
use crate::checksum::Algorithm;
use crate::conditions::Precondition;
use crate::incoming::Promise;

pub(super) const CASES: &[Case] = &[
    ("parts become an object", |bench| Box::pin(object(bench))),
    ("parts become a version", |bench| Box::pin(version(bench))),
    ("wrong parts are refused", |bench| Box::pin(wrong(bench))),
    ("a part is replaced", |bench| Box::pin(replaced(bench))),
    ("an upload is forgotten whole", |bench| Box::pin(aborted(bench))),
    ("completions hold to their condition", |bench| Box::pin(conditional(bench))),
    ("completions at once settle on one object", |bench| Box::pin(at_once(bench))),
    ("parts may be copied", |bench| Box::pin(copied(bench))),
    ("checksums of parts make that of the object", |bench| Box::pin(checksums(bench))),
    ("uploads are listed", |bench| Box::pin(listed(bench))),
    ("a copy of parts has the bytes of all", |bench| Box::pin(copy_of_parts(bench))),
];

const PART: usize = 5 * 1024 * 1024;

async fn begin(bench: &Bench, key: &str, algorithm: Option<Algorithm>, full_object: bool) -> Result<String, Failure> {
    let upload = Upload {
        id: String::new(),
        begun: Timestamp::from_seconds(0),
        initiator: "arn:aws:iam::000000000000:root".into(),
        headers: Headers::default(),
        algorithm,
        full_object,
    };
    bench.backend.begin(bench.at(key), upload).await.map_err(failed)
}

async fn put_part(bench: &Bench, key: &str, id: &str, number: u16, body: &[u8]) -> Result<Chosen, Failure> {
    let part = bench.backend.put_part(bench.at(key), id, number, whole(body)).await.map_err(failed)?;
    Ok(Chosen { number, e_tag: part.e_tag, checksum: None })
}

async fn complete(bench: &Bench, key: &str, id: &str, chosen: &[Chosen]) -> Result<Made, Error> {
    let expected = Expected::default();
    bench.backend.complete(bench.at(key), id, chosen, &Precondition::None, &expected).await
}

async fn object(bench: Bench) -> Outcome {
    let (first, second) = (bytes(PART, 1), bytes(1000, 2));
    let id = begin(&bench, "k", None, false).await?;
    let chosen = [put_part(&bench, "k", &id, 2, &first).await?, put_part(&bench, "k", &id, 7, &second).await?];
    same("not yet", bench.sought("k", None).await?.is_none(), true)?;
    let made = complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
    same("its tag", made.object.e_tag.ends_with("-2"), true)?;
    let found = bench.found("k", None).await?;
    let edge = PART as u64;
    same("its size", found.object.size, edge + 1000)?;
    let across = bench.read("k", &found, edge - 3..edge + 3).await?;
    same("across the edge", across, [&first[PART - 3..], &second[..3]].concat())?;
    let span = bench.backend.span(bench.at("k"), &found, 2).await.map_err(failed)?;
    same("its second part", span.map(|span| (span.range, span.count)), Some((edge..edge + 1000, Some(2))))?;
    let none = bench.backend.span(bench.at("k"), &found, 3).await.map_err(failed)?;
    same("no third part", none, None)?;
    // The same request again finds its own success.
    let again = complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
    same("again", again.object.e_tag, made.object.e_tag)
}

async fn version(mut bench: Bench) -> Outcome {
    bench.set(Enabled).await?;
    let before = bench.put("k", b"before").await?.version;
    let id = begin(&bench, "k", None, false).await?;
    let chosen = [put_part(&bench, "k", &id, 1, &bytes(20_000, 1)).await?];
    let made = complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
    same("a version", made.version.is_some() && made.version != before, true)?;
    same("the one before", bench.get("k", before.as_deref()).await?, Some(b"before".to_vec()))?;
    bench.put("k", b"after").await?;
    same("its bytes", bench.get("k", made.version.as_deref()).await? == Some(bytes(20_000, 1)), true)
}

async fn wrong(bench: Bench) -> Outcome {
    let id = begin(&bench, "k", None, false).await?;
    let chosen = [put_part(&bench, "k", &id, 1, b"small").await?, put_part(&bench, "k", &id, 2, b"last").await?];
    let small = complete(&bench, "k", &id, &chosen).await;
    same("too small", matches!(small, Err(Error::EntityTooSmall)), true)?;
    let reversed: Vec<Chosen> = chosen.iter().rev().cloned().collect();
    let reversed = complete(&bench, "k", &id, &reversed).await;
    same("the wrong order", matches!(reversed, Err(Error::InvalidPartOrder)), true)?;
    let other = [Chosen { e_tag: chosen[1].e_tag.clone(), ..chosen[0].clone() }];
    let other = complete(&bench, "k", &id, &other).await;
    same("another part", matches!(other, Err(Error::InvalidPart)), true)?;
    let missing = complete(&bench, "k", &id, &[Chosen { number: 9, ..chosen[0].clone() }]).await;
    same("no such part", matches!(missing, Err(Error::InvalidPart)), true)?;
    let elsewhere = complete(&bench, "other", &id, &chosen[..1]).await;
    same("another key", matches!(elsewhere, Err(Error::NoSuchUpload(_))), true)?;
    complete(&bench, "k", &id, &chosen[..1]).await.map_err(failed)?;
    same("its bytes", bench.get("k", None).await?, Some(b"small".to_vec()))
}

async fn replaced(bench: Bench) -> Outcome {
    let id = begin(&bench, "k", None, false).await?;
    let old = put_part(&bench, "k", &id, 1, b"one").await?;
    let new = put_part(&bench, "k", &id, 1, b"another").await?;
    let parts = bench.backend.parts(bench.at("k"), &id, 0, 10).await.map_err(failed)?;
    let sizes: Vec<_> = parts.iter().map(|part| (part.number, part.size)).collect();
    same("the parts", sizes, [(1, 7)])?;
    let stale = complete(&bench, "k", &id, &[old]).await;
    same("the old part", matches!(stale, Err(Error::InvalidPart)), true)?;
    complete(&bench, "k", &id, &[new]).await.map_err(failed)?;
    same("its bytes", bench.get("k", None).await?, Some(b"another".to_vec()))
}

async fn aborted(bench: Bench) -> Outcome {
    let id = begin(&bench, "k", None, false).await?;
    let chosen = put_part(&bench, "k", &id, 1, b"one").await?;
    bench.backend.abort(bench.at("k"), &id).await.map_err(failed)?;
    let again = bench.backend.abort(bench.at("k"), &id).await;
    same("again", matches!(again, Err(Error::NoSuchUpload(_))), true)?;
    let late = bench.backend.put_part(bench.at("k"), &id, 2, whole(b"late")).await;
    same("a late part", matches!(late, Err(Error::NoSuchUpload(_))), true)?;
    let late = complete(&bench, "k", &id, &[chosen]).await;
    same("a late completion", matches!(late, Err(Error::NoSuchUpload(_))), true)?;
    same("nothing", bench.sought("k", None).await?.is_none(), true)
}

async fn conditional(bench: Bench) -> Outcome {
    bench.put("k", b"before").await?;
    let id = begin(&bench, "k", None, false).await?;
    let chosen = [put_part(&bench, "k", &id, 1, b"one").await?];
    let expected = Expected::default();
    let refused = bench.backend.complete(bench.at("k"), &id, &chosen, &Precondition::Absent, &expected).await;
    same("nothing wanted", matches!(refused, Err(Error::PreconditionFailed(_))), true)?;
    same("what is there", bench.get("k", None).await?, Some(b"before".to_vec()))?;
    let tag = Precondition::Matches(bench.found("k", None).await?.object.e_tag);
    bench.backend.complete(bench.at("k"), &id, &chosen, &tag, &expected).await.map_err(failed)?;
    same("its bytes", bench.get("k", None).await?, Some(b"one".to_vec()))
}

async fn at_once(bench: Bench) -> Outcome {
    let id = begin(&bench, "k", None, false).await?;
    let chosen = vec![put_part(&bench, "k", &id, 1, &bytes(1000, 1)).await?];
    let completions = (0..8).map(|_| {
        let (bench, id, chosen) = (bench.clone(), id.clone(), chosen.clone());
        tokio::spawn(async move { complete(&bench, "k", &id, &chosen).await.map(|made| made.object.e_tag) })
    });
    let mut tags = Vec::new();
    for completion in completions.collect::<Vec<_>>() {
        tags.push(completion.await?.map_err(failed)?);
    }
    tags.dedup();
    same("one object", tags.len(), 1)?;
    same("its bytes", bench.get("k", None).await?, Some(bytes(1000, 1)))
}

async fn copied(bench: Bench) -> Outcome {
    bench.put("from", &bytes(50_000, 4)).await?;
    let found = bench.found("from", None).await?;
    let id = begin(&bench, "k", None, false).await?;
    let from = (bench.at("from"), &found);
    let part = bench.backend.copy_part(from, 100..20_100, bench.at("k"), &id, 1).await.map_err(failed)?;
    same("its size", part.size, 20_000)?;
    let chosen = [Chosen { number: 1, e_tag: part.e_tag, checksum: None }];
    complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
    same("its bytes", bench.get("k", None).await? == Some(bytes(50_000, 4)[100..20_100].to_vec()), true)
}

async fn checksums(bench: Bench) -> Outcome {
    for (algorithm, full_object) in
        [(Algorithm::Crc32, true), (Algorithm::Crc64nvme, true), (Algorithm::Crc32c, false), (Algorithm::Sha256, false)]
    {
        let id = begin(&bench, "k", Some(algorithm), full_object).await?;
        let mut chosen = Vec::new();
        for (number, body) in [(1, bytes(PART, 1)), (2, bytes(10, 2))] {
            let promise = Promise { algorithm: Some(algorithm.name()), ..Promise::default() };
            let body = pieces(vec![Ok(body.into())], &promise);
            let part = bench.backend.put_part(bench.at("k"), &id, number, body).await.map_err(failed)?;
            let checksum = part.checksum.map(|checksum| (checksum.algorithm, checksum.value));
            same("a part's checksum", checksum.is_some(), true)?;
            chosen.push(Chosen { number, e_tag: part.e_tag, checksum });
        }
        let made = complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
        let checksum = made.object.checksum.ok_or("no checksum")?;
        same("its kind", checksum.value.ends_with("-2"), !full_object)?;
        let found = bench.found("k", None).await?;
        let composition = bench.backend.composition(bench.at("k"), &found, 1, 1).await.map_err(failed)?;
        let composition = composition.ok_or("no parts")?;
        same("all parts", (composition.total, composition.truncated), (2, false))?;
        let lines: Vec<_> = composition.parts.iter().map(|(number, size, _)| (*number, *size)).collect();
        same("the second", lines, [(2, 10)])?;
    }
    Ok(())
}

async fn listed(bench: Bench) -> Outcome {
    let mut ids = Vec::new();
    for key in ["a/1", "a/2", "b", "b"] {
        ids.push((key.to_owned(), begin(&bench, key, None, false).await?));
    }
    let query = Query { prefix: "", delimiter: None, after: None, limit: 10 };
    let page = bench.backend.uploads(&bench.bucket, &query, None).await.map_err(failed)?;
    let mut seen: Vec<_> = page
        .entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Key(key, upload) => (key, upload.id),
            Entry::Prefix(prefix) => (prefix, String::new()),
        })
        .collect();
    seen.sort();
    ids.sort();
    same("the uploads", seen, ids)?;
    let query = Query { delimiter: Some("/"), ..query };
    let page = bench.backend.uploads(&bench.bucket, &query, None).await.map_err(failed)?;
    same("rolled up", page.entries.len(), 3)?;
    let query = Query { delimiter: None, after: Some("a/2"), limit: 1, ..query };
    let page = bench.backend.uploads(&bench.bucket, &query, None).await.map_err(failed)?;
    same("a page", (page.entries.len(), page.truncated), (1, true))
}

async fn copy_of_parts(bench: Bench) -> Outcome {
    let (first, second) = (bytes(PART, 1), bytes(1000, 2));
    let id = begin(&bench, "k", None, false).await?;
    let chosen = [put_part(&bench, "k", &id, 1, &first).await?, put_part(&bench, "k", &id, 2, &second).await?];
    complete(&bench, "k", &id, &chosen).await.map_err(failed)?;
    let found = bench.found("k", None).await?;
    let copy =
        bench.backend.copy((bench.at("k"), &found), bench.at("c"), Headers::default(), &Precondition::None).await;
    same("its size", copy.map_err(failed)?.object.size, PART as u64 + 1000)?;
    same("its bytes", bench.get("c", None).await? == Some([first, second].concat()), true)
}
