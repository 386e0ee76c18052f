//! The service in a process that runs next to the server that holds the data folder.

use super::{App, StartError, embedder};
use crate::{
    config::Config,
    index::{Manifest, Writer, embed::cache::EmbeddingCache},
};

impl App {
    /// The service beside a server that has the data folder: the index is in memory, vectors come from the folder's
    /// cache, and nothing is recorded.
    ///
    /// # Errors
    /// When the content cannot be read.
    pub fn beside(config: Config) -> Result<Self, StartError> {
        let (writer, manifest) = in_memory(&config)?;
        Self::on(config, writer, manifest, None)
    }
}

/// An index in memory, with the vectors and the good texts of a data folder that a server may have.
///
/// # Errors
/// When an engine or the manifest fails.
pub fn in_memory(config: &Config) -> Result<(Writer, Manifest), StartError> {
    let embedder = embedder(&config.model);
    let cache = embedder
        .as_ref()
        .and_then(|_| EmbeddingCache::beside(&config.data));
    let writer = Writer::in_memory(embedder, cache)?;
    Ok((writer, Manifest::beside(&config.data)?))
}
