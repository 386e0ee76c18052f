//! The one writer: makes a set of articles the visible one, and brings their vectors after.
//!
//! Leaves queueing and embedding to `vectors`.

mod vectors;

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Catalog, Generation, Index,
    embed::{EmbedError, Embedder, cache::EmbeddingCache},
    keyword::{KeywordError, KeywordIndex},
    unit::{Indexed, Unit, UnitKind},
    vector::{EdgeStore, MemoryStore, VectorError, VectorStore},
};
use crate::search::types::IndexInfo;
use vectors::{Pace, Waiting};

/// Units that a batch may wait for: about two seconds of embedding; larger batches are visible by keyword first.
const WAIT_FOR_VECTORS: usize = 64;

/// Articles whose words are split at once, on all cores: their documents are held in memory meanwhile, about 20 MB.
const WORDS_AT_ONCE: usize = 128;

/// How long old units stay, so that answers begun on the old generation end on it.
const GRACE: Duration = Duration::from_secs(2);

/// Why the index cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Words.
    #[error(transparent)]
    Keyword(#[from] KeywordError),
    /// Vectors.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The model.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The embedding cache.
    #[error("embedding cache failed: {0}; check free space and permissions of the data folder")]
    Cache(#[from] rusqlite::Error),
    /// The data folder.
    #[error("data folder cannot be used: {0}; check free space and permissions")]
    Folder(#[from] std::io::Error),
}

/// The one writer of an index.
pub struct Writer {
    index: Arc<Index>,
    keyword: KeywordIndex,
    keyword_keys: HashSet<u64>,
    vector_keys: HashSet<u64>,
    cache: Option<EmbeddingCache>,
    /// Shortest last, so that a step takes texts of like length.
    waiting: Vec<Waiting>,
    unsettled: usize,
    pace: Pace,
    stale_since: Option<Instant>,
}

impl Writer {
    /// Opens the index in a data folder.
    ///
    /// # Errors
    /// When an engine cannot use the folder.
    pub fn open(data: &Path, embedder: Option<Arc<dyn Embedder>>) -> Result<Self, IndexError> {
        std::fs::create_dir_all(data)?;
        let keyword = KeywordIndex::open(&data.join("keyword"))?;
        let (vectors, cache) = match &embedder {
            None => (None, None),
            Some(model) => {
                let folder = data.join("vectors").join(folder_name(model.id()));
                let store: Arc<dyn VectorStore> =
                    Arc::new(EdgeStore::open(&folder, model.dimensions())?);
                (
                    Some(store),
                    Some(EmbeddingCache::open(&data.join("embeddings.sqlite"))?),
                )
            }
        };
        Self::with(keyword, vectors, embedder, cache)
    }

    /// An index in memory; vectors come from the cache file where there is one.
    ///
    /// # Errors
    /// When an engine cannot start.
    pub fn in_memory(
        embedder: Option<Arc<dyn Embedder>>,
        cache: Option<EmbeddingCache>,
    ) -> Result<Self, IndexError> {
        let vectors = embedder
            .is_some()
            .then(|| Arc::new(MemoryStore::default()) as Arc<dyn VectorStore>);
        Self::with(KeywordIndex::in_memory()?, vectors, embedder, cache)
    }

    fn with(
        keyword: KeywordIndex,
        vectors: Option<Arc<dyn VectorStore>>,
        embedder: Option<Arc<dyn Embedder>>,
        cache: Option<EmbeddingCache>,
    ) -> Result<Self, IndexError> {
        let words = keyword.view();
        let keyword_keys = words.keys()?;
        let vector_keys = vectors
            .as_ref()
            .map(|store| store.keys())
            .transpose()?
            .unwrap_or_default();
        let empty = IndexInfo {
            revision: String::new(),
            generation: 0,
            pending: 0,
            updated_at: String::new(),
        };
        let first = Generation {
            catalog: Arc::new(Catalog::new(Vec::new(), empty)),
            words,
        };
        let index = Arc::new(Index::new(first, vectors, embedder));
        Ok(Self {
            index,
            keyword,
            keyword_keys,
            vector_keys,
            cache,
            waiting: Vec::new(),
            unsettled: 0,
            pace: Pace::default(),
            stale_since: None,
        })
    }

    /// Read access.
    #[must_use]
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Makes these articles the visible ones. A small batch waits for its vectors; of a large one the words are
    /// visible first.
    ///
    /// # Errors
    /// When an engine cannot be written; what was visible stays visible.
    pub fn publish(
        &mut self,
        entries: Vec<Arc<Indexed>>,
        info: IndexInfo,
    ) -> Result<(), IndexError> {
        self.try_publish(entries, info)
            .inspect_err(|_| self.look_again())
    }

    /// After a failure: what the engines hold is what they say, not what was meant.
    fn look_again(&mut self) {
        let words = self
            .keyword
            .roll_back()
            .and_then(|()| self.keyword.view().keys());
        match words {
            Ok(keys) => self.keyword_keys = keys,
            Err(error) => tracing::warn!(%error, "the keyword index does not answer yet"),
        }
        match self.index.vectors.as_ref().map(|store| store.keys()) {
            Some(Ok(keys)) => self.vector_keys = keys,
            Some(Err(error)) => tracing::warn!(%error, "the vector index does not answer yet"),
            None => {}
        }
    }

    fn try_publish(
        &mut self,
        entries: Vec<Arc<Indexed>>,
        info: IndexInfo,
    ) -> Result<(), IndexError> {
        let catalog = Arc::new(Catalog::new(entries, info));
        self.queue_vectors(&catalog)?;
        if self.waiting.len() <= WAIT_FOR_VECTORS {
            while self.embed_some()? {}
        }
        self.add_words(&catalog)?;
        self.keyword.commit()?;
        self.tell_waiting();
        self.index.swap(Generation {
            catalog,
            words: self.keyword.view(),
        });
        self.stale_since = Some(Instant::now());
        if self.waiting.is_empty() {
            self.settle()?;
        }
        Ok(())
    }

    /// Adds the units that the keyword index does not have.
    fn add_words(&mut self, catalog: &Catalog) -> Result<(), IndexError> {
        let mut new: Vec<(Arc<Indexed>, Vec<Unit>)> = Vec::new();
        for entry in catalog.entries() {
            let units: Vec<Unit> = entry
                .units
                .iter()
                .filter(|unit| has_words(unit) && !self.keyword_keys.contains(&unit.key))
                .copied()
                .collect();
            if !units.is_empty() {
                new.push((Arc::clone(entry), units));
            }
        }
        for batch in new.chunks(WORDS_AT_ONCE) {
            self.keyword.add(batch)?;
            let keys = batch.iter().flat_map(|(_, units)| units);
            self.keyword_keys.extend(keys.map(|unit| unit.key));
        }
        Ok(())
    }

    /// Removes units of former generations once nobody answers from them; true while some are left.
    ///
    /// # Errors
    /// When an engine cannot be written; the units stay, unseen.
    pub fn sweep(&mut self) -> Result<bool, IndexError> {
        let Some(since) = self.stale_since else {
            return Ok(false);
        };
        if since.elapsed() < GRACE {
            return Ok(true);
        }
        let current = self.index.generation();
        let gone = |keys: &HashSet<u64>| -> Vec<u64> {
            keys.iter()
                .copied()
                .filter(|key| current.catalog.place(*key).is_none())
                .collect()
        };
        let words = gone(&self.keyword_keys);
        if !words.is_empty() {
            self.keyword.remove(&words);
            self.keyword.commit()?;
            self.keyword_keys
                .retain(|key| current.catalog.place(*key).is_some());
            self.index.swap(Generation {
                catalog: Arc::clone(&current.catalog),
                words: self.keyword.view(),
            });
        }
        let vectors = gone(&self.vector_keys);
        if let (false, Some(store)) = (vectors.is_empty(), &self.index.vectors) {
            store.remove(&vectors)?;
            self.vector_keys
                .retain(|key| current.catalog.place(*key).is_some());
            self.unsettled += vectors.len();
            if self.waiting.is_empty() {
                self.settle()?;
            }
        }
        self.stale_since = None;
        Ok(false)
    }
}

fn has_words(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Passage(_) | UnitKind::Article)
}

fn folder_name(model: &str) -> String {
    model
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}
