//! Leases: rows that say who may do what only one node may do, and until when.

use std::time::Duration;

use crate::connections::Connections;
use crate::failure::Failure;
use crate::statement::Statement;

/// Takes or renews a lease; answers whether `holder` has it now.
pub(crate) async fn acquire(
    connections: &Connections,
    name: &str,
    holder: [u8; 16],
    ttl: Duration,
) -> Result<bool, Failure> {
    let millis = ttl.as_millis().min(A_YEAR);
    let until = format!("now() + {millis} * interval '1 millisecond'");
    let text = format!(
        "INSERT INTO daypass_lease AS old (name, holder, until) VALUES ($1, $2, {until}) \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
         WHERE old.holder = excluded.holder OR old.until < now()"
    );
    Ok(connections.execute(&Statement::new(text, [name.as_bytes(), &holder])).await? == 1)
}

/// Gives a lease back, where `holder` has it.
pub(crate) async fn release(connections: &Connections, name: &str, holder: [u8; 16]) -> Result<(), Failure> {
    let text = "DELETE FROM daypass_lease WHERE name = $1 AND holder = $2";
    connections.execute(&Statement::new(text, [name.as_bytes(), &holder])).await?;
    Ok(())
}

const A_YEAR: u128 = 365 * 24 * 3600 * 1000;
