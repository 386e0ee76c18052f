//! An order of articles: what it was made of, what moves it afterwards, and how far each hit can be trusted.
//! Pure.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{
    across, browse,
    confidence::{self, Features},
    fuse::{self, Evidence, Scale},
    query::QueryTerm,
    types::{Boost, Mode},
};
use crate::index::{Catalog, Generation, vocabulary::Vocabulary};

/// What a hit whose review is overdue keeps of its score.
const OVERDUE_FACTOR: f64 = 0.95;

/// What a ranking was made of, for whoever shows or judges it.
pub struct Ranking {
    /// The generation that was asked.
    pub generation: Arc<Generation>,
    /// Best first.
    pub found: Vec<Evidence>,
    /// The query's own scale.
    pub scale: Scale,
    /// The words that were looked for.
    pub terms: Vec<QueryTerm>,
    /// How many words were said.
    pub said: usize,
    /// Weighted idf of each word.
    pub(super) worth: Vec<f64>,
    /// Whether an engine gave as much as it was asked for, and may have more.
    pub(super) is_cut: bool,
}

impl Ranking {
    /// Adds what a deeper search found besides, behind what is here: so that every page is of one order.
    pub(super) fn extend(&mut self, deeper: Self) {
        let known: HashSet<u32> = self.found.iter().map(|one| one.article).collect();
        let least = self.found.last().map_or(f64::MAX, |last| last.score);
        let others = deeper.found.into_iter();
        let others = others.filter(|one| !known.contains(&one.article));
        self.found.extend(others.map(|one| Evidence {
            score: one.score.min(least),
            ..one
        }));
        self.is_cut = deeper.is_cut;
    }

    /// Confidence of one hit with what it is made of.
    #[must_use]
    pub fn judge(&self, evidence: &Evidence) -> (f64, Features) {
        let best_other = self
            .found
            .iter()
            .find(|other| other.article != evidence.article)
            .map_or(0.0, |other| other.score);
        let coverage = self.coverage(evidence);
        let features = Features::of(evidence, &self.scale, coverage, best_other, self.said);
        (confidence::confidence(&features), features)
    }

    /// Gives the best in another script than the question's (`wide`) their places; what was moved, with how far.
    pub(super) fn lift(&mut self, mode: Mode, wide: bool) -> Vec<(u32, Boost)> {
        let Some(first) = self.found.first().filter(|_| mode == Mode::Hybrid) else {
            return Vec::new();
        };
        let (chance, _) = self.judge(first);
        let catalog = &self.generation.catalog;
        let other_script = |article: u32| catalog.is_wide(article) != wide;
        let boost = |(article, by)| {
            let name = "other_script".to_owned();
            (article, Boost { name, by })
        };
        let lifted = across::lift(&mut self.found, chance, other_script);
        lifted.into_iter().map(boost).collect()
    }

    /// Words of the query that the article's passage has, with its title and questions.
    #[must_use]
    pub fn matched(&self, evidence: &Evidence) -> Vec<String> {
        let words = self.words(evidence);
        let is_matched =
            |term: &&QueryTerm| term.content && term.share(|name| words.has(name)) > 0.0;
        let matched = self.terms.iter().filter(is_matched);
        matched.map(|term| term.term.clone()).collect()
    }

    /// Words of the passage that speaks for an article.
    pub(super) fn words(&self, evidence: &Evidence) -> &Vocabulary {
        let indexed = self.generation.catalog.indexed(evidence.article);
        indexed.vocabulary(evidence.passage)
    }

    fn coverage(&self, evidence: &Evidence) -> f64 {
        let words = self.words(evidence);
        let ideal: f64 = self.worth.iter().sum();
        let shares = self.terms.iter().zip(&self.worth);
        let matched: f64 = shares
            .map(|(term, worth)| f64::from(term.share(|name| words.has(name))) * worth)
            .sum();
        if ideal > 0.0 { matched / ideal } else { 0.0 }
    }
}

/// Puts articles of a language before their translations, one per group.
pub(super) fn prefer(catalog: &Catalog, found: &mut Vec<Evidence>, lang: Option<&str>) {
    let Some(lang) = lang else { return };
    let article = |at: u32| &catalog.articles[at as usize];
    let group = |at: u32| {
        article(at)
            .translation_of
            .as_deref()
            .unwrap_or(&article(at).id)
            .to_owned()
    };
    let mut best: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Evidence> = Vec::with_capacity(found.len());
    for evidence in found.drain(..) {
        match best.get(&group(evidence.article)) {
            None => {
                best.insert(group(evidence.article), kept.len());
                kept.push(evidence);
            }
            Some(at) => {
                let near = |at: u32| browse::nearness(&article(at).lang, lang);
                if near(evidence.article) > near(kept[*at].article) {
                    let score = kept[*at].score;
                    kept[*at] = Evidence { score, ..evidence };
                }
            }
        }
    }
    *found = kept;
}

/// Lowers articles whose review is overdue, and moves those that earlier answers' readers speak for or against
/// (`moves`, by article id); what moved, by article.
pub(super) fn adjust(
    catalog: &Catalog,
    found: &mut [Evidence],
    today: NaiveDate,
    moves: &HashMap<&str, f64>,
) -> HashMap<u32, Vec<Boost>> {
    let mut boosts: HashMap<u32, Vec<Boost>> = HashMap::new();
    for evidence in found.iter_mut() {
        let article = &catalog.articles[evidence.article as usize];
        let overdue = article.review_overdue(today);
        let lowered = overdue.then_some(evidence.score * (OVERDUE_FACTOR - 1.0));
        let moved = moves.get(article.id.as_str()).copied();
        let named = [("review_overdue", lowered), ("feedback", moved)];
        for (name, by) in named {
            let Some(by) = by.map(|by| by.max(-evidence.score)) else {
                continue;
            };
            evidence.score += by;
            let name = name.to_owned();
            boosts
                .entry(evidence.article)
                .or_default()
                .push(Boost { name, by });
        }
    }
    if !boosts.is_empty() {
        fuse::sort(found);
        to_scale(found, &mut boosts);
    }
    boosts
}

/// Brings scores back to 0–1 where the best was moved beyond.
fn to_scale(found: &mut [Evidence], boosts: &mut HashMap<u32, Vec<Boost>>) {
    let best = found.first().map_or(0.0, |evidence| evidence.score);
    if best > 1.0 {
        found.iter_mut().for_each(|evidence| evidence.score /= best);
        let all = boosts.values_mut().flatten();
        all.for_each(|boost| boost.by /= best);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::browse::shelf, *};
    use crate::article::Article;

    #[test]
    fn of_translations_the_one_nearest_to_the_preferred_language_is_kept() {
        let of = |id: &str, lang: &str| Article {
            lang: lang.into(),
            translation_of: (id != "a").then(|| "a".into()),
            ..shelf::article(id, &[])
        };
        let catalog = shelf::catalog(vec![of("a", "en"), of("b", "zh"), of("c", "zh-Hant")]);
        let check = |lang: &str, expected: u32| {
            let evidence = |article| Evidence {
                article,
                passage: 0,
                keyword: None,
                vector: None,
                cosine: None,
                score: 1.0 - f64::from(article) / 10.0,
            };
            let mut found: Vec<Evidence> = (0..3).map(evidence).collect();
            prefer(&catalog, &mut found, Some(lang));
            assert_eq!((found.len(), found[0].article), (1, expected), "{lang}");
        };
        check("en-US", 0);
        check("zh-CN", 1);
        check("zh-Hant", 2);
    }
}
