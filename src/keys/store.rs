//! The database of keys: add, list, revoke.
//!
//! Rows are never deleted: a revoked key still shows that keys are in use, so revoking the last one closes the server
//! instead of opening it to everybody.

use std::{fs, path::Path, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    FILE_NAME, KeyHash, KeysError, Rate, Scope, give_to_owner,
    grant::{audience_names, parse_audiences},
    mark,
    ring::look,
    token,
};
use crate::search::types::Audience;

/// How long a writer waits for another before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Characters below which a key from the environment can be guessed.
const MIN_GIVEN_CHARS: usize = 16;

/// The same for a key that servers share.
const MIN_SHARED_CHARS: usize = 32;

/// Name of the key that the first start makes.
const FIRST_ADMIN: &str = "admin";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS keys (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL,
  hash      BLOB NOT NULL UNIQUE,
  scopes    TEXT NOT NULL,
  audiences TEXT NOT NULL,
  expires   TEXT,
  created   TEXT NOT NULL,
  revoked   TEXT,
  rate      TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS keys_in_use ON keys (name) WHERE revoked IS NULL;";

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Who it is for; names their calls and shows in the log.
    pub name: String,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// Which articles exist for it.
    pub audience: Audience,
    /// When it ends; never without.
    pub expires: Option<DateTime<Utc>>,
    /// How often it may ask; as the server's configuration says without.
    pub rate: Option<Rate>,
}

/// A key as it is kept: all but its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Who it is for.
    pub name: String,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// Which articles exist for it; `*` stands for all.
    pub audiences: Vec<String>,
    /// When it ends.
    pub expires: Option<DateTime<Utc>>,
    /// How often it may ask, where it has a rate of its own.
    pub rate: Option<Rate>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it was revoked.
    pub revoked: Option<DateTime<Utc>>,
}

impl KeyRecord {
    /// Whether it opens anything at that time.
    #[must_use]
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }
}

/// Makes a key and returns its text, which is kept nowhere.
///
/// # Errors
/// `NameTaken`, `BadName`, `NoScopes`, or the data folder's trouble.
pub fn add(data: &Path, key: &NewKey, now: DateTime<Utc>) -> Result<String, KeysError> {
    check(key)?;
    let text = token::new_key();
    insert(&open(data)?, key, &text, now)?;
    Ok(text)
}

/// Makes a key of a text that other servers have too.
///
/// # Errors
/// `WeakKey` when it can be guessed or not be sent, `KnownKey`, or as for [`add`].
pub fn add_given(
    data: &Path,
    key: &NewKey,
    text: &str,
    now: DateTime<Utc>,
) -> Result<(), KeysError> {
    check(key)?;
    if text.len() < MIN_SHARED_CHARS || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(KeysError::WeakKey(MIN_SHARED_CHARS));
    }
    let database = open(data)?;
    match standing(&database, &KeyHash::of(text))? {
        KeyStatus::Unknown => insert(&database, key, text, now),
        _ => Err(KeysError::KnownKey),
    }
}

/// Every key that was ever made, oldest first.
///
/// # Errors
/// The data folder's trouble; a folder without keys is an empty list.
pub fn list(data: &Path) -> Result<Vec<KeyRecord>, KeysError> {
    if !data.join(FILE_NAME).exists() {
        return Ok(Vec::new());
    }
    Ok(rows(&open(data)?)?
        .into_iter()
        .map(|(_, record)| record)
        .collect())
}

/// Ends a key; a running server refuses it within a second.
///
/// # Errors
/// `UnknownName` when no key in use has it.
pub fn revoke(data: &Path, name: &str, now: DateTime<Utc>) -> Result<(), KeysError> {
    if !data.join(FILE_NAME).exists() || revoke_in(&open(data)?, name, now)? == 0 {
        return Err(KeysError::UnknownName(name.to_owned()));
    }
    Ok(())
}

/// Sees to it that a server which listens beyond loopback has an admin key.
///
/// `given` is the environment's key: it becomes the key named `admin`, in place of an earlier one, and again where another
/// took its place in between. One that was revoked by hand stays revoked. Without, and with no keys yet, one is made and
/// returned, to be printed once.
///
/// # Errors
/// `WeakKey` when the given one can be guessed, `GivenInUse` when it is a key that opens less, or the data folder's trouble.
pub fn first_admin(
    data: &Path,
    given: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<String>, KeysError> {
    let admin = NewKey {
        name: FIRST_ADMIN.to_owned(),
        scopes: vec![Scope::Admin],
        audience: Audience::Unrestricted,
        expires: None,
        rate: None,
    };
    let given = given.map(str::trim);
    if given.is_some_and(|text| text.chars().count() < MIN_GIVEN_CHARS) {
        return Err(KeysError::WeakKey(MIN_GIVEN_CHARS));
    }
    let database = open(data)?;
    if let Some(text) = given {
        match standing(&database, &KeyHash::of(text))? {
            KeyStatus::Unknown => {
                revoke_in(&database, FIRST_ADMIN, now)?;
                insert(&database, &admin, text, now)?;
            }
            KeyStatus::InUse(record) => {
                let flaw = if !record.scopes.contains(&Scope::Admin) {
                    "without the scope admin"
                } else if !record.is_good(now) {
                    "and has expired"
                } else {
                    return Ok(None);
                };
                let name = record.name;
                return Err(KeysError::GivenInUse { name, flaw });
            }
            KeyStatus::Replaced => {
                revoke_in(&database, FIRST_ADMIN, now)?;
                // Made anew as of now, which tells the next replacement from a revocation.
                database.execute(
                    "UPDATE keys SET revoked = NULL, created = ?2 WHERE hash = ?1",
                    params![KeyHash::of(text).as_bytes(), stamp(now)],
                )?;
            }
            KeyStatus::Revoked => tracing::warn!(
                "the given admin key was revoked and opens nothing; give another as CUECARD_ADMIN_KEY"
            ),
        }
        return Ok(None);
    }
    let any: bool =
        database.query_row("SELECT EXISTS (SELECT 1 FROM keys)", [], |row| row.get(0))?;
    if any {
        Ok(None)
    } else {
        add(data, &admin, now).map(Some)
    }
}

/// What became of a key.
enum KeyStatus {
    Unknown,
    InUse(KeyRecord),
    /// Another was given in its place.
    Replaced,
    /// By hand.
    Revoked,
}

fn standing(database: &Connection, hash: &KeyHash) -> Result<KeyStatus, KeysError> {
    // A replacement revokes the one and makes the other at the same time.
    let known: Option<(bool, bool)> = database
        .query_row(
            "SELECT revoked IS NULL, EXISTS (
               SELECT 1 FROM keys AS other WHERE other.name = ?2 AND keys.name = ?2 AND other.hash <> ?1 AND other.created = keys.revoked
             ) FROM keys WHERE hash = ?1",
            params![hash.as_bytes(), FIRST_ADMIN],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(match known {
        None => KeyStatus::Unknown,
        Some((true, _)) => rows(database)?
            .into_iter()
            .find_map(|(one, record)| (one == *hash).then_some(record))
            .map_or(KeyStatus::Unknown, KeyStatus::InUse),
        Some((false, true)) => KeyStatus::Replaced,
        Some((false, false)) => KeyStatus::Revoked,
    })
}

/// Opens the database, making it where it is missing; only its owner may read the file.
fn open(data: &Path) -> Result<Connection, KeysError> {
    fs::create_dir_all(data).map_err(|source| KeysError::Folder {
        path: data.display().to_string(),
        source,
    })?;
    let file = data.join(FILE_NAME);
    let is_new = look(&file)?.is_none();
    let database = Connection::open(&file)?;
    database.busy_timeout(BUSY_TIMEOUT)?;
    database.execute_batch(SCHEMA)?;
    // Files of earlier releases know no rates.
    if database.prepare("SELECT rate FROM keys").is_err() {
        database.execute_batch("ALTER TABLE keys ADD COLUMN rate TEXT")?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A folder on a file system without permissions is the operator's choice, not a reason to stop.
        let _ = fs::set_permissions(&file, fs::Permissions::from_mode(0o600));
    }
    if is_new {
        give_to_owner(&file, data);
        mark::leave(data);
    }
    Ok(database)
}

/// Every row with its hash, oldest first.
pub(super) fn rows(database: &Connection) -> Result<Vec<(KeyHash, KeyRecord)>, KeysError> {
    // Every column by its name: a file of an earlier release, that nobody has written to since, has fewer.
    let mut statement = database.prepare("SELECT * FROM keys ORDER BY id")?;
    let found = statement.query_map([], |row| {
        let hash: Vec<u8> = row.get("hash")?;
        let scopes: String = row.get("scopes")?;
        let audiences: String = row.get("audiences")?;
        let rate: Option<String> = row.get("rate").unwrap_or_default();
        let scopes: Vec<Scope> = scopes
            .split(',')
            .filter_map(|scope| scope.parse().ok())
            .collect();
        let record = KeyRecord {
            name: row.get("name")?,
            scopes,
            audiences: audiences.split(',').map(str::to_owned).collect(),
            expires: time(row.get("expires")?),
            rate: rate.and_then(|rate| rate.parse().ok()),
            created: time(row.get("created")?).unwrap_or_default(),
            revoked: time(row.get("revoked")?),
        };
        Ok((KeyHash::from_slice(&hash), record))
    })?;
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    Ok(found
        .into_iter()
        .filter_map(|(hash, record)| Some((hash?, record)))
        .collect())
}

/// The audience that a row's names stand for.
pub(super) fn audience_of(record: &KeyRecord) -> Audience {
    parse_audiences(&record.audiences, &record.scopes)
}

/// Whether a key may be made so.
fn check(key: &NewKey) -> Result<(), KeysError> {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(1..=64).contains(&key.name.chars().count()) || !key.name.chars().all(named) {
        return Err(KeysError::BadName);
    }
    if key.scopes.is_empty() {
        return Err(KeysError::NoScopes);
    }
    Ok(())
}

fn insert(
    database: &Connection,
    key: &NewKey,
    text: &str,
    now: DateTime<Utc>,
) -> Result<(), KeysError> {
    let hash = KeyHash::of(text);
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    let row = params![
        key.name,
        hash.as_bytes(),
        scopes.join(","),
        audience_names(&key.audience).join(","),
        key.expires.map(stamp),
        stamp(now),
        key.rate.map(|rate| rate.to_string()),
    ];
    let outcome = database.execute(
        "INSERT INTO keys (name, hash, scopes, audiences, expires, created, rate) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        row,
    );
    match outcome {
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.code == rusqlite::ErrorCode::ConstraintViolation =>
        {
            Err(KeysError::NameTaken(key.name.clone()))
        }
        other => other.map(drop).map_err(KeysError::from),
    }
}

fn revoke_in(database: &Connection, name: &str, now: DateTime<Utc>) -> Result<usize, KeysError> {
    Ok(database.execute(
        "UPDATE keys SET revoked = ?2 WHERE name = ?1 AND revoked IS NULL",
        params![name, stamp(now)],
    )?)
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time that nobody can read is long over: a key that may have ended has ended.
fn time(text: Option<String>) -> Option<DateTime<Utc>> {
    text.map(|text| text.parse().unwrap_or(DateTime::UNIX_EPOCH))
}
