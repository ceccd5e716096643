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
use serde_json::{Value, json};
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
        if lines.try_send(line(record)).is_err() {
            self.failing.store(true, Ordering::Relaxed);
            metrics::counter!("daypass_audit_lines_lost").increment(1);
        }
    }
}

/// What is queued is written before the process ends.
impl Drop for Audit {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been told already.
            let _ = writer.join();
        }
    }
}

fn line(record: &Record<'_>) -> String {
    let decided: Vec<Value> = record.decided.iter().map(decision).collect();
    let mut line = json!({
        "time": record.time.iso8601_millis(),
        "request_id": record.request_id,
        "service": record.service,
        "operation": record.operation,
        "principal": record.principal,
        "identity": record.identity,
        "key": record.key,
        "address": record.address.to_string(),
        "decisions": decided,
        "status": record.status,
        "code": record.code,
        "reason": record.reason,
        "notes": record.notes,
    });
    if let Some(members) = line.as_object_mut() {
        members.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    }
    line.to_string()
}

fn decision(decided: &Decided) -> Value {
    let allowed = matches!(decided.decision, Decision::Allowed);
    let mut value = json!({ "action": decided.action, "resource": decided.resource, "allowed": allowed });
    if let (Some(members), Some(explanation)) = (value.as_object_mut(), &decided.explanation) {
        members.insert("why".into(), explanation.to_string().into());
    }
    value
}

fn write_all(queue: Receiver<String>, mut out: Box<dyn Out>, failing: &AtomicBool) {
    let mut last = Instant::now();
    while let Ok(first) = queue.recv() {
        let mut batch = first;
        batch.push('\n');
        for line in queue.try_iter().take(BATCH) {
            batch.push_str(&line);
            batch.push('\n');
        }
        let written = out.append(batch.as_bytes());
        if let Err(error) = &written {
            tracing::error!(%error, "audit sink fails");
        }
        failing.store(written.is_err(), Ordering::Relaxed);
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
        self.file.write_all(lines)?;
        self.size += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

const GATHER: Duration = Duration::from_millis(1);
const QUEUE: usize = 65_536;
const BATCH: usize = 512;

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
}
