//! The catalog: every article of one generation, in memory, immutable. Results of the engines count only if it knows them.

use std::{collections::HashMap, sync::Arc};

use crate::{article::Article, search::types::IndexInfo};

/// Where a passage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Index into the catalog's articles.
    pub article: u32,
    /// Index into the article's passages.
    pub passage: u32,
}

/// Every article of one generation, ordered by path.
#[derive(Debug)]
pub struct Catalog {
    /// Ordered by path, bytewise.
    pub articles: Vec<Arc<Article>>,
    /// Which state this is.
    pub info: IndexInfo,
    by_id: HashMap<String, u32>,
}

impl Catalog {
    /// Makes a generation of articles whose ids are unique.
    #[must_use]
    pub fn new(mut articles: Vec<Arc<Article>>, info: IndexInfo) -> Self {
        articles.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        let by_id = articles.iter().enumerate().map(|(at, a)| (a.id.clone(), at as u32)).collect();
        Self { articles, info, by_id }
    }

    /// The article of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Article>> {
        self.position(id).map(|at| &self.articles[at as usize])
    }

    /// Index of the article of that id.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }
}
