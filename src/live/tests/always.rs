//! Invariants of every call, whatever is said, known and done: random calls checked against them.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::live::{Event, EventKind, LiveError, Policy, fake::FakeRetriever};

/// One thing that happens in a call.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Say {
        id: Option<u8>,
        role: Role,
        words: Vec<u8>,
        is_final: bool,
        at_secs: Option<u64>,
    },
    Patch {
        plan: u8,
        overdue: bool,
    },
    Engage {
        card: usize,
        kind: EngagementKind,
    },
    Wait {
        secs: i64,
    },
}

const WORDS: &[&str] = &[
    "fee",
    "refund late order",
    "roaming abroad",
    "never mind",
    "thanks",
    "um",
    "解约",
    "staff",
    "hotel",
];

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let role = prop_oneof![4 => Just(Role::Customer), 1 => Just(Role::Agent)];
    let kind = prop_oneof![
        Just(EngagementKind::Opened),
        Just(EngagementKind::Used),
        Just(EngagementKind::Dismissed),
        Just(EngagementKind::Copied)
    ];
    let say = (
        proptest::option::of(0_u8..6),
        role,
        proptest::collection::vec(0..WORDS.len() as u8, 0..4),
        any::<bool>(),
        proptest::option::of(0_u64..400),
    )
        .prop_map(|(id, role, words, is_final, at_secs)| Step::Say {
            id,
            role,
            words,
            is_final: is_final || id.is_none(),
            at_secs,
        });
    let step = prop_oneof![
        6 => say,
        1 => (0_u8..3, any::<bool>()).prop_map(|(plan, overdue)| Step::Patch { plan, overdue }),
        2 => (0_usize..8, kind).prop_map(|(card, kind)| Step::Engage { card, kind }),
        1 => (0_i64..90).prop_map(|secs| Step::Wait { secs }),
    ];
    proptest::collection::vec(step, 0..40)
}

fn folder() -> Vec<Article> {
    let again = |cooldown| Trigger {
        once: Some(false),
        cooldown_secs: Some(cooldown),
        ..on(&["fee"])
    };
    let overdue = Trigger {
        when: Some("account.overdue".into()),
        ..Trigger::default()
    };
    vec![
        Article {
            triggers: vec![again(45)],
            ..article("again", "t", "x")
        },
        Article {
            triggers: vec![on(&["解约", "fee"])],
            ..article("once", "t", "x")
        },
        Article {
            triggers: vec![overdue],
            ..article("overdue", "t", "x")
        },
        Article {
            when: Some("account.plan == 'p1'".into()),
            ..article("relevant", "Roaming abroad", "roaming abroad")
        },
        Article {
            audience: vec!["staff".into()],
            triggers: vec![on(&["fee", "staff"])],
            ..article("secret", "Staff refund", "x")
        },
        article("refund", "Refund of a late order", "late order"),
        article("hotel", "Hotel", "hotel"),
    ]
}

pub(super) fn policy() -> Policy {
    let mut policy = Policy {
        cards_per_call: 9,
        cards_per_minute: 4,
        cards_per_turn: 2,
        ..Policy::default()
    };
    policy.bounds.stream_events = 1_000;
    policy
}

/// Plays steps by the usual policy.
pub(super) fn play(steps: &[Step]) -> (Trial, Vec<(Card, serde_json::Value)>, Vec<Event>) {
    play_by(policy(), steps)
}

/// Plays steps; gives the trial, every pushed card with the account of its moment, and the events.
pub(super) fn play_by(
    policy: Policy,
    steps: &[Step],
) -> (Trial, Vec<(Card, serde_json::Value)>, Vec<Event>) {
    let mut trial = Trial::with(FakeRetriever::new(folder()), policy);
    trial.caller = caller("desktop", false, Some("agent"));
    let mut pushed: Vec<(Card, serde_json::Value)> = Vec::new();
    let account = |trial: &Trial| json!(trial.registry.get(&trial.caller, "c").unwrap().account);
    trial.open(json!({}));
    for step in steps {
        let cards = match step {
            Step::Say {
                id,
                role,
                words,
                is_final,
                at_secs,
            } => {
                let text: Vec<&str> = words.iter().map(|&word| WORDS[usize::from(word)]).collect();
                let utterance = Utterance {
                    utterance_id: id.map(|id| format!("u{id}")),
                    is_final: *is_final,
                    end_ms: at_secs.map(|secs| secs * 1_000),
                    ..Utterance::new(*role, text.join(" "))
                };
                match trial
                    .registry
                    .hear(&trial.caller, "c", utterance, trial.now)
                {
                    Ok(heard) => heard.cards,
                    Err(LiveError::BadInput { .. }) if words.is_empty() => Vec::new(),
                    Err(error) => panic!("{error}"),
                }
            }
            Step::Patch { plan, overdue } => {
                let patch = json!({"plan": format!("p{plan}"), "overdue": overdue});
                trial
                    .registry
                    .patch_account(&trial.caller, "c", patch, trial.now)
                    .unwrap()
                    .cards
            }
            Step::Engage { card, kind } => {
                // An agent may be quicker than the news that a card is withdrawn; what is gone is not used or sent away.
                let is_a_look = matches!(kind, EngagementKind::Opened | EngagementKind::Copied);
                let known = pushed.get(*card).map(|(card, _)| card.card_id.clone());
                let shown = trial
                    .cards()
                    .into_iter()
                    .find(|card| Some(&card.card_id) == known.as_ref());
                if let Some(card) =
                    shown.filter(|card| is_a_look || card.state != CardState::Withdrawn)
                {
                    trial.engage(&card, *kind);
                }
                Vec::new()
            }
            Step::Wait { secs } => {
                trial.wait(*secs);
                Vec::new()
            }
        };
        let known = |card: &Card| {
            pushed
                .iter()
                .any(|(other, _)| other.card_id == card.card_id)
        };
        let new: Vec<Card> = cards.into_iter().filter(|card| !known(card)).collect();
        let now = account(&trial);
        pushed.extend(new.into_iter().map(|card| (card, now.clone())));
    }
    let mut watch = trial.registry.watch_call(&trial.caller, "c", None).unwrap();
    let events = std::iter::from_fn(|| watch.take()).collect();
    (trial, pushed, events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// An article that comes once is on one card at most, unless the card was withdrawn.
    #[test]
    fn no_article_comes_twice_where_once(steps in steps()) {
        let (trial, pushed, _) = play(&steps);
        let mut standing: HashMap<String, usize> = HashMap::new();
        for card in trial.cards().iter().filter(|card| card.state != CardState::Withdrawn && card.article_id != "again") {
            *standing.entry(card.article_id.clone()).or_default() += 1;
        }
        prop_assert!(standing.values().all(|&count| count == 1), "{standing:?}");
        prop_assert_eq!(trial.cards().len(), pushed.len());
    }

    /// No card is for other eyes, or for another account.
    #[test]
    fn no_card_is_outside_audience_or_when(steps in steps()) {
        let (trial, pushed, _) = play(&steps);
        for (card, account) in &pushed {
            prop_assert_ne!(&card.article_id, "secret");
            prop_assert!(card.article_id != "relevant" || account["plan"] == "p1");
            prop_assert!(card.article_id != "overdue" || account["overdue"] == true);
        }
        let now = trial.registry.get(&trial.caller, "c").unwrap().account;
        let waiting: Vec<Card> = trial.cards().into_iter().filter(|card| card.state == CardState::Suggested).collect();
        prop_assert!(waiting.iter().all(|card| card.article_id != "relevant" || now["plan"] == "p1"));
    }

    /// Caps bind every call and every minute; a cooldown binds its article.
    #[test]
    fn cooldown_and_caps_are_never_exceeded(steps in steps()) {
        // Time by the transcriber alone, so that the test can tell it.
        let mut clock = 0;
        let timed: Vec<Step> = steps.into_iter().filter_map(|step| match step {
            Step::Say { id, role, words, is_final, at_secs } => {
                clock = at_secs.unwrap_or(clock);
                Some(Step::Say { id, role, words, is_final, at_secs: Some(clock) })
            }
            Step::Engage { card, kind } => Some(Step::Engage { card, kind }),
            _ => None,
        }).collect();
        let mut times: Vec<(u64, String, String)> = Vec::new();
        for end in 0..timed.len() {
            if let Step::Say { at_secs: Some(at), .. } = timed[end] {
                let (_, pushed, _) = play(&timed[..=end]);
                times.extend(pushed.into_iter().skip(times.len()).map(|(card, _)| (at, card.article_id, card.card_id)));
            }
        }
        let (trial, pushed, _) = play(&timed);
        prop_assert_eq!(times.len(), pushed.len());
        let withdrawn: Vec<String> =
            trial.cards().into_iter().filter(|card| card.state == CardState::Withdrawn).map(|card| card.card_id).collect();
        times.retain(|(_, _, card)| !withdrawn.contains(card));
        prop_assert!(times.len() <= policy().cards_per_call);
        for &(at, ..) in &times {
            prop_assert!(times.iter().filter(|(other, ..)| (at..at + 60).contains(other)).count() <= policy().cards_per_minute);
        }
        let again: Vec<u64> = times.iter().filter(|(_, id, _)| id == "again").map(|(at, ..)| *at).collect();
        for (n, &at) in again.iter().enumerate() {
            prop_assert!(again[..n].iter().all(|&before| at >= before + 45), "{again:?}");
        }
    }

    /// A reader that comes back at any number gets exactly the rest; and cards say their own number.
    #[test]
    fn resuming_gives_exactly_what_was_missed(steps in steps()) {
        let (trial, pushed, events) = play(&steps);
        for at in 0..=events.len() {
            let mut watch = trial.registry.watch_call(&trial.caller, "c", Some(&at.to_string())).unwrap();
            let rest: Vec<Event> = std::iter::from_fn(|| watch.take()).collect();
            prop_assert_eq!(&rest[..], &events[at..]);
        }
        let cards: Vec<u64> = events.iter().filter(|event| event.kind == EventKind::Card).map(|event| event.id).collect();
        prop_assert_eq!(cards, pushed.iter().map(|(card, _)| card.seq).collect::<Vec<_>>());
    }

    /// Saying again what is settled changes nothing and is answered as before.
    #[test]
    fn repeating_an_utterance_changes_nothing(steps in steps()) {
        let (trial, _, events) = play(&steps);
        let before = trial.registry.get(&trial.caller, "c").unwrap();
        for turn in before.turns.iter().filter(|turn| turn.is_final) {
            let again = Utterance { utterance_id: Some(turn.utterance_id.clone()), end_ms: Some(9), ..Utterance::new(turn.role, "fee") };
            let first = trial.says(again.clone());
            prop_assert_eq!(trial.says(again), first);
        }
        prop_assert_eq!(trial.registry.get(&trial.caller, "c").unwrap(), before);
        let mut watch = trial.registry.watch_call(&trial.caller, "c", None).unwrap();
        prop_assert_eq!(std::iter::from_fn(|| watch.take()).count(), events.len());
    }

    /// The states on the stream add up to the states of the cards.
    #[test]
    fn the_stream_tells_every_state(steps in steps()) {
        let (trial, _, events) = play(&steps);
        let mut states: HashMap<String, String> = HashMap::new();
        for event in &events {
            let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            if let (Some(card), Some(state)) = (data["card_id"].as_str(), data["state"].as_str()) {
                states.insert(card.to_owned(), state.to_owned());
            }
        }
        for card in trial.cards() {
            let state = json!(card.state);
            prop_assert_eq!(state.as_str(), states.get(&card.card_id).map(String::as_str));
        }
    }
}
