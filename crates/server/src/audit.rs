//! The audit line: who, what, decision, why, request id. One JSON object a line, in its own sink,
//! never with a token, a secret, a signature or a body.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use operation::pending::Decided;
use policy::Decision;
use serde::Serialize;
use vocab::Timestamp;

use crate::settings::{AuditSettings, AuditSink};

/// What one request was, for the audit line.
pub struct Record<'a> {
    /// When it arrived.
    pub time: Timestamp,
    /// Its id.
    pub request_id: &'a str,
    /// The service and operation, as far as they are known.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// The caller's ARN.
    pub principal: Option<String>,
    /// The identity behind the credentials.
    pub identity: Option<String>,
    /// The access key id that was used.
    pub key: Option<String>,
    /// The client's address.
    pub address: std::net::IpAddr,
    /// What was decided.
    pub decided: &'a [Decided],
    /// What the operation noted itself.
    pub notes: &'a [String],
    /// The status of the answer.
    pub status: u16,
    /// The error code, where it failed.
    pub code: Option<&'a str>,
    /// Why authentication failed, with values seen and wanted.
    pub reason: Option<String>,
}

/// The sink.
pub struct Audit {
    lines: Option<SyncSender<String>>,
    writer: Option<JoinHandle<()>>,
    failing: Arc<AtomicBool>,
    refuses_when_failing: bool,
}

impl Audit {
    /// Opens the sink; lines are written by a thread of their own.
    pub fn open(settings: &AuditSettings) -> io::Result<Self> {
        let failing = Arc::new(AtomicBool::new(false));
        let refuses_when_failing = settings.refuses_when_failing;
        let out: Box<dyn Out> = match &settings.sink {
            AuditSink::Discard => return Ok(Self { lines: None, writer: None, failing, refuses_when_failing }),
            AuditSink::Stdout => Box::new(io::stdout()),
            AuditSink::File { path, rotate_at, kept } => Box::new(Rotated::open(path, *rotate_at, *kept)?),
        };
        let (lines, queue) = sync_channel(QUEUE);
        let failed = failing.clone();
        let writer = std::thread::Builder::new().name("audit".into()).spawn(move || write_all(queue, out, &failed))?;
        Ok(Self { lines: Some(lines), writer: Some(writer), failing, refuses_when_failing })
    }

    /// Whether requests must be refused because their lines could not be written.
    pub fn refuses(&self) -> bool {
        self.refuses_when_failing && self.failing.load(Ordering::Relaxed)
    }

    /// Queues the line of one request.
    pub fn write(&self, record: &Record<'_>) {
        let Some(lines) = &self.lines else { return };
        // A full queue is a sink that does not keep up.
        if !line(record).is_ok_and(|line| lines.try_send(line).is_ok()) {
            self.failing.store(true, Ordering::Relaxed);
            metrics::counter!("daypass_audit_lines_lost").increment(1);
        }
    }
}

/// What is queued is written before the process ends.
impl Drop for Audit {
    fn drop(&mut self) {
        self.lines = None;
        // A sink that is stuck does not keep the process.
        let start = Instant::now();
        while self.writer.as_ref().is_some_and(|writer| !writer.is_finished()) && start.elapsed() < LAST_LINES {
            std::thread::sleep(GATHER);
        }
    }
}

/// A line as it is written; what does not apply is left out.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    request_id: &'a str,
    service: &'a str,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    address: std::net::IpAddr,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<Made<'a>>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct Made<'a> {
    action: &'a str,
    resource: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn line<'a>(record: &'a Record<'_>) -> serde_json::Result<String> {
    let made = |decided: &'a Decided| {
        let Decided { action, resource, decision, explanation } = decided;
        let why = explanation.as_ref().map(ToString::to_string);
        Made { action, resource, allowed: matches!(decision, Decision::Allowed), why }
    };
    serde_json::to_string(&Line {
        time: record.time.iso8601_millis(),
        request_id: record.request_id,
        service: record.service,
        operation: record.operation,
        principal: record.principal.as_deref(),
        identity: record.identity.as_deref(),
        key: record.key.as_deref(),
        address: record.address,
        decisions: record.decided.iter().map(made).collect(),
        status: record.status,
        code: record.code,
        reason: record.reason.as_deref(),
        notes: record.notes,
    })
}

fn write_all(queue: Receiver<String>, mut out: Box<dyn Out>, failing: &AtomicBool) {
    let mut last = Instant::now();
    // What a failing sink did not take is kept for the next try; new lines then wait in the queue.
    let mut batch = String::new();
    loop {
        if batch.is_empty() {
            let Ok(first) = queue.recv() else { return };
            for line in std::iter::once(first).chain(queue.try_iter().take(BATCH)) {
                batch.push_str(&line);
                batch.push('\n');
            }
        }
        match out.append(batch.as_bytes()) {
            Ok(()) => {
                failing.store(false, Ordering::Relaxed);
                batch.clear();
            }
            Err(error) => {
                tracing::error!(%error, "audit sink fails");
                failing.store(true, Ordering::Relaxed);
                std::thread::sleep(RETRY);
            }
        }
        // Under load lines gather for a moment: being woken for each costs more than all else about it.
        if last.elapsed() < GATHER {
            std::thread::sleep(GATHER);
        }
        last = Instant::now();
    }
}

trait Out: Send {
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;
}

impl Out for io::Stdout {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.write_all(lines)?;
        self.flush()
    }
}

struct Rotated {
    path: PathBuf,
    file: File,
    size: u64,
    rotate_at: u64,
    kept: usize,
}

impl Rotated {
    fn open(path: &Path, rotate_at: u64, kept: usize) -> io::Result<Self> {
        let file = open_file(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, rotate_at, kept })
    }

    fn rotate(&mut self) -> io::Result<()> {
        // Where the last try came as far as this and no further, nothing is to be moved again.
        if self.path.exists() {
            self.move_on()?;
        }
        self.file = open_file(&self.path)?;
        self.size = 0;
        Ok(())
    }

    fn move_on(&self) -> io::Result<()> {
        let numbered = |number: usize| PathBuf::from(format!("{}.{number}", self.path.display()));
        for number in (1..self.kept).rev() {
            if numbered(number).exists() {
                std::fs::rename(numbered(number), numbered(number + 1))?;
            }
        }
        if self.kept > 0 { std::fs::rename(&self.path, numbered(1)) } else { std::fs::remove_file(&self.path) }
    }
}

impl Out for Rotated {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.size >= self.rotate_at {
            self.rotate()?;
        }
        if let Err(error) = self.file.write_all(lines) {
            // Half a line must not stay: all of them come again.
            self.file.set_len(self.size)?;
            return Err(error);
        }
        self.size += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

const GATHER: Duration = Duration::from_millis(1);
const RETRY: Duration = Duration::from_millis(100);
const QUEUE: usize = 65_536;
const BATCH: usize = 512;
const LAST_LINES: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_that_broke_off_is_finished_and_loses_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let numbered = |number: usize| std::fs::read_to_string(folder.path().join(format!("audit.log.{number}"))).ok();
        let mut out = Rotated::open(&path, 1, 2).unwrap();
        out.append(b"first\n").unwrap();
        out.append(b"second\n").unwrap();
        // The file was renamed, and no new one could be opened.
        out.move_on().unwrap();
        out.append(b"third\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third\n");
        assert_eq!((numbered(1).as_deref(), numbered(2).as_deref()), (Some("second\n"), Some("first\n")));
    }

    #[test]
    fn the_lines_queued_at_the_end_are_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let sink = AuditSink::File { path: path.clone(), rotate_at: u64::MAX, kept: 0 };
        let audit = Audit::open(&AuditSettings { sink, refuses_when_failing: true }).unwrap();
        for status in 200..300 {
            audit.write(&record(status));
        }
        assert!(!audit.refuses());
        drop(audit);

        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 100);
        let wanted = serde_json::json!({
            "time": "1970-01-01T00:00:00.000Z", "request_id": "r", "service": "s3", "operation": "GetObject",
            "key": "AKIA", "address": "127.0.0.1", "status": 200, "notes": ["seen"],
        });
        assert_eq!(lines[0], wanted, "what does not apply is left out");
        assert_eq!(lines[99]["status"], 299);
    }

    fn record(status: u16) -> Record<'static> {
        static NOTES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["seen".into()]);
        Record {
            time: Timestamp::from_seconds(0),
            request_id: "r",
            service: "s3",
            operation: "GetObject",
            principal: None,
            identity: None,
            key: Some("AKIA".into()),
            address: [127, 0, 0, 1].into(),
            decided: &[],
            notes: &NOTES,
            status,
            code: None,
            reason: None,
        }
    }
}
