//! `/v1/content/events`: tells open pages that the content changed, for those who write it.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use tokio::time::sleep;

use super::{face::Face, identity::Who, limits::StreamPlace, params::NoParams, problem::Problem};

/// How often the generation is looked at: writers take less than this for at once.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often a silent stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Follow changes of the content
///
/// Server-sent events `reload`, one for each generation that becomes visible. Only with `cuecard serve --preview`.
#[utoipa::path(
    get, path = "/v1/content/events", tag = "content", operation_id = "follow_content",
    responses(
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        (status = 404, description = "The server was started without `--preview`"),
    ),
)]
pub(super) async fn events(
    State(face): State<Face>,
    who: Who,
    place: StreamPlace,
    _: NoParams,
) -> Result<Response, Problem> {
    if !face.settings().preview {
        let detail = "this server shows no preview; start it with `cuecard serve --preview`";
        return Err(Problem::not_found(detail));
    }
    let told = async_stream::stream! {
        let _place = place;
        let closed = face.closed();
        tokio::pin!(closed);
        let generation = || face.service().catalog().info.generation;
        let mut seen = generation();
        loop {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = &mut closed => break,
            }
            if !who.still(&face) {
                break;
            }
            let now = generation();
            if now != seen {
                seen = now;
                let event = Event::default().event("reload").id(now.to_string()).data("{}");
                yield Ok::<_, Infallible>(event);
            }
        }
    };
    let beat = KeepAlive::new().interval(HEARTBEAT).text("beat");
    Ok(Sse::new(told).keep_alive(beat).into_response())
}
