//! Runs the questions of a data set in every search mode.
//!
//! Owns the metrics of questions, and what was found and missed for each. Leaves the formulas to `metrics` and
//! `reliability`.

use std::time::Instant;

use chrono::NaiveDate;
use indicatif::ProgressBar;
use serde::Serialize;

use super::{
    dataset::Question,
    metrics::{DEPTH, RankScores, mean, percentile, rank_scores, ratio, share},
    reliability::{Reliability, ScoredOutcome, Step, reliability, thresholds},
};
use crate::search::{
    Core,
    error::{MAX_QUERY_CHARS, SearchError},
    types::{Audience, Level, Mode, SearchRequest, SearchResponse},
};

/// Metrics of questions in one mode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryFigures {
    /// Number of questions with a relevant article.
    pub n: usize,
    /// Means over them; None if there are none.
    #[serde(flatten)]
    pub answerable: Option<Answerable>,
    /// Number of questions without one.
    pub n_no_answer: usize,
    /// Share of those for which no answer was given and no hit was `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstained: Option<f64>,
    /// Median milliseconds, in process. The first mode embeds the questions, later ones find them in the cache.
    pub ms_p50: Option<f64>,
    /// 95th percentile of the same.
    pub ms_p95: Option<f64>,
}

/// Means over questions with a relevant article, 0–1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answerable {
    /// nDCG of the first ten hits.
    pub ndcg10: f64,
    /// Reciprocal rank of the first relevant hit among ten.
    pub mrr10: f64,
    /// Recall at 1.
    pub r1: f64,
    /// Recall at 5.
    pub r5: f64,
    /// Recall at 10.
    pub r10: f64,
    /// Share of questions whose first hit is relevant.
    pub hit1: f64,
    /// Share of questions with a relevant hit of level `high` or `medium`.
    pub right_hit_trusted: f64,
    /// The same among questions with any relevant hit; None if there are none.
    pub right_hit_trusted_of_found: Option<f64>,
    /// Share of questions with an answer.
    pub answered: f64,
    /// Share of questions with an answer from a relevant article.
    pub answered_right: f64,
    /// The same among questions with an answer; None if there are none.
    pub answered_right_of_given: Option<f64>,
}

/// Calibration of the first hit's confidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HitReliability {
    /// Over questions with a relevant article.
    pub answerable: Option<Reliability>,
    /// Over questions without one: the first hit is always wrong.
    pub no_answer: Option<Reliability>,
    /// Over both.
    pub all: Option<Reliability>,
    /// Precision and coverage at thresholds on the first hit's confidence, over all questions; coverage counts
    /// answerable ones.
    pub thresholds: Vec<Step>,
}

/// A question with its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryResult {
    /// Its id in the data set.
    pub id: String,
    /// Its text.
    pub query: String,
    /// Its language, if given.
    pub lang: Option<String>,
    /// Metrics of the ranking; None for a question without a relevant article.
    #[serde(flatten)]
    pub scores: Option<RankScores>,
    /// Relevant articles found, by rank.
    pub found: Vec<FoundArticle>,
    /// Relevant articles that are not among the first ten.
    pub missed: Vec<String>,
    /// The first ten hits.
    pub hits: Vec<AskedHit>,
    /// The article of the answer.
    pub answer: Option<String>,
    /// Milliseconds in process.
    pub ms: f64,
}

/// A relevant article that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundArticle {
    /// Article.
    pub article_id: String,
    /// 1-based.
    pub rank: usize,
    /// Its relevance grade.
    pub grade: f64,
}

/// A hit in the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AskedHit {
    /// Article.
    pub article_id: String,
    /// Whether the data set marks it as relevant.
    pub right: bool,
    /// Its confidence.
    pub confidence: f64,
    /// The same as a level.
    pub level: Level,
}

/// Asks every question in a mode.
///
/// # Errors
/// When a question cannot be asked, such as in mode vector without a model.
pub fn ask(
    core: &Core,
    questions: &[Question],
    mode: Mode,
    today: NaiveDate,
    bar: &ProgressBar,
) -> Result<Vec<QueryResult>, SearchError> {
    let asked = questions.iter().map(|question| {
        let started = Instant::now();
        let request = SearchRequest {
            limit: DEPTH,
            mode,
            filter: question.filter.clone(),
            anew: true,
            ..SearchRequest::new(
                question
                    .text
                    .chars()
                    .take(MAX_QUERY_CHARS)
                    .collect::<String>(),
            )
        };
        let response = core.search(&request, &Audience::Unrestricted, today)?;
        bar.inc(1);
        Ok(QueryResult::of(
            question,
            &response,
            started.elapsed().as_secs_f64() * 1e3,
        ))
    });
    asked.collect()
}

impl QueryResult {
    fn of(question: &Question, response: &SearchResponse, ms: f64) -> Self {
        let grades = &question.grades;
        let ranked: Vec<&str> = response
            .hits
            .iter()
            .map(|hit| hit.article_id.as_str())
            .collect();
        let found: Vec<FoundArticle> = (1..)
            .zip(&ranked)
            .filter_map(|(rank, id)| {
                grades.get(*id).map(|grade| FoundArticle {
                    article_id: (*id).to_owned(),
                    rank,
                    grade: *grade,
                })
            })
            .collect();
        let hits = response.hits.iter().map(|hit| AskedHit {
            article_id: hit.article_id.clone(),
            right: grades.contains_key(&hit.article_id),
            confidence: hit.confidence,
            level: hit.level,
        });
        Self {
            id: question.id.clone(),
            query: question.text.clone(),
            lang: question.lang.clone(),
            scores: (!grades.is_empty()).then(|| rank_scores(&ranked, grades)),
            missed: grades
                .keys()
                .filter(|id| !ranked.contains(&id.as_str()))
                .cloned()
                .collect(),
            hits: hits.collect(),
            answer: response
                .answer
                .as_ref()
                .map(|answer| answer.article_id.clone()),
            found,
            ms,
        }
    }

    fn trusted(&self) -> bool {
        self.hits
            .iter()
            .any(|hit| hit.right && hit.level >= Level::Medium)
    }

    fn answered_right(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| {
            self.hits
                .iter()
                .any(|hit| hit.right && hit.article_id == *answer)
        })
    }

    fn abstained(&self) -> bool {
        self.answer.is_none() && self.hits.iter().all(|hit| hit.level < Level::High)
    }

    fn first(&self) -> Option<ScoredOutcome> {
        self.hits.first().map(|hit| ScoredOutcome {
            confidence: hit.confidence,
            right: hit.right,
        })
    }
}

/// Computes the metrics.
#[must_use]
pub fn figures(asked: &[QueryResult]) -> QueryFigures {
    let (answerable, none): (Vec<&QueryResult>, Vec<&QueryResult>) =
        asked.iter().partition(|one| one.scores.is_some());
    let ms: Vec<f64> = asked.iter().map(|one| one.ms).collect();
    QueryFigures {
        n: answerable.len(),
        answerable: means(&answerable),
        n_no_answer: none.len(),
        abstained: mean(none.iter().map(|one| share(one.abstained()))),
        ms_p50: percentile(&ms, 0.5),
        ms_p95: percentile(&ms, 0.95),
    }
}

fn means(answerable: &[&QueryResult]) -> Option<Answerable> {
    let scores: Vec<RankScores> = answerable.iter().filter_map(|one| one.scores).collect();
    let score = |of: fn(&RankScores) -> f64| mean(scores.iter().map(of));
    let count = |of: fn(&QueryResult) -> bool| answerable.iter().filter(|one| of(one)).count();
    let all = answerable.len();
    let (trusted, given, given_right) = (
        count(QueryResult::trusted),
        count(|one| one.answer.is_some()),
        count(QueryResult::answered_right),
    );
    Some(Answerable {
        ndcg10: score(|of| of.ndcg10)?,
        mrr10: score(|of| of.mrr10)?,
        r1: score(|of| of.r1)?,
        r5: score(|of| of.r5)?,
        r10: score(|of| of.r10)?,
        hit1: score(|of| of.hit1)?,
        right_hit_trusted: ratio(trusted, all)?,
        right_hit_trusted_of_found: ratio(trusted, count(|one| !one.found.is_empty())),
        answered: ratio(given, all)?,
        answered_right: ratio(given_right, all)?,
        answered_right_of_given: ratio(given_right, given),
    })
}

/// Calibration of the first hits' confidences. A question without any hit has none.
#[must_use]
pub fn hit_reliability(asked: &[QueryResult]) -> HitReliability {
    let judged = |wanted: &dyn Fn(&QueryResult) -> bool| -> Vec<ScoredOutcome> {
        asked
            .iter()
            .filter(|one| wanted(one))
            .filter_map(QueryResult::first)
            .collect()
    };
    let all = judged(&|_| true);
    let best_right: Vec<Option<f64>> = asked
        .iter()
        .filter(|one| one.scores.is_some())
        .map(|one| {
            one.first()
                .filter(|first| first.right)
                .map(|first| first.confidence)
        })
        .collect();
    HitReliability {
        answerable: reliability(&judged(&|one| one.scores.is_some())),
        no_answer: reliability(&judged(&|one| one.scores.is_none())),
        all: reliability(&all),
        thresholds: thresholds(&all, &best_right),
    }
}

#[cfg(test)]
pub(super) mod tests;
