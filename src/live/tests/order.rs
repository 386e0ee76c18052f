//! Partials and their finals, utterances out of order, and what a cap holds back.

use serde_json::json;

use super::*;
use crate::live::{Policy, fake::FakeRetriever};

fn trial(change: impl FnOnce(&mut Policy), articles: Vec<Article>) -> Trial {
    let mut policy = Policy::default();
    change(&mut policy);
    Trial::with(FakeRetriever::new(articles), policy)
}

#[test]
fn what_was_misheard_takes_no_room_from_what_was_said() {
    let articles = ["one", "two", "three"].map(|name| pushed_on(name, &[name]));
    let trial = trial(
        |policy| (policy.cards_per_minute, policy.cards_per_call) = (1, 2),
        articles.into(),
    );
    trial.open(json!({}));
    for (id, misheard) in [("u1", "one"), ("u2", "two")] {
        assert_eq!(ids(&trial.partial(id, misheard, false).cards), [misheard]);
        trial.partial(id, "never mind that", true);
    }
    assert_eq!(ids(&trial.partial("u3", "three", true).cards), ["three"]);
}

#[test]
fn a_partial_and_its_final_bring_no_more_than_one_turn_may() {
    let articles = ["one", "two", "three"].map(|name| pushed_on(name, &[name]));
    let trial = trial(|policy| policy.cards_per_turn = 2, articles.into());
    trial.open(json!({}));
    trial.partial("u1", "one", false);
    let heard = trial.partial("u1", "one two three", true);
    assert_eq!(heard.cards.len(), 1);
    let capped = |one: &NotShown| one.reason == SuppressionReason::Cap;
    assert_eq!(heard.not_shown.iter().filter(|one| capped(one)).count(), 1);
}

#[test]
fn an_account_rule_that_a_cap_silenced_speaks_once_there_is_room() {
    let on_account = |id: &str| {
        let when = Trigger {
            when: Some("account.late".into()),
            ..Trigger::default()
        };
        Article {
            triggers: vec![when],
            ..pushed_on(id, &[])
        }
    };
    let trial = trial(
        |policy| policy.cards_per_turn = 2,
        vec![on_account("a"), on_account("b"), on_account("c")],
    );
    let opened = trial.open(json!({"late": true}));
    assert_eq!(ids(&opened.cards), ["a", "b"]);
    assert_eq!(ids(&trial.customer(1, "good morning").cards), ["c"]);
    assert_eq!(ids(&trial.customer(2, "good morning").cards), [""; 0]);
}

#[test]
fn turns_are_told_by_their_time_and_those_without_words_not_at_all() {
    let trial = trial(|_| (), vec![]);
    trial.open(json!({}));
    let say = |id: &str, begin_ms: Option<u64>, text: &str| {
        trial.says(Utterance {
            utterance_id: Some(id.into()),
            begin_ms,
            ..Utterance::new(Role::Customer, text)
        })
    };
    say("1", Some(0), "first");
    say("3", Some(6_000), "third");
    say("2", Some(3_000), "second");
    say("4", None, "fourth");
    trial.partial("5", "no", false);
    trial.partial("5", "", true);
    let turns = trial.registry.get(&trial.caller, "c").unwrap().turns;
    let order: Vec<&str> = turns
        .iter()
        .map(|turn| turn.utterance_id.as_str())
        .collect();
    assert_eq!(order, ["1", "2", "3", "4"]);
    assert_eq!(trial.partial("5", "no", true).cards, [], "it is settled");
    assert_eq!(trial.registry.get(&trial.caller, "c").unwrap().turns, turns);
}

#[test]
fn marks_of_the_transcriber_push_nothing() {
    let trial = trial(|_| (), vec![article("music", "音乐", "silence of music")]);
    trial.open(json!({}));
    for mark in ["[silence]", "（音乐）", "[music] Hello?"] {
        let heard = trial.customer(1, mark);
        assert_eq!(ids(&heard.cards), [""; 0], "{mark}");
    }
    let call = trial.registry.get(&trial.caller, "c").unwrap();
    assert!(call.wanted.is_empty());
    assert_eq!(call.turns[0].text, "[silence]");
    assert_eq!(
        ids(&trial.customer(2, "what of the silence?").cards),
        ["music"]
    );
}

#[test]
fn a_partial_is_judged_in_its_own_language_and_leaves_the_calls() {
    let chinese = Article {
        lang: "zh-Hans".into(),
        translation_of: Some("fee".into()),
        ..pushed_on("fee-zh", &["termination fee", "违约金"])
    };
    let fee = pushed_on("fee", &["termination fee", "违约金"]);
    for (said, lang) in [("我要付违约金吗", None), ("违约金", Some("cmn-Hans-CN"))] {
        let trial = trial(|_| (), vec![fee.clone(), chinese.clone()]);
        trial.open(json!({}));
        trial.customer(1, "I would like to ask about my bill");
        let heard = trial.says(Utterance {
            utterance_id: Some("u1".into()),
            is_final: false,
            lang: lang.map(str::to_owned),
            ..Utterance::new(Role::Customer, said)
        });
        assert_eq!(ids(&heard.cards), ["fee-zh"], "{lang:?}");
        let call = trial.registry.get(&trial.caller, "c").unwrap();
        assert_eq!(call.lang.as_deref(), Some("en"));
    }
}

#[test]
fn mandarin_and_cantonese_are_chinese() {
    for lang in ["cmn-Hans-CN", "yue-Hant-HK"] {
        let trial = trial(|_| (), vec![pushed_on("fee", &["esim"])]);
        let request = crate::live::OpenCall {
            call_id: Some("c".into()),
            lang: Some(lang.into()),
            ..Default::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        let card = trial.customer(1, "esim").cards.remove(0);
        assert_eq!(card.why, "客户说了“esim”", "{lang}");
    }
}

#[test]
fn a_card_stays_whose_reason_the_final_has_in_other_words() {
    let stays = |article: Article, partial: &str, said: &str| {
        let trial = trial(|policy| policy.semantic_on_partials = true, vec![article]);
        trial.open(json!({}));
        trial.partial("u1", partial, false);
        assert_eq!(ids(&trial.partial("u1", said, true).cards), [""; 0]);
        assert_eq!(trial.states(), [CardState::Suggested], "{said}");
    };
    let fee = Article {
        triggers: vec![on(&["cancel my contract", "notice period"])],
        ..article("fee", "What it costs to leave", "x")
    };
    stays(
        fee,
        "cancel um my contract",
        "Cancel, um, my contract. What is the notice period?",
    );
    stays(
        article("museum", "Alpha museum", "x"),
        "what about the alpha museum?",
        "What about the ALPHA MUSEUM?",
    );
}

#[test]
fn a_phrase_in_brackets_is_heard() {
    let trial = trial(|_| (), vec![pushed_on("fee", &["解约"])]);
    trial.open(json!({}));
    assert_eq!(
        ids(&trial.partial("u1", "我要退网（解约）", false).cards),
        ["fee"]
    );
    trial.partial("u1", "我要退网（解约）。", true);
    assert_eq!(trial.states(), [CardState::Suggested]);
}

#[test]
fn cards_of_one_answer_are_told_best_first_whatever_brought_them() {
    let fake = FakeRetriever::new(vec![]);
    let trial = Trial::with(std::sync::Arc::clone(&fake), Policy::default());
    trial.open(json!({"late": true}));
    let dunning = |id: &str, priority| Article {
        triggers: vec![Trigger {
            when: Some("account.late".into()),
            priority,
            ..Trigger::default()
        }],
        ..article(id, id, "x")
    };
    fake.change(vec![
        dunning("first", 5),
        dunning("last", -5),
        pushed_on("fee", &["fee"]),
    ]);
    let heard = trial.customer(1, "the fee");
    assert_eq!(ids(&heard.cards), ["first", "fee", "last"]);
}
