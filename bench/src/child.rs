//! The servers that are measured: child processes, killed when they are dropped.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use vocab::{Random, Secret, SystemRandom};

use crate::Result;
use crate::wire::{Connection, Keys};

/// What load is driven at: a port of loopback, and the processes whose CPU time counts.
#[derive(Debug, Clone)]
pub struct Target {
    /// The port.
    pub port: u16,
    /// The processes that do the work.
    pub processes: Vec<u32>,
}

impl Target {
    /// The CPU time that the processes have used.
    pub fn cpu(&self) -> Result<Duration> {
        self.processes.iter().map(|process| cpu(*process)).sum()
    }
}

fn cpu(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("`stat` has no name")?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10)) // 100 ticks a second, on every Linux there is
}

/// A server in a process of its own.
pub struct Child {
    process: std::process::Child,
    /// Its port on loopback.
    pub port: u16,
}

impl Child {
    /// It, to drive load at.
    pub fn target(&self) -> Target {
        Target { port: self.port, processes: vec![self.process.id()] }
    }

    /// The memory that the process holds, in MiB.
    pub fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("`status` has no `VmRSS`")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }

    /// Waits until `request` is answered with 200.
    async fn answers(&mut self, request: &[u8]) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.port).await
                && connection.call(request).await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("the server stopped: {status}").into());
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        Err("the server does not answer".into())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The setting of a database, whose tables it makes.
fn migrated(binary: &Path, url: &str) -> Result<String> {
    let status = Command::new(binary).args(["admin", "migrate", "--store", url]).status()?;
    if !status.success() {
        return Err(format!("`daypass admin migrate` ended with {status}").into());
    }
    Ok(format!("store = \"{url}\"\n"))
}

/// The bare server.
pub async fn hello() -> Result<Child> {
    let port = free_port()?;
    let process = Command::new(std::env::current_exe()?).args(["--hello", &port.to_string()]).spawn()?;
    let mut child = Child { process, port };
    child.answers(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    Ok(child)
}

/// The object store alone.
pub async fn bare_objects(folder: &Path) -> Result<Child> {
    bare("--bare-objects", folder).await
}

/// The engine of tables alone.
pub async fn bare_items(folder: &Path) -> Result<Child> {
    bare("--bare-items", folder).await
}

async fn bare(what: &str, folder: &Path) -> Result<Child> {
    std::fs::create_dir(folder)?;
    let port = free_port()?;
    let process =
        Command::new(std::env::current_exe()?).args([what, &port.to_string(), "--folder"]).arg(folder).spawn()?;
    let mut child = Child { process, port };
    child.answers(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    Ok(child)
}

/// `daypass serve` with an embedded store.
pub struct Daypass {
    /// The process.
    pub child: Child,
    /// The root key.
    pub root: Keys,
    binary: PathBuf,
    config: PathBuf,
    master: String,
}

impl Daypass {
    /// Starts it with everything of its own in `folder`, or in the database `store`; `issuer` is the host and port it
    /// may ask.
    pub async fn start(binary: Option<&Path>, folder: &Path, issuer: &str, store: Option<&str>) -> Result<Self> {
        let store = store.map(|url| (url, "")).unwrap_or_default();
        Self::with(binary, folder, issuer, store).await
    }

    /// Starts it in front of an engine, as the tables `upstream` of its configuration say.
    pub async fn before(binary: Option<&Path>, folder: &Path, upstream: &str) -> Result<Self> {
        Self::with(binary, folder, "127.0.0.1:1", ("", upstream)).await
    }

    async fn with(binary: Option<&Path>, folder: &Path, issuer: &str, (store, more): (&str, &str)) -> Result<Self> {
        let random: &dyn Random = &SystemRandom;
        let binary = match binary {
            Some(binary) => binary.to_owned(),
            None => std::env::current_exe()?.with_file_name("daypass"),
        };
        if !binary.exists() {
            return Err(format!("{} is missing: build it with `cargo build --release`", binary.display()).into());
        }
        let (port, config) = (free_port()?, folder.join("daypass.toml"));
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\ndata = \"{0}/data\"\n[audit]\nfile = \"{0}/audit.jsonl\"\n\
             [limits]\nunsigned_per_address = 0\nunsigned_per_pool = 0\nguests_per_address = 0\nguests_per_pool = 0\n\
             [federation]\nallowed_hosts = [\"{issuer}\"]\n{more}",
            folder.display()
        );
        let store = if store.is_empty() { String::new() } else { migrated(&binary, store)? };
        std::fs::write(&config, store + &text)?;
        let secret = Secret::new(BASE64_STANDARD.encode(random.bytes::<30>()));
        let root = Keys { id: "AKIABENCHBENCHBENCHB".into(), secret, token: None };
        let master = BASE64_STANDARD.encode(random.bytes::<32>());
        let process = spawn(&binary, &config, &master, &root)?;
        let mut child = Child { process, port };
        child.answers(READY).await.map_err(|error| with_log(&config, &error.to_string()))?;
        Ok(Self { child, root, binary, config, master })
    }

    /// Kills the server and starts it on the data it left; how long until `request` is answered.
    pub async fn restart(&mut self, request: &[u8]) -> Result<Duration> {
        self.child.process.kill()?;
        self.child.process.wait()?;
        let start = Instant::now();
        self.child.process = spawn(&self.binary, &self.config, &self.master, &self.root)?;
        self.child.answers(request).await.map_err(|error| with_log(&self.config, &error.to_string()))?;
        Ok(start.elapsed())
    }
}

fn spawn(binary: &Path, config: &Path, master: &str, root: &Keys) -> Result<std::process::Child> {
    let log = File::options().create(true).append(true).open(config.with_file_name("server.log"))?;
    let mut command = Command::new(binary);
    command.args(["serve", "--config"]).arg(config);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DAYPASS_")) {
        command.env_remove(name);
    }
    command
        .env("DAYPASS_MASTER_KEY", master)
        .env("DAYPASS_ROOT_ACCESS_KEY_ID", &root.id)
        .env("DAYPASS_ROOT_SECRET_ACCESS_KEY", root.secret.expose());
    Ok(command.stdout(Stdio::null()).stderr(log).spawn()?)
}

fn with_log(config: &Path, error: &str) -> String {
    let log = std::fs::read_to_string(config.with_file_name("server.log")).unwrap_or_default();
    let mut last: Vec<_> = log.lines().rev().take(5).collect();
    last.reverse();
    format!("{error}\n{}", last.join("\n"))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

const READY: &[u8] = b"GET /_daypass/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(20);
