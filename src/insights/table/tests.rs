//! A Parquet file, read back, contains the same values as the report's JSON, under the same names as CSV.

use std::io::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};
use serde_json::{Map, Value, json};

use super::{Table, articles, demand, gaps, summary};
use crate::insights::{
    ArticleInsight, ArticlesReport, DayNumbers, DemandReport, Flag, Gap, GapsReport, Nearest,
    Numbers, Recording, Suggestion, SummaryReport, TopicDemand, Trend,
};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The rows as objects, with null where a cell is empty.
fn read_back(table: &Table) -> Vec<Value> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&table.parquet().unwrap()).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let cells = row.unwrap().into_columns().into_iter();
        cells.map(|(name, cell)| (name, json_of(cell))).collect()
    });
    rows.collect()
}

fn json_of(cell: Field) -> Value {
    match cell {
        Field::Null => Value::Null,
        Field::Bool(is_so) => json!(is_so),
        Field::Long(whole) => json!(whole),
        Field::Double(value) => json!(value),
        Field::Str(text) => json!(text),
        Field::Date(days) => json!(NaiveDate::from_epoch_days(days).unwrap()),
        Field::TimestampMillis(at) => json!(DateTime::from_timestamp_millis(at).unwrap()),
        other => panic!("no column is like {other:?}"),
    }
}

/// What rows of JSON have under the names of a CSV's first line.
fn expected(table: &Table, rows: &[Value]) -> Vec<Value> {
    let csv = table.csv();
    let names: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let row = |row: &Value| {
        let cells = names
            .iter()
            .map(|name| ((*name).to_owned(), row[*name].clone()));
        Value::Object(cells.collect())
    };
    rows.iter().map(row).collect()
}

fn numbers_of(date: &str, searches: u64) -> DayNumbers {
    DayNumbers {
        day: day(date),
        searches,
        unanswered: 1,
        calls: 2,
        cards: 3,
        useful_cards: 0,
    }
}

fn summary_of(by_day: Vec<DayNumbers>) -> SummaryReport {
    SummaryReport {
        since: time("1969-12-31T00:00:00Z"),
        until: time("2026-11-26T00:00:00Z"),
        numbers: Numbers::default(),
        before: Numbers::default(),
        by_day,
        reasons: Vec::new(),
        comments: Vec::new(),
        recording: Recording::default(),
    }
}

#[test]
fn days_are_days() {
    let report = summary_of(vec![
        numbers_of("1969-12-31", 0),
        numbers_of("2026-11-25", u64::from(u32::MAX) + 1),
    ]);
    let (table, json) = (summary(&report), json!(report));
    let rows = read_back(&table);
    assert_eq!(rows, expected(&table, json["by_day"].as_array().unwrap()));
    assert_eq!(rows[1]["searches"], 4_294_967_296_u64);
}

#[test]
fn nothing_is_a_table_too() {
    let table = summary(&summary_of(Vec::new()));
    assert_eq!(read_back(&table), [] as [Value; 0]);
    assert_eq!(table.csv().lines().count(), 1);
}

#[test]
fn articles_have_typed_cells_and_nulls() {
    let full = ArticleInsight {
        article_id: "fee".into(),
        title: Some("=HYPERLINK(\"a\"),\n解约".into()),
        path: Some("-en/fee.md".into()),
        lang: Some("en".into()),
        owner: Some(String::new()),
        shown: 7,
        last_shown_at: Some(time("2026-11-25T08:00:00.123Z")),
        reviewed: Some(day("2026-05-01")),
        review_overdue: true,
        conflicts: 2,
        flags: vec![Flag::StaleAndUsed, Flag::Conflict],
        ..ArticleInsight::default()
    };
    let gone = ArticleInsight {
        article_id: "gone".into(),
        ..ArticleInsight::default()
    };
    let report = ArticlesReport {
        since: time("2026-11-01T00:00:00Z"),
        until: time("2026-11-26T00:00:00Z"),
        articles: vec![full, gone],
        owners: Vec::new(),
    };
    let (table, mut json) = (articles(&report), json!(report));
    let told = json["articles"].as_array_mut().unwrap();
    told[0]["flags"] = json!("stale_and_used conflict");
    told[1]["flags"] = Value::Null;
    assert_eq!(read_back(&table), expected(&table, told));
    assert!(
        table
            .csv()
            .contains("\"'=HYPERLINK(\"\"a\"\"),\n解约\",'-en/fee.md,en,,7,")
    );
    assert!(
        table
            .csv()
            .ends_with("\r\ngone,,,,,0,0,0,0,0,0,0,0,0,0,,,false,0,\r\n")
    );
}

#[test]
fn every_question_of_a_gap_has_its_row() {
    let gap = |id: &str, queries: &[&str], nearest: Option<f64>| Gap {
        gap_id: id.into(),
        label: queries[0].into(),
        size: 3,
        lang: "en".into(),
        queries: queries.iter().map(|text| (*text).to_owned()).collect(),
        trend: Trend::Rising,
        before: 1,
        by_day: vec![3],
        first_asked_at: time("2026-11-25T08:00:00Z"),
        last_asked_at: time("2026-11-25T08:00:00Z"),
        reasons: std::collections::BTreeMap::new(),
        comments: Vec::new(),
        nearest: nearest.map(|confidence| Nearest {
            article_id: "fee".into(),
            title: "Fee".into(),
            path: "fee.md".into(),
            url: String::new(),
            tags: Vec::new(),
            owner: None,
            confidence,
        }),
        suggestion: Suggestion::Write,
    };
    let report = GapsReport {
        since: time("2026-11-01T00:00:00Z"),
        until: time("2026-11-26T00:00:00Z"),
        total: 2,
        questions: 6,
        gaps: vec![
            gap("a", &["by cheque", "+49 30 cheques?"], Some(0.125)),
            gap("b", &["@walrus"], None),
        ],
    };
    let (table, json) = (gaps(&report), json!(report));
    let mut told = Vec::new();
    for gap in json["gaps"].as_array().unwrap() {
        for query in gap["queries"].as_array().unwrap() {
            let mut row = gap.clone();
            row["query"] = query.clone();
            row["nearest_article_id"] = gap["nearest"]["article_id"].clone();
            row["nearest_confidence"] = gap["nearest"]["confidence"].clone();
            told.push(row);
        }
    }
    assert_eq!(read_back(&table), expected(&table, &told));
    assert!(table.csv().contains(",fee,0.125,'+49 30 cheques?\r\n"));
}

#[test]
fn topics_have_a_column_a_day() {
    let topic = TopicDemand {
        tag: "billing".into(),
        count: 5,
        searches: 4,
        cards: 1,
        before: 2,
        change: Some(2.5),
        by_day: vec![2, 3],
    };
    let report = DemandReport {
        since: time("2026-11-24T00:00:00Z"),
        until: time("2026-11-26T00:00:00Z"),
        days: vec![day("2026-11-24"), day("2026-11-25")],
        topics: vec![topic],
        without_topic: 0,
        spikes: Vec::new(),
        languages: Vec::new(),
        attributes: Vec::new(),
        numbers: Numbers::default(),
        before: Numbers::default(),
        by_day: Vec::new(),
    };
    let (table, json) = (demand(&report), json!(report));
    let mut told: Map<String, Value> = json["topics"][0].as_object().unwrap().clone();
    told.insert("2026-11-24".into(), json!(2));
    told.insert("2026-11-25".into(), json!(3));
    assert_eq!(read_back(&table), expected(&table, &[Value::Object(told)]));
}
