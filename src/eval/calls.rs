//! Plays the calls of a data set and measures which cards are pushed.
//!
//! Owns the metrics of calls, and what was pushed and missed in each. Leaves the decision to push to `live`.

mod curve;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use serde::Serialize;

pub use curve::{LEANINGS, Point, curve};

use super::{
    dataset::Call,
    metrics::{mean, percentile, ratio, rounded, share},
    reliability::{ScoredOutcome, Step, thresholds},
    walk::{OPENING, planned, walk},
};
use crate::{
    live::{CallRegistry, Card, LiveError, TriggerKind},
    search::types::Level,
};

/// Turns by which a card may be late and still count.
const LATE_TURNS: i64 = 4;

/// Metrics of calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallFigures {
    /// Number of calls.
    pub n_calls: usize,
    /// Number of expected articles over all calls.
    pub n_gold: usize,
    /// Number of turns with an expected article.
    pub n_turns: usize,
    /// Means over those; None if there are none.
    #[serde(flatten)]
    pub wanted: Option<Wanted>,
    /// Precision: share of cards with a relevant article, in annotated calls; None without cards.
    pub precision: Option<f64>,
    /// Mean cards per call.
    pub cards_per_call: f64,
    /// Number of turns at which no card is expected.
    pub n_quiet_turns: usize,
    /// Share of those with a card.
    pub false_push: Option<f64>,
    /// Number of calls without an expected card.
    pub n_quiet_calls: usize,
    /// Share of those without a card.
    pub quiet_ok: Option<f64>,
    /// Median milliseconds per utterance, in process.
    pub ms_p50: Option<f64>,
    /// 95th percentile of the same.
    pub ms_p95: Option<f64>,
    /// 99th percentile of the same.
    pub ms_p99: Option<f64>,
    /// Precision and coverage of the cards at thresholds on the confidence. Coverage: expected articles that were
    /// pushed at most four turns late.
    pub thresholds: Vec<Step>,
    /// Precision against coverage at other settings; empty if not measured.
    pub curve: Vec<Point>,
}

/// Means over expected articles, 0–1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wanted {
    /// Turns with an expected article at or before them.
    pub hit_by_turn: f64,
    /// Turns with an expected article exactly at them.
    pub hit_at_turn: f64,
    /// Articles pushed at or before their turn.
    pub by_turn: f64,
    /// Articles pushed at most four turns late.
    pub by_turn_plus4: f64,
    /// Articles pushed at any turn.
    pub ever: f64,
    /// Articles pushed as the first card of their turn.
    pub top_at_turn: f64,
    /// Turns between a card and its article's turn, for those pushed at or before it; None if there are none.
    pub turns_early: Option<f64>,
}

/// A call with its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Played {
    /// Its id in the data set.
    pub id: String,
    /// The cards, in order.
    pub cards: Vec<PlayedCard>,
    /// The expected articles.
    pub gold: Vec<PlayedGold>,
    /// Turns with an unexpected card.
    pub false_pushes: Vec<usize>,
    /// Turns at which no card is expected.
    pub n_quiet_turns: usize,
    /// Milliseconds of each utterance.
    #[serde(skip)]
    pub ms: Vec<f64>,
}

/// A card in the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayedCard {
    /// 0-based; −1 when the call was opened.
    pub turn: i64,
    /// Article.
    pub article_id: String,
    /// Whether the data set marks it as relevant to this call.
    pub right: bool,
    /// Its confidence.
    pub confidence: f64,
    /// The same as a level.
    pub level: Level,
    /// Its trigger.
    pub trigger: TriggerKind,
    /// The matched words.
    pub matched: String,
}

/// An expected article.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayedGold {
    /// 0-based turn by which the need is clear.
    pub turn: i64,
    /// Article.
    pub article_id: String,
    /// Turn at which it was first pushed; None if it was not.
    pub came: Option<i64>,
}

/// Plays every call to an empty call registry. Clocks start at `now`; a turn comes every six seconds.
///
/// # Errors
/// When the call registry refuses a call.
pub fn play(
    registry: &CallRegistry,
    calls: &[Call],
    now: DateTime<Utc>,
    bar: &ProgressBar,
) -> Result<Vec<Played>, LiveError> {
    let played = calls.iter().map(|call| {
        let played = play_one(registry, call, now);
        bar.inc(1);
        played
    });
    played.collect()
}

fn play_one(registry: &CallRegistry, call: &Call, now: DateTime<Utc>) -> Result<Played, LiveError> {
    let (mut came, mut ms) = (Vec::new(), Vec::new());
    walk(
        registry,
        call,
        now,
        |turn, _| planned(turn),
        |answered| {
            let turn = answered.turn;
            ms.extend((turn != OPENING).then_some(answered.took_ms));
            came.extend(answered.cards.into_iter().map(|card| (turn, card)));
            Ok(())
        },
    )?;
    Ok(Played::of(call, came, ms))
}

impl Played {
    pub(super) fn of(call: &Call, came: Vec<(i64, Card)>, ms: Vec<f64>) -> Self {
        let helps: BTreeSet<&str> = call.gold.iter().map(|gold| gold.article.as_str()).collect();
        let cards: Vec<PlayedCard> = came
            .into_iter()
            .map(|(turn, card)| PlayedCard {
                turn,
                right: helps.contains(card.article_id.as_str()),
                article_id: card.article_id,
                confidence: card.confidence,
                level: card.level,
                trigger: card.trigger.kind,
                matched: card.trigger.matched,
            })
            .collect();
        let gold = call.gold.iter().map(|gold| PlayedGold {
            turn: gold.turn as i64,
            article_id: gold.article.clone(),
            came: cards
                .iter()
                .filter(|card| card.article_id == gold.article)
                .map(|card| card.turn)
                .min(),
        });
        let disturbed = |turn: &usize| cards.iter().any(|card| card.turn == *turn as i64);
        Self {
            id: call.id.clone(),
            gold: gold.collect(),
            false_pushes: call.no_push.iter().copied().filter(disturbed).collect(),
            n_quiet_turns: call.no_push.len(),
            cards,
            ms,
        }
    }

    /// Whether the call is annotated with expected articles or quiet turns.
    fn is_labelled(&self) -> bool {
        !self.gold.is_empty() || self.n_quiet_turns > 0
    }

    /// Number of turns with an expected article.
    fn turns(&self) -> BTreeSet<i64> {
        self.gold.iter().map(|gold| gold.turn).collect()
    }

    /// Whether an expected article of that turn was pushed at a matching turn.
    fn hit(&self, turn: i64, fits: impl Fn(i64) -> bool) -> bool {
        let of_turn: Vec<&str> = self
            .gold
            .iter()
            .filter(|gold| gold.turn == turn)
            .map(|gold| gold.article_id.as_str())
            .collect();
        self.cards
            .iter()
            .any(|card| fits(card.turn) && of_turn.contains(&card.article_id.as_str()))
    }

    fn is_top(&self, gold: &PlayedGold) -> bool {
        self.cards
            .iter()
            .find(|card| card.turn == gold.turn)
            .is_some_and(|card| card.article_id == gold.article_id)
    }

    /// Best confidence with which an article was pushed in time.
    fn best(&self, gold: &PlayedGold) -> Option<f64> {
        let in_time = |card: &&PlayedCard| {
            card.article_id == gold.article_id && card.turn <= gold.turn + LATE_TURNS
        };
        self.cards
            .iter()
            .filter(in_time)
            .map(|card| card.confidence)
            .max_by(f64::total_cmp)
    }
}

/// Computes the metrics.
#[must_use]
pub fn figures(played: &[Played]) -> CallFigures {
    let came: usize = played.iter().map(|call| call.cards.len()).sum();
    let labelled = played.iter().filter(|call| call.is_labelled());
    let cards: Vec<&PlayedCard> = labelled.flat_map(|call| &call.cards).collect();
    let right = cards.iter().filter(|card| card.right).count();
    let quiet_turns: usize = played.iter().map(|call| call.n_quiet_turns).sum();
    let disturbed: usize = played.iter().map(|call| call.false_pushes.len()).sum();
    let quiet: Vec<&Played> = played.iter().filter(|call| call.gold.is_empty()).collect();
    let ms: Vec<f64> = played
        .iter()
        .flat_map(|call| call.ms.iter().copied())
        .collect();
    let judged: Vec<ScoredOutcome> = cards
        .iter()
        .map(|card| ScoredOutcome {
            confidence: card.confidence,
            right: card.right,
        })
        .collect();
    let best: Vec<Option<f64>> = played
        .iter()
        .flat_map(|call| call.gold.iter().map(|gold| call.best(gold)))
        .collect();
    CallFigures {
        n_calls: played.len(),
        n_gold: best.len(),
        n_turns: played.iter().map(|call| call.turns().len()).sum(),
        wanted: wanted(played),
        precision: ratio(right, cards.len()),
        cards_per_call: rounded(came as f64 / played.len().max(1) as f64, 2),
        n_quiet_turns: quiet_turns,
        false_push: ratio(disturbed, quiet_turns),
        n_quiet_calls: quiet.len(),
        quiet_ok: mean(quiet.iter().map(|call| share(call.cards.is_empty()))),
        ms_p50: percentile(&ms, 0.5),
        ms_p95: percentile(&ms, 0.95),
        ms_p99: percentile(&ms, 0.99),
        thresholds: thresholds(&judged, &best),
        curve: Vec::new(),
    }
}

fn wanted(played: &[Played]) -> Option<Wanted> {
    let turns: Vec<(&Played, i64)> = played
        .iter()
        .flat_map(|call| call.turns().into_iter().map(move |n| (call, n)))
        .collect();
    let gold: Vec<(&Played, &PlayedGold)> = played
        .iter()
        .flat_map(|call| call.gold.iter().map(move |gold| (call, gold)))
        .collect();
    let came_by = |late: i64| {
        mean(
            gold.iter()
                .map(|(_, gold)| share(gold.came.is_some_and(|came| came <= gold.turn + late))),
        )
    };
    let early = gold
        .iter()
        .filter_map(|(_, gold)| gold.came.map(|came| gold.turn - came))
        .filter(|early| *early >= 0);
    Some(Wanted {
        hit_by_turn: mean(
            turns
                .iter()
                .map(|(call, turn)| share(call.hit(*turn, |came| came <= *turn))),
        )?,
        hit_at_turn: mean(
            turns
                .iter()
                .map(|(call, turn)| share(call.hit(*turn, |came| came == *turn))),
        )?,
        by_turn: came_by(0)?,
        by_turn_plus4: came_by(LATE_TURNS)?,
        ever: mean(gold.iter().map(|(_, gold)| share(gold.came.is_some())))?,
        top_at_turn: mean(gold.iter().map(|(call, gold)| share(call.is_top(gold))))?,
        turns_early: mean(early.map(|early| early as f64)),
    })
}

#[cfg(test)]
mod tests;
