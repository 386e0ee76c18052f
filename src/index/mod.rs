//! The index: one writer, one generation.
//!
//! Owns the engines, the embeddings and the catalog that ties them together. A batch of changed articles becomes visible
//! at once: new units are added next to the old ones, then the generation is swapped, then old units are removed; an
//! engine's result counts only if the generation's catalog knows it. Leaves finding changes to `source` and ranking to
//! `search`.

mod catalog;
pub mod embed;
pub mod filter;
mod generation;
mod groups;
pub mod keyword;
mod manifest;
mod per_generation;
mod sqlite;
pub mod status;
pub mod unit;
pub mod vector;
pub mod vocabulary;
mod word_forms;
mod writer;

pub use catalog::{Catalog, UnitRef};
pub use generation::{Generation, Index, NO_EMBEDDINGS};
pub use manifest::{Manifest, ManifestError};
pub use per_generation::PerGeneration;
pub use status::IndexInfo;
pub use writer::{IndexError, Writer};
