//! References to articles: by id, by address, or by file, as links within articles do. Pure.

use std::sync::Arc;

use crate::{
    article::Article,
    index::Catalog,
    percent,
    search::{browse, types::Audience},
};

/// What stands before the id in every address of an article: the page's, and the resource's.
const ADDRESS: &str = "/articles/";

/// The article of that name, and the anchor that follows it after a `#`; only what exists for the audience.
pub(super) fn named<'a>(
    catalog: &'a Catalog,
    name: &str,
    audience: &Audience,
) -> Option<(&'a Arc<Article>, Option<String>)> {
    let whole = find(catalog, name, audience).map(|article| (article, None));
    whole.or_else(|| {
        let (name, anchor) = name.rsplit_once('#')?;
        let article = find(catalog, name, audience)?;
        Some((article, percent::decoded(anchor)))
    })
}

fn find<'a>(catalog: &'a Catalog, name: &str, audience: &Audience) -> Option<&'a Arc<Article>> {
    let by_address = || {
        let (_, id) = name.rsplit_once(ADDRESS)?;
        browse::find(catalog, &percent::decoded(id)?, audience)
    };
    browse::find(catalog, name, audience)
        .or_else(by_address)
        .or_else(|| at_path(catalog, &percent::decoded(name)?, audience))
}

/// The article of a file. A link says how to get there from an article that nobody names here: then it is the only file
/// that ends so.
fn at_path<'a>(catalog: &'a Catalog, link: &str, audience: &Audience) -> Option<&'a Arc<Article>> {
    let path = link.trim_start_matches(['.', '/']);
    let exists = |article: &&Arc<Article>| browse::exists(article, audience, false);
    catalog.at_path(path).filter(exists).or_else(|| {
        let ends_so = |article: &&Arc<Article>| {
            let folder = article.path.strip_suffix(path);
            folder.is_some_and(|folder| folder.ends_with('/'))
        };
        let mut found = catalog.articles.iter().filter(ends_so).filter(exists);
        found.next().filter(|_| found.next().is_none())
    })
}
