//! The answer of a search result: quoted, and shortened where the budget is tight. Pure.

use serde_json::{Map, Value, json};

use crate::{
    index::Catalog,
    mcp::{
        budget::cost,
        output::rounded,
        quote::{Origin, Quoter},
    },
    search::types::{Answer, Hit, SearchResponse},
};

/// The answer, where there is one and its article is honest: an answer is said aloud.
pub(super) fn told(response: &SearchResponse, catalog: &Catalog, quoter: &Quoter) -> Option<Value> {
    let answer = response.answer.as_ref()?;
    let article = catalog.get(&answer.article_id);
    let is_honest = article.is_none_or(|article| article.is_honest());
    is_honest.then(|| {
        json!({
            "text": quoter.quote(&place(answer, &response.hits), &answer.text),
            "article_id": answer.article_id,
            "anchor": answer.anchor,
            "lines": answer.lines,
            "confidence": rounded(answer.confidence),
        })
    })
}

/// Gives an answer half of what is left beside it, since null would say that there is none; whether it was cut.
pub(super) fn shorten(
    envelope: &mut Map<String, Value>,
    response: &SearchResponse,
    quoter: &Quoter,
    room: usize,
) -> bool {
    let told = envelope.get_mut("answer").and_then(Value::as_object_mut);
    let (Some(told), Some(answer)) = (told, &response.answer) else {
        return false;
    };
    told.shift_remove("anchor");
    let whole = told.insert("text".to_owned(), Value::from(""));
    let left = room.saturating_sub(cost(&Value::Object(envelope.clone()))) / 2;
    let whole = whole.filter(|whole| cost(whole) <= left);
    let is_cut = whole.is_none();
    envelope["answer"]["text"] = whole.unwrap_or_else(|| {
        let cut = quoter.quote_within(&place(answer, &response.hits), &answer.text, left);
        Value::from(cut.map_or_else(String::new, |(quoted, _)| quoted))
    });
    is_cut
}

/// Where an answer stands: in one of the hits.
fn place<'a>(answer: &'a Answer, hits: &'a [Hit]) -> Origin<'a> {
    let hit = hits.iter().find(|hit| hit.article_id == answer.article_id);
    Origin {
        path: hit.map_or(&answer.article_id, |hit| &hit.path),
        lines: answer.lines,
        revision: hit.map_or("", |hit| &hit.revision),
    }
}
