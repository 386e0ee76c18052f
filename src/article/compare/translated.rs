//! Conflicts between an article and its translation: if a section contains a single amount of a kind, its translation
//! must contain the same.

use std::collections::{BTreeMap, HashMap};

use super::{super::Diagnostic, Compared, amounts::Amount, conflicts::ArticleStatement};

/// Kinds that are written alike in every language; times of day and dates have too many forms.
const KINDS: &[&str] = &[
    "eur",
    "usd",
    "gbp",
    "chf",
    "percent",
    "seconds",
    "working days",
    "months",
    "mb",
    "mbit",
];

/// Every translation that differs from its original, told to both sides.
pub(super) fn find(compared: &[Compared<'_>]) -> Vec<Diagnostic> {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for (at, one) in compared.iter().enumerate() {
        by_id.entry(&one.article.id).or_insert(at);
    }
    let mut findings = Vec::new();
    for (at, one) in compared.iter().enumerate() {
        let original = one.article.translation_of.as_deref();
        let Some(&of) = original
            .and_then(|id| by_id.get(id))
            .filter(|of| **of != at)
        else {
            continue;
        };
        // Sections can be laid side by side only where there are as many.
        if one.article.sections.len() != compared[of].article.sections.len() {
            continue;
        }
        let (own, its) = (only(at, one), only(of, &compared[of]));
        for (place, (said, amount)) in &own {
            if let Some((other, their)) = its.get(place)
                && amount.value != their.value
            {
                findings.push(said.finding(&amount.written, other, &their.written));
                findings.push(other.finding(&their.written, said, &amount.written));
            }
        }
    }
    findings
}

type Only<'a> = BTreeMap<(usize, &'static str), (ArticleStatement<'a>, &'a Amount)>;

/// Sections and kinds with one value alone.
fn only<'a>(at: usize, one: &'a Compared<'_>) -> Only<'a> {
    let mut found: Only<'a> = BTreeMap::new();
    let mut several = std::collections::BTreeSet::new();
    for statement in &one.prepared.statements {
        for amount in &statement.amounts {
            let Some(kind) = KINDS.iter().find(|kind| **kind == amount.kind) else {
                continue;
            };
            let place = (statement.section, *kind);
            let said = ArticleStatement {
                at,
                article: one.article,
                statement,
            };
            let (_, known) = found.entry(place).or_insert((said, amount));
            if known.value != amount.value {
                several.insert(place);
            }
        }
    }
    found.retain(|place, _| !several.contains(place));
    found
}
