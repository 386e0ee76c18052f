//! What must never be in the file, and what must never delay anybody.

use std::collections::HashMap;

use chrono::{TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{asked_by, count, opened, period, record, response, start, zone};
use crate::{
    insights::{
        HitEngagement, Insights, InsightsError, MissingArticle, Period, Settings, store::Store,
    },
    live::Rating,
    search::types::{Audience, SearchRequest},
};

#[test]
fn an_article_for_others_is_in_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let agent = Audience::Only(vec!["agent".into()]);
    let all = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&period(), asker)
    });
    let seen = asked_by(&agent, |asker| insights.summary(&period(), asker));
    assert!(
        seen.numbers.cards < all.numbers.cards && seen.numbers.searches == all.numbers.searches
    );
    let (few, many) = (&seen.numbers, &all.numbers);
    assert!(few.answered < many.answered && few.opened < many.opened);
    assert_eq!(few.answered + few.unanswered, few.searches);
    let articles = asked_by(&agent, |asker| {
        insights.articles(&period(), asker, HashMap::new())
    });
    let demand = asked_by(&agent, |asker| insights.demand(&period(), asker));
    let unanswered: u64 = demand.languages.iter().map(|one| one.unanswered).sum();
    assert_eq!(unanswered, few.unanswered);
    let told = format!("{}{}{}", json!(seen), json!(articles), json!(demand));
    assert!(!told.contains("secret") && !told.contains("SECRET") && !told.contains("gone"));
}

#[test]
fn a_gap_tells_nothing_of_an_article_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    let at = period().since;
    let board = Audience::Only(vec!["agent".into(), "internal".into()]);
    let agent = Audience::Only(vec!["agent".into()]);
    for (query, article) in [("the merger", "secret"), ("the invoice", "fee")] {
        let request = SearchRequest::new(query);
        insights.searched(&request, &response(query, query, &[article], true), at);
        let engagement = HitEngagement {
            query_id: query.into(),
            article_id: article.into(),
            kind: "rated",
            rating: Some(Rating::NotHelpful),
            reason: None,
            comment: None,
            by: "anna".into(),
        };
        insights.engaged(engagement, at);
    }
    for (comment, audience) in [
        ("when is the merger", &board),
        ("asked twice", &agent),
        ("I see all", &Audience::Unrestricted),
    ] {
        let missing = MissingArticle {
            query: "the bill".into(),
            comment: Some(comment.into()),
            query_id: None,
            by: "anna".into(),
            audience: audience.clone(),
        };
        insights.report_gap(missing, at);
    }
    insights.flush().unwrap();
    let check = |reader: &Audience, questions: u64, comments: &[&str]| {
        let (gaps, summary) = asked_by(reader, |asker| {
            let gaps = insights.gaps(&period(), asker, 100, &|_| None)?;
            Ok((gaps, insights.summary(&period(), asker)?))
        });
        let told: Vec<&String> = gaps.gaps.iter().flat_map(|gap| &gap.comments).collect();
        assert_eq!(told, comments, "{reader:?}");
        assert_eq!(gaps.questions, questions, "{reader:?}");
        assert_eq!(summary.numbers.gap_questions, questions, "{reader:?}");
    };
    check(
        &Audience::Unrestricted,
        5,
        &["when is the merger", "asked twice", "I see all"],
    );
    check(&board, 5, &["when is the merger", "asked twice"]);
    check(&agent, 4, &["asked twice"]);
}

#[test]
fn nothing_secret_is_in_the_file_and_an_erased_customer_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    record(&insights);
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap_or_default();
    let has = |word: &str| {
        ["insights.sqlite", "insights.sqlite-wal"]
            .iter()
            .any(|name| {
                bytes(name)
                    .windows(word.len())
                    .any(|part| part == word.as_bytes())
            })
    };
    assert!(!has("4111 1111") && !has("jo@example.com") && !has("customer-") && !has("\"Jo\""));
    assert!(has("[card]") && has("[email]"));
    // The key `desk` and two people have used it: who they are is a keyed hash, in reports too.
    assert!(!has("desk") && !has("anna"));
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    let rows = |table: &str| count(&file, &format!("SELECT count(*) FROM {table}"));
    let tables = ["calls", "cards", "asks", "engagements"];
    let before: Vec<u64> = tables.iter().map(|table| rows(table)).collect();
    let calls = insights.erase("customer-3").unwrap();
    assert!(calls > 2);
    assert_eq!(before[0] - rows("calls"), calls as u64);
    assert!(
        tables
            .iter()
            .zip(before)
            .all(|(table, before)| rows(table) < before)
    );
    assert_eq!(insights.erase("customer-3").unwrap(), 0);
    let orphans = "SELECT count(*) FROM cards WHERE call NOT IN (SELECT key FROM calls)";
    assert_eq!(count(&file, orphans), 0);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file_and_its_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("insights.sqlite");
    // One of an earlier release.
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let insights = opened(folder.path());
    record(&insights);
    for name in ["insights.sqlite", "insights.sqlite-wal"] {
        let about = std::fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_is_recorded_already_ages_and_can_be_erased_where_nothing_is_recorded_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let off = || Settings {
        record: false,
        keep_days: 25,
        ..Settings::default()
    };
    let nothing = Insights::open(folder.path(), off(), None);
    assert_eq!(nothing.erase("customer-3").unwrap(), 0);
    drop(nothing);
    let path = folder.path().join("insights.sqlite");
    assert!(!path.exists());
    record(&opened(folder.path()));
    let insights = Insights::open(folder.path(), off(), None);
    insights.flush().unwrap();
    let file = Connection::open(&path).unwrap();
    let kept = (Utc::now() - TimeDelta::days(26)).timestamp_millis();
    let old = format!("SELECT count(*) FROM calls WHERE at < {kept}");
    assert_eq!(count(&file, &old), 0);
    assert!(insights.erase("customer-3").unwrap() > 0);
}

#[test]
fn what_callers_choose_is_redacted_and_our_names_still_join() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        attributes: vec!["plan".into(), "number".into()],
        ..Settings::default()
    };
    let insights = Insights::open(folder.path(), settings, None);
    let account = json!({"plan": "fiber", "number": 4_111_111_111_111_111_u64});
    let request = SearchRequest {
        account: account.as_object().cloned(),
        ..SearchRequest::new("refund")
    };
    let ours = uuid::Uuid::new_v4().to_string();
    let answer = response(&ours, "refund", &["refund"], true);
    insights.searched(&request, &answer, Utc::now());
    for query_id in [ours.as_str(), "4111 1111 1111 1111"] {
        let engagement = HitEngagement {
            query_id: query_id.into(),
            article_id: "refund".into(),
            kind: "opened",
            rating: None,
            reason: None,
            comment: None,
            by: "desk".into(),
        };
        insights.engaged(engagement, Utc::now());
    }
    insights.flush().unwrap();
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    let check = |sql: &str, expected: &str| {
        let told: String = file.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(told, expected, "{sql}");
    };
    check("SELECT attributes FROM searches", r#"{"plan":"fiber"}"#);
    let joined = "SELECT subject FROM engagements JOIN searches ON subject = query_id";
    check(joined, &ours);
    let other = "SELECT subject FROM engagements ORDER BY n DESC LIMIT 1";
    check(other, "[card]");
}

#[test]
fn an_erasure_that_a_reader_holds_up_says_so_and_the_next_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    record(&opened(folder.path()));
    let file = folder.path().join("insights.sqlite");
    let mut store = Store::open(&file).unwrap();
    let reader = Connection::open(&file).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert!(count(&reader, "SELECT count(*) FROM calls") > 0);
    let held_up = store.erase("customer-3");
    assert!(matches!(held_up, Err(InsightsError::Busy)), "{held_up:?}");
    drop(reader);
    assert_eq!(store.erase("customer-3").unwrap(), 0);
    let log = std::fs::metadata(folder.path().join("insights.sqlite-wal"));
    assert_eq!(log.map_or(0, |log| log.len()), 0);
}

#[test]
fn what_is_typed_and_further_pages_are_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let insights = opened(folder.path());
    for (typing, offset) in [(true, 0), (false, 10), (false, 0)] {
        let request = SearchRequest {
            typing,
            offset,
            ..SearchRequest::new("refund")
        };
        insights.searched(
            &request,
            &response("q", "refund", &["refund"], true),
            Utc::now(),
        );
    }
    insights.flush().unwrap();
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    assert_eq!(count(&file, "SELECT count(*) FROM searches"), 1);
}

#[test]
fn a_folder_that_cannot_be_written_holds_nobody_up_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // A file stands where the folder should be.
    std::fs::write(&data, "").unwrap();
    let settings = Settings {
        queue: 100,
        ..Settings::default()
    };
    let insights = Insights::open(&data, settings, None);
    let request = SearchRequest::new("refund");
    let began = std::time::Instant::now();
    for _ in 0..5_000 {
        insights.searched(
            &request,
            &response("q", "refund", &["refund"], true),
            Utc::now(),
        );
    }
    assert!(began.elapsed().as_secs_f64() < 1.0, "recording waited");
    assert!(insights.flush().is_err() && insights.erase("x").is_err());
    std::fs::remove_file(&data).unwrap();
    std::fs::create_dir(&data).unwrap();
    insights.searched(
        &request,
        &response("q", "refund", &["refund"], true),
        Utc::now(),
    );
    insights.flush().unwrap();
    let now = Utc::now();
    let today = Period::new(now - TimeDelta::hours(1), now + TimeDelta::hours(1), zone());
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&today, asker)
    });
    assert!(report.recording.dropped > 4_000 && report.numbers.searches > 1);
    assert_eq!(report.recording.dropped + report.numbers.searches, 5_001);
}

#[test]
fn old_events_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    record(&opened(folder.path()));
    let insights = opened(folder.path());
    let everything = Period::new(start(), start() + TimeDelta::days(3_000), zone());
    let report = asked_by(&Audience::Unrestricted, |asker| {
        insights.summary(&everything, asker)
    });
    assert!(report.numbers.searches > 100, "events outlive the process");
    drop(insights);
    let mut store = Store::open(&folder.path().join("insights.sqlite")).unwrap();
    store.forget_before(start() + TimeDelta::days(15)).unwrap();
    let file = Connection::open(folder.path().join("insights.sqlite")).unwrap();
    let oldest: i64 = file
        .query_row("SELECT min(at) FROM searches", [], |row| row.get(0))
        .unwrap();
    assert!(oldest >= (start() + TimeDelta::days(15)).timestamp_millis());
    assert!(json!(report.recording.oldest) != Value::Null);
}
