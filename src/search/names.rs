//! Names of articles, to be recognised in speech. Pure.
//!
//! Owns titles by their words. Leaves topics and products to `labels`, and the weight of a mentioned name to `posterior`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use serde_json::{Map, Value};

use super::labels::{Fitting, Labels, label, sorted};
use crate::{
    article::{Article, Passage},
    index::Catalog,
    text::{Language, Word, WordKind, edits, is_function_word, may_be_misspelt, words, words_once},
};

/// Passages that say their article's title, from which on it is the name of a thing and not a heading.
const SAYS_NAME: (usize, f64) = (2, 0.15);

/// Share of such articles that makes a directory of things.
const DIRECTORY: f64 = 0.5;

/// Said around a name by who asks for the thing itself; as [`words`] spells them when cut from this list.
const LOOKUP: &str = "information info detail details help assist find finding locate look looking search searching trying try want need \
    called named name place somewhere heard hear familiar know think thought friend recommended recommend recommendation told tell give \
    get particular still around exist open forever more 信息 资料 介绍 查 查询 找 帮 帮忙 看看 叫 听说 推荐 地方 名字";

static LOOKUP_SET: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = words(LOOKUP).into_iter();
    words.map(|word| word.term).collect()
});

/// Names and labels of one generation.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Word → articles with it in their title, and its share of the title's weight.
    titles: BTreeMap<String, Vec<(u32, f64)>>,
    /// Two words of a title as they are when written as one.
    compounds: HashMap<String, [String; 2]>,
    labels: Labels,
    /// Articles about one named thing.
    namesakes: HashSet<u32>,
    count: usize,
    /// What each article says, by its id.
    read: HashMap<String, (Arc<Article>, Arc<Read>)>,
}

/// How fresh what was said is, 0–1.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// Each word.
    pub(super) words: HashMap<String, f64>,
    /// Two neighbours as they are when written as one.
    pub(super) joined: HashMap<String, f64>,
}

/// Share of a title that was mentioned, 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct TitleMatch {
    /// In the whole conversation.
    pub(super) ever: f64,
    /// The same, each word by how fresh it is.
    pub(super) fresh: f64,
}

impl Names {
    /// Reads the names of a catalog; of articles that are the same as before only what depends on all. `idf` tells
    /// how rare a word is.
    #[must_use]
    pub(super) fn of(catalog: &Catalog, before: Option<&Self>, idf: impl Fn(&str) -> f64) -> Self {
        let mut names = Self::default();
        let mut known: HashMap<String, f64> = HashMap::new();
        let mut labels: HashMap<Vec<String>, Vec<u32>> = HashMap::new();
        for (at, article) in (0_u32..).zip(&catalog.articles) {
            let same = before
                .and_then(|before| before.read.get(&article.id))
                .filter(|(other, _)| Arc::ptr_eq(other, article));
            let read =
                same.map_or_else(|| Arc::new(Read::of(article)), |(_, read)| Arc::clone(read));
            names.add_title(at, &read.title, &idf, &mut known);
            let compounds = read.compounds.iter();
            names
                .compounds
                .extend(compounds.map(|two| (two.concat(), two.clone())));
            if read.is_namesake {
                names.namesakes.insert(at);
            }
            for label in &read.labels {
                let carriers = labels.entry(label.clone()).or_default();
                if carriers.last() != Some(&at) {
                    carriers.push(at);
                }
            }
            names
                .read
                .insert(article.id.clone(), (Arc::clone(article), read));
        }
        for (label, carriers) in labels {
            names.labels.add(label, carriers);
        }
        names
    }

    fn add_title(
        &mut self,
        article: u32,
        terms: &[String],
        idf: &impl Fn(&str) -> f64,
        known: &mut HashMap<String, f64>,
    ) {
        self.count += 1;
        let mut weights = Vec::with_capacity(terms.len());
        for term in terms {
            weights.push(*known.entry(term.clone()).or_insert_with(|| idf(term)));
        }
        let whole = weights.iter().sum::<f64>().max(f64::EPSILON);
        for (term, weight) in terms.iter().zip(weights) {
            let carriers = self.titles.entry(term.clone()).or_default();
            carriers.push((article, weight / whole));
        }
    }

    /// Whether an article is about one named thing, whose name its passages say again and again.
    pub(super) fn is_namesake(&self, article: u32) -> bool {
        self.namesakes.contains(&article)
    }

    /// Whether most articles are about named things: a directory, in which things are looked up.
    pub(super) fn is_directory(&self) -> bool {
        self.namesakes.len() as f64 > DIRECTORY * self.count as f64
    }

    /// Whether what was said asks for the thing that an article is about, and nothing about it: "do you know a place called
    /// Ashley Hotel".
    pub(super) fn is_looked_up(&self, article: &Article, said: &[Word]) -> bool {
        let title = title(&article.title, None);
        let is_title = |word: &String| title.binary_search(word).is_ok();
        let is_name = |word: &String| {
            let two = self.compounds.get(word);
            is_title(word) || two.is_some_and(|two| two.iter().all(is_title))
        };
        said.iter().all(|Word { term, kind, .. }| {
            *kind == WordKind::Bigram
                || is_function_word(term)
                || LOOKUP_SET.contains(term)
                || self.labels.have(term)
                || is_name(term)
        })
    }

    /// How much of each article's title was heard; `sees` tells whether there is an article for the caller, `is_known`
    /// whether one of those has a word.
    #[must_use]
    pub(super) fn heard<'a>(
        &'a self,
        said: &Fresh,
        sees: impl Fn(u32) -> bool,
        is_known: impl Fn(&str) -> bool,
    ) -> HashMap<u32, TitleMatch> {
        let is_seen = |carriers: &[(u32, f64)]| carriers.iter().any(|(article, _)| sees(*article));
        let mut meant: HashMap<&str, f64> = HashMap::new();
        let mut note = |words: [Option<&'a str>; 2], freshness: f64| {
            for word in words.into_iter().flatten() {
                let known = meant.entry(word).or_default();
                *known = known.max(freshness);
            }
        };
        for (word, freshness) in &said.joined {
            note(self.meant(word, is_seen), *freshness);
        }
        for (word, freshness) in &said.words {
            let meant = match self.meant(word, is_seen) {
                // What cannot be misspelt is not looked up.
                [None, _] if may_be_misspelt(word) && !is_known(word) => {
                    [self.misspelt(word, is_seen), None]
                }
                meant => meant,
            };
            note(meant, *freshness);
        }
        let mut heard: HashMap<u32, TitleMatch> = HashMap::new();
        for (word, freshness) in meant {
            for (article, share) in &self.titles[word] {
                let heard = heard.entry(*article).or_default();
                heard.ever += share;
                heard.fresh += share * freshness;
            }
        }
        heard
    }

    /// Words of titles that a word is: itself, or the two that it is made of.
    fn meant(&self, word: &str, is_seen: impl Fn(&[(u32, f64)]) -> bool) -> [Option<&str>; 2] {
        let title = self.titles.get_key_value(word);
        if let Some((word, _)) = title.filter(|(_, carriers)| is_seen(carriers)) {
            return [Some(word), None];
        }
        match self.compounds.get(word) {
            Some([first, second]) => [Some(first), Some(second)],
            None => [None, None],
        }
    }

    /// The word of a title that another may be a misspelling of.
    fn misspelt(&self, word: &str, is_seen: impl Fn(&[(u32, f64)]) -> bool) -> Option<&str> {
        let first = word.get(..1).filter(|_| may_be_misspelt(word))?;
        let alike = self
            .titles
            .range(first.to_owned()..)
            .take_while(|(title, _)| title.starts_with(first))
            .filter_map(|(title, carriers)| Some((edits(word, title)?, &**title, carriers)))
            .filter(|(.., carriers)| is_seen(carriers));
        alike
            .min_by_key(|(edits, title, _)| (*edits, *title))
            .map(|(_, title, _)| title)
    }

    /// Articles with a topic or product that an account names.
    #[must_use]
    pub(super) fn fitting(&self, account: &Map<String, Value>) -> Fitting {
        self.labels.fitting(account, self.count)
    }
}

/// What an article says of its names.
#[derive(Debug)]
struct Read {
    /// Sorted words of its title.
    title: Vec<String>,
    /// Each two neighbours among them that are written in letters of an alphabet.
    compounds: Vec<[String; 2]>,
    labels: Vec<Vec<String>>,
    is_namesake: bool,
}

impl Read {
    fn of(article: &Article) -> Self {
        let labels = article.tags.iter().chain(&article.products);
        let language = Language::of(&article.lang);
        Self {
            title: title(&article.title, language),
            compounds: compounds(&article.title, language),
            labels: labels
                .map(|text| label(text))
                .filter(|label| !label.is_empty())
                .collect(),
            is_namesake: is_namesake(article),
        }
    }
}

fn is_namesake(article: &Article) -> bool {
    let title = article.title.to_lowercase();
    if title.is_empty() {
        return false;
    }
    let says = |passage: &&Passage| passage.text.to_lowercase().contains(&title);
    let count = article.passages.iter().filter(says).count();
    let (least, share) = SAYS_NAME;
    count >= least && count as f64 > share * article.passages.len() as f64
}

/// Neighbours that may be written as one word: of letters of an alphabet.
pub(super) fn neighbours(words: &[Word]) -> impl Iterator<Item = [&Word; 2]> {
    let pairs = words.windows(2).map(|two| [&two[0], &two[1]]);
    pairs.filter(|two| two.iter().all(|word| word.kind == WordKind::Latin))
}

/// Neighbours of a title.
fn compounds(title: &str, language: Option<&Language>) -> Vec<[String; 2]> {
    neighbours(&words_once(title, language))
        .map(|two| two.map(|word| word.term.clone()))
        .collect()
}

/// Sorted words of a title.
fn title(text: &str, language: Option<&Language>) -> Vec<String> {
    let words = words_once(text, language).into_iter();
    sorted(words.map(|word| word.term))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn names(titles: &[&str], labels: &[&str]) -> Names {
        let mut names = Names::default();
        for (at, text) in (0_u32..).zip(titles) {
            names.add_title(at, &title(text, None), &|_: &str| 1.0, &mut HashMap::new());
            let compounds = compounds(text, None).into_iter();
            names
                .compounds
                .extend(compounds.map(|two| (two.concat(), two)));
        }
        for (at, text) in (0_u32..).zip(labels) {
            names.labels.add(label(text), vec![at]);
        }
        names
    }

    fn heard(names: &Names, text: &str) -> Vec<(u32, f64)> {
        heard_by(names, text, |_| true)
    }

    fn heard_by(names: &Names, text: &str, sees: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        let said = words(text).into_iter().map(|word| (word.term, 1.0));
        let said = Fresh {
            words: said.collect(),
            ..Fresh::default()
        };
        let heard = names.heard(&said, sees, |word| word == "hotel").into_iter();
        let mut heard: Vec<_> = heard.map(|(at, heard)| (at, heard.ever)).collect();
        heard.sort_by_key(|(article, _)| *article);
        heard
    }

    #[test]
    fn a_name_is_heard_as_far_as_its_words_are() {
        let names = names(&["Ashley Hotel", "Lovell Lodge", "退订套餐"], &[]);
        assert_eq!(heard(&names, "the ashley hotel please"), [(0, 1.0)]);
        assert_eq!(
            heard(&names, "a lodge or a hotel"),
            [(0, 0.5), (1, 0.5)],
            "half a name"
        );
        let chinese = heard(&names, "我要退订套餐");
        assert!((chinese[0].1 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_name_is_heard_as_one_word_or_two_and_misspelt() {
        let names = names(&["Acorn Guest House", "Avalon"], &[]);
        assert_eq!(heard(&names, "the acorn guesthouse"), [(0, 1.0)]);
        assert_eq!(heard(&names, "the avolon would do"), [(1, 1.0)]);
        assert_eq!(heard(&names, "a hotel"), [], "a word that articles have");
        assert_eq!(heard(&names, "aval"), [], "too far");
    }

    #[test]
    fn only_words_that_may_be_misspelt_are_looked_up() {
        let names = names(&["Avalon"], &[]);
        let looked_up = RefCell::new(Vec::new());
        let words = ["avolon", "abc", "tv-11", "avalon", "酒店"];
        let said = Fresh {
            words: words.map(|word| (word.to_owned(), 1.0)).into(),
            ..Fresh::default()
        };
        let is_known = |word: &str| {
            looked_up.borrow_mut().push(word.to_owned());
            false
        };
        assert_eq!(names.heard(&said, |_| true, is_known).len(), 1);
        assert_eq!(looked_up.into_inner(), ["avolon"]);
    }

    #[test]
    fn a_title_that_there_is_not_for_the_caller_takes_no_name_from_another() {
        let names = names(&["Avalon", "Avilon"], &[]);
        for said in ["avalon", "avolon"] {
            let heard = heard_by(&names, said, |article| article == 1);
            assert_eq!(heard, [(1, 1.0)], "{said}");
        }
    }

    #[test]
    fn who_only_names_a_thing_looks_it_up() {
        let names = names(&["Acorn Guest House"], &["hotel"]);
        let article = Article {
            title: "Acorn Guest House".to_owned(),
            ..Article::default()
        };
        let looked_up = |text| names.is_looked_up(&article, &words(text));
        assert!(looked_up(
            "Can you help me find a hotel called the Acorn Guesthouse?"
        ));
        assert!(looked_up("Could you give me that information?"));
        assert!(!looked_up("Is the Acorn Guest House quiet?"));
        assert!(!looked_up("Is it quiet?"));
    }
}
