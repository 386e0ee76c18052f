//! The order of articles: its evidence, later adjustments, and the confidence of each hit. Pure.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, LazyLock},
};

use chrono::NaiveDate;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    browse,
    confidence::{self, Features},
    cross_script,
    fuse::{self, FusedArticle, Scale},
    query::QueryTerm,
    rerank,
    types::{Boost, Mode},
};
use crate::{
    article::Article,
    index::{Catalog, Generation, unit::UnitKind, vocabulary::Vocabulary},
    text::{WordKind, compared, is_cjk, words},
};

/// What a hit whose review is overdue keeps of its score.
const OVERDUE_FACTOR: f64 = 0.95;

/// By how much an article whose title is asked for stands before the best other: as a hit that is right usually does.
const TITLE_LEAD: f64 = 0.15;

/// Places in the words' order in which it is looked for: who has the question in the title stands there.
const TITLE_RANK: usize = 10;

/// What stands around a title that is asked for, and says no more. More, even a "not" or "how", may ask for another article.
const AROUND: &str = "what whats is are about the a an please tell me more information info on explain how much \
    请问 请 我 想 想要 要 了解 知道 一下 什么 什么是 是 是什么 多少 多少钱 关于 的 呢 有 有哪些 哪些";

static AROUND_SET: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = words(AROUND).into_iter();
    words.map(|word| word.term).collect()
});

/// What a ranking was made of, for whoever shows or judges it.
pub struct Ranking {
    /// The generation that was asked.
    pub generation: Arc<Generation>,
    /// Best first.
    pub found: Vec<FusedArticle>,
    /// The query's own scale.
    pub scale: Scale,
    /// The words that were looked for.
    pub terms: Vec<QueryTerm>,
    /// How many words were said.
    pub said: usize,
    /// Share of the cross-encoder in what is said of a hit that it read, 0–1.
    pub(super) second_share: f64,
    /// What moved articles, by article.
    pub(super) boosts: HashMap<u32, Vec<Boost>>,
    /// Weighted idf of each word.
    pub(super) worth: Vec<f64>,
    /// Whether an engine gave as much as it was asked for, and may have more.
    pub(super) is_cut: bool,
}

impl Ranking {
    /// Takes out of a deeper search what is here already, or, where it `is_grouped`, has its translation here.
    pub(super) fn pass_over(&self, deeper: &mut Self, is_grouped: bool) {
        let catalog = &self.generation.catalog;
        let name = |one: &FusedArticle| match is_grouped {
            true => catalog.group(one.article),
            false => one.article,
        };
        let known: FxHashSet<u32> = self.found.iter().map(name).collect();
        deeper.found.retain(|one| !known.contains(&name(one)));
    }

    /// Adds what a deeper search found besides, behind what is here: so that every page is of one order.
    pub(super) fn extend(&mut self, deeper: Self) {
        let least = self.found.last().map_or(f64::MAX, |last| last.score);
        self.found
            .extend(deeper.found.into_iter().map(|one| FusedArticle {
                score: one.score.min(least),
                ..one
            }));
        self.boosts.extend(deeper.boosts);
        self.is_cut = deeper.is_cut;
    }

    /// What moved an article.
    pub(super) fn boosts(&self, article: u32) -> &[Boost] {
        self.boosts.get(&article).map_or(&[], Vec::as_slice)
    }

    /// Notes what moved articles.
    fn note(&mut self, moved: impl IntoIterator<Item = (u32, Boost)>) {
        for (article, boost) in moved {
            self.boosts.entry(article).or_default().push(boost);
        }
    }

    /// Orders the hits with what the cross-encoder says of the first of them beside what is known.
    pub(super) fn blend(&mut self, logits: &[f32], share: f64) {
        self.second_share = share;
        let moved = rerank::blend(&mut self.found, logits, share);
        self.note(moved);
    }

    /// Confidence of one hit with what it is made of.
    #[must_use]
    pub fn judge(&self, evidence: &FusedArticle) -> (f64, Features) {
        let best_other = self
            .found
            .iter()
            .find(|other| other.article != evidence.article)
            .map_or(0.0, |other| other.score);
        let coverage = self.coverage(evidence);
        let features = Features::of(evidence, &self.scale, coverage, best_other, self.said);
        let known = confidence::confidence(&features);
        let says = evidence.logit;
        let chance = says.map_or(known, |logit| {
            confidence::pooled(known, logit, self.second_share)
        });
        (chance, features)
    }

    /// Puts the article first whose title is all that is asked for.
    pub(super) fn prefer_titled(&mut self, asked: &str) {
        let asked = compared(asked);
        let catalog = &self.generation.catalog;
        let is_titled = |evidence: &FusedArticle| {
            let title = &catalog.articles[evidence.article as usize].title;
            let stands_high = evidence.keyword.is_some_and(|it| it.rank <= TITLE_RANK);
            stands_high && asks_for(&asked, &compared(title))
        };
        let Some(at) = self.found.iter().position(is_titled) else {
            return;
        };
        let others = self.found.iter().enumerate();
        let others = others.filter(|(other, _)| *other != at);
        let best = others.map(|(_, one)| one.score).fold(0.0, f64::max);
        let titled = &mut self.found[at];
        let by = best + TITLE_LEAD - titled.score;
        if by > 0.0 {
            titled.score += by;
            let name = "title".to_owned();
            let moved = (titled.article, Boost { name, by });
            self.note([moved]);
            fuse::sort(&mut self.found);
            to_scale(&mut self.found, &mut self.boosts);
        }
    }

    /// Gives the best in another script than the question's (`wide`) their places.
    pub(super) fn lift(&mut self, mode: Mode, wide: bool) {
        let Some(first) = self.found.first().filter(|_| mode == Mode::Hybrid) else {
            return;
        };
        let (chance, _) = self.judge(first);
        let catalog = &self.generation.catalog;
        let other_script = |article: u32| catalog.is_cjk(article) != wide;
        let boost = |(article, by)| {
            let name = "other_script".to_owned();
            (article, Boost { name, by })
        };
        let lifted = cross_script::lift(&mut self.found, chance, other_script);
        self.note(lifted.into_iter().map(boost));
    }

    /// Lowers articles whose review is overdue, and moves those that earlier answers' readers speak for or against
    /// (`moves`, by article id).
    pub(super) fn adjust(&mut self, today: NaiveDate, moves: &HashMap<&str, f64>) {
        let catalog = &self.generation.catalog;
        let mut moved = Vec::new();
        for evidence in &mut self.found {
            let article = &catalog.articles[evidence.article as usize];
            let overdue = article.review_overdue(today);
            let lowered = overdue.then_some(evidence.score * (OVERDUE_FACTOR - 1.0));
            let by_readers = moves.get(article.id.as_str()).copied();
            for (name, by) in [("review_overdue", lowered), ("feedback", by_readers)] {
                let Some(by) = by.map(|by| by.max(-evidence.score)) else {
                    continue;
                };
                evidence.score += by;
                let name = name.to_owned();
                moved.push((evidence.article, Boost { name, by }));
            }
        }
        if !moved.is_empty() {
            self.note(moved);
            fuse::sort(&mut self.found);
            to_scale(&mut self.found, &mut self.boosts);
        }
    }

    /// Words of the query that the article's passage has, with its title and questions.
    #[must_use]
    pub fn matched(&self, evidence: &FusedArticle) -> Vec<String> {
        let words = self.words(evidence);
        let is_matched = |term: &&QueryTerm| {
            term.content && term.is_shown && term.share(|name| words.has(name)) > 0.0
        };
        let matched = self.terms.iter().filter(is_matched);
        matched.map(|term| term.term.clone()).collect()
    }

    /// Words of the passage that speaks for an article.
    pub(super) fn words(&self, evidence: &FusedArticle) -> &Vocabulary {
        let indexed = self.generation.catalog.indexed(evidence.article);
        indexed.vocabulary(evidence.passage)
    }

    /// What the model embeds for the passage that speaks for an article: title, headings, text.
    pub(super) fn text(&self, evidence: &FusedArticle) -> String {
        let indexed = self.generation.catalog.indexed(evidence.article);
        let text = indexed.embedded_text(UnitKind::Passage(evidence.passage));
        text.as_str().to_owned()
    }

    fn coverage(&self, evidence: &FusedArticle) -> f64 {
        let words = self.words(evidence);
        let ideal: f64 = self.worth.iter().sum();
        let shares = self.terms.iter().zip(&self.worth);
        let matched: f64 = shares
            .map(|(term, worth)| f64::from(term.share(|name| words.has(name))) * worth)
            .sum();
        if ideal > 0.0 { matched / ideal } else { 0.0 }
    }
}

/// Keeps one article per group of translations: of those that were found or may be (`admits`), that in the language nearest
/// to the preferred one.
pub(super) fn prefer(
    catalog: &Catalog,
    found: &mut Vec<FusedArticle>,
    lang: &str,
    admits: impl Fn(u32) -> bool,
) {
    let article = |at: u32| &catalog.articles[at as usize];
    let near = |at: u32| browse::nearness(&article(at).lang, lang);
    let mut best: FxHashMap<u32, usize> = FxHashMap::default();
    let mut kept: Vec<FusedArticle> = Vec::with_capacity(found.len());
    for evidence in found.drain(..) {
        match best.entry(catalog.group(evidence.article)) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(evidence);
            }
            Entry::Occupied(place) => {
                let kept = &mut kept[*place.get()];
                if near(evidence.article) > near(kept.article) {
                    let score = kept.score;
                    *kept = FusedArticle { score, ..evidence };
                }
            }
        }
    }
    for one in &mut kept {
        for at in catalog.translations(one.article) {
            if near(*at) > near(one.article) && admits(*at) {
                *one = translated(article(one.article), article(*at), *at, one);
            }
        }
    }
    *found = kept;
}

/// What speaks for an article (`from`) speaks for its translation `to` at `at`, which was not found itself.
fn translated(from: &Article, to: &Article, at: u32, evidence: &FusedArticle) -> FusedArticle {
    let is_alike = from.passages.len() == to.passages.len();
    FusedArticle {
        article: at,
        passage: if is_alike { evidence.passage } else { 0 },
        keyword: None,
        vector: None,
        ..evidence.clone()
    }
}

/// Whether a text names a title, both as [`compared`] has them, and says no more than that it is asked for.
fn asks_for(asked: &str, title: &str) -> bool {
    let is_mark = |c: char| !c.is_alphanumeric();
    let title = title.trim_matches(is_mark);
    let Some((before, after)) = asked.split_once(title).filter(|_| !title.is_empty()) else {
        return false;
    };
    let is_cut = |inside: Option<char>, outside: Option<char>| {
        let of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_cjk(c));
        of_word(inside) && of_word(outside)
    };
    if is_cut(title.chars().next(), before.chars().next_back())
        || is_cut(title.chars().next_back(), after.chars().next())
    {
        return false;
    }
    let around = [before, after].map(words);
    let mut around = around.iter().flatten();
    around.all(|word| word.kind == WordKind::Bigram || AROUND_SET.contains(&word.term))
}

/// Brings scores back to 0–1 where the best was moved beyond.
fn to_scale(found: &mut [FusedArticle], boosts: &mut HashMap<u32, Vec<Boost>>) {
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

    #[test]
    fn a_title_is_asked_for_by_its_name_and_no_more() {
        let check = |asked: &str, title: &str, expected: bool| {
            assert_eq!(
                asks_for(&compared(asked), &compared(title)),
                expected,
                "{asked:?} {title:?}"
            );
        };
        check("early termination fee", "Early termination fee", true);
        check(
            "What is the early termination fee?",
            "Early termination fee",
            true,
        );
        check("提前解约费是多少？", "提前解约费", true);
        check("请问提前解约费", "提前解约费", true);
        check("I cannot verify my identity", "Verify my identity", false);
        check("where is my order now", "Order", false);
        check("preorders", "Order", false);
        check("提前解约费能免吗", "提前解约费", false);
        check("请问SIM卡补办", "SIM 卡补办", true);
        check("eSIM卡补办", "SIM 卡补办", false);
        check("anything", "", false);
    }

    #[test]
    fn of_translations_the_one_nearest_to_the_preferred_language_is_kept() {
        let of = |id: &str, lang: &str| Article {
            lang: lang.into(),
            translation_of: (id != "a").then(|| "a".into()),
            ..shelf::article(id, &[])
        };
        let catalog = shelf::catalog(vec![of("a", "en"), of("b", "zh"), of("c", "zh-Hant")]);
        let check = |lang: &str, expected: u32| {
            let evidence = |article| FusedArticle {
                article,
                passage: 0,
                keyword: None,
                vector: None,
                similarity: None,
                score: 1.0 - f64::from(article) / 10.0,
                logit: None,
            };
            let mut found: Vec<FusedArticle> = (0..3).map(evidence).collect();
            prefer(&catalog, &mut found, lang, |_| true);
            assert_eq!((found.len(), found[0].article), (1, expected), "{lang}");
        };
        check("en-US", 0);
        check("zh-CN", 1);
        check("zh-Hant", 2);
    }
}
