//! Folders of articles: a conversation tends to stay in the folder of the articles whose cards are in play. Pure.

use rustc_hash::FxHashMap;

use crate::index::Catalog;

/// The folder of each article. The same folder in two languages counts as two: a folder of a whole language says nothing.
#[derive(Debug)]
pub(super) struct Folders {
    /// Index into `log_odds`, by article.
    of: Vec<usize>,
    /// ln(N / n) of each folder, which has n of the N articles in its language.
    log_odds: Vec<f64>,
}

impl Folders {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut places: FxHashMap<(&str, &str), usize> = FxHashMap::default();
        let mut of_lang: FxHashMap<&str, f64> = FxHashMap::default();
        let mut sizes: Vec<(&str, f64)> = Vec::new();
        let mut of = Vec::with_capacity(catalog.articles.len());
        for article in &catalog.articles {
            let lang = article.lang.as_str();
            let folder = article
                .path
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder);
            let place = *places.entry((lang, folder)).or_insert(sizes.len());
            if place == sizes.len() {
                sizes.push((lang, 0.0));
            }
            sizes[place].1 += 1.0;
            *of_lang.entry(lang).or_default() += 1.0;
            of.push(place);
        }
        let log_odds = sizes.iter().map(|(lang, size)| (of_lang[lang] / size).ln());
        Self {
            log_odds: log_odds.collect(),
            of,
        }
    }

    /// How much the cards in play speak for an article by its folder, in log-odds: as if half of all turns stayed in the folder
    /// of a card.
    pub(super) fn log_odds(&self, article: u32, shown: &[u32]) -> f64 {
        let folder = self.of[article as usize];
        let is_shared = shown.iter().any(|shown| self.of[*shown as usize] == folder);
        if is_shared {
            self.log_odds[folder]
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        article::Article,
        search::browse::shelf::{article, catalog},
    };

    #[test]
    fn a_small_folder_tells_more_than_a_large_one_and_that_of_a_language_nothing() {
        let of = |path: &str, lang: &str| Article {
            path: path.to_owned(),
            lang: lang.to_owned(),
            ..article(path, &[])
        };
        let paths = ["a/1.md", "a/2.md", "b/1.md", "b/2.md", "b/3.md", "c.md"];
        let zh = ["zh/1.md", "zh/2.md"];
        let english = paths.map(|path| of(path, "en"));
        let all = english.into_iter().chain(zh.map(|path| of(path, "zh")));
        let catalog = catalog(all.collect());
        let folders = Folders::of(&catalog);
        let at = |path: &str| catalog.position(path).unwrap();
        let log_odds = |article, shown| folders.log_odds(at(article), &[at(shown)]);
        assert!((log_odds("a/2.md", "a/1.md") - 3_f64.ln()).abs() < 1e-12);
        assert!((log_odds("b/2.md", "b/1.md") - 2_f64.ln()).abs() < 1e-12);
        assert!(log_odds("b/1.md", "a/1.md").abs() < 1e-12);
        assert!(log_odds("zh/2.md", "zh/1.md").abs() < 1e-12);
    }
}
