//! Words of `a` to `z` as articles write them: what a misspelt word is compared with, since a mistake in an ending is gone
//! or worse in its stem. Pure.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Catalog, unit::texts};
use crate::{
    article::Article,
    text::{Language, MISSPELT_FROM, edits, fold, is_spaced_letter, plain, stem},
};

/// Shortest word that a misspelt one may mean.
const SHORTEST: usize = MISSPELT_FROM - 1;

/// Such words of this generation and those before it, with their stems, sorted: about 40 bytes each. Whether an article
/// still has one is for the keyword index to say.
#[derive(Debug, Clone, Default)]
pub struct WordForms(Arc<[Arc<str>]>);

impl WordForms {
    /// With the words of those articles that were not there before.
    pub(super) fn with(&self, catalog: &Catalog, before: &Catalog) -> Self {
        let old: FxHashSet<*const Article> = before.articles.iter().map(Arc::as_ptr).collect();
        let new = catalog.articles.iter();
        let new = new.filter(|article| !old.contains(&Arc::as_ptr(article)));
        let new: Vec<&Arc<Article>> = new.collect();
        let each = new
            .into_par_iter()
            .fold(FxHashSet::default, |mut found, article| {
                self.read(article, &mut found);
                found
            });
        let found = each.reduce(FxHashSet::default, |mut found, other| {
            found.extend(other);
            found
        });
        if found.is_empty() {
            return self.clone();
        }
        let mut all: Vec<Arc<str>> = found.into_iter().map(Arc::from).collect();
        all.extend(self.0.iter().cloned());
        all.sort_unstable();
        Self(all.into())
    }

    /// Adds what an article has besides.
    fn read(&self, article: &Article, found: &mut FxHashSet<String>) {
        let language = Language::of(&article.lang);
        let mut add = |form: &str| {
            let is_new = form.len() >= SHORTEST
                && form.bytes().all(|b| b.is_ascii_lowercase())
                && !found.contains(form)
                && !self.has(form);
            if is_new {
                found.insert(form.to_owned());
            }
            is_new
        };
        for text in texts(article) {
            let text = plain(&fold(text).text);
            let is_inside = |c: char| is_spaced_letter(c) || matches!(c, '-' | '\'');
            for chunk in text.split(|c| !is_inside(c)) {
                let mut add_both = |form: &str| {
                    if add(form) {
                        add(&stem(form, language));
                    }
                };
                chunk.split(['-', '\'']).for_each(&mut add_both);
                if chunk.contains(['-', '\'']) {
                    add_both(&chunk.replace(['-', '\''], ""));
                }
            }
        }
    }

    /// Whether an article has or had a word, as it is written or as its stem.
    pub fn has(&self, word: &str) -> bool {
        let found = self.0.binary_search_by(|known| (**known).cmp(word));
        found.is_ok()
    }

    /// Those that a misspelt word may mean, each with the [`edits`] to it.
    pub fn near<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let first = word.get(..1).unwrap_or_default();
        let from = self.0.partition_point(|form| **form < *first);
        let alike = self.0[from..]
            .iter()
            .take_while(move |form| form.starts_with(first));
        alike.filter_map(move |form| Some((edits(word, form)?, &**form)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        article::parse,
        index::{IndexInfo, unit::Indexed},
    };

    fn catalog(texts: &[&str]) -> Catalog {
        let entry = |(at, text): (usize, &&str)| {
            let article = parse(&format!("{at}.md"), text.as_bytes()).article.unwrap();
            Arc::new(Indexed::new(Arc::new(article), String::new(), "none"))
        };
        let info = IndexInfo {
            revision: String::new(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        Catalog::new(texts.iter().enumerate().map(entry).collect(), info)
    }

    fn near(forms: &WordForms, word: &str) -> Vec<(usize, String)> {
        let found = forms.near(word);
        found
            .map(|(edits, form)| (edits, form.to_owned()))
            .collect()
    }

    #[test]
    fn words_are_known_as_they_are_written_and_by_their_stems() {
        let empty = catalog(&[]);
        let one = catalog(&["# Roaming abroad\n\nSet up Wi-Fi calling, 或换SIM卡. Facturación."]);
        let forms = WordForms::default().with(&one, &empty);
        assert_eq!(near(&forms, "roming"), [(1, "roaming".to_owned())]);
        assert_eq!(near(&forms, "raom"), [(1, "roam".to_owned())]);
        assert_eq!(near(&forms, "wiffi"), [(1, "wifi".to_owned())]);
        assert_eq!(near(&forms, "simm"), [(1, "sim".to_owned())]);
        assert_eq!(near(&forms, "facturacon")[0].1, "facturacion");
        assert!(forms.has("roaming") && forms.has("roam") && !forms.has("roami"));
        let two = catalog(&["# Roaming\n\nBilling."]);
        let forms = forms.with(&two, &one);
        assert!(near(&forms, "billin").contains(&(1, "billing".to_owned())));
        assert_eq!(near(&forms, "roming").len(), 1, "each once");
    }
}
