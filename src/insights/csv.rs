//! Reports as tables for spreadsheets (RFC 4180). Pure.

use std::fmt::Display;

use super::{
    articles::ArticlesReport, demand::DemandReport, gaps::GapsReport, summary::SummaryReport,
};

/// A table in the making.
struct Table(String);

impl Table {
    fn new(columns: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(columns.iter().map(|name| (*name).to_owned()));
        table
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| cell_of(&cell)).collect();
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }
}

/// A cell: quoted where it must be, and never a formula.
fn cell_of(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let guarded = if !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

fn some(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// One row a day.
#[must_use]
pub fn summary(report: &SummaryReport) -> String {
    let mut table = Table::new(&[
        "day",
        "searches",
        "unanswered",
        "calls",
        "cards",
        "useful_cards",
    ]);
    for day in &report.by_day {
        let counts = [
            day.searches,
            day.unanswered,
            day.calls,
            day.cards,
            day.useful_cards,
        ];
        table.row(
            [day.day.to_string()]
                .into_iter()
                .chain(counts.map(|count| count.to_string())),
        );
    }
    table.0
}

/// One row an article.
#[must_use]
pub fn articles(report: &ArticlesReport) -> String {
    let mut table = Table::new(&[
        "article_id",
        "title",
        "path",
        "lang",
        "owner",
        "shown",
        "cards",
        "answers",
        "opened",
        "copied",
        "used",
        "helpful",
        "not_helpful",
        "dismissed",
        "withdrawn",
        "last_shown_at",
        "reviewed",
        "review_overdue",
        "conflicts",
        "flags",
    ]);
    for one in &report.articles {
        let flags: Vec<String> = one.flags.iter().map(word).collect();
        let counts = [
            one.shown,
            one.cards,
            one.answers,
            one.opened,
            one.copied,
            one.used,
            one.helpful,
            one.not_helpful,
            one.dismissed,
            one.withdrawn,
        ];
        let names = [
            one.article_id.clone(),
            some(one.title.as_ref()),
            some(one.path.as_ref()),
            some(one.lang.as_ref()),
            some(one.owner.as_ref()),
        ];
        let rest = [
            some(one.last_shown_at.map(|at| at.to_rfc3339())),
            some(one.reviewed),
            one.review_overdue.to_string(),
            one.conflicts.to_string(),
            flags.join(" "),
        ];
        table.row(
            names
                .into_iter()
                .chain(counts.map(|count| count.to_string()))
                .chain(rest),
        );
    }
    table.0
}

/// One row a question of a gap.
#[must_use]
pub fn gaps(report: &GapsReport) -> String {
    let mut table = Table::new(&[
        "gap_id",
        "label",
        "size",
        "before",
        "trend",
        "suggestion",
        "nearest_article_id",
        "nearest_confidence",
        "query",
    ]);
    for gap in &report.gaps {
        for query in &gap.queries {
            let nearest = gap.nearest.as_ref();
            table.row([
                gap.gap_id.clone(),
                gap.label.clone(),
                gap.size.to_string(),
                gap.before.to_string(),
                word(&gap.trend),
                word(&gap.suggestion),
                some(nearest.map(|one| &one.article_id)),
                some(nearest.map(|one| one.confidence)),
                query.clone(),
            ]);
        }
    }
    table.0
}

/// One row a topic, with its days.
#[must_use]
pub fn demand(report: &DemandReport) -> String {
    let days: Vec<String> = report.days.iter().map(ToString::to_string).collect();
    let mut columns = vec!["tag", "count", "searches", "cards", "before"];
    columns.extend(days.iter().map(String::as_str));
    let mut table = Table::new(&columns);
    for topic in &report.topics {
        let counts = [topic.count, topic.searches, topic.cards, topic.before];
        let numbers = counts.iter().chain(&topic.by_day).map(ToString::to_string);
        table.row([topic.tag.clone()].into_iter().chain(numbers));
    }
    table.0
}

/// The word that stands for a value in JSON.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let check = |text: &str, expected: &str| assert_eq!(cell_of(text), expected);
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"hi\"\nnow", "\"say \"\"hi\"\"\nnow\"");
        check("=HYPERLINK(1)", "'=HYPERLINK(1)");
        check("-1.5", "-1.5");
        check("+49", "+49");
        check("@sum", "'@sum");
    }
}
