//! Streamable HTTP: a service that takes requests to `/mcp`, whoever serves them.
//!
//! Without sessions, as the newest revision has it: older clients get theirs from the handshake alone. Who asks comes
//! as a [`Grant`] among the request's extensions, and so do where they are and its span; hosts and origins are checked by whoever put it there.

use std::{net::IpAddr, sync::Arc, time::Duration};

use http::{HeaderMap, header, request::Parts};
use rmcp::{
    model::Extensions,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use tracing::Span;

use super::{
    quote::Quoter,
    server::{Server, Shared, Who},
};
use crate::{keys::Grant, service::Service};

/// Largest request, in bytes: the same as elsewhere.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The service that takes requests.
pub type HttpService = StreamableHttpService<Server, NeverSessionManager>;

/// The face over HTTP.
#[must_use]
pub fn http_service(service: Arc<dyn Service>, quoter: Quoter) -> HttpService {
    let shared = Arc::new(Shared::new(service, quoter, Duration::ZERO));
    // Hosts and origins are checked before a request comes here, by rules that change with the keys.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY_BYTES)
        .disable_allowed_hosts();
    StreamableHttpService::new(
        move || Ok(Server::new(Arc::clone(&shared), Who::Carried)),
        Arc::new(NeverSessionManager::default()),
        config,
    )
}

/// Who sends a request, and where they reach the page.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) grant: Arc<Grant>,
    /// Where they are, as far as the network knows.
    pub(super) client: Option<IpAddr>,
    /// Scheme and host of the page, as the client knows it; empty where nobody knows.
    pub(super) base: String,
    /// What the request is in a trace.
    pub(super) span: Span,
}

impl Sender {
    /// Reads what came with the request; None where nobody is known.
    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        let parts = extensions.get::<Parts>()?;
        let grant = parts.extensions.get::<Arc<Grant>>()?;
        Some(Self {
            grant: Arc::clone(grant),
            client: parts.extensions.get().copied().flatten(),
            base: base(&parts.headers),
            span: parts.extensions.get().cloned().unwrap_or(Span::none()),
        })
    }
}

/// Scheme and host as the client knows them. Whoever lies about them only misleads their own links.
fn base(headers: &HeaderMap) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = said(header::HOST.as_str()) else {
        return String::new();
    };
    let scheme = match said("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}")
}
