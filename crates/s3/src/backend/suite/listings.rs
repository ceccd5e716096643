//! Listings of objects and of versions.

use store::records::buckets::Versioning::Enabled;

use super::{Bench, Case, Failure, Outcome, failed, same};
use crate::backend::{Entry, Query};

pub(super) const CASES: &[Case] = &[
    ("keys are listed in byte order", |bench| Box::pin(order(bench))),
    ("pages follow each other", |bench| Box::pin(pages(bench))),
    ("versions are listed newest first", |bench| Box::pin(versions(bench))),
    ("pages of versions follow each other", |bench| Box::pin(version_pages(bench))),
];

const ALL: Query<'static> = Query { prefix: "", delimiter: None, after: None, limit: 1000 };

/// Lines of a page, a prefix with a `*` behind it.
async fn page(bench: &Bench, query: &Query<'_>) -> Result<(Vec<String>, bool), Failure> {
    let page = bench.backend.list(&bench.bucket, query).await.map_err(failed)?;
    let lines = page.entries.into_iter().map(|entry| match entry {
        Entry::Key(key, _) => key,
        Entry::Prefix(prefix) => format!("{prefix}*"),
    });
    Ok((lines.collect(), page.truncated))
}

/// A line of a listing of versions: key, number of the version in `made`, whether it is a marker and
/// whether it is the latest.
type Line = (String, String, bool, bool);

async fn version_page(bench: &Bench, query: &Query<'_>, after: Option<&str>) -> Result<(Vec<Line>, bool), Failure> {
    let page = bench.backend.versions(&bench.bucket, query, after).await.map_err(failed)?;
    let lines = page.entries.into_iter().map(|entry| match entry {
        Entry::Key(key, line) => (key, line.version, line.object.is_none(), line.is_latest),
        Entry::Prefix(prefix) => (format!("{prefix}*"), String::new(), false, false),
    });
    Ok((lines.collect(), page.truncated))
}

async fn order(bench: Bench) -> Outcome {
    for key in ["b", "a", "a/b", "a/\u{e9}", "a0", "A", "\u{1f600}", "\u{ffff}", "a/b/c"] {
        bench.put(key, b"").await?;
    }
    let (lines, truncated) = page(&bench, &ALL).await?;
    same("all", lines, ["A", "a", "a/b", "a/b/c", "a/\u{e9}", "a0", "b", "\u{ffff}", "\u{1f600}"])?;
    same("more", truncated, false)?;
    let (lines, _) = page(&bench, &Query { prefix: "a/", delimiter: Some("/"), ..ALL }).await?;
    same("a folder", lines, ["a/b", "a/b/*", "a/\u{e9}"])?;
    let (lines, truncated) = page(&bench, &Query { after: Some("a"), limit: 2, ..ALL }).await?;
    same("a page", (lines, truncated), (vec!["a/b".to_owned(), "a/b/c".to_owned()], true))?;
    let (lines, _) = page(&bench, &Query { prefix: "a", after: Some("b"), ..ALL }).await?;
    same("nothing left", lines.len(), 0)
}

async fn pages(bench: Bench) -> Outcome {
    for folder in 0..4 {
        for file in 0..3 {
            bench.put(&format!("f{folder}/{file}"), b"").await?;
        }
        bench.put(&format!("f{folder}x"), b"").await?;
    }
    let query = Query { delimiter: Some("/"), ..ALL };
    let (whole, _) = page(&bench, &query).await?;
    same("all", whole.len(), 8)?;
    for limit in [1, 2, 3, 7] {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let after = seen.last().map(|last| last.trim_end_matches('*').to_owned());
            let (lines, truncated) = page(&bench, &Query { after: after.as_deref(), limit, ..query.clone() }).await?;
            same("too many", lines.len() > limit, false)?;
            seen.extend(lines);
            if !truncated {
                break;
            }
        }
        same("page by page", seen, whole.clone())?;
    }
    Ok(())
}

/// Keys with several versions, some hidden, some in folders.
async fn filled(bench: &mut Bench) -> Result<Vec<Line>, Failure> {
    bench.put("a", b"null").await?;
    bench.set(Enabled).await?;
    let put = async |key: &str| Ok::<_, Failure>(bench.put(key, b"x").await?.version.unwrap_or_default());
    let (a1, a2) = (put("a").await?, put("a").await?);
    let b1 = put("b").await?;
    let marker = bench.delete("b", None).await?.version.unwrap_or_default();
    let (f1, f2) = (put("f/1").await?, put("f/1").await?);
    let f3 = put("f/2").await?;
    let z = put("z").await?;
    let line = |key: &str, id: String, marker, latest| (key.to_owned(), id, marker, latest);
    Ok(vec![
        line("a", a2, false, true),
        line("a", a1, false, false),
        line("a", "null".into(), false, false),
        line("b", marker, true, true),
        line("b", b1, false, false),
        line("f/1", f2, false, true),
        line("f/1", f1, false, false),
        line("f/2", f3, false, true),
        line("z", z, false, true),
    ])
}

async fn versions(mut bench: Bench) -> Outcome {
    let wanted = filled(&mut bench).await?;
    let (lines, truncated) = version_page(&bench, &ALL, None).await?;
    same("all", (&lines, truncated), (&wanted, false))?;
    let (lines, _) = version_page(&bench, &Query { delimiter: Some("/"), ..ALL }, None).await?;
    let folder = ("f/*".to_owned(), String::new(), false, false);
    same("rolled up", lines, [&wanted[..5], &[folder], &wanted[8..]].concat())?;
    let (lines, _) = version_page(&bench, &Query { prefix: "f/", ..ALL }, None).await?;
    same("a folder", lines, wanted[5..8].to_vec())?;
    let (lines, _) = version_page(&bench, &Query { after: Some("b"), ..ALL }, None).await?;
    same("behind a key", lines, wanted[5..].to_vec())?;
    // Objects that are hidden are not listed.
    let (lines, _) = page(&bench, &ALL).await?;
    same("the current ones", lines, ["a", "f/1", "f/2", "z"])
}

async fn version_pages(mut bench: Bench) -> Outcome {
    filled(&mut bench).await?;
    for delimiter in [None, Some("/")] {
        let (whole, _) = version_page(&bench, &Query { delimiter, ..ALL }, None).await?;
        for limit in [1, 2, 3, 4, 5] {
            let mut seen: Vec<Line> = Vec::new();
            loop {
                let last = seen.last().cloned();
                let key = last.as_ref().map(|(key, ..)| key.trim_end_matches('*'));
                let id = last.as_ref().map(|(_, id, ..)| id.as_str()).filter(|id| !id.is_empty());
                let query = Query { delimiter, after: key, limit, ..ALL };
                let (lines, truncated) = version_page(&bench, &query, id).await?;
                seen.extend(lines);
                if !truncated {
                    break;
                }
            }
            same("page by page", seen, whole.clone())?;
        }
    }
    Ok(())
}
