//! The columns of each report. Pure.

use super::{Rows, Table};
use crate::insights::{ArticlesReport, DemandReport, Gap, GapsReport, SummaryReport};

/// One row per day.
#[must_use]
pub fn summary(report: &SummaryReport) -> Table {
    let rows = Rows(&report.by_day);
    Table(vec![
        rows.day("day", |day| day.day),
        rows.count("searches", |day| day.searches),
        rows.count("unanswered", |day| day.unanswered),
        rows.count("calls", |day| day.calls),
        rows.count("cards", |day| day.cards),
        rows.count("useful_cards", |day| day.useful_cards),
    ])
}

/// One row per article.
#[must_use]
pub fn articles(report: &ArticlesReport) -> Table {
    let rows = Rows(&report.articles);
    Table(vec![
        rows.text("article_id", |one| one.article_id.clone()),
        rows.text("title", |one| one.title.clone()),
        rows.text("path", |one| one.path.clone()),
        rows.text("lang", |one| one.lang.clone()),
        rows.text("owner", |one| one.owner.clone()),
        rows.count("shown", |one| one.shown),
        rows.count("cards", |one| one.cards),
        rows.count("answers", |one| one.answers),
        rows.count("opened", |one| one.opened),
        rows.count("copied", |one| one.copied),
        rows.count("used", |one| one.used),
        rows.count("helpful", |one| one.helpful),
        rows.count("not_helpful", |one| one.not_helpful),
        rows.count("dismissed", |one| one.dismissed),
        rows.count("withdrawn", |one| one.withdrawn),
        rows.time("last_shown_at", |one| one.last_shown_at),
        rows.day("reviewed", |one| one.reviewed),
        rows.truth("review_overdue", |one| one.review_overdue),
        rows.count("conflicts", |one| one.conflicts as u64),
        rows.text("flags", |one| {
            let flags: Vec<String> = one.flags.iter().map(word).collect();
            (!flags.is_empty()).then(|| flags.join(" "))
        }),
    ])
}

/// One row per question of a gap.
#[must_use]
pub fn gaps(report: &GapsReport) -> Table {
    let mut questions: Vec<(&Gap, &String)> = Vec::new();
    for gap in &report.gaps {
        questions.extend(gap.queries.iter().map(|query| (gap, query)));
    }
    let rows = Rows(&questions);
    Table(vec![
        rows.text("gap_id", |(gap, _)| gap.gap_id.clone()),
        rows.text("label", |(gap, _)| gap.label.clone()),
        rows.count("size", |(gap, _)| gap.size),
        rows.count("before", |(gap, _)| gap.before),
        rows.text("trend", |(gap, _)| word(&gap.trend)),
        rows.text("suggestion", |(gap, _)| word(&gap.suggestion)),
        rows.text("nearest_article_id", |(gap, _)| {
            gap.nearest.as_ref().map(|one| one.article_id.clone())
        }),
        rows.fraction("nearest_confidence", |(gap, _)| {
            gap.nearest.as_ref().map(|one| one.confidence)
        }),
        rows.text("query", |(_, query)| (*query).clone()),
    ])
}

/// One row per topic and day.
#[must_use]
pub fn demand(report: &DemandReport) -> Table {
    let rows = Rows(&report.topics);
    let mut columns = vec![
        rows.text("tag", |topic| topic.tag.clone()),
        rows.count("count", |topic| topic.count),
        rows.count("searches", |topic| topic.searches),
        rows.count("cards", |topic| topic.cards),
        rows.count("before", |topic| topic.before),
    ];
    let days = report.days.iter().enumerate();
    columns.extend(
        days.map(|(at, day)| rows.count(&day.to_string(), |topic| topic.by_day.get(at).copied())),
    );
    Table(columns)
}

/// The JSON string of a value.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
