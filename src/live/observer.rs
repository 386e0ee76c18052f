//! An observer of calls, for the record: it never replies and never delays a call.
//!
//! Owns what it is told. Leaves storing it to the implementation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Account, CallEnded, CallRegistry, Card, CardStateChange, Engagement, NextQuestion};

/// An observer. Called while the call is locked: it must return at once.
pub trait CallObserver: Send + Sync {
    /// Something happened in a call.
    fn note(&self, call: &CallFacts, happening: &CallActivity);
}

/// The call it happened in, as it stands now.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// Name of the call.
    pub call_id: &'a str,
    /// Whose it is.
    pub owner: &'a str,
    /// Who answers.
    pub agent_id: Option<&'a str>,
    /// Tells it from earlier calls of the same name.
    pub key: Uuid,
    /// Who calls.
    pub customer_id: Option<&'a str>,
    /// The customer was erased: nothing that was said or known is kept.
    pub is_erased: bool,
    /// Language spoken last.
    pub lang: Option<&'a str>,
    /// What is known of the customer.
    pub account: &'a Account,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// What happened in a call: told to its streams and to witnesses alike.
#[derive(Debug, Clone, PartialEq)]
pub enum CallActivity {
    /// The call was opened. For witnesses alone.
    Opened,
    /// A card was pushed.
    Card(Box<Card>),
    /// A card's state changed.
    State(CardStateChange),
    /// What to ask next changed. For streams alone.
    Question(NextQuestion),
    /// A customer's final turn was decided on, small talk aside. For witnesses alone: it has no number on the streams.
    CustomerTurn(Box<CustomerTurn>),
    /// The agent did something with a card. For witnesses alone.
    Engaged(Box<Engaged>),
    /// The call is over.
    Ended(CallEnded),
}

/// A customer's turn, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTurn {
    /// What was said, as it was said.
    pub text: String,
    /// Whether it asks for knowledge.
    pub is_question: bool,
    /// Cards that it pushed.
    pub cards: Vec<String>,
    /// Whether nothing stayed silent for another reason than that it was not sure enough.
    pub is_unsure: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an agent did with a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Engaged {
    /// Card.
    pub card_id: String,
    /// Its article.
    pub article_id: String,
    /// What.
    pub engagement: Engagement,
    /// Name of the key that says so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl CallRegistry {
    /// The same registry with one more observer.
    #[must_use]
    pub fn with_witness(mut self, observer: Arc<dyn CallObserver>) -> Self {
        self.witnesses.push(observer);
        self
    }
}
