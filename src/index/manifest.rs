//! The manifest: the last valid text of every file, and the generation counter. Everything else in the index is
//! identified by its content, so nothing here has to agree with the engines.

use std::{borrow::Cow, collections::HashMap, path::Path};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::sqlite;

/// Name of the manifest in the data folder.
const FILE: &str = "manifest.sqlite";

/// Why the manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "manifest failed: {0}; check free space and permissions of the data folder, or stop the server and delete manifest.sqlite there"
)]
pub struct ManifestError(#[from] rusqlite::Error);

/// One SQLite file in the data folder.
#[derive(Debug)]
pub struct Manifest {
    connection: Connection,
}

impl Manifest {
    /// Opens the manifest of a data folder, making it where it is missing or damaged.
    ///
    /// # Errors
    /// When SQLite cannot open or make the file.
    pub fn open(data: &Path) -> Result<Self, ManifestError> {
        let file = data.join(FILE);
        match Self::read_through(&file) {
            Err(ManifestError(error)) if sqlite::is_damaged(&error) => {
                tracing::warn!(file = %file.display(), "the manifest is damaged and made anew: of files that are broken now no last good text is known");
                sqlite::remove(&file);
                Self::read_through(&file)
            }
            opened => opened,
        }
    }

    /// Opens a file and reads what every look reads, so that damage is found here.
    fn read_through(file: &Path) -> Result<Self, ManifestError> {
        let manifest = Self::with(Connection::open(file)?)?;
        manifest.good_hashes()?;
        let mut counted = manifest.connection.prepare("SELECT value FROM counter")?;
        counted
            .query_map([], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        drop(counted);
        Ok(manifest)
    }

    /// A manifest that lives in memory alone.
    ///
    /// # Errors
    /// When SQLite cannot start.
    pub fn in_memory() -> Result<Self, ManifestError> {
        Self::with(Connection::open_in_memory()?)
    }

    /// A manifest in memory with the good texts of a data folder that a server may have; empty where there are none.
    ///
    /// # Errors
    /// When SQLite cannot start.
    pub fn beside(data: &Path) -> Result<Self, ManifestError> {
        let mut own = Self::in_memory()?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Ok(served) = Connection::open_with_flags(data.join(FILE), flags) else {
            return Ok(own);
        };
        if let Err(error) = own.copy(&served) {
            tracing::warn!(data = %data.display(), %error, "the last good texts of files that are broken now are not known");
        }
        Ok(own)
    }

    fn copy(&mut self, served: &Connection) -> rusqlite::Result<()> {
        served.busy_timeout(sqlite::PATIENCE)?;
        let mut good = served.prepare("SELECT path, hash, source FROM good")?;
        let mut rows = good.query([])?;
        let transaction = self.connection.transaction()?;
        while let Some(row) = rows.next()? {
            let (path, hash, source): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            transaction.execute(
                "INSERT INTO good (path, hash, source) VALUES (?1, ?2, ?3)",
                params![path, hash, source],
            )?;
        }
        transaction.commit()
    }

    fn with(connection: Connection) -> Result<Self, ManifestError> {
        let connection = sqlite::with_tables(
            connection,
            "CREATE TABLE IF NOT EXISTS good (path TEXT PRIMARY KEY, hash TEXT NOT NULL, source TEXT NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
        )?;
        Ok(Self { connection })
    }

    /// Hash of the last good text of every file.
    ///
    /// # Errors
    /// When SQLite cannot read.
    pub fn good_hashes(&self) -> Result<HashMap<String, String>, ManifestError> {
        let mut statement = self.connection.prepare("SELECT path, hash FROM good")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last good text of a file.
    ///
    /// # Errors
    /// When SQLite cannot read.
    pub fn good(&self, path: &str) -> Result<Option<String>, ManifestError> {
        Ok(self
            .connection
            .query_row("SELECT source FROM good WHERE path = ?1", [path], |row| {
                row.get(0)
            })
            .optional()?)
    }

    /// Keeps good texts as (path, hash, text) and forgets files that are gone, together or not at all.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn keep<'a>(
        &mut self,
        good: impl IntoIterator<Item = (&'a str, &'a str, Cow<'a, str>)>,
        gone: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ManifestError> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO good (path, hash, source) VALUES (?1, ?2, ?3)",
            )?;
            for (path, hash, source) in good {
                insert.execute(params![path, hash, source])?;
            }
            let mut delete = transaction.prepare_cached("DELETE FROM good WHERE path = ?1")?;
            for path in gone {
                delete.execute([path])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// The next generation's number.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn next_generation(&self) -> Result<u64, ManifestError> {
        let next = self.connection.query_row(
            "INSERT INTO counter (name, value) VALUES ('generation', 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            [],
            |row| row.get::<_, i64>(0),
        )?;
        Ok(next.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_a_server_its_good_texts_are_known_and_none_is_changed() {
        let data = tempfile::tempdir().unwrap();
        let nothing = Manifest::beside(data.path()).unwrap();
        assert_eq!(nothing.good("a.md").unwrap(), None);
        let mut served = Manifest::open(data.path()).unwrap();
        served.keep([("a.md", "1", "one".into())], []).unwrap();
        let mut beside = Manifest::beside(data.path()).unwrap();
        assert_eq!(beside.good("a.md").unwrap().as_deref(), Some("one"));
        beside.keep([], ["a.md"]).unwrap();
        assert_eq!(served.good("a.md").unwrap().as_deref(), Some("one"));
    }

    #[test]
    fn keeps_the_last_good_text_until_the_file_is_gone() {
        let mut manifest = Manifest::in_memory().unwrap();
        manifest
            .keep(
                [("a.md", "1", "one".into()), ("b.md", "2", "two".into())],
                [],
            )
            .unwrap();
        manifest
            .keep([("a.md", "3", "three".into())], ["b.md"])
            .unwrap();
        assert_eq!(manifest.good("a.md").unwrap().as_deref(), Some("three"));
        assert_eq!(
            manifest.good_hashes().unwrap(),
            HashMap::from([("a.md".to_owned(), "3".to_owned())])
        );
    }

    #[test]
    fn a_damaged_file_is_made_anew() {
        let data = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::open(data.path()).unwrap();
        let paths: Vec<String> = (0..400).map(|number| format!("{number}.md")).collect();
        let good = paths.iter().map(|path| (&**path, "1", "a text".into()));
        manifest.keep(good, []).unwrap();
        drop(manifest);
        for spoilt in [true, false] {
            let file = data.path().join(FILE);
            if spoilt {
                sqlite::spoil(&file);
            } else {
                std::fs::write(&file, "no database at all, ".repeat(400)).unwrap();
            }
            let mut manifest = Manifest::open(data.path()).unwrap();
            assert_eq!(manifest.good("1.md").unwrap(), None);
            manifest.keep([("a.md", "1", "one".into())], []).unwrap();
            assert_eq!(manifest.good_hashes().unwrap().len(), 1);
        }
    }

    #[test]
    fn generations_only_grow() {
        let manifest = Manifest::in_memory().unwrap();
        assert!(manifest.next_generation().unwrap() < manifest.next_generation().unwrap());
    }
}
