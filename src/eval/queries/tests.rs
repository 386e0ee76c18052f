//! The metrics of questions.

use serde_json::json;

use super::*;
use crate::search::types::Filter;

fn hit((id, confidence): &(&str, f64)) -> serde_json::Value {
    let level = match *confidence {
        x if x >= 0.7 => "high",
        x if x >= 0.4 => "medium",
        _ => "low",
    };
    json!({
        "rank": 1, "article_id": id, "title": id, "path": "a.md", "lines": [1, 1], "anchor": "", "url": "", "lang": "en",
        "heading": [], "snippet": "", "highlights": [], "score": 1.0, "confidence": confidence, "level": level,
        "status": "published", "reviewed": null, "review_overdue": false, "revision": "r",
    })
}

/// A question with those grades of articles, answered by hits with those confidences.
pub(in crate::eval) fn asked(
    grades: &[(&str, f64)],
    hits: &[(&str, f64)],
    answer: Option<&str>,
) -> QueryResult {
    let grades = grades.iter().map(|(id, grade)| ((*id).to_owned(), *grade));
    let question = Question {
        id: "q".to_owned(),
        text: "what".to_owned(),
        lang: None,
        filter: Filter::default(),
        grades: grades.collect(),
    };
    let answer = answer.map(|id| {
        json!({"text": "", "article_id": id, "anchor": "", "lines": [1, 1], "confidence": 0.8})
    });
    let response = json!({
        "query_id": "", "query": "what", "took_ms": 1.0, "mode": "hybrid", "degraded": [], "total": hits.len(),
        "index": {"revision": "r", "generation": 1, "pending": 0, "updated_at": ""},
        "answer": answer, "hits": hits.iter().map(hit).collect::<Vec<_>>(),
    });
    QueryResult::of(&question, &serde_json::from_value(response).unwrap(), 1.0)
}

#[test]
fn figures_tell_finding_trusting_and_answering_apart() {
    let all = [
        asked(&[("a", 1.0)], &[("a", 0.9), ("b", 0.1)], Some("a")),
        asked(&[("a", 1.0)], &[("b", 0.8), ("a", 0.2)], Some("b")),
        asked(&[("a", 1.0)], &[("b", 0.3)], None),
        asked(&[("a", 1.0), ("c", 2.0)], &[("c", 0.5)], None),
    ];
    let figures = figures(&all);
    let means = figures.answerable.unwrap();
    assert_eq!(
        (figures.n, figures.n_no_answer, figures.abstained),
        (4, 0, None)
    );
    assert_eq!((means.hit1, means.r1, means.r10), (0.5, 0.375, 0.625));
    assert_eq!(
        (means.right_hit_trusted, means.right_hit_trusted_of_found),
        (0.5, Some(0.6667))
    );
    assert_eq!(
        (
            means.answered,
            means.answered_right,
            means.answered_right_of_given
        ),
        (0.5, 0.25, Some(0.5))
    );
}

#[test]
fn abstaining_means_no_answer_and_no_high_hit() {
    let all = [
        asked(&[], &[("a", 0.5)], None),
        asked(&[], &[("a", 0.8)], None),
        asked(&[], &[("a", 0.5)], Some("a")),
        asked(&[], &[], None),
    ];
    let figures = figures(&all);
    assert_eq!(
        (figures.n, figures.n_no_answer, figures.abstained),
        (0, 4, Some(0.5))
    );
    assert_eq!(figures.answerable, None);
}

#[test]
fn the_first_hit_is_judged_for_questions_with_and_without_an_answer() {
    let all = [
        asked(&[("a", 1.0)], &[("a", 0.8)], None),
        asked(&[("a", 1.0)], &[("b", 0.6), ("a", 0.5)], None),
        asked(&[], &[("a", 0.2)], None),
        asked(&[], &[], None),
    ];
    let found = hit_reliability(&all);
    let count = |of: &Option<Reliability>| of.as_ref().map_or(0, |of| of.n);
    assert_eq!(
        (
            count(&found.answerable),
            count(&found.no_answer),
            count(&found.all)
        ),
        (2, 1, 3)
    );
    let at = found
        .thresholds
        .iter()
        .find(|step| step.threshold == 0.8)
        .unwrap();
    assert_eq!(
        (at.shown, at.precision, at.coverage),
        (1, Some(1.0), Some(0.5))
    );
}
