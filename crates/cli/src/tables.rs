//! Where tables are kept: embedded, or by the engines that `[[dynamodb.upstream]]` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::upstream::{Credentials, Endpoint, Server, Signing, Style};
use dynamo::upstream::{Exchange, Names};
use dynamo::{Backend, Embedded, Route, Routes, Upstream};
use serde::Deserialize;
use vocab::{AccountId, Clock, Secret};

use crate::failure::Failure;
use crate::settings::{Settings, Wrong, wrong};

/// `[dynamodb]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DynamoSection {
    /// Whether this process keeps tables itself; it does by default.
    pub embedded: Option<bool>,
    /// Engines that keep tables; the others are embedded.
    #[serde(default)]
    pub upstream: Vec<UpstreamSection>,
}

/// One of `[[dynamodb.upstream]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSection {
    /// What logs and metrics call it; `dynamodb` by default.
    pub name: Option<String>,
    /// The engine's address.
    pub endpoint: String,
    /// The region in signatures for it; the server's own by default.
    pub region: Option<String>,
    /// The access key id of the engine's credentials.
    pub access_key_id: String,
    /// A file with their secret.
    pub secret_access_key_file: PathBuf,
    /// Files with further trust roots for its certificate, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// How the names of its tables begin; all tables by default.
    #[serde(default)]
    pub tables: String,
    /// What stands there in place of that beginning; the same by default.
    pub stored_as: Option<String>,
    /// The account whose tables they are; the first served account by default.
    pub account: Option<String>,
    /// Where it serves streams, if elsewhere.
    pub streams_endpoint: Option<String>,
}

/// The engine, or engines, that keep tables.
pub fn backend(settings: &Settings, data: &Path, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Backend>, Failure> {
    let mut routes = Vec::new();
    let mut places = Vec::new();
    for section in &settings.dynamodb.upstream {
        let (account, prefix) = (Some(account(section, settings)?), beginning("tables", &section.tables)?);
        if routes.iter().any(|route: &Route| route.account == account && route.prefix == prefix) {
            let text = format!("two engines keep the tables that begin with `{prefix}`");
            return Err(wrong("dynamodb.upstream.tables", text, "game-").into());
        }
        let place = Place { endpoint: &section.endpoint, account, names: names(section)? };
        if places.iter().any(|other: &Place<'_>| other.may_meet(&place)) {
            let text = "another section keeps tables under the same names at this endpoint";
            return Err(wrong("dynamodb.upstream.stored_as", text, "prod.").into());
        }
        places.push(place);
        let backend = Arc::new(upstream(section, settings, clock)?);
        routes.push(Route { account, prefix, backend });
    }
    if settings.keeps_tables() {
        let embedded = Arc::new(Embedded::open(&data.join("dynamodb"))?);
        if routes.is_empty() {
            return Ok(embedded);
        }
        routes.push(Route { account: None, prefix: String::new(), backend: embedded });
    }
    Ok(Arc::new(Routes::new(routes)))
}

fn upstream(section: &UpstreamSection, settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Upstream, Failure> {
    let server = |key, endpoint| server(key, endpoint, section, settings, clock);
    let mut exchange = Exchange::new(server("dynamodb.upstream.endpoint", &section.endpoint)?);
    if let Some(endpoint) = &section.streams_endpoint {
        exchange = exchange.with_streams(server("dynamodb.upstream.streams_endpoint", endpoint)?);
    }
    Ok(Upstream::new(exchange, names(section)?))
}

fn names(section: &UpstreamSection) -> Result<Names, Wrong> {
    let ours = beginning("tables", &section.tables)?;
    let theirs = match &section.stored_as {
        None => ours.clone(),
        Some(theirs) => beginning("stored_as", theirs)?,
    };
    Ok(Names { ours, theirs })
}

/// Whose tables an engine keeps, and what it calls them.
struct Place<'a> {
    endpoint: &'a str,
    account: Option<AccountId>,
    names: Names,
}

impl Place<'_> {
    /// Whether two tables of ours could be one table of an engine: what is allowed on the one would be done to the other.
    fn may_meet(&self, other: &Self) -> bool {
        let meets = |wide: &Self, narrow: &Self| {
            let Some(more) = narrow.names.theirs.strip_prefix(&wide.names.theirs) else { return false };
            // The longer beginning takes those tables away from the shorter one.
            wide.account != narrow.account || narrow.names.ours != format!("{}{more}", wide.names.ours)
        };
        let endpoint = |place: &Self| place.endpoint.trim_end_matches('/').to_ascii_lowercase();
        endpoint(self) == endpoint(other) && (meets(self, other) || meets(other, self))
    }
}

fn server(
    key: &'static str,
    endpoint: &str,
    section: &UpstreamSection,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Server>, Failure> {
    let example = "https://dynamodb.eu-west-1.amazonaws.com";
    let endpoint: Endpoint = endpoint.parse().map_err(|error| wrong(key, format!("{error}"), example))?;
    let name = section.name.clone().unwrap_or_else(|| "dynamodb".to_owned());
    let mut reached = ::upstream::Settings::new(name, endpoint);
    reached.limits.answer = ANSWER;
    for file in &section.extra_roots {
        let text = std::fs::read_to_string(file).map_err(|error| {
            wrong("dynamodb.upstream.extra_roots", format!("{}: {error}", file.display()), "[\"/etc/daypass/ca.pem\"]")
        })?;
        reached.roots.extra.push(text);
    }
    reached.signing = Some(Signing {
        credentials: Credentials {
            access_key_id: section.access_key_id.clone(),
            secret: secret(&section.secret_access_key_file)?,
            session_token: None,
        },
        region: match &section.region {
            None => settings.region()?.to_string(),
            Some(region) => region.clone(),
        },
        service: "dynamodb".to_owned(),
        style: Style::Standard,
    });
    Server::new(reached, clock.clone()).map_err(|error| wrong(key, format!("{error}"), example).into())
}

fn account(section: &UpstreamSection, settings: &Settings) -> Result<AccountId, Failure> {
    let served = settings.accounts()?;
    let Some(given) = &section.account else { return Ok(served.first().copied().unwrap_or(AccountId::ZERO)) };
    let account = given.parse().ok().filter(|account| served.contains(account));
    let text = format!("`{given}` is none of the served accounts");
    account.ok_or_else(|| wrong("dynamodb.upstream.account", text, "000000000000").into())
}

fn secret(file: &Path) -> Result<Secret, Wrong> {
    const KEY: &str = "dynamodb.upstream.secret_access_key_file";
    let example = "/etc/daypass/dynamodb.secret";
    let text =
        std::fs::read_to_string(file).map_err(|error| wrong(KEY, format!("{}: {error}", file.display()), example))?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(wrong(KEY, format!("{}: it does not hold one secret", file.display()), example));
    }
    Ok(Secret::new(text))
}

/// A beginning of table names.
fn beginning(key: &'static str, text: &str) -> Result<String, Wrong> {
    let key = if key == "tables" { "dynamodb.upstream.tables" } else { "dynamodb.upstream.stored_as" };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if text.len() <= 200 && text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err(wrong(key, format!("no table's name begins with `{text}`"), "game-"))
}

/// How long an engine may take to begin its answer. SDKs wait no longer.
const ANSWER: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use vocab::SystemClock;

    use super::*;

    fn started(section: &str, folder: &Path) -> Result<(), String> {
        std::fs::write(folder.join("secret"), "s3cr3t\n").unwrap();
        std::fs::write(folder.join("empty"), "\n").unwrap();
        let settings = section.replace("$", folder.to_str().unwrap());
        let settings: Settings = toml::from_str(&settings).map_err(|error| error.to_string())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        backend(&settings, folder, &clock).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_doubtful_upstream_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let good = "[[dynamodb.upstream]]\nendpoint = \"http://127.0.0.1:8000\"\naccess_key_id = \"AKID\"\nsecret_access_key_file = \"$/secret\"\n";
        started("", folder.path()).unwrap();
        started("[dynamodb]\nembedded = false\n", folder.path()).unwrap();
        started(good, folder.path()).unwrap();
        let elsewhere = good.replace(":8000", ":8001");
        started(&format!("{good}tables = \"game-\"\nstored_as = \"prod.\"\n{elsewhere}"), folder.path()).unwrap();
        for (section, key) in [
            (good.replace("http:", "ftp:"), "dynamodb.upstream.endpoint"),
            (good.replace(":8000", ":8000?x"), "dynamodb.upstream.endpoint"),
            (format!("{good}streams_endpoint = \"here\"\n"), "dynamodb.upstream.streams_endpoint"),
            (format!("{good}extra_roots = [\"$/absent\"]\n"), "dynamodb.upstream.extra_roots"),
            (good.replace("127.0.0.1", "user@host"), "dynamodb.upstream.endpoint"),
            (good.replace("/secret", "/absent"), "dynamodb.upstream.secret_access_key_file"),
            (good.replace("/secret", "/empty"), "dynamodb.upstream.secret_access_key_file"),
            (format!("{good}tables = \"a/b\"\n"), "dynamodb.upstream.tables"),
            (format!("{good}stored_as = \"a b\"\n"), "dynamodb.upstream.stored_as"),
            (format!("{good}account = \"000000000009\"\n"), "dynamodb.upstream.account"),
            (format!("{good}{good}"), "dynamodb.upstream.tables"),
            (format!("{good}tables = \"game-\"\nstored_as = \"prod.\"\n{good}"), "dynamodb.upstream.stored_as"),
            (format!("{good}table = \"game-\"\n"), "table"),
        ] {
            let error = started(&section, folder.path()).unwrap_err();
            assert!(error.contains(key), "{section}: {error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn tables_that_may_meet_are_known() {
        let place = |account: &str, ours: &str, theirs: &str| Place {
            endpoint: "http://127.0.0.1:8000",
            account: account.parse().ok(),
            names: Names { ours: ours.to_owned(), theirs: theirs.to_owned() },
        };
        let first = place("000000000001", "", "");
        for (other, meet) in [
            (place("000000000001", "game-", "game-"), false),
            (place("000000000001", "game-", "prod."), true),
            (place("000000000002", "game-", "game-"), true),
        ] {
            assert_eq!((first.may_meet(&other), other.may_meet(&first)), (meet, meet));
        }
        let elsewhere = Place { endpoint: "http://127.0.0.1:8001/", ..place("000000000002", "", "") };
        assert!(!first.may_meet(&elsewhere));
        assert!(!place("000000000001", "a-", "x-").may_meet(&place("000000000002", "a-", "y-")));
    }
}
