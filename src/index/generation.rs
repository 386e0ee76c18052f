//! The generation: the visible state of the index, and the handle through which it is read.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use fixedbitset::FixedBitSet;

use super::{
    Catalog, IndexInfo,
    embed::Embedder,
    keyword::{Articles, KeywordError, KeywordView, WeightedTerm},
    vector::VectorStore,
    word_forms::WordForms,
};
use crate::{article::Article, panics::caught, text::Synonyms};

/// What answers say where there is no model.
pub const NO_EMBEDDINGS: &str = "embeddings_unavailable";

/// One visible state: it never changes, and lives as long as somebody reads it.
#[derive(Debug)]
pub struct Generation {
    /// The articles.
    pub catalog: Arc<Catalog>,
    /// Their words.
    pub words: KeywordView,
    /// The same as they are written; set when it is published.
    pub forms: WordForms,
    /// Which article each document of the words is; known from the first time that somebody asks.
    articles: OnceLock<Articles>,
}

impl Generation {
    pub(super) fn new(catalog: Arc<Catalog>, words: KeywordView) -> Self {
        Self {
            catalog,
            words,
            forms: WordForms::default(),
            articles: OnceLock::new(),
        }
    }

    /// The articles that have some of the terms, a bit for each of the catalog.
    ///
    /// # Errors
    /// When the keyword index cannot be read.
    pub fn having(&self, terms: &[WeightedTerm]) -> Result<FixedBitSet, KeywordError> {
        let mut having = FixedBitSet::with_capacity(self.catalog.articles.len());
        self.words.any_having(terms, self.articles()?, |article| {
            having.insert(article as usize);
            false
        })?;
        Ok(having)
    }

    /// Whether an article that is wanted has a word.
    ///
    /// # Errors
    /// When the keyword index cannot be read.
    pub fn has(
        &self,
        word: &str,
        is_wanted: impl Fn(&Article) -> bool,
    ) -> Result<bool, KeywordError> {
        let term = WeightedTerm {
            term: word.to_owned(),
            weight: 1.0,
            others: Vec::new(),
        };
        let is_wanted = |article| is_wanted(&self.catalog.articles[article as usize]);
        self.words.any_having(&[term], self.articles()?, is_wanted)
    }

    fn articles(&self) -> Result<&Articles, KeywordError> {
        if let Some(known) = self.articles.get() {
            return Ok(known);
        }
        let place = |key| self.catalog.place(key).map(|place| place.article);
        let found = self.words.articles(place)?;
        Ok(self.articles.get_or_init(|| found))
    }
}

/// Read access for everybody. Cheap to share; the writer alone changes it.
pub struct Index {
    current: ArcSwap<Generation>,
    /// Vectors; None without a model.
    pub vectors: Option<Arc<dyn VectorStore>>,
    /// The model; None when there is none on the machine.
    pub embedder: Option<Arc<dyn Embedder>>,
    pub(super) pending_files: AtomicUsize,
    pub(super) pending_embeddings: AtomicUsize,
    troubles: Mutex<Vec<&'static str>>,
    synonyms: ArcSwap<Synonyms>,
    prepare: ArcSwapOption<Prepare>,
}

/// What is done with a generation before it is visible.
type Prepare = Box<dyn Fn(&Generation) + Send + Sync>;

impl Index {
    pub(super) fn new(
        first: Generation,
        vectors: Option<Arc<dyn VectorStore>>,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
            vectors,
            embedder,
            pending_files: AtomicUsize::new(0),
            pending_embeddings: AtomicUsize::new(0),
            troubles: Mutex::default(),
            synonyms: ArcSwap::default(),
            prepare: ArcSwapOption::empty(),
        }
    }

    /// The generation to answer from; hold it for the whole of one answer.
    #[must_use]
    pub fn generation(&self) -> Arc<Generation> {
        self.current.load_full()
    }

    /// Words that mean the same, as the content has them.
    #[must_use]
    pub fn synonyms(&self) -> Arc<Synonyms> {
        self.synonyms.load_full()
    }

    /// Takes the words that mean the same from the content.
    pub fn set_synonyms(&self, synonyms: Arc<Synonyms>) {
        self.synonyms.store(synonyms);
    }

    /// From now on, has this done with every generation before it is visible, by the thread that publishes it. It takes the
    /// place of what was done so far.
    pub fn before_publishing(&self, prepare: impl Fn(&Generation) + Send + Sync + 'static) {
        self.prepare.store(Some(Arc::new(Box::new(prepare))));
    }

    pub(super) fn swap(&self, mut next: Generation) {
        let current = self.current.load();
        next.forms = current.forms.with(&next.catalog, &current.catalog);
        if let Some(prepare) = &*self.prepare.load()
            && let Err(panic) = caught(|| prepare(&next))
        {
            tracing::error!(panic, "a generation is published unprepared");
        }
        self.current.store(Arc::new(next));
    }

    /// Freshness of a generation, with what is still to come.
    #[must_use]
    pub fn info(&self, catalog: &Catalog) -> IndexInfo {
        IndexInfo {
            pending: self.pending_files.load(Ordering::Relaxed),
            ..catalog.info.clone()
        }
    }

    /// Tells how many changed files were seen that are not yet searchable.
    pub fn set_pending_files(&self, count: usize) {
        self.pending_files.store(count, Ordering::Relaxed);
    }

    /// Units that still wait for their vector.
    #[must_use]
    pub fn pending_embeddings(&self) -> usize {
        self.pending_embeddings.load(Ordering::Relaxed)
    }

    /// Notes or clears something that is not as it should be, by its stable name.
    pub fn set_trouble(&self, name: &'static str, present: bool) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.retain(|known| *known != name);
        if present {
            troubles.push(name);
        }
    }

    /// What is not as it should be; empty when all is well.
    #[must_use]
    pub fn degraded(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .troubles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        if self.embedder.is_none() {
            names.push(NO_EMBEDDINGS.to_owned());
        } else if self.pending_embeddings() > 0 {
            names.push("embedding_in_progress".to_owned());
        }
        names
    }
}
