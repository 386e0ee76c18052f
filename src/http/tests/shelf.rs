//! The handful of articles of the fake service.

use std::sync::Arc;

use serde_json::json;

use super::fake::SECRET;
use crate::{
    article::{Article, Passage, Section, Status, Trigger},
    index::{Catalog, unit::Indexed},
    search::types::IndexInfo,
};

/// A refund article with its translation, one whose id needs encoding, one that pushes, a draft, and a hidden one.
/// What the fake knows: a pair of translations, a rule, a draft, and an article that only insiders see.
pub(super) fn articles() -> Vec<Arc<Article>> {
    let refund = Article {
        tags: vec!["billing/refunds".into()],
        products: vec!["fiber".into()],
        audience: vec!["agent".into(), "customer".into()],
        meta: [("team_room".to_owned(), json!("4b"))].into(),
        ..article(
            "refund",
            "en",
            "Refunds",
            "Send the money back within 14 days.",
        )
    };
    let refund_zh = Article {
        tags: vec!["billing/refunds".into()],
        audience: vec!["agent".into(), "customer".into()],
        translation_of: Some("refund".into()),
        ..article("refund-zh", "zh-Hans", "退款", "14 天内退款。")
    };
    let cancel = Article {
        tags: vec!["billing".into()],
        triggers: vec![Trigger {
            any: vec!["cancel my contract".into()],
            ..Trigger::default()
        }],
        ..article(
            "rules/cancel:1",
            "en",
            "Cancelling",
            "Leaving early costs a [fee](draft.md).",
        )
    };
    let draft = Article {
        status: Status::Draft,
        ..article("draft", "en", "Draft", "Not yet.")
    };
    let hidden = Article {
        tags: vec![SECRET.into(), "billing".into()],
        products: vec![SECRET.into()],
        audience: vec!["internal".into()],
        questions: vec![format!("what is {SECRET}?")],
        triggers: vec![Trigger {
            any: vec!["cancel my contract".into()],
            priority: 900,
            ..Trigger::default()
        }],
        translation_of: Some("refund".into()),
        ..article(
            &format!("{SECRET}-plan"),
            "sw",
            &format!("The {SECRET} plan"),
            &format!("money {SECRET} ![x](x.png)"),
        )
    };
    [refund, refund_zh, cancel, draft, hidden]
        .into_iter()
        .map(Arc::new)
        .collect()
}

fn article(id: &str, lang: &str, title: &str, text: &str) -> Article {
    let source = format!("---\nid: {id}\n---\n# {title}\n\n{text}\n");
    Article {
        id: id.into(),
        path: format!("{lang}/{}.md", id.replace(['/', ':'], "-")),
        title: title.into(),
        lang: lang.into(),
        summary: Some(format!("About {title}")),
        audience: vec!["agent".into()],
        body_at: source.find("# ").unwrap(),
        content_hash: blake3::hash(source.as_bytes()).to_hex().to_string(),
        sections: vec![Section {
            heading: vec![title.into()],
            level: 1,
            anchor: "top".into(),
            lines: [4, 6],
        }],
        passages: vec![Passage {
            section: 0,
            lines: [6, 6],
            text: text.into(),
            blocks: Vec::new(),
        }],
        source,
        ..Article::default()
    }
}

/// A generation of them.
pub(super) fn catalog(
    articles: Vec<Arc<Article>>,
    info: IndexInfo,
    revision: impl Fn(&Article) -> String,
) -> Arc<Catalog> {
    let entries = articles.into_iter().map(|article| {
        let revision = revision(&article);
        Arc::new(Indexed::new(article, revision, "none"))
    });
    Arc::new(Catalog::new(entries.collect(), info))
}

/// What answers say of the generation.
pub(super) fn info() -> IndexInfo {
    IndexInfo {
        revision: "f00d".into(),
        generation: 7,
        pending: 0,
        updated_at: "2026-05-01T00:00:00Z".into(),
    }
}
