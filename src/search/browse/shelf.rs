//! A few articles for the tests.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::{
    article::Article,
    index::{Catalog, unit::Indexed},
    search::types::IndexInfo,
};

/// A day.
pub(in crate::search) const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();

/// An English article for agents.
pub(in crate::search) fn article(id: &str, tags: &[&str]) -> Article {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Article {
        id: id.into(),
        path: format!("{id}.md"),
        lang: "en".into(),
        audience: vec!["agent".into()],
        tags,
        ..Article::default()
    }
}

/// A generation of them.
pub(in crate::search) fn catalog(articles: Vec<Article>) -> Catalog {
    let info = IndexInfo {
        revision: "r".into(),
        generation: 1,
        pending: 0,
        updated_at: String::new(),
    };
    let entry = |article| Arc::new(Indexed::new(Arc::new(article), "r".into(), "none"));
    Catalog::new(articles.into_iter().map(entry).collect(), info)
}

/// Their ids, in order.
pub(in crate::search) fn ids<'a>(
    found: impl IntoIterator<Item = &'a Arc<Article>>,
) -> Vec<&'a str> {
    found
        .into_iter()
        .map(|article| article.id.as_str())
        .collect()
}
