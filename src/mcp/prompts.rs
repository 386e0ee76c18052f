//! Two prompts: an answer with citations, and a draft of a reply, each with matching passages.

use rmcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

use super::{
    args::Args,
    budget::DEFAULT_TOKENS,
    output::clear,
    quote::MESSAGE_NOTICE,
    refusal::{Refusal, brief},
    tools::{ToolContext, quotes},
};
use crate::search::error::MAX_QUERY_CHARS;

/// Characters of a tone: a few words.
const MAX_TONE_CHARS: usize = 200;

const ANSWER: &str = "answer_with_citations";
const REPLY: &str = "draft_reply";

/// Both.
pub(super) fn list() -> Vec<Prompt> {
    let question = PromptArgument::new("question")
        .with_description("what the customer wants to know")
        .with_required(true);
    let message = PromptArgument::new("message")
        .with_description("what the customer wrote")
        .with_required(true);
    let tone = PromptArgument::new("tone")
        .with_description("such as: short and friendly")
        .with_required(false);
    vec![
        Prompt::new(
            ANSWER,
            Some("Answer a question from the articles, with citations"),
            Some(vec![question]),
        )
        .with_title("Answer with citations"),
        Prompt::new(
            REPLY,
            Some("Draft a reply to a customer's message from the articles"),
            Some(vec![message, tone]),
        )
        .with_title("Draft a reply"),
    ]
}

/// A prompt, written for its arguments.
pub(super) fn get(
    ask: &ToolContext<'_>,
    name: &str,
    mut args: Args,
) -> Result<GetPromptResult, Refusal> {
    let (said, task) = match name {
        ANSWER => {
            let question = args.needed(&["question", "query", "q"], MAX_QUERY_CHARS);
            let task =
                "Answer the question from the quoted passages alone, in the question's language.\n\
                 - After each statement cite its article as [article_id, lines, revision].\n\
                 - If they do not answer it, say so, and call report_gap where you have it.\n\
                 - Say when a passage's review is overdue, and for whom it holds where it says `when`.".to_owned();
            (question, task)
        }
        REPLY => {
            let message = args.needed(&["message", "text", "query"], MAX_QUERY_CHARS);
            let tone = args.text(&["tone", "style"], MAX_TONE_CHARS);
            let tone = tone.unwrap_or_else(|| "polite and brief".to_owned());
            let task = format!(
                "Draft a reply to the customer's message from the quoted passages alone, in the customer's language. Tone: {tone}.\n\
                 - Promise nothing that the passages do not say.\n\
                 - Below the draft, list for the agent which article, lines and revision each statement rests on, and what is \
                 not answered."
            );
            (message, task)
        }
        _ => {
            let detail = format!(
                "unknown prompt {:?}; there are {ANSWER}, {REPLY}",
                brief(name)
            );
            return Err(Refusal::flaw("/name", detail));
        }
    };
    args.finish()?;
    let mut found = quotes(ask, &said, DEFAULT_TOKENS)?;
    ask.shown("prompt", &found);
    clear(&mut found);
    let (message, passages) = (ask.quoter.message(&said), written(&found));
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(
        Role::User,
        format!("{task}\n\n{MESSAGE_NOTICE}\n{message}\n\n{passages}"),
    )]))
}

/// What was found, as text: each passage under its article's name.
fn written(found: &Value) -> String {
    let hits = found["hits"].as_array().map_or(&[][..], Vec::as_slice);
    if hits.is_empty() {
        return "No article answers this.".to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut page = text(&found["notice"]);
    for hit in hits {
        let mut marks = String::new();
        if hit["review_overdue"] == true {
            marks.push_str(", review overdue");
        }
        for name in ["when", "cautions"] {
            if let Some(said) = hit.get(name) {
                marks.push_str(&format!(", {name} {said}"));
            }
        }
        page.push_str(&format!(
            "\n\n[{}, {}-{}, {}] confidence {}{marks}\n{}",
            text(&hit["article_id"]),
            hit["lines"][0],
            hit["lines"][1],
            text(&hit["revision"]),
            hit["confidence"],
            text(&hit["snippet"]),
        ));
    }
    page
}
