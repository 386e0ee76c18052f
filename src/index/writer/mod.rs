//! The one writer: publishes a set of articles, and adds their vectors afterwards.
//!
//! Leaves queueing and embedding to `vectors`, and a vector store that cannot be used for now to `away`.

mod away;
#[cfg(test)]
mod tests;
mod vectors;

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Catalog, Generation, Index, IndexInfo,
    embed::{EmbedError, Embedder, cache::EmbeddingCache},
    keyword::{KeywordError, KeywordIndex},
    unit::{Indexed, Unit, UnitKind},
    vector::{EdgeStore, MemoryStore, ServerSettings, ServerStore, VectorError, VectorStore},
};
use crate::trace;
use away::Presence;
use vectors::{Pace, Waiting};

/// Units that a batch may wait for: about two seconds of embedding; larger batches are visible by keyword first.
const WAIT_FOR_VECTORS: usize = 64;

/// Articles whose words are split at once, on all cores: their documents are held in memory meanwhile, about 20 MB.
const WORDS_AT_ONCE: usize = 128;

/// How long the words of old units stay, so that answers begun on the old generation end on it.
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
    #[error(
        "embedding cache failed: {0}; check free space and permissions of the data folder, or delete embeddings.sqlite there"
    )]
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
    /// Whether those are what the index holds: after a failure it is asked again.
    are_words_known: bool,
    vector_keys: HashSet<u64>,
    cache: Option<EmbeddingCache>,
    /// Shortest last, so that a step takes texts of like length.
    waiting: Vec<Waiting>,
    unsettled: usize,
    pace: Pace,
    /// Words that no article has any more may be there since then.
    stale_since: Option<Instant>,
    /// Vectors that no article has any more may be there since then.
    strays_since: Option<Instant>,
    presence: Presence,
    /// Whether the store was told that it has all vectors of the visible generation.
    is_complete: bool,
    /// The commit that the next generation serves.
    commit: Option<String>,
}

impl Writer {
    /// Opens the index in a data folder; vectors are there too, or on a server, which may be away.
    ///
    /// # Errors
    /// When an engine cannot use the folder.
    pub fn open(
        data: &Path,
        embedder: Option<Arc<dyn Embedder>>,
        server: Option<&ServerSettings>,
    ) -> Result<Self, IndexError> {
        std::fs::create_dir_all(data)?;
        let keyword = KeywordIndex::open(&data.join("keyword"))?;
        let (vectors, cache) = match &embedder {
            None => (None, None),
            Some(model) => {
                let (name, dimensions) = (folder_name(model.id()), model.dimensions());
                let store: Arc<dyn VectorStore> = match server {
                    Some(server) => Arc::new(ServerStore::new(server, &name, dimensions)?),
                    None => {
                        let folder = data.join("vectors").join(name);
                        Arc::new(EdgeStore::open(&folder, dimensions)?)
                    }
                };
                (Some(store), Some(EmbeddingCache::open(data)?))
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
        let words = keyword.view()?;
        let keyword_keys = words.keys();
        // A server is not waited for: what it holds is asked once the words are there.
        let is_server = vectors.as_ref().is_some_and(|store| store.is_shared());
        let held = match &vectors {
            Some(store) if !is_server => store.keys(),
            _ => Ok(HashSet::new()),
        };
        let (vector_keys, full) = match held {
            Err(error @ VectorError::Full { .. }) => (HashSet::new(), Some(error)),
            held => (held?, None),
        };
        let empty = IndexInfo {
            revision: String::new(),
            generation: 0,
            pending: 0,
            updated_at: String::new(),
        };
        let first = Generation::new(Arc::new(Catalog::new(Vec::new(), empty)), words);
        let index = Arc::new(Index::new(first, vectors, embedder));
        let mut writer = Self {
            index,
            keyword,
            keyword_keys,
            are_words_known: true,
            vector_keys,
            cache,
            waiting: Vec::new(),
            unsettled: 0,
            pace: Pace::default(),
            stale_since: None,
            strays_since: None,
            presence: Presence::default(),
            is_complete: false,
            commit: None,
        };
        if is_server {
            writer.await_first_look();
        }
        if let Some(error) = full {
            writer.lose(&error);
        }
        Ok(writer)
    }

    /// Read access.
    #[must_use]
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Tells of which commit the articles are that are published from now on, where others write to the same store.
    pub fn set_commit(&mut self, commit: Option<String>) {
        self.commit = commit;
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
        self.are_words_known = false;
        if let Err(error) = self.know_words() {
            tracing::warn!(%error, "the keyword index does not answer yet");
        }
        let looked = self.while_present(|writer| {
            if let Some(store) = &writer.index.vectors {
                store.probe()?;
                writer.vector_keys = store.keys()?;
            }
            Ok(())
        });
        if let Err(error) = looked {
            tracing::warn!(%error, "the vector index does not answer yet");
        }
    }

    /// After a failure: begins anew with what the keyword index holds.
    fn know_words(&mut self) -> Result<(), KeywordError> {
        if !self.are_words_known {
            self.keyword.roll_back()?;
            self.keyword_keys = self.keyword.view()?.keys();
            self.are_words_known = true;
        }
        Ok(())
    }

    fn try_publish(
        &mut self,
        entries: Vec<Arc<Indexed>>,
        info: IndexInfo,
    ) -> Result<(), IndexError> {
        let catalog = Arc::new(Catalog::new(entries, info));
        self.while_present(|writer| {
            if let Some(store) = &writer.index.vectors {
                store.probe()?;
                store.serves(writer.commit.as_deref())?;
            }
            writer.queue_vectors(&catalog)?;
            if writer.waiting.len() <= WAIT_FOR_VECTORS {
                writer.embed_all()?;
            }
            Ok(())
        })?;
        let stage = trace::stage("keyword").entered();
        self.know_words()?;
        self.add_words(&catalog)?;
        self.keyword.commit()?;
        let words = self.keyword.view()?;
        drop(stage);
        self.tell_waiting();
        self.index.swap(Generation::new(catalog, words));
        self.is_complete = false;
        self.stale_since = Some(Instant::now());
        self.strays_since = self.stale_since;
        if self.waiting.is_empty()
            && let Err(error) = self.while_present(Self::settle)
        {
            // The articles are visible; the next step settles them.
            tracing::error!(%error, "vectors are not durable yet");
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

    /// Removes units of former generations once nobody answers from them.
    ///
    /// # Errors
    /// When an engine cannot be written; the units stay, unseen.
    pub fn sweep(&mut self) -> Result<(), IndexError> {
        self.try_sweep().inspect_err(|_| self.look_again())
    }

    fn try_sweep(&mut self) -> Result<(), IndexError> {
        let is_past = |since: Instant, grace| since.elapsed() >= grace;
        if self.stale_since.is_some_and(|since| is_past(since, GRACE)) {
            self.sweep_words()?;
            self.stale_since = None;
        }
        let grace = self
            .index
            .vectors
            .as_ref()
            .map_or(GRACE, |store| store.grace());
        if self.strays_since.is_some_and(|since| is_past(since, grace)) {
            self.while_present(Self::sweep_vectors)?;
        }
        Ok(())
    }

    fn sweep_words(&mut self) -> Result<(), IndexError> {
        self.know_words()?;
        let current = self.index.generation();
        let words = strays(&self.keyword_keys, &current.catalog);
        if !words.is_empty() {
            self.keyword.remove(&words)?;
            self.keyword.commit()?;
            let words = self.keyword.view()?;
            self.keyword_keys
                .retain(|key| current.catalog.place(*key).is_some());
            let catalog = Arc::clone(&current.catalog);
            self.index.swap(Generation::new(catalog, words));
        }
        Ok(())
    }

    fn sweep_vectors(&mut self) -> Result<(), IndexError> {
        let current = self.index.generation();
        let gone = strays(&self.vector_keys, &current.catalog);
        let store = self.index.vectors.clone();
        let store = store.filter(|_| !gone.is_empty() && self.has_published());
        if let Some(store) = store {
            store.probe()?;
            if !store.serves(self.commit.as_deref())? {
                // They may be those of the commit that another replica serves.
                self.strays_since = Some(Instant::now());
                return Ok(());
            }
            store.remove(&gone)?;
            self.vector_keys
                .retain(|key| current.catalog.place(*key).is_some());
            self.unsettled += gone.len();
            if self.waiting.is_empty() {
                self.settle()?;
            }
        }
        self.strays_since = None;
        Ok(())
    }
}

/// Keys that no article has.
fn strays(keys: &HashSet<u64>, catalog: &Catalog) -> Vec<u64> {
    let mut strays: Vec<u64> = keys.iter().copied().collect();
    strays.retain(|key| catalog.place(*key).is_none());
    strays
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
