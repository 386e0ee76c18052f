//! Comparison of texts: near-duplicate articles, and statements that mean the same but give different numbers, dates or
//! amounts.
//!
//! Deterministic over words and amounts; a meaning model, if there is one, adds statements in other words. Leaves
//! findings that need no comparison of texts to `corpus_checks`.

mod amounts;
mod conflicts;
mod contrasts;
mod duplicates;
mod numerals;
mod statements;
mod translated;
mod units;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::NaiveDate;

use super::{Article, Diagnostic, Status, corpus_checks::ArticleLookup};
use duplicates::Shingles;
use statements::Statement;

/// How alike two texts are in meaning: a cosine; None where it cannot be told.
pub type Alike<'a> = &'a dyn Fn(&str, &str) -> Option<f64>;

/// Compares articles; remembers what it made of each, so that a change costs only what changed.
#[derive(Debug, Default)]
pub struct Comparison {
    known: HashMap<String, Arc<Prepared>>,
    stop: Arc<AtomicBool>,
}

/// What is compared of one article.
#[derive(Debug)]
struct Prepared {
    statements: Vec<Statement>,
    shingles: Shingles,
}

/// One article in a comparison.
struct Compared<'a> {
    article: &'a Article,
    /// The id of the article that its group of translations begins with.
    original: &'a str,
    prepared: Arc<Prepared>,
}

impl Comparison {
    /// One that ends soon after it is told to stop, with what it has by then.
    #[must_use]
    pub fn until(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            ..Self::default()
        }
    }

    /// Findings `near-duplicate` and `conflict` among the published articles that are in force on a day or will be, ordered
    /// by path and line. Of several files with one id the first counts.
    #[must_use]
    pub fn findings(
        &mut self,
        articles: &[Arc<Article>],
        today: NaiveDate,
        alike: Option<Alike<'_>>,
    ) -> Vec<Diagnostic> {
        let stop = Arc::clone(&self.stop);
        let goes_on = || !stop.load(Ordering::Relaxed);
        let shelf = ArticleLookup::of(articles);
        let mut compared: Vec<Compared<'_>> = articles
            .iter()
            .take_while(|_| goes_on())
            .filter(|article| {
                article.status == Status::Published && !article.effective.is_past(today)
            })
            .map(|article| Compared {
                article,
                original: &shelf.original(article).id,
                prepared: self.prepared(article),
            })
            .collect();
        compared.sort_by(|a, b| a.article.path.as_bytes().cmp(b.article.path.as_bytes()));
        let there: std::collections::HashSet<&str> = articles
            .iter()
            .map(|article| article.content_hash.as_str())
            .collect();
        self.known.retain(|hash, _| there.contains(hash.as_str()));
        let mut findings = duplicates::find(&compared, goes_on);
        findings.extend(conflicts::find(&compared, alike, goes_on));
        findings.extend(translated::find(&compared));
        findings.sort();
        findings.dedup();
        findings
    }

    fn prepared(&mut self, article: &Article) -> Arc<Prepared> {
        let make = || {
            Arc::new(Prepared {
                statements: statements::of(article),
                shingles: Shingles::of(article),
            })
        };
        Arc::clone(
            self.known
                .entry(article.content_hash.clone())
                .or_insert_with(make),
        )
    }
}

#[cfg(test)]
mod tests;
