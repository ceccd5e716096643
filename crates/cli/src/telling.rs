//! Where changes of datasets are told, and where functions are asked: `[sync]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::upstream::{Credentials, Endpoint, Server, Signing, Style};
use serde::Deserialize;
use sync::settings::{EventStreams, Functions, Hook, Sink};
use vocab::{Clock, Secret};

use crate::failure::Failure;
use crate::settings::{Settings, Wrong, wrong};

/// `[sync]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncSection {
    /// Event streams that devices open.
    #[serde(default)]
    pub event_streams: EventStreamsSection,
    /// Where announcements to devices are posted.
    pub push: Option<HookSection>,
    /// Where the streams of pools end.
    #[serde(default)]
    pub streams: StreamsSection,
    /// Where functions are invoked.
    pub functions: Option<FunctionsSection>,
    /// A file for what could not be delivered.
    pub dead_letters: Option<PathBuf>,
}

/// `[sync.event_streams]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventStreamsSection {
    /// Open at a time; 0: none are served.
    pub total: Option<usize>,
    /// Open at a time for one identity.
    pub per_identity: Option<usize>,
    /// The longest silence.
    pub heartbeat_seconds: Option<u64>,
}

/// `[sync.push]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookSection {
    /// The address that is posted to.
    pub web_hook: String,
    /// A file with the key that bodies are signed with.
    pub key_file: PathBuf,
    /// Files with further trust roots for its certificate, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// How long a message is tried.
    pub give_up_after_seconds: Option<u64>,
}

/// `[sync.streams]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamsSection {
    /// `files`, `web_hook` or `off`.
    pub sink: Option<String>,
    /// The folder of the files.
    pub folder: Option<PathBuf>,
    /// The size at which a new file is begun.
    pub rotate_megabytes: Option<u64>,
    /// The address that is posted to.
    pub web_hook: Option<String>,
    /// A file with the key that bodies are signed with.
    pub key_file: Option<PathBuf>,
    /// Files with further trust roots for its certificate, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// How long a message is tried.
    pub give_up_after_seconds: Option<u64>,
}

/// `[sync.functions]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionsSection {
    /// A server that speaks the Invoke API of AWS Lambda.
    pub endpoint: String,
    /// The name that every function has there; its ARN by default.
    pub function_name: Option<String>,
    /// The region in signatures for it; the server's own by default.
    pub region: Option<String>,
    /// The access key id of the credentials for it; not signed by default.
    pub access_key_id: Option<String>,
    /// A file with their secret.
    pub secret_access_key_file: Option<PathBuf>,
    /// Files with further trust roots for its certificate, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
}

/// The settings of Cognito Sync.
pub fn settings(settings: &Settings, data: &Path, clock: &Arc<dyn Clock>) -> Result<sync::Settings, Failure> {
    let section = &settings.sync;
    let is_alone = settings.store.is_none();
    let push = match &section.push {
        None => None,
        Some(push) => Some(hook(&PUSH, push, AN_HOUR, clock)?),
    };
    let streams = sink(&section.streams, is_alone, data, clock)?;
    let functions =
        section.functions.as_ref().map(|functions| self::functions(functions, settings, clock)).transpose()?;
    Ok(sync::Settings {
        is_alone,
        event_streams: event_streams(&section.event_streams)?,
        push,
        streams,
        dead_letters: Some(section.dead_letters.clone().unwrap_or_else(|| data.join("sync-dead-letters.jsonl"))),
        functions,
    })
}

fn event_streams(section: &EventStreamsSection) -> Result<EventStreams, Wrong> {
    let usual = EventStreams::default();
    if section.heartbeat_seconds == Some(0) {
        return Err(wrong("sync.event_streams.heartbeat_seconds", "at least a second is needed", "20"));
    }
    Ok(EventStreams {
        total: section.total.unwrap_or(usual.total),
        per_identity: section.per_identity.unwrap_or(usual.per_identity),
        heartbeat: section.heartbeat_seconds.map_or(usual.heartbeat, Duration::from_secs),
    })
}

fn sink(
    section: &StreamsSection,
    is_alone: bool,
    data: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Sink>, Failure> {
    let usual = match (&section.web_hook, is_alone) {
        (Some(_), _) => "web_hook",
        (None, true) => "files",
        (None, false) => "off",
    };
    match section.sink.as_deref().unwrap_or(usual) {
        "off" => Ok(None),
        "files" if !is_alone => {
            let text = "files belong to one process, and several may serve a PostgreSQL store";
            Err(wrong("sync.streams.sink", text, "web_hook").into())
        }
        "files" => {
            let megabytes = section.rotate_megabytes.unwrap_or(64);
            if megabytes == 0 {
                return Err(wrong("sync.streams.rotate_megabytes", "a file has at least one", "64").into());
            }
            let folder = section.folder.clone().unwrap_or_else(|| data.join("sync-streams"));
            Ok(Some(Sink::Files(folder, megabytes.saturating_mul(1 << 20))))
        }
        "web_hook" => {
            let address = section.web_hook.clone();
            let web_hook = address.ok_or_else(|| wrong(STREAMS.address, "there is no address", STREAMS.example))?;
            let key = section.key_file.clone();
            let key_file = key.ok_or_else(|| wrong(STREAMS.key, "there is no key", STREAMS.key_example))?;
            let (extra_roots, give_up_after_seconds) = (section.extra_roots.clone(), section.give_up_after_seconds);
            let section = HookSection { web_hook, key_file, extra_roots, give_up_after_seconds };
            Ok(Some(Sink::Hook(hook(&STREAMS, &section, A_WEEK, clock)?)))
        }
        other => {
            Err(wrong("sync.streams.sink", format!("`{other}` is none of `files`, `web_hook`, `off`"), "files").into())
        }
    }
}

/// The names of the settings of a web hook.
struct Names {
    name: &'static str,
    address: &'static str,
    key: &'static str,
    roots: &'static str,
    patience: &'static str,
    example: &'static str,
    key_example: &'static str,
}

fn hook(names: &Names, section: &HookSection, usual: Duration, clock: &Arc<dyn Clock>) -> Result<Hook, Failure> {
    let (address, query) = section.web_hook.split_once('?').unwrap_or((&section.web_hook, ""));
    let endpoint = endpoint(names.address, address, names.example)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
    if !query.bytes().all(plain) {
        return Err(wrong(names.address, "its query is not encoded", names.example).into());
    }
    let key = secret(names.key, &section.key_file, names.key_example)?;
    if key.expose().len() < SHORTEST_KEY {
        let text = format!("{}: a key has at least {SHORTEST_KEY} characters", section.key_file.display());
        return Err(wrong(names.key, text, names.key_example).into());
    }
    let mut settings = ::upstream::Settings::new(names.name, endpoint);
    settings.limits.answer = Duration::from_secs(5);
    settings.limits.calls = 64;
    settings.roots.extra = roots(names.roots, &section.extra_roots)?;
    let server = Server::new(settings, clock.clone());
    let server = server.map_err(|error| wrong(names.address, error.to_string(), names.example))?;
    // The address is all of it: what is asked below it is the slash that it may end with, or that a request must have.
    let below = address.split_once("://").is_none_or(|(_, rest)| !rest.contains('/') || rest.ends_with('/'));
    let target = (if below { "/".to_owned() } else { String::new() }, query.to_owned());
    let give_up_after = match section.give_up_after_seconds {
        None => usual,
        Some(seconds @ 1..=A_YEAR) => Duration::from_secs(seconds),
        Some(seconds) => return Err(wrong(names.patience, format!("{seconds} is not 1 to {A_YEAR}"), "3600").into()),
    };
    Ok(Hook { server, target, key, give_up_after })
}

fn functions(section: &FunctionsSection, settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Functions, Failure> {
    const KEY: &str = "sync.functions.endpoint";
    let example = "http://127.0.0.1:9001";
    let mut reached = ::upstream::Settings::new("functions", endpoint(KEY, &section.endpoint, example)?);
    reached.limits.answer = Duration::from_secs(5);
    reached.roots.extra = roots("sync.functions.extra_roots", &section.extra_roots)?;
    reached.signing = match (&section.access_key_id, &section.secret_access_key_file) {
        (None, None) => None,
        (Some(id), Some(file)) => Some(Signing {
            credentials: Credentials {
                access_key_id: id.clone(),
                secret: secret("sync.functions.secret_access_key_file", file, "/etc/daypass/functions.secret")?,
                session_token: None,
            },
            region: match &section.region {
                Some(region) => region.clone(),
                None => settings.region()?.to_string(),
            },
            service: "lambda".to_owned(),
            style: Style::Standard,
        }),
        (Some(_), None) => {
            let key = "sync.functions.secret_access_key_file";
            return Err(
                wrong(key, "there is an access key id without a secret", "/etc/daypass/functions.secret").into()
            );
        }
        (None, Some(_)) => {
            return Err(wrong("sync.functions.access_key_id", "there is a secret without its id", "AKIA…").into());
        }
    };
    let server = Server::new(reached, clock.clone()).map_err(|error| wrong(KEY, error.to_string(), example))?;
    Ok(Functions { server, name: section.function_name.clone() })
}

/// Data of people goes there: without encryption to this machine alone.
fn endpoint(key: &'static str, text: &str, example: &'static str) -> Result<Endpoint, Wrong> {
    let endpoint: Endpoint = text.parse().map_err(|error| wrong(key, format!("{error}"), example))?;
    let host = endpoint.host();
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if endpoint.is_encrypted() || is_here {
        return Ok(endpoint);
    }
    Err(wrong(key, format!("`{text}` is neither encrypted nor on this machine"), example))
}

fn roots(key: &'static str, files: &[PathBuf]) -> Result<Vec<String>, Wrong> {
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file);
        text.map_err(|error| wrong(key, format!("{}: {error}", file.display()), "[\"/etc/daypass/ca.pem\"]"))
    };
    files.iter().map(read).collect()
}

fn secret(key: &'static str, file: &Path, example: &'static str) -> Result<Secret, Wrong> {
    let text =
        std::fs::read_to_string(file).map_err(|error| wrong(key, format!("{}: {error}", file.display()), example))?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(wrong(key, format!("{}: it does not hold one secret", file.display()), example));
    }
    Ok(Secret::new(text))
}

const PUSH: Names = Names {
    name: "push",
    address: "sync.push.web_hook",
    key: "sync.push.key_file",
    roots: "sync.push.extra_roots",
    patience: "sync.push.give_up_after_seconds",
    example: "https://push.example.com/daypass",
    key_example: "/etc/daypass/push.key",
};
const STREAMS: Names = Names {
    name: "streams",
    address: "sync.streams.web_hook",
    key: "sync.streams.key_file",
    roots: "sync.streams.extra_roots",
    patience: "sync.streams.give_up_after_seconds",
    example: "https://streams.example.com/daypass",
    key_example: "/etc/daypass/streams.key",
};
const SHORTEST_KEY: usize = 32;
const AN_HOUR: Duration = Duration::from_secs(3600);
const A_WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// In seconds.
const A_YEAR: u64 = 366 * 24 * 3600;

#[cfg(test)]
mod tests {
    use vocab::SystemClock;

    use super::*;

    fn started(section: &str, folder: &Path) -> Result<sync::Settings, String> {
        std::fs::write(folder.join("key"), "k".repeat(32)).unwrap();
        std::fs::write(folder.join("short"), "s3cr3t").unwrap();
        let settings = section.replace('$', folder.to_str().unwrap());
        let settings: Settings = toml::from_str(&settings).map_err(|error| error.to_string())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        super::settings(&settings, folder, &clock).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_local() {
        let folder = tempfile::tempdir().unwrap();
        let usual = started("", folder.path()).unwrap();
        assert!(usual.push.is_none() && usual.functions.is_none() && usual.is_alone);
        assert!(matches!(usual.streams, Some(Sink::Files(..))));
        let shared = started("store = \"postgres://here\"", folder.path()).unwrap();
        assert!(shared.streams.is_none() && !shared.is_alone);
    }

    #[test]
    fn a_web_hook_is_asked_at_its_very_address() {
        let folder = tempfile::tempdir().unwrap();
        for (address, target) in [
            ("http://127.0.0.1:1", ("/", "")),
            ("http://127.0.0.1:1/", ("/", "")),
            ("http://127.0.0.1:1/a/b", ("", "")),
            ("http://127.0.0.1:1/a/?x=1&y", ("/", "x=1&y")),
        ] {
            let section = format!("[sync.push]\nweb_hook = \"{address}\"\nkey_file = \"$/key\"\n");
            let hook = started(&section, folder.path()).unwrap().push.unwrap();
            assert_eq!((hook.target.0.as_str(), hook.target.1.as_str()), target, "{address}");
        }
    }

    #[test]
    fn doubtful_settings_stop_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let push = "[sync.push]\nweb_hook = \"http://127.0.0.1:1/\"\nkey_file = \"$/key\"\n";
        let functions = "[sync.functions]\nendpoint = \"http://127.0.0.1:1/\"\n";
        started(&format!("{push}{functions}"), folder.path()).unwrap();
        for (section, key) in [
            (push.replace("127.0.0.1", "push.example.com"), "sync.push.web_hook"),
            (push.replace("http:", "ftp:"), "sync.push.web_hook"),
            (push.replace("$/key", "$/absent"), "sync.push.key_file"),
            (push.replace("$/key", "$/short"), "sync.push.key_file"),
            (format!("{push}extra_roots = [\"$/absent\"]\n"), "sync.push.extra_roots"),
            (format!("{push}retries = 3\n"), "retries"),
            (format!("{push}give_up_after_seconds = 0\n"), "sync.push.give_up_after_seconds"),
            (format!("{push}give_up_after_seconds = 18446744073709551\n"), "sync.push.give_up_after_seconds"),
            ("[sync.streams]\nsink = \"kinesis\"\n".into(), "sync.streams.sink"),
            ("[sync.streams]\nsink = \"web_hook\"\n".into(), "sync.streams.web_hook"),
            ("[sync.streams]\nweb_hook = \"https://here\"\n".into(), "sync.streams.key_file"),
            ("[sync.streams]\nrotate_megabytes = 0\n".into(), "sync.streams.rotate_megabytes"),
            ("store = \"postgres://here\"\n[sync.streams]\nsink = \"files\"\n".into(), "sync.streams.sink"),
            ("[sync.event_streams]\nheartbeat_seconds = 0\n".into(), "sync.event_streams.heartbeat_seconds"),
            (functions.replace("127.0.0.1", "lambda.example.com"), "sync.functions.endpoint"),
            (format!("{functions}access_key_id = \"A\"\n"), "sync.functions.secret_access_key_file"),
            (format!("{functions}secret_access_key_file = \"$/key\"\n"), "sync.functions.access_key_id"),
        ] {
            let error = started(&section, folder.path()).err().unwrap_or_default();
            assert!(error.contains(key), "{section}: {error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
