//! A conversation tried without opening a call: what it would have brought up. Nothing of it is kept.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    CallRegistry, Caller, Card, CardState, LiveError, NotShown, OpenCall, Retriever, Scope,
    Utterance, View,
    call::{Call, CallContext},
    intake::{check_open, check_utterance},
};
use crate::{index::Catalog, search::Found};

/// What a conversation would have brought up.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// Cards that stand at its end, newest first.
    pub cards: Vec<Card>,
    /// Why other candidates of its last turn stayed silent.
    pub not_shown: Vec<NotShown>,
}

impl CallRegistry {
    /// Plays a conversation on the newest generation. No call is opened: no stream gets an event. The newest turns, as many as
    /// a view remembers, are searched by meaning, which takes milliseconds each; those before them speak by rules alone. Each turn
    /// asks first whether to `go_on`; None where the answer was no.
    ///
    /// # Errors
    /// Something in the request is out of range.
    pub fn rehearse(
        &self,
        caller: &Caller,
        request: OpenCall,
        turns: Vec<Utterance>,
        now: DateTime<Utc>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Rehearsal>, LiveError> {
        check_open(&request, &self.policy.bounds)?;
        turns.iter().try_for_each(check_utterance)?;
        let old = turns.len().saturating_sub(self.policy.view.memory);
        self.on_ground(&caller.audience, now, |ground| {
            let rules_alone = &RulesAlone(ground.retriever);
            let past = &CallContext {
                retriever: rules_alone,
                ..*ground
            };
            let id = uuid::Uuid::new_v4().to_string();
            let (mut call, (_, mut not_shown)) = Call::open(id, &caller.name, 0, request, ground);
            for (at, turn) in turns.into_iter().enumerate() {
                if !go_on() {
                    return Ok(None);
                }
                let ground = if at < old { past } else { ground };
                not_shown = call.hear(turn, ground)?.not_shown;
            }
            let mut cards = call.cards(|_| true);
            cards.retain(|card| !matches!(card.state, CardState::Withdrawn | CardState::Expired));
            not_shown.retain(|one| cards.iter().all(|card| card.article_id != one.article_id));
            Ok(Some(Rehearsal { cards, not_shown }))
        })
    }
}

/// The same articles, with nothing known of what words mean.
struct RulesAlone<'a>(&'a dyn Retriever);

impl Retriever for RulesAlone<'_> {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, _: &Catalog, _: &View, _: &Scope, _: usize) -> Vec<Found> {
        Vec::new()
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        None
    }
}
