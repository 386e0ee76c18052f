//! The keyword index: words in, passages and articles with BM25 scores out. The only place that names tantivy.
//!
//! Owns the schema, the writers and the scoring of words. Leaves tokenising to `text`, and the decision which units exist
//! to the catalog.

mod articles;
mod best;
mod query;
mod schema;
mod text_index;

use std::{collections::HashSet, path::Path, sync::Arc};

pub use articles::Articles;
pub use query::{Found, WeightedTerm};
use schema::DocumentKind;
use text_index::{IndexSnapshot, TextIndex};

use super::unit::{Indexed, Unit};

/// Why the keyword index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeywordError {
    /// tantivy failed, because of the disk or files of another version.
    #[error(
        "keyword index failed: {0}; check free space, permissions and the limit of open files, and if it stays so, delete the data folder's `keyword` and start again"
    )]
    Engine(#[from] tantivy::TantivyError),
    /// The folder cannot be created or read.
    #[error("keyword index cannot use its folder: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

/// An immutable snapshot of the index.
#[derive(Debug, Clone)]
pub struct KeywordView {
    passages: IndexSnapshot,
    articles: IndexSnapshot,
}

/// The index with its one writer.
pub struct KeywordIndex {
    passages: TextIndex,
    articles: TextIndex,
}

impl KeywordIndex {
    /// Opens the index in a folder for writing; an index that is damaged or of another format is recreated.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process writes to it.
    pub fn open(folder: &Path) -> Result<Self, KeywordError> {
        Ok(Self {
            passages: TextIndex::open(folder, DocumentKind::Passage)?,
            articles: TextIndex::open(folder, DocumentKind::Article)?,
        })
    }

    /// An index in memory only.
    ///
    /// # Errors
    /// When tantivy cannot start its writer.
    pub fn in_memory() -> Result<Self, KeywordError> {
        Ok(Self {
            passages: TextIndex::in_memory(DocumentKind::Passage)?,
            articles: TextIndex::in_memory(DocumentKind::Article)?,
        })
    }

    /// The last committed state.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn view(&self) -> Result<KeywordView, KeywordError> {
        Ok(KeywordView {
            passages: self.passages.view()?,
            articles: self.articles.view()?,
        })
    }

    /// Adds some units of each article; they are visible after [`Self::commit`]. Words are split on all cores.
    ///
    /// # Errors
    /// When tantivy cannot add them.
    pub fn add(&self, batch: &[(Arc<Indexed>, Vec<Unit>)]) -> Result<(), KeywordError> {
        self.passages.add(batch)?;
        self.articles.add(batch)
    }

    /// Removes units; they disappear with [`Self::commit`].
    ///
    /// # Errors
    /// When there is no writer, and none can be created.
    pub fn remove(&self, keys: &[u64]) -> Result<(), KeywordError> {
        self.passages.remove(keys)?;
        self.articles.remove(keys)
    }

    /// Makes additions and removals durable and visible to new views.
    ///
    /// # Errors
    /// When they cannot be written to disk.
    pub fn commit(&self) -> Result<(), KeywordError> {
        // Each waits for its own disk writes.
        let (passages, articles) =
            rayon::join(|| self.passages.commit(), || self.articles.commit());
        passages.and(articles)
    }

    /// Discards additions and removals that were not committed.
    ///
    /// # Errors
    /// When the committed state cannot be read.
    pub fn roll_back(&self) -> Result<(), KeywordError> {
        let passages = self.passages.roll_back();
        self.articles.roll_back().and(passages)
    }
}

impl KeywordView {
    /// Keys of all units.
    #[must_use]
    pub fn keys(&self) -> HashSet<u64> {
        self.passages.keys().chain(self.articles.keys()).collect()
    }
}

/// Inverse document frequency of a term that `with` of the documents contain (Robertson and Spärck Jones, as tantivy
/// computes it: deleted documents that are not yet merged away count in both numbers).
fn idf(documents: u64, with: u64) -> f64 {
    let (documents, with) = (documents as f64, with as f64);
    (1.0 + (documents - with + 0.5) / (with + 0.5)).ln()
}
