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

/// Texts told of a gap.
const QUERIES: usize = 100;

/// Comments told of a gap.
const COMMENTS: usize = 10;

/// Confidence of the nearest article from which it should be extended; below it another is to be written.
const EXTEND: f64 = 0.45;

/// How much more, or less, often than before a gap must be asked to rise or to fall.
const TREND: f64 = 1.5;

/// What callers ask that no article answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GapsReport {
    /// First moment.
    pub since: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
    /// Gaps that there are; the list may be shorter.
    pub total: usize,
    /// Questions in all of them.
    pub questions: u64,
    /// The most asked first.
    pub gaps: Vec<Gap>,
}

/// Questions that one article would answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Gap {
    /// Names the gap, by a hash of the earliest question of it in the period and the one before. It stays as the gap grows, and
    /// changes when that question falls out of both, or when the gap is grouped with an earlier one.
    pub gap_id: String,
    /// The most typical question.
    pub label: String,
    /// How often it was asked, in whatever words.
    pub size: u64,
    /// Its language.
    pub lang: String,
    /// All its distinct texts, redacted, the most asked first, at most 100.
    pub queries: Vec<String>,
    /// Compared with the period before.
    pub trend: Trend,
    /// How often it was asked in the period before.
    pub before: u64,
    /// Day by day.
    pub by_day: Vec<u64>,
    /// When it was asked first, within the period.
    pub first_asked_at: DateTime<Utc>,
    /// When it was asked last.
    pub last_asked_at: DateTime<Utc>,
    /// Why these questions are gaps, and how many of each.
    pub reasons: BTreeMap<GapReason, u64>,
    /// What people wrote when they reported it, redacted.
    pub comments: Vec<String>,
    /// The article that comes closest; null where nothing does.
    #[schema(required = true)]
    pub nearest: Option<Nearest>,
    /// What to do about it.
    pub suggestion: Suggestion,
}

/// Compared with the period before.
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

/// What to do about a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GapSuggestion)]
pub enum Suggestion {
    /// Write an article.
    Write,
    /// Extend the nearest one.
    Extend,
}

/// The article that comes closest.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Nearest {
    /// Article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub path: String,
    /// Where the page shows it.
    pub url: String,
    /// Topics.
    pub tags: Vec<String>,
    /// Team that answers for it.
    pub owner: Option<String>,
    /// Chance that it answers, 0–1.
    pub confidence: f64,
}

/// A group of questions.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The most typical first, then by how often they were asked.
    questions: Vec<Question>,
}

/// Groups questions by their vectors, with what `common` questions share taken out; those without one stay alone. The most asked group first.
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
            // Only a model's vectors of Chinese lie closer.
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

/// The member nearest to all that was asked, then the others as they come.
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
    // Only what was asked in the period speaks for the group.
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

    /// The name of the group: a hash of its earliest question, of either period.
    pub(super) fn id(&self) -> String {
        let first = self
            .questions
            .iter()
            .min_by_key(|question| (question.first, &question.text));
        let text = first.map_or("", |question| &question.text);
        blake3::hash(fold(text).text.as_bytes()).to_hex()[..12].to_owned()
    }

    /// What the gap says of itself.
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
