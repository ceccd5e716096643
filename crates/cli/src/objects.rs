//! Where objects are kept: embedded, or by the engines that `[[s3.upstream]]` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::upstream::{Credentials, Doubtful, Endpoint, Limits, Server, Signing, Style};
use s3::backend::engines::Engine;
use s3::backend::upstream::{Names, Traits, Upstream};
use serde::Deserialize;
use vocab::{Clock, Secret};

use crate::failure::Failure;
use crate::settings::{Settings, Wrong, wrong};

/// `[s3]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Section {
    /// Whether this process keeps objects itself; it does by default.
    pub embedded: Option<bool>,
    /// Engines that keep objects; those of other buckets are embedded.
    #[serde(default)]
    pub upstream: Vec<UpstreamSection>,
}

/// One of `[[s3.upstream]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSection {
    /// What buckets' records, logs and metrics call it.
    pub name: String,
    /// The engine's address.
    pub endpoint: String,
    /// The region in signatures for it; the server's own by default.
    pub region: Option<String>,
    /// The access key id of the engine's credentials.
    pub access_key_id: String,
    /// A file with their secret.
    pub secret_access_key_file: Option<PathBuf>,
    /// The name of an environment variable with their secret.
    pub secret_access_key_env: Option<String>,
    /// Files with further trust roots for its certificate, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// Whether the system's trust roots count, too.
    pub system_roots: Option<bool>,
    /// How the names of its new buckets begin; all by default.
    #[serde(default)]
    pub buckets: String,
    /// What buckets are called there: with `{bucket}`, or `{rest}` for what follows `buckets`.
    pub stored_as: Option<String>,
    /// Where new buckets are made: the location that CreateBucket names there.
    pub location: Option<String>,
    /// Buckets that are there already and may be taken over with what they hold; `*` for all.
    #[serde(default)]
    pub adopt: Vec<String>,
    /// Keys may have the segments `.` and `..`.
    #[serde(default)]
    pub dot_segments: bool,
    /// Keys may have empty segments: `a//b`, or a slash at the beginning.
    #[serde(default)]
    pub empty_segments: bool,
    /// Tags are asked for with every object that is found.
    #[serde(default)]
    pub always_read_tags: bool,
    /// A write's `If-Match` must have its entity tag without quotes.
    #[serde(default)]
    pub bare_entity_tags: bool,
    /// It keeps the tags that an upload in parts begins with.
    #[serde(default)]
    pub tags_uploads: bool,
    /// Calls to it at a time.
    pub calls: Option<usize>,
    /// How long a connection may take to come about.
    pub connect_seconds: Option<u64>,
    /// How long it may neither take more of a request nor begin its answer.
    pub answer_seconds: Option<u64>,
    /// How long it may pause within an answer.
    pub idle_seconds: Option<u64>,
}

/// The engines beside the embedded one.
pub fn engines(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Vec<Engine>, Failure> {
    let mut engines: Vec<Engine> = Vec::new();
    let mut places = Vec::new();
    for section in &settings.s3.upstream {
        let engine = engine(section, settings, clock)?;
        if engines.iter().any(|other| other.name == engine.name) {
            return Err(wrong(NAME, format!("two engines are called `{}`", engine.name), "archive").into());
        }
        if engines.iter().any(|other| other.prefix == engine.prefix) {
            let text = format!("two engines keep the buckets that begin with `{}`", engine.prefix);
            return Err(wrong(BUCKETS, text, "archive-").into());
        }
        // Two buckets of ours must not be one bucket there.
        let place = (section.endpoint.trim_end_matches('/').to_ascii_lowercase(), names(section)?);
        let meets = |other: &(String, Names)| other.0 == place.0 && other.1.may_meet(&place.1);
        if places.iter().any(meets) {
            return Err(wrong(
                STORED_AS,
                "another engine at this endpoint stores its buckets under the same names",
                "cold-{rest}",
            )
            .into());
        }
        places.push(place);
        engines.push(engine);
    }
    Ok(engines)
}

fn engine(section: &UpstreamSection, settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Engine, Failure> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=63).contains(&section.name.len()) || !section.name.bytes().all(is_name) {
        return Err(
            wrong(NAME, format!("`{}` is not 1 to 63 letters, digits, `-` and `_`", section.name), "archive").into()
        );
    }
    let is_beginning = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    if section.buckets.len() > 63 || !section.buckets.bytes().all(is_beginning) {
        return Err(wrong(BUCKETS, format!("no bucket's name begins with `{}`", section.buckets), "archive-").into());
    }
    let traits = Traits {
        names: names(section)?,
        location: section.location.clone(),
        adopts: section.adopt.clone(),
        takes_dots: section.dot_segments,
        takes_empty: section.empty_segments,
        asks_for_tags: section.always_read_tags,
        wants_bare_tags: section.bare_entity_tags,
        tags_uploads: section.tags_uploads,
        access_key_id: section.access_key_id.clone(),
    };
    let backend = Upstream::new(server(section, settings, clock)?, traits);
    Ok(Engine { name: section.name.clone(), prefix: section.buckets.clone(), backend })
}

fn names(section: &UpstreamSection) -> Result<Names, Wrong> {
    let names = Names::new(&section.buckets, section.stored_as.as_deref().unwrap_or("{bucket}"));
    names.ok_or_else(|| {
        wrong(
            STORED_AS,
            "`{bucket}` or `{rest}` must stand in it once, among characters of bucket names",
            "tenant-{bucket}",
        )
    })
}

fn server(section: &UpstreamSection, settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Arc<Server>, Failure> {
    let endpoint: Endpoint =
        section.endpoint.parse().map_err(|error| wrong(ENDPOINT, format!("{error}"), ENDPOINT_EXAMPLE))?;
    if section.access_key_id.is_empty() || !section.access_key_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("s3.upstream.access_key_id", "it is no access key id", "AKIDEXAMPLE").into());
    }
    let mut reached = ::upstream::Settings::new(section.name.clone(), endpoint);
    reached.limits = limits(section)?;
    reached.roots.system = section.system_roots.unwrap_or(true);
    for file in &section.extra_roots {
        let text = std::fs::read_to_string(file)
            .map_err(|error| wrong(ROOTS, format!("{}: {error}", file.display()), ROOTS_EXAMPLE))?;
        reached.roots.extra.push(text);
    }
    let region = match &section.region {
        None => settings.region()?.to_string(),
        Some(region)
            if !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            region.clone()
        }
        Some(region) => return Err(wrong("s3.upstream.region", format!("`{region}` is no region"), "us-east-1").into()),
    };
    reached.signing = Some(Signing {
        credentials: Credentials {
            access_key_id: section.access_key_id.clone(),
            secret: secret(section)?,
            session_token: None,
        },
        region,
        service: "s3".to_owned(),
        style: Style::S3,
    });
    Server::new(reached, clock.clone()).map_err(|doubtful| match doubtful {
        Doubtful::Root(_) | Doubtful::NoRoots => wrong(ROOTS, doubtful.to_string(), ROOTS_EXAMPLE).into(),
        Doubtful::NoCalls => wrong("s3.upstream.calls", doubtful.to_string(), "256").into(),
        Doubtful::Endpoint(_) => wrong(ENDPOINT, doubtful.to_string(), ENDPOINT_EXAMPLE).into(),
    })
}

fn limits(section: &UpstreamSection) -> Result<Limits, Wrong> {
    let defaults = Limits::default();
    let seconds = |key: &'static str, set: Option<u64>, default: Duration| match set {
        None => Ok(default),
        Some(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
        Some(seconds) => Err(wrong(key, format!("{seconds} is not 1 to 3600"), "30")),
    };
    Ok(Limits {
        calls: section.calls.unwrap_or(defaults.calls),
        connect: seconds("s3.upstream.connect_seconds", section.connect_seconds, defaults.connect)?,
        answer: seconds("s3.upstream.answer_seconds", section.answer_seconds, defaults.answer)?,
        idle: seconds("s3.upstream.idle_seconds", section.idle_seconds, defaults.idle)?,
        ..defaults
    })
}

/// From a file or the environment, and from one of them only.
fn secret(section: &UpstreamSection) -> Result<Secret, Wrong> {
    const KEY: &str = "s3.upstream.secret_access_key_file";
    let example = "/etc/daypass/archive.secret";
    let text = match (&section.secret_access_key_file, &section.secret_access_key_env) {
        (Some(file), None) => read(KEY, file, example)?,
        (None, Some(name)) => std::env::var(name).map_err(|_| {
            wrong("s3.upstream.secret_access_key_env", format!("`{name}` is not set"), "ARCHIVE_SECRET")
        })?,
        (None, None) | (Some(_), Some(_)) => {
            return Err(wrong(KEY, "either it or `secret_access_key_env` must say where the secret is", example));
        }
    };
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(wrong(KEY, "there is not one secret", example));
    }
    Ok(Secret::new(text))
}

fn read(key: &'static str, file: &Path, example: &'static str) -> Result<String, Wrong> {
    std::fs::read_to_string(file).map_err(|error| wrong(key, format!("{}: {error}", file.display()), example))
}

const NAME: &str = "s3.upstream.name";
const BUCKETS: &str = "s3.upstream.buckets";
const STORED_AS: &str = "s3.upstream.stored_as";
const ENDPOINT: &str = "s3.upstream.endpoint";
const ENDPOINT_EXAMPLE: &str = "https://s3.internal.example:7480";
const ROOTS: &str = "s3.upstream.extra_roots";
const ROOTS_EXAMPLE: &str = "[\"/etc/daypass/ca.pem\"]";

#[cfg(test)]
mod tests {
    use super::*;

    fn started(text: &str, folder: &Path) -> Result<usize, String> {
        std::fs::write(folder.join("secret"), "s3cr3t\n").unwrap();
        std::fs::write(folder.join("empty"), "\n").unwrap();
        let text = text.replace('$', &folder.display().to_string());
        let settings: Settings = toml::from_str(&text).map_err(|error| error.to_string())?;
        let clock: Arc<dyn Clock> = Arc::new(vocab::SystemClock);
        engines(&settings, &clock).map(|engines| engines.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_doubtful_upstream_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let good = "[[s3.upstream]]\nname = \"archive\"\nendpoint = \"http://127.0.0.1:7480\"\naccess_key_id = \"AKID\"\nsecret_access_key_file = \"$/secret\"\n";
        let other = good.replace("archive", "cold");
        assert_eq!(started("", folder.path()), Ok(0));
        assert_eq!(started(good, folder.path()), Ok(1));
        let two = format!("{good}buckets = \"a-\"\nstored_as = \"x-{{rest}}\"\n{other}stored_as = \"y-{{rest}}\"\n");
        assert_eq!(started(&two, folder.path()), Ok(2));
        for (section, key) in [
            (good.replace("http:", "ftp:"), ENDPOINT),
            (good.replace("127.0.0.1", "user@host"), ENDPOINT),
            (good.replace("archive", "a b"), NAME),
            (format!("{good}{good}buckets = \"a-\"\n"), NAME),
            (format!("{good}{other}"), BUCKETS),
            (format!("{good}buckets = \"A/\"\n"), BUCKETS),
            (format!("{good}stored_as = \"fixed\"\n"), STORED_AS),
            (two.replace("y-", "x-"), STORED_AS),
            (two.replace("y-", ""), STORED_AS),
            (two.replace("y-{rest}", "{bucket}"), STORED_AS),
            (format!("{good}extra_roots = [\"$/absent\"]\n"), ROOTS),
            (format!("{}extra_roots = [\"$/secret\"]\n", good.replace("http:", "https:")), ROOTS),
            (format!("{}system_roots = false\n", good.replace("http:", "https:")), ROOTS),
            (good.replace("/secret", "/absent"), "s3.upstream.secret_access_key_file"),
            (good.replace("/secret", "/empty"), "s3.upstream.secret_access_key_file"),
            (format!("{good}secret_access_key_env = \"X\"\n"), "s3.upstream.secret_access_key_file"),
            (good.replace("_file = \"$/secret\"", "_env = \"DAYPASS_NEVER_SET\""), "s3.upstream.secret_access_key_env"),
            (good.replace("AKID", ""), "s3.upstream.access_key_id"),
            (format!("{good}region = \"a b\"\n"), "s3.upstream.region"),
            (format!("{good}calls = 0\n"), "s3.upstream.calls"),
            (format!("{good}answer_seconds = 0\n"), "s3.upstream.answer_seconds"),
            (format!("{good}bucket = \"x\"\n"), "bucket"),
        ] {
            let error = started(&section, folder.path()).unwrap_err();
            assert!(error.contains(key), "{section}: {error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
