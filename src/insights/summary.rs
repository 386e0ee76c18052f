//! The overview: number of questions, answers, calls and cards, day by day, and in the previous period. Pure.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Period,
    outcome::{Outcomes, ask_gap, search_gap},
    period::time,
    rows::{CallRow, CardRow, EngagementRow, Recorded, SearchRow},
    visibility::VisibleArticles,
};

/// Summary metrics for a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SummaryReport {
    /// Start of the period, inclusive.
    pub since: DateTime<Utc>,
    /// End of the period, exclusive.
    pub until: DateTime<Utc>,
    /// Counts of the period.
    #[serde(flatten)]
    pub numbers: Numbers,
    /// The same for the preceding period of the same length.
    pub before: Numbers,
    /// Values per day.
    pub by_day: Vec<DayNumbers>,
    /// Reasons given for negative feedback on hits and cards, most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// Comments, newest first, at most 20.
    pub comments: Vec<Comment>,
    /// State of the recording.
    pub recording: Recording,
}

/// Counts of one period.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Numbers {
    /// Number of searches, excluding queries still being typed and further pages.
    pub searches: u64,
    /// Number of searches with an answer.
    pub answered: u64,
    /// Number of searches without an answer.
    pub unanswered: u64,
    /// Number of searches with a hit that was opened or copied from.
    pub opened: u64,
    /// Number of unsatisfied questions from searches, calls and reports.
    pub gap_questions: u64,
    /// Number of calls.
    pub calls: u64,
    /// Number of calls with a card that was used, copied from, rated helpful, or opened and not dismissed;
    /// cards rated not helpful do not count.
    pub calls_with_useful_card: u64,
    /// Their share of all calls; null if there are no calls.
    pub useful_call_share: Option<f64>,
    /// Number of cards pushed.
    pub cards: u64,
    /// Number of cards opened.
    pub cards_opened: u64,
    /// Number of cards used or copied from.
    pub cards_used: u64,
    /// Number of cards dismissed.
    pub cards_dismissed: u64,
    /// Median time from the start of a call to its first useful card, in seconds; null if there is none.
    pub first_useful_card_s: Option<f64>,
    /// The 90th percentile of the same.
    pub first_useful_card_p90_s: Option<f64>,
    /// Number of hits and cards rated helpful.
    pub helpful: u64,
    /// Number of hits and cards rated not helpful.
    pub not_helpful: u64,
}

/// Counts of one day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DayNumbers {
    /// The date.
    pub day: NaiveDate,
    /// Number of searches.
    pub searches: u64,
    /// Number of searches without an answer.
    pub unanswered: u64,
    /// Number of calls.
    pub calls: u64,
    /// Number of cards pushed.
    pub cards: u64,
    /// Number of useful cards.
    pub useful_cards: u64,
}

/// A reason and its count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonCount {
    /// Reason from the agent desktop's own list.
    pub reason: String,
    /// Number of times it was given.
    pub count: u64,
}

/// A user comment, redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comment {
    /// When it was submitted.
    pub at: DateTime<Utc>,
    /// Id of the article commented on.
    pub article_id: String,
    /// The rating, if given.
    pub rating: Option<String>,
    /// The comment text, redacted.
    pub comment: String,
}

/// State of the recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recording {
    /// Time of the oldest event retained.
    pub oldest: Option<DateTime<Utc>>,
    /// Number of events lost since the server started because the queue or the disk was full.
    pub dropped: u64,
    /// Retention period in days.
    pub keep_days: u32,
}

/// Maximum comments listed.
const COMMENTS: usize = 20;

/// Accumulates the counts of a period.
pub(super) struct Tally<'a> {
    period: Period,
    sight: &'a VisibleArticles<'a>,
    outcomes: &'a Outcomes,
    numbers: Numbers,
    days: Vec<DayNumbers>,
    /// Seconds from the start of a call to its first useful card.
    first: HashMap<String, f64>,
    /// Gap searches of any time: a report about one concerns a question that is already counted.
    gaps: HashSet<String>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(
        period: Period,
        sight: &'a VisibleArticles<'a>,
        outcomes: &'a Outcomes,
    ) -> Self {
        let days = period.days().into_iter().map(|day| DayNumbers {
            day,
            searches: 0,
            unanswered: 0,
            calls: 0,
            cards: 0,
            useful_cards: 0,
        });
        Self {
            period,
            sight,
            outcomes,
            numbers: Numbers::default(),
            days: days.collect(),
            first: HashMap::new(),
            gaps: HashSet::new(),
        }
    }

    /// Counts events of the period.
    pub(super) fn take(&mut self, row: &Recorded) {
        match row {
            Recorded::Search(row) => self.search(row),
            Recorded::Call(row) => self.call(row),
            Recorded::Card(row) => self.card(row),
            Recorded::Ask(row) => {
                let is_gap = self.period.has(row.at) && ask_gap(row, self.outcomes).is_some();
                self.numbers.gap_questions += u64::from(is_gap);
            }
            Recorded::Report(row) => {
                let is_known = row
                    .query_id
                    .as_ref()
                    .is_some_and(|id| self.gaps.contains(id));
                let is_new = self.period.has(row.at) && !is_known;
                self.numbers.gap_questions += u64::from(is_new);
            }
        }
    }

    fn search(&mut self, row: &SearchRow) {
        let is_gap = search_gap(row, self.outcomes).is_some();
        if is_gap {
            self.gaps.insert(row.query_id.clone());
        }
        let Some(place) = self.period.place(row.at) else {
            return;
        };
        let is_unanswered = u64::from(!self.sight.is_answered(row));
        self.numbers.searches += 1;
        self.numbers.unanswered += is_unanswered;
        self.numbers.answered += 1 - is_unanswered;
        let mut outcomes = self.outcomes.answer(&row.query_id);
        let is_opened = outcomes.any(|(_, one)| one.opened || one.copied);
        self.numbers.opened += u64::from(is_opened);
        self.numbers.gap_questions += u64::from(is_gap);
        self.days[place].searches += 1;
        self.days[place].unanswered += is_unanswered;
    }

    fn call(&mut self, row: &CallRow) {
        if let Some(place) = self.period.place(row.at) {
            self.numbers.calls += 1;
            self.days[place].calls += 1;
        }
    }

    fn card(&mut self, row: &CardRow) {
        if !self.sight.counts(row.article) {
            return;
        }
        let outcome = self.outcomes.card(&row.card_id);
        if let Some(place) = self.period.place(row.at) {
            self.numbers.cards += 1;
            self.numbers.cards_opened += u64::from(outcome.opened);
            self.numbers.cards_used += u64::from(outcome.used || outcome.copied);
            self.numbers.cards_dismissed += u64::from(outcome.dismissed);
            self.days[place].cards += 1;
            self.days[place].useful_cards += u64::from(outcome.is_useful());
        }
        let opened_at = row.opened_at.filter(|at| self.period.has(*at));
        if let (true, Some(opened)) = (outcome.is_useful(), opened_at) {
            let seconds = (row.at - opened).max(0) as f64 / 1e3;
            self.first.entry(row.call.clone()).or_insert(seconds);
        }
    }

    /// The counts, with the engagements of the period.
    pub(super) fn finish(mut self, done: &Outcomes) -> (Numbers, Vec<DayNumbers>) {
        let mut seconds: Vec<f64> = self.first.into_values().collect();
        seconds.sort_by(f64::total_cmp);
        self.numbers.calls_with_useful_card = seconds.len() as u64;
        self.numbers.useful_call_share =
            (self.numbers.calls > 0).then(|| seconds.len() as f64 / self.numbers.calls as f64);
        self.numbers.first_useful_card_s = nearest_rank(&seconds, 0.5);
        self.numbers.first_useful_card_p90_s = nearest_rank(&seconds, 0.9);
        for (_, outcome) in done.all() {
            self.numbers.helpful += u64::from(outcome.helpful == Some(true));
            self.numbers.not_helpful += u64::from(outcome.helpful == Some(false));
        }
        (self.numbers, self.days)
    }
}

/// The percentile by nearest rank: of `n` sorted values the one at position ⌈share · n⌉, counted from 1. None without
/// values.
#[must_use]
pub fn nearest_rank(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Accumulates the feedback on hits and cards in a period.
#[derive(Default)]
pub(super) struct Remarks {
    reasons: BTreeMap<String, u64>,
    /// Repeated feedback counts once.
    seen: HashSet<(String, i64, String)>,
    comments: VecDeque<Comment>,
}

impl Remarks {
    /// Adds an engagement; they must come in chronological order.
    pub(super) fn take(&mut self, row: EngagementRow, sight: &VisibleArticles) {
        let words = row.comment.filter(|words| !words.trim().is_empty());
        if let (Some(id), Some(comment)) = (sight.id(row.article), words) {
            self.comments.push_front(Comment {
                at: time(row.at),
                article_id: id.to_owned(),
                rating: row.rating,
                comment,
            });
            self.comments.truncate(COMMENTS);
        }
        if let Some(reason) = row.reason {
            let said = (row.subject, row.article, reason);
            if !self.seen.contains(&said) {
                *self.reasons.entry(said.2.clone()).or_default() += 1;
                self.seen.insert(said);
            }
        }
    }

    /// Reasons, most frequent first, and comments, newest first.
    pub(super) fn finish(self) -> (Vec<ReasonCount>, Vec<Comment>) {
        let reasons = self.reasons.into_iter();
        let mut reasons: Vec<_> = reasons
            .map(|(reason, count)| ReasonCount { reason, count })
            .collect();
        reasons.sort_by_key(|one| std::cmp::Reverse(one.count));
        (reasons, self.comments.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_there() {
        assert_eq!(nearest_rank(&[], 0.5), None);
        assert_eq!(nearest_rank(&[3.0], 0.9), Some(3.0));
        assert_eq!(nearest_rank(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(nearest_rank(&[1.0, 2.0, 3.0, 4.0], 0.9), Some(4.0));
    }
}
