//! Commits: conditions, atomicity, contention.

use super::{Bench, Broken, Case, Verdict, all, ensure, same};
use crate::rows::{Expect, MAX_KEY, MAX_WRITES, Outcome, Table, Write};

pub(super) const CASES: &[(&str, Case)] = &[
    ("an absent row is none", |b| Box::pin(absent_is_none(b))),
    ("every table holds what was inserted", |b| Box::pin(every_table_holds(b))),
    ("values of all sizes come back", |b| Box::pin(sizes(b))),
    ("an insert over a row conflicts", |b| Box::pin(insert_over_a_row(b))),
    ("a replace needs the version", |b| Box::pin(replace_needs_the_version(b))),
    ("a delete needs the version", |b| Box::pin(delete_needs_the_version(b))),
    ("a deleted row can be inserted again", |b| Box::pin(insert_after_delete(b))),
    ("a commit is all or nothing", |b| Box::pin(all_or_nothing(b))),
    ("a commit spans tables", |b| Box::pin(spans_tables(b))),
    ("a commit knows its own earlier success", |b| Box::pin(own_success(b))),
    ("a commit that was overwritten is a conflict", |b| Box::pin(overwritten(b))),
    ("a repeated deletion is a conflict", |b| Box::pin(repeated_deletion(b))),
    ("an empty commit is committed", |b| Box::pin(async move { b.commits([]).await })),
    ("five hundred writes are made, one more is refused", |b| Box::pin(five_hundred(b))),
    ("the two sides do not mix", |b| Box::pin(sides(b))),
    ("malformed writes are refused", |b| Box::pin(malformed(b))),
    ("sixty-four tasks lose no increment", |b| Box::pin(increments(b))),
    ("one of many inserts wins", |b| Box::pin(one_insert_wins(b))),
    ("crossing commits neither mix nor hang", |b| Box::pin(crossing(b))),
];

async fn absent_is_none(b: Bench) -> Verdict {
    for table in Table::ALL {
        b.holds(table, &b.key(), None).await?;
    }
    Ok(())
}

async fn every_table_holds(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let row = b.put(table, &key, table.name().as_bytes()).await?;
        b.holds(table, &key, Some(&row)).await?;
    }
    Ok(())
}

async fn sizes(b: Bench) -> Verdict {
    for table in [Table::Configuration, Table::Login, Table::Object] {
        for size in [0, 1, 4096, 300_000] {
            let mut key = b.key();
            key.resize(MAX_KEY, 0xff);
            let row = b.put(table, &key, &vec![0; size]).await?;
            b.holds(table, &key, Some(&row)).await?;
        }
    }
    Ok(())
}

async fn insert_over_a_row(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let first = b.put(table, &key, b"first").await?;
        b.conflicts([Write::insert(table, key.clone(), b.row(b"second"))], 0).await?;
        b.holds(table, &key, Some(&first)).await?;
    }
    Ok(())
}

async fn replace_needs_the_version(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let (old, new, late) = (b.row(b"old"), b.row(b"new"), b.row(b"late"));
        b.conflicts([Write::replace(table, key.clone(), old.version, new.clone())], 0).await?;
        b.commits([Write::insert(table, key.clone(), old.clone())]).await?;
        b.commits([Write::replace(table, key.clone(), old.version, new.clone())]).await?;
        b.conflicts([Write::replace(table, key.clone(), old.version, late)], 0).await?;
        b.holds(table, &key, Some(&new)).await?;
    }
    Ok(())
}

async fn delete_needs_the_version(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let row = b.put(table, &key, b"kept").await?;
        b.conflicts([Write::delete(table, key.clone(), b.row(b"").version)], 0).await?;
        b.holds(table, &key, Some(&row)).await?;
        b.commits([Write::delete(table, key.clone(), row.version)]).await?;
        b.holds(table, &key, None).await?;
    }
    Ok(())
}

async fn insert_after_delete(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let first = b.put(table, &key, b"first").await?;
        b.commits([Write::delete(table, key.clone(), first.version)]).await?;
        let late = Write::replace(table, key.clone(), first.version, b.row(b"late"));
        b.conflicts([late], 0).await?;
        let second = b.put(table, &key, b"second").await?;
        b.holds(table, &key, Some(&second)).await?;
        b.conflicts([Write::insert(table, key, b.row(b"third"))], 0).await?;
    }
    Ok(())
}

async fn all_or_nothing(b: Bench) -> Verdict {
    let (one, two, three) = (b.key(), b.key(), b.key());
    let held = b.put(Table::Login, &two, b"held").await?;
    let insert = |key: &[u8]| Write::insert(Table::Login, key.to_vec(), b.row(b"new"));
    b.conflicts([insert(&one), insert(&three), insert(&two)], 2).await?;
    b.conflicts([insert(&one), insert(&two), insert(&three)], 1).await?;
    b.holds(Table::Login, &one, None).await?;
    b.holds(Table::Login, &two, Some(&held)).await?;
    b.holds(Table::Login, &three, None).await
}

async fn spans_tables(b: Bench) -> Verdict {
    let (key, gone) = (b.key(), b.key());
    let old = b.put(Table::Login, &gone, b"old").await?;
    let row = b.row(b"new");
    b.commits([
        Write::insert(Table::Identity, key.clone(), row.clone()),
        Write::delete(Table::Login, gone.clone(), old.version),
        Write::insert(Table::Login, key.clone(), row.clone()),
        Write::insert(Table::Configuration, key.clone(), row.clone()),
    ])
    .await?;
    b.holds(Table::Identity, &key, Some(&row)).await?;
    b.holds(Table::Login, &key, Some(&row)).await?;
    b.holds(Table::Configuration, &key, Some(&row)).await?;
    b.holds(Table::Login, &gone, None).await
}

async fn own_success(b: Bench) -> Verdict {
    for table in [Table::Configuration, Table::Identity, Table::Object] {
        let (key, gone) = (b.key(), b.key());
        let old = b.put(table, &gone, b"old").await?;
        let row = b.row(b"new");
        let writes = [Write::delete(table, gone, old.version), Write::insert(table, key.clone(), row.clone())];
        b.commits(writes.clone()).await?;
        b.commits(writes).await?;
        b.holds(table, &key, Some(&row)).await?;
        let next = b.row(b"next");
        let replace = Write::replace(table, key.clone(), row.version, next.clone());
        b.commits([replace.clone()]).await?;
        b.commits([replace]).await?;
        b.holds(table, &key, Some(&next)).await?;
    }
    Ok(())
}

async fn overwritten(b: Bench) -> Verdict {
    let key = b.key();
    let insert = Write::insert(Table::Identity, key.clone(), b.row(b"first"));
    let first = insert.row.clone().ok_or_else(|| Broken("an insert has no row".into()))?;
    b.commits([insert.clone()]).await?;
    b.commits([Write::replace(Table::Identity, key, first.version, b.row(b"second"))]).await?;
    b.conflicts([insert], 0).await
}

async fn repeated_deletion(b: Bench) -> Verdict {
    for table in Table::ALL {
        let key = b.key();
        let row = b.put(table, &key, b"").await?;
        let delete = Write::delete(table, key, row.version);
        b.commits([delete.clone()]).await?;
        b.conflicts([delete], 0).await?;
    }
    Ok(())
}

async fn five_hundred(b: Bench) -> Verdict {
    let insert = |_| Write::insert(Table::Part, b.key(), b.row(b"part"));
    let mut writes: Vec<Write> = (0..MAX_WRITES).map(insert).collect();
    b.commits(writes.clone()).await?;
    for write in &writes {
        b.holds(write.table, &write.key, write.row.as_ref()).await?;
    }
    // The last of many is the one that conflicts.
    let last = writes.pop();
    let mut fresh: Vec<Write> = (1..MAX_WRITES).map(insert).collect();
    fresh.extend(last.map(|write| Write { row: Some(b.row(b"other")), ..write }));
    b.conflicts(fresh, MAX_WRITES - 1).await?;
    let too_many: Vec<Write> = (0..=MAX_WRITES).map(insert).collect();
    b.refuses(too_many, "501 writes").await
}

async fn sides(b: Bench) -> Verdict {
    let insert = |table| Write::insert(table, b.key(), b.row(b""));
    b.refuses([insert(Table::Object), insert(Table::Identity)], "objects first").await?;
    b.refuses([insert(Table::Configuration), insert(Table::Blob)], "objects last").await?;
    b.commits([
        insert(Table::Object),
        insert(Table::ObjectVersion),
        insert(Table::Upload),
        insert(Table::Part),
        insert(Table::Blob),
    ])
    .await
}

async fn malformed(b: Bench) -> Verdict {
    let insert = |key| Write::insert(Table::Login, key, b.row(b""));
    b.refuses([insert(Vec::new())], "an empty key").await?;
    b.refuses([insert(vec![0; MAX_KEY + 1])], "a long key").await?;
    let key = b.key();
    b.refuses([insert(key.clone()), insert(key.clone())], "one row twice").await?;
    let nothing = Write { table: Table::Login, key, expect: Expect::Absent, row: None };
    b.refuses([nothing], "a deletion of nothing").await
}

async fn increments(b: Bench) -> Verdict {
    for table in [Table::Configuration, Table::Identity] {
        let key = b.key();
        b.put(table, &key, &0_u64.to_be_bytes()).await?;
        all((0..64).map(|_| increment(b.clone(), table, key.clone()))).await?;
        let row = b.rows.get(table, &key).await?;
        same(row.map(|row| row.value), Some(64_u64.to_be_bytes().to_vec()), "the sum of 64 increments")?;
    }
    Ok(())
}

async fn increment(b: Bench, table: Table, key: Vec<u8>) -> Verdict {
    loop {
        let row = b.rows.get(table, &key).await?.ok_or_else(|| Broken("the counter is gone".into()))?;
        let count = row.value.try_into().map(u64::from_be_bytes).map_err(|_| Broken("no counter".into()))?;
        let next = b.row(&(count + 1).to_be_bytes());
        let write = Write::replace(table, key.clone(), row.version, next);
        match b.rows.commit(vec![write]).await? {
            Outcome::Committed => return Ok(()),
            Outcome::Conflict(index) => same(index, 0, "the index of a conflict")?,
        }
    }
}

async fn one_insert_wins(b: Bench) -> Verdict {
    let login = b.key();
    let identities: Vec<Vec<u8>> = (0..32).map(|_| b.key()).collect();
    all(identities.iter().cloned().map(|identity| {
        let (b, login) = (b.clone(), login.clone());
        async move {
            let writes = vec![
                Write::insert(Table::Identity, identity.clone(), b.row(b"identity")),
                Write::insert(Table::Login, login, b.row(&identity)),
            ];
            match b.rows.commit(writes).await? {
                Outcome::Committed => Ok(()),
                Outcome::Conflict(index) => same(index, 1, "the index of a conflict"),
            }
        }
    }))
    .await?;
    let winner = b.rows.get(Table::Login, &login).await?.map(|row| row.value);
    for identity in identities {
        let made = b.rows.get(Table::Identity, &identity).await?.is_some();
        same(made, Some(&identity) == winner.as_ref(), "whether the identity of a loser or winner is there")?;
    }
    Ok(())
}

/// Commits that take the same two rows in opposite order must not wait for each other for ever.
async fn crossing(b: Bench) -> Verdict {
    let (left, right) = (b.key(), b.key());
    b.put(Table::Identity, &left, &[]).await?;
    b.put(Table::Identity, &right, &[]).await?;
    all((0..16).map(|number| {
        let (b, left, right) = (b.clone(), left.clone(), right.clone());
        async move {
            let keys = if number % 2 == 0 { [&left, &right] } else { [&right, &left] };
            loop {
                let mut writes = Vec::new();
                for key in keys {
                    let old = b.rows.get(Table::Identity, key).await?;
                    let old = old.ok_or_else(|| Broken("a row is gone".into()))?;
                    writes.push(Write::replace(Table::Identity, key.clone(), old.version, b.row(&[number])));
                }
                if b.rows.commit(writes).await? == Outcome::Committed {
                    return Ok(());
                }
            }
        }
    }))
    .await?;
    let values = (b.rows.get(Table::Identity, &left).await?, b.rows.get(Table::Identity, &right).await?);
    let (Some(left), Some(right)) = values else { return Err(Broken("a row is gone".into())) };
    ensure(left.value == right.value, "two rows that always change together differ")
}
