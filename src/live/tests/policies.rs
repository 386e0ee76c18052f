//! Once, cooldown, caps, exclusions, dismissals and ignored cards.

use chrono::NaiveDate;

use super::*;
use crate::{
    article::Effective,
    live::{LiveError, Policy, fake::FakeRetriever},
};

fn again(id: &str, phrase: &str, cooldown_secs: Option<u64>) -> Article {
    let trigger = Trigger {
        once: Some(false),
        cooldown_secs,
        ..on(&[phrase])
    };
    Article {
        triggers: vec![trigger],
        ..article(id, id, "nothing in common")
    }
}

fn started(articles: Vec<Article>, change: impl FnOnce(&mut Policy)) -> Trial {
    let mut policy = Policy::default();
    change(&mut policy);
    let trial = Trial::with(FakeRetriever::new(articles), policy);
    trial.open(serde_json::json!({}));
    trial
}

#[test]
fn once_a_call_is_the_default() {
    let trial = started(vec![pushed_on("fee", &["fee"])], |_| ());
    assert_eq!(ids(&trial.customer(1, "the fee").cards), ["fee"]);
    assert_eq!(
        silent(&trial.customer(900, "the fee").not_shown),
        [("fee", SuppressionReason::AlreadyShown)]
    );
}

#[test]
fn a_trigger_that_may_come_again_keeps_its_cooldown() {
    let trial = started(vec![again("fee", "fee", Some(120))], |_| ());
    let silence = |at| trial.customer(at, "the fee").not_shown[0].reason;
    let again = |at| trial.customer(at, "the fee").cards.remove(0);
    again(10);
    assert_eq!(silence(60), SuppressionReason::Cooldown, "on the screen");
    let second = again(200);
    trial.engage(&second, EngagementKind::Opened);
    assert_eq!(silence(319), SuppressionReason::Cooldown, "being read");
    again(320);
    trial.engage(&second, EngagementKind::Used);
    assert_eq!(
        trial.states(),
        [CardState::Suggested, CardState::Used, CardState::Suggested]
    );
    let summary = trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(summary.cards.len(), 1, "each article once");
    assert_eq!(summary.cards[0].state, CardState::Used);
}

#[test]
fn meaning_and_plain_triggers_bring_no_second_card_while_one_is_at_hand() {
    let trial = started(
        vec![
            pushed_on("fee", &["fee"]),
            article("roaming", "Roaming abroad", "x"),
        ],
        |policy| policy.once = false,
    );
    for (said, id) in [("the fee", "fee"), ("roaming abroad", "roaming")] {
        assert_eq!(ids(&trial.customer(10, said).cards), [id]);
        assert_eq!(
            silent(&trial.customer(900, said).not_shown),
            [(id, SuppressionReason::AlreadyShown)]
        );
    }
}

#[test]
fn a_cooldown_alone_lets_an_article_come_again() {
    let check = |once, expected: &[&str]| {
        let trigger = Trigger {
            once,
            cooldown_secs: Some(120),
            ..on(&["fee"])
        };
        let fee = Article {
            triggers: vec![trigger],
            ..article("fee", "fee", "nothing in common")
        };
        let trial = started(vec![fee], |_| ());
        let card = trial.customer(10, "the fee").cards.remove(0);
        trial.engage(&card, EngagementKind::Used);
        assert_eq!(ids(&trial.customer(129, "the fee").cards), [""; 0]);
        assert_eq!(
            ids(&trial.customer(130, "the fee").cards),
            expected,
            "{once:?}"
        );
    };
    check(None, &["fee"]);
    check(Some(false), &["fee"]);
    check(Some(true), &[]);
}

#[test]
fn caps_hold_and_priority_decides_who_goes_first() {
    let numbered = |n: usize| {
        let trigger = Trigger {
            priority: n as i32,
            ..on(&["everything", &format!("number{n}")])
        };
        Article {
            triggers: vec![trigger],
            ..article(&format!("a{n}"), "t", "x")
        }
    };
    let trial = started((0..9).map(numbered).collect(), |policy| {
        (
            policy.cards_per_turn,
            policy.cards_per_minute,
            policy.cards_per_call,
        ) = (2, 3, 4);
    });
    let heard = trial.customer(1, "everything");
    assert_eq!(ids(&heard.cards), ["a8", "a7"]);
    assert_eq!(
        silent(&heard.not_shown)[..2],
        [
            ("a6", SuppressionReason::Cap),
            ("a5", SuppressionReason::Cap)
        ]
    );
    assert_eq!(ids(&trial.customer(30, "everything").cards), ["a6"]);
    assert_eq!(ids(&trial.customer(60, "number0").cards), [""; 0]);
    assert_eq!(ids(&trial.customer(62, "number0").cards), ["a0"]);
    assert_eq!(
        silent(&trial.customer(900, "number1").not_shown),
        [("a1", SuppressionReason::Cap)]
    );
}

#[test]
fn phrases_that_silence_do_so_within_their_utterance() {
    let trigger = Trigger {
        not: vec!["cancel my appointment".into()],
        ..on(&["cancel"])
    };
    let article = Article {
        triggers: vec![trigger],
        ..article("fee", "t", "x")
    };
    let trial = started(vec![article], |policy| {
        policy.excluded_phrases = vec!["hypothetically".into()]
    });
    assert_eq!(
        silent(&trial.customer(1, "cancel my appointment").not_shown),
        [("fee", SuppressionReason::ExcludedPhrase)]
    );
    assert_eq!(
        silent(&trial.customer(2, "hypothetically, cancel").not_shown),
        [("fee", SuppressionReason::ExcludedPhrase)]
    );
    assert_eq!(ids(&trial.customer(3, "cancel it").cards), ["fee"]);
}

#[test]
fn a_dismissed_article_stays_away_and_meaning_is_silent_for_a_while() {
    let trial = started(
        vec![
            again("fee", "fee", None),
            article("roaming", "Roaming abroad", "Roaming abroad"),
        ],
        |_| (),
    );
    let card = trial.customer(1, "the fee").cards.remove(0);
    assert_eq!(
        trial.engage(&card, EngagementKind::Dismissed).state,
        CardState::Dismissed
    );
    assert_eq!(
        silent(&trial.customer(600, "the fee").not_shown),
        [("fee", SuppressionReason::Dismissed)]
    );
    assert_eq!(
        silent(&trial.customer(20, "roaming abroad").not_shown),
        [("roaming", SuppressionReason::Dismissed)]
    );
    assert_eq!(
        ids(&trial.customer(60, "roaming abroad").cards),
        ["roaming"]
    );
}

#[test]
fn two_ignored_cards_raise_the_bar_until_the_agent_looks_again() {
    let articles = ["alpha", "beta", "gamma"].map(|name| article(name, name, "x"));
    let trial = started(articles.into(), |policy| policy.ignored_penalty = 0.5);
    let alpha = trial.customer(60, "alpha").cards.remove(0);
    trial.customer(120, "beta");
    for at in [130, 140, 150] {
        trial.customer(at, "whatever else");
    }
    assert_eq!(
        silent(&trial.customer(240, "what about gamma delta").not_shown),
        [("gamma", SuppressionReason::BelowThreshold)]
    );
    trial.engage(&alpha, EngagementKind::Opened);
    assert_eq!(
        ids(&trial.customer(250, "what about gamma delta").cards),
        ["gamma"]
    );
}

#[test]
fn a_turn_without_words_does_not_make_a_card_ignored() {
    let articles = ["alpha", "beta", "gamma"].map(|name| article(name, name, "x"));
    let trial = started(articles.into(), |policy| policy.ignored_penalty = 0.5);
    trial.customer(60, "alpha");
    trial.customer(120, "beta");
    for name in ["u1", "u2", "u3"] {
        trial.partial(name, "whatever", false);
        trial.partial(name, "", true);
        trial.partial(&format!("{name}-noise"), "[noise]", true);
    }
    assert_eq!(
        ids(&trial.customer(240, "what about gamma delta").cards),
        ["gamma"]
    );
}

#[test]
fn the_oldest_card_makes_room() {
    let trial = started(
        (0..3)
            .map(|n| pushed_on(&format!("a{n}"), &[&format!("number{n}")]))
            .collect(),
        |policy| {
            policy.cards_on_screen = 2;
        },
    );
    for n in 0..3 {
        trial.customer(n * 60, &format!("number{n}"));
    }
    assert_eq!(
        trial.states(),
        [
            CardState::Suggested,
            CardState::Suggested,
            CardState::Expired
        ]
    );
}

#[test]
fn what_is_not_in_force_is_named_and_what_is_a_draft_is_not() {
    let over = Effective {
        from: None,
        until: NaiveDate::from_ymd_opt(2020, 1, 1),
    };
    let trial = started(
        vec![
            Article {
                effective: over,
                ..pushed_on("old", &["offer"])
            },
            Article {
                status: crate::article::Status::Draft,
                ..pushed_on("draft", &["offer"])
            },
        ],
        |_| (),
    );
    let heard = trial.customer(1, "the offer");
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec![], vec![("old", SuppressionReason::Expired)])
    );
}

#[test]
fn calls_end_by_word_or_by_silence_and_are_forgotten() {
    let mut trial = started(vec![pushed_on("fee", &["fee"])], |policy| {
        policy.bounds.calls = 2
    });
    trial.customer(1, "the fee please");
    assert_eq!(trial.registry.open_calls(), 1);
    let summary = trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(
        trial.registry.end(&trial.caller, "c", trial.now).unwrap(),
        summary
    );
    let late = trial.registry.hear(
        &trial.caller,
        "c",
        Utterance::new(Role::Customer, "more"),
        trial.now,
    );
    assert_eq!(
        late,
        Err(LiveError::CallEnded {
            call_id: "c".into()
        })
    );
    let other = |id: &str| crate::live::OpenCall {
        call_id: Some(id.into()),
        ..Default::default()
    };
    assert!(
        trial
            .registry
            .open(&trial.caller, other("d"), trial.now)
            .is_ok()
    );
    assert!(
        trial
            .registry
            .open(&trial.caller, other("e"), trial.now)
            .is_ok(),
        "the ended call makes room"
    );
    assert_eq!(
        trial.registry.open(&trial.caller, other("f"), trial.now),
        Err(LiveError::TooManyCalls { limit: 2 })
    );
    trial.wait(1_800);
    trial.registry.sweep(trial.now);
    assert_eq!(trial.registry.open_calls(), 0);
    let mut watch = trial.registry.watch_call(&trial.caller, "d", None).unwrap();
    assert!(
        watch
            .take()
            .is_some_and(|event| event.data.contains(r#""reason":"idle""#))
    );
    trial.wait(3_600);
    trial.registry.sweep(trial.now);
    assert_eq!(
        trial.registry.cards(&trial.caller, "d"),
        Err(LiveError::UnknownCall {
            call_id: "d".into()
        })
    );
}

#[test]
fn partials_of_a_turn_count_as_that_turn() {
    let articles = ["alpha", "beta"].map(|name| article(name, name, "x"));
    let trial = started(articles.into(), |policy| {
        (policy.semantic_on_partials, policy.semantic_per_turn) = (true, 1);
    });
    let heard = trial.partial("u1", "what about alpha?", false);
    assert_eq!(ids(&heard.cards), ["alpha"]);
    let heard = trial.partial("u1", "what about alpha beta?", true);
    assert_eq!(
        silent(&heard.not_shown),
        [
            ("alpha", SuppressionReason::AlreadyShown),
            ("beta", SuppressionReason::Cap)
        ]
    );
}

#[test]
fn a_change_of_the_account_leaves_the_clock_to_the_transcriber() {
    let mut trial = Trial::new(vec![
        article("alpha", "Alpha museum", "x"),
        article("beta", "Beta dinner", "x"),
    ]);
    trial.open(serde_json::json!({}));
    trial.wait(20);
    let note = serde_json::json!({"note": "identified"});
    trial
        .registry
        .patch_account(&trial.caller, "c", note, trial.now)
        .unwrap();
    let card = trial
        .customer(1, "what about the alpha museum?")
        .cards
        .remove(0);
    trial.engage(&card, EngagementKind::Dismissed);
    trial.wait(33);
    let heard = trial.customer(34, "what about the beta dinner?");
    assert_eq!(ids(&heard.cards), ["beta"]);
}
