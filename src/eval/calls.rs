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

/// Turns by which a card may be late and still help.
const LATE_TURNS: i64 = 4;

/// What calls gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallFigures {
    /// Calls.
    pub n_calls: usize,
    /// Articles that should have come, over all calls.
    pub n_gold: usize,
    /// Turns at which some article should have come.
    pub n_turns: usize,
    /// Means over those; None where there are none.
    #[serde(flatten)]
    pub wanted: Option<Wanted>,
    /// Share of the cards whose article helps in their call, of calls of which the set says what does; None without cards.
    pub precision: Option<f64>,
    /// Cards in one call.
    pub cards_per_call: f64,
    /// Turns at which nothing should come.
    pub n_quiet_turns: usize,
    /// Share of those at which a card came all the same.
    pub false_push: Option<f64>,
    /// Calls in which nothing should come.
    pub n_quiet_calls: usize,
    /// Share of those in which nothing came.
    pub quiet_ok: Option<f64>,
    /// Milliseconds of an utterance in process, half below.
    pub ms_p50: Option<f64>,
    /// Milliseconds of an utterance in process, 95 % below.
    pub ms_p95: Option<f64>,
    /// Milliseconds of an utterance in process, 99 % below.
    pub ms_p99: Option<f64>,
    /// What thresholds on the confidence would let through of the cards that came. Coverage: articles that should
    /// have come and came by four turns late.
    pub thresholds: Vec<Step>,
    /// Precision against coverage from silent to eager; empty where it was not played.
    pub curve: Vec<Point>,
}

/// Means over what should have come, 0–1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wanted {
    /// Turns of which an article came at or before them.
    pub hit_by_turn: f64,
    /// Turns of which an article came at them.
    pub hit_at_turn: f64,
    /// Articles that came at or before their turn.
    pub by_turn: f64,
    /// Articles that came at most four turns after their turn.
    pub by_turn_plus4: f64,
    /// Articles that came at all.
    pub ever: f64,
    /// Articles that were the first card of their turn.
    pub top_at_turn: f64,
    /// Turns between a card and its article's turn, of those that came at or before it; None where none did.
    pub turns_early: Option<f64>,
}

/// A call with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Played {
    /// Its name in the set.
    pub id: String,
    /// What came, in order.
    pub cards: Vec<PlayedCard>,
    /// What should have come.
    pub gold: Vec<PlayedGold>,
    /// Turns at which nothing should have come, and something did.
    pub false_pushes: Vec<usize>,
    /// Turns at which nothing should have come.
    pub n_quiet_turns: usize,
    /// Milliseconds of each utterance.
    #[serde(skip)]
    pub ms: Vec<f64>,
}

/// A card as the report keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayedCard {
    /// 0-based; −1 when the call was opened.
    pub turn: i64,
    /// Article.
    pub article_id: String,
    /// Whether it helps in this call, by the set.
    pub right: bool,
    /// As told.
    pub confidence: f64,
    /// The same in three steps.
    pub level: Level,
    /// What brought it up.
    pub trigger: TriggerKind,
    /// The words that did.
    pub matched: String,
}

/// An article that should have come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayedGold {
    /// 0-based turn by which the need is clear.
    pub turn: i64,
    /// Article.
    pub article_id: String,
    /// Turn at which it first came; None where it did not.
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

    /// Whether the set says what should have come, or when nothing: else nobody knows which cards are right.
    fn is_labelled(&self) -> bool {
        !self.gold.is_empty() || self.n_quiet_turns > 0
    }

    /// Turns at which some article should have come.
    fn turns(&self) -> BTreeSet<i64> {
        self.gold.iter().map(|gold| gold.turn).collect()
    }

    /// Whether an article of that turn came at a turn that fits.
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

    /// Best confidence with which an article came in time to help.
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

/// The figures of calls that were played.
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
