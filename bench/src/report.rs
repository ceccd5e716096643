//! The measures as Markdown.

use std::fmt::Write;

use crate::paths::Row;
use crate::rest::Rest;

/// The table of paths.
pub fn paths(rows: &[Row]) -> String {
    let mut text = String::from(
        "| path | connections | requests/s | × hello | CPU µs | × hello | budget | p50 µs | p99 µs |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let Row { name, connections, path, cpu_ratio, rate_ratio, .. } = row;
        let budget = if *connections == 16 { row.budget } else { "" };
        let _ = writeln!(
            text,
            "| {name} | {connections} | {:.0} | {rate_ratio:.2} | {:.1} | {cpu_ratio:.2} | {budget} | {:.0} | {:.0} |",
            path.rate, path.cpu, path.p50, path.p99
        );
    }
    for connections in [1, 16, 64] {
        let beside: Vec<_> = rows.iter().filter(|row| row.connections == connections).map(|row| row.hello).collect();
        if beside.is_empty() {
            continue;
        }
        let middle = |value: fn(&crate::load::Sample) -> f64| {
            let mut values: Vec<_> = beside.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let _ = writeln!(
            text,
            "| hello | {connections} | {:.0} | 1 | {:.1} | 1 | | {:.0} | {:.0} |",
            middle(|s| s.rate),
            middle(|s| s.cpu),
            middle(|s| s.p50),
            middle(|s| s.p99)
        );
    }
    text
}

/// The table of storage engines.
pub fn storage(rows: &[crate::storage::Row]) -> String {
    let mut text = String::from(
        "| path | connections | engine | requests/s | CPU µs | × daypass | p50 µs | p99 µs |\n\
         |---|--:|---|--:|--:|--:|--:|--:|\n",
    );
    for crate::storage::Row { path, engine, connections, sample, ratio } in rows {
        let _ = writeln!(
            text,
            "| {path} | {connections} | {engine} | {:.0} | {:.1} | {ratio:.2} | {:.0} | {:.0} |",
            sample.rate, sample.cpu, sample.p50, sample.p99
        );
    }
    text
}

/// The other measures.
pub fn rest(rest: &Rest) -> String {
    let floor = (rest.syncs * 30.0).min(10_000.0);
    format!(
        "\n| measure | value | budget |\n|---|--:|--:|\n\
         | cold start on existing data to the first answer | {:.1} ms | 50 ms |\n\
         | idle memory after that start | {:.1} MiB | 30 MiB |\n\
         | memory after the load of the table | {:.1} MiB | |\n\
         | new guests at 64 connections | {:.0}/s | {floor:.0}/s |\n\
         | `fdatasync` in the same folder | {:.0}/s | |\n",
        rest.cold.as_secs_f64() * 1000.0,
        rest.idle,
        rest.loaded,
        rest.guests.rate,
        rest.syncs
    )
}
