//! The one retrieval core: HTTP, MCP and live calls all search here.

mod find;
mod kept;
mod rank;
mod total;

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{
    error::SearchError,
    feedback::Feedback,
    narrow::inapplicable,
    recent::{Recent, SearchInputs},
    rerank::SecondLook,
    stages::{note, timed},
    types::{Audience, Mode, SearchRequest, SearchResponse},
};
use crate::{
    index::{Catalog, Index, NO_EMBEDDINGS, embed::Vector},
    trace,
};
use find::{NO_SECOND_LOOK, tell};

/// Searches one index. Blocking; share it.
pub struct Core {
    index: Arc<Index>,
    vectors: kept::Vectors,
    inapplicable: kept::Unfit,
    within: kept::Within,
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
            inapplicable: kept::inapplicable(),
            within: kept::within(),
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
        if self.lacks_second_look() {
            names.push(NO_SECOND_LOOK.to_owned());
        }
        names
    }

    fn lacks_second_look(&self) -> bool {
        let second = self.second.as_ref();
        second.is_some_and(|second| second.model.is_none())
    }

    /// Whether what is not as it should be stays so until the process ends: a model that is not there. An answer may be
    /// remembered all the same.
    fn are_lasting(&self, degraded: &[String]) -> bool {
        degraded.iter().all(|name| match name.as_str() {
            NO_EMBEDDINGS => self.index.embedder.is_none(),
            NO_SECOND_LOOK => self.lacks_second_look(),
            _ => false,
        })
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
                let account = request.account.as_ref();
                let inapplicable =
                    account.map(|account| self.inapplicable(&ground.generation.catalog, account));
                let inapplicable = inapplicable.unwrap_or_default();
                let find = || self.find(request, audience, &inapplicable, ground);
                if request.anew || !self.are_lasting(&self.degraded()) || self.is_spared(request) {
                    return find();
                }
                let keeps = |found: &SearchResponse| self.are_lasting(&found.degraded);
                self.recent
                    .or_find(request, audience, &inapplicable, ground, find, keeps)
            },
            today,
        )
    }

    /// Gives an answer its name, its time and its freshness.
    fn answered(
        &self,
        request: &SearchRequest,
        find: impl FnOnce(&SearchInputs) -> Result<SearchResponse, SearchError>,
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
        let ground = SearchInputs {
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

    /// Whether the second look is left out while the question is being typed.
    fn is_spared(&self, request: &SearchRequest) -> bool {
        request.typing && self.second.is_some()
    }

    fn mode(&self, wanted: Mode, degraded: &mut Vec<String>) -> Result<Mode, SearchError> {
        match (wanted, self.index.embedder.is_some()) {
            (Mode::Vector, false) => Err(SearchError::EmbeddingsUnavailable),
            (Mode::Hybrid, false) => {
                tell(degraded, NO_EMBEDDINGS);
                Ok(Mode::Keyword)
            }
            (mode, _) => Ok(mode),
        }
    }

    /// Articles whose `when` does not hold for an account; evaluated once per account and generation.
    #[must_use]
    pub fn inapplicable(&self, catalog: &Catalog, account: &Map<String, Value>) -> Arc<Vec<u32>> {
        if catalog.restricted().is_empty() {
            return Arc::default();
        }
        let text = serde_json::to_vec(account).unwrap_or_default();
        let key = (catalog.info.generation, *blake3::hash(&text).as_bytes());
        self.inapplicable
            .get_with(key, || Arc::new(inapplicable(catalog, account)))
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
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;
    use crate::{
        index::{Writer, embed::HashedEmbedder},
        search::rerank::Settings,
    };

    /// Whether who asks second is told what was found for the first.
    fn is_remembered(core: &Core) -> bool {
        let recorder = PrometheusBuilder::new().build_recorder();
        let request = SearchRequest::new("refund");
        let today = NaiveDate::default();
        let ask = || {
            core.search(&request, &Audience::Unrestricted, today)
                .unwrap()
        };
        metrics::with_local_recorder(&recorder, || (ask(), ask()));
        let told = recorder.handle().render();
        told.contains("cuecard_search_remembered_total ")
    }

    #[test]
    fn answers_are_remembered_without_a_model_but_not_in_a_passing_trouble() {
        let none = Writer::in_memory(None, None).unwrap();
        assert!(is_remembered(&Core::new(Arc::clone(none.index()))));
        let hashed = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
        let settings = Settings {
            model: "gone".to_owned(),
            depth: 10,
            share: 0.5,
        };
        let second = SecondLook {
            model: None,
            settings,
        };
        let core = Core::new(Arc::clone(hashed.index())).looking_again(Some(Arc::new(second)));
        assert!(is_remembered(&core));
        hashed.index().set_trouble("vectors_unavailable", true);
        assert!(!is_remembered(&core));
        hashed.index().set_trouble("vectors_unavailable", false);
        assert!(is_remembered(&core));
    }
}
