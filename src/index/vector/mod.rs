//! The vector index: unit vectors in, nearest units out.
//!
//! Owns the store behind a small trait with two engines: Qdrant in process, and an exact one in memory that readers
//! beside a server and tests use. Leaves making vectors to `index::embed`.

mod edge;
mod memory;

pub use edge::EdgeStore;
pub use memory::MemoryStore;

use std::collections::HashSet;

use super::{embed::Vector, filter::Narrow, unit::Indexed};

/// Why the vector index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// Qdrant failed.
    #[error(
        "vector index failed: {0}; if it stays so, delete the data folder's `vectors` and start again"
    )]
    Engine(String),
    /// The disk is nearly full.
    #[error(
        "vector index is not written: {free_mib} MiB are free, {needed_mib} are kept free; make room on the data folder's disk"
    )]
    Full {
        /// What is left.
        free_mib: u64,
        /// What a change may need.
        needed_mib: u64,
    },
    /// The folder cannot be made or read.
    #[error("vector index cannot use its folder: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

/// A vector to keep.
#[derive(Debug, Clone)]
pub struct Point<'a> {
    /// Unit key.
    pub key: u64,
    /// Unit length.
    pub vector: Vector,
    /// Where the filters' values come from.
    pub entry: &'a Indexed,
}

/// Keeps vectors and finds the nearest. Blocking; one writer at a time, searches beside it.
pub trait VectorStore: Send + Sync {
    /// Keys of all points.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn keys(&self) -> Result<HashSet<u64>, VectorError>;
    /// Adds points, replacing those of the same key.
    ///
    /// # Errors
    /// When the store cannot take them.
    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError>;
    /// Removes points.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remove(&self, keys: &[u64]) -> Result<(), VectorError>;
    /// Makes changes durable, and large stores fast.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn settle(&self) -> Result<(), VectorError>;
    /// Nearest points by cosine, best first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn nearest(
        &self,
        vector: &[f32],
        narrow: &Narrow,
        limit: usize,
    ) -> Result<Vec<(u64, f32)>, VectorError>;
}
