//! Topics of cards that the agent has used are settled, and make room for what comes next.

use std::sync::{Arc, Mutex};

use super::*;
use crate::{
    index::Catalog,
    live::{CallRegistry, Policy, Retriever, Scope, View, fake::FakeRetriever},
    search::Found,
};

#[test]
fn what_was_used_is_in_nobodys_way() {
    let mut policy = Policy::default();
    policy.thresholds.runner_up = 0.9;
    let fake = FakeRetriever::new(vec![
        article("alpha", "Alpha beach", "x"),
        article("beta", "Beta", "x"),
    ]);
    let trial = Trial::with(fake, policy);
    trial.open(serde_json::json!({}));
    let card = trial
        .customer(1, "what about the alpha beach?")
        .cards
        .remove(0);
    let both = |at| trial.customer(at, "what about the alpha beach and beta?");
    assert_eq!(
        silent(&both(60).not_shown),
        [
            ("alpha", SuppressionReason::AlreadyShown),
            ("beta", SuppressionReason::BelowThreshold)
        ]
    );
    trial.engage(&card, EngagementKind::Used);
    assert_eq!(ids(&both(120).cards), ["beta"]);
}

#[test]
fn what_was_used_is_not_in_the_way_of_a_partials_card_either() {
    let mut policy = Policy {
        semantic_on_partials: true,
        ..Policy::default()
    };
    policy.thresholds.runner_up = 0.9;
    let fake = FakeRetriever::new(vec![
        article("alpha", "Alpha beach", "x"),
        article("beta", "Beta", "x"),
    ]);
    let trial = Trial::with(fake, policy);
    trial.open(serde_json::json!({}));
    let card = trial
        .customer(1, "what about the alpha beach?")
        .cards
        .remove(0);
    trial.engage(&card, EngagementKind::Used);
    let said = "what about the alpha beach and beta?";
    assert_eq!(ids(&trial.partial("u1", said, false).cards), ["beta"]);
    assert!(trial.partial("u1", said, true).cards.is_empty());
    assert_eq!(trial.states(), [CardState::Suggested, CardState::Used]);
}

/// The fake, with the articles in play that it was last told of.
struct Told(Arc<FakeRetriever>, Mutex<Vec<String>>);

impl Retriever for Told {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        self.1.lock().unwrap().clone_from(&view.shown);
        self.0.find(catalog, view, scope, limit)
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        None
    }
}

#[test]
fn search_is_told_of_cards_in_play_until_they_are_used() {
    let fake = FakeRetriever::new(vec![pushed_on("fee", &["the fee"])]);
    let told = Arc::new(Told(fake, Mutex::default()));
    let retriever = Arc::clone(&told) as Arc<dyn Retriever>;
    let trial = Trial {
        registry: CallRegistry::new(retriever, Policy::default()),
        ..Trial::new(vec![])
    };
    trial.open(serde_json::json!({}));
    let card = trial.customer(1, "the fee").cards.remove(0);
    let in_play = |at| {
        trial.customer(at, "what about my router?");
        told.1.lock().unwrap().clone()
    };
    assert_eq!(in_play(2), ["fee"]);
    trial.engage(&card, EngagementKind::Opened);
    assert_eq!(in_play(3), ["fee"]);
    trial.engage(&card, EngagementKind::Used);
    assert_eq!(in_play(4), [""; 0]);
}

#[test]
fn what_was_sent_away_stays_away_when_an_editor_ties_its_translation_to_it() {
    let fake = FakeRetriever::new(vec![pushed_on("fee", &["fee"])]);
    let trial = Trial::with(Arc::clone(&fake), Policy::default());
    trial.open(serde_json::json!({}));
    let card = trial.customer(1, "the fee").cards.remove(0);
    trial.engage(&card, EngagementKind::Dismissed);
    let tied = Article {
        translation_of: Some("fee-zh".into()),
        ..pushed_on("fee", &["fee"])
    };
    fake.change(vec![tied, pushed_on("fee-zh", &["fee"])]);
    let heard = trial.customer(60, "the fee");
    let dismissed = SuppressionReason::Dismissed;
    assert_eq!(ids(&heard.cards), [""; 0]);
    assert_eq!(
        silent(&heard.not_shown),
        [("fee-zh", dismissed), ("fee", dismissed)]
    );
}
