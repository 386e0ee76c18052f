//! The cards of one call: what was shown, what became of it, and how that affects the next card.
//!
//! Owns states, engagement and the counts for caps and cooldowns. Leaves deciding to `decide`.

use std::cmp::Reverse;

use super::{Card, CardState, Engagement, EngagementKind, Policy, TriggerKind};
use crate::article::Rule;

/// Milliseconds over which `cards_per_minute` counts.
const MINUTE_MS: i64 = 60_000;

/// Withdrawn cards that no cap counts: far more than a transcriber mishears in a call, and a bound for the memory.
const WITHDRAWN: usize = 64;

/// A card with what the contract does not show.
#[derive(Debug, Clone)]
pub(super) struct CardRecord {
    /// As it is told.
    pub(super) card: Card,
    /// The article and its translations, by one name.
    pub(super) group: String,
    /// Who may see it.
    pub(super) audience: Vec<String>,
    /// The condition of the rule that brought it up.
    pub(super) when: Option<Rule>,
    /// When it was pushed, on the call's clock.
    pub(super) at_ms: i64,
    /// Pushed by a partial that has not become final.
    pub(super) is_tentative: bool,
    /// Tells what came up together and what later. Opened, it belongs to the newest round.
    round: usize,
    /// Customer turns since.
    turns_since: u32,
    /// The agent did something with it.
    is_touched: bool,
    /// Counted as ignored.
    is_ignored: bool,
}

impl CardRecord {
    /// A card as it is pushed.
    pub(super) fn new(
        card: Card,
        group: String,
        audience: Vec<String>,
        when: Option<Rule>,
        at_ms: i64,
        is_tentative: bool,
        round: usize,
    ) -> Self {
        Self {
            card,
            group,
            audience,
            when,
            at_ms,
            is_tentative,
            round,
            turns_since: 0,
            is_touched: false,
            is_ignored: false,
        }
    }

    fn is_waiting(&self) -> bool {
        self.card.state == CardState::Suggested
    }

    /// Whether meaning brought it up.
    pub(super) fn is_semantic(&self) -> bool {
        self.card.trigger.kind == TriggerKind::Semantic
    }

    /// Whether the agent took it up.
    pub(super) fn is_taken_up(&self) -> bool {
        matches!(
            self.card.state,
            CardState::Opened | CardState::Copied | CardState::Used
        )
    }

    /// Whether its article still plays a part in the call.
    pub(super) fn is_in_play(&self) -> bool {
        self.is_waiting() || self.is_taken_up()
    }

    /// Whether what it is about is still open: what was used is dealt with.
    pub(super) fn is_open(&self) -> bool {
        self.is_in_play() && self.card.state != CardState::Used
    }
}

/// The cards of one call, oldest first.
#[derive(Debug, Default)]
pub(super) struct CardHistory {
    shown: Vec<CardRecord>,
    ignored_in_a_row: u32,
    dismissed_at_ms: Option<i64>,
}

impl CardHistory {
    /// All cards, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &CardRecord> {
        self.shown.iter()
    }

    /// All cards, to be brought up to date.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut CardRecord> {
        self.shown.iter_mut()
    }

    /// Cards in play by what the call is about now: what was used last, the newest round first, and of one round those that
    /// the agent took up, then the best.
    pub(super) fn in_play(&self) -> Vec<&CardRecord> {
        let mut cards: Vec<&CardRecord> = self.iter().filter(|shown| shown.is_in_play()).collect();
        cards.sort_by_key(|shown| (!shown.is_open(), Reverse(shown.round), !shown.is_taken_up()));
        cards
    }

    /// The card of that id.
    pub(super) fn get(&self, card_id: &str) -> Option<&CardRecord> {
        self.shown
            .iter()
            .find(|shown| shown.card.card_id == card_id)
    }

    /// Cards ever pushed.
    pub(super) fn count(&self) -> usize {
        self.shown.len()
    }

    /// Cards that stand: what a partial brought up and its final took back is as if it had never come. Past so many
    /// withdrawn cards they count too, since all are kept.
    pub(super) fn count_standing(&self) -> usize {
        let withdrawn = self.count() - self.standing().count();
        self.count() - withdrawn.min(WITHDRAWN)
    }

    /// Cards that meaning pushed and that stand.
    pub(super) fn count_semantic(&self) -> usize {
        self.standing().filter(|shown| shown.is_semantic()).count()
    }

    /// Cards that an utterance brought up, as a partial, and that stand.
    pub(super) fn brought_by(&self, utterance_id: &str) -> impl Iterator<Item = &CardRecord> {
        self.standing()
            .filter(move |shown| shown.card.trigger.utterance_id.as_deref() == Some(utterance_id))
    }

    /// Cards that stand and were pushed less than a minute away from that time, before or after: transcripts come out of
    /// order.
    pub(super) fn count_around(&self, at_ms: i64) -> usize {
        self.standing()
            .filter(|shown| (shown.at_ms - at_ms).abs() < MINUTE_MS)
            .count()
    }

    fn standing(&self) -> impl Iterator<Item = &CardRecord> {
        self.iter()
            .filter(|shown| shown.card.state != CardState::Withdrawn)
    }

    /// Whether the article or a translation was shown; withdrawn cards do not count.
    pub(super) fn has_shown(&self, group: &str) -> bool {
        self.last_push(group).is_some()
    }

    /// When the article or a translation was pushed last; withdrawn cards do not count.
    pub(super) fn last_push(&self, group: &str) -> Option<i64> {
        let pushes = self.standing().filter(|shown| shown.group == group);
        pushes.map(|shown| shown.at_ms).max()
    }

    /// Whether the article or a translation waits on the agent's screen, or is being read.
    pub(super) fn is_at_hand(&self, group: &str) -> bool {
        self.iter()
            .any(|shown| shown.group == group && shown.is_open())
    }

    /// Whether the agent sent the article or a translation away.
    pub(super) fn is_dismissed(&self, group: &str) -> bool {
        self.shown
            .iter()
            .any(|shown| shown.group == group && shown.card.state == CardState::Dismissed)
    }

    /// Whether the agent used the article or a translation, or sent it away.
    pub(super) fn is_dealt_with(&self, group: &str) -> bool {
        self.shown.iter().any(|shown| {
            let is_done = matches!(shown.card.state, CardState::Used | CardState::Dismissed);
            shown.group == group && is_done
        })
    }

    /// When the agent last sent something away, on the call's clock.
    pub(super) fn dismissed_at_ms(&self) -> Option<i64> {
        self.dismissed_at_ms
    }

    /// Whether so many cards in a row were ignored that the next must be surer.
    pub(super) fn is_ignored(&self, policy: &Policy) -> bool {
        policy.ignored_cards > 0 && self.ignored_in_a_row >= policy.ignored_cards
    }

    /// Whether an utterance brought up the article or a translation already, as a partial.
    pub(super) fn has_from(&self, group: &str, utterance_id: &str) -> bool {
        self.brought_by(utterance_id)
            .any(|shown| shown.group == group)
    }

    /// Lets the oldest of too many untouched cards expire before a new one comes.
    pub(super) fn make_room(&mut self, policy: &Policy) -> Vec<String> {
        let mut expired = Vec::new();
        let mut room = policy.cards_on_screen.max(1);
        for shown in self
            .shown
            .iter_mut()
            .rev()
            .filter(|shown| shown.is_waiting())
        {
            room = room.saturating_sub(1);
            if room == 0 {
                shown.card.state = CardState::Expired;
                expired.push(shown.card.card_id.clone());
            }
        }
        expired
    }

    /// Adds a card.
    pub(super) fn push(&mut self, new: CardRecord) {
        self.shown.push(new);
    }

    /// A customer's turn has passed: untouched cards that came before it are nearer to being ignored.
    pub(super) fn customer_spoke(&mut self, utterance_id: &str, policy: &Policy) {
        for shown in self
            .shown
            .iter_mut()
            .filter(|shown| shown.is_waiting() && !shown.is_touched && !shown.is_ignored)
        {
            if shown.card.trigger.utterance_id.as_deref() == Some(utterance_id) {
                continue;
            }
            shown.turns_since += 1;
            if shown.turns_since >= policy.ignored_after_turns {
                shown.is_ignored = true;
                self.ignored_in_a_row += 1;
            }
        }
    }

    /// Takes note of what the agent did; whether the card looks different now.
    pub(super) fn engage(&mut self, card_id: &str, engagement: &Engagement, at_ms: i64) -> bool {
        let newest = self.shown.iter().map(|shown| shown.round).max();
        let newest = newest.unwrap_or_default();
        let Some(shown) = self
            .shown
            .iter_mut()
            .find(|shown| shown.card.card_id == card_id)
        else {
            return false;
        };
        let before = (shown.card.state, shown.card.rating);
        shown.is_touched = true;
        if matches!(
            engagement.kind,
            EngagementKind::Opened | EngagementKind::Copied
        ) {
            shown.round = newest;
        }
        if engagement.kind == EngagementKind::Dismissed {
            self.dismissed_at_ms = Some(at_ms);
        } else {
            self.ignored_in_a_row = 0;
        }
        shown.card.state = after(shown.card.state, engagement.kind);
        if engagement.rating.is_some() {
            shown.card.rating = engagement.rating;
        }
        before != (shown.card.state, shown.card.rating)
    }

    /// Withdraws untouched cards that nothing supports any more; gives their ids.
    pub(super) fn withdraw(
        &mut self,
        mut is_unsupported: impl FnMut(&CardRecord) -> bool,
    ) -> Vec<String> {
        let mut withdrawn = Vec::new();
        for shown in self.shown.iter_mut().filter(|shown| shown.is_waiting()) {
            if is_unsupported(shown) {
                shown.card.state = CardState::Withdrawn;
                withdrawn.push(shown.card.card_id.clone());
            }
        }
        withdrawn
    }
}

/// The state after an engagement: looking at a card never undoes having used it, and brings none back that was withdrawn.
fn after(state: CardState, kind: EngagementKind) -> CardState {
    use CardState::{Copied, Dismissed, Opened, Used, Withdrawn};
    match (kind, state) {
        (EngagementKind::Dismissed, _) => Dismissed,
        (EngagementKind::Used, _) => Used,
        (EngagementKind::Copied, Used) => Used,
        (EngagementKind::Opened | EngagementKind::Copied, Withdrawn) => Withdrawn,
        (EngagementKind::Copied, _) => Copied,
        (EngagementKind::Opened, Used | Copied) | (EngagementKind::Rated, _) => state,
        (EngagementKind::Opened, _) => Opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_never_undoes_using() {
        use CardState::*;
        let check =
            |state, kind, expected| assert_eq!(after(state, kind), expected, "{state:?} {kind:?}");
        check(Suggested, EngagementKind::Opened, Opened);
        check(Opened, EngagementKind::Copied, Copied);
        check(Used, EngagementKind::Opened, Used);
        check(Used, EngagementKind::Copied, Used);
        check(Used, EngagementKind::Dismissed, Dismissed);
        check(Dismissed, EngagementKind::Opened, Opened);
        check(Suggested, EngagementKind::Rated, Suggested);
        check(Withdrawn, EngagementKind::Opened, Withdrawn);
        check(Withdrawn, EngagementKind::Copied, Withdrawn);
        check(Withdrawn, EngagementKind::Used, Used);
    }
}
