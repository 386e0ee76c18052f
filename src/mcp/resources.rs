//! Articles as resources: `cuecard://articles/{id}`, with their text quoted as in every result.

use rmcp::model::{
    ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
};

use super::{
    output::{body_lines, lines_of, put_cautions, seen, standing},
    quote::{NOTICE, Origin},
    refusal::Refusal,
    tools::ToolContext,
};
use crate::{
    article::{cautions, without_unseen},
    keys::Scope,
    percent,
    search::browse,
};

/// What the address of an article begins with.
const PREFIX: &str = "cuecard://articles/";

/// Articles in one page of the list.
const PAGE: usize = 100;

const MARKDOWN: &str = "text/markdown";

/// The pattern of the addresses.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(format!("{PREFIX}{{article_id}}"), "article")
        .with_title("Article")
        .with_description("An article of the knowledge base; the id is percent-encoded")
        .with_mime_type(MARKDOWN)
}

/// A page of the articles that exist for the caller, ordered by path; the cursor is the last path, encoded.
pub(super) fn list(
    ask: &ToolContext<'_>,
    cursor: Option<&str>,
) -> Result<ListResourcesResult, Refusal> {
    let after = cursor.map(|cursor| percent::decoded(cursor).ok_or_else(|| bad_cursor(cursor)));
    let after = after.transpose()?;
    ask.settled()?;
    let catalog = ask.catalog();
    let mut articles =
        browse::visible(&catalog, ask.audience(), ask.service.today()).skip_while(|article| {
            after
                .as_deref()
                .is_some_and(|after| article.path.as_str() <= after)
        });
    let page: Vec<_> = articles.by_ref().take(PAGE).collect();
    let more = articles.next().is_some();
    let listed = page.iter().map(|article| {
        let address = format!("{PREFIX}{}", percent::segment(&article.id));
        let mut resource = Resource::new(address, article.id.clone()).with_mime_type(MARKDOWN);
        resource.title = candid(&article.title);
        resource.description = article.summary.as_deref().and_then(candid);
        resource
    });
    let mut result = ListResourcesResult::with_all_items(listed.collect());
    if more {
        result.next_cursor = page.last().map(|article| percent::segment(&article.path));
    }
    Ok(result)
}

/// An author's text where no caution can stand beside it; None where there would be one.
fn candid(text: &str) -> Option<String> {
    cautions(text).is_empty().then(|| without_unseen(text))
}

fn bad_cursor(cursor: &str) -> Refusal {
    let detail = format!(
        "cursor: {:?} is none of this list",
        super::refusal::brief(cursor)
    );
    Refusal::flaw("/cursor", detail)
}

/// An article's Markdown, below a line of JSON on how far it holds.
pub(super) fn read(ask: &ToolContext<'_>, address: &str) -> Result<ReadResourceResult, Refusal> {
    ask.settled()?;
    let id = address.strip_prefix(PREFIX).and_then(percent::decoded);
    let catalog = ask.catalog();
    let article = id
        .filter(|_| ask.grant.has(Scope::Search))
        .and_then(|id| browse::find(&catalog, &id, ask.audience()).cloned())
        .ok_or_else(|| {
            Refusal::new(
                "not_found",
                "there is no such resource; resources/list names them",
            )
        })?;
    let lines = body_lines(&article);
    let revision = catalog.revision_of(&article);
    let origin = Origin {
        path: &article.path,
        lines,
        revision,
    };
    let text = ask
        .quoter
        .quote(&origin, &lines_of(&seen(&article), lines).join("\n"));
    let mut about = standing(&article, ask.service.today());
    put_cautions(&mut about, &[&article.source]);
    let about = without_unseen(&serde_json::Value::Object(about).to_string());
    let read = serde_json::json!({"article_id": article.id, "revision": revision, "lines": lines});
    ask.shown("resource", &read);
    let contents = ResourceContents::text(format!("{NOTICE}\n{about}\n{text}"), address);
    Ok(ReadResourceResult::new(vec![
        contents.with_mime_type(MARKDOWN),
    ]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{NaiveDate, Utc};

    use super::*;
    use crate::{
        index::Catalog,
        keys::Grant,
        live::CallRegistry,
        mcp::quote::Quoter,
        search::{
            error::SearchError,
            status::Readiness,
            types::{Audience, IndexInfo, SearchRequest, SearchResponse},
        },
        service::Service,
    };

    /// A service whose articles are not searchable yet; nothing else is asked of it.
    struct Starting;

    impl Service for Starting {
        fn is_ready(&self) -> bool {
            false
        }

        fn search(&self, _: SearchRequest, _: &Audience) -> Result<SearchResponse, SearchError> {
            unreachable!()
        }

        fn catalog(&self) -> Arc<Catalog> {
            unreachable!()
        }

        fn readiness(&self) -> Readiness {
            unreachable!()
        }

        fn freshness(&self, _: &Catalog) -> (IndexInfo, Vec<String>) {
            unreachable!()
        }

        fn registry(&self) -> &CallRegistry {
            unreachable!()
        }

        fn today(&self) -> NaiveDate {
            unreachable!()
        }
    }

    #[test]
    fn nothing_is_said_of_articles_that_are_still_read() {
        let ask = ToolContext {
            service: &Starting,
            grant: &Grant::local(),
            client: None,
            quoter: &Quoter::new("s"),
            base: "",
            now: Utc::now(),
            is_awaited: &|| true,
        };
        let code = |refusal: Refusal| refusal.code();
        assert_eq!(list(&ask, None).map_err(code).unwrap_err(), "not_ready");
        let read = read(&ask, "cuecard://articles/refund");
        assert_eq!(read.map_err(code).unwrap_err(), "not_ready");
    }
}
