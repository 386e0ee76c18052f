//! The metrics of calls.

use serde_json::json;

use super::*;
use crate::eval::dataset::Gold;

fn card(id: &str) -> Card {
    let card = json!({
        "card_id": "k", "call_id": "c", "seq": 1, "article_id": id, "title": id, "path": "a.md", "lines": [1, 1], "anchor": "",
        "url": "", "lang": "en", "revision": "r", "snippet": "", "highlights": [], "confidence": 0.8, "level": "high",
        "state": "suggested", "rating": null, "why": "", "next_questions": [], "created_at": "2026-11-22T12:00:00Z",
        "trigger": {"type": "semantic", "matched": "", "rule": null, "utterance_id": null},
    });
    serde_json::from_value(card).unwrap()
}

fn played(cards: &[(i64, &str)], gold: &[(usize, &str)], no_push: &[usize]) -> Played {
    let gold = gold.iter().map(|&(turn, article)| Gold {
        turn,
        article: article.to_owned(),
    });
    let call = Call {
        id: "c".to_owned(),
        gold: gold.collect(),
        no_push: no_push.to_vec(),
        ..Call::default()
    };
    let came = cards.iter().map(|&(turn, id)| (turn, card(id)));
    Played::of(&call, came.collect(), vec![1.0, 3.0])
}

#[test]
fn a_card_counts_from_its_turn_on_and_each_article_for_itself() {
    let figures = figures(&[
        played(
            &[(-1, "a"), (2, "x"), (2, "b"), (9, "c")],
            &[(0, "a"), (2, "b"), (4, "c")],
            &[1, 9],
        ),
        played(&[], &[], &[0]),
    ]);
    let wanted = figures.wanted.unwrap();
    assert_eq!(
        (figures.n_calls, figures.n_gold, figures.n_turns),
        (2, 3, 3)
    );
    assert_eq!(
        (wanted.by_turn, wanted.by_turn_plus4, wanted.ever),
        (0.6667, 0.6667, 1.0)
    );
    assert_eq!(
        (wanted.hit_by_turn, wanted.hit_at_turn, wanted.top_at_turn),
        (0.6667, 0.3333, 0.0)
    );
    assert_eq!(wanted.turns_early, Some(0.5));
    assert_eq!(
        (figures.precision, figures.cards_per_call),
        (Some(0.75), 2.0)
    );
    assert_eq!(
        (figures.n_quiet_turns, figures.false_push),
        (3, Some(0.3333))
    );
    assert_eq!((figures.n_quiet_calls, figures.quiet_ok), (1, Some(1.0)));
}

#[test]
fn a_turn_with_two_articles_is_hit_by_either() {
    let wanted = figures(&[played(&[(3, "b")], &[(3, "a"), (3, "b")], &[])])
        .wanted
        .unwrap();
    assert_eq!(
        (wanted.hit_by_turn, wanted.by_turn, wanted.top_at_turn),
        (1.0, 0.5, 0.5)
    );
}

#[test]
fn cards_of_a_call_of_which_nothing_is_said_are_neither_right_nor_wrong() {
    let told = played(&[(3, "a")], &[(3, "a")], &[]);
    let figures = figures(&[told, played(&[(1, "x")], &[], &[])]);
    assert_eq!(
        (figures.precision, figures.cards_per_call),
        (Some(1.0), 1.0)
    );
}

#[test]
fn no_calls_give_no_means() {
    let figures = figures(&[]);
    assert_eq!(
        (figures.wanted, figures.precision, figures.false_push),
        (None, None, None)
    );
}
