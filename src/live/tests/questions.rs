//! The next question, and the summary.

use std::sync::Arc;

use super::*;
use crate::{
    index::Catalog,
    live::{CallRegistry, Policy, Retriever, Scope, View, fake::FakeRetriever},
    search::Found,
};

/// The fake with a model that gives every two texts the same probability of asking the same.
struct Meaning(Arc<FakeRetriever>, f64);

impl Retriever for Meaning {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        self.0.find(catalog, view, scope, limit)
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        Some(self.1)
    }
}

fn leaving() -> Trial {
    let ask = vec![
        "When did your contract start?".to_owned(),
        "Are you moving to a new address?".to_owned(),
    ];
    let trial = Trial::new(vec![Article {
        ask,
        ..pushed_on("cancel-fee", &["cancel my contract", "解约"])
    }]);
    trial.open(serde_json::json!({}));
    trial
}

#[test]
fn questions_are_offered_in_order_and_ticked_off_as_they_are_covered() {
    let trial = leaving();
    let heard = trial.customer(1, "I want to cancel my contract");
    assert_eq!(
        heard.cards[0].next_questions,
        [
            "When did your contract start?",
            "Are you moving to a new address?"
        ]
    );
    trial.says(Utterance::new(
        Role::Agent,
        "I see. When did your contract start, please?",
    ));
    trial.customer(9, "in May");
    trial.customer(12, "we are moving to another address");
    let asked: Vec<_> = trial
        .told()
        .into_iter()
        .filter(|(kind, _)| *kind == "question")
        .map(|(_, question)| question)
        .collect();
    assert_eq!(
        asked,
        [
            "When did your contract start?",
            "Are you moving to a new address?",
            ""
        ]
    );
    let questions = trial.registry.get(&trial.caller, "c").unwrap().questions;
    assert_eq!(questions[0].answer.as_deref(), Some("in May"));
    assert!(questions.iter().all(|question| question.covered));
    assert!(trial.cards()[0].next_questions.is_empty());
}

#[test]
fn meaning_ticks_a_question_off_and_a_word_in_common_helps() {
    let check = |chance: f64, said: &str, expected: bool| {
        let article = Article {
            ask: vec!["When did your contract start?".to_owned()],
            ..pushed_on("cancel-fee", &["leave you"])
        };
        let meaning = Meaning(FakeRetriever::new(vec![article]), chance);
        let trial = Trial {
            registry: CallRegistry::new(Arc::new(meaning), Policy::default()),
            ..Trial::new(vec![])
        };
        trial.open(serde_json::json!({}));
        trial.customer(1, "I want to leave you");
        trial.says(Utterance::new(Role::Agent, said));
        let questions = trial.registry.get(&trial.caller, "c").unwrap().questions;
        assert_eq!(questions[0].covered, expected, "{chance} {said:?}");
    };
    check(0.75, "How long have you been with us?", true);
    check(0.6, "How long have you been with us?", false);
    check(0.6, "And the contract, since when?", true);
    check(0.4, "And the contract, since when?", false);
}

#[test]
fn the_hand_over_says_what_is_wanted_what_to_ask_and_what_was_promised() {
    let trial = leaving();
    trial.customer(1, "Yes, about that thing");
    trial.customer(
        4,
        "I moved to Hamburg last month and want to cancel my contract early",
    );
    trial.says(Utterance::new(
        Role::Agent,
        "We will call you back within 2 working days.",
    ));
    let call = trial.registry.get(&trial.caller, "c").unwrap();
    assert_eq!(
        call.wanted,
        ["I moved to Hamburg last month and want to cancel my contract early"]
    );
    assert_eq!(
        call.next_question.as_deref(),
        Some("When did your contract start?")
    );
    assert_eq!(
        call.follow_ups,
        ["We will call you back within 2 working days."]
    );
    assert!(call.summary.is_none());
}

#[test]
fn a_dismissed_card_takes_its_questions_along() {
    let trial = leaving();
    let card = trial.customer(1, "cancel my contract").cards.remove(0);
    trial.engage(&card, EngagementKind::Dismissed);
    assert_eq!(trial.told().last(), Some(&("question", String::new())));
    assert!(
        trial
            .registry
            .get(&trial.caller, "c")
            .unwrap()
            .questions
            .is_empty()
    );
}

#[test]
fn the_wrap_up_says_what_was_wanted_shown_asked_and_promised() {
    let trial = leaving();
    trial.customer(1, "Hello, good morning");
    let card = trial
        .customer(2, "I want to cancel my contract")
        .cards
        .remove(0);
    trial.engage(&card, EngagementKind::Used);
    trial.says(Utterance::new(
        Role::Agent,
        "When did your contract start? Fine. We will call you back within 2 working days.",
    ));
    trial.customer(9, "last *May*");
    let summary = trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(summary.wanted, ["I want to cancel my contract"]);
    assert_eq!(
        (summary.cards.len(), summary.cards[0].state),
        (1, CardState::Used)
    );
    assert_eq!(
        summary.questions_answered[0].answer.as_deref(),
        Some("last *May*")
    );
    assert_eq!(
        summary.questions_open[0].question,
        "Are you moving to a new address?"
    );
    assert_eq!(
        summary.follow_ups,
        ["We will call you back within 2 working days."]
    );
    assert!(
        summary
            .markdown
            .contains("- [cancel-fee](/articles/cancel-fee) (used)\n"),
        "{}",
        summary.markdown
    );
    assert!(summary.markdown.contains("last \\*May\\*"));
    assert_eq!(
        trial.told().last(),
        Some(&("call_ended", "ended".to_owned()))
    );
}

#[test]
fn a_chinese_call_is_summed_up_in_chinese() {
    let trial = leaving();
    trial.customer(2, "我想解约，合同还有三个月");
    trial.says(Utterance::new(
        Role::Agent,
        "好的，我们会在两个工作日内给您回电。",
    ));
    let summary = trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(summary.follow_ups, ["好的，我们会在两个工作日内给您回电。"]);
    assert!(
        summary
            .markdown
            .starts_with("# 通话小结 c\n\n## 客户诉求\n\n- “我想解约，合同还有三个月”\n"),
        "{}",
        summary.markdown
    );
}

#[test]
fn a_question_that_two_articles_share_is_ticked_off_on_both() {
    let asking = |id: &str, phrase: &str| Article {
        ask: vec!["When did your contract start?".to_owned()],
        ..pushed_on(id, &[phrase])
    };
    let trial = Trial::new(vec![
        asking("cancel-fee", "cancel my contract"),
        asking("moving", "moving house"),
    ]);
    trial.open(serde_json::json!({}));
    let heard = trial.customer(1, "I want to cancel my contract, I am moving house");
    assert!(
        heard
            .cards
            .iter()
            .all(|card| card.next_questions.len() == 1)
    );
    trial.says(Utterance::new(Role::Agent, "When did your contract start?"));
    trial.customer(9, "in May");
    let cards = trial.cards();
    assert_eq!(cards.len(), 2);
    assert!(cards.iter().all(|card| card.next_questions.is_empty()));
    let questions = trial.registry.get(&trial.caller, "c").unwrap().questions;
    assert_eq!(questions.len(), 1);
    assert_eq!(questions[0].answer.as_deref(), Some("in May"));
}

#[test]
fn of_two_questions_in_one_turn_nobody_guesses_which_one_is_answered() {
    let trial = leaving();
    trial.customer(1, "I want to cancel my contract");
    trial.says(Utterance::new(
        Role::Agent,
        "When did your contract start, and are you moving to a new address?",
    ));
    trial.customer(9, "in May");
    let questions = trial.registry.get(&trial.caller, "c").unwrap().questions;
    let told = questions
        .iter()
        .map(|question| (question.covered, question.answer.as_deref()));
    assert_eq!(told.collect::<Vec<_>>(), [(true, None), (true, None)]);
}

/// The fake whose articles are entries of a directory, each with that confidence.
struct Directory(Arc<FakeRetriever>, f64);

impl Retriever for Directory {
    fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog()
    }

    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        let mut found = self.0.find(catalog, view, scope, limit);
        for one in &mut found {
            (one.is_entry, one.confidence) = (true, self.1);
        }
        found
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        None
    }
}

#[test]
fn an_entry_is_held_by_its_final_to_its_own_bar() {
    let check = |said: &str, expected: CardState| {
        let directory = Directory(
            FakeRetriever::new(vec![article("inn", "The inn", "x")]),
            0.15,
        );
        let policy = Policy {
            semantic_on_partials: true,
            ..Policy::default()
        };
        let trial = Trial {
            registry: CallRegistry::new(Arc::new(directory), policy),
            ..Trial::new(vec![])
        };
        trial.open(serde_json::json!({}));
        let heard = trial.partial("u1", "what does the inn cost?", false);
        assert_eq!(ids(&heard.cards), ["inn"]);
        assert_eq!(ids(&trial.partial("u1", said, true).cards), [""; 0]);
        assert_eq!(trial.states(), [expected], "{said:?}");
    };
    check("what does the inn cost, please?", CardState::Suggested);
    check("I stayed at the inn last night", CardState::Withdrawn);
}

fn asking(id: &str, phrase: &str) -> Article {
    Article {
        ask: vec![format!("{id}?")],
        ..pushed_on(id, &[phrase])
    }
}

#[test]
fn what_to_ask_next_is_of_the_newest_topic_that_is_still_open() {
    let trial = Trial::new(vec![
        asking("one", "phrase one"),
        asking("two", "phrase two"),
        asking("best", "phrase three"),
        asking("other", "phrase three"),
    ]);
    trial.open(serde_json::json!({}));
    let next = || {
        trial
            .registry
            .get(&trial.caller, "c")
            .unwrap()
            .next_question
    };
    let card = |phrase: &str, at| trial.customer(at, phrase).cards;
    let one = card("phrase one", 1).remove(0);
    trial.engage(&one, EngagementKind::Opened);
    let two = card("phrase two", 100).remove(0);
    assert_eq!(
        next().as_deref(),
        Some("two?"),
        "newer than what was opened"
    );
    trial.engage(&one, EngagementKind::Opened);
    assert_eq!(next().as_deref(), Some("one?"), "opened just now");
    trial.engage(&one, EngagementKind::Used);
    assert_eq!(
        next().as_deref(),
        Some("two?"),
        "what was used is dealt with"
    );
    let last = card("phrase three", 200);
    assert_eq!(ids(&last), ["best", "other"]);
    assert_eq!(next().as_deref(), Some("best?"), "of one turn the best");
    trial.engage(&last[1], EngagementKind::Opened);
    assert_eq!(next().as_deref(), Some("other?"));
    for used in [&last[0], &last[1], &two] {
        trial.engage(used, EngagementKind::Used);
    }
    assert!(next().is_some(), "better than none");
}

#[test]
fn what_was_said_before_the_card_and_what_asks_answers_no_question() {
    let check = |chance: f64, before: &str, after: &str, expected: bool| {
        let article = Article {
            ask: vec!["How did you pay, by card?".to_owned()],
            ..pushed_on("refund", &["money back"])
        };
        let meaning = Meaning(FakeRetriever::new(vec![article]), chance);
        let trial = Trial {
            registry: CallRegistry::new(Arc::new(meaning), Policy::default()),
            ..Trial::new(vec![])
        };
        trial.open(serde_json::json!({}));
        trial.customer(1, before);
        trial.customer(2, "Can I get my money back?");
        trial.customer(3, after);
        let questions = trial.registry.get(&trial.caller, "c").unwrap().questions;
        assert_eq!(
            questions[0].covered, expected,
            "{chance} {before:?} {after:?}"
        );
    };
    check(
        0.6,
        "The card was blocked.",
        "All of it, that was it.",
        false,
    );
    check(
        0.75,
        "The card was blocked.",
        "All of it, that was it.",
        true,
    );
    check(0.6, "The dog was ill.", "The card was blocked.", true);
    check(
        0.75,
        "Is the card blocked?",
        "Is a new card on its way?",
        false,
    );
    check(
        0.75,
        "Is the card blocked?",
        "By card, I paid. Is it gone?",
        true,
    );
}
