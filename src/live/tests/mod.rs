//! Whole calls: what is said and known, and what the agent sees.

mod accounts;
mod always;
mod answers;
mod callers;
mod conversations;
mod dealt_with;
mod order;
mod policies;
mod questions;
mod rehearsals;
mod streams;

use super::{
    Card, CardState, Engagement, EngagementKind, NotShown, SuppressionReason, Utterance,
    UtteranceResponse,
    fake::{Trial, account, article, caller, on, pushed_on},
};
use crate::article::{Article, Role, Trigger};

/// Ids of the articles on cards.
fn ids(cards: &[Card]) -> Vec<&str> {
    cards.iter().map(|card| card.article_id.as_str()).collect()
}

/// Silent articles with their reasons.
fn silent(not_shown: &[NotShown]) -> Vec<(&str, SuppressionReason)> {
    not_shown
        .iter()
        .map(|silent| (silent.article_id.as_str(), silent.reason))
        .collect()
}

/// An engagement with nothing to say.
fn did(kind: EngagementKind) -> Engagement {
    Engagement {
        kind,
        rating: None,
        reason: None,
        comment: None,
    }
}

impl Trial {
    /// The customer says something, at that second of the call.
    fn customer(&self, at_secs: u64, text: &str) -> UtteranceResponse {
        self.says(Utterance {
            end_ms: Some(at_secs * 1_000),
            ..Utterance::new(Role::Customer, text)
        })
    }

    fn says(&self, utterance: Utterance) -> UtteranceResponse {
        self.registry
            .hear(&self.caller, "c", utterance, self.now)
            .unwrap()
    }

    fn partial(&self, id: &str, text: &str, is_final: bool) -> UtteranceResponse {
        self.says(Utterance {
            utterance_id: Some(id.into()),
            is_final,
            ..Utterance::new(Role::Customer, text)
        })
    }

    fn engage(&self, card: &Card, kind: EngagementKind) -> Card {
        self.registry
            .engage(&self.caller, "c", &card.card_id, did(kind), self.now)
            .unwrap()
    }

    fn cards(&self) -> Vec<Card> {
        self.registry.cards(&self.caller, "c").unwrap()
    }

    fn states(&self) -> Vec<CardState> {
        self.cards().iter().map(|card| card.state).collect()
    }

    /// Names of the events told so far on the call's stream, with what they are about.
    fn told(&self) -> Vec<(&'static str, String)> {
        let mut watch = self.registry.watch_call(&self.caller, "c", None).unwrap();
        let mut told = Vec::new();
        while let Some(event) = watch.take() {
            let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            let about = ["state", "question", "article_id", "reason"]
                .iter()
                .find_map(|&name| data[name].as_str().map(str::to_owned));
            told.push((event.kind.name(), about.unwrap_or_default()));
        }
        told
    }
}
