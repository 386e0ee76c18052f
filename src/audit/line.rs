//! One line of the audit log, and which parts of a response it contains. Pure but for the time of a new line.

use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{live::Card, text::redact};

/// Something that was shown to somebody.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// When.
    #[serde(serialize_with = "stamp")]
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// To whom: name of the key, or `oidc:` and the subject.
    pub who: String,
    /// Where they were, as far as the network knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// What they were shown, best first.
    pub articles: Vec<Shown>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum What {
    /// A question was answered.
    Answer {
        /// The answer's name.
        query_id: String,
    },
    /// An article was read.
    Read,
    /// A tool of an AI agent gave a result.
    Tool {
        /// The tool, or `resource` or `prompt`.
        tool: &'static str,
    },
    /// The cards of a call were read.
    Call {
        /// The call.
        call_id: String,
    },
    /// A card was pushed, or followed by an admin.
    Card {
        /// The call.
        call_id: String,
        /// The card.
        card_id: String,
        /// Who answers the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent_id: Option<String>,
    },
}

/// An article as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Article.
    pub article_id: String,
    /// Which text of it.
    pub revision: String,
    /// Which lines of its file; none is all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<[u32; 2]>,
}

impl From<&Card> for Shown {
    fn from(card: &Card) -> Self {
        Self {
            article_id: card.article_id.clone(),
            revision: card.revision.clone(),
            lines: Some(card.lines),
        }
    }
}

impl Line {
    /// Something that was shown just now.
    #[must_use]
    pub fn new(who: &str, what: What, articles: Vec<Shown>) -> Self {
        Self {
            at: Utc::now(),
            what,
            who: who.to_owned(),
            client: None,
            articles,
        }
    }

    /// The line as it is written: what callers name themselves is redacted.
    pub(super) fn written(mut self) -> String {
        let named = match &mut self.what {
            What::Card {
                call_id, agent_id, ..
            } => [Some(call_id), agent_id.as_mut()],
            What::Call { call_id } => [Some(call_id), None],
            What::Answer { .. } | What::Read | What::Tool { .. } => [None, None],
        };
        for name in named.into_iter().flatten() {
            *name = redact(name).into_owned();
        }
        // Texts and numbers only: there is nothing in it that serialising could refuse.
        serde_json::to_string(&self).unwrap_or_default()
    }
}

fn stamp<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The articles that a tool's result shows: itself, its hits, its cards, or its results.
#[must_use]
pub fn shown_in(result: &Value) -> Vec<Shown> {
    let lists = ["hits", "cards", "results"].iter();
    let members = lists
        .filter_map(|name| result.get(name)?.as_array())
        .flatten();
    std::iter::once(result)
        .chain(members)
        .filter_map(shown)
        .collect()
}

fn shown(value: &Value) -> Option<Shown> {
    let about = value.get("metadata").unwrap_or(value);
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let line = |at: usize| about.get("lines")?.get(at)?.as_u64()?.try_into().ok();
    Some(Shown {
        article_id: text(value, "article_id").or_else(|| text(value, "id"))?,
        revision: text(about, "revision").unwrap_or_default(),
        lines: line(0).zip(line(1)).map(|(first, last)| [first, last]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_tell_what_they_show() {
        let check = |result: Value, expected: &[(&str, &str, Option<[u32; 2]>)]| {
            let expected: Vec<Shown> = expected
                .iter()
                .map(|(article_id, revision, lines)| Shown {
                    article_id: (*article_id).into(),
                    revision: (*revision).into(),
                    lines: *lines,
                })
                .collect();
            assert_eq!(shown_in(&result), expected, "{result}");
        };
        check(
            json!({"hits": [{"article_id": "a", "revision": "1", "lines": [3, 4]}, {"article_id": "b", "revision": "2"}]}),
            &[("a", "1", Some([3, 4])), ("b", "2", None)],
        );
        check(
            json!({"article_id": "a", "revision": "1", "lines": [1, 9]}),
            &[("a", "1", Some([1, 9]))],
        );
        check(
            json!({"cards": [{"article_id": "a", "revision": "1"}], "not_shown": [{"article_id": "z"}]}),
            &[("a", "1", None)],
        );
        check(
            json!({"results": [{"id": "a", "title": "A"}]}),
            &[("a", "", None)],
        );
        check(
            json!({"id": "a", "metadata": {"revision": "1", "lines": [2, 3]}}),
            &[("a", "1", Some([2, 3]))],
        );
        check(json!({"topics": []}), &[]);
    }
}
