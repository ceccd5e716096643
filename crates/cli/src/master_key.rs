//! The master key and the folder it protects: read from outside, or kept by `dev` in its own folder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use vocab::Random;

use crate::failure::Failure;
use crate::settings::{Mode, Settings, Wrong, wrong};

/// 32 bytes from outside data folder and store; `dev` keeps them in its folder.
pub fn read(settings: &Settings, mode: Mode, data: &Path, random: &dyn Random) -> Result<[u8; 32], Failure> {
    const EXAMPLE: &str = "head -c 32 /dev/urandom | base64 > /etc/daypass/master.key";
    let from_environment = std::env::var("DAYPASS_MASTER_KEY").ok();
    let text = match (from_environment, &settings.master_key_file, mode) {
        (Some(text), _, _) => text,
        (None, Some(file), _) => {
            if file.starts_with(data) && mode == Mode::Production {
                return Err(wrong(
                    "master_key_file",
                    "it lies in the data folder: a copy of the folder would open itself",
                    EXAMPLE,
                )
                .into());
            }
            std::fs::read_to_string(file)
                .map_err(|error| wrong("master_key_file", format!("{}: {error}", file.display()), EXAMPLE))?
        }
        (None, None, Mode::Development) => development_key(data, random)?,
        (None, None, Mode::Production) => {
            return Err(wrong("master_key_file", "neither it nor `DAYPASS_MASTER_KEY` is set", EXAMPLE).into());
        }
    };
    let bytes = BASE64_STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| wrong("master_key_file", "it is not 32 bytes in base64", EXAMPLE).into())
}

fn development_key(data: &Path, random: &dyn Random) -> Result<String, Failure> {
    let file = data.join("master.key");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(text);
    }
    make_folder(data)?;
    let text = BASE64_STANDARD.encode(random.bytes::<32>());
    write_secret(&file, &text)?;
    Ok(text)
}

/// A new file that only its owner reads.
pub fn write_secret(file: &Path, text: &str) -> Result<(), Failure> {
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    Ok(())
}

/// The data folder, for its owner alone.
pub fn make_folder(folder: &Path) -> Result<(), Wrong> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| wrong("data", format!("{}: {error}", folder.display()), "--data ./daypass-data"))
}
