//! The one writer: makes a set of articles the visible one, and brings their vectors after.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    Catalog, Generation, Index,
    embed::{
        EmbedError, Embedder, Text,
        cache::{self, EmbeddingCache},
    },
    keyword::{KeywordError, KeywordIndex},
    unit::{Indexed, Unit, UnitKind},
    vector::{EdgeStore, MemoryStore, Point, VectorError, VectorStore},
};
use crate::search::types::IndexInfo;

/// Units that a batch may wait for: about two seconds of embedding; larger batches are visible by keyword first.
const WAIT_FOR_VECTORS: usize = 64;

/// Units embedded between two looks at the content: about half a second.
const STEP: usize = 16;

/// Units after which large imports are made durable.
const SETTLE_EVERY: usize = 4_096;

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

/// A unit that waits for its vector.
#[derive(Debug, Clone)]
struct Waiting {
    entry: Arc<Indexed>,
    unit: Unit,
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
        let catalog = Arc::new(Catalog::new(entries, info));
        self.queue_vectors(&catalog)?;
        if self.waiting.len() <= WAIT_FOR_VECTORS {
            while self.embed_step()? {}
        }
        for entry in catalog.entries() {
            let new: Vec<Unit> = entry
                .units
                .iter()
                .filter(|unit| has_words(unit) && !self.keyword_keys.contains(&unit.key))
                .copied()
                .collect();
            if !new.is_empty() {
                self.keyword.add(entry, &new)?;
                self.keyword_keys.extend(new.iter().map(|unit| unit.key));
            }
        }
        self.keyword.commit()?;
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

    /// Notes which units have no vector yet, and takes those that the cache knows.
    fn queue_vectors(&mut self, catalog: &Catalog) -> Result<(), IndexError> {
        let (Some(store), Some(model)) = (self.index.vectors.clone(), self.index.embedder.clone())
        else {
            return Ok(());
        };
        let mut missing: Vec<(Waiting, Text)> = Vec::new();
        for entry in catalog.entries() {
            for unit in entry
                .units
                .iter()
                .filter(|unit| has_vector(unit) && !self.vector_keys.contains(&unit.key))
            {
                missing.push((
                    Waiting {
                        entry: Arc::clone(entry),
                        unit: *unit,
                    },
                    entry.embedded_text(unit.kind),
                ));
            }
        }
        if let Some(cache) = &self.cache {
            for batch in missing.chunks(SETTLE_EVERY) {
                let keys: Vec<_> = batch
                    .iter()
                    .map(|(_, text)| cache::key(model.id(), text))
                    .collect();
                let known = cache.get(&keys)?;
                let points: Vec<_> = batch
                    .iter()
                    .zip(&keys)
                    .filter_map(|((waiting, _), key)| {
                        known.get(key).map(|vector| Point {
                            key: waiting.unit.key,
                            vector: vector.clone(),
                            entry: &waiting.entry,
                        })
                    })
                    .collect();
                store.upsert(&points)?;
                self.unsettled += points.len();
                self.vector_keys
                    .extend(points.iter().map(|point| point.key));
            }
        }
        missing.retain(|(waiting, _)| !self.vector_keys.contains(&waiting.unit.key));
        missing.sort_by_key(|(_, text)| std::cmp::Reverse(text.as_str().len()));
        self.waiting = missing.into_iter().map(|(waiting, _)| waiting).collect();
        self.index
            .pending_embeddings
            .store(self.waiting.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Embeds a few of the waiting units; false when none waits.
    ///
    /// # Errors
    /// When the model or the store fails; the units go on waiting.
    pub fn embed_step(&mut self) -> Result<bool, IndexError> {
        let (Some(store), Some(model)) = (self.index.vectors.clone(), self.index.embedder.clone())
        else {
            return Ok(false);
        };
        if self.waiting.is_empty() {
            return Ok(false);
        }
        let step = &self.waiting[self.waiting.len().saturating_sub(STEP)..];
        let texts: Vec<_> = step
            .iter()
            .map(|waiting| waiting.entry.embedded_text(waiting.unit.kind))
            .collect();
        let vectors = model.texts(&texts)?;
        if let Some(cache) = &self.cache {
            cache.put(
                texts
                    .iter()
                    .map(|text| cache::key(model.id(), text))
                    .zip(&vectors),
            )?;
        }
        let points: Vec<_> = step
            .iter()
            .zip(vectors)
            .map(|(waiting, vector)| Point {
                key: waiting.unit.key,
                vector,
                entry: &waiting.entry,
            })
            .collect();
        store.upsert(&points)?;
        self.unsettled += points.len();
        self.vector_keys
            .extend(step.iter().map(|waiting| waiting.unit.key));
        self.waiting
            .truncate(self.waiting.len().saturating_sub(STEP));
        self.index
            .pending_embeddings
            .store(self.waiting.len(), Ordering::Relaxed);
        if self.waiting.is_empty() || self.unsettled >= SETTLE_EVERY {
            self.settle()?;
        }
        Ok(!self.waiting.is_empty())
    }

    /// Makes vectors durable.
    fn settle(&mut self) -> Result<(), IndexError> {
        if self.unsettled > 0
            && let Some(store) = &self.index.vectors
        {
            store.settle()?;
            self.unsettled = 0;
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

fn has_vector(unit: &Unit) -> bool {
    matches!(
        unit.kind,
        UnitKind::Passage(_) | UnitKind::Question(_) | UnitKind::Title
    )
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
