//! Keys while serving: looked up in memory, reloaded by a thread of their own when the file changes.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    mem::replace,
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};

use super::{
    FILE_NAME, Grant, KeyHash, KeyRecord, KeysError, mark,
    store::{audience_of, rows},
};
use crate::panics::caught;

/// Rest between two looks at the file; the contract allows a change one second to take effect.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long reading waits for a writer; after that the next look tries again.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// SQLite's header: it counts every change of the file, which a coarse clock may miss.
const HEADER_BYTES: usize = 100;

/// Why a key opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Never made, or revoked; the two look alike from outside.
    #[error("the key is not known here; ask the operator for one (`cuecard keys add`)")]
    Unknown,
    /// Its time is over.
    #[error("the key has expired; ask the operator for a new one")]
    Expired,
    /// There are keys, and the server knows none of them.
    #[error(
        "the server cannot read its keys; the operator finds in its log what to do about keys.sqlite"
    )]
    Unreadable,
}

type KeysByHash = HashMap<KeyHash, (KeyRecord, Arc<Grant>)>;

/// The keys of a data folder, as a running server sees them. A thread looks at the file until the ring is dropped.
#[derive(Debug)]
pub struct Keyring(Arc<Ring>);

#[derive(Debug)]
struct Ring {
    path: PathBuf,
    known: ArcSwap<KeysByHash>,
    /// Whether there ever was a file: then everybody needs a key, whatever can be read of it.
    is_there: AtomicBool,
}

/// What the file looked like when it was read.
#[derive(Debug, Default)]
struct Look {
    stamp: Option<Stamp>,
    /// Whether the log has been told that it is gone or cannot be read.
    is_told: bool,
}

/// What a look at the file found.
enum Seen {
    Gone,
    Same,
    New(Stamp, KeysByHash),
}

/// What tells one state of the file from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    header: Vec<u8>,
}

impl Keyring {
    /// Reads the keys of a data folder. One without a file is a ring without keys; a file without keys opens nothing.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or was there and is gone, so that a server never starts open because of
    /// that; when there can be no thread.
    pub fn open(data: &Path) -> Result<Self, KeysError> {
        let ring = Ring {
            path: data.join(FILE_NAME),
            known: ArcSwap::default(),
            is_there: AtomicBool::new(false),
        };
        let mut look = Look::default();
        match ring.read_again(None)? {
            Seen::New(stamp, known) => {
                mark::leave(data);
                ring.take_in(stamp, known, &mut look);
            }
            Seen::Gone | Seen::Same => mark::check(data)?,
        }
        let ring = Arc::new(ring);
        let watched = Arc::downgrade(&ring);
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || watch(&watched, look))
            .map_err(KeysError::Thread)?;
        Ok(Self(ring))
    }

    /// Whether any key was ever made: if so, everybody needs one. Reads memory alone.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.0.is_there.load(Ordering::Acquire)
    }

    /// What a key opens. Reads memory alone.
    ///
    /// # Errors
    /// `Denied` when it opens nothing.
    pub fn grant(&self, hash: KeyHash, now: DateTime<Utc>) -> Result<Arc<Grant>, Denied> {
        let known = self.0.known.load();
        match known.get(&hash) {
            Some((record, grant)) if record.is_good(now) => Ok(Arc::clone(grant)),
            Some((record, _)) if record.revoked.is_none() => Err(Denied::Expired),
            None if known.is_empty() && self.in_use() => Err(Denied::Unreadable),
            _ => Err(Denied::Unknown),
        }
    }
}

/// Looks at the file again and again, as long as somebody has the ring.
fn watch(ring: &Weak<Ring>, mut look: Look) {
    loop {
        thread::sleep(LOOK_EVERY);
        let Some(ring) = ring.upgrade() else { return };
        if let Err(panic) = caught(|| ring.refresh(&mut look)) {
            tracing::error!(
                panic,
                "a look at the keys ended in a panic; please report it"
            );
        }
    }
}

impl Ring {
    /// Reads the file again where it changed.
    fn refresh(&self, look: &mut Look) {
        match self.read_again(look.stamp.as_ref()) {
            Ok(Seen::New(stamp, known)) => {
                look.is_told = false;
                self.take_in(stamp, known, look);
            }
            Ok(Seen::Same) => look.is_told = false,
            // An accident: it must not open the server, so what was known stays.
            Ok(Seen::Gone) => {
                if self.is_there.load(Ordering::Acquire) && !replace(&mut look.is_told, true) {
                    tracing::error!(
                        "keys.sqlite is gone: the keys known before stay in force until a restart; put it back (`cuecard restore`)"
                    );
                }
            }
            Err(error) => {
                self.is_there.store(true, Ordering::Release);
                if !replace(&mut look.is_told, true) {
                    tracing::error!(%error, "keys could not be read: those known before stay in force, and nobody gets in without one");
                }
            }
        }
    }

    /// The file's keys where it is another than `before`.
    fn read_again(&self, before: Option<&Stamp>) -> Result<Seen, KeysError> {
        Ok(match look(&self.path)? {
            None => Seen::Gone,
            Some(stamp) if Some(&stamp) == before => Seen::Same,
            Some(stamp) => Seen::New(stamp, read(&self.path)?),
        })
    }

    /// Puts in force what was read.
    fn take_in(&self, stamp: Stamp, known: KeysByHash, look: &mut Look) {
        look.stamp = Some(stamp);
        // Revoked keys keep their rows: a file without any is as much an accident.
        if known.is_empty() {
            tracing::error!(
                "keys.sqlite has no keys: those known before stay in force until a restart, and nobody gets in without one; restore it \
                 from a backup, or make a key with `cuecard keys add`"
            );
        } else {
            self.known.store(Arc::new(known));
        }
        self.is_there.store(true, Ordering::Release);
    }
}

/// What the file looks like; None where there is none.
///
/// # Errors
/// `Unreadable` where something of that name is there, also a link that leads nowhere, or nobody can tell.
pub(super) fn look(path: &Path) -> Result<Option<Stamp>, KeysError> {
    let stamp = || {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        let mut header = vec![0; HEADER_BYTES];
        let read = file.read(&mut header)?;
        header.truncate(read);
        Ok(Stamp {
            modified: about.modified().ok(),
            bytes: about.len(),
            header,
        })
    };
    // Not by opening it: a process without a free descriptor must not take that for a file.
    let there = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        there => there.and_then(|_| stamp()),
    };
    there.map(Some).map_err(|source| KeysError::Unreadable {
        path: path.display().to_string(),
        source,
    })
}

fn read(path: &Path) -> Result<KeysByHash, KeysError> {
    let database = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    database.busy_timeout(BUSY_TIMEOUT)?;
    let has_table: bool = database.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'keys')",
        [],
        |row| row.get(0),
    )?;
    if !has_table {
        return Ok(HashMap::new());
    }
    let with_grant = |(hash, record): (KeyHash, KeyRecord)| {
        let audience = audience_of(&record);
        let grant = Arc::new(Grant {
            name: record.name.clone(),
            scopes: record.scopes.clone(),
            audience,
            rate: record.rate,
        });
        (hash, (record, grant))
    };
    Ok(rows(&database)?.into_iter().map(with_grant).collect())
}
