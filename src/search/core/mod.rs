//! The one retrieval core: every face and the prompter ask here.

mod kept;
mod rank;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Instant,
};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    error::SearchError,
    expand::expand,
    feedback::Feedback,
    hits,
    narrow::{Bounds, unfit},
    query::Query,
    ranking::{Ranking, adjust, prefer},
    recent::{Ground, Recent},
    rerank::{SecondLook, blend},
    snippet::content_terms,
    stages::{note, timed},
    types::{Audience, Boost, Hit, Mode, SearchRequest, SearchResponse},
};
use crate::{
    index::{
        Catalog, Index,
        embed::{Reranker, Vector},
    },
    trace,
};

/// Units that the words are asked for at least.
const CANDIDATES: usize = 150;

/// How many times as many are asked for where those were too few for the page.
const DEEPER: usize = 8;

/// What is said where the model that looks again is not there.
const NO_SECOND_LOOK: &str = "reranker_unavailable";

/// Searches one index. Blocking; share it.
pub struct Core {
    index: Arc<Index>,
    vectors: kept::Vectors,
    unfit: kept::Unfit,
    feedback: ArcSwap<Feedback>,
    recent: Recent,
    second: Option<Arc<SecondLook>>,
    common: OnceLock<Vector>,
}

impl Core {
    /// Searches this index. Embeds a few questions first: about 0.1 s.
    #[must_use]
    pub fn new(index: Arc<Index>) -> Self {
        let core = Self {
            index,
            vectors: kept::vectors(),
            unfit: kept::unfit(),
            feedback: ArcSwap::default(),
            recent: Recent::default(),
            second: None,
            common: OnceLock::new(),
        };
        core.common();
        core
    }

    /// With a model that looks at the first hits again, where there is one.
    #[must_use]
    pub fn looking_again(self, second: Option<Arc<SecondLook>>) -> Self {
        Self { second, ..self }
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

    /// What is not as it should be; empty when all is well.
    #[must_use]
    pub fn degraded(&self) -> Vec<String> {
        let mut names = self.index.degraded();
        if self
            .second
            .as_ref()
            .is_some_and(|second| second.model.is_none())
        {
            names.push(NO_SECOND_LOOK.to_owned());
        }
        names
    }

    /// Answers a question. The answer to the same question that was given within a minute stands while nothing has changed.
    ///
    /// # Errors
    /// When the question is out of its range, or asks for vectors where there is no model.
    pub fn search(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        today: NaiveDate,
    ) -> Result<SearchResponse, SearchError> {
        self.answered(
            request,
            |ground| {
                if !self.degraded().is_empty() || self.is_spared(request) {
                    return self.find(request, audience, ground);
                }
                let find = || self.find(request, audience, ground);
                self.recent.or_find(request, audience, ground, find)
            },
            today,
        )
    }

    /// Answers a question as if it had never been asked.
    ///
    /// # Errors
    /// As those of `search`.
    pub fn search_anew(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        today: NaiveDate,
    ) -> Result<SearchResponse, SearchError> {
        self.answered(
            request,
            |ground| self.find(request, audience, ground),
            today,
        )
    }

    /// Gives an answer its name, its time and its freshness.
    fn answered(
        &self,
        request: &SearchRequest,
        find: impl FnOnce(&Ground) -> Result<SearchResponse, SearchError>,
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
        let ground = Ground {
            generation: self.index.generation(),
            synonyms: self.index.synonyms(),
            feedback: self.feedback.load_full(),
            today,
        };
        let response = SearchResponse {
            query_id: uuid::Uuid::new_v4().to_string(),
            index: self.index.info(&ground.generation.catalog),
            ..find(&ground)?
        };
        let response = SearchResponse {
            took_ms: started.elapsed().as_secs_f64() * 1e3,
            ..response
        };
        note(&span, &response);
        Ok(response)
    }

    /// What there is to a question on some ground.
    fn find(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        ground: &Ground,
    ) -> Result<SearchResponse, SearchError> {
        let Ground {
            generation,
            synonyms,
            feedback,
            today,
        } = ground;
        let mut degraded = self.degraded();
        let mode = self.mode(request.mode, &mut degraded)?;
        let catalog = &generation.catalog;
        let mut query = Query::parse(&request.query, catalog.languages());
        expand(&mut query, synonyms, generation);
        let unfit = request
            .account
            .as_ref()
            .map(|account| self.unfit(catalog, account))
            .unwrap_or_default();
        let bounds = Bounds::new(catalog, &request.filter, audience, &unfit, *today);
        let wanted = request.offset + request.limit;
        // There is no page behind the last article.
        let most = match request.offset < catalog.articles.len() {
            true => catalog.unit_count(),
            false => CANDIDATES,
        };
        let known = degraded.len();
        let rank = |query: &Query, degraded: &mut Vec<String>| {
            let at = |depth, degraded: &mut Vec<String>| {
                degraded.truncate(known);
                self.rank(generation, query, mode, &bounds, depth, degraded)
            };
            let mut depth = CANDIDATES;
            let mut ranking = at(depth, degraded)?;
            while ranking.is_cut && ranking.found.len() < wanted && depth < most {
                depth = (depth * DEEPER).min(most);
                ranking.extend(at(depth, degraded)?);
            }
            Ok::<_, SearchError>(ranking)
        };
        let mut ranking = rank(&query, &mut degraded)?;
        if ranking.found.is_empty() && !query.phrases.is_empty() && query.says_more {
            // A question that quotes what nobody wrote, such as a message: its words may find something all the same.
            query.phrases.clear();
            ranking = rank(&query, &mut degraded)?;
        }
        let looked = self.look_again(&mut ranking, &query, request, mode, &mut degraded);
        prefer(catalog, &mut ranking.found, request.prefer_lang.as_deref());
        let lifted = ranking.lift(mode, query.wide);
        let moves = self.moves(feedback, &query, mode);
        let mut boosts = adjust(catalog, &mut ranking.found, *today, &moves);
        for (article, boost) in looked.into_iter().chain(lifted) {
            boosts.entry(article).or_default().push(boost);
        }
        let hits = self.hits(&ranking, request, &query, &boosts, *today);
        let answer = hits::answer(&ranking, request, &hits);
        Ok(SearchResponse {
            query_id: String::new(),
            query: request.query.clone(),
            took_ms: 0.0,
            mode,
            index: catalog.info.clone(),
            degraded,
            total: ranking.found.len(),
            answer,
            hits,
        })
    }

    /// Whether the second look is left out while the question is being typed.
    fn is_spared(&self, request: &SearchRequest) -> bool {
        request.typing && self.second.is_some()
    }

    /// Lets the cross-encoder read the first hits of a question that is not still being typed; what moved, by article.
    fn look_again(
        &self,
        ranking: &mut Ranking,
        query: &Query,
        request: &SearchRequest,
        mode: Mode,
        degraded: &mut Vec<String>,
    ) -> Vec<(u32, Boost)> {
        let second = self
            .second
            .as_ref()
            .filter(|_| mode == Mode::Hybrid && !request.typing);
        let Some(second) = second.filter(|_| !ranking.found.is_empty()) else {
            return Vec::new();
        };
        let first = ranking.found.iter().take(second.settings.depth);
        let passages: Vec<String> = first.map(|one| ranking.text(one)).collect();
        let read = |model: &Reranker| {
            timed("reranking", || model.scores(&query.text, &passages))
                .inspect_err(
                    |error| tracing::error!(%error, "search goes on without a second look"),
                )
                .ok()
        };
        let Some(logits) = second.model.as_ref().and_then(read) else {
            if !degraded.iter().any(|name| name == NO_SECOND_LOOK) {
                degraded.push(NO_SECOND_LOOK.to_owned());
            }
            return Vec::new();
        };
        ranking.second_share = second.settings.share;
        blend(&mut ranking.found, &logits, second.settings.share)
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

    /// The vector of what was asked or said, from the cache where it was before; None where the model fails.
    #[must_use]
    pub fn vector(&self, text: &str) -> Option<Arc<Vector>> {
        let model = self.index.embedder.as_ref()?;
        let key = kept::text_key(text);
        if let Some(known) = self.vectors.get(&key) {
            return Some(known);
        }
        let vector = timed("embedding", || model.query(text))
            .inspect_err(|error| tracing::error!(%error, "a question or turn was not embedded"))
            .ok()?;
        let vector = Arc::new(vector);
        self.vectors.insert(key, Arc::clone(&vector));
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
