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
    let (chain, circle) = chain(article, get);
    let last = chain[circle.unwrap_or(chain.len() - 1)..].iter().copied();
    last.min_by_key(|one| &one.id).unwrap_or(article)
}

/// An article, the one that it translates, and so on; and the place of the one that the last of them translates, if it is
/// among them.
pub(super) fn chain<'a>(
    article: &'a Article,
    get: impl Fn(&str) -> Option<&'a Article>,
) -> (Vec<&'a Article>, Option<usize>) {
    let mut chain = vec![article];
    let mut last = article;
    while let Some(next) = last.translation_of.as_deref().and_then(&get)
        && chain.len() < MAX_CHAIN
    {
        let circle = chain.iter().position(|one| one.id == next.id);
        if circle.is_some() {
            return (chain, circle);
        }
        chain.push(next);
        last = next;
    }
    (chain, None)
}
