//! Retrieves as much of one order of results as a page needs. Every batch is completed before a deeper one is appended,
//! so that pages are parts of one order, whichever is requested.

use std::collections::HashMap;

use super::Core;
use crate::{
    index::embed::Reranker,
    search::{
        admission::admits,
        error::SearchError,
        expand::expand,
        feedback::Feedback,
        hits,
        narrow::ResolvedFilter,
        query::Query,
        ranking::{Ranking, prefer},
        recent::SearchInputs,
        snippet::wanted_terms,
        stages::timed,
        terms::{keep_heaviest, worth_if_known},
        types::{Audience, Hit, Mode, SearchRequest, SearchResponse},
        visible_terms::VisibleTerms,
    },
};

/// Units that the words are asked for at least.
const CANDIDATES: usize = 150;

/// How many times as many are asked for where those were too few for the page.
const DEEPER: usize = 8;

/// Terms of a long query that are searched for.
const MAX_TERMS: usize = 160;

/// What is said where the model that looks again is not there.
pub(super) const NO_SECOND_LOOK: &str = "reranker_unavailable";

/// A question, and what it is asked of.
pub(super) struct PreparedSearch<'a> {
    pub(super) request: &'a SearchRequest,
    pub(super) ground: &'a SearchInputs,
    pub(super) bounds: ResolvedFilter,
    pub(super) mode: Mode,
}

impl Core {
    /// What there is to a question on some ground; `inapplicable` are the articles whose `when` does not hold for its account.
    ///
    /// # Errors
    /// As those of `search`.
    pub(super) fn find(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        inapplicable: &[u32],
        ground: &SearchInputs,
    ) -> Result<SearchResponse, SearchError> {
        let mut degraded = self.degraded();
        let mode = self.mode(request.mode, &mut degraded)?;
        let catalog = &ground.generation.catalog;
        let asked = PreparedSearch {
            request,
            ground,
            bounds: ResolvedFilter::new(
                catalog,
                &request.filter,
                audience,
                inapplicable,
                ground.today,
            ),
            mode,
        };
        let known = VisibleTerms::new(&ground.generation, &asked.bounds);
        let mut query = Query::parse(&request.query, catalog.languages());
        expand(&mut query, &ground.synonyms, &known);
        keep_heaviest(&mut query.terms, MAX_TERMS, |terms| {
            worth_if_known(&known, terms)
        });
        let mut ranking = self.ranked(&asked, &known, &query, &mut degraded)?;
        if ranking.found.is_empty() && !query.phrases.is_empty() && query.says_more {
            // A question that quotes what nobody wrote, such as a message: its words may find something all the same.
            query.phrases.clear();
            ranking = self.ranked(&asked, &known, &query, &mut degraded)?;
        }
        let hits = asked.hits(&query, &ranking);
        Ok(SearchResponse {
            query_id: String::new(),
            query: request.query.clone(),
            took_ms: 0.0,
            mode,
            index: catalog.info.clone(),
            degraded,
            total: self.total(&asked, &query, &ranking),
            answer: hits::answer(&ranking, request, &hits),
            hits,
        })
    }

    /// The order as far as the page's end.
    fn ranked(
        &self,
        asked: &PreparedSearch<'_>,
        known: &VisibleTerms<'_>,
        query: &Query,
        degraded: &mut Vec<String>,
    ) -> Result<Ranking, SearchError> {
        let PreparedSearch {
            request,
            ground,
            mode,
            ..
        } = asked;
        let generation = &ground.generation;
        let mut ranking = self.rank(known, query, *mode, CANDIDATES, degraded)?;
        let moves = self.moves(&ground.feedback, query, *mode);
        self.look_again(asked, query, &mut ranking, degraded);
        if *mode != Mode::Vector {
            ranking.prefer_titled(&query.text);
        }
        asked.prefer(query, &mut ranking);
        ranking.lift(*mode, query.wide);
        ranking.adjust(ground.today, &moves);
        let wanted = request.offset + request.limit;
        // There is no page behind the last article.
        let most = match request.offset < generation.catalog.articles.len() {
            true => generation.catalog.unit_count(),
            false => CANDIDATES,
        };
        let mut depth = CANDIDATES;
        while ranking.is_cut && ranking.found.len() < wanted && depth < most {
            depth = (depth * DEEPER).min(most);
            let mut deeper = self.rank(known, query, *mode, depth, degraded)?;
            asked.prefer(query, &mut deeper);
            ranking.pass_over(&mut deeper, request.prefer_lang.is_some());
            deeper.adjust(ground.today, &moves);
            ranking.extend(deeper);
        }
        Ok(ranking)
    }

    /// Lets the cross-encoder read the first hits of a question that is not still being typed.
    fn look_again(
        &self,
        asked: &PreparedSearch<'_>,
        query: &Query,
        ranking: &mut Ranking,
        degraded: &mut Vec<String>,
    ) {
        let is_wanted = asked.mode == Mode::Hybrid && !asked.request.typing;
        let second = self.second.as_ref().filter(|_| is_wanted);
        let Some(second) = second.filter(|_| !ranking.found.is_empty()) else {
            return;
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
        match second.model.as_ref().and_then(read) {
            Some(logits) => ranking.blend(&logits, second.settings.share),
            None => tell(degraded, NO_SECOND_LOOK),
        }
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
}

/// Notes once that something is not as it should be.
pub(super) fn tell(degraded: &mut Vec<String>, name: &str) {
    if !degraded.iter().any(|known| known == name) {
        degraded.push(name.to_owned());
    }
}

impl PreparedSearch<'_> {
    /// Whether an article may be found.
    pub(super) fn admits(&self, query: &Query, article: u32) -> bool {
        let catalog = &self.ground.generation.catalog;
        admits(catalog.indexed(article), query, &self.bounds)
    }

    /// Puts articles of the wanted language before their translations.
    fn prefer(&self, query: &Query, ranking: &mut Ranking) {
        if let Some(lang) = &self.request.prefer_lang {
            let catalog = &self.ground.generation.catalog;
            let admits = |article| self.admits(query, article);
            prefer(catalog, &mut ranking.found, lang, admits);
        }
    }

    /// The hits of the page.
    fn hits(&self, query: &Query, ranking: &Ranking) -> Vec<Hit> {
        let SearchRequest {
            offset,
            limit,
            explain,
            ..
        } = self.request;
        let (terms, today) = (wanted_terms(&query.terms), self.ground.today);
        let page = ranking.found.iter().skip(*offset).take(*limit);
        (offset + 1..)
            .zip(page)
            .map(|(rank, evidence)| hits::hit(ranking, evidence, rank, &terms, *explain, today))
            .collect()
    }
}
