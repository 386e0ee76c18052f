//! Engagement with answers and cards → votes for or against each article, per question. Pure.
//!
//! The position of a hit largely determines whether it is opened. So clicks are compared with those expected at that
//! position, after "clicks over expected clicks" (Zhang and Jones 2007), as a difference rather than a quotient so that
//! one search counts for −1 to 1: an opened hit at place k votes 1 − e(k) for its article, and one that was passed over
//! in a search from which something was taken votes −e(k). The expectation at place k is each person's own habit, e(k) =
//! (8 · u(k) + taken(k)) / (8 + searches), where u(k) is 1/k divided by the sum of 1/1 to 1/10, `searches` are those from
//! which the person took something, and `taken(k)` counts those in which it stood at k. The vote of a person who always
//! opens the first hit therefore counts little.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    outcome::Outcome,
    questions::key,
    rows::{AskRow, EngagementRow, SearchRow},
};
use crate::search::feedback::{LOUDEST, Voice};

/// Days of engagement that count.
pub(super) const DAYS: i64 = 90;

/// Half-life of a vote, in days.
const HALF_LIFE: f64 = 30.0;

/// Hits that count as seen.
const PLACES: usize = 10;

/// Weight of the prior for a person's habit, in searches: the prior opens hits in proportion to 1/position.
const HABIT_WEIGHT: f64 = 8.0;

/// Vote of an opened card: it was shown alone, and looked at.
const OPENED_CARD: f64 = 0.5;

/// Maximum questions kept: each is compared with every new one. Those with the most people are kept, then the newest.
const QUESTIONS: usize = 2_000;

/// Questions per person that count, the newest: nobody fills the table alone.
const OWN: usize = 300;

/// People per question that count: by then the bound is almost reached. The newest are kept.
const PEOPLE: usize = 50;

/// Votes below this are ignored.
const LEAST: f64 = 0.03;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Raw events with engagement.
#[derive(Debug, Default)]
pub(super) struct Acts {
    pub(super) searches: Vec<SearchRow>,
    pub(super) asks: Vec<AskRow>,
    /// In chronological order.
    pub(super) engagements: Vec<EngagementRow>,
}

/// A question with votes for articles, which are numbered as in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QueryFeedback {
    pub(super) text: String,
    pub(super) voices: Vec<Voice>,
}

/// What one person did with one response.
struct Look<'a> {
    text: &'a str,
    by: &'a str,
    at: i64,
    /// Articles by position; empty for cards, since nothing was skipped.
    hits: &'a [i64],
    done: HashMap<i64, Outcome>,
}

/// Sum and count of votes, by article and day.
type Votes = BTreeMap<(i64, i64), (f64, f64)>;

/// Engagements with each article, by person.
type ByPerson<'a> = BTreeMap<&'a str, HashMap<i64, Outcome>>;

/// Votes for one question.
#[derive(Default)]
struct QuestionVotes<'a> {
    text: &'a str,
    last: i64,
    /// By person: time of the last vote, and the votes.
    people: HashMap<&'a str, (i64, Votes)>,
}

/// Computes the feedback as of `now`, in milliseconds since 1970.
pub(super) fn learn(acts: &Acts, now: i64) -> Vec<QueryFeedback> {
    let looks = looks(acts);
    let habits = habits(&looks);
    let mut heard: HashMap<String, QuestionVotes> = HashMap::new();
    for look in &looks {
        let question = heard.entry(key(look.text)).or_default();
        if look.at >= question.last {
            (question.text, question.last) = (look.text, look.at);
        }
        let person = question.people.entry(look.by).or_default();
        person.0 = person.0.max(look.at);
        for (article, vote) in votes(look, &habits[look.by]) {
            let day = person
                .1
                .entry((article, look.at.div_euclid(DAY)))
                .or_default();
            *day = (day.0 + vote, day.1 + 1.0);
        }
    }
    let mut heard: Vec<QuestionVotes> = heard.into_values().collect();
    heard.sort_by_key(|question| (std::cmp::Reverse(question.last), question.text));
    let mut own: HashMap<&str, usize> = HashMap::new();
    for question in &mut heard {
        question.people.retain(|name, _| {
            let count = own.entry(name).or_default();
            *count += 1;
            *count <= OWN
        });
    }
    heard.sort_by(|a, b| (b.people.len(), b.last, a.text).cmp(&(a.people.len(), a.last, b.text)));
    heard.truncate(QUESTIONS);
    let mut people = HashMap::new();
    let learnt = heard.into_iter().map(|question| QueryFeedback {
        text: question.text.to_owned(),
        voices: question.voices(&mut people, now),
    });
    learnt.filter(|one| !one.voices.is_empty()).collect()
}

/// All responses with engagement, by person.
fn looks(acts: &Acts) -> Vec<Look<'_>> {
    let mut done: HashMap<(bool, &str), ByPerson> = HashMap::new();
    for row in &acts.engagements {
        let people = done.entry((row.is_card, &row.subject)).or_default();
        let outcomes = people.entry(&row.by).or_default();
        outcomes.entry(row.article).or_default().take(row);
    }
    let mut looks = Vec::new();
    let mut look = |is_card, subject: &str, text, at, hits| {
        for (by, done) in done.get(&(is_card, subject)).into_iter().flatten() {
            looks.push(Look {
                text,
                by,
                at,
                hits,
                done: done.clone(),
            });
        }
    };
    for row in &acts.searches {
        let shown = &row.hits[..row.hits.len().min(PLACES)];
        look(false, &row.query_id, &row.query, row.at, shown);
    }
    for row in &acts.asks {
        for card in &row.cards {
            look(true, card, &row.query, row.at, &[]);
        }
    }
    looks
}

fn is_taken(outcome: &Outcome) -> bool {
    outcome.opened || outcome.copied || outcome.used || outcome.helpful == Some(true)
}

/// How often each person opens the hit at each position, in searches in which they open one.
fn habits<'a>(looks: &[Look<'a>]) -> HashMap<&'a str, [f64; PLACES]> {
    let mut seen: HashMap<&str, (f64, [f64; PLACES])> = HashMap::new();
    for look in looks {
        let (searches, taken) = seen.entry(look.by).or_default();
        let places = look.hits.iter().enumerate();
        let took: Vec<usize> = places
            .filter(|(_, article)| look.done.get(article).is_some_and(is_taken))
            .map(|(place, _)| place)
            .collect();
        *searches += f64::from(!took.is_empty());
        took.into_iter().for_each(|place| taken[place] += 1.0);
    }
    let all: f64 = (1..=PLACES).map(|place| 1.0 / place as f64).sum();
    let habit = |(searches, taken): (f64, [f64; PLACES])| {
        std::array::from_fn(|place| {
            let usual = 1.0 / (place + 1) as f64 / all;
            (HABIT_WEIGHT * usual + taken[place]) / (HABIT_WEIGHT + searches)
        })
    };
    seen.into_iter()
        .map(|(by, seen)| (by, habit(seen)))
        .collect()
}

/// Votes of one response for and against its articles: −1 to 1 each. Articles that were not among the hits get none.
fn votes(look: &Look, habit: &[f64; PLACES]) -> Vec<(i64, f64)> {
    let word = |outcome: &Outcome| match outcome.helpful {
        Some(true) => Some(1.0),
        Some(false) => Some(-1.0),
        None if outcome.is_refused() => Some(-1.0),
        None => None,
    };
    if look.hits.is_empty() {
        let of_card = |outcome: &Outcome| {
            let used = outcome.used || outcome.copied;
            word(outcome).unwrap_or(if used { 1.0 } else { OPENED_CARD })
        };
        let cards = look.done.iter();
        return cards
            .map(|(article, outcome)| (*article, of_card(outcome)))
            .collect();
    }
    let is_engaged = look.done.values().any(is_taken);
    let places = look.hits.iter().zip(habit);
    places
        .filter_map(|(article, expected)| {
            let vote = match look.done.get(article) {
                Some(outcome) => word(outcome).unwrap_or(1.0 - expected),
                None if is_engaged => -expected,
                None => return None,
            };
            Some((*article, vote))
        })
        .collect()
}

impl<'a> QuestionVotes<'a> {
    /// One vote per person and article, decayed by age; people are numbered in order of appearance.
    fn voices(self, numbers: &mut HashMap<&'a str, u32>, now: i64) -> Vec<Voice> {
        let mut people: Vec<_> = self.people.into_iter().collect();
        people.sort_by_key(|(name, (last, _))| (std::cmp::Reverse(*last), *name));
        people.truncate(PEOPLE);
        let mut voices = Vec::new();
        for (name, (_, days)) in people {
            let next = numbers.len() as u32;
            let by = *numbers.entry(name).or_insert(next);
            let articles: HashSet<i64> = days.keys().map(|(article, _)| *article).collect();
            for article in articles {
                let days = days.range((article, i64::MIN)..=(article, i64::MAX));
                // All engagements of one day are one vote.
                let votes = days.map(|((_, day), (sum, count))| {
                    let age = (now - day * DAY) as f64 / DAY as f64;
                    sum / count * 0.5_f64.powf(age.max(0.0) / HALF_LIFE)
                });
                let weight = votes.sum::<f64>().clamp(-LOUDEST, LOUDEST);
                if weight.abs() >= LEAST {
                    voices.push(Voice {
                        article: u32::try_from(article).unwrap_or(u32::MAX),
                        by,
                        weight,
                    });
                }
            }
        }
        voices.sort_by_key(|voice| (voice.article, voice.by));
        voices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000 * DAY;

    /// One question of one person so many days ago: ten hits, 1 to 10, and the engagements with them.
    fn asked(acts: &mut Acts, by: &str, days: i64, done: &[(i64, &str)]) {
        let query_id = format!("q{}", acts.searches.len());
        let at = NOW - days * DAY;
        acts.searches.push(SearchRow {
            query_id: query_id.clone(),
            at,
            query: "Can I  pay later".into(),
            hits: (1..=10).collect(),
            ..SearchRow::default()
        });
        did(acts, &query_id, false, by, at, done);
    }

    fn did(acts: &mut Acts, subject: &str, is_card: bool, by: &str, at: i64, done: &[(i64, &str)]) {
        let row = |(article, what): &(i64, &str)| EngagementRow {
            subject: subject.into(),
            is_card,
            at,
            article: *article,
            kind: if what.contains("helpful") {
                "rated"
            } else {
                *what
            }
            .into(),
            rating: what.contains("helpful").then(|| (*what).to_owned()),
            by: by.into(),
            ..EngagementRow::default()
        };
        acts.engagements.extend(done.iter().map(row));
    }

    /// Sum of the votes for an article.
    fn said(acts: &Acts, article: u32) -> f64 {
        let learnt = learn(acts, NOW);
        let voices = learnt.iter().flat_map(|one| &one.voices);
        let of = voices.filter(|voice| voice.article == article);
        of.map(|voice| voice.weight).sum()
    }

    #[test]
    fn what_is_opened_beyond_its_place_speaks_and_what_is_passed_over_speaks_against() {
        let mut acts = Acts::default();
        asked(&mut acts, "anna", 0, &[(3, "opened")]);
        let (first, third, last) = (said(&acts, 1), said(&acts, 3), said(&acts, 10));
        assert!(third > 0.75 && first < -0.25, "{first} {third}");
        assert!(
            last > first / 5.0 && last < 0.0,
            "the last was hardly looked at: {last}"
        );
        // A search from which nothing was opened casts no votes.
        let mut idle = Acts::default();
        asked(&mut idle, "anna", 0, &[]);
        assert!(learn(&idle, NOW).is_empty());
    }

    #[test]
    fn who_opens_the_first_whatever_it_is_says_nothing() {
        let (mut lazy, mut once) = (Acts::default(), Acts::default());
        (0..100).for_each(|_| asked(&mut lazy, "lee", 0, &[(1, "opened")]));
        asked(&mut once, "anna", 0, &[(1, "opened")]);
        assert!(
            said(&lazy, 1) < 0.06 && said(&once, 1) > 0.5,
            "{}",
            said(&lazy, 1)
        );
    }

    #[test]
    fn words_and_cards_count_in_full() {
        let mut acts = Acts::default();
        asked(
            &mut acts,
            "anna",
            0,
            &[(1, "not_helpful"), (2, "helpful"), (99, "opened")],
        );
        assert_eq!(
            (said(&acts, 1), said(&acts, 2), said(&acts, 99)),
            (-1.0, 1.0, 0.0)
        );
        let mut acts = Acts::default();
        for (n, what) in ["used", "dismissed", "opened"].into_iter().enumerate() {
            let card = format!("k{n}");
            acts.asks.push(AskRow {
                at: NOW,
                query: "can I pay later".into(),
                cards: vec![card.clone()],
                ..AskRow::default()
            });
            did(&mut acts, &card, true, "anna", NOW, &[(n as i64, what)]);
        }
        let all: Vec<f64> = (0..3).map(|article| said(&acts, article)).collect();
        assert_eq!(all, [1.0, -1.0, OPENED_CARD]);
    }

    #[test]
    fn a_day_is_one_vote_a_person_one_voice_and_both_fade() {
        let mut acts = Acts::default();
        (0..50).for_each(|_| asked(&mut acts, "mallory", 0, &[(1, "not_helpful")]));
        assert_eq!(said(&acts, 1), -1.0);
        (1..80).for_each(|days| asked(&mut acts, "mallory", days, &[(1, "not_helpful")]));
        assert_eq!(said(&acts, 1), -LOUDEST);
        asked(&mut acts, "anna", 30, &[(1, "helpful")]);
        assert!((said(&acts, 1) - (0.5 - LOUDEST)).abs() < 1e-9);
        assert_eq!(
            learn(&acts, NOW).len(),
            1,
            "one question in whatever letters"
        );
    }

    #[test]
    fn the_questions_of_most_people_are_remembered() {
        let mut acts = Acts::default();
        for by in ["anna", "ben"] {
            asked(&mut acts, by, 80, &[(1, "helpful")]);
        }
        for n in 0..2 * OWN {
            asked(&mut acts, "mallory", 0, &[(1, "not_helpful")]);
            acts.searches.last_mut().unwrap().query = format!("question {n}");
        }
        let learnt = learn(&acts, NOW);
        assert_eq!(learnt.len(), OWN + 1, "nobody fills the memory alone");
        assert_eq!(
            (learnt[0].text.as_str(), learnt[0].voices.len()),
            ("Can I  pay later", 2)
        );
    }
}
