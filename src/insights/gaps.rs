//! Gaps: questions that were left without what they were for, grouped by meaning. Pure.
//!
//! Owns what a gap says of itself. Leaves grouping to `cluster`, and looking for the nearest article to the caller.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Period,
    cluster::{centred, cluster, dot},
    period::time,
    read::Material,
    rows::{GapReason, Outcomes, SearchRow, ask_gap, search_gap},
};
use crate::{index::embed::Vector, text::fold};

/// Texts told of a gap.
const QUERIES: usize = 100;

/// Comments told of a gap.
const COMMENTS: usize = 10;

/// Confidence of the nearest article from which it should be extended; below it another is to be written.
const EXTEND: f64 = 0.3;

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
    /// Names the gap: its first question's, so that it stays the same as the gap grows.
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

/// A distinct text that was left without what it was for.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) text: String,
    lang: String,
    first: i64,
    last: i64,
    /// In the period.
    count: u64,
    before: u64,
    days: Vec<u64>,
    reasons: BTreeMap<GapReason, u64>,
    comments: Vec<String>,
}

/// Collects gap questions of a period and the one before.
pub(super) struct GapTally<'a> {
    period: Period,
    outcomes: &'a Outcomes,
    days: usize,
    /// By folded text: case, width and script make no other question.
    questions: HashMap<String, Question>,
    /// Gap searches by their names: reports about them add no question.
    searches: HashMap<String, String>,
}

impl<'a> GapTally<'a> {
    pub(super) fn new(period: Period, outcomes: &'a Outcomes) -> Self {
        Self {
            period,
            outcomes,
            days: period.days().len(),
            questions: HashMap::new(),
            searches: HashMap::new(),
        }
    }

    /// Takes a search, where it is a gap.
    pub(super) fn search(&mut self, row: &SearchRow) {
        if let Some(reason) = search_gap(row, self.outcomes) {
            let key = self.take(&row.query, &row.lang, row.at, reason);
            self.searches.insert(row.query_id.clone(), key);
        }
    }

    /// Takes everything else; gives the distinct questions, the most asked and newest first.
    pub(super) fn finish(mut self, material: &Material) -> Vec<Question> {
        for ask in &material.asks {
            if let Some(reason) = ask_gap(ask, self.outcomes) {
                self.take(&ask.query, &ask.lang, ask.at, reason);
            }
        }
        for report in &material.reports {
            let known = report
                .query_id
                .as_ref()
                .and_then(|id| self.searches.get(id));
            let key = match known.cloned() {
                Some(key) => {
                    if let Some(question) = self
                        .questions
                        .get_mut(&key)
                        .filter(|_| self.period.has(report.at))
                    {
                        *question.reasons.entry(GapReason::Reported).or_default() += 1;
                    }
                    key
                }
                None => self.take(&report.query, &report.lang, report.at, GapReason::Reported),
            };
            if let (Some(question), Some(comment)) = (self.questions.get_mut(&key), &report.comment)
            {
                question.comments.push(comment.clone());
            }
        }
        let mut questions: Vec<_> = self.questions.into_values().collect();
        questions.sort_by(|a, b| {
            (b.count, b.before, b.last, &a.text).cmp(&(a.count, a.before, a.last, &b.text))
        });
        questions
    }

    fn take(&mut self, text: &str, lang: &str, at: i64, reason: GapReason) -> String {
        let key = fold(text)
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let days = self.days;
        let question = self
            .questions
            .entry(key.clone())
            .or_insert_with(|| Question {
                text: text.to_owned(),
                lang: lang.to_owned(),
                first: at,
                last: at,
                days: vec![0; days],
                ..Question::default()
            });
        question.first = question.first.min(at);
        question.last = question.last.max(at);
        match self.period.place(at) {
            Some(day) => {
                question.count += 1;
                question.days[day] += 1;
                *question.reasons.entry(reason).or_default() += 1;
            }
            None => question.before += 1,
        }
        key
    }
}

/// A group of questions.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The most typical first, then by how often they were asked.
    questions: Vec<Question>,
}

/// Groups questions by their vectors; those without one stay alone. The most asked group first.
pub(super) fn group(
    questions: Vec<Question>,
    vectors: &[Option<std::sync::Arc<Vector>>],
    threshold: f32,
) -> Vec<Group> {
    let placed: Vec<usize> = (0..questions.len())
        .filter(|at| vectors[*at].is_some())
        .collect();
    let known: Vec<&[f32]> = placed
        .iter()
        .filter_map(|at| vectors[*at].as_deref().map(Vec::as_slice))
        .collect();
    let centred = centred(&known);
    let slices: Vec<&[f32]> = centred.iter().map(Vec::as_slice).collect();
    let groups = cluster(&slices, threshold);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, group) in groups.iter().enumerate() {
        members[*group].push(at);
    }
    let mut questions: Vec<Option<Question>> = questions.into_iter().map(Some).collect();
    let mut found: Vec<Group> = Vec::with_capacity(count);
    for members in members {
        let order = typical_first(&members, &slices, |at| {
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
    vectors: &[&[f32]],
    weight: impl Fn(usize) -> u64,
) -> Vec<usize> {
    let closeness = |at: usize| -> f32 {
        members
            .iter()
            .map(|other| dot(vectors[at], vectors[*other]) * weight(*other) as f32)
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

    /// The name of the group: its first question's, of either period.
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
                    .map(|question| question.first)
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
