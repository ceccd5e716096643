//! The files: written once, never changed, removed when nothing names or reads them.

use std::collections::{HashMap, HashSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use vocab::Random;

use super::records::BlobId;
use crate::Error;

/// The folder of files.
pub(super) struct Blobs {
    folder: PathBuf,
    random: Arc<dyn Random>,
    /// A write to disk failed: what is on it is uncertain until a restart reads it again.
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Being written, or waiting for the commit that names them.
    in_flight: HashSet<BlobId>,
    /// Being read, and by how many.
    pinned: HashMap<BlobId, usize>,
    /// No longer named, since when. A reader may have found the row just before.
    condemned: Vec<(Instant, BlobId)>,
    /// Their commit's outcome is not known to us; they stay in flight until it must have happened.
    leaving: Vec<(Instant, BlobId)>,
    /// Folders whose own names are durable.
    folders: HashSet<PathBuf>,
}

/// A file that is being written. It is removed when this is dropped.
pub(super) struct Writer {
    draft: Draft,
    file: Option<File>,
}

/// A file that nothing names yet. It is removed when this is dropped, unless its fate is in the
/// hands of a commit.
pub(super) struct Draft {
    blobs: Arc<Blobs>,
    pub(super) id: BlobId,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unwritten,
    Written,
    InCommit,
    Named,
}

/// A file that is being read: it stays as long as this.
pub(super) struct Pin {
    blobs: Arc<Blobs>,
    id: BlobId,
}

impl Blobs {
    pub(super) fn open(folder: &Path, random: Arc<dyn Random>) -> io::Result<Arc<Self>> {
        let drafts = folder.join(DRAFTS);
        // The caller holds the folder's lock: no draft is somebody's.
        match fs::remove_dir_all(&drafts) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&drafts)?;
        sync_folder(folder)?;
        if let Some(parent) = folder.parent() {
            sync_folder(parent)?;
        }
        let (closed, state) = (AtomicBool::new(false), Mutex::default());
        Ok(Arc::new(Self { folder: folder.to_owned(), random, closed, state }))
    }

    /// Errs once a write to disk has failed.
    pub(super) fn check_open(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::Acquire) { Err(store::Error::Closed.into()) } else { Ok(()) }
    }

    /// Starts a file.
    pub(super) async fn writer(self: &Arc<Self>) -> Result<Writer, Error> {
        self.check_open()?;
        let draft = self.draft();
        let path = self.draft_path(draft.id);
        let make = move || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = blocking(make).await?;
        Ok(Writer { draft, file: Some(file) })
    }

    /// Another name for the bytes of a file.
    pub(super) async fn link(self: &Arc<Self>, from: BlobId) -> Result<Draft, Error> {
        self.check_open()?;
        let mut draft = self.draft();
        let (from, to) = (self.path(from), self.path(draft.id));
        let blobs = self.clone();
        blocking(move || {
            blobs.make_folder_of(&to)?;
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to)?;
                blobs.synced(File::open(&to)?.sync_data())?;
            }
            blobs.sync_folder_of(&to)
        })
        .await?;
        draft.fate = Fate::Written;
        Ok(draft)
    }

    /// Opens a file for reading; it stays as long as the pin.
    pub(super) async fn open_file(self: &Arc<Self>, id: BlobId) -> Result<File, Error> {
        let path = self.path(id);
        Ok(blocking(move || File::open(path)).await?)
    }

    /// Keeps a file as long as the pin lives.
    pub(super) fn pin(self: &Arc<Self>, id: BlobId) -> Pin {
        *self.state().pinned.entry(id).or_default() += 1;
        Pin { blobs: self.clone(), id }
    }

    /// These are not named any more: they go when nobody reads them.
    pub(super) fn condemn(&self, ids: impl IntoIterator<Item = BlobId>) {
        let now = Instant::now();
        self.state().condemned.extend(ids.into_iter().map(|id| (now, id)));
    }

    /// Removes the condemned that nobody can be reading.
    pub(super) async fn reap(self: &Arc<Self>, now: Instant) {
        let gone: Vec<BlobId> = {
            let mut state = self.state();
            let State { in_flight, pinned, condemned, leaving, .. } = &mut *state;
            leaving.retain(|(since, id)| {
                let stays = now.saturating_duration_since(*since) < LEAVES_AFTER;
                if !stays {
                    in_flight.remove(id);
                }
                stays
            });
            let is_due = |(since, id): &mut (Instant, BlobId)| {
                now.saturating_duration_since(*since) >= REAPED_AFTER && !pinned.contains_key(id)
            };
            condemned.extract_if(.., is_due).map(|(_, id)| id).collect()
        };
        if !gone.is_empty() {
            let blobs = self.clone();
            let _ = spawn_blocking(move || gone.into_iter().for_each(|id| remove(&blobs.path(id)))).await;
        }
    }

    /// Files that are older than a day and not in flight, for the sweeper to look at.
    pub(super) async fn old(self: &Arc<Self>, now_millis: i64) -> Result<Vec<BlobId>, Error> {
        let blobs = self.clone();
        Ok(blocking(move || blobs.scan(now_millis)).await?)
    }

    pub(super) fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        self.folder.join(name.get(..2).unwrap_or_default()).join(name)
    }

    fn scan(&self, now_millis: i64) -> io::Result<Vec<BlobId>> {
        let mut found = Vec::new();
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?;
            if folder.file_name() == DRAFTS || !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let Some(id) = file.file_name().to_str().and_then(BlobId::parse) else { continue };
                // It may be removed between the two calls.
                let Ok(written) = file.metadata().and_then(|metadata| metadata.modified()) else { continue };
                let written = written.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let age = now_millis.saturating_sub(i64::try_from(written.as_millis()).unwrap_or(i64::MAX));
                if age > SWEPT_AFTER_MILLIS && !self.state().in_flight.contains(&id) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }

    fn draft(self: &Arc<Self>) -> Draft {
        let id = BlobId(self.random.bytes());
        self.state().in_flight.insert(id);
        Draft { blobs: self.clone(), id, fate: Fate::Unwritten }
    }

    fn draft_path(&self, id: BlobId) -> PathBuf {
        self.folder.join(DRAFTS).join(id.to_string())
    }

    fn make_folder_of(&self, path: &Path) -> io::Result<()> {
        let Some(folder) = path.parent() else { return Ok(()) };
        if self.state().folders.contains(folder) {
            return Ok(());
        }
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // Whoever made it may not have come to this yet.
        self.synced(sync_folder(&self.folder))?;
        self.state().folders.insert(folder.to_owned());
        Ok(())
    }

    fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |folder| self.synced(sync_folder(folder)))
    }

    /// After a failed sync nobody knows what is on disk: no more writes, unless it was only full.
    fn synced(&self, outcome: io::Result<()>) -> io::Result<()> {
        outcome.inspect_err(|error| {
            if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
                self.closed.store(true, Ordering::Release);
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Writer {
    /// Writes more.
    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let Some(mut file) = self.file.take() else { return Err(Error::internal("a file was given up before")) };
        let file = blocking(move || file.write_all(&bytes).map(|()| file)).await?;
        self.file = Some(file);
        Ok(())
    }

    /// Makes the file durable under its name.
    pub(super) async fn finish(mut self) -> Result<Draft, Error> {
        let Some(file) = self.file.take() else { return Err(Error::internal("a file was given up before")) };
        let blobs = self.draft.blobs.clone();
        let (from, to) = (blobs.draft_path(self.draft.id), blobs.path(self.draft.id));
        blocking(move || {
            blobs.synced(file.sync_data())?;
            blobs.make_folder_of(&to)?;
            fs::rename(&from, &to)?;
            blobs.sync_folder_of(&to)
        })
        .await?;
        self.draft.fate = Fate::Written;
        Ok(self.draft)
    }
}

impl Draft {
    /// A commit that names it is under way: whatever happens to us, it is not ours to remove.
    pub(super) fn in_commit(&mut self) {
        self.fate = Fate::InCommit;
    }

    /// The commit did not happen.
    pub(super) fn unnamed(&mut self) {
        self.fate = Fate::Written;
    }

    /// The commit happened.
    pub(super) fn named(mut self) {
        self.fate = Fate::Named;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        match self.fate {
            Fate::InCommit => {
                let mut state = self.blobs.state();
                state.leaving.push((Instant::now(), self.id));
                return;
            }
            Fate::Named => {}
            // A rename that was under way when the request ended may have happened or not.
            Fate::Unwritten => remove_aside(vec![self.blobs.draft_path(self.id), self.blobs.path(self.id)]),
            Fate::Written => remove_aside(vec![self.blobs.path(self.id)]),
        }
        self.blobs.state().in_flight.remove(&self.id);
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut state = self.blobs.state();
        if let Some(count) = state.pinned.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                state.pinned.remove(&self.id);
            }
        }
    }
}

/// Runs file work on a thread that may wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn remove_aside(paths: Vec<PathBuf>) {
    let work = move || paths.iter().for_each(|path| remove(path));
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}

/// A file that cannot be removed now is found by the sweeper.
fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "a file that nothing names could not be removed");
        }
        _ => {}
    }
}

const DRAFTS: &str = "drafts";
/// Between finding a row and opening its file stands one decision.
const REAPED_AFTER: Duration = Duration::from_secs(60);
/// Longer than any commit takes.
const LEAVES_AFTER: Duration = Duration::from_secs(3600);
const SWEPT_AFTER_MILLIS: i64 = 24 * 3600 * 1000;
