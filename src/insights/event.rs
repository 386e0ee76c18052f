//! The recorded events. Nothing in them is redacted yet: the writer does that, off the hot path.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    live::{self, CallActivity, CallFacts, Card, CardState, CustomerTurn, Rating, account_value},
    search::types::{Audience, Level, SearchRequest, SearchResponse},
};

/// A recorded event.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Searched(Box<Searched>),
    Engaged(Box<Engaged>),
    Call(Box<InCall>),
    Reported(Box<Reported>),
}

/// A question was asked and answered.
#[derive(Debug, Clone)]
pub(super) struct Searched {
    pub(super) query_id: String,
    pub(super) at: DateTime<Utc>,
    pub(super) query: String,
    pub(super) total: usize,
    /// Article of the answer, if there was one.
    pub(super) answer: Option<String>,
    /// Articles shown, best first.
    pub(super) hits: Vec<String>,
    pub(super) confidence: Option<f64>,
    pub(super) level: Option<Level>,
    pub(super) took_ms: f64,
    pub(super) attributes: Map<String, Value>,
}

impl Searched {
    /// A search as it is recorded.
    pub(super) fn of(
        request: &SearchRequest,
        response: &SearchResponse,
        attributes: &[String],
        at: DateTime<Utc>,
    ) -> Self {
        let best = response.hits.first();
        Self {
            query_id: response.query_id.clone(),
            at,
            query: request.query.clone(),
            total: response.total,
            answer: response.answer.as_ref().map(|a| a.article_id.clone()),
            hits: response.hits.iter().map(|h| h.article_id.clone()).collect(),
            confidence: best.map(|hit| hit.confidence),
            level: best.map(|hit| hit.level),
            took_ms: response.took_ms,
            attributes: request
                .account
                .as_ref()
                .map(|account| chosen(account, attributes))
                .unwrap_or_default(),
        }
    }
}

/// An engagement with a hit or card.
#[derive(Debug, Clone)]
pub(super) struct Engaged {
    /// Id of the search or card.
    pub(super) subject: String,
    pub(super) is_card: bool,
    pub(super) at: DateTime<Utc>,
    pub(super) article_id: String,
    pub(super) kind: &'static str,
    pub(super) rating: Option<&'static str>,
    pub(super) reason: Option<String>,
    pub(super) comment: Option<String>,
    /// Name of the key.
    pub(super) by: String,
}

/// An event of a call.
#[derive(Debug, Clone)]
pub(super) struct InCall {
    pub(super) head: CallHead,
    pub(super) what: CallEvent,
}

/// The call, repeated with each of its events: after an erasure, the next event recreates it with its customer.
#[derive(Debug, Clone)]
pub(super) struct CallHead {
    pub(super) key: String,
    pub(super) customer_id: Option<String>,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) lang: Option<String>,
    pub(super) attributes: Map<String, Value>,
}

#[derive(Debug, Clone)]
pub(super) enum CallEvent {
    Opened,
    Card(Box<Card>),
    State(String, CardState),
    CustomerTurn(CustomerTurn),
    Engaged(Engaged),
    Ended(DateTime<Utc>),
}

impl InCall {
    /// The event to record for what the call registry reports; None for a duplicate.
    pub(super) fn of(
        call: &CallFacts,
        happening: &CallActivity,
        attributes: &[String],
    ) -> Option<Self> {
        let what = match happening {
            CallActivity::Opened => CallEvent::Opened,
            CallActivity::Card(card) => CallEvent::Card(card.clone()),
            CallActivity::State(change) => match change.state {
                // All other states follow from engagements.
                CardState::Withdrawn | CardState::Expired => {
                    CallEvent::State(change.card_id.clone(), change.state)
                }
                _ => return None,
            },
            CallActivity::CustomerTurn(asked) => {
                CallEvent::CustomerTurn(CustomerTurn::clone(asked))
            }
            CallActivity::Engaged(engaged) => CallEvent::Engaged(with_card(engaged)),
            CallActivity::Ended(ended) => CallEvent::Ended(ended.ended_at),
            CallActivity::Question(_) => return None,
        };
        let head = CallHead {
            key: call.key.simple().to_string(),
            customer_id: call.customer_id.map(str::to_owned),
            opened_at: call.opened_at,
            lang: call.lang.map(str::to_owned),
            attributes: chosen(call.account, attributes),
        };
        Some(Self { head, what })
    }
}

fn with_card(engaged: &live::Engaged) -> Engaged {
    let engagement = &engaged.engagement;
    Engaged {
        subject: engaged.card_id.clone(),
        is_card: true,
        at: engaged.at,
        article_id: engaged.article_id.clone(),
        kind: engagement.kind.name(),
        rating: engagement.rating.map(Rating::name),
        reason: engagement.reason.clone(),
        comment: engagement.comment.clone(),
        by: engaged.by.clone(),
    }
}

/// A reported gap.
#[derive(Debug, Clone)]
pub(super) struct Reported {
    pub(super) at: DateTime<Utc>,
    pub(super) query: String,
    pub(super) comment: Option<String>,
    /// The search that did not help, if any.
    pub(super) query_id: Option<String>,
    /// Name of the key.
    pub(super) by: String,
    /// Their audiences.
    pub(super) audience: Audience,
}

/// Maximum characters of an attribute value; longer ones are not recorded.
const VALUE_CHARS: usize = 60;

/// The account fields to record: short texts, booleans and numbers, by dotted path.
fn chosen(account: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    let field = |name: &String| {
        let value = account_value(account, name)?;
        let fits = match value {
            Value::String(text) => text.chars().count() <= VALUE_CHARS,
            Value::Bool(_) | Value::Number(_) => true,
            _ => false,
        };
        fits.then(|| (name.clone(), value.clone()))
    };
    names.iter().filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_chosen_fields_of_an_account_are_kept() {
        let account = json!({"plan": "fiber", "name": "Jo", "invoice": {"overdue": true, "lines": [1]}, "note": "x".repeat(61)});
        let names = [
            "plan",
            "invoice.overdue",
            "invoice.lines",
            "note",
            "gone.x",
            "plan.x",
        ];
        let kept = chosen(account.as_object().unwrap(), &names.map(str::to_owned));
        assert_eq!(
            Value::Object(kept),
            json!({"plan": "fiber", "invoice.overdue": true})
        );
    }
}
