//! A conversation tried without a call: what it would have brought up, and nothing that stays.

use chrono::{DateTime, Utc};

use super::{
    Caller, Card, CardState, Desk, LiveError, NotShown, OpenCall, Utterance,
    call::Call,
    intake::{check_open, check_utterance},
};

/// What a conversation would have brought up.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// Cards that stand at its end, newest first.
    pub cards: Vec<Card>,
    /// Why other candidates of its last turn stayed silent.
    pub not_shown: Vec<NotShown>,
}

impl Desk {
    /// Plays a conversation on the newest generation. No call is opened: nobody's stream hears of it.
    ///
    /// # Errors
    /// Something in the request is out of range.
    pub fn rehearse(
        &self,
        caller: &Caller,
        request: OpenCall,
        turns: Vec<Utterance>,
        now: DateTime<Utc>,
    ) -> Result<Rehearsal, LiveError> {
        check_open(&request, &self.policy.bounds)?;
        turns.iter().try_for_each(check_utterance)?;
        self.on_ground(&caller.audience, now, |ground| {
            let id = uuid::Uuid::new_v4().to_string();
            let (mut call, (_, mut not_shown)) = Call::open(id, &caller.name, request, ground);
            for turn in turns {
                not_shown = call.hear(turn, ground)?.not_shown;
            }
            let mut cards = call.cards(|_| true);
            cards.retain(|card| !matches!(card.state, CardState::Withdrawn | CardState::Expired));
            not_shown.retain(|one| cards.iter().all(|card| card.article_id != one.article_id));
            Ok(Rehearsal { cards, not_shown })
        })
    }
}
