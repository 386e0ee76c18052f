//! The embedding cache: hash of model and text → vector. Renaming a file or rebuilding an index embeds nothing again.
//!
//! A failing cache costs time and nothing else: texts that it does not return are embedded again.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Text, Vector};
use crate::index::sqlite;

/// Name of the cache in the data folder.
const FILE: &str = "embeddings.sqlite";

/// Name of a cached vector: the first 16 bytes of blake3(model id, zero byte, prefixed text).
pub type CacheKey = [u8; 16];

/// Names the vector of a text under a model.
#[must_use]
pub fn key(model: &str, text: &Text) -> CacheKey {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(model.as_bytes())
        .update(&[0])
        .update(text.prefixed().as_bytes());
    let mut key = CacheKey::default();
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}

/// Vectors on disk, in one SQLite file that several processes may read.
#[derive(Debug)]
pub struct EmbeddingCache {
    connection: Mutex<Connection>,
    /// The file, which is made anew when it turns out to be damaged; None where it is another process's.
    own: Option<PathBuf>,
    /// Whether it was told that the file fails.
    is_told: AtomicBool,
}

impl EmbeddingCache {
    /// Opens the cache of a data folder, making it where it is missing or damaged.
    ///
    /// # Errors
    /// When SQLite cannot open or make the file.
    pub fn open(data: &Path) -> rusqlite::Result<Self> {
        let file = data.join(FILE);
        let opened = connect(&file);
        let connection = match opened {
            Err(error) if sqlite::is_damaged(&error) => anew(&file)?,
            opened => opened?,
        };
        Ok(Self::with(connection, Some(file)))
    }

    /// The cache of a data folder that a server may have, for a command beside it; None where it cannot be used: then
    /// every text is embedded anew, which is slower, and just as good.
    #[must_use]
    pub fn beside(data: &Path) -> Option<Self> {
        std::fs::create_dir_all(data)
            .map_err(|error| error.to_string())
            .and_then(|()| connect(&data.join(FILE)).map_err(|error| error.to_string()))
            .inspect_err(
                |error| tracing::warn!(data = %data.display(), error, "texts are embedded anew"),
            )
            .ok()
            .map(|connection| Self::with(connection, None))
    }

    fn with(connection: Connection, own: Option<PathBuf>) -> Self {
        Self {
            connection: Mutex::new(connection),
            own,
            is_told: AtomicBool::new(false),
        }
    }

    /// [`Self::get`], and none of them where the cache fails.
    #[must_use]
    pub fn known(&self, keys: &[CacheKey]) -> HashMap<CacheKey, Vector> {
        self.get(keys).unwrap_or_else(|error| {
            self.failed(&error);
            HashMap::new()
        })
    }

    /// [`Self::put`], and nothing where the cache fails.
    pub fn keep<'a>(&self, vectors: impl IntoIterator<Item = (CacheKey, &'a Vector)>) {
        if let Err(error) = self.put(vectors) {
            self.failed(&error);
        }
    }

    /// Tells once that the cache fails; a damaged file is made anew.
    fn failed(&self, error: &rusqlite::Error) {
        if let Some(file) = self.own.as_deref().filter(|_| sqlite::is_damaged(error)) {
            let mut connection = self.lock();
            // A file is not removed under a connection: it is closed first.
            let remade = Connection::open_in_memory().and_then(|none| {
                *connection = none;
                anew(file)
            });
            match remade {
                Ok(remade) => {
                    *connection = remade;
                    return;
                }
                Err(error) => tracing::warn!(%error, "the cache of vectors cannot be made anew"),
            }
        }
        if !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "the cache of vectors fails: texts are embedded again; check free space and permissions, or stop the server and delete {FILE} in the data folder");
        }
    }

    /// The cached ones among `keys`.
    ///
    /// # Errors
    /// When SQLite cannot read.
    pub fn get(&self, keys: &[CacheKey]) -> rusqlite::Result<HashMap<CacheKey, Vector>> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT vector FROM vectors WHERE key = ?1")?;
        let mut found = HashMap::with_capacity(keys.len());
        for key in keys {
            let bytes: Option<Vec<u8>> = statement
                .query_row(params![key.as_slice()], |row| row.get(0))
                .optional()?;
            if let Some(bytes) = bytes {
                found.insert(*key, decode(&bytes));
            }
        }
        Ok(found)
    }

    /// Keeps vectors.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn put<'a>(
        &self,
        vectors: impl IntoIterator<Item = (CacheKey, &'a Vector)>,
    ) -> rusqlite::Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        {
            let mut statement = transaction
                .prepare_cached("INSERT OR REPLACE INTO vectors (key, vector) VALUES (?1, ?2)")?;
            for (key, vector) in vectors {
                statement.execute(params![key.as_slice(), encode(vector)])?;
            }
        }
        transaction.commit()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // SQLite keeps its own state whole: a panic elsewhere does not spoil the connection.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    // Vectors that go with the power are embedded again.
    sqlite::with_tables(
        Connection::open(file)?,
        "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID",
    )
}

/// An empty file in place of a damaged one.
fn anew(file: &Path) -> rusqlite::Result<Connection> {
    tracing::warn!(file = %file.display(), "the cache of vectors is damaged and made anew; texts are embedded again");
    sqlite::remove(file);
    connect(file)
}

fn encode(vector: &Vector) -> Vec<u8> {
    vector.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn decode(bytes: &[u8]) -> Vector {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "no database at all, ".repeat(400)).unwrap();
        let cache = EmbeddingCache::open(folder.path()).unwrap();
        let text = Text::Passage("hello".to_owned());
        cache.put([(key("m1", &text), &vec![1.0])]).unwrap();
        assert_eq!(cache.get(&[key("m1", &text)]).unwrap().len(), 1);
    }

    #[test]
    fn a_damaged_page_costs_its_vectors_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let texts: Vec<_> = (0..400).map(|n| Text::Passage(n.to_string())).collect();
        let keys: Vec<_> = texts.iter().map(|text| key("m1", text)).collect();
        let vector = vec![0.5_f32; 64];
        let all = || keys.iter().map(|key| (*key, &vector));
        // Closing brings everything from the log into the file.
        EmbeddingCache::open(folder.path()).unwrap().keep(all());
        sqlite::spoil(&file);
        let cache = EmbeddingCache::open(folder.path()).unwrap();
        assert!(
            cache.get(&keys).is_err(),
            "the damage is found in reading alone"
        );
        assert!(cache.known(&keys).is_empty());
        cache.keep(all());
        assert_eq!(cache.known(&keys).len(), 400, "it is made anew");
    }

    #[test]
    fn a_vector_comes_back_as_it_was_and_only_under_its_own_model() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::open(folder.path()).unwrap();
        let vector = vec![0.25_f32, -1.5, 3.0];
        let text = Text::Passage("hello".to_owned());
        cache.put([(key("m1", &text), &vector)]).unwrap();
        let wanted = [key("m1", &text), key("m2", &text)];
        let found = cache.get(&wanted).unwrap();
        assert_eq!(found.get(&wanted[0]), Some(&vector));
        assert_eq!(found.get(&wanted[1]), None);
    }
}
