//! The vector index: unit vectors in, nearest units out.
//!
//! Owns the store behind a small trait with three engines: Qdrant in process, a Qdrant server that several replicas
//! share, and an exact one in memory for tests and for processes that only read next to a server. Leaves computing
//! vectors to `index::embed`.

mod edge;
mod memory;
mod server;
#[cfg(test)]
mod tests;

pub use edge::EdgeStore;
pub use memory::MemoryStore;
pub use server::{ServerSettings, ServerStore};

use std::{collections::HashSet, time::Duration};

use super::{embed::Vector, filter::EngineFilter, unit::Indexed};

/// Why the vector index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// Qdrant failed.
    #[error(
        "vector index failed: {0}; if it stays so, delete the data folder's `vectors` and start again"
    )]
    Engine(String),
    /// The server is unreachable; requests are retried.
    #[error(
        "Qdrant at {url} cannot be used: {detail}; search goes on by keyword. Is it running, and are `vectors` and `qdrant.api_key` right?"
    )]
    Unreachable {
        /// The address that was tried.
        url: String,
        /// The server's error, or that it did not respond.
        detail: String,
    },
    /// The disk is nearly full.
    #[error(
        "vector index is not used: {free_mib} MiB are free, {needed_mib} are kept free; search goes on by keyword; make room on the data folder's disk"
    )]
    Full {
        /// Free space.
        free_mib: u64,
        /// Space that a change may need.
        needed_mib: u64,
    },
    /// The folder cannot be created or read.
    #[error("vector index cannot use its folder: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

impl VectorError {
    /// Logs what a search has to do without. An unreachable server and a full disk are logged by the writer instead, once.
    pub fn tell(&self, consequence: &str) {
        match self {
            Self::Unreachable { .. } | Self::Full { .. } => {
                tracing::debug!(error = %self, "{consequence}")
            }
            error => tracing::error!(%error, "{consequence}"),
        }
    }
}

/// A vector to store.
#[derive(Debug, Clone)]
pub struct Point<'a> {
    /// Unit key.
    pub key: u64,
    /// Unit length.
    pub vector: Vector,
    /// The article that provides the values for filters.
    pub entry: &'a Indexed,
}

/// A query of the vector index.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Unit length.
    pub vector: &'a [f32],
    /// The filter.
    pub narrow: &'a EngineFilter,
    /// Maximum number of points.
    pub limit: usize,
}

/// Unit keys with their cosine similarity to the query vector, best first.
pub type Nearest = Vec<(u64, f32)>;

/// Stores vectors and finds the nearest. Blocking; one writer at a time, with concurrent searches.
pub trait VectorStore: Send + Sync {
    /// Keys of all points.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn keys(&self) -> Result<HashSet<u64>, VectorError>;
    /// Adds points, replacing those of the same key.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError>;
    /// Removes points.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remove(&self, keys: &[u64]) -> Result<(), VectorError>;
    /// Flushes changes to disk, and optimises large stores.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn settle(&self) -> Result<(), VectorError>;
    /// Nearest points: one list per question, in the order of the questions.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError>;

    /// How long points that no article has any more are kept for other servers that may still read them.
    fn grace(&self) -> Duration {
        Duration::from_secs(2)
    }
    /// How often a search found the store unreachable: when the number grows, the content of the store is compared again.
    fn faults(&self) -> u64 {
        0
    }
    /// Checks that the store responds and has room, within the time that a search may take: all other work waits longer.
    ///
    /// # Errors
    /// When it does not respond, or has no room.
    fn probe(&self) -> Result<(), VectorError> {
        Ok(())
    }
    /// Whether other servers write to it too.
    fn is_shared(&self) -> bool {
        false
    }
    /// Records in a shared store which commit this replica serves (None outside git). Returns whether it may remove
    /// points: all replicas serve that commit, and derive unit keys the same way.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn serves(&self, _commit: Option<&str>) -> Result<bool, VectorError> {
        Ok(true)
    }
    /// Records that the store contains every visible unit. Called once for each generation, and after each look at a
    /// shared store.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn complete(&self) -> Result<(), VectorError> {
        Ok(())
    }
}
