//! What covers a question of an article, and what counts as its answer.

use serde_json::json;

use super::*;
use crate::live::{Question, fake::FakeRetriever};

/// A call on a line that is down; its questions are numbered 0 and 1.
fn outage() -> Trial {
    let ask = vec![
        "Since when is the broadband dead?".to_owned(),
        "May I have your postcode?".to_owned(),
    ];
    let trial = Trial::with(
        FakeRetriever::new(vec![Article {
            ask,
            ..pushed_on("outage", &["line is down"])
        }]),
        crate::live::Policy::default(),
    );
    trial.open(json!({}));
    trial
}

fn questions(trial: &Trial) -> Vec<Question> {
    trial.registry.get(&trial.caller, "c").unwrap().questions
}

fn answers(trial: &Trial) -> Vec<(String, Option<String>)> {
    let covered = questions(trial).into_iter().filter(|one| one.covered);
    covered.map(|one| (one.question, one.answer)).collect()
}

#[test]
fn the_topic_alone_answers_nothing_and_a_figure_with_its_name_does() {
    let trial = outage();
    trial.customer(1, "My line is down!");
    assert_eq!(answers(&trial), [], "the topic");
    let trial = outage();
    trial.customer(1, "My line is down. My postcode is 20095.");
    let expected = (
        "May I have your postcode?".to_owned(),
        Some("My line is down. My postcode is 20095.".to_owned()),
    );
    assert_eq!(answers(&trial), [expected]);
}

#[test]
fn an_answer_is_waited_for_over_questions_and_small_talk() {
    let check = |said: &[(Role, &str)], expected: Option<&str>| {
        let trial = outage();
        trial.customer(1, "my line is down");
        trial.says(Utterance::new(
            Role::Agent,
            "Since when is the broadband dead, please?",
        ));
        for (role, text) in said {
            trial.says(Utterance::new(*role, *text));
        }
        let answers = answers(&trial);
        assert_eq!(answers[0].1.as_deref(), expected, "{said:?}");
    };
    use Role::{Agent, Customer};
    check(
        &[(Customer, "Yesterday evening.")],
        Some("Yesterday evening."),
    );
    check(
        &[
            (Customer, "Sorry?"),
            (Agent, "The line."),
            (Customer, "Since Monday."),
        ],
        Some("Since Monday."),
    );
    check(
        &[(Customer, "Um."), (Customer, "Since Monday.")],
        Some("Since Monday."),
    );
    check(
        &[
            (Customer, "Um."),
            (Customer, "Does it cost anything?"),
            (Customer, "Never mind my dog"),
        ],
        None,
    );
    check(
        &[
            (Customer, "Okay."),
            (Agent, "Which router do you have?"),
            (Customer, "The white router."),
        ],
        None,
    );
}

#[test]
fn what_is_said_in_answer_to_the_agent_hides_no_opening_wish() {
    let trial = outage();
    trial.customer(1, "my phone got stolen this morning");
    trial.says(Utterance::new(Role::Agent, "When did you notice?"));
    let answer = "about nine o'clock at the main station near the bakery";
    trial.customer(4, answer);
    let wanted = trial.registry.get(&trial.caller, "c").unwrap().wanted;
    assert_eq!(wanted, ["my phone got stolen this morning", answer]);
}

#[test]
fn what_was_said_before_the_question_answers_nothing_however_late_it_comes() {
    let trial = outage();
    trial.customer(1, "my line is down");
    let say = |role, begin_ms, text: &str| {
        trial.says(Utterance {
            begin_ms: Some(begin_ms),
            ..Utterance::new(role, text)
        })
    };
    let question = "Since when is the broadband dead, please?";
    say(Role::Agent, 9_000, question);
    say(Role::Customer, 7_000, "I restarted everything twice.");
    say(Role::Customer, 8_000, "And I called my neighbour.");
    say(Role::Customer, 14_000, "Since Monday.");
    assert_eq!(answers(&trial)[0].1.as_deref(), Some("Since Monday."));
}

#[test]
fn turns_without_words_are_nobodys_turn() {
    let trial = outage();
    trial.customer(1, "my line is down");
    let agent = |text: &str| trial.says(Utterance::new(Role::Agent, text));
    let customer = |text: &str| trial.says(Utterance::new(Role::Customer, text));
    agent("Since when is the broadband dead, please?");
    customer("[noise]");
    customer("[silence]");
    customer("Since Monday.");
    assert_eq!(answers(&trial)[0].1.as_deref(), Some("Since Monday."));

    let offer = "Shall I send you a text when it's back?";
    agent(offer);
    customer("[noise]");
    customer("Yes please.");
    let call = trial.registry.get(&trial.caller, "c").unwrap();
    assert_eq!(call.follow_ups, [offer]);

    agent("Can I have your full name?");
    customer("[noise]");
    let heard = customer("Broadband Dead");
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec![], vec![]),
        "a name"
    );
}

#[test]
fn an_article_that_comes_again_brings_its_questions_of_now() {
    let outage = |ask: &[&str]| Article {
        ask: ask.iter().map(|&question| question.to_owned()).collect(),
        triggers: vec![Trigger {
            once: Some(false),
            ..on(&["line is down"])
        }],
        ..article("outage", "outage", "x")
    };
    let asked = "Since when is the broadband dead?";
    let fake = FakeRetriever::new(vec![outage(&[asked, "Since when?"])]);
    let trial = Trial::with(std::sync::Arc::clone(&fake), crate::live::Policy::default());
    trial.open(json!({}));
    trial.customer(1, "my line is down");
    trial.says(Utterance::new(Role::Agent, asked));
    fake.change(vec![outage(&["Which lights are on?", "Is the power on?"])]);
    let heard = trial.customer(60, "my line is down");
    assert_eq!(
        heard.cards[0].next_questions,
        ["Which lights are on?", "Is the power on?"]
    );
    let listed = questions(&trial).into_iter();
    let listed: Vec<_> = listed.map(|one| (one.question, one.covered)).collect();
    let expected = [
        (asked, true),
        ("Which lights are on?", false),
        ("Is the power on?", false),
    ];
    let expected = expected.map(|(question, covered)| (question.to_owned(), covered));
    assert_eq!(listed, expected, "what was answered stays");
}

#[test]
fn a_number_is_taken_out_before_an_answer_is_cut() {
    let trial = outage();
    trial.customer(1, "my line is down");
    let asked = "Since when is the broadband dead, please?";
    trial.says(Utterance::new(Role::Agent, asked));
    let said = format!("4111 1111 1111 1111 {}", "and so on ".repeat(29));
    assert!((300..316).contains(&said.chars().count()));
    trial.customer(9, &said);
    let answer = answers(&trial)[0].1.clone().unwrap();
    assert!(answer.starts_with("[card] and so on"), "{answer}");
}
