//! Determines the original article of a translation.

use super::Article;

/// Most translations of translations that are followed.
const MAX_CHAIN: usize = 9;

/// The last article that a chain of translations leads to, among those that `get` knows by id; of articles that translate
/// each other in a circle the first id.
pub fn original<'a>(
    article: &'a Article,
    get: impl Fn(&str) -> Option<&'a Article>,
) -> &'a Article {
    let mut chain = vec![article];
    let mut last = article;
    while let Some(next) = last.translation_of.as_deref().and_then(&get)
        && chain.len() < MAX_CHAIN
    {
        if let Some(at) = chain.iter().position(|one| one.id == next.id) {
            let circle = chain[at..].iter().copied();
            return circle.min_by_key(|one| &one.id).unwrap_or(next);
        }
        chain.push(next);
        last = next;
    }
    last
}
