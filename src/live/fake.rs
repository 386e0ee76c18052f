//! The in-memory fake of search, and a small content folder to test calls on. For tests.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Account, CallRegistry, Caller, OpenCall, Opened, Policy, Retriever, Scope, View};
use crate::{
    article::{Article, Block, BlockKind, Effective, Passage, Rule, Section, Status, Trigger},
    index::{Catalog, unit::Indexed},
    search::{
        Found,
        snippet::Excerpt,
        types::{Audience, IndexInfo},
    },
    text::telling,
};

/// Finds by words in common: the share of the view's newest text that the article's title and text have.
pub(super) struct FakeRetriever {
    catalog: Mutex<Arc<Catalog>>,
}

impl FakeRetriever {
    pub(super) fn new(articles: Vec<Article>) -> Arc<Self> {
        Arc::new(Self {
            catalog: Mutex::new(catalog(articles, 1)),
        })
    }

    pub(super) fn change(&self, articles: Vec<Article>) {
        let mut current = self.catalog.lock().unwrap();
        *current = catalog(articles, current.info.generation + 1);
    }
}

fn catalog(articles: Vec<Article>, generation: u64) -> Arc<Catalog> {
    let info = IndexInfo {
        revision: "twin".into(),
        generation,
        pending: 0,
        updated_at: String::new(),
    };
    Arc::new(Catalog::new(
        articles
            .into_iter()
            .map(|article| Arc::new(Indexed::new(Arc::new(article), "hash".into(), "twin")))
            .collect(),
        info,
    ))
}

impl Retriever for FakeRetriever {
    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.lock().unwrap())
    }

    fn find(&self, catalog: &Catalog, view: &View, scope: &Scope, limit: usize) -> Vec<Found> {
        let asked = view
            .turns
            .first()
            .map(|said| telling(&said.text))
            .unwrap_or_default();
        let visible = |article: &&Arc<Article>| {
            article.status == Status::Published
                && scope.audience.sees(&article.audience)
                && article
                    .when
                    .as_deref()
                    .is_none_or(|when| Rule::or_never(when).holds(scope.account))
        };
        let mut found: Vec<Found> = catalog
            .articles
            .iter()
            .filter(visible)
            .filter_map(|article| {
                let has = telling(&format!("{} {}", article.title, article.passages[0].text));
                let matched: Vec<String> = asked
                    .iter()
                    .filter(|term| has.contains(term))
                    .cloned()
                    .collect();
                let confidence = matched.len() as f64 / asked.len().max(1) as f64;
                let article = catalog.position(&article.id)?;
                (!matched.is_empty()).then(|| Found {
                    article,
                    passage: 0,
                    confidence,
                    excerpt: Excerpt {
                        text: "…".into(),
                        highlights: vec![],
                        lines: [1, 3],
                    },
                    matched,
                    is_entry: false,
                    is_looked_up: false,
                })
            })
            .collect();
        found.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then(a.article.cmp(&b.article))
        });
        found.truncate(limit);
        found
    }

    fn same_question(&self, _: &str, _: &str) -> Option<f64> {
        None
    }
}

/// A published article for agents, of one passage.
pub(super) fn article(id: &str, title: &str, text: &str) -> Article {
    Article {
        id: id.into(),
        path: format!("{id}.md"),
        title: title.into(),
        lang: if title.is_ascii() {
            "en".into()
        } else {
            "zh-Hans".into()
        },
        translation_of: None,
        summary: None,
        tags: vec![],
        products: vec![],
        audience: vec!["agent".into()],
        owner: None,
        status: Status::Published,
        reviewed: None,
        review_every: None,
        effective: Effective::default(),
        questions: vec![],
        ask: vec![],
        when: None,
        triggers: vec![],
        meta: Default::default(),
        links: vec![],
        source: text.into(),
        has_bom: false,
        body_at: 0,
        sections: vec![Section {
            heading: vec![],
            level: 0,
            anchor: String::new(),
            lines: [1, 3],
        }],
        passages: vec![Passage {
            section: 0,
            lines: [1, 3],
            text: text.into(),
            blocks: vec![Block {
                kind: BlockKind::Paragraph,
                range: [0, text.chars().count()],
                lines: [1, 3],
                group: 0,
            }],
        }],
        content_hash: "hash".into(),
    }
}

/// A trigger on phrases.
pub(super) fn on(any: &[&str]) -> Trigger {
    Trigger {
        any: any.iter().map(|&phrase| phrase.to_owned()).collect(),
        ..Trigger::default()
    }
}

/// An article with one trigger on phrases.
pub(super) fn pushed_on(id: &str, any: &[&str]) -> Article {
    Article {
        triggers: vec![on(any)],
        ..article(id, id, "nothing in common")
    }
}

pub(super) fn account(json: serde_json::Value) -> Account {
    json.as_object().cloned().unwrap_or_default()
}

/// A call registry with one admin, and a clock that the test moves.
pub(super) struct Trial {
    pub(super) registry: CallRegistry,
    pub(super) caller: Caller,
    pub(super) now: DateTime<Utc>,
}

impl Trial {
    pub(super) fn new(articles: Vec<Article>) -> Self {
        Self::with(FakeRetriever::new(articles), Policy::default())
    }

    pub(super) fn with(fake: Arc<FakeRetriever>, policy: Policy) -> Self {
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        Self {
            registry: CallRegistry::new(fake, policy),
            caller: caller("local", true, None),
            now: start,
        }
    }

    /// Opens call `c`.
    pub(super) fn open(&self, account_json: serde_json::Value) -> Opened {
        let request = OpenCall {
            call_id: Some("c".into()),
            agent_id: Some("a".into()),
            account: account(account_json),
            ..OpenCall::default()
        };
        self.registry.open(&self.caller, request, self.now).unwrap()
    }

    pub(super) fn wait(&mut self, secs: i64) {
        self.now += TimeDelta::seconds(secs);
    }
}

pub(super) fn caller(name: &str, admin: bool, audience: Option<&str>) -> Caller {
    let audience = audience.map_or(Audience::Unrestricted, |audience| {
        Audience::Only(vec![audience.into()])
    });
    Caller {
        name: name.into(),
        admin,
        audience,
    }
}
