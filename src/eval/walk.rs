//! Plays a recorded call to a call registry: open, turn after turn, end.
//!
//! Owns the order, and the caller that the call is played as. Leaves the times of turns, and what is kept of the
//! results, to the caller.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use super::dataset::{Call, Turn};
use crate::{
    live::{
        CallRegistry, Caller, Card, LiveError, MAX_UTTERANCE_CHARS, NotShown, OpenCall, Summary,
        Utterance,
    },
    search::types::Audience,
    text::tail,
};

/// Milliseconds from one turn's beginning to the next one's.
pub(super) const TURN_MS: u64 = 6_000;

/// Duration of a turn in milliseconds.
pub(super) const SPOKEN_MS: u64 = 5_000;

/// The turn number of cards from the account, before anybody speaks.
pub(super) const OPENING: i64 = -1;

/// What the call registry returned at one step.
pub(super) struct Answered<'a> {
    /// The registry's id of the call.
    pub(super) call_id: &'a str,
    /// 0-based; −1 when the call was opened.
    pub(super) turn: i64,
    /// When it ended, in milliseconds of the call.
    pub(super) at_ms: u64,
    /// The cards pushed, best first.
    pub(super) cards: Vec<Card>,
    /// The candidates not shown, with reasons.
    pub(super) not_shown: Vec<NotShown>,
    /// Milliseconds that the registry took.
    pub(super) took_ms: f64,
}

/// The caller that plays calls: it sees every article.
pub(super) fn caller() -> Caller {
    Caller {
        name: "eval".to_owned(),
        admin: true,
        audience: Audience::Unrestricted,
    }
}

/// Start and end of a turn if all turns take equally long, in milliseconds of the call.
pub(super) fn planned(turn: usize) -> [u64; 2] {
    let begin = turn as u64 * TURN_MS;
    [begin, begin + SPOKEN_MS]
}

/// Plays a call to the registry, its clock starting at `now`. `times` returns the start and end of a turn, in milliseconds of the
/// call, before it is sent; `keep` receives each result.
///
/// # Errors
/// When the registry refuses the call, or `keep` fails.
pub(super) fn walk(
    registry: &CallRegistry,
    call: &Call,
    now: DateTime<Utc>,
    mut times: impl FnMut(usize, &Turn) -> [u64; 2],
    mut keep: impl FnMut(Answered<'_>) -> Result<(), LiveError>,
) -> Result<Summary, LiveError> {
    let caller = caller();
    let request = OpenCall {
        account: call.account.clone(),
        lang: call.lang.clone(),
        ..OpenCall::default()
    };
    let begun = Instant::now();
    let opened = registry.open(&caller, request, now)?;
    let call_id = opened.call_id.as_str();
    let mut at_ms = 0;
    keep(Answered {
        call_id,
        turn: OPENING,
        at_ms,
        cards: opened.cards,
        not_shown: opened.not_shown,
        took_ms: millis(begun),
    })?;
    for (turn, said) in call.turns.iter().enumerate() {
        let [begin_ms, end_ms] = times(turn, said);
        at_ms = end_ms;
        // A data set may keep turns in which nobody said anything; a call refuses them.
        if said.text.trim().is_empty() {
            keep(Answered {
                call_id,
                turn: turn as i64,
                at_ms,
                cards: Vec::new(),
                not_shown: Vec::new(),
                took_ms: 0.0,
            })?;
            continue;
        }
        let utterance = utterance(said, begin_ms, end_ms);
        let begun = Instant::now();
        let heard = registry.hear(&caller, call_id, utterance, later(now, at_ms))?;
        keep(Answered {
            call_id,
            turn: turn as i64,
            at_ms,
            cards: heard.cards,
            not_shown: heard.not_shown,
            took_ms: millis(begun),
        })?;
    }
    registry.end(&caller, call_id, later(now, at_ms + TURN_MS - SPOKEN_MS))
}

/// A turn as the desktop would send it.
fn utterance(said: &Turn, begin_ms: u64, end_ms: u64) -> Utterance {
    // Of a text longer than a call accepts, the end is sent.
    let text = tail(&said.text, MAX_UTTERANCE_CHARS);
    Utterance {
        begin_ms: Some(begin_ms),
        end_ms: Some(end_ms),
        ..Utterance::new(said.speaker, text)
    }
}

fn later(now: DateTime<Utc>, ms: u64) -> DateTime<Utc> {
    i64::try_from(ms)
        .ok()
        .and_then(TimeDelta::try_milliseconds)
        .and_then(|passed| now.checked_add_signed(passed))
        .unwrap_or(now)
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        article::Role,
        index::Catalog,
        live::{Policy, Retriever, Scope, View},
        search::{Found, types::IndexInfo},
    };

    /// A folder without articles.
    struct Empty(Arc<Catalog>);

    impl Retriever for Empty {
        fn catalog(&self) -> Arc<Catalog> {
            Arc::clone(&self.0)
        }

        fn find(&self, _: &Catalog, _: &View, _: &Scope, _: usize) -> Vec<Found> {
            Vec::new()
        }

        fn same_question(&self, _: &str, _: &str) -> Option<f64> {
            None
        }
    }

    #[test]
    fn a_turn_in_which_nobody_spoke_ends_no_call() {
        let info = IndexInfo {
            revision: "r".to_owned(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        let empty = Empty(Arc::new(Catalog::new(Vec::new(), info)));
        let registry = CallRegistry::new(Arc::new(empty), Policy::default());
        let said = |text: &str| Turn {
            speaker: Role::Customer,
            text: text.to_owned(),
            begin_ms: None,
            end_ms: None,
        };
        let call = Call {
            turns: vec![said("hello"), said(" "), said("my line is down")],
            ..Call::default()
        };
        let mut turns = Vec::new();
        let now = DateTime::UNIX_EPOCH;
        let summary = walk(
            &registry,
            &call,
            now,
            |turn, _| planned(turn),
            |answered| {
                turns.push(answered.turn);
                Ok(())
            },
        );
        assert_eq!(turns, [OPENING, 0, 1, 2]);
        assert_eq!(summary.unwrap().turns, 2);
    }

    #[test]
    fn a_turn_that_is_too_long_is_heard_by_its_end() {
        let said = Turn {
            speaker: Role::Customer,
            text: format!("{}fee", "x".repeat(MAX_UTTERANCE_CHARS)),
            begin_ms: None,
            end_ms: None,
        };
        let text = utterance(&said, 0, 1).text;
        assert_eq!(text.chars().count(), MAX_UTTERANCE_CHARS);
        assert!(text.ends_with("xfee"));
    }
}
