//! The paths that are measured, each point between points of the bare server.

use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::child::{Child, Daypass};
use crate::game::{Game, SUBJECT};
use crate::issuer::Issuer;
use crate::load::{Requests, Sample, drive};

/// How to measure.
pub struct Plan<'a> {
    /// How many connections there are, point by point.
    pub connections: &'a [usize],
    /// How long a point is driven.
    pub lasting: Duration,
    /// How often it is measured.
    pub rounds: usize,
    /// Tokens for each point of fresh logins.
    pub tokens: usize,
    /// Only the paths whose name contains this.
    pub only: &'a str,
}

/// A line of the table: medians of the rounds.
pub struct Row {
    /// The path.
    pub name: &'static str,
    /// What design allows it.
    pub budget: &'static str,
    /// How many connections there were.
    pub connections: usize,
    /// What the path gave.
    pub path: Sample,
    /// What the bare server gave beside it.
    pub hello: Sample,
    /// CPU per request, as a multiple of the bare server's.
    pub cpu_ratio: f64,
    /// Requests a second, as a share of the bare server's.
    pub rate_ratio: f64,
}

/// Measures every path.
pub async fn measure(
    plan: &Plan<'_>,
    hello: &Child,
    daypass: &Daypass,
    game: &Game,
    issuer: &Issuer,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (kind, name, budget) in PATHS.into_iter().filter(|(_, name, _)| name.contains(plan.only)) {
        eprintln!("measuring {name}");
        let mut points: Vec<_> = plan.connections.iter().map(|_| Vec::new()).collect();
        for round in 0..plan.rounds {
            for (place, (connections, samples)) in plan.connections.iter().zip(&mut points).enumerate() {
                let first = 1 + (round * plan.connections.len() + place) * plan.tokens;
                let requests = requests(kind, game, issuer, first..first + plan.tokens).await?;
                let bare = drive(&hello.target(), &bare(), *connections, plan.lasting).await?;
                samples.push((drive(&daypass.child.target(), &requests, *connections, plan.lasting).await?, bare));
            }
        }
        let of_path = plan.connections.iter().zip(&points);
        rows.extend(of_path.map(|(connections, samples)| row(name, budget, *connections, samples)));
    }
    Ok(rows)
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    GetIdKnown,
    GetIdFresh,
    Credentials,
    GuestCredentials,
    OpenIdToken,
    AssumeRole,
    CallerIdentity,
    Object,
    Item,
}

async fn requests(kind: Kind, game: &Game, issuer: &Issuer, fresh: std::ops::Range<usize>) -> Result<Requests> {
    let token = issuer.token(SUBJECT, 0)?;
    let one = match kind {
        Kind::GetIdFresh => {
            let tokens = issuer.tokens(SUBJECT, fresh).await?;
            let bytes = tokens.iter().map(|token| game.get_id(Some(token))).collect::<Result<_>>()?;
            return Ok(Requests { bytes: Arc::new(bytes), once: true });
        }
        Kind::GetIdKnown => game.get_id(Some(&token))?,
        Kind::Credentials => game.get_credentials(&game.player, Some(&token))?,
        Kind::GuestCredentials => game.get_credentials(&game.guest, None)?,
        Kind::OpenIdToken => game.get_open_id_token(&token)?,
        Kind::AssumeRole => game.assume_role(&token).await?,
        Kind::CallerIdentity => game.caller_identity()?,
        Kind::Object => game.get_object()?,
        Kind::Item => game.get_item()?,
    };
    Ok(Requests { bytes: Arc::new(vec![one]), once: false })
}

/// A request for the bare answer.
pub fn bare() -> Requests {
    Requests { bytes: Arc::new(vec![b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".to_vec()]), once: false }
}

/// The medians of a point's rounds.
pub fn row(name: &'static str, budget: &'static str, connections: usize, samples: &[(Sample, Sample)]) -> Row {
    let of = |value: fn(&(Sample, Sample)) -> f64| median(samples.iter().map(value).collect());
    let path = Sample { rate: of(|s| s.0.rate), cpu: of(|s| s.0.cpu), p50: of(|s| s.0.p50), p99: of(|s| s.0.p99) };
    let hello = Sample { rate: of(|s| s.1.rate), cpu: of(|s| s.1.cpu), p50: of(|s| s.1.p50), p99: of(|s| s.1.p99) };
    Row {
        name,
        budget,
        connections,
        path,
        hello,
        cpu_ratio: of(|s| s.0.cpu / s.1.cpu.max(0.01)),
        rate_ratio: of(|s| s.0.rate / s.1.rate.max(0.01)),
    }
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

const PATHS: [(Kind, &str, &str); 9] = [
    (Kind::GetIdKnown, "GetId, token seen before", "2.5"),
    (Kind::GetIdFresh, "GetId, fresh token", "5"),
    (Kind::Credentials, "GetCredentialsForIdentity, token seen before", "2.5"),
    (Kind::GuestCredentials, "GetCredentialsForIdentity, guest", "2.5"),
    (Kind::OpenIdToken, "GetOpenIdToken", "RSA signature + 3"),
    (Kind::AssumeRole, "AssumeRoleWithWebIdentity, token seen before", "2.5"),
    (Kind::CallerIdentity, "GetCallerIdentity, session", "none"),
    (Kind::Object, "S3 GET 1 KiB, session", "3"),
    (Kind::Item, "DynamoDB GetItem, session", "2.5 + engine"),
];
