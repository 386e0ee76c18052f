//! Backup and restore of the files that cannot be rebuilt, next to a running server.
//!
//! Owns which files those are. SQLite itself copies the databases: each copy is of one moment, whatever is written
//! meanwhile, and contains nothing that was erased.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};

use super::{StartError, lock};
use crate::{audit, insights, keys};

/// Databases in the data folder that cannot be made again.
const DATABASES: [&str; 2] = [keys::FILE_NAME, insights::FILE_NAME];

/// What SQLite puts beside a database; a new one must not be read with what an old one left.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How long a copy waits for somebody who writes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// File, or folder of files.
    pub name: &'static str,
    /// Files; none where it is not there.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// From the backup.
    pub copied: Vec<Copied>,
    /// Where the databases are that were there before.
    pub before: Option<PathBuf>,
}

/// Why nothing was copied. What was begun is taken away again.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder to write is there.
    #[error("{0} is there already: nothing is overwritten, name a folder that is not there yet")]
    Taken(PathBuf),
    /// None of the files is there.
    #[error("{0} has neither keys.sqlite nor insights.sqlite nor audit/: is it the right folder?")]
    Nothing(PathBuf),
    /// A server has the data folder.
    #[error(transparent)]
    InUse(#[from] StartError),
    /// A database.
    #[error(
        "{path} could not be copied: {source}; check that it is a database, permissions and free space"
    )]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A file or folder.
    #[error("{path} could not be read or written: {source}; check permissions and free space")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Names the file that an operation failed on.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    |source| BackupError::File { path, source }
}

/// Copies what cannot be made again into a new folder, which is there when all of it is. Blocking.
///
/// # Errors
/// When the folder is there already, there is nothing to copy, or a file cannot be read or written.
pub fn backup(data: &Path, to: &Path) -> Result<Vec<Copied>, BackupError> {
    is_any(data)?;
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = to.with_file_name(name);
    if let Some(taken) = [to, &partial].into_iter().find(|path| path.exists()) {
        return Err(BackupError::Taken(taken.to_owned()));
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    private_folder(&partial).map_err(at(&partial))?;
    let copied = copy_all(data, &partial, "").and_then(|copied| {
        fs::rename(&partial, to).map_err(at(to))?;
        Ok(copied)
    });
    if copied.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    copied
}

/// Puts a backup back into a data folder that no server has. Databases that are there are moved aside; days of the audit
/// log that are there stay. Blocking.
///
/// # Errors
/// When a server has the data folder, there is nothing to copy, or a file cannot be read or written.
pub fn restore(from: &Path, data: &Path, now: DateTime<Utc>) -> Result<Restored, BackupError> {
    const NEW: &str = ".restored";
    is_any(from)?;
    let _lock = lock::take(data)?;
    let new = |name: &str| data.join(format!("{name}{NEW}"));
    let drop_new = || {
        for name in DATABASES {
            let _ = fs::remove_file(new(name));
        }
    };
    // Of a restoration that was cut off.
    drop_new();
    let copied = copy_all(from, data, NEW).inspect_err(|_| drop_new())?;
    let aside = data.join(now.format("before-restore-%Y%m%dT%H%M%SZ").to_string());
    let mut before = None;
    for name in DATABASES.into_iter().filter(|name| new(name).exists()) {
        let old = [""].iter().chain(&BESIDE).map(|end| format!("{name}{end}"));
        for old in old.filter(|old| data.join(old).exists()) {
            private_folder(&aside).map_err(at(&aside))?;
            fs::rename(data.join(&old), aside.join(&old)).map_err(at(&data.join(&old)))?;
            before = Some(aside.clone());
        }
        fs::rename(new(name), data.join(name)).map_err(at(&data.join(name)))?;
    }
    hand_over(data);
    Ok(Restored { copied, before })
}

/// Gives all that was made in the data folder to whom it belongs: root restores for a server that runs as somebody else.
fn hand_over(data: &Path) {
    let audit = data.join(audit::FOLDER);
    let days = fs::read_dir(&audit).into_iter().flatten().flatten();
    let days: Vec<PathBuf> = days.map(|day| day.path()).collect();
    let files = DATABASES.into_iter().chain([lock::FILE_NAME]);
    let files = files.map(|name| data.join(name));
    for file in files.chain([audit]).chain(days) {
        keys::give_to_owner(&file, data);
    }
}

fn is_any(folder: &Path) -> Result<(), BackupError> {
    let mut names = DATABASES.into_iter().chain([audit::FOLDER]);
    if names.any(|name| folder.join(name).exists()) {
        return Ok(());
    }
    Err(BackupError::Nothing(folder.to_owned()))
}

/// Copies from folder to folder; names of databases get that ending.
fn copy_all(from: &Path, to: &Path, ending: &str) -> Result<Vec<Copied>, BackupError> {
    let mut all = Vec::new();
    for name in DATABASES {
        let bytes = copy_database(&from.join(name), &to.join(format!("{name}{ending}")))?;
        all.push(Copied {
            name,
            files: usize::from(bytes.is_some()),
            bytes: bytes.unwrap_or_default(),
        });
    }
    let days = copy_days(&from.join(audit::FOLDER), &to.join(audit::FOLDER))?;
    all.push(Copied {
        name: "audit/",
        files: days.len(),
        bytes: days.iter().sum(),
    });
    Ok(all)
}

/// Copies a database; its size, or None where there is none.
fn copy_database(from: &Path, to: &Path) -> Result<Option<u64>, BackupError> {
    if !from.exists() {
        return Ok(None);
    }
    let failed = |source| BackupError::Database {
        path: from.to_owned(),
        source,
    };
    let file = create_private(to).map_err(at(to))?;
    // Not read-only: what a server that was killed left half done is first undone.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(from, flags).map_err(failed)?;
    database.busy_timeout(PATIENCE).map_err(failed)?;
    let target = to.to_str().ok_or_else(|| {
        at(to)(io::Error::new(
            io::ErrorKind::InvalidInput,
            "its name is not UTF-8",
        ))
    })?;
    database
        .execute("VACUUM INTO ?1", [target])
        .map_err(failed)?;
    file.sync_all().map_err(at(to))?;
    Ok(Some(file.metadata().map_err(at(to))?.len()))
}

/// Copies the audit log's days that are not there yet; their sizes.
fn copy_days(from: &Path, to: &Path) -> Result<Vec<u64>, BackupError> {
    let mut sizes = Vec::new();
    if !from.exists() {
        return Ok(sizes);
    }
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (day, copy) = (entry.path(), to.join(entry.file_name()));
        if !day.is_file() || day.extension().is_some_and(|end| end == "part") || copy.exists() {
            continue;
        }
        // Under its name when it is whole: a copy that was cut short is made again.
        let part = copy.with_extension("part");
        sizes.push(copy_lines(&day, &part)?);
        fs::rename(&part, &copy).map_err(at(&copy))?;
    }
    Ok(sizes)
}

/// Copies whole lines: the last one may be half written.
fn copy_lines(from: &Path, to: &Path) -> Result<u64, BackupError> {
    if to.exists() {
        fs::remove_file(to).map_err(at(to))?;
    }
    let mut lines = BufReader::new(File::open(from).map_err(at(from))?);
    let mut copy = BufWriter::new(create_private(to).map_err(at(to))?);
    let (mut line, mut bytes) = (Vec::new(), 0);
    while lines.read_until(b'\n', &mut line).map_err(at(from))? > 0 && line.ends_with(b"\n") {
        copy.write_all(&line).map_err(at(to))?;
        bytes += line.len() as u64;
        line.clear();
    }
    let copy = copy.into_inner().map_err(|error| at(to)(error.into()))?;
    copy.sync_all().map_err(at(to))?;
    Ok(bytes)
}

/// A new file that only its owner may read.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// A folder that only its owner may enter; one that is there will do.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        folder.mode(0o700);
    }
    folder.create(path)
}
