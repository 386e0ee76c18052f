//! Gap questions: every distinct text without a good article, with time and reason. Pure.

use std::collections::{BTreeMap, HashMap};

use super::{
    Period,
    outcome::{GapReason, Outcomes, ask_gap, search_gap},
    rows::{AskRow, Recorded, ReportRow, SearchRow},
    visibility::VisibleArticles,
};
use crate::text::{fold, one_line};

/// A distinct text that is a gap.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) lang: String,
    /// First time in either period.
    pub(super) first: i64,
    /// First time in the period; meaningless if it was not asked in it.
    pub(super) first_in_period: i64,
    pub(super) last: i64,
    /// Number of times asked in the period.
    pub(super) count: u64,
    pub(super) before: u64,
    pub(super) days: Vec<u64>,
    pub(super) reasons: BTreeMap<GapReason, u64>,
    pub(super) comments: Vec<String>,
}

/// Collects gap questions of a period and the previous one.
pub(super) struct GapTally<'a> {
    period: Period,
    sight: &'a VisibleArticles<'a>,
    outcomes: &'a Outcomes,
    days: usize,
    /// By folded text: case, width and script are ignored.
    questions: HashMap<String, Question>,
    /// Ids of gap searches: reports about them add no question.
    searches: HashMap<String, String>,
}

impl<'a> GapTally<'a> {
    pub(super) fn new(
        period: Period,
        sight: &'a VisibleArticles<'a>,
        outcomes: &'a Outcomes,
    ) -> Self {
        Self {
            period,
            sight,
            outcomes,
            days: period.days().len(),
            questions: HashMap::new(),
            searches: HashMap::new(),
        }
    }

    /// Adds an event if it is a gap.
    pub(super) fn take(&mut self, row: &Recorded) {
        match row {
            Recorded::Search(row) => self.search(row),
            Recorded::Ask(row) => self.ask(row),
            Recorded::Report(row) => self.report(row),
            Recorded::Call(_) | Recorded::Card(_) => {}
        }
    }

    fn search(&mut self, row: &SearchRow) {
        if let Some(reason) = search_gap(row, self.outcomes) {
            let key = self.question(&row.query, &row.lang, row.at, reason);
            self.searches.insert(row.query_id.clone(), key);
        }
    }

    fn ask(&mut self, row: &AskRow) {
        if let Some(reason) = ask_gap(row, self.outcomes) {
            self.question(&row.query, &row.lang, row.at, reason);
        }
    }

    fn report(&mut self, row: &ReportRow) {
        let known = row.query_id.as_ref().and_then(|id| self.searches.get(id));
        let key = match known.cloned() {
            Some(key) => {
                let question = self.questions.get_mut(&key);
                if let Some(question) = question.filter(|_| self.period.has(row.at)) {
                    *question.reasons.entry(GapReason::Reported).or_default() += 1;
                }
                key
            }
            None => self.question(&row.query, &row.lang, row.at, GapReason::Reported),
        };
        // A comment may be about anything that its author may see.
        let is_told = self.sight.covers(row.audience.as_deref());
        let comment = row.comment.as_ref().filter(|_| is_told);
        if let (Some(question), Some(comment)) = (self.questions.get_mut(&key), comment) {
            question.comments.push(comment.clone());
        }
    }

    /// The distinct questions, most frequent first, then newest.
    pub(super) fn finish(self) -> Vec<Question> {
        let mut questions: Vec<_> = self.questions.into_values().collect();
        questions.sort_by(|a, b| {
            (b.count, b.before, b.last, &a.text).cmp(&(a.count, a.before, a.last, &b.text))
        });
        questions
    }

    fn question(&mut self, text: &str, lang: &str, at: i64, reason: GapReason) -> String {
        let key = key(text);
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
                let earlier = question.first_in_period.min(at);
                question.first_in_period = if question.count == 0 { at } else { earlier };
                question.count += 1;
                question.days[day] += 1;
                *question.reasons.entry(reason).or_default() += 1;
            }
            None => question.before += 1,
        }
        key
    }
}

/// The key of a question: case, width, script and spaces are ignored.
pub(super) fn key(text: &str) -> String {
    one_line(&fold(text).text)
}
