//! Random commits, against the store in memory as the model.

use super::{Bench, Broken, Case, Verdict, ensure, same};
use crate::memory::Memory;
use crate::rows::{Outcome, Rows, Scan, Table, Version, Write};

pub(super) const CASES: &[(&str, Case)] =
    &[("random commits end as they do in memory", |b| Box::pin(random_commits(b)))];

const TABLES: [Table; 3] = [Table::Configuration, Table::Identity, Table::Login];

async fn random_commits(b: Bench) -> Verdict {
    let model = Memory::new();
    let prefix = b.key();
    let mut committed = 0;
    for _ in 0..300 {
        let writes = draw(&b, &model, &prefix).await?;
        let wanted = model.commit(writes.clone()).await?;
        same(b.rows.commit(writes.clone()).await?, wanted, "the outcome of a random commit")?;
        committed += usize::from(wanted == Outcome::Committed);
        for write in &writes {
            let wanted = model.get(write.table, &write.key).await?;
            b.holds(write.table, &write.key, wanted.as_ref()).await?;
        }
    }
    ensure(committed > 30, "almost no random commit was made, so nothing was compared")?;
    for table in TABLES {
        let scan = Scan { table, prefix: &prefix, after: None, limit: 100 };
        same(b.rows.scan(scan).await?, model.scan(scan).await?, table.name())?;
    }
    Ok(())
}

/// One to four writes to different rows out of few, most of which know what they will find.
async fn draw(b: &Bench, model: &Memory, prefix: &[u8]) -> Result<Vec<Write>, Broken> {
    let mut writes: Vec<Write> = Vec::new();
    let [count] = b.random.bytes();
    for _ in 0..=count % 4 {
        let [table, key, kind, size] = b.random.bytes();
        let table = TABLES.get(usize::from(table) % TABLES.len()).copied().unwrap_or(Table::Login);
        let key = [prefix, &[key % 4]].concat();
        if writes.iter().any(|write| write.table == table && write.key == key) {
            continue;
        }
        let row = b.row(&vec![7; usize::from(size)]);
        let held = model.get(table, &key).await?;
        let old = held.as_ref().map_or(Version::draw(&*b.random), |held| held.version);
        writes.push(match kind % 16 {
            0 => Write::insert(table, key, row),
            1 => Write::replace(table, key, Version::draw(&*b.random), row),
            2 => Write::delete(table, key, Version::draw(&*b.random)),
            3..7 if held.is_some() => Write::delete(table, key, old),
            _ if held.is_some() => Write::replace(table, key, old, row),
            _ => Write::insert(table, key, row),
        });
    }
    Ok(writes)
}
