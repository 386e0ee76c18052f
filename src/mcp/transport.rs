//! Streamable HTTP: a service for requests to `/mcp`, independent of the HTTP server.
//!
//! Without sessions, as in the newest revision: older clients are served from the handshake alone. The caller's identity
//! comes as a [`crate::service::Sender`] in the request's extensions; whoever put it there has checked hosts and origins.

use std::{sync::Arc, time::Duration};

use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};

use super::{
    quote::Quoter,
    server::{SenderSource, Server, Shared},
};
use crate::{pool::Pool, service::Service};

/// Largest request, in bytes: the same as elsewhere.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The service that takes requests.
pub type HttpService = StreamableHttpService<Server, NeverSessionManager>;

/// The tools over HTTP; their work runs on that pool.
#[must_use]
pub fn http_service(service: Arc<dyn Service>, pool: &Pool, quoter: Quoter) -> HttpService {
    let shared = Arc::new(Shared::new(service, pool, quoter, Duration::ZERO));
    // Hosts and origins are checked before a request comes here, by rules that change with the keys.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY_BYTES)
        .disable_allowed_hosts();
    StreamableHttpService::new(
        move || Ok(Server::new(Arc::clone(&shared), SenderSource::Carried)),
        Arc::new(NeverSessionManager::default()),
        config,
    )
}
