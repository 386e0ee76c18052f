//! Applies vendors' events in order, and reports what was done.
//!
//! Owns for which calls unfinished utterances are remembered. Leaves everything that follows from an utterance to the
//! call registry.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::Utc;
use moka::policy::EvictionPolicy;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{problem::Problem, state::AppState};
use crate::{
    ingest::{Event, Pause, Reading, Skipped, TranscriptUpdate, UtteranceAssembler, What},
    live::{
        CallRegistry, Caller, Card, LATEST_MS, LiveError, MAX_UTTERANCE_CHARS, NotShown, OpenCall,
        Utterance,
    },
    text::tail,
};

/// Calls whose utterances under way are remembered: past that the one that was silent longest is forgotten.
const TRACKED_CALLS: u64 = 20_000;

/// How long after their last event: calls end by themselves sooner.
const TRACKED_FOR: Duration = Duration::from_secs(3_600);

/// Utterances under way by owner and call.
#[derive(Clone)]
pub(in super::super) struct Ledger(
    moka::sync::Cache<(String, String), Arc<Mutex<UtteranceAssembler>>>,
);

impl Default for Ledger {
    fn default() -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(TRACKED_CALLS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(TRACKED_FOR);
        Self(cache.build())
    }
}

impl Ledger {
    /// The utterances that an event changes, and what they say by now.
    fn hear(
        &self,
        caller: &Caller,
        call_id: &str,
        said: TranscriptUpdate,
    ) -> Vec<(String, TranscriptUpdate)> {
        let assembler = self.0.get_with(name(caller, call_id), Arc::default);
        let mut assembler = assembler.lock().unwrap_or_else(PoisonError::into_inner);
        assembler.hear(said)
    }

    /// The utterances that a pause completes.
    fn pause(
        &self,
        caller: &Caller,
        call_id: &str,
        pause: &Pause,
    ) -> Vec<(String, TranscriptUpdate)> {
        let assembler = self.0.get(&name(caller, call_id)).unwrap_or_default();
        let mut assembler = assembler.lock().unwrap_or_else(PoisonError::into_inner);
        assembler.pause(pause)
    }

    /// A call is over.
    fn forget(&self, caller: &Caller, call_id: &str) {
        self.0.invalidate(&name(caller, call_id));
    }
}

fn name(caller: &Caller, call_id: &str) -> (String, String) {
    (caller.name.clone(), call_id.to_owned())
}

/// The result of an ingest request.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Ingested {
    /// Events processed, in request order.
    taken: Vec<IngestedEvent>,
    /// Events skipped, with the reason for each.
    passed: Vec<SkippedEvent>,
    /// Cards newly pushed by this request, in event order.
    cards: Vec<Card>,
    /// Suppressed candidates, with the reason for each.
    not_shown: Vec<NotShown>,
}

/// An event that was processed.
#[derive(Debug, Serialize, ToSchema)]
struct IngestedEvent {
    /// JSON Pointer to the event.
    pointer: String,
    /// `opened`, `utterance` or `ended`.
    event: &'static str,
    /// Call id.
    call_id: String,
    /// Utterance id in the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    utterance_id: Option<String>,
    /// Whether the transcript is final.
    #[serde(rename = "final", skip_serializing_if = "Option::is_none")]
    is_final: Option<bool>,
}

/// An event that was skipped.
#[derive(Debug, Serialize, ToSchema)]
struct SkippedEvent {
    /// JSON Pointer to the event.
    pointer: String,
    /// The reason.
    reason: String,
}

impl From<Skipped> for SkippedEvent {
    fn from(skipped: Skipped) -> Self {
        Self {
            pointer: skipped.pointer,
            reason: skipped.reason,
        }
    }
}

/// The events of a request, on their way to the call registry.
pub(super) struct Taking<'a> {
    registry: &'a CallRegistry,
    ledger: &'a Ledger,
    caller: &'a Caller,
    openings: HashMap<String, OpenCall>,
    done: Ingested,
    /// Whether a part of an account is missing.
    is_incomplete: bool,
}

impl<'a> Taking<'a> {
    /// Nothing is done yet; `openings` say how each call would be opened.
    pub(super) fn new(
        face: &'a AppState,
        caller: &'a Caller,
        openings: HashMap<String, OpenCall>,
    ) -> Self {
        Self {
            registry: face.service().registry(),
            ledger: face.ledger(),
            caller,
            openings,
            done: Ingested::default(),
            is_incomplete: false,
        }
    }

    /// Does all of it. Also tells whether a part of an account is missing.
    pub(super) fn all(mut self, reading: Reading) -> Result<(Ingested, bool), Problem> {
        for event in reading.events {
            self.event(&event)?;
        }
        let passed = reading.skipped.into_iter().map(SkippedEvent::from);
        self.done.passed.extend(passed);
        Ok((self.done, self.is_incomplete))
    }

    fn event(&mut self, event: &Event) -> Result<(), Problem> {
        let outcome = match &event.what {
            What::Opened => self.open(event).map(|_| self.taken(event, "opened", None)),
            What::TranscriptUpdate(said) => self.say(event, said),
            What::Paused(pause) => self.pause(event, pause),
            What::Ended => self.end(event),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(LiveError::UnknownCall { .. }) => {
                self.passed(event, "the call is not known");
                Ok(())
            }
            Err(LiveError::CallEnded { .. }) => {
                self.ledger.forget(self.caller, &event.call_id);
                self.passed(event, "the call has ended");
                Ok(())
            }
            Err(LiveError::BadInput { pointer, detail }) => Err(Problem::flaw(
                event.pointer.clone(),
                format!("{detail} ({pointer})"),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the call, or brings what an open one lacks; whether it was open before.
    fn open(&mut self, event: &Event) -> Result<bool, LiveError> {
        let request = self.opening(event);
        let opened = self.registry.open(self.caller, request, Utc::now())?;
        self.is_incomplete |= !opened.account_gaps.is_empty();
        if !opened.existed {
            self.done.cards.extend(opened.cards);
            self.done.not_shown.extend(opened.not_shown);
        } else if self.lacks(event).is_none() {
            let call_id = event.call_id.clone();
            return Err(LiveError::CallEnded { call_id });
        }
        Ok(opened.existed)
    }

    fn say(&mut self, event: &Event, said: &TranscriptUpdate) -> Result<(), LiveError> {
        // Words count on an account that is there. Until the call is open nothing is noted: what is refused comes again.
        let has_words = !said.text.trim().is_empty();
        let is_new = has_words && self.lacks(event) != Some(false) && !self.open(event)?;
        if is_new {
            self.taken(event, "opened", None);
        }
        let told = self.ledger.hear(self.caller, &event.call_id, said.clone());
        if told.is_empty() {
            self.passed(event, "silence, or its final came before it");
        }
        self.hear(event, told)
    }

    /// Whether the call lacks what is known; None where it is not open.
    fn lacks(&self, event: &Event) -> Option<bool> {
        let opening = self.opening(event);
        self.registry.lacks(self.caller, &event.call_id, &opening)
    }

    fn opening(&self, event: &Event) -> OpenCall {
        let opening = self.openings.get(&event.call_id);
        opening.cloned().unwrap_or_default()
    }

    fn pause(&mut self, event: &Event, pause: &Pause) -> Result<(), LiveError> {
        let told = self.ledger.pause(self.caller, &event.call_id, pause);
        if told.is_empty() {
            self.passed(event, "all that was said is complete");
        }
        self.hear(event, told)
    }

    fn end(&mut self, event: &Event) -> Result<(), LiveError> {
        let everywhere = Pause::default();
        let told = self.ledger.pause(self.caller, &event.call_id, &everywhere);
        self.hear(event, told)?;
        self.registry.end(self.caller, &event.call_id, Utc::now())?;
        self.ledger.forget(self.caller, &event.call_id);
        self.taken(event, "ended", None);
        Ok(())
    }

    fn hear(
        &mut self,
        event: &Event,
        told: Vec<(String, TranscriptUpdate)>,
    ) -> Result<(), LiveError> {
        // A time that cannot be one of the call says nothing.
        let in_call = |ms: &u64| *ms <= LATEST_MS;
        for (utterance_id, said) in told {
            let utterance = Utterance {
                utterance_id: Some(utterance_id.clone()),
                role: said.role,
                // What counts of a long one is its end.
                text: tail(&said.text, MAX_UTTERANCE_CHARS).to_owned(),
                is_final: said.is_final,
                begin_ms: said.begin_ms.filter(in_call),
                end_ms: said.end_ms.filter(in_call),
                lang: said.lang,
            };
            let heard = self
                .registry
                .hear(self.caller, &event.call_id, utterance, Utc::now())?;
            self.done.cards.extend(heard.cards);
            self.done.not_shown.extend(heard.not_shown);
            self.taken(event, "utterance", Some((utterance_id, said.is_final)));
        }
        Ok(())
    }

    fn taken(&mut self, event: &Event, name: &'static str, said: Option<(String, bool)>) {
        let (utterance_id, is_final) = said.unzip();
        self.done.taken.push(IngestedEvent {
            pointer: event.pointer.clone(),
            event: name,
            call_id: event.call_id.clone(),
            utterance_id,
            is_final,
        });
    }

    fn passed(&mut self, event: &Event, reason: &str) {
        self.done.passed.push(SkippedEvent {
            pointer: event.pointer.clone(),
            reason: reason.to_owned(),
        });
    }
}
