//! Plays a recorded call and reports it step by step: what was said, what was pushed and why, what was not shown.
//!
//! Owns the clock of a replay and what it reports. Leaves pausing and printing to the caller, figures to `calls`.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{
    EvalError,
    calls::{CallFigures, Played, figures},
    dataset::{Call, Gold, Turn, calls},
    walk::{SPOKEN_MS, caller, planned, walk},
};
use crate::{
    article::Role,
    live::{Account, CallRegistry, Card, EventKind, LiveError, NotShown, Summary},
};

/// Reads a file of recorded calls; calls without turns are left out.
///
/// # Errors
/// The file is missing or cannot be read, or a line is malformed.
pub fn read(file: &Path) -> Result<Vec<Call>, EvalError> {
    calls(file)?.ok_or_else(|| {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        EvalError::Unreadable(file.to_owned(), missing)
    })
}

/// A call that was played.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// Its id in the file.
    pub id: String,
    /// What it is about, if the file says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// BCP 47 tag, if given.
    pub lang: Option<String>,
    /// The account.
    pub account: Account,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// The expected cards, if the file has them.
    pub gold: Vec<Gold>,
    /// Turns at which no card is expected.
    pub no_push: Vec<usize>,
    /// The wrap-up.
    pub summary: Summary,
}

/// One step of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// 0-based; −1 when the call was opened.
    pub turn: i64,
    /// When it ended, in milliseconds of the call.
    pub at_ms: u64,
    /// Who spoke; null when the call was opened.
    pub speaker: Option<Role>,
    /// What was said.
    pub text: String,
    /// The cards pushed, best first.
    pub cards: Vec<Card>,
    /// The candidates not shown, with reasons.
    pub not_shown: Vec<NotShown>,
    /// Other events of the stream: states of earlier cards, questions.
    pub events: Vec<StreamEvent>,
    /// Milliseconds that the decision took.
    pub took_ms: f64,
}

/// An event of the call's stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamEvent {
    /// Its number in the stream.
    pub id: u64,
    /// `card_state`, `question` or `call_ended`.
    pub event: &'static str,
    /// Its data.
    pub data: Value,
}

/// Plays a call. `wait` is called with the call's milliseconds before each turn ends, `tell` after each step.
///
/// # Errors
/// The call registry refuses the call.
pub fn play(
    registry: &CallRegistry,
    call: &Call,
    now: DateTime<Utc>,
    mut wait: impl FnMut(u64),
    mut tell: impl FnMut(&Step),
) -> Result<(Timeline, Played), LiveError> {
    let mut watch = None;
    let mut steps: Vec<Step> = Vec::with_capacity(call.turns.len() + 1);
    let times = |turn: usize, said: &Turn| {
        let end_ms = said.end_ms.unwrap_or(planned(turn)[1]);
        wait(end_ms);
        let begin_ms = said.begin_ms.unwrap_or(end_ms.saturating_sub(SPOKEN_MS));
        [begin_ms, end_ms]
    };
    let summary = walk(registry, call, now, times, |answered| {
        let watch = match &mut watch {
            Some(watch) => watch,
            none => none.insert(registry.watch_call(&caller(), answered.call_id, None)?),
        };
        let told =
            std::iter::from_fn(|| watch.take()).filter(|event| event.kind != EventKind::Card);
        let events = told.map(|event| StreamEvent {
            id: event.id,
            event: event.kind.name(),
            data: serde_json::from_str(&event.data).unwrap_or_default(),
        });
        let said = usize::try_from(answered.turn).ok();
        let said = said.and_then(|turn| call.turns.get(turn));
        let step = Step {
            turn: answered.turn,
            at_ms: answered.at_ms,
            speaker: said.map(|said| said.speaker),
            text: said.map(|said| said.text.clone()).unwrap_or_default(),
            cards: answered.cards,
            not_shown: answered.not_shown,
            events: events.collect(),
            took_ms: answered.took_ms,
        };
        tell(&step);
        steps.push(step);
        Ok(())
    })?;
    let came = steps.iter().flat_map(|step| {
        let turn = step.turn;
        step.cards.iter().map(move |card| (turn, card.clone()))
    });
    let ms = steps.iter().skip(1).map(|step| step.took_ms).collect();
    let played = Played::of(call, came.collect(), ms);
    let timeline = Timeline {
        id: call.id.clone(),
        title: call.title.clone(),
        lang: call.lang.clone(),
        account: call.account.clone(),
        steps,
        gold: call.gold.clone(),
        no_push: call.no_push.clone(),
        summary,
    };
    Ok((timeline, played))
}

/// The metrics, if the file has expected cards or quiet turns.
#[must_use]
pub fn judged(calls: &[Call], played: &[Played]) -> Option<CallFigures> {
    let says = |call: &Call| !call.gold.is_empty() || !call.no_push.is_empty();
    calls.iter().any(says).then(|| figures(played))
}
