//! The data folder, and the lock that keeps it to one process.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::OpenError;

/// A data folder that belongs to this process for as long as the value lives. Every engine that
/// keeps files in the folder shares it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock is on the open file: it ends with it, also when the process is killed.
    _lock: File,
}

impl Folder {
    /// Takes a folder; one that does not exist is made, for its owner alone. Errs at once where
    /// another process holds it.
    pub fn lock(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let failed = |why| OpenError::Io { path: path.into(), why };
        if !path.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            sync_folder(parent(path)).map_err(failed)?;
        }
        let lock = private_file(&path.join("lock")).map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { path: path.into(), _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse(path.into())),
            Err(why) => Err(failed(why.into())),
        }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the names in the folder durable.
    pub fn sync(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }
}

/// Opens a file for its owner alone, and makes it where it is missing.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
