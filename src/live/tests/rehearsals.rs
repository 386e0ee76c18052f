//! Conversations tried without a call: what they cost, and when they are abandoned.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    index::Catalog,
    live::{CallRegistry, OpenCall, Policy, Retriever, Scope, View, fake::FakeRetriever},
    search::Found,
};

/// Counts how often it is asked.
struct Counting(Arc<FakeRetriever>, AtomicUsize);

impl Retriever for Counting {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.find(catalog, view, scope, limit)
    }

    fn same_question(&self, a: &str, b: &str) -> Option<f64> {
        self.0.same_question(a, b)
    }
}

fn registry() -> (CallRegistry, Arc<Counting>) {
    let fake = FakeRetriever::new(vec![pushed_on("fee", &["termination fee"])]);
    let retriever = Arc::new(Counting(fake, AtomicUsize::new(0)));
    let registry = CallRegistry::new(Arc::clone(&retriever) as _, Policy::default());
    (registry, retriever)
}

/// A conversation of so many turns of the customer, of which the first meets a rule.
fn turns(count: usize) -> Vec<Utterance> {
    let text = |at| match at {
        0 => "what is the termination fee".to_owned(),
        _ => format!("and which router do I need for flat number {at}"),
    };
    let turn = |at| Utterance {
        end_ms: Some(at as u64 * 10_000),
        ..Utterance::new(Role::Customer, text(at))
    };
    (0..count).map(turn).collect()
}

#[test]
fn of_a_long_conversation_the_newest_turns_are_searched_and_all_meet_rules() {
    let (registry, retriever) = registry();
    let (by, open) = (caller("one", false, None), OpenCall::default());
    let tried = registry.rehearse(&by, open, turns(200), chrono::DateTime::UNIX_EPOCH, &|| {
        true
    });
    assert_eq!(ids(&tried.unwrap().unwrap().cards), ["fee"]);
    let searched = retriever.1.load(Ordering::Relaxed);
    assert_eq!(searched, Policy::default().view.memory);
}

#[test]
fn a_conversation_that_nobody_waits_for_is_given_up() {
    let (registry, retriever) = registry();
    let (by, open) = (caller("one", false, None), OpenCall::default());
    let go_on = || retriever.1.load(Ordering::Relaxed) < 3;
    let tried = registry.rehearse(&by, open, turns(20), chrono::DateTime::UNIX_EPOCH, &go_on);
    assert_eq!(tried, Ok(None));
    assert_eq!(retriever.1.load(Ordering::Relaxed), 3);
}
