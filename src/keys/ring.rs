//! Keys while serving: looked up in memory, read again when the file changed.

use std::{
    collections::HashMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, TryLockError},
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};

use super::{
    FILE_NAME, Grant, KeyHash, KeyRecord, KeysError,
    store::{audience_of, rows},
};

/// How often the file is looked at; the contract allows a change one second to take effect.
const LOOK_EVERY: Duration = Duration::from_millis(400);

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
}

/// The keys of a data folder, as a running server sees them.
#[derive(Debug)]
pub struct Keyring {
    path: PathBuf,
    known: ArcSwap<HashMap<KeyHash, (KeyRecord, Arc<Grant>)>>,
    watch: Mutex<Look>,
}

/// When the file was last looked at, and what it looked like when it was read.
#[derive(Debug)]
struct Look {
    at: Instant,
    stamp: Option<Stamp>,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    header: Vec<u8>,
}

impl Keyring {
    /// Reads the keys of a data folder; a folder without any is a ring without keys.
    ///
    /// # Errors
    /// The database's, so that a server never starts open because its keys could not be read.
    pub fn open(data: &Path) -> Result<Self, KeysError> {
        let path = data.join(FILE_NAME);
        let stamp = look(&path);
        let known = if stamp.is_some() {
            read(&path)?
        } else {
            HashMap::new()
        };
        Ok(Self {
            path,
            known: ArcSwap::from_pointee(known),
            watch: Mutex::new(Look {
                at: Instant::now(),
                stamp,
            }),
        })
    }

    /// Whether any key was ever made: if so, everybody needs one.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.refresh();
        !self.known.load().is_empty()
    }

    /// What a key opens.
    ///
    /// # Errors
    /// `Denied` when it opens nothing.
    pub fn grant(&self, hash: KeyHash, now: DateTime<Utc>) -> Result<Arc<Grant>, Denied> {
        self.refresh();
        let known = self.known.load();
        match known.get(&hash) {
            Some((record, grant)) if record.is_good(now) => Ok(Arc::clone(grant)),
            Some((record, _)) if record.revoked.is_none() => Err(Denied::Expired),
            _ => Err(Denied::Unknown),
        }
    }

    /// Reads the file again when it is time to look and it changed. Only one thread looks; others use what is known.
    fn refresh(&self) {
        let mut watch = match self.watch.try_lock() {
            Ok(watch) => watch,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if watch.at.elapsed() < LOOK_EVERY {
            return;
        }
        watch.at = Instant::now();
        let stamp = look(&self.path);
        // A file that vanished is an accident: it must not open the server, so what was known stays.
        if stamp.is_none() || stamp == watch.stamp {
            return;
        }
        match read(&self.path) {
            // Revoked keys keep their rows: a file without any is as much an accident.
            Ok(none) if none.is_empty() && !self.known.load().is_empty() => {
                tracing::warn!(
                    "keys.sqlite has no keys any more; the earlier ones stay in force until a restart: restore it from a backup"
                );
                watch.stamp = stamp;
            }
            Ok(known) => {
                self.known.store(Arc::new(known));
                watch.stamp = stamp;
            }
            Err(error) => {
                tracing::warn!(%error, "could not read the keys again; the earlier ones stay in force")
            }
        }
    }
}

fn look(path: &Path) -> Option<Stamp> {
    let mut file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    let mut header = vec![0; HEADER_BYTES];
    let read = file.read(&mut header).ok()?;
    header.truncate(read);
    Some(Stamp {
        modified: about.modified().ok(),
        bytes: about.len(),
        header,
    })
}

fn read(path: &Path) -> Result<HashMap<KeyHash, (KeyRecord, Arc<Grant>)>, KeysError> {
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        keys::{NewKey, Rate, Scope, add, first_admin, list, parse_audiences, revoke},
        search::types::Audience,
    };

    fn key(name: &str) -> NewKey {
        let scopes = vec![Scope::Search];
        NewKey {
            name: name.into(),
            audience: parse_audiences(&[], &scopes),
            scopes,
            expires: None,
            rate: None,
        }
    }

    fn opens(ring: &Keyring, text: &str, now: DateTime<Utc>) -> Result<String, Denied> {
        ring.grant(KeyHash::of(text), now)
            .map(|grant| grant.name.clone())
    }

    /// Longer than a look, shorter than the contract's second.
    fn let_it_be_seen() {
        std::thread::sleep(LOOK_EVERY + Duration::from_millis(50));
    }

    #[test]
    fn changes_reach_an_open_ring_within_a_second() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let ring = Keyring::open(data.path()).unwrap();
        assert!(!ring.in_use());

        let text = add(data.path(), &key("desk"), now).unwrap();
        let_it_be_seen();
        assert!(ring.in_use());
        assert_eq!(opens(&ring, &text, now), Ok("desk".into()));
        assert_eq!(opens(&ring, "cue_guess", now), Err(Denied::Unknown));

        revoke(data.path(), "desk", now).unwrap();
        let_it_be_seen();
        assert_eq!(opens(&ring, &text, now), Err(Denied::Unknown));
        assert!(
            ring.in_use(),
            "revoking the last key must not open the server"
        );

        std::fs::remove_file(data.path().join(FILE_NAME)).unwrap();
        let_it_be_seen();
        assert!(ring.in_use(), "losing the file must not open the server");
    }

    #[test]
    fn an_emptied_file_opens_nothing_and_the_next_key_counts() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(FILE_NAME);
        let now = Utc::now();
        let old = add(data.path(), &key("desk"), now).unwrap();
        let ring = Keyring::open(data.path()).unwrap();
        std::fs::write(&file, "").unwrap();
        let_it_be_seen();
        assert!(ring.in_use() && opens(&ring, &old, now).is_ok());

        std::fs::remove_file(&file).unwrap();
        let nobody = NewKey {
            scopes: Vec::new(),
            ..key("desk")
        };
        assert!(add(data.path(), &key("two words"), now).is_err());
        assert!(add(data.path(), &nobody, now).is_err());
        assert!(first_admin(data.path(), Some("short"), now).is_err());
        assert!(!file.exists(), "what is refused makes no file");

        let new = add(data.path(), &key("desk"), now).unwrap();
        let_it_be_seen();
        assert!(opens(&ring, &new, now).is_ok());
        assert_eq!(opens(&ring, &old, now), Err(Denied::Unknown));
    }

    #[test]
    fn a_file_of_an_earlier_release_is_read_and_grows_rates() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let old = add(data.path(), &key("old"), now).unwrap();
        let file = Connection::open(data.path().join(FILE_NAME)).unwrap();
        file.execute_batch("ALTER TABLE keys DROP COLUMN rate")
            .unwrap();
        drop(file);
        assert!(opens(&Keyring::open(data.path()).unwrap(), &old, now).is_ok());

        let rate: Rate = "10/s".parse().unwrap();
        let limited = NewKey {
            rate: Some(rate),
            ..key("limited")
        };
        let text = add(data.path(), &limited, now).unwrap();
        let ring = Keyring::open(data.path()).unwrap();
        let rate_of = |text: &str| ring.grant(KeyHash::of(text), now).unwrap().rate;
        assert_eq!((rate_of(&old), rate_of(&text)), (None, Some(rate)));
    }

    #[test]
    fn a_key_ends_on_its_day() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let text = add(
            data.path(),
            &NewKey {
                expires: Some(now + TimeDelta::hours(1)),
                ..key("shift")
            },
            now,
        )
        .unwrap();
        let ring = Keyring::open(data.path()).unwrap();
        assert!(opens(&ring, &text, now).is_ok());
        assert_eq!(
            opens(&ring, &text, now + TimeDelta::hours(1)),
            Err(Denied::Expired)
        );
    }

    #[test]
    fn names_are_unique_among_keys_in_use_and_texts_are_not_kept() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        assert!(list(data.path()).unwrap().is_empty());
        let text = add(data.path(), &key("desk"), now).unwrap();
        assert!(matches!(
            add(data.path(), &key("desk"), now),
            Err(KeysError::NameTaken(_))
        ));
        assert!(matches!(
            revoke(data.path(), "other", now),
            Err(KeysError::UnknownName(_))
        ));
        revoke(data.path(), "desk", now).unwrap();
        add(data.path(), &key("desk"), now).unwrap();
        let good: Vec<bool> = list(data.path())
            .unwrap()
            .iter()
            .map(|record| record.is_good(now))
            .collect();
        assert_eq!(good, [false, true]);
        let file = std::fs::read(data.path().join(FILE_NAME)).unwrap();
        assert!(
            !file
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        );
        for name in ["", "two words", "a/b", "tab\t"] {
            assert!(
                matches!(add(data.path(), &key(name), now), Err(KeysError::BadName)),
                "{name:?}"
            );
        }
    }

    #[test]
    fn the_first_start_makes_one_admin_and_says_it_once() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let text = first_admin(data.path(), None, now).unwrap().unwrap();
        assert_eq!(first_admin(data.path(), None, now).unwrap(), None);
        let ring = Keyring::open(data.path()).unwrap();
        let grant = ring.grant(KeyHash::of(&text), now).unwrap();
        assert!(grant.is_admin());
        assert_eq!(grant.audience, Audience::Everyone);
    }

    #[test]
    fn an_admin_key_from_the_environment_replaces_the_one_before() {
        let data = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let (old, new) = (
            "first-key-of-the-environment",
            "second-key-of-the-environment",
        );
        assert!(matches!(
            first_admin(data.path(), Some("short"), now),
            Err(KeysError::WeakKey(_))
        ));
        for given in [old, old, new] {
            assert_eq!(first_admin(data.path(), Some(given), now).unwrap(), None);
        }
        let ring = Keyring::open(data.path()).unwrap();
        assert_eq!(opens(&ring, old, now), Err(Denied::Unknown));
        assert_eq!(opens(&ring, new, now), Ok("admin".into()));
        // Put back, and back again; spaces around it are nobody's.
        for (hours, given, other) in [(1, old, new), (2, new, old), (3, old, new)] {
            let now = now + TimeDelta::hours(hours);
            let spaced = format!(" {given}\n");
            first_admin(data.path(), Some(&spaced), now).unwrap();
            let ring = Keyring::open(data.path()).unwrap();
            assert_eq!(opens(&ring, other, now), Err(Denied::Unknown), "{hours}");
            assert_eq!(opens(&ring, given, now), Ok("admin".into()), "{hours}");
        }
        // One that was revoked by hand does not come back.
        let later = now + TimeDelta::hours(4);
        revoke(data.path(), "admin", later).unwrap();
        for given in [old, new, old] {
            first_admin(data.path(), Some(given), later + TimeDelta::hours(1)).unwrap();
        }
        let ring = Keyring::open(data.path()).unwrap();
        assert_eq!(opens(&ring, old, later), Err(Denied::Unknown));
    }
}
