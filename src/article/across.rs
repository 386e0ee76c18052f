//! Findings that need more than one article: double ids, broken links, lost and missing translations, due reviews.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{
    Article, Diagnostic, Link, Severity, Status,
    findings::{Place, finding},
    links::{Target, resolve},
};
use crate::text::primary;

/// Checks articles against each other; all of them, also those whose id another file has taken.
///
/// `today` decides which reviews are due; `exists` tells whether the content folder has a file that is no article,
/// such as an image. The findings are ordered by path, line and column.
#[must_use]
pub fn across(
    articles: &[Arc<Article>],
    today: NaiveDate,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let shelf = Shelf::of(articles);
    let mut findings = Vec::new();
    for article in articles {
        findings.extend(double_id(article, &shelf));
        findings.extend(lost_original(article, &shelf));
        findings.extend(due_review(article, today));
        findings.extend(
            article
                .links
                .iter()
                .filter_map(|link| broken_link(article, link, &shelf, exists)),
        );
    }
    findings.extend(missing_translations(&shelf));
    findings.sort();
    findings
}

/// The articles by id and by path.
struct Shelf<'a> {
    /// The first path in byte order is the article of an id.
    by_id: BTreeMap<&'a str, &'a Article>,
    by_path: HashMap<&'a str, &'a Article>,
}

impl<'a> Shelf<'a> {
    fn of(articles: &'a [Arc<Article>]) -> Self {
        let mut by_id: BTreeMap<&str, &Article> = BTreeMap::new();
        for article in articles {
            let first = by_id.entry(&article.id).or_insert(article);
            if article.path.as_bytes() < first.path.as_bytes() {
                *first = article;
            }
        }
        Self {
            by_id,
            by_path: articles
                .iter()
                .map(|article| (article.path.as_str(), article.as_ref()))
                .collect(),
        }
    }

    /// The article that a translation begins with.
    fn original(&self, article: &'a Article) -> &'a Article {
        let mut original = article;
        for _ in 0..8 {
            match original
                .translation_of
                .as_deref()
                .and_then(|id| self.by_id.get(id))
            {
                Some(next) if next.id != article.id => original = next,
                _ => break,
            }
        }
        original
    }
}

fn double_id(article: &Article, shelf: &Shelf<'_>) -> Option<Diagnostic> {
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
        key_place(article, "id"),
        ("duplicate-id", Severity::Error),
        message,
        help,
    ))
}

fn lost_original(article: &Article, shelf: &Shelf<'_>) -> Option<Diagnostic> {
    let id = article.translation_of.as_deref()?;
    let place = key_place(article, "translation_of");
    let rule = ("unknown-translation", Severity::Warning);
    if id == article.id {
        return Some(finding(
            &article.path,
            place,
            rule,
            "the article translates itself",
            "name the article it was translated from",
        ));
    }
    if shelf.by_id.contains_key(id) {
        return None;
    }
    let message = format!("there is no article `{id}`");
    Some(finding(
        &article.path,
        place,
        rule,
        message,
        "name the id of the article it was translated from",
    ))
}

fn due_review(article: &Article, today: NaiveDate) -> Option<Diagnostic> {
    if article.status != Status::Published || !article.review_overdue(today) {
        return None;
    }
    let message = format!("a review is due: the last one was on {}", article.reviewed?);
    let help = "check that the article still holds and set `reviewed` to that day";
    Some(finding(
        &article.path,
        key_place(article, "reviewed"),
        ("review-overdue", Severity::Info),
        message,
        help,
    ))
}

fn broken_link(
    article: &Article,
    link: &Link,
    shelf: &Shelf<'_>,
    exists: &dyn Fn(&str) -> bool,
) -> Option<Diagnostic> {
    let (target, fragment, missing) = match resolve(&article.path, &link.target) {
        Target::Elsewhere => return None,
        Target::Outside => (
            None,
            String::new(),
            "it leads out of the content folder".to_owned(),
        ),
        Target::Here { fragment } => (Some(article), fragment, String::new()),
        Target::Article { id, fragment } => (
            shelf.by_id.get(id.as_str()).copied(),
            fragment,
            format!("there is no article `{id}`"),
        ),
        Target::File { path, fragment } => match shelf.by_path.get(path.as_str()) {
            Some(found) => (Some(*found), fragment, String::new()),
            None if exists(&path) => return None,
            None => (None, fragment, format!("there is no file {path}")),
        },
    };
    let (message, help) = match target {
        Some(target) if fragment.is_empty() || has_anchor(target, &fragment) => return None,
        Some(target) => (
            format!("{} has no heading #{fragment}", target.path),
            known_anchors(target),
        ),
        None => (missing, moved(link, shelf)),
    };
    let place = Place {
        line: link.line,
        column: link.column,
    };
    Some(finding(
        &article.path,
        place,
        ("broken-link", Severity::Warning),
        format!("the link leads nowhere: {message}"),
        help,
    ))
}

fn has_anchor(article: &Article, fragment: &str) -> bool {
    let named = |attribute: &str| {
        article
            .source
            .contains(&format!("{attribute}=\"{fragment}\""))
    };
    article
        .sections
        .iter()
        .any(|section| section.anchor == fragment)
        || named("id")
        || named("name")
}

fn known_anchors(article: &Article) -> String {
    let anchors: Vec<String> = article
        .sections
        .iter()
        .filter(|section| !section.anchor.is_empty())
        .take(12)
        .map(|section| format!("#{}", section.anchor))
        .collect();
    if anchors.is_empty() {
        "link to the file without #".to_owned()
    } else {
        format!("its headings are {}", anchors.join(" "))
    }
}

/// Advice for a link to a missing file: where a file of that name is.
fn moved(link: &Link, shelf: &Shelf<'_>) -> String {
    let name = link
        .target
        .split(['#', '?'])
        .next()
        .and_then(|path| path.rsplit('/').next())
        .unwrap_or_default();
    let found = shelf
        .by_path
        .keys()
        .filter(|path| path.rsplit('/').next() == Some(name))
        .min();
    found.map_or_else(
        || "correct the path, or remove the link".to_owned(),
        |path| format!("there is {path}"),
    )
}

/// Published originals that lack a language into which others are translated.
fn missing_translations(shelf: &Shelf<'_>) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for article in shelf
        .by_id
        .values()
        .filter(|article| article.status == Status::Published)
    {
        groups
            .entry(shelf.original(article).id.as_str())
            .or_default()
            .insert(primary(&article.lang));
    }
    let wanted: BTreeSet<String> = groups
        .values()
        .filter(|langs| langs.len() > 1)
        .flatten()
        .cloned()
        .collect();
    let mut findings = Vec::new();
    for (id, langs) in &groups {
        let missing: Vec<&str> = wanted.difference(langs).map(String::as_str).collect();
        let Some(original) = shelf.by_id.get(id).filter(|_| !missing.is_empty()) else {
            continue;
        };
        let message = format!("there is no translation into {}", missing.join(", "));
        let help = format!("add an article with `translation_of: {id}`");
        let rule = ("missing-translation", Severity::Info);
        findings.push(finding(
            &original.path,
            key_place(original, "lang"),
            rule,
            message,
            help,
        ));
    }
    findings
}

/// Where a key of the front matter stands; the top of the file where it is not given.
fn key_place(article: &Article, key: &str) -> Place {
    let front_matter = article.source.get(..article.body_at).unwrap_or_default();
    let line = front_matter.lines().position(|line| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
    });
    line.and_then(|line| u32::try_from(line + 1).ok())
        .map_or(Place::TOP, |line| Place { line, column: 1 })
}

#[cfg(test)]
mod tests;
