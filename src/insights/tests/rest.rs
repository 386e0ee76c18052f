//! The other numbers of the pages, recomputed from the raw events: days, teams, triggers, changes, and every gap.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use rusqlite::Connection;
use serde_json::json;

use super::{asked_by, count, opened, period, record, start};
use crate::{
    insights::{GapReason, MissingArticle, read::Reader},
    search::types::Audience,
};

/// What became of each answer or card and article, by SQL: the last rating stands.
const OUTCOMES: &str = "CREATE TEMP TABLE outcomes AS SELECT *, (taken OR (opened AND NOT dismissed)) AND rating <> 'not_helpful' AS useful,
    NOT ((taken OR (opened AND NOT dismissed)) AND rating <> 'not_helpful') AND (dismissed OR rating = 'not_helpful') AS refused FROM (
    SELECT subject, article, max(kind = 'opened') AS opened, max(kind = 'dismissed') AS dismissed,
    max(kind IN ('used', 'copied')) OR coalesce((SELECT rating FROM engagements l WHERE l.subject = e.subject AND l.article = e.article
      AND rating IS NOT NULL ORDER BY at DESC, n DESC LIMIT 1), '') = 'helpful' AS taken,
    coalesce((SELECT rating FROM engagements l WHERE l.subject = e.subject AND l.article = e.article AND rating IS NOT NULL
      ORDER BY at DESC, n DESC LIMIT 1), '') AS rating FROM engagements e GROUP BY subject, article)";

/// Every question that was left without what it was for, with the reason.
const GAPS: &str = "CREATE TEMP TABLE gaps AS
    SELECT at, query, CASE WHEN EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = query_id AND refused) THEN 'rejected' ELSE 'unanswered' END AS reason
    FROM searches WHERE NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = query_id AND useful)
      AND (answer IS NULL OR EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = query_id AND refused))
    UNION ALL SELECT at, query, 'unanswered' FROM asks WHERE cards = '[]'
    UNION ALL SELECT at, query, 'dismissed' FROM asks WHERE cards <> '[]' AND NOT EXISTS (SELECT 1 FROM json_each(cards) c
      WHERE NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = c.value AND refused))
    UNION ALL SELECT at, query, 'reported' FROM reports";

fn file(folder: &std::path::Path) -> Connection {
    let file = Connection::open(folder.join("insights.sqlite")).unwrap();
    file.execute_batch(OUTCOMES).unwrap();
    file.execute_batch(GAPS).unwrap();
    file
}

#[test]
fn every_day_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period(), asker)
    });
    let file = file(folder.path());
    let mut useful = 0;
    for day in &report.by_day {
        let on = format!("{{in}} AND date(at / 1000, 'unixepoch') = '{}'", day.day);
        let of = |what: &str| count(&file, &format!("SELECT count(*) FROM {what} AND {on}"));
        assert_eq!(of("searches WHERE true"), day.searches);
        assert_eq!(of("searches WHERE answer IS NULL"), day.unanswered);
        assert_eq!(of("calls WHERE true"), day.calls);
        assert_eq!(of("cards WHERE true"), day.cards);
        let is_useful =
            "cards WHERE EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = card_id AND useful)";
        assert_eq!(of(is_useful), day.useful_cards);
        useful += day.useful_cards;
    }
    assert!(useful > 10, "the test says nothing");
    let gaps = count(&file, "SELECT count(*) FROM gaps WHERE {in}");
    assert_eq!(gaps, report.numbers.gap_questions);
    for one in &report.reasons {
        let sql = format!(
            "SELECT count(*) FROM (SELECT DISTINCT subject, article FROM engagements WHERE {{in}} AND reason = '{}')",
            one.reason
        );
        assert_eq!(count(&file, &sql), one.count);
    }
}

#[test]
fn every_trigger_rating_and_team_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.articles(&period(), asker, HashMap::new())
    });
    let file = file(folder.path());
    let mut teams: BTreeMap<Option<&str>, [u64; 6]> = BTreeMap::new();
    for one in &report.articles {
        let is_it = format!(
            "article = (SELECT n FROM names WHERE id = '{}')",
            one.article_id
        );
        let of = |what: &str| count(&file, &format!("SELECT count(*) FROM {what} AND {is_it}"));
        assert_eq!(of("cards WHERE {in}"), one.cards);
        assert_eq!(
            of("cards WHERE state = 'withdrawn' AND {in}"),
            one.withdrawn
        );
        for (rating, told) in [("helpful", one.helpful), ("not_helpful", one.not_helpful)] {
            let last = format!(
                "(SELECT subject, article, rating, max(at * 1000000 + n) FROM engagements WHERE {{in}} AND rating IS NOT NULL
                  GROUP BY subject, article) WHERE rating = '{rating}'"
            );
            assert_eq!(of(&last), told, "{} {rating}", one.article_id);
        }
        for trigger in &one.triggers {
            let rule = trigger.rule.as_deref().unwrap();
            assert_eq!(
                of(&format!("cards WHERE rule = '{rule}' AND {{in}}")),
                trigger.shown
            );
            let away = format!(
                "cards WHERE rule = '{rule}' AND {{in}} AND EXISTS (SELECT 1 FROM outcomes o WHERE o.subject = card_id AND dismissed)"
            );
            assert_eq!(of(&away), trigger.dismissed);
        }
        if one.title.is_some() {
            let sums = teams.entry(one.owner.as_deref()).or_default();
            let own = [
                1,
                u64::from(one.review_overdue),
                one.shown,
                one.used,
                one.dismissed,
                one.not_helpful,
            ];
            sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
    }
    let told = report.owners.iter().map(|team| {
        let sums = [
            team.articles,
            team.overdue,
            team.shown,
            team.used,
            team.dismissed,
            team.not_helpful,
        ];
        (team.owner.as_deref(), sums)
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), teams);
}

#[test]
fn every_change_of_demand_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.demand(&period(), asker)
    });
    let before = asked_by(&Audience::Unrestricted, |asker| {
        insights.demand(&period().before(), asker)
    });
    let summary = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period(), asker)
    });
    assert_eq!(report.numbers, summary.numbers);
    assert_eq!(
        (&report.before, &report.by_day),
        (&summary.before, &summary.by_day)
    );
    for topic in &report.topics {
        let then = before.topics.iter().find(|one| one.tag == topic.tag);
        assert_eq!(topic.before, then.map_or(0, |one| one.count));
        assert_eq!(topic.change, Some(topic.count as f64 / topic.before as f64));
    }
    let file = file(folder.path());
    // `gone` is no article any more, and has no topic.
    let gone = "SELECT count(*) FROM searches WHERE {in} AND coalesce(answer, json_extract(hits, '$[0]')) = (SELECT n FROM names WHERE id = 'gone')";
    assert_eq!(count(&file, gone), report.without_topic);
    for language in &report.languages {
        let sql = format!(
            "SELECT count(*) FROM searches WHERE {{in}} AND answer IS NULL AND lang LIKE '{}%'",
            language.lang
        );
        assert_eq!(count(&file, &sql), language.unanswered);
    }
    for one in &report.attributes {
        for topic in &one.topics {
            let ids = if topic.tag == "billing" {
                "'refund','roaming'"
            } else {
                "'fee','secret'"
            };
            let n = format!("(SELECT n FROM names WHERE id IN ({ids}))");
            let has = format!("json_extract(attributes, '$.plan') = '{}'", one.value);
            let searches = format!(
                "SELECT count(*) FROM searches WHERE {{in}} AND {has} AND coalesce(answer, json_extract(hits, '$[0]')) IN {n}"
            );
            let cards = format!(
                "SELECT count(*) FROM cards WHERE {{in}} AND article IN {n} AND call IN (SELECT key FROM calls WHERE {has})"
            );
            assert_eq!(count(&file, &searches) + count(&file, &cards), topic.count);
        }
    }
}

#[test]
fn every_gap_equals_counts_over_the_raw_events() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.gaps(&period(), asker, 100, &|_| None)
    });
    let file = file(folder.path());
    let mut reasons_seen = 0;
    for gap in &report.gaps {
        let texts: Vec<String> = gap
            .queries
            .iter()
            .map(|text| format!("'{}'", same(text)))
            .collect();
        let is_it = format!("lower(replace(query, '  ', ' ')) IN ({})", texts.join(","));
        let of = |what: &str| {
            count(
                &file,
                &format!("SELECT count(*) FROM gaps WHERE {{in}} AND {is_it} {what}"),
            )
        };
        assert_eq!(of(""), gap.size, "{}", gap.label);
        for (day, told) in report_days().zip(&gap.by_day) {
            assert_eq!(
                of(&format!("AND date(at / 1000, 'unixepoch') = '{day}'")),
                *told
            );
        }
        for reason in [
            GapReason::Unanswered,
            GapReason::Rejected,
            GapReason::Dismissed,
            GapReason::Reported,
        ] {
            let told = gap.reasons.get(&reason).copied().unwrap_or_default();
            let word = json!(reason);
            assert_eq!(
                of(&format!("AND reason = '{}'", word.as_str().unwrap())),
                told,
                "{} {word}",
                gap.label
            );
            reasons_seen += usize::from(told > 0);
        }
        let bounds = [period().before().since, period().since].map(|at| at.timestamp_millis());
        let sql = format!(
            "SELECT count(*) FROM gaps WHERE at >= {} AND at < {} AND {is_it}",
            bounds[0], bounds[1]
        );
        assert_eq!(count(&file, &sql), gap.before);
        let last = of(
            "AND at = (SELECT max(at) FROM gaps g WHERE {in} AND lower(replace(g.query, '  ', ' ')) = lower(replace(gaps.query, '  ', ' ')))",
        );
        assert!(last > 0 && gap.first_asked_at <= gap.last_asked_at);
    }
    assert!(reasons_seen > 6, "the test says nothing: {reasons_seen}");
}

fn same(text: &str) -> String {
    text.to_lowercase().replace("  ", " ").replace('\'', "''")
}

fn report_days() -> impl Iterator<Item = chrono::NaiveDate> {
    period().since.date_naive().iter_days()
}

#[test]
fn vectors_are_made_ahead_of_gaps_alone_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let missing = MissingArticle {
        query: "the newest of all".into(),
        comment: None,
        query_id: None,
        by: "desk".into(),
        audience: Audience::Unrestricted,
    };
    insights.report_gap(missing, start() + TimeDelta::days(35));
    insights.flush().unwrap();
    let path = folder.path().join("insights.sqlite");
    let reader = Reader::open(&path).unwrap().unwrap();
    let read = |seen: &mut [i64; 3], limit: usize| {
        let since = start().timestamp_millis();
        reader.gap_texts(seen, since, limit).unwrap()
    };
    let mut seen = [0; 3];
    let texts = read(&mut seen, 10_000);
    let gaps = "SELECT (SELECT count(*) FROM searches WHERE answer IS NULL) + (SELECT count(*) FROM asks WHERE cards = '[]')
                + (SELECT count(*) FROM reports)";
    assert_eq!(texts.len() as u64, count(&file(folder.path()), gaps));
    assert_eq!(texts[0], "the newest of all");
    assert_eq!(read(&mut seen, 10_000), [""; 0]);
    // What is beyond the limit is not made up for later.
    let mut seen = [0; 3];
    assert_eq!(read(&mut seen, 5).len(), 5);
    assert_eq!(read(&mut seen, 5), [""; 0]);
}

#[test]
fn only_turns_whose_cards_something_was_done_with_are_read_to_learn_from() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    insights.flush().unwrap();
    let reader = Reader::open(&folder.path().join("insights.sqlite"))
        .unwrap()
        .unwrap();
    let asks = reader.acts(0).unwrap().asks;
    let engaged = "SELECT count(DISTINCT asks.n) FROM asks, json_each(cards) WHERE value IN
                   (SELECT subject FROM engagements WHERE is_card)";
    let file = file(folder.path());
    assert_eq!(asks.len() as u64, count(&file, engaged));
    assert!(asks.len() as u64 * 3 < count(&file, "SELECT count(*) FROM asks") * 4);
}
