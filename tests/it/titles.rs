//! An article is found by its title.

use cuecard::search::types::{Audience, SearchRequest};

use crate::relevance::{config, core};

#[test]
fn who_asks_for_a_title_gets_its_article_first() {
    let Some(core) = core() else {
        return;
    };
    let today = config().today();
    let generation = core.index().generation();
    let live = generation.catalog.articles.iter();
    for article in live.filter(|article| article.live(today)) {
        let title = &article.title;
        for asked in [
            title.clone(),
            format!("what is the {title}?"),
            format!("请问{title}"),
        ] {
            let request = SearchRequest::new(&asked);
            let found = core
                .search(&request, &Audience::Unrestricted, today)
                .unwrap();
            let first = found.hits.first().map(|hit| hit.article_id.as_str());
            assert_eq!(first, Some(article.id.as_str()), "{asked}");
        }
    }
}
