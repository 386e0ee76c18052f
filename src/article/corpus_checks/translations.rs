//! Translations: missing originals, missing languages, and translations older than their original.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    super::{Article, Diagnostic, Severity, Status, findings::finding},
    ArticleLookup, CheckContext,
    spot::Spots,
};
use crate::text::primary;

/// A translation of an article that is not there, or that translates it.
pub(super) fn lost_original<'a>(
    spots: &Spots<'a>,
    shelf: &ArticleLookup<'a>,
) -> Option<Diagnostic> {
    let article = spots.article;
    let id = article.translation_of.as_deref()?;
    let place = spots.key("translation_of");
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
    if shelf.is_in_circle(article) {
        return Some(finding(
            &article.path,
            place,
            ("circular-translation", Severity::Warning),
            format!("`{id}` is in turn a translation of this article: neither is the original"),
            "remove `translation_of` from the one that was written first",
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

/// A translation that is older than its original: by their commits, else by their reviews.
pub(super) fn stale(
    spots: &Spots<'_>,
    shelf: &ArticleLookup<'_>,
    around: &CheckContext<'_>,
) -> Option<Diagnostic> {
    let article = spots.article;
    let id = article.translation_of.as_deref()?;
    let original = shelf
        .by_id
        .get(id)
        .filter(|original| original.id != article.id)?;
    let times = (
        (around.changed)(&article.path),
        (around.changed)(&original.path),
    );
    let behind = match times {
        (Some(own), Some(its)) => own < its,
        _ => match (article.reviewed, original.reviewed) {
            (Some(own), Some(its)) => own < its,
            _ => false,
        },
    };
    if !behind || article.status != Status::Published {
        return None;
    }
    let message = format!(
        "the translation is older than its original {}",
        original.path
    );
    let help = "bring it up to the original, then set `reviewed` or commit it";
    Some(finding(
        &article.path,
        spots.key("translation_of"),
        ("stale-translation", Severity::Info),
        message,
        help,
    ))
}

/// Published originals that lack a language into which others are translated.
pub(super) fn missing(shelf: &ArticleLookup<'_>) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<&str, (&Article, BTreeSet<String>)> = BTreeMap::new();
    for article in published(shelf) {
        let original = shelf.original(article);
        let own = || BTreeSet::from([primary(&original.lang)]);
        let group = groups.entry(&original.id);
        let (_, langs) = group.or_insert_with(|| (original, own()));
        langs.insert(primary(&article.lang));
    }
    groups.retain(|_, (original, _)| original.status == Status::Published);
    let wanted: BTreeSet<String> = groups
        .values()
        .filter(|(_, langs)| langs.len() > 1)
        .flat_map(|(_, langs)| langs)
        .cloned()
        .collect();
    let mut findings = Vec::new();
    for (id, (original, langs)) in &groups {
        let missing: Vec<&str> = wanted.difference(langs).map(String::as_str).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!("there is no translation into {}", missing.join(", "));
        let help = format!("add an article with `translation_of: {id}`");
        let rule = ("missing-translation", Severity::Info);
        findings.push(finding(
            &original.path,
            Spots::of(original).key("lang"),
            rule,
            message,
            help,
        ));
    }
    findings
}

/// Translations into a language that the original or another translation has for the same readers: only one of them is
/// found.
pub(super) fn doubled(shelf: &ArticleLookup<'_>, today: NaiveDate) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Article>> = BTreeMap::new();
    for article in published(shelf).filter(|article| !article.effective.is_past(today)) {
        let original = shelf.original(article);
        let group = groups.entry((&original.id, &article.lang));
        group.or_default().push(article);
    }
    let mut findings = Vec::new();
    for ((original, lang), mut group) in groups {
        group.sort_by_key(|article| (article.id != original, article.path.as_bytes()));
        for (at, later) in group.iter().enumerate() {
            let Some(first) = group[..at].iter().find(|first| first.meets(later)) else {
                continue;
            };
            findings.push(finding(
                &later.path,
                Spots::of(later).key("translation_of"),
                ("duplicate-translation", Severity::Warning),
                format!("the same text is in {lang} already: {}", first.path),
                "correct `lang`, or remove `translation_of` or one of the two",
            ));
        }
    }
    findings
}

fn published<'a>(shelf: &ArticleLookup<'a>) -> impl Iterator<Item = &'a Article> {
    let articles = shelf.by_id.values().copied();
    articles.filter(|article| article.status == Status::Published)
}
