//! `/v1/ingest/{vendor}`: vendors' transcripts in their own shape, taken as if the desktop had sent them.
//!
//! Owns reading the body in the ways that vendors send it, and which calls' tracks are remembered. Leaves the shapes to
//! `ingest` and everything that follows to the desk.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Form, FromRequest, Request, State},
    http::{HeaderMap, Method, header},
};
use chrono::Utc;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    accounts, body,
    face::Face,
    identity::Who,
    params::{Params, Segments},
    problem::Problem,
    reply::{Fresh, Json},
};
use crate::{
    article::Role,
    ingest::{self, Event, Hints, Passed, Reading, Said, Tracks, Vendor, What},
    live::{Caller, Card, Desk, LiveError, NotShown, OpenCall, Utterance},
};

/// Calls whose tracks are remembered, for vendors that name no utterances.
const TRACKED_CALLS: u64 = 20_000;

/// How long after their last event: calls end by themselves sooner.
const TRACKED_FOR: Duration = Duration::from_secs(3_600);

/// Characters of an utterance that are passed on, its end: what the contract takes.
const TEXT_CHARS: usize = 20_000;

const FORM: &str = "application/x-www-form-urlencoded";

/// Tracks by owner and call.
#[derive(Clone)]
pub(super) struct Ledger(moka::sync::Cache<(String, String), Arc<Mutex<Tracks>>>);

impl Default for Ledger {
    fn default() -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(TRACKED_CALLS)
            .time_to_idle(TRACKED_FOR);
        Self(cache.build())
    }
}

impl Ledger {
    /// The utterance that an event belongs to; None for one that changes nothing.
    fn utterance(&self, caller: &Caller, call_id: &str, said: &Said) -> Option<String> {
        let name = (caller.name.clone(), call_id.to_owned());
        let tracks = self.0.get_with(name, Arc::default);
        let mut tracks = tracks.lock().unwrap_or_else(PoisonError::into_inner);
        tracks.utterance(said)
    }
}

/// What was taken of a request.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Ingested {
    /// What was done, in the order of the request.
    taken: Vec<Taken>,
    /// What changed nothing, and why.
    passed: Vec<NothingDone>,
    /// Newly pushed by this request, in the order of its events.
    cards: Vec<Card>,
    /// Why other candidates stayed silent.
    not_shown: Vec<NotShown>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    /// JSON pointer to the event.
    pointer: String,
    /// `opened`, `utterance` or `ended`.
    event: &'static str,
    /// The call.
    call_id: String,
    /// The utterance, as the call knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    utterance_id: Option<String>,
    /// Whether the transcriber is done with it.
    #[serde(rename = "final", skip_serializing_if = "Option::is_none")]
    is_final: Option<bool>,
}

/// Something that changed nothing.
#[derive(Debug, Serialize, ToSchema)]
struct NothingDone {
    /// JSON pointer to it.
    pointer: String,
    /// Why.
    reason: String,
}

impl From<Passed> for NothingDone {
    fn from(passed: Passed) -> Self {
        Self {
            pointer: passed.pointer,
            reason: passed.reason,
        }
    }
}

/// A vendor's body: JSON of any kind, or form fields as an object of texts.
pub(super) struct Hook(Value);

impl<S: Send + Sync> FromRequest<S> for Hook {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (headers, bytes) = body::read(request).await?;
        if bytes.is_empty() {
            return Err(Problem::flaw(
                "",
                "the body is empty; send the vendor's event",
            ));
        }
        if !is_form(&headers) {
            let parsed = serde_json::from_slice(&bytes);
            return parsed.map(Self).map_err(|error| {
                Problem::flaw("", format!("the body is not valid JSON: {error}"))
            });
        }
        let request = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, FORM)
            .body(Body::from(bytes))
            .map_err(|error| Problem::flaw("", error.to_string()))?;
        let fields = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(fields) = fields.map_err(|error| Problem::flaw("", error.body_text()))?;
        let object: Map<String, Value> = fields
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        Ok(Self(Value::Object(object)))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    given.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(FORM))
}

/// Take a vendor's events
///
/// The event as the vendor sends it, JSON or form fields, also wrapped by EventBridge, Kinesis, SNS, SQS or Pub/Sub. The call
/// is opened when it is first seen and ends when the vendor says so. The same event twice changes nothing; fields that are
/// not known pass. What the events do not say, the address may: `call_id`, `agent_id`, `customer_id`, `lang`, and `roles`,
/// who speaks on channel, track or speaker 0, 1, … (`customer,agent` where nothing is said). Webhooks that cannot send a
/// bearer send the key as the password of HTTP basic authentication.
#[utoipa::path(
    post, path = "/v1/ingest/{vendor}", tag = "calls", operation_id = "ingest",
    params(
        ("vendor" = String, Path, description = "amazon-connect, genesys, google, twilio or deepgram"),
        ("call_id" = Option<String>, Query, description = "The call, where events do not name it; wins over what they name"),
        ("agent_id" = Option<String>, Query, description = "Who answers"),
        ("customer_id" = Option<String>, Query, description = "Who calls"),
        ("lang" = Option<String>, Query, description = "BCP 47 tag of the call's language"),
        ("roles" = Option<String>, Query, description = "Who speaks on channel 0, 1, …: customer, agent or system, with commas between"),
    ),
    request_body(content = serde_json::Value, description = "The vendor's event"),
    responses((status = 200, description = "What was taken, and what changed nothing", body = Fresh<Ingested>)),
)]
pub(super) async fn post(
    State(face): State<Face>,
    who: Who,
    Segments(vendor): Segments<String>,
    params: Params,
    Hook(body): Hook,
) -> Result<Json, Problem> {
    let Some(vendor) = Vendor::named(&vendor) else {
        let known: Vec<&str> = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
        let detail = format!(
            "there is no vendor {vendor:?}; there are {}",
            known.join(", ")
        );
        return Err(Problem::not_found(detail));
    };
    let hints = hints(params)?;
    let reading = ingest::read(vendor, &body, &hints).map_err(Problem::flawed)?;
    let openings = openings(&face, &who, &reading).await?;
    let core = face.clone();
    let answer = face.pool().run(move || {
        let taken = take(&core, &who.caller(), reading, openings)?;
        Json::of(&Fresh::of(&core, taken))
    });
    answer.await?
}

fn hints(mut params: Params) -> Result<Hints, Problem> {
    let mut hints = Hints {
        call_id: params.text("call_id"),
        agent_id: params.text("agent_id"),
        customer_id: params.text("customer_id"),
        lang: params.text("lang"),
        roles: Vec::new(),
    };
    for name in params.list("roles") {
        match name.as_str() {
            "customer" => hints.roles.push(Role::Customer),
            "agent" => hints.roles.push(Role::Agent),
            "system" => hints.roles.push(Role::System),
            other => params.flaw(
                "roles",
                format!("must name customer, agent or system, not {other:?}"),
            ),
        }
    }
    params.finish()?;
    Ok(hints)
}

/// How each call of a request would be opened, with what the sources know of who calls.
async fn openings(
    face: &Face,
    who: &Who,
    reading: &Reading,
) -> Result<HashMap<String, OpenCall>, Problem> {
    let mut openings: HashMap<String, OpenCall> = HashMap::new();
    for event in &reading.events {
        let Event {
            call_id,
            agent_id,
            customer_id,
            lang,
            ..
        } = event.clone();
        let opening = openings.entry(call_id.clone()).or_insert_with(|| OpenCall {
            call_id: Some(call_id),
            ..OpenCall::default()
        });
        opening.agent_id = opening.agent_id.take().or(agent_id);
        opening.customer_id = opening.customer_id.take().or(customer_id);
        opening.lang = opening.lang.take().or(lang);
    }
    for opening in openings.values_mut() {
        *opening = accounts::complete(face, who, std::mem::take(opening)).await?;
    }
    Ok(openings)
}

/// Does what the events say, in their order.
fn take(
    face: &Face,
    caller: &Caller,
    reading: Reading,
    openings: HashMap<String, OpenCall>,
) -> Result<Ingested, Problem> {
    let mut taking = Taking {
        desk: face.service().desk(),
        ledger: face.ledger(),
        caller,
        openings,
        done: Ingested::default(),
    };
    for event in reading.events {
        taking.event(event)?;
    }
    let passed = reading.passed.into_iter().map(NothingDone::from);
    taking.done.passed.extend(passed);
    Ok(taking.done)
}

struct Taking<'a> {
    desk: &'a Desk,
    ledger: &'a Ledger,
    caller: &'a Caller,
    openings: HashMap<String, OpenCall>,
    done: Ingested,
}

impl Taking<'_> {
    fn event(&mut self, event: Event) -> Result<(), Problem> {
        let outcome = match &event.what {
            What::Opened => self.open(&event),
            What::Said(said) => self.say(&event, said),
            What::Ended => self
                .desk
                .end(self.caller, &event.call_id, Utc::now())
                .map(|_| self.taken(&event, "ended", None)),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(LiveError::UnknownCall { .. }) => {
                self.passed(&event, "the call is not known");
                Ok(())
            }
            Err(LiveError::CallEnded { .. }) => {
                self.passed(&event, "the call has ended");
                Ok(())
            }
            Err(LiveError::BadInput { pointer, detail }) => Err(Problem::flaw(
                event.pointer,
                format!("{detail} ({pointer})"),
            )),
            Err(error) => Err(error.into()),
        }
    }

    fn open(&mut self, event: &Event) -> Result<(), LiveError> {
        let request = self.openings.get(&event.call_id).cloned();
        let opened = self
            .desk
            .open(self.caller, request.unwrap_or_default(), Utc::now())?;
        if !opened.existed {
            self.done.cards.extend(opened.cards);
            self.done.not_shown.extend(opened.not_shown);
        }
        self.taken(event, "opened", None);
        Ok(())
    }

    fn say(&mut self, event: &Event, said: &Said) -> Result<(), LiveError> {
        let id = self.ledger.utterance(self.caller, &event.call_id, said);
        let Some(utterance_id) = id else {
            self.passed(event, "silence, or its final came before it");
            return Ok(());
        };
        let over = said.text.chars().count().saturating_sub(TEXT_CHARS);
        let utterance = Utterance {
            utterance_id: Some(utterance_id.clone()),
            role: said.role,
            text: said.text.chars().skip(over).collect(),
            is_final: said.is_final,
            begin_ms: said.begin_ms,
            end_ms: said.end_ms,
            lang: said.lang.clone(),
        };
        let hear = |utterance| {
            self.desk
                .hear(self.caller, &event.call_id, utterance, Utc::now())
        };
        let heard = match hear(utterance.clone()) {
            Err(LiveError::UnknownCall { .. }) => {
                self.open(event)?;
                self.desk
                    .hear(self.caller, &event.call_id, utterance, Utc::now())?
            }
            other => other?,
        };
        self.done.cards.extend(heard.cards);
        self.done.not_shown.extend(heard.not_shown);
        self.taken(event, "utterance", Some((utterance_id, said.is_final)));
        Ok(())
    }

    fn taken(&mut self, event: &Event, name: &'static str, said: Option<(String, bool)>) {
        let (utterance_id, is_final) = said.unzip();
        self.done.taken.push(Taken {
            pointer: event.pointer.clone(),
            event: name,
            call_id: event.call_id.clone(),
            utterance_id,
            is_final,
        });
    }

    fn passed(&mut self, event: &Event, reason: &str) {
        self.done.passed.push(NothingDone {
            pointer: event.pointer.clone(),
            reason: reason.to_owned(),
        });
    }
}
