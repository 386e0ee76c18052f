//! What articles can be filtered by: the tree of tags, products, languages.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{TOPIC_SEPARATOR, visible};
use crate::{index::Catalog, search::types::Audience};

/// A topic with its subtopics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Topic {
    /// The full tag, as used in filters.
    pub tag: String,
    /// Number of articles with this topic or a subtopic.
    pub count: usize,
    /// Subtopics, ordered by name.
    #[schema(no_recursion)]
    pub children: Vec<Topic>,
}

/// A product and its number of articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductCount {
    /// Product, as used in filters.
    pub product: String,
    /// Number of articles.
    pub count: usize,
}

/// A language and its number of articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LanguageCount {
    /// Language tag, as used in filters.
    pub lang: String,
    /// Number of articles.
    pub count: usize,
}

/// Available filter values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Topics {
    /// The tag tree, ordered by name.
    pub topics: Vec<Topic>,
    /// Products, ordered by name.
    pub products: Vec<ProductCount>,
    /// Languages, ordered by tag.
    pub languages: Vec<LanguageCount>,
}

/// The tree of tags, the products and the languages of the articles that exist for the caller.
#[must_use]
pub fn topics(catalog: &Catalog, audience: &Audience, today: NaiveDate) -> Topics {
    let mut tags: BTreeMap<String, usize> = BTreeMap::new();
    let mut products: BTreeMap<String, usize> = BTreeMap::new();
    let mut languages: BTreeMap<String, usize> = BTreeMap::new();
    for article in visible(catalog, audience, today) {
        let mut own: Vec<&str> = article
            .tags
            .iter()
            .flat_map(|tag| with_parents(tag))
            .collect();
        own.sort_unstable();
        own.dedup();
        own.into_iter()
            .for_each(|tag| *tags.entry(tag.to_owned()).or_default() += 1);
        article
            .products
            .iter()
            .for_each(|product| *products.entry(product.clone()).or_default() += 1);
        *languages.entry(article.lang.clone()).or_default() += 1;
    }
    Topics {
        topics: tree(&tags, None),
        products: products
            .into_iter()
            .map(|(product, count)| ProductCount { product, count })
            .collect(),
        languages: languages
            .into_iter()
            .map(|(lang, count)| LanguageCount { lang, count })
            .collect(),
    }
}

/// A tag and every topic it lies within, the outermost first.
fn with_parents(tag: &str) -> impl Iterator<Item = &str> {
    tag.match_indices(TOPIC_SEPARATOR)
        .map(|(at, _)| &tag[..at])
        .chain([tag])
        .filter(|topic| !topic.is_empty())
}

fn tree(tags: &BTreeMap<String, usize>, parent: Option<&str>) -> Vec<Topic> {
    let is_child = |tag: &str| match parent {
        None => !tag.contains(TOPIC_SEPARATOR),
        Some(parent) => tag
            .strip_prefix(parent)
            .and_then(|rest| rest.strip_prefix(TOPIC_SEPARATOR))
            .is_some_and(|rest| !rest.contains(TOPIC_SEPARATOR)),
    };
    let own = tags.iter().filter(|(tag, _)| is_child(tag));
    own.map(|(tag, count)| Topic {
        tag: tag.clone(),
        count: *count,
        children: tree(tags, Some(tag)),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::shelf::{TODAY, article, catalog};
    use super::*;

    #[test]
    fn an_article_counts_once_for_each_topic_around_its_tags() {
        let catalog = catalog(vec![
            article("a", &["x/y", "x/z", "x"]),
            article("b", &["x/y"]),
            article("c", &[]),
        ]);
        let found = topics(&catalog, &Audience::Unrestricted, TODAY).topics;
        assert_eq!((found.len(), &*found[0].tag, found[0].count), (1, "x", 2));
        let within: Vec<_> = found[0]
            .children
            .iter()
            .map(|topic| (&*topic.tag, topic.count))
            .collect();
        assert_eq!(within, [("x/y", 2), ("x/z", 1)]);
    }
}
