//! Scans: byte order, prefix, start, limit.

use super::{Bench, Case, Verdict, ensure, same};
use crate::rows::{Scan, Table, Write};

pub(super) const CASES: &[(&str, Case)] = &[
    ("a scan is in byte order", |b| Box::pin(byte_order(b))),
    ("a scan keeps to its prefix", |b| Box::pin(prefix(b))),
    ("a scan starts after a key", |b| Box::pin(after(b))),
    ("a scan pages without loss", |b| Box::pin(pages(b))),
    ("a prefix of highest bytes has an end", |b| Box::pin(highest_bytes(b))),
    ("an empty prefix is the whole table", |b| Box::pin(whole_table(b))),
    ("a scan shows no deleted row", |b| Box::pin(deleted(b))),
    ("a scan carries values and versions", |b| Box::pin(values(b))),
];

/// Endings that order differently as text, as signed bytes, or by length.
const ENDINGS: [&[u8]; 9] = [b"", &[0], &[0, 0], &[0, 1], b"A", b"a", &[0x7f], &[0x80], &[0xff, 0xff]];

async fn filled(b: &Bench, table: Table, prefix: &[u8]) -> Result<Vec<Vec<u8>>, super::Broken> {
    let keys: Vec<Vec<u8>> = ENDINGS.iter().map(|ending| [prefix, ending].concat()).collect();
    let inserts: Vec<Write> = keys.iter().rev().map(|key| Write::insert(table, key.clone(), b.row(key))).collect();
    b.commits(inserts).await?;
    Ok(keys)
}

async fn keys(b: &Bench, scan: Scan<'_>) -> Result<Vec<Vec<u8>>, super::Broken> {
    Ok(b.rows.scan(scan).await?.into_iter().map(|(key, _)| key).collect())
}

async fn byte_order(b: Bench) -> Verdict {
    for table in Table::ALL {
        let prefix = b.key();
        let wanted = filled(&b, table, &prefix).await?;
        let seen = keys(&b, Scan { table, prefix: &prefix, after: None, limit: 100 }).await?;
        same(seen, wanted, table.name())?;
    }
    Ok(())
}

async fn prefix(b: Bench) -> Verdict {
    let prefix = b.key();
    filled(&b, Table::Object, &prefix).await?;
    let narrow = [prefix.as_slice(), &[0]].concat();
    let seen = keys(&b, Scan { table: Table::Object, prefix: &narrow, after: None, limit: 100 }).await?;
    let wanted: Vec<Vec<u8>> = [&[0][..], &[0, 0], &[0, 1]].map(|end| [&prefix, end].concat()).to_vec();
    same(seen, wanted, "the keys with a prefix")?;
    let nothing = [prefix.as_slice(), b"b"].concat();
    let seen = keys(&b, Scan { table: Table::Object, prefix: &nothing, after: None, limit: 100 }).await?;
    same(seen, Vec::new(), "the keys with a prefix that none has")
}

async fn after(b: Bench) -> Verdict {
    let table = Table::PoolIdentity;
    let prefix = b.key();
    let wanted = filled(&b, table, &prefix).await?;
    for (index, key) in wanted.iter().enumerate() {
        let seen = keys(&b, Scan { table, prefix: &prefix, after: Some(key), limit: 100 }).await?;
        same(seen, wanted.iter().skip(index + 1).cloned().collect(), "the keys after a key")?;
    }
    // A start that is no key, one before the prefix and one behind it.
    let between = [prefix.as_slice(), b"B"].concat();
    let seen = keys(&b, Scan { table, prefix: &prefix, after: Some(&between), limit: 1 }).await?;
    same(seen, vec![[prefix.as_slice(), b"a"].concat()], "the key after what is no key")?;
    let seen = keys(&b, Scan { table, prefix: &prefix, after: Some(&[0]), limit: 100 }).await?;
    same(seen, wanted, "the keys after one before the prefix")?;
    let seen = keys(&b, Scan { table, prefix: &prefix, after: Some(&[0xff; 17]), limit: 100 }).await?;
    same(seen, Vec::new(), "the keys after one behind the prefix")
}

async fn pages(b: Bench) -> Verdict {
    let table = Table::Object;
    let prefix = b.key();
    let wanted = filled(&b, table, &prefix).await?;
    for limit in [1, 2, 4, 9, 10] {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        loop {
            let after = seen.last().cloned();
            let page = keys(&b, Scan { table, prefix: &prefix, after: after.as_deref(), limit }).await?;
            ensure(page.len() <= limit, "a page is longer than its limit")?;
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        same(&seen, &wanted, "the pages together")?;
    }
    Ok(())
}

async fn highest_bytes(b: Bench) -> Verdict {
    let table = Table::Upload;
    let mine = b.key();
    let low = [&[0xfe, 0xff], mine.as_slice()].concat();
    let high = [&[0xff, 0xff], mine.as_slice()].concat();
    b.put(table, &low, b"").await?;
    b.put(table, &high, b"").await?;
    for (prefix, wanted, other) in [(&[0xfe, 0xff], &low, &high), (&[0xff, 0xff], &high, &low)] {
        let seen = keys(&b, Scan { table, prefix, after: None, limit: 10_000 }).await?;
        ensure(seen.contains(wanted), "a prefix of highest bytes misses a key")?;
        ensure(!seen.contains(other), "a prefix of highest bytes holds another's key")?;
    }
    let seen = keys(&b, Scan { table, prefix: &[0xff], after: Some(&high), limit: 10_000 }).await?;
    ensure(!seen.contains(&high), "a scan after the highest key holds it again")
}

async fn whole_table(b: Bench) -> Verdict {
    let table = Table::Blob;
    let first = b.key();
    let mut wanted = filled(&b, table, &first).await?;
    wanted.extend(filled(&b, table, &b.key()).await?);
    let mut seen = Vec::new();
    loop {
        let after: Option<Vec<u8>> = seen.last().cloned();
        let page = keys(&b, Scan { table, prefix: &[], after: after.as_deref(), limit: 5 }).await?;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    ensure(seen.is_sorted_by(|one, next| one < next), "the whole table is out of order")?;
    ensure(wanted.iter().all(|key| seen.contains(key)), "the whole table misses a key")
}

async fn deleted(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let row = b.put(table, &key, b"").await?;
        b.commits([Write::delete(table, key.clone(), row.version)]).await?;
        same(keys(&b, Scan { table, prefix: &key, after: None, limit: 10 }).await?, Vec::new(), table.name())?;
    }
    Ok(())
}

async fn values(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let row = b.put(table, &key, table.name().as_bytes()).await?;
        let seen = b.rows.scan(Scan { table, prefix: &key, after: None, limit: 10 }).await?;
        same(seen, vec![(key, row)], table.name())?;
    }
    Ok(())
}
