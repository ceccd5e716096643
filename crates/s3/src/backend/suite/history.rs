//! A long history of writes, deletions and changes of versioning, held against a plain model.

use std::collections::BTreeMap;

use store::records::buckets::Versioning;

use super::{Bench, Case, Failure, Outcome, failed, same};
use crate::backend::{Entry, Query, Sought};

pub(super) const CASES: &[Case] = &[("a long history is told as it was", |bench| Box::pin(history(bench)))];

/// The versions of a key, the newest first; without a body: a marker.
type Model = BTreeMap<&'static str, Vec<(String, Option<Vec<u8>>)>>;

const KEYS: [&str; 3] = ["a", "a/b", "b"];
const STEPS: u32 = 160;

async fn history(mut bench: Bench) -> Outcome {
    let mut model = Model::new();
    // Numbers that only need to be uneven.
    let mut state = 0x9e37_79b9_u32;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % bound
    };
    for step in 0..STEPS {
        let key = KEYS[next(KEYS.len())];
        match next(10) {
            0 if bench.bucket.versioning == Versioning::Enabled => bench.set(Versioning::Suspended).await?,
            0 | 1 if step > 10 => bench.set(Versioning::Enabled).await?,
            2 | 3 => delete(&bench, &mut model, key).await?,
            4..=6 => delete_version(&bench, &mut model, key, next(5)).await?,
            _ => put(&bench, &mut model, key, format!("{step}").repeat(1 + next(9000)).into_bytes()).await?,
        }
        agrees(&bench, &model).await.map_err(|failure| format!("after step {step}: {failure}"))?;
    }
    Ok(())
}

async fn put(bench: &Bench, model: &mut Model, key: &'static str, body: Vec<u8>) -> Outcome {
    let version = bench.put(key, &body).await?.version;
    same("a version", version.is_some(), bench.bucket.versioning != Versioning::Off)?;
    add(model, key, version.unwrap_or_else(|| "null".into()), Some(body));
    Ok(())
}

async fn delete(bench: &Bench, model: &mut Model, key: &'static str) -> Outcome {
    let deleted = bench.delete(key, None).await?;
    same("a marker", deleted.marker, bench.bucket.versioning != Versioning::Off)?;
    match deleted.version {
        Some(version) => add(model, key, version, None),
        None => drop(model.remove(key)),
    }
    Ok(())
}

async fn delete_version(bench: &Bench, model: &mut Model, key: &'static str, index: usize) -> Outcome {
    let Some(versions) = model.get_mut(key).filter(|versions| index < versions.len()) else { return Ok(()) };
    let (id, body) = versions.remove(index);
    let deleted = bench.delete(key, Some(&id)).await?;
    same("a marker that goes", deleted.marker, body.is_none())
}

fn add(model: &mut Model, key: &'static str, id: String, body: Option<Vec<u8>>) {
    let versions = model.entry(key).or_default();
    versions.retain(|(other, _)| *other != id);
    versions.insert(0, (id, body));
}

async fn agrees(bench: &Bench, model: &Model) -> Outcome {
    let all = Query { prefix: "", delimiter: None, after: None, limit: 1000 };
    let page = bench.backend.versions(&bench.bucket, &all, None).await.map_err(failed)?;
    let mut listed = Vec::new();
    for entry in page.entries {
        let Entry::Key(key, line) = entry else { return Err("a prefix without a delimiter".into()) };
        listed.push((key, line.version, line.object.is_none(), line.is_latest));
    }
    let wanted: Vec<_> = model
        .iter()
        .flat_map(|(key, versions)| {
            let line = |(index, (id, body)): (usize, &(String, Option<Vec<u8>>))| {
                ((*key).to_owned(), id.clone(), body.is_none(), index == 0)
            };
            versions.iter().enumerate().map(line)
        })
        .collect();
    same("the versions", listed, wanted)?;
    let page = bench.backend.list(&bench.bucket, &all).await.map_err(failed)?;
    let current = |key: &&str| model.get(key).and_then(|versions| versions.first()?.1.as_ref()).is_some();
    let wanted: Vec<&str> = KEYS.into_iter().filter(current).collect();
    let listed: Vec<String> = page
        .entries
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Key(key, _) => Some(key),
            Entry::Prefix(_) => None,
        })
        .collect();
    same("the objects", listed, wanted)?;
    for (key, versions) in model {
        agrees_at(bench, key, None, versions.first()).await?;
        for version in versions {
            agrees_at(bench, key, Some(&version.0), Some(version)).await?;
        }
    }
    Ok(())
}

async fn agrees_at(
    bench: &Bench,
    key: &str,
    id: Option<&str>,
    wanted: Option<&(String, Option<Vec<u8>>)>,
) -> Result<(), Failure> {
    let is_marker = wanted.is_some_and(|(_, body)| body.is_none());
    let sought = bench.sought(key, id).await?;
    same("a marker", matches!(sought, Some(Sought::Marker(_))), is_marker)?;
    let wanted = wanted.and_then(|(_, body)| body.clone());
    same("the bytes", bench.get(key, id).await? == wanted, true)
}
