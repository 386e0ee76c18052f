//! The one retrieval core: every face and the prompter ask here.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use moka::{policy::EvictionPolicy, sync::Cache};
use serde_json::{Map, Value};

use super::{
    across,
    admission::Admission,
    contrast::{self, Direction, measured},
    error::SearchError,
    expand::expand,
    feedback::Feedback,
    fuse::{self, Branches},
    hits,
    narrow::{Bounds, unfit},
    parts::{best_first, parts},
    query::Query,
    ranking::{Ranking, adjust, prefer},
    snippet::content_terms,
    stages::{note, timed},
    terms::{weighted, worth},
    types::{Audience, Boost, Hit, Mode, SearchRequest, SearchResponse},
};
use crate::{
    index::{
        Catalog, Generation, Index,
        embed::Vector,
        keyword,
        vector::{Nearest, Question},
    },
    trace,
};

/// Units that the words are asked for at least.
const CANDIDATES: usize = 150;

/// Units that the vectors are asked for at least: what merely happens to be near tells their scale.
const NEIGHBOURS: usize = 300;

/// Units of an index in which words are found in less time than a thread takes to start.
const SMALL: usize = 4_096;

/// Vectors of questions and of turns kept, about 1.6 kB each: the view of 4,000 open calls. What is older is embedded
/// again.
const VECTORS: u64 = 32_000;

/// Accounts whose `when` rules are kept evaluated.
const ACCOUNTS: u64 = 4_096;

/// Searches one index. Blocking; share it.
pub struct Core {
    index: Arc<Index>,
    vectors: Cache<String, Arc<Vector>>,
    unfit: Cache<(u64, [u8; 32]), Arc<Vec<u32>>>,
    feedback: ArcSwap<Feedback>,
    common: OnceLock<Vector>,
}

impl Core {
    /// Searches this index. Embeds a few questions first: about 0.1 s.
    #[must_use]
    pub fn new(index: Arc<Index>) -> Self {
        let core = Self {
            index,
            // A turn is asked for a few times and then never again: what is old goes, however often it was used.
            vectors: Cache::builder()
                .max_capacity(VECTORS)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            unfit: Cache::builder()
                .max_capacity(ACCOUNTS)
                .time_to_idle(Duration::from_secs(3_600))
                .build(),
            feedback: ArcSwap::default(),
            common: OnceLock::new(),
        };
        core.common();
        core
    }

    /// From now on answers are ordered with this in mind; none at first.
    pub fn heed(&self, feedback: Feedback) {
        self.feedback.store(Arc::new(feedback));
    }

    /// The index that is searched.
    #[must_use]
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When the question is out of its range, or asks for vectors where there is no model.
    pub fn search(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        today: NaiveDate,
    ) -> Result<SearchResponse, SearchError> {
        let started = Instant::now();
        let span = trace::search();
        let _inside = span.enter();
        if let Some(flaw) = request.flaws().into_iter().next() {
            return Err(SearchError::Invalid {
                pointer: flaw.pointer,
                detail: flaw.detail,
            });
        }
        let mut degraded = self.index.degraded();
        let mode = self.mode(request.mode, &mut degraded)?;
        let generation = self.index.generation();
        let mut query = Query::parse(&request.query);
        expand(&mut query, &self.index.synonyms(), &generation.words);
        let catalog = &generation.catalog;
        let unfit = request
            .account
            .as_ref()
            .map(|account| self.unfit(catalog, account))
            .unwrap_or_default();
        let bounds = Bounds::new(catalog, &request.filter, audience, &unfit, today);
        let depth = CANDIDATES.max((request.offset + request.limit) * 3);
        let known = degraded.len();
        let mut ranking = self.rank(&generation, &query, mode, &bounds, depth, &mut degraded)?;
        if ranking.found.is_empty() && !query.phrases.is_empty() && query.says_more {
            // A question that quotes what nobody wrote, such as a message: its words may find something all the same.
            query.phrases.clear();
            degraded.truncate(known);
            ranking = self.rank(&generation, &query, mode, &bounds, depth, &mut degraded)?;
        }
        prefer(catalog, &mut ranking.found, request.prefer_lang.as_deref());
        let lifted = ranking.lift(mode, query.wide);
        let feedback = self.feedback.load();
        let moves = self.moves(&feedback, &query, mode);
        let mut boosts = adjust(catalog, &mut ranking.found, today, &moves);
        for (article, boost) in lifted {
            boosts.entry(article).or_default().push(boost);
        }
        let hits = self.hits(&ranking, request, &query, &boosts, today);
        let answer = hits::answer(&ranking, request, &hits);
        let response = SearchResponse {
            query_id: uuid::Uuid::new_v4().to_string(),
            query: request.query.clone(),
            took_ms: started.elapsed().as_secs_f64() * 1e3,
            mode,
            index: self.index.info(catalog),
            degraded,
            total: ranking.found.len(),
            answer,
            hits,
        };
        note(&span, &response);
        Ok(response)
    }

    /// How far articles move for a question. Without vectors nobody knows what it is like.
    fn moves<'a>(
        &self,
        feedback: &'a Feedback,
        query: &Query,
        mode: Mode,
    ) -> HashMap<&'a str, f64> {
        if feedback.questions.is_empty() || mode == Mode::Keyword {
            return HashMap::new();
        }
        self.vector(&query.text)
            .map(|vector| feedback.moves(&vector, query.wide))
            .unwrap_or_default()
    }

    fn mode(&self, wanted: Mode, degraded: &mut Vec<String>) -> Result<Mode, SearchError> {
        match (wanted, self.index.embedder.is_some()) {
            (Mode::Vector, false) => Err(SearchError::EmbeddingsUnavailable),
            (Mode::Hybrid, false) => {
                if !degraded.iter().any(|name| name == "embeddings_unavailable") {
                    degraded.push("embeddings_unavailable".to_owned());
                }
                Ok(Mode::Keyword)
            }
            (mode, _) => Ok(mode),
        }
    }

    /// Articles whose `when` does not hold for an account; evaluated once per account and generation.
    #[must_use]
    pub fn unfit(&self, catalog: &Catalog, account: &Map<String, Value>) -> Arc<Vec<u32>> {
        if catalog.restricted().is_empty() {
            return Arc::default();
        }
        let text = serde_json::to_vec(account).unwrap_or_default();
        let key = (catalog.info.generation, *blake3::hash(&text).as_bytes());
        self.unfit
            .get_with(key, || Arc::new(unfit(catalog, account)))
    }

    /// Ranks articles for a query within bounds.
    ///
    /// # Errors
    /// When the model fails in a search by vectors alone; a hybrid search goes on by words.
    pub fn rank(
        &self,
        generation: &Arc<Generation>,
        query: &Query,
        mode: Mode,
        bounds: &Bounds,
        depth: usize,
        degraded: &mut Vec<String>,
    ) -> Result<Ranking, SearchError> {
        let worth = worth(generation, &query.terms);
        let mut branches = Branches {
            // An article need have the words of one part.
            keyword_ideal: worth.iter().sum::<f64>() / parts(&query.text).len() as f64,
            heard: across::heard(&query.terms, &worth),
            ..Branches::default()
        };
        if !bounds.is_empty() {
            // Words are looked for beside the model and the vectors, where that pays a thread.
            let words = || by_words(generation, query, bounds, depth);
            let meaning = || self.by_meaning(generation, query, bounds, depth, mode);
            let (words, meaning) = match mode {
                Mode::Keyword => (words(), Ok(Some(Vec::new()))),
                Mode::Vector => (Some(keyword::Found::default()), meaning()),
                Mode::Hybrid if generation.catalog.unit_count() < SMALL => (words(), meaning()),
                Mode::Hybrid => std::thread::scope(|scope| {
                    let span = tracing::Span::current();
                    let words = scope.spawn(move || span.in_scope(words));
                    let meaning = meaning();
                    (words.join().unwrap_or_default(), meaning)
                }),
            };
            let words = words.unwrap_or_else(|| {
                degraded.push("keyword_unavailable".to_owned());
                keyword::Found::default()
            });
            let meaning = meaning?.unwrap_or_else(|| {
                if !degraded.iter().any(|name| name == "vectors_unavailable") {
                    degraded.push("vectors_unavailable".to_owned());
                }
                Vec::new()
            });
            let mut admission = Admission::new(&generation.catalog, query, bounds);
            branches.keyword = admission.admitted(words.passages);
            branches.articles = admission.admitted(words.articles);
            branches.vector = admission.admitted(meaning);
        }
        let (found, scale) = fuse::fuse(&generation.catalog, &branches, mode, query.wide);
        Ok(Ranking {
            generation: Arc::clone(generation),
            found,
            scale,
            terms: query.terms.clone(),
            said: query.said,
            worth,
        })
    }

    /// Where the answers to a question's parts lie; None where the model fails.
    fn questions(&self, query: &Query) -> Option<Vec<Direction>> {
        let common = self.common()?;
        let parts = parts(&query.text).into_iter();
        parts
            .map(|part| Some(Direction::of(&self.vector(part)?, common)))
            .collect()
    }

    /// What all questions share; None where the model fails, which may work the next time.
    fn common(&self) -> Option<&Vector> {
        if let Some(known) = self.common.get() {
            return Some(known);
        }
        let found = contrast::common(|text| self.vector(text))?;
        Some(self.common.get_or_init(|| found))
    }

    /// None where the model failed or the store does, and words may still tell.
    fn by_meaning(
        &self,
        generation: &Generation,
        query: &Query,
        bounds: &Bounds,
        depth: usize,
        mode: Mode,
    ) -> Result<Option<Nearest>, SearchError> {
        let store = self.index.vectors.as_ref();
        let depth = depth.max(NEIGHBOURS);
        let nearest = store
            .zip(self.questions(query))
            .and_then(|(store, questions)| {
                let sides = match mode {
                    Mode::Hybrid => bounds.scripts(&generation.catalog, query.wide, depth),
                    _ => vec![(Cow::Borrowed(&bounds.narrow), depth)],
                };
                let asked: Vec<_> = questions
                    .iter()
                    .flat_map(|direction| {
                        sides.iter().map(|(narrow, limit)| Question {
                            vector: &direction.unit,
                            narrow,
                            limit: *limit,
                        })
                    })
                    .collect();
                timed("vectors", || store.nearest(&asked))
                    .map(|found| best_first(measured(found, &questions)))
                    .inspect_err(|error| error.tell("search goes on without vectors"))
                    .ok()
            });
        match nearest {
            None if mode == Mode::Vector => Err(SearchError::VectorsUnavailable),
            nearest => Ok(nearest),
        }
    }

    /// The vector of what was asked or said, from the cache where it was before; None where the model fails.
    #[must_use]
    pub fn vector(&self, text: &str) -> Option<Arc<Vector>> {
        let model = self.index.embedder.as_ref()?;
        if let Some(known) = self.vectors.get(text) {
            return Some(known);
        }
        let vector = timed("embedding", || model.query(text))
            .inspect_err(|error| tracing::error!(%error, "a question or turn was not embedded"))
            .ok()?;
        let vector = Arc::new(vector);
        self.vectors.insert(text.to_owned(), Arc::clone(&vector));
        Some(vector)
    }

    fn hits(
        &self,
        ranking: &Ranking,
        request: &SearchRequest,
        query: &Query,
        boosts: &HashMap<u32, Vec<Boost>>,
        today: NaiveDate,
    ) -> Vec<Hit> {
        let terms = content_terms(&query.terms);
        (request.offset + 1..)
            .zip(
                ranking
                    .found
                    .iter()
                    .skip(request.offset)
                    .take(request.limit),
            )
            .map(|(rank, evidence)| {
                hits::hit(
                    ranking,
                    evidence,
                    rank,
                    &terms,
                    request.explain.then(|| {
                        boosts
                            .get(&evidence.article)
                            .map_or(&[] as &[Boost], Vec::as_slice)
                    }),
                    today,
                )
            })
            .collect()
    }
}

/// None where the index cannot be read.
fn by_words(
    generation: &Generation,
    query: &Query,
    bounds: &Bounds,
    depth: usize,
) -> Option<keyword::Found> {
    let find = || {
        let terms = weighted(&query.terms);
        generation.words.find(&terms, &bounds.narrow, depth)
    };
    timed("words", find)
        .inspect_err(|error| tracing::error!(%error, "search goes on without words"))
        .ok()
}
