//! The overview: how many questions, answers, calls and cards, day by day, and in the period before. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Period,
    read::Material,
    rows::{Outcomes, SearchRow, ask_gap, search_gap},
    sight::Sight,
};

/// What happened in a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SummaryReport {
    /// First moment.
    pub since: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
    /// The numbers of the period.
    #[serde(flatten)]
    pub numbers: Numbers,
    /// The same of the period before, which is as long.
    pub before: Numbers,
    /// Day by day.
    pub by_day: Vec<DayNumbers>,
    /// Why hits and cards were found wanting, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// What people wrote, the newest first, at most 20.
    pub comments: Vec<Comment>,
    /// The state of the record.
    pub recording: Recording,
}

/// Counts of one period.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Numbers {
    /// Questions asked, but those that were still being typed and further pages.
    pub searches: u64,
    /// Of them with an answer.
    pub answered: u64,
    /// Of them without.
    pub unanswered: u64,
    /// Searches of which a hit was opened or copied.
    pub opened: u64,
    /// Questions, in searches, calls and reports, that were left without what they were for.
    pub gap_questions: u64,
    /// Calls.
    pub calls: u64,
    /// Calls with a card that was used, copied, rated helpful, or opened and kept.
    pub calls_with_useful_card: u64,
    /// Their share of all calls; null without calls.
    pub useful_call_share: Option<f64>,
    /// Cards pushed.
    pub cards: u64,
    /// Cards opened.
    pub cards_opened: u64,
    /// Cards used or copied from.
    pub cards_used: u64,
    /// Cards sent away.
    pub cards_dismissed: u64,
    /// Seconds from the beginning of a call to its first useful card: the middle call; null without one.
    pub first_useful_card_s: Option<f64>,
    /// The same of the slowest tenth.
    pub first_useful_card_p90_s: Option<f64>,
    /// Hits and cards rated helpful.
    pub helpful: u64,
    /// Hits and cards rated not helpful.
    pub not_helpful: u64,
}

/// Counts of one day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DayNumbers {
    /// The day.
    pub day: NaiveDate,
    /// Questions asked.
    pub searches: u64,
    /// Of them without an answer.
    pub unanswered: u64,
    /// Calls.
    pub calls: u64,
    /// Cards pushed.
    pub cards: u64,
    /// Cards that were useful.
    pub useful_cards: u64,
}

/// How often a reason was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonCount {
    /// From a list of the desktop's own.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// What somebody wrote, redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comment {
    /// When.
    pub at: DateTime<Utc>,
    /// About which article.
    pub article_id: String,
    /// The verdict, where given.
    pub rating: Option<String>,
    /// The words.
    pub comment: String,
}

/// The state of the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recording {
    /// The oldest event that is kept.
    pub oldest: Option<DateTime<Utc>>,
    /// Events that were lost since the server started: the queue was full, or the disk.
    pub dropped: u64,
    /// Days after which events are deleted.
    pub keep_days: u32,
}

/// Comments told.
const COMMENTS: usize = 20;

/// Counts of a period, in the making.
pub(super) struct Tally<'a> {
    period: Period,
    sight: &'a Sight<'a>,
    outcomes: &'a Outcomes,
    numbers: Numbers,
    days: Vec<DayNumbers>,
    /// Gap searches of any time: a report about one is a verdict on a question that is counted already.
    gaps: HashSet<String>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(period: Period, sight: &'a Sight<'a>, outcomes: &'a Outcomes) -> Self {
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
            gaps: HashSet::new(),
        }
    }

    /// Counts a search, where it is of the period.
    pub(super) fn search(&mut self, row: &SearchRow) {
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

    /// Counts everything else.
    pub(super) fn finish(mut self, material: &Material) -> (Numbers, Vec<DayNumbers>) {
        let period = self.period;
        let mut opened_at = HashMap::new();
        for call in material.calls.iter().filter(|call| period.has(call.at)) {
            self.numbers.calls += 1;
            opened_at.insert(call.key.as_str(), call.at);
            if let Some(place) = period.place(call.at) {
                self.days[place].calls += 1;
            }
        }
        let first = self.cards(material, &opened_at);
        let mut seconds: Vec<f64> = first.into_values().collect();
        seconds.sort_by(f64::total_cmp);
        self.numbers.calls_with_useful_card = seconds.len() as u64;
        self.numbers.useful_call_share =
            (self.numbers.calls > 0).then(|| seconds.len() as f64 / self.numbers.calls as f64);
        self.numbers.first_useful_card_s = quantile(&seconds, 0.5);
        self.numbers.first_useful_card_p90_s = quantile(&seconds, 0.9);
        let asks = material.asks.iter().filter(|ask| period.has(ask.at));
        self.numbers.gap_questions += asks
            .filter(|ask| ask_gap(ask, self.outcomes).is_some())
            .count() as u64;
        let reports = material.reports.iter().filter(|one| period.has(one.at));
        let is_known = |id: &Option<String>| id.as_ref().is_some_and(|id| self.gaps.contains(id));
        let new = reports.filter(|one| !is_known(&one.query_id)).count();
        self.numbers.gap_questions += new as u64;
        self.ratings(material);
        (self.numbers, self.days)
    }

    /// Counts cards; gives the seconds to each call's first useful one.
    fn cards<'m>(
        &mut self,
        material: &'m Material,
        opened_at: &HashMap<&str, i64>,
    ) -> BTreeMap<&'m str, f64> {
        let mut first = BTreeMap::new();
        for card in &material.cards {
            if !self.sight.counts(card.article) {
                continue;
            }
            let outcome = self.outcomes.card(&card.card_id);
            if let Some(place) = self.period.place(card.at) {
                self.numbers.cards += 1;
                self.numbers.cards_opened += u64::from(outcome.opened);
                self.numbers.cards_used += u64::from(outcome.used || outcome.copied);
                self.numbers.cards_dismissed += u64::from(outcome.dismissed);
                self.days[place].cards += 1;
                self.days[place].useful_cards += u64::from(outcome.is_useful());
            }
            if let (true, Some(opened)) = (outcome.is_useful(), opened_at.get(card.call.as_str())) {
                let seconds = (card.at - opened).max(0) as f64 / 1e3;
                first.entry(card.call.as_str()).or_insert(seconds);
            }
        }
        first
    }

    fn ratings(&mut self, material: &Material) {
        let rows = material.engagements.iter();
        let in_period = Outcomes::of(rows.filter(|row| self.period.has(row.at)));
        for (_, outcome) in in_period.all().filter(|(n, _)| self.sight.counts(*n)) {
            self.numbers.helpful += u64::from(outcome.helpful == Some(true));
            self.numbers.not_helpful += u64::from(outcome.helpful == Some(false));
        }
    }
}

/// The value that a share of the sorted values does not exceed (nearest rank).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Reasons of the period, the most frequent first.
pub(super) fn reasons(material: &Material, period: &Period, sight: &Sight) -> Vec<ReasonCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut seen = HashSet::new();
    for row in material.engagements.iter().rev() {
        let Some(reason) = row.reason.as_deref().filter(|_| period.has(row.at)) else {
            continue;
        };
        if sight.counts(row.article) && seen.insert((&row.subject, row.article, reason)) {
            *counts.entry(reason).or_default() += 1;
        }
    }
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|(reason, count)| ReasonCount {
            reason: reason.to_owned(),
            count,
        })
        .collect();
    list.sort_by_key(|one| std::cmp::Reverse(one.count));
    list
}

/// What people wrote in the period, the newest first.
pub(super) fn comments(material: &Material, period: &Period, sight: &Sight) -> Vec<Comment> {
    let rows = material.engagements.iter().rev();
    rows.filter(|row| period.has(row.at))
        .filter_map(|row| {
            Some(Comment {
                at: super::period::time(row.at),
                article_id: sight.id(row.article)?.to_owned(),
                rating: row.rating.clone(),
                comment: row
                    .comment
                    .clone()
                    .filter(|words| !words.trim().is_empty())?,
            })
        })
        .take(COMMENTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_there() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.9), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.9), Some(4.0));
    }
}
