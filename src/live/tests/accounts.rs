//! Account rules, at the start of a call and when the account changes.

use serde_json::json;

use super::*;

fn rule(when: &str, any: &[&str]) -> Trigger {
    Trigger {
        when: Some(when.into()),
        ..on(any)
    }
}

fn with(id: &str, triggers: Vec<Trigger>) -> Article {
    Article {
        triggers,
        ..article(id, id, "nothing in common")
    }
}

#[test]
fn account_rules_fire_at_the_start_by_priority() {
    let low = Trigger {
        priority: -5,
        ..rule("account.plan == 'fiber'", &[])
    };
    let trial = Trial::new(vec![
        with("b", vec![low]),
        with("c", vec![rule("account.invoice.overdue_days > 30", &[])]),
    ]);
    let opened = trial.open(json!({"plan": "fiber", "invoice": {"overdue_days": 45}}));
    assert_eq!(ids(&opened.cards), ["c", "b"]);
    assert_eq!(opened.cards[0].why, "invoice.overdue_days is 45");
    assert_eq!(
        opened.cards[0].trigger.matched,
        "invoice.overdue_days is 45"
    );
    assert_eq!(opened.cards[0].trigger.utterance_id, None);
}

#[test]
fn account_rules_fire_when_they_become_true_and_only_then() {
    let again = Trigger {
        once: Some(false),
        ..rule("account.overdue > 30", &[])
    };
    let trial = Trial::new(vec![with("dunning", vec![again])]);
    assert!(trial.open(json!({})).cards.is_empty());
    let patch = |json| {
        trial
            .registry
            .patch_account(&trial.caller, "c", json, trial.now)
            .unwrap()
    };
    assert_eq!(ids(&patch(json!({"overdue": 40})).cards), ["dunning"]);
    assert!(patch(json!({"overdue": 41, "name": "x"})).cards.is_empty());
    assert!(patch(json!({"overdue": 3})).cards.is_empty());
    assert_eq!(trial.states(), [CardState::Withdrawn]);
    assert_eq!(ids(&patch(json!({"overdue": 50})).cards), ["dunning"]);
}

#[test]
fn what_the_account_no_longer_supports_is_withdrawn() {
    let in_eu = Article {
        when: Some("account.region == 'EU'".into()),
        ..pushed_on("eu-roaming", &["roaming"])
    };
    let trial = Trial::new(vec![in_eu]);
    trial.open(json!({"region": "EU"}));
    assert_eq!(
        trial.customer(1, "roaming").cards[0].why,
        "region is EU and the customer said “roaming”"
    );
    trial
        .registry
        .patch_account(&trial.caller, "c", json!({"region": "UK"}), trial.now)
        .unwrap();
    assert_eq!(trial.states(), [CardState::Withdrawn]);
    let heard = trial.customer(2, "roaming");
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec![], vec![("eu-roaming", SuppressionReason::When)])
    );
}

#[test]
fn a_phrase_with_a_condition_needs_both() {
    let trial = Trial::new(vec![with(
        "cancel-fee",
        vec![rule(
            "account.plan in ['fiber', 'dsl']",
            &["cancel my contract"],
        )],
    )]);
    trial.open(json!({"plan": "mobile"}));
    assert_eq!(
        silent(&trial.customer(1, "cancel my contract").not_shown),
        [("cancel-fee", SuppressionReason::When)]
    );
    trial
        .registry
        .patch_account(&trial.caller, "c", json!({"plan": "fiber"}), trial.now)
        .unwrap();
    let heard = trial.customer(2, "cancel my contract");
    assert_eq!(
        heard.cards[0].why,
        "plan is fiber and the customer said “cancel my contract”"
    );
}

#[test]
fn a_broken_rule_and_a_rule_of_nothing_never_fire() {
    let trial = Trial::new(vec![
        with(
            "broken",
            vec![
                rule("account.plan ==", &[]),
                rule("account.plan ==", &["roaming"]),
            ],
        ),
        with("empty", vec![Trigger::default()]),
        with("text", vec![rule("account.plan", &[])]),
    ]);
    assert!(trial.open(json!({"plan": "fiber"})).cards.is_empty());
    assert!(trial.customer(1, "roaming").cards.is_empty());
}

#[test]
fn an_existing_call_tells_its_cards_and_its_account_stays() {
    let trial = Trial::new(vec![with(
        "fiber",
        vec![rule("account.plan == 'fiber'", &[])],
    )]);
    let first = trial.open(json!({"plan": "fiber"}));
    let second = trial.open(json!({"plan": "dsl"}));
    assert!(!first.existed && second.existed);
    assert_eq!(first.cards, second.cards);
    assert_eq!(
        trial.registry.get(&trial.caller, "c").unwrap().account,
        account(json!({"plan": "fiber"}))
    );
    assert_eq!(trial.told().len(), 1);
}

#[test]
fn sources_are_asked_for_a_missing_account_once_in_a_minute() {
    let mut trial = Trial::new(Vec::new());
    let wants = |trial: &Trial| trial.registry.wants_account(&trial.caller, "c", trial.now);
    let brings = |trial: &Trial, opening: &crate::live::OpenCall| {
        trial.registry.lacks(&trial.caller, "c", opening)
    };
    let opening = crate::live::OpenCall {
        agent_id: Some("ann".into()),
        account: account(json!({"plan": "fiber"})),
        call_id: Some("c".into()),
        ..Default::default()
    };
    assert!(wants(&trial), "a call that nobody knows yet");
    assert_eq!(brings(&trial, &opening), None);
    trial.open(json!({}));
    assert!(wants(&trial));
    assert!(!wants(&trial));
    trial.wait(60);
    assert!(wants(&trial));
    assert_eq!(brings(&trial, &opening), Some(true));
    trial
        .registry
        .open(&trial.caller, opening.clone(), trial.now)
        .unwrap();
    assert_eq!(brings(&trial, &opening), Some(false));
    trial.wait(60);
    assert!(!wants(&trial), "it has its account");
    trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(brings(&trial, &opening), None);
}

#[test]
fn gaps_of_an_account_are_asked_for_again_and_filled() {
    let mut trial = Trial::new(vec![with("late", vec![rule("account.overdue > 30", &[])])]);
    let gap = || crate::live::AccountGap {
        source: "billing".into(),
        reason: crate::live::GapReason::Timeout,
    };
    let opening = |json, account_gaps| crate::live::OpenCall {
        call_id: Some("c".into()),
        customer_id: Some("7".into()),
        account: account(json),
        account_gaps,
        ..Default::default()
    };
    let open = |trial: &Trial, request| {
        let opened = trial.registry.open(&trial.caller, request, trial.now);
        opened.unwrap().account_gaps
    };
    let wants = |trial: &Trial| trial.registry.wants_account(&trial.caller, "c", trial.now);
    open(&trial, opening(json!({"plan": "fiber"}), Some(vec![gap()])));
    assert!(!wants(&trial), "asked just now");
    trial.wait(60);
    assert!(wants(&trial));
    let unasked = opening(json!({}), None);
    assert_eq!(open(&trial, unasked), [gap()], "nobody was asked");
    let fetched = opening(json!({"plan": "dsl", "overdue": 40}), Some(vec![]));
    let lacks = |request| trial.registry.lacks(&trial.caller, "c", request);
    assert_eq!(lacks(&fetched), Some(true));
    assert_eq!(open(&trial, fetched.clone()), []);
    assert_eq!(lacks(&fetched), Some(false));
    let call = trial.registry.get(&trial.caller, "c").unwrap();
    assert_eq!(json!(call.account), json!({"plan": "fiber", "overdue": 40}));
    assert_eq!(ids(&call.cards), ["late"]);
    trial.wait(60);
    assert!(!wants(&trial), "nothing is missing");
}

#[test]
fn sources_are_asked_once_the_customer_of_a_call_is_known() {
    let trial = Trial::new(Vec::new());
    trial.open(json!({"plan": "fiber"}));
    let wants = || trial.registry.wants_account(&trial.caller, "c", trial.now);
    assert_eq!([wants(), wants()], [true, false]);
}

#[test]
fn account_rules_of_a_new_generation_fire_with_the_next_words() {
    let fake = crate::live::fake::FakeRetriever::new(vec![]);
    let trial = Trial::with(std::sync::Arc::clone(&fake), crate::live::Policy::default());
    assert!(trial.open(json!({"plan": "fiber"})).cards.is_empty());
    let again = Trigger {
        once: Some(false),
        ..rule("account.plan == 'fiber'", &[])
    };
    fake.change(vec![with("plans", vec![again.clone()])]);
    assert_eq!(ids(&trial.customer(1, "good morning").cards), ["plans"]);
    assert_eq!(ids(&trial.customer(2, "and then").cards), [""; 0]);

    // The same rule, behind another one by now.
    fake.change(vec![with("plans", vec![rule("account.vip", &[]), again])]);
    assert_eq!(ids(&trial.customer(3, "what then").cards), [""; 0]);
    assert_eq!(trial.states(), [CardState::Suggested]);
    trial
        .registry
        .patch_account(&trial.caller, "c", json!({"plan": "dsl"}), trial.now)
        .unwrap();
    assert_eq!(trial.states(), [CardState::Withdrawn]);
}

#[test]
fn the_account_of_another_customer_is_not_taken() {
    let trial = Trial::new(vec![with(
        "fiber",
        vec![rule("account.plan == 'fiber'", &[])],
    )]);
    let opening = |customer: &str, json| crate::live::OpenCall {
        call_id: Some("c".into()),
        customer_id: Some(customer.into()),
        account: account(json),
        ..Default::default()
    };
    let knows = |request| {
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        let call = trial.registry.get(&trial.caller, "c").unwrap();
        (call.customer_id, json!(call.account), call.cards.len())
    };
    let first = || Some("6".to_owned());
    assert_eq!(knows(opening("6", json!({}))), (first(), json!({}), 0));
    let another = opening("7", json!({"plan": "fiber"}));
    assert_eq!(
        trial.registry.lacks(&trial.caller, "c", &another),
        Some(false)
    );
    assert_eq!(knows(another), (first(), json!({}), 0));
    let own = json!({"plan": "fiber"});
    assert_eq!(knows(opening("6", own.clone())), (first(), own, 1));
}

#[test]
fn cards_of_articles_that_are_gone_or_not_in_force_are_withdrawn() {
    let cards = || ["deleted", "archived", "stays"].map(|id| pushed_on(id, &["zebra"]));
    let fake = crate::live::fake::FakeRetriever::new(cards().into());
    let trial = Trial::with(std::sync::Arc::clone(&fake), crate::live::Policy::default());
    trial.open(json!({}));
    assert_eq!(trial.customer(1, "the zebra").cards.len(), 3);
    let [_, archived, stays] = cards();
    let archived = Article {
        status: crate::article::Status::Archived,
        ..archived
    };
    fake.change(vec![archived, stays]);
    trial.customer(2, "and then");
    let state = |id: &str| {
        let cards = trial.cards();
        let card = cards.iter().find(|card| card.article_id == id);
        card.map(|card| card.state)
    };
    assert_eq!(state("deleted"), Some(CardState::Withdrawn));
    assert_eq!(state("archived"), Some(CardState::Withdrawn));
    assert_eq!(state("stays"), Some(CardState::Suggested));
}
