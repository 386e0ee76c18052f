//! Translations of one article by one name: two languages of the same text are one card.

use crate::index::Catalog;

/// Longest chain of `translation_of` that is followed.
const HOPS: usize = 4;

/// Name of the article and its translations: the id of the original.
pub(super) fn group(catalog: &Catalog, article: u32) -> String {
    let Some(article) = catalog.articles.get(article as usize) else {
        return String::new();
    };
    let mut chain: Vec<&str> = vec![&article.id];
    let mut next = article.translation_of.as_deref();
    while let Some(id) = next {
        if chain.contains(&id) || chain.len() > HOPS {
            // Articles that translate each other have no original: the smallest id stands for all.
            return chain.into_iter().min().unwrap_or_default().to_owned();
        }
        chain.push(id);
        next = catalog
            .get(id)
            .and_then(|original| original.translation_of.as_deref());
    }
    chain.last().copied().unwrap_or_default().to_owned()
}
