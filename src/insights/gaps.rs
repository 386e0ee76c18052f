//! Gaps: questions without a good article, grouped by meaning. Pure.
//!
//! Owns the data of a gap. Leaves grouping to `cluster`, and finding the nearest article to the caller.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    cluster::{Point, centred, cluster},
    outcome::GapReason,
    period::time,
    questions::Question,
};
use crate::{
    index::embed::{Vector, dot},
    text::{fold, is_cjk_text},
};

/// Maximum texts listed per gap.
const QUERIES: usize = 100;

/// Maximum comments listed per gap.
const COMMENTS: usize = 10;

/// Confidence of the nearest article from which extending it is suggested; below it, a new article is.
const EXTEND: f64 = 0.45;

/// Ratio to the previous period from which a gap counts as rising, and its inverse as falling.
const TREND: f64 = 1.5;

/// Questions that no article answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GapsReport {
    /// Start of the period, inclusive.
    pub since: DateTime<Utc>,
    /// End of the period, exclusive.
    pub until: DateTime<Utc>,
    /// Total number of gaps; the list may be shorter.
    pub total: usize,
    /// Number of questions in all gaps.
    pub questions: u64,
    /// Gaps, most frequent first.
    pub gaps: Vec<Gap>,
}

/// A cluster of questions that one article would answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Gap {
    /// Gap id: a hash of its earliest question in this and the preceding period. Stable as the gap grows; changes when that
    /// question leaves both periods, or when the gap is merged with an earlier one.
    pub gap_id: String,
    /// The most representative question.
    pub label: String,
    /// Number of times it was asked, in any wording.
    pub size: u64,
    /// Language tag.
    pub lang: String,
    /// Its query texts, deduplicated and redacted, most frequent first, at most 100.
    pub queries: Vec<String>,
    /// Comparison with the preceding period.
    pub trend: Trend,
    /// Number of times it was asked in the preceding period.
    pub before: u64,
    /// Values per day.
    pub by_day: Vec<u64>,
    /// When it was first asked within the period.
    pub first_asked_at: DateTime<Utc>,
    /// When it was last asked.
    pub last_asked_at: DateTime<Utc>,
    /// Why these questions are gaps, with the count of each reason.
    pub reasons: BTreeMap<GapReason, u64>,
    /// Comments from its reports, redacted.
    pub comments: Vec<String>,
    /// The closest article; null if none.
    #[schema(required = true)]
    pub nearest: Option<Nearest>,
    /// Suggested action.
    pub suggestion: Suggestion,
}

/// Comparison with the preceding period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Not asked before.
    New,
    /// Asked more.
    Rising,
    /// Asked as much.
    Steady,
    /// Asked less.
    Falling,
}

/// Suggested action for a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GapSuggestion)]
pub enum Suggestion {
    /// Write an article.
    Write,
    /// Extend the nearest one.
    Extend,
}

/// The closest article.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Nearest {
    /// Article id.
    pub article_id: String,
    /// Title.
    pub title: String,
    /// Path of the file.
    pub path: String,
    /// Link to it on the web page.
    pub url: String,
    /// Topic tags.
    pub tags: Vec<String>,
    /// Owning team.
    pub owner: Option<String>,
    /// Calibrated probability that it answers the query, 0–1.
    pub confidence: f64,
}

/// A group of questions.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The most typical first, then by number of times asked.
    questions: Vec<Question>,
}

/// Groups questions by their vectors minus the `common` mean; those without a vector stay
/// alone. The most frequent group first.
pub(super) fn group(
    questions: Vec<Question>,
    vectors: &[Option<std::sync::Arc<Vector>>],
    common: &[f32],
    threshold: f32,
) -> Vec<Group> {
    let placed: Vec<usize> = (0..questions.len())
        .filter(|at| vectors[*at].is_some())
        .collect();
    let known: Vec<&[f32]> = placed
        .iter()
        .filter_map(|at| vectors[*at].as_deref().map(Vec::as_slice))
        .collect();
    let centred = centred(&known, common);
    let points: Vec<Point> = centred
        .iter()
        .zip(&placed)
        .map(|(vector, at)| Point {
            vector,
            // Only with a model are Chinese vectors closer to each other.
            is_cjk: !common.is_empty() && is_cjk_text(&questions[*at].text),
        })
        .collect();
    let groups = cluster(&points, threshold);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, group) in groups.iter().enumerate() {
        members[*group].push(at);
    }
    let mut questions: Vec<Option<Question>> = questions.into_iter().map(Some).collect();
    let mut found: Vec<Group> = Vec::with_capacity(count);
    for members in members {
        let order = typical_first(&members, &centred, |at| {
            questions[placed[at]]
                .as_ref()
                .map_or(0, |question| question.count)
        });
        let taken = order
            .into_iter()
            .filter_map(|at| questions[placed[at]].take());
        found.push(Group {
            questions: taken.collect(),
        });
    }
    found.extend(questions.into_iter().flatten().map(|question| Group {
        questions: vec![question],
    }));
    found.retain(|group| group.size() > 0);
    found.sort_by(|a, b| {
        b.size()
            .cmp(&a.size())
            .then(b.last().cmp(&a.last()))
            .then(a.label().cmp(b.label()))
    });
    found
}

/// The member nearest to the mean, then the others in their order.
fn typical_first(
    members: &[usize],
    vectors: &[Vector],
    weight: impl Fn(usize) -> u64,
) -> Vec<usize> {
    let closeness = |at: usize| -> f32 {
        members
            .iter()
            .map(|other| dot(&vectors[at], &vectors[*other]) * weight(*other) as f32)
            .sum()
    };
    // Only questions of the period represent the group.
    let typical = members
        .iter()
        .copied()
        .filter(|at| weight(*at) > 0)
        .max_by(|a, b| closeness(*a).total_cmp(&closeness(*b)));
    let mut order = members.to_vec();
    if let Some(place) = typical.and_then(|typical| order.iter().position(|at| *at == typical)) {
        order[..=place].rotate_right(1);
    }
    order
}

impl Group {
    pub(super) fn size(&self) -> u64 {
        self.questions.iter().map(|question| question.count).sum()
    }

    pub(super) fn label(&self) -> &str {
        self.questions.first().map_or("", |question| &question.text)
    }

    fn last(&self) -> i64 {
        self.questions
            .iter()
            .map(|question| question.last)
            .max()
            .unwrap_or_default()
    }

    /// Id of the group: a hash of its earliest question in either period.
    pub(super) fn id(&self) -> String {
        let first = self
            .questions
            .iter()
            .min_by_key(|question| (question.first, &question.text));
        let text = first.map_or("", |question| &question.text);
        blake3::hash(fold(text).text.as_bytes()).to_hex()[..12].to_owned()
    }

    /// The gap as reported.
    pub(super) fn tell(&self, nearest: Option<Nearest>) -> Gap {
        let asked: Vec<&Question> = self
            .questions
            .iter()
            .filter(|question| question.count > 0)
            .collect();
        let (size, before) = (
            self.size(),
            self.questions.iter().map(|question| question.before).sum(),
        );
        let mut by_day = vec![0; asked.first().map_or(0, |question| question.days.len())];
        let mut reasons = BTreeMap::new();
        for question in &asked {
            for (sum, count) in by_day.iter_mut().zip(&question.days) {
                *sum += count;
            }
            for (reason, count) in &question.reasons {
                *reasons.entry(*reason).or_default() += count;
            }
        }
        let extends = nearest
            .as_ref()
            .is_some_and(|nearest| nearest.confidence >= EXTEND);
        let comments = self
            .questions
            .iter()
            .flat_map(|question| &question.comments);
        Gap {
            gap_id: self.id(),
            label: self.label().to_owned(),
            size,
            lang: asked
                .first()
                .map_or_else(String::new, |question| question.lang.clone()),
            queries: asked
                .iter()
                .take(QUERIES)
                .map(|question| question.text.clone())
                .collect(),
            trend: trend(size, before),
            before,
            by_day,
            first_asked_at: time(
                asked
                    .iter()
                    .map(|question| question.first_in_period)
                    .min()
                    .unwrap_or_default(),
            ),
            last_asked_at: time(self.last()),
            reasons,
            comments: comments.take(COMMENTS).cloned().collect(),
            nearest,
            suggestion: if extends {
                Suggestion::Extend
            } else {
                Suggestion::Write
            },
        }
    }
}

fn trend(size: u64, before: u64) -> Trend {
    match (size as f64, before as f64) {
        (_, 0.0) => Trend::New,
        (now, before) if now >= TREND * before => Trend::Rising,
        (now, before) if now * TREND <= before => Trend::Falling,
        _ => Trend::Steady,
    }
}
