//! `/v1/content/events`: tells open pages that the content changed, for authors.

use std::time::Duration;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        Response,
        sse::{Event, KeepAlive},
    },
};
use tokio::time::sleep;

use super::{
    identity::Principal, limits::StreamPlace, params::Params, problem::Problem,
    reply::event_stream, state::AppState, streams::last_event_id,
};

/// How often the generation is looked at: writers take less than this for at once.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often a silent stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Follow content changes
///
/// Server-sent events whose ids are index generations: `generation` carries the current one if the client sends none, then
/// `reload` announces each new one. Only available with `cuecard serve --preview`.
#[utoipa::path(
    get, path = "/v1/content/events", tag = "content", operation_id = "follow_content",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "The last generation seen"),
        ("last_event_id" = Option<String>, Query, description = "Same as the header, for clients that cannot set headers"),
    ),
    responses(
        (status = 200, description = "The event stream", body = String, content_type = "text/event-stream"),
        (status = 404, description = "The server was started without `--preview`"),
    ),
)]
pub(super) async fn events(
    State(face): State<AppState>,
    who: Principal,
    place: StreamPlace,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    if !face.settings().preview {
        let detail = "this server shows no preview; start it with `cuecard serve --preview`";
        return Err(Problem::not_found(detail));
    }
    let last = last_event_id(&headers, params)?;
    let told = async_stream::stream! {
        let _place = place;
        let closed = face.closed();
        tokio::pin!(closed);
        let mut seen = last;
        loop {
            let now = face.service().catalog().info.generation.to_string();
            if seen.as_ref() != Some(&now) {
                let name = if seen.is_some() { "reload" } else { "generation" };
                yield Event::default().event(name).id(&now).data("{}");
                seen = Some(now);
            }
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = &mut closed => break,
            }
            if !who.still(&face) {
                break;
            }
        }
    };
    let beat = KeepAlive::new().interval(HEARTBEAT).text("beat");
    Ok(event_stream(told, beat))
}
