//! Files: records of streams are appended, one a line, and never written again.
//!
//! Exactly once for every change, also where the process is killed: lines are durable before their entries leave the
//! outbox, and the commit that takes them out also says how far the files have come. Lines beyond that were written by
//! a run that did not live to commit; they are not written again, their entries are taken out.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use operation::Host;
use serde::{Deserialize, Serialize};
use store::outbox::{Entry, Outbox, Waiting};
use store::{Rows, Table, Version, Write};
use vocab::Random;

use super::shapes::filed;
use crate::Error;
use crate::settings::{Settings, Sink};

/// The files of a folder.
pub(super) struct Files {
    folder: PathBuf,
    rotate_at: u64,
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
    state: Option<State>,
}

/// How far they have come, as far as this process knows.
struct State {
    place: Place,
    /// The version of the row that says so.
    version: Option<Version>,
    /// What was written and is not taken out of the outbox yet.
    uncommitted: HashSet<String>,
}

/// The file that is being written, and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    file: u64,
    length: u64,
}

impl Files {
    /// The files that the settings name.
    pub(super) fn of(settings: &Settings, host: &Host) -> Option<Self> {
        let Some(Sink::Files(folder, rotate_at)) = &settings.streams else { return None };
        let (rows, random) = (host.rows.clone(), host.random.clone());
        Some(Self { folder: folder.clone(), rotate_at: *rotate_at, rows, random, state: None })
    }

    /// Appends entries, each with the name of its stream, and takes them out of the outbox.
    pub(super) async fn append(&mut self, outbox: &Outbox, waiting: Vec<(Waiting, String)>) -> Result<(), Error> {
        let mut waiting = waiting.into_iter().peekable();
        while waiting.peek().is_some() {
            let batch: Vec<_> = waiting.by_ref().take(BATCH).collect();
            let done = self.append_some(outbox, batch).await;
            if done.is_err() {
                // What is written and what is not is read again.
                self.state = None;
            }
            done?;
        }
        Ok(())
    }

    async fn append_some(&mut self, outbox: &Outbox, batch: Vec<(Waiting, String)>) -> Result<(), Error> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => self.recover().await?,
        };
        let mut lines = Vec::new();
        for (waiting, stream) in &batch {
            if !state.uncommitted.remove(&waiting.entry.idempotency_key()) {
                let line = serde_json::to_vec(&filed(&waiting.entry, stream));
                lines.extend(line.map_err(|error| Error::Internal(error.into()))?);
                lines.push(b'\n');
            }
        }
        let (folder, place, rotate_at) = (self.folder.clone(), state.place, self.rotate_at);
        let written = tokio::task::spawn_blocking(move || write(&folder, place, &lines, rotate_at)).await;
        let place = written.map_err(|error| Error::Internal(error.into()))?.map_err(internal)?;
        let mut row = store::record::encode(KIND, &place, &*self.random)?;
        row.version = Version::draw(&*self.random);
        let version = row.version;
        let position = match state.version {
            Some(old) => Write::replace(Table::Outbox, POSITION.to_vec(), old, row),
            None => Write::insert(Table::Outbox, POSITION.to_vec(), row),
        };
        let entries: Vec<Waiting> = batch.into_iter().map(|(waiting, _)| waiting).collect();
        if !outbox.take_out(&entries, vec![position]).await? {
            return Err(Error::Internal("another process writes the same files".into()));
        }
        self.state = Some(State { place, version: Some(version), uncommitted: state.uncommitted });
        Ok(())
    }

    /// What is known after a start, or after something went wrong.
    async fn recover(&self) -> Result<State, Error> {
        let row = self.rows.get(Table::Outbox, POSITION).await?;
        let version = row.as_ref().map(|row| row.version);
        let committed: Option<Place> = row.map(|row| store::record::decode(KIND, &row.value)).transpose()?;
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || tail(&folder, committed)).await;
        let (place, uncommitted) = read.map_err(|error| Error::Internal(error.into()))?.map_err(internal)?;
        Ok(State { place, version, uncommitted })
    }
}

/// What was written beyond what is committed, and where the next line goes. A line that was not finished is cut off.
fn tail(folder: &Path, committed: Option<Place>) -> io::Result<(Place, HashSet<String>)> {
    make_folder(folder)?;
    let mut place = committed.unwrap_or(Place { file: 1, length: 0 });
    let mut keys = HashSet::new();
    loop {
        let path = path(folder, place.file);
        let mut file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Somebody took it away: a file of that name is not begun again.
                if place.length > 0 {
                    place = Place { file: place.file + 1, length: 0 };
                    continue;
                }
                return Ok((place, keys));
            }
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length < place.length {
            place = Place { file: place.file + 1, length: 0 };
            continue;
        }
        file.seek(SeekFrom::Start(place.length))?;
        let mut rest = Vec::new();
        file.read_to_end(&mut rest)?;
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = rest.get(..whole).unwrap_or_default();
        keys.extend(lines.split(|byte| *byte == b'\n').filter_map(key));
        place.length += whole as u64;
        if place.length < length {
            file.set_len(place.length)?;
            file.sync_data()?;
        }
        if !self::path(folder, place.file + 1).exists() {
            return Ok((place, keys));
        }
        place = Place { file: place.file + 1, length: 0 };
    }
}

fn key(line: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Keyed {
        idempotency_key: String,
    }
    serde_json::from_slice::<Keyed>(line).ok().map(|keyed| keyed.idempotency_key)
}

/// Appends lines, durably; to the next file where this one is long enough.
fn write(folder: &Path, place: Place, lines: &[u8], rotate_at: u64) -> io::Result<Place> {
    if lines.is_empty() {
        return Ok(place);
    }
    let mut place = place;
    if place.length >= rotate_at {
        place = Place { file: place.file + 1, length: 0 };
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path(folder, place.file))?;
    if file.metadata()?.len() != place.length {
        return Err(io::Error::other("somebody else writes to the files of streams"));
    }
    file.write_all(lines)?;
    file.sync_data()?;
    if place.length == 0 {
        File::open(folder)?.sync_all()?;
    }
    place.length += lines.len() as u64;
    Ok(place)
}

/// Keeps what could not be delivered. Tokens of devices are not part of it.
pub(super) fn dead_letters(file: &Path, letters: &[Entry], why: &str, now: &str) -> io::Result<()> {
    if file.metadata().is_ok_and(|found| found.len() >= LONGEST_DEAD_LETTERS) {
        let mut old = file.as_os_str().to_owned();
        old.push(".1");
        std::fs::rename(file, old)?;
    }
    let mut lines = Vec::new();
    for letter in letters {
        let line =
            serde_json::json!({ "time": now, "why": why, "idempotencyKey": letter.idempotency_key(), "entry": letter });
        lines.extend_from_slice(line.to_string().as_bytes());
        lines.push(b'\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    file.write_all(&lines)?;
    file.sync_data()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("changes-{number:08}.jsonl"))
}

fn internal(error: io::Error) -> Error {
    Error::Internal(error.into())
}

/// No entry has this key: partitions have smaller numbers.
const POSITION: &[u8] = b"\xfffiles";
const KIND: &str = "position of files";
const BATCH: usize = 200;
const LONGEST_DEAD_LETTERS: u64 = 64 * 1024 * 1024;
