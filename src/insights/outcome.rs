//! The outcome of each answer and card, and whether it is a gap. Pure.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::rows::{AskRow, EngagementRow, SearchRow};

/// Outcome of an article in one response, or of one card. Repeated engagements count once; the last rating counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) opened: bool,
    pub(super) copied: bool,
    pub(super) used: bool,
    pub(super) dismissed: bool,
    pub(super) helpful: Option<bool>,
}

impl Outcome {
    pub(super) fn take(&mut self, row: &EngagementRow) {
        match row.kind.as_str() {
            "opened" => self.opened = true,
            "copied" => self.copied = true,
            "used" => self.used = true,
            "dismissed" => self.dismissed = true,
            _ => {}
        }
        // A rating may accompany any engagement.
        if let Some(rating) = &row.rating {
            self.helpful = Some(rating == "helpful");
        }
    }

    /// Whether it was useful: copied, used, rated helpful, or opened and not dismissed; and not rated not helpful.
    pub(super) fn is_useful(&self) -> bool {
        let taken_up = self.copied || self.used || self.helpful == Some(true);
        let kept = self.opened && !self.dismissed;
        (taken_up || kept) && self.helpful != Some(false)
    }

    /// Whether it was dismissed or rated not helpful.
    pub(super) fn is_refused(&self) -> bool {
        !self.is_useful() && (self.dismissed || self.helpful == Some(false))
    }
}

/// All outcomes, by search or card and article.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    answers: HashMap<String, HashMap<i64, Outcome>>,
    cards: HashMap<String, HashMap<i64, Outcome>>,
}

impl Outcomes {
    /// Adds an engagement; they must come in chronological order.
    pub(super) fn take(&mut self, row: &EngagementRow) {
        let subjects = if row.is_card {
            &mut self.cards
        } else {
            &mut self.answers
        };
        let articles = subjects.entry(row.subject.clone()).or_default();
        articles.entry(row.article).or_default().take(row);
    }

    /// Outcomes of the articles of a search.
    pub(super) fn answer(&self, query_id: &str) -> impl Iterator<Item = (i64, &Outcome)> {
        let articles = self.answers.get(query_id).into_iter().flatten();
        articles.map(|(article, outcome)| (*article, outcome))
    }

    /// Outcome of a card.
    pub(super) fn card(&self, card_id: &str) -> Outcome {
        let articles = self.cards.get(card_id);
        articles
            .and_then(|articles| articles.values().next())
            .copied()
            .unwrap_or_default()
    }

    /// All outcomes with their articles.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, &Outcome)> {
        let subjects = self.answers.values().chain(self.cards.values());
        subjects
            .flatten()
            .map(|(article, outcome)| (*article, outcome))
    }
}

/// Why a question is a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// No answer was good enough, and no hit was opened.
    Unanswered,
    /// The hits or cards were rated not helpful.
    Rejected,
    /// Every card it triggered was dismissed.
    Dismissed,
    /// It was reported.
    Reported,
}

/// Whether a search is a gap.
pub(super) fn search_gap(row: &SearchRow, outcomes: &Outcomes) -> Option<GapReason> {
    let any = |is: fn(&Outcome) -> bool| outcomes.answer(&row.query_id).any(|(_, one)| is(one));
    let served = any(Outcome::is_useful);
    let refused = any(Outcome::is_refused);
    match (served, refused, row.answer) {
        (true, ..) => None,
        (false, true, _) => Some(GapReason::Rejected),
        (false, false, None) => Some(GapReason::Unanswered),
        (false, false, Some(_)) => None,
    }
}

/// Whether a customer's turn is a gap.
pub(super) fn ask_gap(row: &AskRow, outcomes: &Outcomes) -> Option<GapReason> {
    if row.cards.is_empty() {
        return Some(GapReason::Unanswered);
    }
    let refused = row
        .cards
        .iter()
        .all(|card| outcomes.card(card).is_refused());
    refused.then_some(GapReason::Dismissed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(rows: &[EngagementRow]) -> Outcomes {
        let mut outcomes = Outcomes::default();
        rows.iter().for_each(|row| outcomes.take(row));
        outcomes
    }

    fn row(kind: &str, rating: Option<&str>) -> EngagementRow {
        EngagementRow {
            subject: "q".into(),
            kind: kind.into(),
            rating: rating.map(str::to_owned),
            ..EngagementRow::default()
        }
    }

    #[test]
    fn a_question_is_a_gap_until_something_served() {
        let check = |answered: bool, done: &[(&str, Option<&str>)], expected: Option<GapReason>| {
            let rows: Vec<_> = done
                .iter()
                .map(|(kind, rating)| row(kind, *rating))
                .collect();
            let search = SearchRow {
                query_id: "q".into(),
                answer: answered.then_some(1),
                ..SearchRow::default()
            };
            assert_eq!(
                search_gap(&search, &outcomes(&rows)),
                expected,
                "{answered} {done:?}"
            );
        };
        use GapReason::{Rejected, Unanswered};
        check(true, &[], None);
        check(false, &[], Some(Unanswered));
        check(false, &[("opened", None)], None);
        check(
            false,
            &[("opened", None), ("rated", Some("not_helpful"))],
            Some(Rejected),
        );
        check(true, &[("rated", Some("not_helpful"))], Some(Rejected));
        check(
            true,
            &[("rated", Some("not_helpful")), ("rated", Some("helpful"))],
            None,
        );
    }

    #[test]
    fn a_rating_counts_with_whatever_it_is_sent() {
        let check = |kind: &str, rating: &str, expected: Option<bool>| {
            let done = outcomes(&[row(kind, Some(rating))]);
            let helpful: Vec<_> = done.answer("q").map(|(_, one)| one.helpful).collect();
            assert_eq!(helpful, [expected], "{kind} {rating}");
        };
        check("rated", "helpful", Some(true));
        check("opened", "not_helpful", Some(false));
        check("dismissed", "helpful", Some(true));
    }

    #[test]
    fn a_turn_is_a_gap_when_every_card_of_it_was_sent_away() {
        let card = |subject: &str, kind: &str| EngagementRow {
            subject: subject.into(),
            is_card: true,
            kind: kind.into(),
            ..EngagementRow::default()
        };
        let done = outcomes(&[
            card("a", "dismissed"),
            card("b", "opened"),
            card("c", "dismissed"),
        ]);
        let check = |cards: &[&str], expected: Option<GapReason>| {
            let cards = cards.iter().map(|card| (*card).to_owned()).collect();
            assert_eq!(
                ask_gap(
                    &AskRow {
                        cards,
                        ..AskRow::default()
                    },
                    &done
                ),
                expected
            );
        };
        check(&[], Some(GapReason::Unanswered));
        check(&["a", "c"], Some(GapReason::Dismissed));
        check(&["a", "b"], None);
        check(&["a", "untouched"], None);
    }
}
