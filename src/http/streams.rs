//! Streams of cards for a call or for an agent: server-sent events, and the same over WebSocket.
//!
//! Owns resuming, heartbeats and closing. Leaves the events, and when to send `resync`, to the call registry's
//! subscriptions.

use std::time::Duration;

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse as _, Response,
        sse::{self, KeepAlive},
    },
};
use futures::{Stream, StreamExt as _};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    identity::Principal,
    limits::StreamPlace,
    params::{Params, Segments},
    problem::Problem,
    reply::event_stream,
    state::AppState,
};
use crate::{
    audit::{Shown, What},
    live::{Card, Event, EventKind, Watch},
};

/// Proxies cut silent connections after a minute or less; readers take two missed beats for a dead server.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Name of a beat that is an event of its own: a browser's scripts hear neither comments nor pings.
const BEAT: &str = "beat";

/// How soon a revoked key loses its open streams: the contract's second.
const RECHECK: Duration = Duration::from_secs(1);

/// How long one message may take to leave for a WebSocket's reader before they are given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of one message that a WebSocket's reader may send: nothing needs to be said.
const HEARD_BYTES: usize = 4 * 1_024;

/// Follow a call
///
/// Server-sent events `card`, `card_state`, `question`, `call_ended` and `resync`, starting with past events, or after
/// `Last-Event-ID`. Returns 204 once the call has ended and all events were delivered. See `StreamEvent` for the payloads.
/// Also available as a WebSocket at `…/events/ws` and `…/ws`.
#[utoipa::path(
    get, path = "/v1/calls/{id}/events", tag = "calls", operation_id = "follow_call",
    params(
        ("id" = String, Path, description = "Call id"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event received"),
        ("last_event_id" = Option<String>, Query, description = "Same as the header, for clients that cannot set headers"),
        ("beats" = Option<bool>, Query, description = "Heartbeats, at the start and every 15 s, as `beat` events, not comments"),
    ),
    responses(
        (status = 200, description = "The event stream", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The call has ended and all events were delivered"),
    ),
)]
pub(super) async fn call(
    State(face): State<AppState>,
    who: Principal,
    place: StreamPlace,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let (last, beats) = wish(&headers, params)?;
    let watch = watch_call(&face, &who, id, last).await?;
    Ok(as_sse(face, who, place, watch, beats))
}

/// Follow an agent
///
/// Events of all calls of that agent that belong to the caller, as server-sent events (`StreamEvent`). Also available as a
/// WebSocket at `…/events/ws` and `…/ws`.
#[utoipa::path(
    get, path = "/v1/agents/{agent_id}/events", tag = "calls", operation_id = "follow_agent",
    params(
        ("agent_id" = String, Path, description = "Agent id"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event received"),
        ("last_event_id" = Option<String>, Query, description = "Same as the header, for clients that cannot set headers"),
        ("beats" = Option<bool>, Query, description = "Heartbeats, at the start and every 15 s, as `beat` events, not comments"),
    ),
    responses((status = 200, description = "The event stream", body = String, content_type = "text/event-stream")),
)]
pub(super) async fn agent(
    State(face): State<AppState>,
    who: Principal,
    place: StreamPlace,
    Segments(agent_id): Segments<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let (last, beats) = wish(&headers, params)?;
    let watch = watch_agent(&face, &who, agent_id, last).await?;
    Ok(as_sse(face, who, place, watch, beats))
}

/// Follow a call by WebSocket
///
/// Text messages `{"id":4,"event":"card","data":{…}}`, each a `StreamEvent`. The client does not need to send anything.
#[utoipa::path(
    get, path = "/v1/calls/{id}/events/ws", tag = "calls", operation_id = "follow_call_ws",
    params(
        ("id" = String, Path, description = "Call id"),
        ("last_event_id" = Option<String>, Query, description = "Id of the last event received"),
        ("beats" = Option<bool>, Query, description = "Heartbeats, at the start and every 15 s, as `beat` messages, not pings"),
    ),
    responses((status = 101, description = "Switching to the WebSocket stream")),
)]
pub(super) async fn call_ws(
    State(face): State<AppState>,
    who: Principal,
    place: StreamPlace,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    params: Params,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let (last, beats) = wish(&headers, params)?;
    let watch = watch_call(&face, &who, id, last).await?;
    as_websocket(upgrade, face, who, place, (watch, beats))
}

/// Follow an agent by WebSocket
///
/// Text messages `{"id":4,"event":"card","data":{…}}`, each a `StreamEvent`. The client does not need to send anything.
#[utoipa::path(
    get, path = "/v1/agents/{agent_id}/events/ws", tag = "calls", operation_id = "follow_agent_ws",
    params(
        ("agent_id" = String, Path, description = "Agent id"),
        ("last_event_id" = Option<String>, Query, description = "Id of the last event received"),
        ("beats" = Option<bool>, Query, description = "Heartbeats, at the start and every 15 s, as `beat` messages, not pings"),
    ),
    responses((status = 101, description = "Switching to the WebSocket stream")),
)]
pub(super) async fn agent_ws(
    State(face): State<AppState>,
    who: Principal,
    place: StreamPlace,
    Segments(agent_id): Segments<String>,
    headers: HeaderMap,
    params: Params,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let (last, beats) = wish(&headers, params)?;
    let watch = watch_agent(&face, &who, agent_id, last).await?;
    as_websocket(upgrade, face, who, place, (watch, beats))
}

/// After which event a stream begins, and whether its beats are events.
fn wish(headers: &HeaderMap, mut params: Params) -> Result<(Option<String>, bool), Problem> {
    let beats = params.flag("beats");
    Ok((last_event_id(headers, params)?, beats))
}

/// The header wins: a browser that reconnects sets it, while the address still has the id it began with.
pub(super) fn last_event_id(
    headers: &HeaderMap,
    mut params: Params,
) -> Result<Option<String>, Problem> {
    let asked = params.text("last_event_id");
    params.finish()?;
    let sent = headers
        .get("last-event-id")
        .map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
        .filter(|id| !id.is_empty());
    Ok(sent.or(asked))
}

async fn watch_call(
    face: &AppState,
    who: &Principal,
    id: String,
    last: Option<String>,
) -> Result<Watch, Problem> {
    let (core, caller) = (face.clone(), who.caller());
    let watch = face.pool(who).run(move || {
        core.service()
            .registry()
            .watch_call(&caller, &id, last.as_deref())
    });
    Ok(watch.await??)
}

async fn watch_agent(
    face: &AppState,
    who: &Principal,
    agent_id: String,
    last: Option<String>,
) -> Result<Watch, Problem> {
    let (core, caller) = (face.clone(), who.caller());
    face.pool(who)
        .run(move || {
            core.service()
                .registry()
                .watch_agent(&caller, &agent_id, last.as_deref())
        })
        .await
}

/// A watch as a stream of what its reader may see; it also ends with the server, and with the reader's key.
fn events(
    face: AppState,
    who: Principal,
    place: StreamPlace,
    mut watch: Watch,
) -> impl Stream<Item = Event> + Send {
    async_stream::stream! {
        let _place = place;
        let caller = who.caller();
        let closed = face.closed();
        tokio::pin!(closed);
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = tokio::select! {
                biased;
                () = &mut closed => None,
                // Before events: a revoked key gets no more of them, however many there are.
                _ = recheck.tick() => if who.still(&face) { continue } else { None },
                event = watch.next() => event,
            };
            let Some(event) = event.filter(|_| who.still(&face)) else { break };
            if face.service().registry().may_hear(&caller, &event) {
                note(&face, &who, &event);
                yield event;
            }
        }
    }
}

/// Keeps in the audit log which cards an admin follows: when they were pushed, only their call's owner was shown them.
fn note(face: &AppState, who: &Principal, event: &Event) {
    if event.kind != EventKind::Card || !who.grant().is_admin() || who.needs_no_key() {
        return;
    }
    if let Ok(card) = serde_json::from_str::<Card>(&event.data) {
        let shown = [Shown::from(&card)];
        let what = What::Card {
            call_id: card.call_id,
            card_id: card.card_id,
            agent_id: None,
        };
        who.shown(face, what, shown);
    }
}

fn as_sse(
    face: AppState,
    who: Principal,
    place: StreamPlace,
    watch: Watch,
    beats: bool,
) -> Response {
    if watch.finished() {
        // The one answer that keeps a browser's EventSource from coming again.
        return StatusCode::NO_CONTENT.into_response();
    }
    let told = events(face, who, place, watch).map(|event| {
        sse::Event::default()
            .id(event.id.to_string())
            .event(event.kind.name())
            .data(&*event.data)
    });
    let beat = move || match beats {
        true => sse::Event::default().event(BEAT).data("{}"),
        false => sse::Event::default().comment(BEAT),
    };
    // A first line at once: proxies and readers learn that the stream is open.
    let opening = futures::stream::once(async move { beat() });
    let alive = KeepAlive::new().interval(HEARTBEAT).event(beat());
    event_stream(opening.chain(told), alive)
}

fn as_websocket(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    face: AppState,
    who: Principal,
    place: StreamPlace,
    told: (Watch, bool),
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|error| {
        Problem::flaw(
            "",
            format!(
                "open this address as a WebSocket: {}",
                error.body_text().to_lowercase()
            ),
        )
    })?;
    let upgrade = upgrade
        .max_message_size(HEARD_BYTES)
        .max_frame_size(HEARD_BYTES);
    Ok(upgrade.on_upgrade(move |socket| tell(socket, face, who, place, told)))
}

/// Tells a WebSocket's reader everything, until either side is done; its beats are messages, or pings.
async fn tell(
    mut socket: WebSocket,
    face: AppState,
    who: Principal,
    place: StreamPlace,
    (watch, beats): (Watch, bool),
) {
    let told = events(face, who, place, watch);
    tokio::pin!(told);
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            event = told.next() => match event {
                Some(event) => Message::Text(written(&event).into()),
                None => break,
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            _ = beat.tick() => match beats {
                true => Message::Text(format!(r#"{{"event":"{BEAT}","data":{{}}}}"#).into()),
                false => Message::Ping(Vec::new().into()),
            },
        };
        match timeout(SEND_TIMEOUT, socket.send(message)).await {
            Ok(Ok(())) => {}
            // Gone, or so slow that it may come again and resume.
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(SEND_TIMEOUT, socket.send(Message::Close(None))).await;
}

/// An event as a WebSocket's text; its data is JSON already.
fn written(event: &Event) -> String {
    format!(
        r#"{{"id":{},"event":"{}","data":{}}}"#,
        event.id,
        event.kind.name(),
        event.data
    )
}
