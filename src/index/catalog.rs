//! The catalog: all articles of one generation, in memory, immutable. An engine's result counts only if the catalog knows
//! it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::{
    IndexInfo,
    groups::{Groups, original},
    unit::{Indexed, UnitKind},
};
use crate::{
    article::{Article, Audience},
    text::{Languages, composed, is_cjk_lang},
};

/// Where a unit of the index leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitRef {
    /// Index into the catalog's articles.
    pub article: u32,
    /// What of the article.
    pub kind: UnitKind,
}

/// Every article of one generation, ordered by path.
#[derive(Debug)]
pub struct Catalog {
    /// Ordered by path, bytewise.
    pub articles: Vec<Arc<Article>>,
    /// Which state this is.
    pub info: IndexInfo,
    indexed: Vec<Arc<Indexed>>,
    by_id: HashMap<String, u32>,
    /// Keys are hashes already.
    units: FxHashMap<u64, UnitRef>,
    langs: Vec<String>,
    tags: Vec<String>,
    languages: Languages,
    /// Of the articles in use.
    audiences: Vec<Vec<String>>,
    in_use: FixedBitSet,
    restricted: Vec<u32>,
    marks: Vec<Marks>,
    groups: Groups,
}

/// What a ranking asks of every candidate, side by side in memory.
#[derive(Debug, Clone, Copy)]
struct Marks {
    is_serial: bool,
    is_cjk: bool,
}

impl Catalog {
    /// Makes a generation of articles whose ids are unique.
    #[must_use]
    pub fn new(mut indexed: Vec<Arc<Indexed>>, info: IndexInfo) -> Self {
        indexed.sort_by(|a, b| a.article.path.as_bytes().cmp(b.article.path.as_bytes()));
        let articles: Vec<_> = indexed
            .iter()
            .map(|entry| Arc::clone(&entry.article))
            .collect();
        let mut by_id = HashMap::with_capacity(articles.len());
        let count = indexed.iter().map(|entry| entry.units.len()).sum();
        let mut units = FxHashMap::with_capacity_and_hasher(count, Default::default());
        for (article, entry) in (0_u32..).zip(&indexed) {
            by_id.insert(entry.article.id.clone(), article);
            units.extend(entry.units.iter().map(|unit| {
                (
                    unit.key,
                    UnitRef {
                        article,
                        kind: unit.kind,
                    },
                )
            }));
        }
        let mut series: FxHashMap<u64, u32> = FxHashMap::default();
        for entry in &indexed {
            *series.entry(entry.series).or_default() += 1;
        }
        let marks = indexed
            .iter()
            .map(|entry| Marks {
                is_serial: series[&entry.series] > 2,
                is_cjk: is_cjk_lang(&entry.article.lang),
            })
            .collect();
        let langs = each_once(articles.iter().map(|article| &article.lang));
        let tags = each_once(articles.iter().flat_map(|article| &article.tags));
        let published = || (0_u32..).zip(&articles).filter(|(_, a)| a.is_published());
        let mut in_use = FixedBitSet::with_capacity(articles.len());
        in_use.extend(published().map(|(at, _)| at as usize));
        let audiences = each_once(published().map(|(_, a)| &a.audience));
        let restricted = published()
            .filter(|(_, a)| a.when.is_some() || a.effective != Default::default())
            .map(|(at, _)| at)
            .collect();
        let get = |id: &str| {
            by_id
                .get(&*composed(id))
                .map(|at: &u32| &*articles[*at as usize])
        };
        let groups = Groups::among(&articles, get);
        Self {
            groups,
            articles,
            info,
            indexed,
            by_id,
            units,
            languages: Languages::of(&langs),
            langs,
            tags,
            audiences,
            in_use,
            restricted,
            marks,
        }
    }

    /// The article of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Article>> {
        self.position(id).map(|at| &self.articles[at as usize])
    }

    /// The article of that path.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Option<&Arc<Article>> {
        let at = self
            .articles
            .binary_search_by(|article| article.path.as_bytes().cmp(path.as_bytes()))
            .ok()?;
        Some(&self.articles[at])
    }

    /// Index of the article of that id.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<u32> {
        self.by_id.get(&*composed(id)).copied()
    }

    /// What the engines know about an article.
    #[must_use]
    pub fn indexed(&self, article: u32) -> &Arc<Indexed> {
        &self.indexed[article as usize]
    }

    /// All entries, in the order of the articles.
    #[must_use]
    pub fn entries(&self) -> &[Arc<Indexed>] {
        &self.indexed
    }

    /// Whether only a number tells an article's title from those of two others or more: it says nothing of its own.
    #[must_use]
    pub fn is_serial(&self, article: u32) -> bool {
        self.marks[article as usize].is_serial
    }

    /// Whether an article is written in Chinese, Japanese or Korean characters.
    #[must_use]
    pub fn is_cjk(&self, article: u32) -> bool {
        self.marks[article as usize].is_cjk
    }

    /// What an article shares with its translations: the first of them all.
    #[must_use]
    pub fn group(&self, article: u32) -> u32 {
        self.groups.first(article)
    }

    /// What an article shares with its translations from one generation to the next: the id of the article that they all
    /// translate, whether it is there or not; of those that translate each other in a circle the first id.
    #[must_use]
    pub fn original(&self, article: u32) -> &str {
        let article = &self.articles[article as usize];
        original(article, |id| self.get(id).map(|article| &**article))
    }

    /// The article with its translations, in their order; nothing for one that has none.
    #[must_use]
    pub fn translations(&self, article: u32) -> &[u32] {
        self.groups.members(article)
    }

    /// Last commit that touched the article's file, or its content's hash.
    #[must_use]
    pub fn revision(&self, article: u32) -> &str {
        &self.indexed[article as usize].revision
    }

    /// The same of an article; its content's hash where the catalog does not have it.
    #[must_use]
    pub fn revision_of<'a>(&'a self, article: &'a Article) -> &'a str {
        self.position(&article.id)
            .map_or(&article.content_hash, |at| self.revision(at))
    }

    /// Where a unit leads to; None for units of other generations.
    #[must_use]
    pub fn place(&self, key: u64) -> Option<UnitRef> {
        self.units.get(&key).copied()
    }

    /// Where the article of a unit stands among all; behind them where no article has the unit.
    #[must_use]
    pub fn order(&self, key: u64) -> u32 {
        self.place(key).map_or(u32::MAX, |place| place.article)
    }

    /// Number of units: passages and questions.
    #[must_use]
    pub fn unit_count(&self) -> usize {
        self.units.len()
    }

    /// Number of passages.
    #[must_use]
    pub fn passage_count(&self) -> usize {
        self.articles
            .iter()
            .map(|article| article.passages.len())
            .sum()
    }

    /// Every language tag in use, sorted.
    #[must_use]
    pub fn langs(&self) -> &[String] {
        &self.langs
    }

    /// Every topic in use, sorted.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The languages in use as far as words are inflected in them.
    #[must_use]
    pub fn languages(&self) -> &Languages {
        &self.languages
    }

    /// Whether somebody of that audience may see every article in use.
    #[must_use]
    pub fn is_open_to(&self, audience: &Audience) -> bool {
        self.audiences.iter().all(|one| audience.sees(one))
    }

    /// Articles in use, a bit for each: the others, drafts and archived ones, have no units, so no engine finds them.
    #[must_use]
    pub fn in_use(&self) -> &FixedBitSet {
        &self.in_use
    }

    /// Articles in use that are not always visible: with `when`, or with dates.
    #[must_use]
    pub fn restricted(&self) -> &[u32] {
        &self.restricted
    }
}

/// Each of some values once, sorted.
fn each_once<'a, T: Ord + Clone + 'a>(values: impl Iterator<Item = &'a T>) -> Vec<T> {
    let each: BTreeSet<&T> = values.collect();
    each.into_iter().cloned().collect()
}
