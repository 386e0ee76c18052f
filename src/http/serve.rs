//! The accept loop: accepts connections, passes requests to the router, and enforces the limits of connections.
//!
//! Owns connections: their number, the time limits for a request's head and for an unread response, and their end. Leaves
//! every request to `routes`.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt as _};

use super::{patience::Patient, peer::Peer, routes::router, state::AppState};
use crate::panics::caught;

/// How long requests in flight may take to finish once the end was asked for; streams end at once.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// How often idle calls are ended, idle shares forgotten, and samples folded into their histograms so that memory stays flat
/// when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Rest after the system refused a connection, for want of file handles mostly.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A connection's place among those that may be open; kept by what lives on after its last request, as a WebSocket does.
#[derive(Clone)]
pub(super) struct ConnectionPlace {
    _held: Arc<Option<OwnedSemaphorePermit>>,
}

/// Serves until `shutdown` resolves and the requests in flight are answered, or two seconds later.
///
/// # Errors
/// The socket's own.
pub async fn run(
    listener: TcpListener,
    face: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let face = face.listening_on(listener.local_addr()?);
    if face.is_open() && !face.settings().network.cors_origins.is_empty() {
        tracing::warn!(
            "cors_origins is ignored while no key is needed: any page listed there could act as admin; make a key with `cuecard keys add`"
        );
    }
    let app = router(face.clone());
    let upkeep = tokio::spawn(keep_up(face.clone()));
    let all = u32::try_from(face.settings().limits.connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(all as usize));
    tokio::pin!(shutdown);
    loop {
        let arrived = async {
            // The place comes first: without one, who comes waits in the system's queue.
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let ((stream, peer), place) = tokio::select! {
            () = &mut shutdown => break,
            arrived = arrived => arrived,
        };
        let place = ConnectionPlace {
            _held: Arc::new(place.ok()),
        };
        let of_requests = place.clone();
        let app = app
            .clone()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request.extensions_mut().insert(of_requests.clone());
                request
            });
        let face = face.clone();
        tokio::spawn(async move {
            connection(stream, app, &face).await;
            drop(place);
        });
    }
    drop(listener);
    face.close();
    if timeout(SHUTDOWN_GRACE, places.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!(
            "requests were still open {} s after the end was asked for; leaving them",
            SHUTDOWN_GRACE.as_secs()
        );
    }
    upkeep.abort();
    Ok(())
}

/// The next connection. What the system refuses is waited out: it is no reason to stop.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be taken; trying again in a second");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves one connection to its end, or until the server's, when the request in flight is the last.
async fn connection<S>(stream: TcpStream, app: S, face: &AppState)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    // Small answers must not wait for the acknowledgement of earlier ones (Nagle): 40 ms a query.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let patience = Duration::from_secs(face.settings().limits.header_secs);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Whoever sends its head byte by byte, or nothing at all, or reads no answer, must not keep the place.
        .header_read_timeout(patience)
        .serve_connection(
            TokioIo::new(Patient::new(stream, patience)),
            TowerToHyperService::new(app),
        )
        .with_upgrades();
    tokio::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = face.closed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn keep_up(face: AppState) {
    loop {
        sleep(UPKEEP).await;
        face.metrics().run_upkeep();
        face.shares().sweep(Instant::now());
        let core = face.clone();
        let sweep = move || core.service().registry().sweep(chrono::Utc::now());
        if let Ok(Err(panic)) = spawn_blocking(move || caught(sweep)).await {
            tracing::error!(panic, "a sweep of calls ended in a panic; please report it");
        }
    }
}
