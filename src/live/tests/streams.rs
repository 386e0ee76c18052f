//! Guarantees to a reader of a stream: nothing is missed silently, numbers never repeat, idle calls end by themselves.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{
    always::{play, play_by, policy, steps},
    *,
};
use crate::{
    index::Catalog,
    live::{
        CallRegistry, Event, EventKind, OpenCall, Policy, Retriever, Scope, View, Watch,
        fake::FakeRetriever,
    },
    panics::caught,
    search::Found,
};

fn all(watch: &mut Watch) -> Vec<Event> {
    std::iter::from_fn(|| watch.take()).collect()
}

fn ids(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// With a memory shorter than the call, a reader gets exactly the rest or is told that it missed some, first of all.
    #[test]
    fn nothing_is_skipped_without_a_word(steps in steps(), kept in 1_usize..12) {
        let (_, _, whole) = play(&steps);
        let mut tight = policy();
        tight.bounds.stream_events = kept;
        let (trial, _, _) = play_by(tight, &steps);
        for at in 0..=whole.len() {
            let last = at.to_string();
            let rest = all(&mut trial.registry.watch_call(&trial.caller, "c", Some(&last)).unwrap());
            let missed = &whole[at..];
            if missed.len() <= kept {
                prop_assert_eq!(ids(&rest), ids(missed));
                prop_assert!(rest.iter().zip(missed).all(|(a, b)| a.kind == b.kind));
            } else {
                prop_assert_eq!(rest.first().map(|event| event.kind), Some(EventKind::Resync));
            }
        }
    }

    /// An agent's stream has what the call's has, under its own numbers, and resumes from any of them.
    #[test]
    fn an_agents_stream_misses_nothing(steps in steps()) {
        let (trial, _, whole) = play(&steps);
        let told = all(&mut trial.registry.watch_agent(&trial.caller, "a", None));
        prop_assert_eq!(told.len(), whole.len());
        prop_assert!(told.iter().zip(&whole).all(|(a, b)| (a.kind, &a.data) == (b.kind, &b.data)));
        for at in 0..=told.len() {
            let rest = all(&mut trial.registry.watch_agent(&trial.caller, "a", Some(&at.to_string())));
            prop_assert_eq!(&rest[..], &told[at..]);
        }
    }

    /// Whatever is said, a call keeps no more than its bounds.
    #[test]
    fn a_call_stays_within_its_memory(steps in steps(), turns in 1_usize..6, chars in 1_usize..60) {
        let mut tight = policy();
        (tight.bounds.turns, tight.bounds.call_chars, tight.bounds.turn_chars) = (turns, chars, 20);
        let cap = tight.cards_per_call;
        let (trial, _, _) = play_by(tight, &steps);
        let view = trial.registry.get(&trial.caller, "c").unwrap();
        let kept: usize = view.turns.iter().map(|turn| turn.text.chars().count()).sum();
        prop_assert!(view.turns.len() <= turns);
        prop_assert!(kept <= chars.max(20), "{kept} characters");
        prop_assert!(view.cards.len() <= cap);
    }
}

#[test]
fn an_agents_stream_of_another_start_tells_what_was_missed() {
    let Trial {
        registry,
        caller,
        now,
    } = Trial::new(vec![pushed_on("fee", &["fee"])]);
    let trial = Trial {
        registry: registry.begun(now),
        caller,
        now,
    };
    let back = || {
        let first = trial
            .registry
            .watch_agent(&trial.caller, "a", Some("1"))
            .take();
        first.map(|event| event.kind)
    };
    assert_eq!(back(), Some(EventKind::Resync));
    trial.open(json!({}));
    let said = Utterance::new(Role::Customer, "the fee");
    trial.registry.hear(&trial.caller, "c", said, now).unwrap();
    assert_eq!(back(), Some(EventKind::Resync));
    let all = all(&mut trial.registry.watch_agent(&trial.caller, "a", Some("0")));
    assert_eq!(all.len(), 1, "the beginning can be had");
}

#[test]
fn numbers_of_an_agents_stream_never_come_twice() {
    let trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    let call = |id: &str| {
        let request = OpenCall {
            call_id: Some(id.into()),
            agent_id: Some("a".into()),
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        let said = Utterance::new(Role::Customer, "the fee");
        trial
            .registry
            .hear(&trial.caller, id, said, trial.now)
            .unwrap();
        trial.registry.end(&trial.caller, id, trial.now).unwrap();
    };
    call("c");
    let read = all(&mut trial.registry.watch_agent(&trial.caller, "a", None));
    assert_eq!(ids(&read), [1, 2]);
    // The reader is away, the call is forgotten, and with it the stream.
    let later = trial.now + chrono::TimeDelta::days(1);
    trial.registry.sweep(later);
    call("d");
    call("e");
    let mut back = trial.registry.watch_agent(&trial.caller, "a", Some("2"));
    assert_eq!(
        ids(&all(&mut back)),
        [3, 4, 5, 6],
        "nothing was missed in between"
    );
    let mut stale = trial.registry.watch_agent(&trial.caller, "a", Some("1"));
    assert_eq!(
        stale.take().map(|event| event.kind),
        Some(EventKind::Resync)
    );
    for beginning in [None, Some("0")] {
        let mut fresh = trial.registry.watch_agent(&trial.caller, "a", beginning);
        assert_eq!(ids(&all(&mut fresh)), [3, 4, 5, 6]);
    }
}

#[test]
fn a_call_that_was_forgotten_and_is_opened_again_repeats_no_number() {
    let mut policy = Policy::default();
    policy.bounds.calls = 1;
    let mut trial = Trial::with(FakeRetriever::new(vec![pushed_on("fee", &["fee"])]), policy);
    let call = |trial: &Trial| {
        trial.open(json!({}));
        trial.customer(1, "the fee").cards.remove(0).seq
    };
    let since = |trial: &Trial, last| {
        let mut watch = trial.registry.watch_call(&trial.caller, "c", last).unwrap();
        let told = all(&mut watch);
        told.iter()
            .map(|event| (event.id, event.kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(call(&trial), 1);
    trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    trial.wait(3_600);
    trial.registry.sweep(trial.now);
    assert_eq!(call(&trial), 3);
    assert_eq!(since(&trial, Some("1")), [(3, EventKind::Resync)]);
    assert_eq!(since(&trial, Some("2")), [(3, EventKind::Card)]);
    assert_eq!(since(&trial, None), [(3, EventKind::Card)]);

    // It gives way to another, and comes back.
    trial.wait(60);
    let other = OpenCall {
        call_id: Some("d".into()),
        ..OpenCall::default()
    };
    let by = caller("desktop", false, None);
    trial.registry.open(&by, other, trial.now).unwrap();
    trial.registry.end(&by, "d", trial.now).unwrap();
    assert_eq!(call(&trial), 5);
    assert_eq!(since(&trial, Some("3")), [(5, EventKind::Resync)]);
}

#[test]
fn an_idle_call_ends_by_itself_and_tells_both_streams() {
    let mut trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    trial.open(json!({}));
    trial.customer(1, "the fee");
    trial.wait(1_799);
    trial.registry.sweep(trial.now);
    assert_eq!(trial.registry.open_calls(), 1);
    trial.wait(1);
    trial.registry.sweep(trial.now);
    assert_eq!(trial.registry.open_calls(), 0);
    let mut call = trial.registry.watch_call(&trial.caller, "c", None).unwrap();
    let mut agent = trial.registry.watch_agent(&trial.caller, "a", None);
    for watch in [&mut call, &mut agent] {
        let last = all(watch).pop().unwrap();
        assert_eq!(last.kind, EventKind::CallEnded);
        assert!(last.data.contains(r#""reason":"idle""#), "{}", last.data);
    }
    assert!(call.finished() && !agent.finished());
    trial.wait(3_600);
    trial.registry.sweep(trial.now);
    assert!(
        trial.registry.get(&trial.caller, "c").is_err(),
        "ended calls are forgotten"
    );
}

/// Fails whenever it is asked.
struct Broken(Arc<FakeRetriever>);

impl Retriever for Broken {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, _: &Catalog, _: &View, _: &Scope, _: usize) -> Vec<Found> {
        panic!("out of order")
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        None
    }
}

#[test]
fn a_call_in_which_something_panicked_ends_as_idle_too() {
    let mut trial = Trial {
        registry: CallRegistry::new(
            Arc::new(Broken(FakeRetriever::new(vec![]))),
            Policy::default(),
        ),
        ..Trial::new(vec![])
    };
    trial.open(json!({}));
    assert!(caught(|| trial.customer(1, "what is the fee?")).is_err());
    trial.wait(1_800);
    trial.registry.sweep(trial.now);
    assert_eq!(trial.registry.open_calls(), 0);
}

#[test]
fn streams_tell_nothing_of_a_customer_who_was_erased() {
    let trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    for (call_id, customer_id) in [("open", "7"), ("over", "7"), ("other", "8")] {
        let request = OpenCall {
            call_id: Some(call_id.into()),
            customer_id: Some(customer_id.into()),
            agent_id: Some("a".into()),
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
    }
    let say = |call_id: &str| {
        let said = Utterance::new(Role::Customer, "the fee");
        let heard = trial.registry.hear(&trial.caller, call_id, said, trial.now);
        heard.map(|heard| heard.cards.len())
    };
    let kinds = |last: Option<&str>| {
        let told = all(&mut trial.registry.watch_agent(&trial.caller, "a", last));
        told.iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    say("over").unwrap();
    trial
        .registry
        .end(&trial.caller, "over", trial.now)
        .unwrap();
    trial.registry.erase("7");
    assert_eq!(kinds(None), [EventKind::Resync]);
    let is_there = |call_id: &str| trial.registry.get(&trial.caller, call_id).is_ok();
    assert_eq!(["open", "over", "other"].map(is_there), [true, false, true]);
    assert_eq!(say("open"), Ok(1), "a call goes on");
    trial
        .registry
        .end(&trial.caller, "open", trial.now)
        .unwrap();
    assert_eq!(kinds(Some("2")), [EventKind::Card, EventKind::CallEnded]);
    trial.registry.sweep(trial.now);
    assert_eq!(kinds(None), [EventKind::Resync]);
    assert!(!is_there("open") && is_there("other"));
}

#[test]
fn an_agent_who_takes_a_call_hears_it_from_its_beginning() {
    let trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    let open = |agent: Option<&str>| {
        let request = OpenCall {
            call_id: Some("c".into()),
            agent_id: agent.map(str::to_owned),
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap()
    };
    open(None);
    let card = trial.customer(1, "the fee").cards.remove(0);
    assert!(open(Some("a")).existed);
    trial.engage(&card, EngagementKind::Used);
    let told = all(&mut trial.registry.watch_agent(&trial.caller, "a", None));
    let kinds: Vec<EventKind> = told.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Card, EventKind::CardState]);
}

#[test]
fn a_call_goes_over_to_another_agent_whom_an_opening_names() {
    let trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    let open = |agent: &str, is_overheard| {
        let request = OpenCall {
            call_id: Some("c".into()),
            agent_id: Some(agent.into()),
            is_overheard,
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        trial.registry.get(&trial.caller, "c").unwrap().agent_id
    };
    let told = |agent| all(&mut trial.registry.watch_agent(&trial.caller, agent, None)).len();
    assert_eq!(open("a", false).as_deref(), Some("a"));
    let card = trial.customer(1, "the fee").cards.remove(0);
    assert_eq!(open("b", false).as_deref(), Some("b"));
    assert_eq!((told("a"), told("b")), (1, 1));
    trial.engage(&card, EngagementKind::Used);
    assert_eq!((told("a"), told("b")), (1, 2));
    assert_eq!(
        open("B. at the switch", true).as_deref(),
        Some("b"),
        "a transcriber has its own names for agents"
    );
}

#[test]
fn an_agent_who_gets_a_call_back_hears_what_came_meanwhile_and_nothing_twice() {
    let trial = Trial::new(vec![
        pushed_on("fee", &["fee"]),
        pushed_on("plan", &["plan"]),
    ]);
    let open = |agent: &str| {
        let request = OpenCall {
            call_id: Some("c".into()),
            agent_id: Some(agent.into()),
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
    };
    open("a");
    let mut reader = trial.registry.watch_agent(&trial.caller, "a", None);
    trial.customer(1, "the fee");
    open("b");
    trial.customer(2, "the plan");
    assert_eq!(all(&mut reader).len(), 1);
    open("a");
    let missed = all(&mut reader);
    assert_eq!(missed.len(), 1);
    assert!(missed[0].data.contains(r#""article_id":"plan""#));
    trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(all(&mut reader).len(), 1, "and it goes on");
}

#[test]
fn a_transcriber_hands_a_call_over_from_the_agent_it_named() {
    let trial = Trial::new(vec![]);
    let open = |agent: &str, is_overheard| {
        let request = OpenCall {
            call_id: Some("c".into()),
            agent_id: Some(agent.into()),
            is_overheard,
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        trial.registry.get(&trial.caller, "c").unwrap().agent_id
    };
    assert_eq!(open("x", true).as_deref(), Some("x"));
    assert_eq!(open("y", true).as_deref(), Some("y"));
    assert_eq!(open("ann", false).as_deref(), Some("ann"));
    assert_eq!(open("z", true).as_deref(), Some("ann"));
}
