//! What a call tells of itself: its cards, and all that the next agent needs.

use std::collections::HashSet;

use super::Call;
use crate::live::{
    CallView, Card, Summary,
    deck::Shown,
    follow_ups::follow_ups,
    summary::{wanted, without},
};

impl Call {
    /// Cards that the caller may see, newest first.
    pub(in crate::live) fn cards(&self, may_see: impl Fn(&Shown) -> bool) -> Vec<Card> {
        let shown = self.deck.iter().rev().filter(|shown| may_see(shown));
        shown.map(|shown| self.fresh(shown.card.clone())).collect()
    }

    /// Everything the next agent needs.
    pub(in crate::live) fn view(&self, may_see: impl Fn(&Shown) -> bool) -> CallView {
        let hidden: HashSet<&str> = self
            .deck
            .iter()
            .filter(|shown| !may_see(shown))
            .map(|shown| shown.card.article_id.as_str())
            .collect();
        let mut questions = self.questions.list(&self.deck);
        questions.retain(|question| !hidden.contains(question.article_id.as_str()));
        let next = questions.iter().find(|question| !question.covered);
        let shown: Vec<&Card> = self.deck.iter().map(|shown| &shown.card).collect();
        CallView {
            call_id: self.id.clone(),
            agent_id: self.agent_id.clone(),
            customer_id: self.customer_id.clone(),
            lang: self.lang.clone(),
            account: self.account.clone(),
            account_gaps: self.account_gaps.clone(),
            opened_at: self.opened_at,
            ended_at: self.ended_at(),
            turns: self
                .turns
                .iter()
                .map(|spoken| spoken.turn.clone())
                .collect(),
            turns_dropped: self.turns.dropped(),
            cards: self.cards(may_see),
            next_question: next.map(|next| next.question.clone()),
            questions,
            wanted: wanted(&self.turns, &shown),
            follow_ups: follow_ups(&self.turns),
            summary: self.told_summary(&hidden),
        }
    }

    /// The summary without articles that are hidden by now.
    fn told_summary(&self, hidden: &HashSet<&str>) -> Option<Summary> {
        let summary = self.summary.clone()?;
        Some(without(summary, hidden, self.is_chinese() == Some(true)))
    }
}
