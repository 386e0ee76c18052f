//! The tools over a service whose generation changes at every read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::{NaiveDate, Utc};
use serde_json::{Value, json};

use super::{
    args::Args,
    quote::Quoter,
    tools::{ToolContext, find},
};
use crate::{
    article::parse,
    index::{Catalog, unit::Indexed},
    keys::Grant,
    live::CallRegistry,
    search::{
        error::SearchError,
        status::Readiness,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
    service::Service,
};

/// One article, whose revision is named after the generation.
#[derive(Default)]
struct Moving(AtomicU64);

impl Service for Moving {
    fn search(&self, _: SearchRequest, _: &Audience) -> Result<SearchResponse, SearchError> {
        unreachable!()
    }

    fn catalog(&self) -> Arc<Catalog> {
        let generation = self.0.fetch_add(1, Ordering::Relaxed);
        let info = IndexInfo {
            revision: String::new(),
            generation,
            pending: 0,
            updated_at: String::new(),
        };
        let parsed = parse("refund.md", b"# Refund\n\nFive days.\n");
        let article = Arc::new(parsed.article.unwrap());
        let indexed = Indexed::new(article, format!("r{generation}"), "none");
        Arc::new(Catalog::new(vec![Arc::new(indexed)], info))
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn readiness(&self) -> Readiness {
        unreachable!()
    }

    fn freshness(&self, catalog: &Catalog) -> (IndexInfo, Vec<String>) {
        (catalog.info.clone(), Vec::new())
    }

    fn registry(&self) -> &CallRegistry {
        unreachable!()
    }

    fn today(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 5, 1).unwrap()
    }
}

#[test]
fn a_result_is_of_one_generation() {
    let ask = ToolContext {
        service: &Moving::default(),
        grant: &Grant::local(),
        client: None,
        quoter: &Quoter::new("s"),
        base: "",
        now: Utc::now(),
        is_awaited: &|| true,
    };
    for (tool, arguments, revision) in [
        ("get_article", json!({"article_id": "refund"}), "/revision"),
        ("fetch", json!({"id": "refund"}), "/metadata/revision"),
    ] {
        let Value::Object(arguments) = arguments else {
            unreachable!()
        };
        let args = Args::new(Some(arguments));
        let result = find(tool).unwrap().give(&ask, args).unwrap();
        let expected = format!("r{}", result["index"]["generation"]);
        assert_eq!(
            result.pointer(revision).unwrap(),
            &json!(expected),
            "{tool}"
        );
    }
}
