//! The HTTP face: requests in, answers out, and nothing decided here.
//!
//! Owns routes, identity, problem answers, streams and limits of the network. Leaves every decision about
//! articles to `search` and about calls to `live`, both reached through [`Service`]. `routes` shows all of it
//! on one screen.

mod accounts;
mod agents;
mod articles;
mod body;
mod calls;
mod content;
mod demo;
mod docs;
mod engagement;
mod face;
mod generate;
mod guard;
mod health;
mod hooks;
mod identity;
mod images;
mod ingest;
mod insights;
mod listing;
mod metrics;
mod observe;
mod openapi;
mod origin;
mod pages;
mod params;
mod pool;
mod preview;
mod problem;
mod reply;
mod revisions;
mod routes;
mod search;
mod service;
mod session;
mod streams;
mod suggest;
#[cfg(test)]
mod tests;

pub use face::{Face, Settings};
pub use metrics::recorder;
pub use openapi::openapi;
pub use routes::router;
pub use service::{SearchEngagement, SearchEngagementKind, Service};

use std::{future::Future, io, time::Duration};

use axum::serve::ListenerExt as _;
use tokio::{net::TcpListener, sync::oneshot, time::sleep};

/// How long requests in flight may take to finish once the end was asked for; streams end at once.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// How often idle calls are ended, and samples folded into their histograms so that memory stays flat when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until `shutdown` resolves and the requests in flight are answered, or two seconds later.
///
/// # Errors
/// The socket's own.
pub async fn run(
    listener: TcpListener,
    face: Face,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let face = face.listening_on(listener.local_addr()?);
    let app = router(face.clone());
    // Small answers must not wait for the acknowledgement of earlier ones (Nagle): 40 ms a query.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
    });
    let upkeep = tokio::spawn(keep_up(face.clone()));
    let (tell, told) = oneshot::channel();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        shutdown.await;
        face.close();
        let _ = tell.send(());
    });
    let outcome = tokio::select! {
        outcome = server => outcome,
        () = grace(told) => {
            tracing::warn!("requests were still open {} s after the end was asked for; leaving them", SHUTDOWN_GRACE.as_secs());
            Ok(())
        }
    };
    upkeep.abort();
    outcome
}

/// Resolves when the time to finish is over; never when the end was not asked for.
async fn grace(told: oneshot::Receiver<()>) {
    if told.await.is_ok() {
        sleep(SHUTDOWN_GRACE).await;
    } else {
        std::future::pending::<()>().await;
    }
}

async fn keep_up(face: Face) {
    loop {
        sleep(UPKEEP).await;
        face.metrics().run_upkeep();
        let core = face.clone();
        // A full pool is no reason to stop: the next turn sweeps.
        let _ = face
            .pool()
            .run(move || core.service().desk().sweep(chrono::Utc::now()))
            .await;
    }
}
