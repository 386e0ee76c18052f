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
