//! Every number recomputed from the raw events in another way.

use std::collections::HashMap;

use chrono::TimeDelta;
use rusqlite::Connection;

use super::{asked_by, count, opened, period, record, zone};
use crate::{
    insights::{DayNumbers, Period, Suggestion},
    search::types::Audience,
};

fn done(kinds: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM engagements e WHERE e.is_card AND e.subject = cards.card_id AND e.kind IN ({kinds}))"
    )
}

#[test]
fn the_overview_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period(), asker)
    });
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    let numbers = &report.numbers;
    let opened_searches = "SELECT count(*) FROM searches WHERE {in} AND EXISTS (SELECT 1 FROM engagements e WHERE NOT e.is_card
                           AND e.subject = query_id AND e.kind IN ('opened','copied'))";
    let last_rating = |rating: &str| {
        format!("SELECT count(*) FROM (SELECT (SELECT rating FROM engagements l WHERE l.subject = e.subject AND l.article = e.article
                 AND l.rating IS NOT NULL AND {{in}} ORDER BY l.n DESC LIMIT 1) AS last FROM engagements e WHERE {{in}}
                 GROUP BY e.subject, e.article) WHERE last = '{rating}'")
    };
    let cards = |kinds: &str| {
        format!(
            "SELECT count(*) FROM cards WHERE {{in}} AND {}",
            done(kinds)
        )
    };
    for (sql, expected) in [
        (
            "SELECT count(*) FROM searches WHERE {in}".to_owned(),
            numbers.searches,
        ),
        (
            "SELECT count(*) FROM searches WHERE {in} AND answer IS NULL".to_owned(),
            numbers.unanswered,
        ),
        (
            "SELECT count(*) FROM searches WHERE {in} AND answer IS NOT NULL".to_owned(),
            numbers.answered,
        ),
        (opened_searches.to_owned(), numbers.opened),
        (
            "SELECT count(*) FROM calls WHERE {in}".to_owned(),
            numbers.calls,
        ),
        (
            "SELECT count(*) FROM cards WHERE {in}".to_owned(),
            numbers.cards,
        ),
        (cards("'opened'"), numbers.cards_opened),
        (cards("'used','copied'"), numbers.cards_used),
        (cards("'dismissed'"), numbers.cards_dismissed),
        (last_rating("helpful"), numbers.helpful),
        (last_rating("not_helpful"), numbers.not_helpful),
    ] {
        assert_eq!(count(&file, &sql), expected, "{sql}");
        assert!(expected > 0, "{sql}: the test says nothing");
    }
    let useful = useful_calls(&file);
    assert_eq!(useful.len() as u64, numbers.calls_with_useful_card);
    assert_eq!(
        Some(useful.len() as f64 / numbers.calls as f64),
        numbers.useful_call_share
    );
    assert_eq!(
        Some(useful[useful.len().div_ceil(2) - 1]),
        numbers.first_useful_card_s
    );
    let sum = |of: fn(&DayNumbers) -> u64| report.by_day.iter().map(of).sum::<u64>();
    assert_eq!(sum(|day| day.searches), numbers.searches);
    assert_eq!(sum(|day| day.unanswered), numbers.unanswered);
    assert_eq!(sum(|day| day.calls), numbers.calls);
    assert_eq!(sum(|day| day.cards), numbers.cards);
    assert_eq!(report.by_day.len(), 10);
    let before = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period().before(), asker)
    });
    assert_eq!(before.numbers, report.before);
}

/// Seconds to the first useful card of each call that had one, sorted.
fn useful_calls(file: &Connection) -> Vec<f64> {
    let sql = "SELECT min(c.at - calls.at) / 1000.0 FROM calls JOIN cards c ON c.call = calls.key
               JOIN (SELECT subject, max(kind IN ('used','copied')) AS taken, max(kind = 'opened') AS opened, max(kind = 'dismissed') AS away
                     FROM engagements WHERE is_card GROUP BY subject) d ON d.subject = c.card_id
               LEFT JOIN (SELECT subject, rating, max(n) FROM engagements WHERE is_card AND kind = 'rated' GROUP BY subject) r ON r.subject = c.card_id
               WHERE calls.at >= ?1 AND calls.at < ?2 AND coalesce(r.rating, '') <> 'not_helpful'
               AND (d.taken OR r.rating = 'helpful' OR (d.opened AND NOT d.away)) GROUP BY calls.key ORDER BY 1";
    let bounds = [
        period().since.timestamp_millis(),
        period().until.timestamp_millis(),
    ];
    let mut statement = file.prepare(sql).unwrap();
    let rows = statement.query_map(bounds, |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_article_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let conflicts = HashMap::from([("fee.md".to_owned(), 2)]);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.articles(&period(), asker, conflicts)
    });
    assert_eq!(
        report.articles[0].article_id, "refund",
        "stale and used comes first"
    );
    assert_eq!(report.articles.len(), 5);
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    for one in &report.articles {
        let n = count(
            &file,
            &format!("SELECT n FROM names WHERE id = '{}'", one.article_id),
        );
        let shown = count(&file, &format!("SELECT (SELECT count(*) FROM searches, json_each(hits) WHERE {{in}} AND value = {n})
                                           + (SELECT count(*) FROM cards WHERE {{in}} AND article = {n})"));
        assert_eq!(shown, one.shown);
        let done = |what: &str| {
            count(
                &file,
                &format!(
                    "SELECT count(DISTINCT subject) FROM engagements WHERE {{in}} AND article = {n} AND {what}"
                ),
            )
        };
        assert_eq!(done("kind = 'opened'"), one.opened);
        assert_eq!(done("kind = 'copied'"), one.copied);
        assert_eq!(done("kind = 'used'"), one.used);
        assert_eq!(done("kind = 'dismissed'"), one.dismissed);
        assert_eq!(
            count(
                &file,
                &format!("SELECT count(*) FROM searches WHERE {{in}} AND answer = {n}")
            ),
            one.answers
        );
        let last = count(&file, &format!("SELECT max(at) FROM (SELECT max(at) AS at FROM cards WHERE {{in}} AND article = {n}
                                          UNION ALL SELECT max(at) FROM searches, json_each(hits) WHERE {{in}} AND value = {n})"));
        assert_eq!(
            one.last_shown_at.map(|at| at.timestamp_millis() as u64),
            Some(last)
        );
        assert_eq!(one.conflicts, if one.article_id == "fee" { 2 } else { 0 });
    }
}

#[test]
fn demand_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.demand(&period(), asker)
    });
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    for (tag, ids) in [
        ("billing", "'refund','roaming'"),
        ("travel", "'fee','secret'"),
    ] {
        let n = format!("(SELECT n FROM names WHERE id IN ({ids}))");
        let searches = count(
            &file,
            &format!(
                "SELECT count(*) FROM searches WHERE {{in}} AND coalesce(answer, json_extract(hits, '$[0]')) IN {n}"
            ),
        );
        let cards = count(
            &file,
            &format!("SELECT count(*) FROM cards WHERE {{in}} AND article IN {n}"),
        );
        let topic = report.topics.iter().find(|topic| topic.tag == tag).unwrap();
        assert_eq!(
            (topic.searches, topic.cards, topic.count),
            (searches, cards, searches + cards)
        );
        assert_eq!(topic.by_day.iter().sum::<u64>(), topic.count);
    }
    // A period that begins within a day, as one until now does: nothing from before is in its days.
    let noon = period().since + TimeDelta::hours(12);
    let later = Period::new(noon, period().until, zone());
    let from_noon = asked_by(&Audience::Unrestricted, |asker| {
        insights.demand(&later, asker)
    });
    for topic in &from_noon.topics {
        assert_eq!(topic.by_day.len(), from_noon.days.len());
        assert_eq!(topic.by_day.iter().sum::<u64>(), topic.count);
    }
    for language in &report.languages {
        let sql = |table: &str| {
            format!(
                "SELECT count(*) FROM {table} WHERE {{in}} AND lang LIKE '{}%'",
                language.lang
            )
        };
        assert_eq!(count(&file, &sql("searches")), language.searches);
        assert_eq!(count(&file, &sql("calls")), language.calls);
    }
    assert_eq!(report.attributes.len(), 2);
    for one in &report.attributes {
        let sql = |table: &str| {
            format!(
                "SELECT count(*) FROM {table} WHERE {{in}} AND json_extract(attributes, '$.plan') = '{}'",
                one.value
            )
        };
        assert_eq!(
            (
                one.name.as_str(),
                count(&file, &sql("calls")),
                count(&file, &sql("searches"))
            ),
            ("plan", one.calls, one.searches)
        );
    }
}

#[test]
fn gaps_group_the_questions_and_count_every_one() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.gaps(&period(), asker, 100, &|_| None)
    });
    let summary = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period(), asker)
    });
    assert_eq!(report.questions, summary.numbers.gap_questions);
    assert_eq!(
        report.gaps.iter().map(|gap| gap.size).sum::<u64>(),
        report.questions
    );
    let with = |word: &str| {
        report
            .gaps
            .iter()
            .filter(|gap| gap.queries.iter().any(|query| query.contains(word)))
            .count()
    };
    assert_eq!((with("cheque"), with("voucher")), (1, 1), "{report:#?}");
    for gap in &report.gaps {
        assert_eq!(gap.by_day.iter().sum::<u64>(), gap.size);
        assert!((period().since..=gap.last_asked_at).contains(&gap.first_asked_at));
        assert!(gap.queries.contains(&gap.label) && gap.suggestion == Suggestion::Write);
        let again = asked_by(&Audience::Unrestricted, |asker| {
            insights.gap(&period(), asker, &gap.gap_id, &|_| None)
        });
        assert_eq!(again.as_ref(), Some(gap));
    }
}
