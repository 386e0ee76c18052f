//! Translations: lost originals, missing languages, and texts that their original has left behind.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Diagnostic, Severity, Status, findings::finding},
    Around, Shelf,
    spot::Spots,
};
use crate::text::primary;

/// A translation of an article that is not there.
pub(super) fn lost_original(spots: &Spots<'_>, shelf: &Shelf<'_>) -> Option<Diagnostic> {
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
    shelf: &Shelf<'_>,
    around: &Around<'_>,
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
pub(super) fn missing(shelf: &Shelf<'_>) -> Vec<Diagnostic> {
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
            Spots::of(original).key("lang"),
            rule,
            message,
            help,
        ));
    }
    findings
}
