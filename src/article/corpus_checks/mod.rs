//! Findings that need more than one article, or something outside it: duplicate ids, broken links, lost, missing and
//! outdated translations, overdue reviews, unknown account fields, interfering triggers.
//!
//! Cheap enough to run on every change of the content. Leaves comparing texts to `compare`.

mod accounts;
mod links;
mod spot;
mod translations;
mod triggers;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{
    Article, Diagnostic, Severity, Status,
    findings::finding,
    originals::{chain, original},
};
use spot::Spots;

/// What the articles stand in, as far as findings depend on it.
pub struct CheckContext<'a> {
    /// Decides which reviews are due.
    pub today: NaiveDate,
    /// Whether the content folder has a file that is no article, such as an image.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// When a file changed last, in seconds; None outside git.
    pub changed: &'a dyn Fn(&str) -> Option<i64>,
    /// JSON Schema of the account; None where any field may be named.
    pub account: Option<&'a serde_json::Value>,
}

/// Checks articles against each other; all of them, also those whose id another file has taken. The findings are
/// ordered by path, line and column.
#[must_use]
pub fn check_corpus(articles: &[Arc<Article>], around: &CheckContext<'_>) -> Vec<Diagnostic> {
    let shelf = ArticleLookup::of(articles);
    let (mut findings, mut anchors) = (Vec::new(), links::Anchors::default());
    for article in articles {
        let spots = &Spots::of(article);
        findings.extend(double_id(spots, &shelf));
        findings.extend(translations::lost_original(spots, &shelf));
        findings.extend(translations::stale(spots, &shelf, around));
        findings.extend(due_review(spots, around.today));
        findings.extend(days(spots, around.today));
        findings.extend(links::broken(article, &shelf, around.exists, &mut anchors));
        if let Some(schema) = around.account {
            findings.extend(accounts::unknown(spots, schema));
        }
        findings.extend(triggers::alone(spots));
    }
    findings.extend(translations::missing(&shelf));
    findings.extend(translations::doubled(&shelf, around.today));
    findings.extend(triggers::collisions(&shelf, around.today));
    findings.sort();
    findings
}

/// The articles by id and by path.
pub(super) struct ArticleLookup<'a> {
    /// The first path in byte order is the article of an id.
    pub(super) by_id: BTreeMap<&'a str, &'a Article>,
    pub(super) by_path: HashMap<&'a str, &'a Article>,
    /// The first path of each file name: advice for links to files that moved.
    pub(super) by_name: HashMap<&'a str, &'a str>,
}

impl<'a> ArticleLookup<'a> {
    pub(super) fn of(articles: &'a [Arc<Article>]) -> Self {
        let mut by_id: BTreeMap<&str, &Article> = BTreeMap::new();
        for article in articles {
            let first = by_id.entry(&article.id).or_insert(article);
            if article.path.as_bytes() < first.path.as_bytes() {
                *first = article;
            }
        }
        let mut by_name: HashMap<&str, &str> = HashMap::new();
        for path in articles.iter().map(|article| article.path.as_str()) {
            let name = path.rsplit('/').next().unwrap_or(path);
            let first = by_name.entry(name).or_insert(path);
            *first = (*first).min(path);
        }
        Self {
            by_id,
            by_name,
            by_path: articles
                .iter()
                .map(|article| (article.path.as_str(), article.as_ref()))
                .collect(),
        }
    }

    /// The [`original`] of an article.
    pub(super) fn original(&self, article: &'a Article) -> &'a Article {
        original(article, |id| self.by_id.get(id).copied())
    }

    /// Whether an article is, through others, a translation of itself.
    pub(super) fn is_in_circle(&self, article: &'a Article) -> bool {
        chain(article, |id| self.by_id.get(id).copied()).1 == Some(0)
    }
}

fn double_id(spots: &Spots<'_>, shelf: &ArticleLookup<'_>) -> Option<Diagnostic> {
    let article = spots.article;
    let first = shelf
        .by_id
        .get(article.id.as_str())
        .filter(|first| first.path != article.path)?;
    let message = format!(
        "the id `{}` belongs to {}, which comes first; this file is not searched",
        article.id, first.path
    );
    let help = "give this file another id, or remove one of the two";
    Some(finding(
        &article.path,
        spots.key("id"),
        ("duplicate-id", Severity::Error),
        message,
        help,
    ))
}

fn due_review(spots: &Spots<'_>, today: NaiveDate) -> Option<Diagnostic> {
    let article = spots.article;
    if article.status != Status::Published || !article.review_overdue(today) {
        return None;
    }
    let message = format!("a review is due: the last one was on {}", article.reviewed?);
    let help = "check that the article still holds and set `reviewed` to that day";
    Some(finding(
        &article.path,
        spots.key("reviewed"),
        ("review-overdue", Severity::Info),
        message,
        help,
    ))
}

/// Days that tell the reader something: a review in the future, an end that has passed.
fn days(spots: &Spots<'_>, today: NaiveDate) -> Vec<Diagnostic> {
    let article = spots.article;
    let mut found = Vec::new();
    if let Some(reviewed) = article.reviewed.filter(|day| *day > today) {
        found.push(finding(
            &article.path,
            spots.key("reviewed"),
            ("future-review", Severity::Info),
            format!("the review on {reviewed} is yet to come"),
            "write the day on which somebody last read it against the facts",
        ));
    }
    if let Some(until) = article.effective.until
        && article.effective.is_past(today)
        && article.status == Status::Published
    {
        found.push(finding(
            &article.path,
            spots.key("effective"),
            ("expired", Severity::Info),
            format!("the article has not been in force since {until}"),
            "set `status: archived`, remove the file, or give it another last day",
        ));
    }
    found
}

#[cfg(test)]
mod tests;
