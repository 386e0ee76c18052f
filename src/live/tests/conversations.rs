//! Phrases, meaning, partials and repeats.

use super::*;

fn shop() -> Trial {
    let trial = Trial::new(vec![
        pushed_on("cancel-fee", &["cancel my contract", "解约"]),
        article(
            "refund",
            "Refund of a late order",
            "When a late order is refunded",
        ),
        article(
            "roaming",
            "Roaming abroad",
            "Data roaming abroad in zone two",
        ),
    ]);
    trial.open(serde_json::json!({}));
    trial
}

#[test]
fn a_phrase_brings_its_card_with_the_reason() {
    let trial = shop();
    let heard = trial.customer(5, "Hello, I want to Cancel my contract today");
    assert_eq!(ids(&heard.cards), ["cancel-fee"]);
    let card = &heard.cards[0];
    assert_eq!(card.why, "the customer said “Cancel my contract”");
    assert_eq!(card.trigger.matched, "cancel my contract");
    assert_eq!(card.trigger.rule.as_deref(), Some("cancel-fee#0"));
    assert_eq!(
        card.trigger.utterance_id.as_ref(),
        Some(&heard.utterance_id)
    );
    assert_eq!(
        (card.seq, card.state, card.url.as_str()),
        (1, CardState::Suggested, "/articles/cancel-fee")
    );
}

#[test]
fn chinese_is_heard_and_answered_in_chinese() {
    let trial = shop();
    let heard = trial.customer(5, "你好，我想解約");
    assert_eq!(heard.cards[0].why, "客户说了“解約”");
}

#[test]
fn meaning_brings_the_best_article_and_names_the_others() {
    let trial = shop();
    let heard = trial.customer(5, "where is the refund of my late order");
    assert_eq!(ids(&heard.cards), ["refund"]);
    let heard = trial.customer(
        9,
        "roaming costs hotel flight taxi train bus museum beach dinner wine",
    );
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec![], vec![("roaming", SuppressionReason::BelowThreshold)])
    );
    let heard = trial.customer(12, "the refund of the late order please");
    assert_eq!(
        silent(&heard.not_shown),
        [("refund", SuppressionReason::AlreadyShown)]
    );
}

#[test]
fn small_talk_and_the_agents_words_bring_nothing_by_meaning() {
    let trial = shop();
    for text in ["thanks", "hello, how are you?", "好的，谢谢", "refund"] {
        let role = if text == "refund" {
            Role::Agent
        } else {
            Role::Customer
        };
        assert!(
            trial.says(Utterance::new(role, text)).cards.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn meaning_does_not_bring_in_what_a_rule_keeps_away() {
    let trigger = Trigger {
        not: vec!["my appointment".into()],
        when: Some("account.plan == 'fiber'".into()),
        ..on(&["cancel my contract"])
    };
    let fee = Article {
        triggers: vec![trigger],
        ..article("fee", "Cancel a contract", "cancel contract appointment")
    };
    let trial = Trial::new(vec![fee]);
    trial.open(serde_json::json!({"plan": "mobile"}));
    let check = |at, text, expected: &[(&str, SuppressionReason)]| {
        assert_eq!(
            silent(&trial.customer(at, text).not_shown),
            expected,
            "{text}"
        )
    };
    check(1, "cancel my contract", &[("fee", SuppressionReason::When)]);
    check(
        2,
        "cancel my appointment",
        &[("fee", SuppressionReason::ExcludedPhrase)],
    );
    assert_eq!(
        ids(&trial.customer(3, "the contract, cancel it").cards),
        ["fee"]
    );
}

#[test]
fn the_role_of_a_trigger_is_respected() {
    let on_agent = Trigger {
        role: Role::Agent,
        ..on(&["let me transfer you"])
    };
    let trial = Trial::new(vec![Article {
        triggers: vec![on_agent],
        ..article("transfer", "t", "x")
    }]);
    trial.open(serde_json::json!({}));
    assert!(trial.customer(1, "let me transfer you").cards.is_empty());
    let heard = trial.says(Utterance::new(Role::Agent, "let me transfer you"));
    assert_eq!(heard.cards[0].why, "the agent said “let me transfer you”");
}

#[test]
fn what_the_agent_must_not_say_may_be_said_by_the_customer() {
    let on_agent = Trigger {
        role: Role::Agent,
        not: vec!["router light".into()],
        ..on(&["router"])
    };
    let trial = Trial::new(vec![Article {
        triggers: vec![on_agent],
        ..article("light", "The router light", "x")
    }]);
    trial.open(serde_json::json!({}));
    let heard = trial.customer(1, "what is the router light?");
    assert_eq!(ids(&heard.cards), ["light"]);
}

#[test]
fn partials_push_early_and_the_final_settles() {
    let trial = shop();
    assert_eq!(
        ids(&trial
            .partial("u1", "i want to cancel my contract", false)
            .cards),
        ["cancel-fee"]
    );
    assert!(
        trial
            .partial("u1", "i want to cancel my contract now", false)
            .cards
            .is_empty()
    );
    let settled = trial.partial("u1", "i want to cancel my contract now please", true);
    assert_eq!(
        (ids(&settled.cards), trial.states()),
        (vec![], vec![CardState::Suggested])
    );
    let turns = trial.registry.get(&trial.caller, "c").unwrap().turns;
    assert_eq!(turns.len(), 1);
    assert!(turns[0].is_final && turns[0].text.ends_with("please"));
}

#[test]
fn a_card_that_the_final_does_not_support_is_withdrawn_and_may_come_again() {
    let trial = shop();
    trial.partial("u1", "cancel my contract", false);
    let settled = trial.partial("u1", "counsel my contact lenses", true);
    assert_eq!(
        (ids(&settled.cards), trial.states()),
        (vec![], vec![CardState::Withdrawn])
    );
    assert_eq!(
        trial.told(),
        [
            ("card", "suggested".to_owned()),
            ("card_state", "withdrawn".to_owned())
        ]
    );
    assert_eq!(
        ids(&trial.customer(20, "now really cancel my contract").cards),
        ["cancel-fee"]
    );
}

#[test]
fn a_card_that_was_opened_is_not_withdrawn() {
    let trial = shop();
    let card = trial
        .partial("u1", "cancel my contract", false)
        .cards
        .remove(0);
    trial.engage(&card, EngagementKind::Opened);
    trial.partial("u1", "nothing of the kind", true);
    assert_eq!(trial.states(), [CardState::Opened]);
}

#[test]
fn repeats_of_a_settled_utterance_change_nothing() {
    let trial = shop();
    let first = trial.partial("u1", "cancel my contract", true);
    assert_eq!(first.cards.len(), 1);
    let view = trial.registry.get(&trial.caller, "c").unwrap();
    for (text, is_final) in [
        ("cancel my contract", true),
        ("refund late order", true),
        ("refund", false),
    ] {
        assert_eq!(trial.partial("u1", text, is_final), first);
    }
    assert_eq!(trial.registry.get(&trial.caller, "c").unwrap(), view);
    assert_eq!(trial.told().len(), 1);
}

#[test]
fn a_long_utterance_counts_by_its_end() {
    let trial = shop();
    let long = format!(
        "{} please cancel my contract",
        "well you see ".repeat(1_500)
    );
    let heard = trial.customer(1, &long);
    assert_eq!(ids(&heard.cards), ["cancel-fee"]);
    let kept = &trial.registry.get(&trial.caller, "c").unwrap().turns[0].text;
    assert!(kept.ends_with("cancel my contract") && kept.chars().count() <= 4_000);
}

#[test]
fn translations_are_one_card_in_the_calls_language() {
    let chinese = Article {
        translation_of: Some("fee".into()),
        ..pushed_on("fee-zh", &["termination fee", "违约金"])
    };
    let chinese = Article {
        lang: "zh-Hans".into(),
        ..chinese
    };
    let trial = Trial::new(vec![
        pushed_on("fee", &["termination fee", "违约金"]),
        chinese,
    ]);
    trial.open(serde_json::json!({}));
    let heard = trial.customer(1, "我要付违约金吗");
    assert_eq!(ids(&heard.cards), ["fee-zh"]);
    assert_eq!(
        silent(&heard.not_shown),
        [("fee", SuppressionReason::AlreadyShown)]
    );
}

#[test]
fn translations_of_translations_are_one_card_and_so_are_those_of_each_other() {
    for (name, of) in [
        ("a chain", [None, Some("a"), Some("b")]),
        ("of each other", [Some("b"), Some("a"), Some("b")]),
        (
            "an original that is not there",
            [Some("d"), Some("d"), Some("b")],
        ),
    ] {
        let articles = ["a", "b", "c"].into_iter().zip(of);
        let articles = articles.map(|(id, of)| Article {
            translation_of: of.map(str::to_owned),
            ..pushed_on(id, &["termination fee"])
        });
        let trial = Trial::new(articles.collect());
        trial.open(serde_json::json!({}));
        let heard = trial.customer(1, "the termination fee");
        assert_eq!(heard.cards.len(), 1, "{name}");
        assert_eq!(heard.not_shown.len(), 2, "{name}");
    }
}

#[test]
fn a_new_generation_brings_its_rules() {
    let fake = crate::live::fake::FakeRetriever::new(vec![]);
    let trial = Trial::with(std::sync::Arc::clone(&fake), crate::live::Policy::default());
    trial.open(serde_json::json!({}));
    assert!(trial.customer(1, "cancel my contract").cards.is_empty());
    fake.change(vec![pushed_on("cancel-fee", &["cancel my contract"])]);
    assert_eq!(
        ids(&trial.customer(2, "cancel my contract").cards),
        ["cancel-fee"]
    );
}

#[test]
fn a_rule_for_other_accounts_does_not_support_a_card() {
    let for_others = Trigger {
        when: Some("account.plan == 'dsl'".into()),
        ..on(&["termination fee"])
    };
    let fee = Article {
        triggers: vec![on(&["cancel"]), for_others],
        ..article("fee", "The termination fee", "nothing in common")
    };
    let trial = Trial::new(vec![fee]);
    trial.open(serde_json::json!({"plan": "fiber"}));
    assert_eq!(ids(&trial.partial("u1", "cancel", false).cards), ["fee"]);
    let settled = trial.partial("u1", "council termination fee", true);
    assert_eq!(
        silent(&settled.not_shown),
        [("fee", SuppressionReason::When)]
    );
    assert_eq!(trial.states(), [CardState::Withdrawn]);
}

#[test]
fn a_runner_up_that_is_too_unsure_does_not_support_a_card() {
    let fake = crate::live::fake::FakeRetriever::new(vec![
        article("alpha", "Alpha museum train", "x"),
        article("beta", "Beta dinner", "x"),
    ]);
    let policy = crate::live::Policy {
        semantic_on_partials: true,
        ..Default::default()
    };
    let trial = Trial::with(fake, policy);
    trial.open(serde_json::json!({}));
    assert_eq!(
        ids(&trial.partial("u1", "what about beta dinner?", false).cards),
        ["beta"]
    );
    let said = "what about alpha museum train beach beta dinner hotel?";
    assert_eq!(ids(&trial.partial("u1", said, true).cards), ["alpha"]);
    assert_eq!(trial.states(), [CardState::Suggested, CardState::Withdrawn]);
}

#[test]
fn a_card_whose_reason_the_final_takes_back_makes_room_for_one_with_its_own() {
    let check = |said: &str, cards: &[&str], states: &[CardState]| {
        let fee = Article {
            triggers: vec![on(&["cancel my contract", "notice period"])],
            ..article("fee", "What it costs to leave", "fee for leaving early")
        };
        let trial = Trial::new(vec![fee]);
        trial.open(serde_json::json!({}));
        trial.partial("u1", "I want to cancel my contract", false);
        let settled = trial.partial("u1", said, true);
        assert_eq!(ids(&settled.cards), cards, "{said:?}");
        assert_eq!(trial.states(), states, "{said:?}");
        trial.cards().remove(0)
    };
    let (suggested, withdrawn) = (CardState::Suggested, CardState::Withdrawn);
    let card = check(
        "What is the fee for leaving?",
        &["fee"],
        &[suggested, withdrawn],
    );
    assert_eq!(card.trigger.rule, None);
    assert!(!card.why.contains("cancel"), "{}", card.why);
    let card = check("The notice period?", &["fee"], &[suggested, withdrawn]);
    assert_eq!(card.why, "the customer said “notice period”");
    check("The notice period, I cancel my contract", &[], &[suggested]);
}

#[test]
fn the_wrap_up_tells_what_was_done_with_a_card_after_the_call() {
    let trial = shop();
    let card = trial.customer(1, "cancel my contract").cards.remove(0);
    trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    trial.engage(&card, EngagementKind::Used);
    let summary = trial
        .registry
        .get(&trial.caller, "c")
        .unwrap()
        .summary
        .unwrap();
    assert_eq!(summary.cards[0].state, CardState::Used);
    assert!(summary.markdown.contains("(used)"), "{}", summary.markdown);
}
