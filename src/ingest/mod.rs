//! Transcripts in the vendors' formats → events of calls.
//!
//! Owns the formats of Amazon Connect, Genesys Cloud, Google, Twilio and Deepgram, and which of their events belong to
//! one utterance. Leaves what follows from an event to `live`. Pure. Unknown fields are ignored; a missing required field
//! is an error with its position.

mod amazon;
mod deepgram;
mod envelope;
mod genesys;
mod google;
mod node;
mod partials;
mod recent;
mod segments;
mod twilio;
mod utterances;

use serde_json::Value;

use crate::{
    article::Role,
    search::error::FieldError,
    text::{is_tag, primary},
};
use envelope::Unwrapped;
use node::Node;

pub use node::parse;
pub use segments::Segment;
pub use utterances::UtteranceAssembler;

/// Events of one request, with those that change nothing: at a few milliseconds each, more would hold up everybody else.
const MAX_EVENTS: usize = 500;

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// Amazon Connect: Contact Lens segments of a running call, and contact events.
    AmazonConnect,
    /// Genesys Cloud: notifications of `conversations.{id}.transcription`.
    Genesys,
    /// Google: conversation events of Dialogflow and Agent Assist.
    Google,
    /// Twilio: webhooks of real-time transcription, and status callbacks.
    Twilio,
    /// Deepgram: results of a live stream.
    Deepgram,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AmazonConnect,
        Self::Genesys,
        Self::Google,
        Self::Twilio,
        Self::Deepgram,
    ];

    /// The word in the address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AmazonConnect => "amazon-connect",
            Self::Genesys => "genesys",
            Self::Google => "google",
            Self::Twilio => "twilio",
            Self::Deepgram => "deepgram",
        }
    }

    /// The vendor of that word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }
}

/// What the address of the webhook says, because the events do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The call, where events do not name it; it wins over what they name.
    pub call_id: Option<String>,
    /// Who answers.
    pub agent_id: Option<String>,
    /// Who calls.
    pub customer_id: Option<String>,
    /// BCP 47 tag of the call's language.
    pub lang: Option<String>,
    /// Who speaks on channel (track, speaker) 0, 1, …; customer and agent where nothing is said.
    pub roles: Vec<Role>,
}

impl Hints {
    /// Who speaks on a channel.
    fn role(&self, channel: usize) -> Role {
        let default = if channel == 1 {
            Role::Agent
        } else {
            Role::Customer
        };
        self.roles.get(channel).copied().unwrap_or(default)
    }
}

/// What a request holds.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    /// In the order of the request.
    pub events: Vec<Event>,
    /// What there is nothing to do for.
    pub skipped: Vec<Skipped>,
    /// Addresses at Amazon that somebody must open for events to be sent here.
    pub to_confirm: Vec<String>,
}

impl Reading {
    fn is_full(&self) -> bool {
        self.events.len() + self.skipped.len() > MAX_EVENTS
    }
}

/// Something of a request that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// JSON pointer to it.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

/// Something that happened on a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// JSON pointer to it.
    pub pointer: String,
    /// The call.
    pub call_id: String,
    /// Who answers, where told.
    pub agent_id: Option<String>,
    /// Who calls, where told.
    pub customer_id: Option<String>,
    /// The call's language, where told.
    pub lang: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened on a call.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It began, or somebody took it.
    Opened,
    /// Something was said.
    TranscriptUpdate(TranscriptUpdate),
    /// Somebody paused: what was said so far is complete.
    Paused(Pause),
    /// It is over.
    Ended,
}

/// Where somebody paused; what is not told means everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pause {
    /// The stream.
    pub stream: Option<String>,
    /// Its channel.
    pub channel: Option<usize>,
    /// What began before that, in milliseconds.
    pub until_ms: Option<u64>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq)]
pub struct TranscriptUpdate {
    /// Which utterance it belongs to.
    pub id: UtteranceKey,
    /// Who spoke.
    pub role: Role,
    /// The words.
    pub text: String,
    /// Whether the transcriber is done with it.
    pub is_final: bool,
    /// When it began, in milliseconds of the call.
    pub begin_ms: Option<u64>,
    /// When it ended, in milliseconds of the call.
    pub end_ms: Option<u64>,
    /// Its language, where told.
    pub lang: Option<String>,
    /// The stream that the times count from, where a call may have several one after the other.
    pub stream: Option<Stream>,
}

/// One of the streams of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// When it began, in milliseconds since 1970, where told.
    pub began_ms: Option<u64>,
}

impl Stream {
    /// One that does not say when it began.
    fn named(name: String) -> Self {
        let began_ms = None;
        Self { name, began_ms }
    }

    /// How much later it began than the first one, in milliseconds; None where nobody knows.
    fn later_than(&self, first: &Self) -> Option<u64> {
        self.began_ms?.checked_sub(first.began_ms?)
    }
}

/// Which utterance an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UtteranceKey {
    /// The vendor names utterances: partials and their final alike.
    Named(String),
    /// The same, and a partial is one of several pieces.
    Piece {
        /// The utterance.
        utterance: String,
        /// The piece: one of the same name replaces it.
        piece: String,
    },
    /// The vendor names neither the utterance nor the event, which is a partial of the track.
    Track(String),
    /// The vendor settles words by segments: pauses end utterances.
    Segment(Segment),
    /// The vendor numbers events: [`UtteranceAssembler`] tells which of them are one utterance.
    Numbered {
        /// Partials of one track replace each other until a final comes.
        track: String,
        /// Names the event: the same one may come again.
        event: String,
        /// Its number, where numbers rise with time.
        number: Option<u64>,
    },
}

/// Reads a request's body. Of several messages, or items of a message, one that cannot be read is skipped: sent again, it
/// would be no better.
///
/// # Errors
/// Where nothing could be read, everything that is needed and missing, or of another type; too much at once.
pub fn read(vendor: Vendor, body: &Value, hints: &Hints) -> Result<Reading, Vec<FieldError>> {
    let Unwrapped {
        messages,
        mut reading,
        mut flaws,
    } = envelope::open(body);
    let mut is_read = !reading.skipped.is_empty();
    if messages.len() + flaws.len() > MAX_EVENTS {
        return Err(vec![too_many()]);
    }
    for message in &messages {
        let (events, unread) = (reading.events.len(), flaws.len());
        let mut into = Collector {
            reading: &mut reading,
            flaws: &mut flaws,
            hints,
            attributes: Node::new(&message.attributes, message.attributes_pointer.clone()),
        };
        let node = Node::new(&message.value, message.pointer.clone());
        let outcome = match vendor {
            Vendor::AmazonConnect => amazon::read(&node, &mut into),
            Vendor::Genesys => genesys::read(&node, &mut into),
            Vendor::Google => google::read(&node, &mut into),
            Vendor::Twilio => twilio::read(&node, &mut into),
            Vendor::Deepgram => deepgram::read(&node, &mut into),
        };
        flaws.extend(outcome.err());
        if reading.is_full() || flaws.len() > MAX_EVENTS {
            return Err(vec![too_many()]);
        }
        is_read |= flaws.len() == unread || reading.events.len() > events;
    }
    if !is_read && !flaws.is_empty() {
        return Err(flaws);
    }
    reading
        .skipped
        .extend(flaws.into_iter().map(|flaw| Skipped {
            pointer: flaw.pointer,
            reason: flaw.detail,
        }));
    Ok(reading)
}

fn too_many() -> FieldError {
    FieldError::new(
        "",
        format!("more than {MAX_EVENTS} events at once are too many; send at most {MAX_EVENTS}"),
    )
}

/// Where an adapter puts what it finds.
struct Collector<'a> {
    reading: &'a mut Reading,
    flaws: &'a mut Vec<FieldError>,
    hints: &'a Hints,
    /// What the envelope says beside the message.
    attributes: Node<'a>,
}

impl<'a> Collector<'a> {
    /// Something happened; `call_id` is what the event itself names.
    fn happened(
        &mut self,
        node: &Node,
        call_id: Option<String>,
        what: What,
    ) -> Result<(), FieldError> {
        self.told(node, call_id, None, None, what)
    }

    /// The same with what the event says of the call.
    fn told(
        &mut self,
        node: &Node,
        call_id: Option<String>,
        agent_id: Option<String>,
        lang: Option<String>,
        what: What,
    ) -> Result<(), FieldError> {
        let call_id = self.hints.call_id.clone().or(call_id).ok_or_else(|| {
            node.flaw("does not name its call; add ?call_id=… to the address it is sent to")
        })?;
        self.reading.events.push(Event {
            pointer: node.pointer.clone(),
            call_id,
            agent_id: agent_id.or_else(|| self.hints.agent_id.clone()),
            customer_id: self.hints.customer_id.clone(),
            lang: self.hints.lang.clone().or(lang),
            what,
        });
        self.room()
    }

    /// Reads a message's items, each by itself.
    fn each(
        &mut self,
        list: &Node,
        mut read: impl FnMut(&Node, &mut Self) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        for item in list.items()? {
            let outcome = read(&item, self);
            self.room()?;
            self.flaws.extend(outcome.err());
        }
        Ok(())
    }

    /// There is nothing to do.
    fn skipped(&mut self, node: &Node, reason: impl Into<String>) -> Result<(), FieldError> {
        self.reading.skipped.push(Skipped {
            pointer: node.pointer.clone(),
            reason: reason.into(),
        });
        self.room()
    }

    /// Ends the reading of what is too much.
    fn room(&self) -> Result<(), FieldError> {
        if self.reading.is_full() || self.flaws.len() > MAX_EVENTS {
            return Err(too_many());
        }
        Ok(())
    }

    /// What the envelope says beside the message.
    fn attribute(&self, name: &str) -> Option<Node<'a>> {
        self.attributes.get(&[name])
    }
}

/// A language tag as BCP 47 has it; None for what is none, such as `multi`.
fn tag(text: &str) -> Option<String> {
    let names_language = (2..=3).contains(&primary(text).len());
    (names_language && is_tag(text)).then(|| text.replace('_', "-"))
}

#[cfg(test)]
mod tests;
