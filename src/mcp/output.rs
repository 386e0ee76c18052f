//! Parts that several results share. Pure.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::article::{self, Article, Effective};

/// Three digits of a chance say all that it knows.
pub(super) fn rounded(chance: f64) -> Value {
    json!((chance * 1e3).round() / 1e3)
}

/// Leaves fields out.
pub(super) fn leave_out(fields: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        fields.shift_remove(*name);
    }
}

/// A field that is there only when it says something.
pub(super) fn put_cautions(fields: &mut Map<String, Value>, texts: &[&str]) -> bool {
    let mut cautions: Vec<&str> = texts
        .iter()
        .flat_map(|text| article::cautions(text))
        .collect();
    cautions.sort_unstable();
    cautions.dedup();
    let found = !cautions.is_empty();
    if found {
        fields.insert("cautions".to_owned(), json!(cautions));
    }
    found
}

/// Takes out of every text what people cannot see: what stands in quotations is without it already, titles are not.
pub(super) fn clear(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_ascii() => *text = article::without_unseen(text),
        Value::Array(values) => values.iter_mut().for_each(clear),
        Value::Object(fields) => fields.values_mut().for_each(clear),
        _ => {}
    }
}

/// How far an article holds: where it is in its life, on which days, for whose account, and when it was last looked at.
pub(super) fn standing(article: &Article, today: NaiveDate) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("status", json!(article.status));
    put("in_force", json!(article.live(today)));
    if article.effective != Effective::default() {
        put("effective", json!(article.effective));
    }
    if let Some(when) = &article.when {
        put("when", json!(when));
    }
    put("reviewed", json!(article.reviewed));
    put("review_overdue", json!(article.review_overdue(today)));
    fields
}

/// What the schemas of results say of it.
pub(super) fn standing_schema() -> Value {
    json!({
        "status": {"type": "string"},
        "in_force": {"type": "boolean", "description": "false: it does not hold today, don't answer from it"},
        "effective": {"type": "object", "description": "first and last day"},
        "when": {"type": "string", "description": "CEL over the customer's account: it holds only for these customers"},
        "reviewed": {"type": ["string", "null"]},
        "review_overdue": {"type": "boolean"}
    })
}

/// Lines of a file, 1-based, inclusive.
pub(super) fn lines_of(source: &str, [first, last]: [u32; 2]) -> Vec<&str> {
    let skipped = first.saturating_sub(1) as usize;
    let count = last.saturating_add(1).saturating_sub(first.max(1)) as usize;
    source.lines().skip(skipped).take(count).collect()
}

/// The article's file as people see it, line by line: a comment hides what is within it, whichever lines are asked for.
pub(super) fn seen(article: &Article) -> String {
    let source = &article.source;
    let (front, body) = source
        .split_at_checked(article.body_at)
        .unwrap_or(("", source));
    article::visible(front) + &article::visible(body)
}

/// First and last line of an article's text, below the front matter and the blank lines behind it.
pub(super) fn body_lines(article: &Article) -> [u32; 2] {
    let (front, body) = article
        .source
        .split_at_checked(article.body_at)
        .unwrap_or(("", &article.source));
    let blank = body
        .lines()
        .take_while(|line| line.trim().is_empty())
        .count();
    let first = front.matches('\n').count() + blank + 1;
    let last = article.source.trim_end().lines().count();
    let line = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    [line(first.min(last.max(1))), line(last.max(1))]
}
