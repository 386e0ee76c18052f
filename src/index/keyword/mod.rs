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
    /// tantivy failed: the disk, or files of another version.
    #[error(
        "keyword index failed: {0}; check free space, permissions and the limit of open files, and if it stays so, delete the data folder's `keyword` and start again"
    )]
    Engine(#[from] tantivy::TantivyError),
    /// The folder cannot be made or read.
    #[error("keyword index cannot use its folder: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

/// One state of the index that does not change any more.
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
    /// Opens the index in a folder for writing; an index that is damaged or of another format is made anew.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process writes to it.
    pub fn open(folder: &Path) -> Result<Self, KeywordError> {
        Ok(Self {
            passages: TextIndex::open(folder, DocumentKind::Passage)?,
            articles: TextIndex::open(folder, DocumentKind::Article)?,
        })
    }

    /// An index that lives in memory alone.
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
    /// When tantivy cannot take them.
    pub fn add(&self, batch: &[(Arc<Indexed>, Vec<Unit>)]) -> Result<(), KeywordError> {
        self.passages.add(batch)?;
        self.articles.add(batch)
    }

    /// Removes units; they vanish with [`Self::commit`].
    ///
    /// # Errors
    /// When there is no writer, and none can be made.
    pub fn remove(&self, keys: &[u64]) -> Result<(), KeywordError> {
        self.passages.remove(keys)?;
        self.articles.remove(keys)
    }

    /// Makes additions and removals durable and visible to new views.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub fn commit(&self) -> Result<(), KeywordError> {
        // Each waits for its own disk writes.
        let (passages, articles) =
            rayon::join(|| self.passages.commit(), || self.articles.commit());
        passages.and(articles)
    }

    /// Forgets additions and removals that were not committed.
    ///
    /// # Errors
    /// When what was committed cannot be read.
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

/// Inverse document frequency of a term that so many of the documents have (Robertson and Spärck Jones, as tantivy counts
/// it: documents that were deleted and are not yet merged away count on both sides).
fn idf(documents: u64, with: u64) -> f64 {
    let (documents, with) = (documents as f64, with as f64);
    (1.0 + (documents - with + 0.5) / (with + 0.5)).ln()
}
