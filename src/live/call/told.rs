//! What a call reports: its cards, and everything that the next agent needs.

use std::collections::HashSet;

use super::{Call, CallContext};
use crate::live::{
    CallView, Card, Summary, UtteranceResponse,
    card_history::CardRecord,
    follow_ups::follow_ups,
    observer::CallActivity,
    streams::About,
    summary::{wanted, without},
    visibility::sees,
};

impl Call {
    /// Cards that the caller may see, newest first.
    pub(in crate::live) fn cards(&self, may_see: impl Fn(&CardRecord) -> bool) -> Vec<Card> {
        let shown = self.history.iter().rev().filter(|shown| may_see(shown));
        shown.map(|shown| self.fresh(shown.card.clone())).collect()
    }

    /// Everything the next agent needs.
    pub(in crate::live) fn view(&self, may_see: impl Fn(&CardRecord) -> bool) -> CallView {
        let hidden = self.hidden(&may_see);
        let mut questions = self.questions.list(&self.history);
        questions.retain(|question| !hidden.contains(question.article_id.as_str()));
        let next = questions.iter().find(|question| !question.covered);
        let shown: Vec<&Card> = self.history.iter().map(|shown| &shown.card).collect();
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
            cards: self.cards(&may_see),
            next_question: next.map(|next| next.question.clone()),
            questions,
            wanted: wanted(&self.turns, &shown),
            follow_ups: follow_ups(&self.turns),
            summary: self.told_summary(&may_see),
        }
    }

    /// The summary, once there is one, with the cards as they stand now, without articles that the caller may not see.
    pub(in crate::live) fn told_summary(
        &self,
        may_see: impl Fn(&CardRecord) -> bool,
    ) -> Option<Summary> {
        let mut summary = self.summary.clone()?;
        for card in &mut summary.cards {
            if let Some(shown) = self.history.get(&card.card_id) {
                card.state = shown.card.state;
            }
        }
        let is_chinese = self.is_chinese() == Some(true);
        Some(without(summary, &self.hidden(may_see), is_chinese))
    }

    /// An answer that is given again: without articles that may not be seen, by now or by who asks this time.
    pub(super) fn told_again(
        &self,
        answer: &UtteranceResponse,
        on: &CallContext,
    ) -> UtteranceResponse {
        let catalog = on.retriever.catalog();
        let may_see = |article_id: &str| {
            let mut history = self.history.iter();
            let shown = history.find(|shown| shown.card.article_id == article_id);
            let pushed_to = shown.map(|shown| shown.audience.as_slice());
            sees(on.audience, &catalog, article_id, pushed_to)
        };
        let mut heard = answer.clone();
        heard.cards.retain(|card| may_see(&card.article_id));
        heard.not_shown.retain(|silent| may_see(&silent.article_id));
        heard
    }

    /// Articles that an event tells of. All of them were on cards.
    pub(in crate::live) fn about(&self, news: &CallActivity) -> About {
        let told: Vec<&str> = match news {
            CallActivity::Card(card) => vec![card.article_id.as_str()],
            CallActivity::State(change) => vec![change.article_id.as_str()],
            CallActivity::Question(next) => {
                let covered = self.questions.articles_of(&next.covered);
                covered.chain(next.article_id.as_deref()).collect()
            }
            CallActivity::Opened
            | CallActivity::CustomerTurn(_)
            | CallActivity::Engaged(_)
            | CallActivity::Ended(_) => Vec::new(),
        };
        self.history
            .iter()
            .filter(|shown| told.contains(&shown.card.article_id.as_str()))
            .map(|shown| (shown.card.article_id.clone(), shown.audience.clone()))
            .collect()
    }

    /// Articles on cards that the caller may not see.
    fn hidden(&self, may_see: impl Fn(&CardRecord) -> bool) -> HashSet<&str> {
        self.history
            .iter()
            .filter(|shown| !may_see(shown))
            .map(|shown| shown.card.article_id.as_str())
            .collect()
    }
}
