//! The keyword index: words in, passages with BM25 scores out. The only place that names tantivy.
//!
//! Owns the schema, the writer and the scoring of words. Leaves splitting text into words to `text`, and the
//! decision which units exist to the catalog.

mod query;
mod schema;

use std::{
    collections::HashSet,
    path::Path,
    sync::{Mutex, PoisonError},
};

pub use query::{WeightedTerm, find, ideal, idf, term_hash};
use schema::Fields;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, Term, tokenizer::WhitespaceTokenizer};

use super::unit::{Indexed, Unit};

/// Bytes that the writer may hold before it writes a segment; tantivy asks for 15 MB a thread at least.
const WRITER_BYTES: usize = 64 << 20;

/// Why the keyword index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeywordError {
    /// tantivy failed: the disk, or files of another version.
    #[error("keyword index failed: {0}; if it stays so, delete the data folder's `keyword` and start again")]
    Engine(#[from] tantivy::TantivyError),
    /// The folder cannot be made or read.
    #[error("keyword index cannot use its folder: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

/// One state of the index that does not change any more.
#[derive(Clone)]
pub struct KeywordView {
    searcher: Searcher,
    fields: Fields,
}

impl std::fmt::Debug for KeywordView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeywordView").field("units", &self.searcher.num_docs()).finish()
    }
}

/// The index with its one writer.
pub struct KeywordIndex {
    reader: IndexReader,
    writer: Option<Mutex<IndexWriter>>,
    fields: Fields,
}

impl KeywordIndex {
    /// Opens the index in a folder for writing; an index of another format is made anew.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process writes to it.
    pub fn open(folder: &Path) -> Result<Self, KeywordError> {
        std::fs::create_dir_all(folder)?;
        match Self::with(Self::open_folder(folder)?, true) {
            Ok(index) => Ok(index),
            Err(KeywordError::Engine(tantivy::TantivyError::LockFailure(error, detail))) => {
                Err(tantivy::TantivyError::LockFailure(error, detail).into())
            }
            Err(error) => {
                tracing::warn!(%error, "keyword index is made anew");
                std::fs::remove_dir_all(folder)?;
                std::fs::create_dir_all(folder)?;
                Self::with(Self::open_folder(folder)?, true)
            }
        }
    }

    /// Opens the index beside a process that writes it.
    ///
    /// # Errors
    /// When there is no index of this format.
    pub fn open_read_only(folder: &Path) -> Result<Self, KeywordError> {
        Self::with(Index::open_in_dir(folder)?, false)
    }

    /// An index that lives in memory alone.
    ///
    /// # Errors
    /// When tantivy cannot start its writer.
    pub fn in_memory() -> Result<Self, KeywordError> {
        Self::with(Index::create_in_ram(schema::schema()), true)
    }

    fn open_folder(folder: &Path) -> Result<Index, KeywordError> {
        let opened = Index::open_in_dir(folder);
        if let Ok(index) = opened
            && index.schema() == schema::schema()
        {
            return Ok(index);
        }
        std::fs::remove_dir_all(folder)?;
        std::fs::create_dir_all(folder)?;
        Ok(Index::create_in_dir(folder, schema::schema())?)
    }

    fn with(index: Index, write: bool) -> Result<Self, KeywordError> {
        index.tokenizers().register(schema::TOKENIZER, WhitespaceTokenizer::default());
        let fields = Fields::of(&index.schema())?;
        let writer = if write { Some(Mutex::new(index.writer_with_num_threads(1, WRITER_BYTES)?)) } else { None };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, writer, fields })
    }

    /// The last committed state.
    #[must_use]
    pub fn view(&self) -> KeywordView {
        KeywordView { searcher: self.reader.searcher(), fields: self.fields }
    }

    /// Adds some of an article's units; they are visible after [`Self::commit`].
    ///
    /// # Errors
    /// When tantivy cannot take them.
    pub fn add(&self, entry: &Indexed, units: &[Unit]) -> Result<(), KeywordError> {
        let Some(writer) = self.writer() else { return Ok(()) };
        for document in schema::documents(&self.fields, entry, units) {
            writer.add_document(document)?;
        }
        Ok(())
    }

    /// Removes units; they vanish with [`Self::commit`].
    pub fn remove(&self, keys: impl IntoIterator<Item = u64>) {
        let Some(writer) = self.writer() else { return };
        for key in keys {
            writer.delete_term(Term::from_field_u64(self.fields.key, key));
        }
    }

    /// Makes additions and removals durable and visible to new views.
    ///
    /// # Errors
    /// When the disk does not take them; nothing is visible then.
    pub fn commit(&self) -> Result<(), KeywordError> {
        if let Some(mut writer) = self.writer() {
            writer.commit()?;
        }
        self.reader.reload()?;
        Ok(())
    }

    fn writer(&self) -> Option<std::sync::MutexGuard<'_, IndexWriter>> {
        // tantivy's writer reports its own broken state on the next call.
        self.writer.as_ref().map(|writer| writer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeywordView {
    /// Keys of all units.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn keys(&self) -> Result<HashSet<u64>, KeywordError> {
        let mut keys = HashSet::with_capacity(self.searcher.num_docs() as usize);
        for segment in self.searcher.segment_readers() {
            let column = segment.fast_fields().u64("key")?;
            keys.extend(segment.doc_ids_alive().filter_map(|doc| column.first(doc)));
        }
        Ok(keys)
    }
}
