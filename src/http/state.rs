//! The state that all handlers share, and the server's settings.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use axum::{extract::Request, http::HeaderValue, response::IntoResponse};
use metrics_exporter_prometheus::PrometheusHandle;
use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::sync::watch;
use tower::{Service as TowerService, ServiceExt as _, util::BoxCloneSyncService};

use super::{
    agents::Agents,
    identity::Principal,
    ingest::Ledger,
    limits::{Limits, Shares},
    login::Logins,
    metrics,
    network::Network,
    observe,
    pool::Turns,
    service::Backend,
    session::Sessions,
};
use crate::{
    keys::{Keyring, KeysError},
    oidc::Provider,
    pool::Pool,
};

/// Reports that are worked out at once, and histories that are read.
const REPORTS: usize = 1;

/// Those of one caller that may wait: some people with a page of four open.
const WAITING_REPORTS: usize = 64;

/// Readings of cards that are remembered, about 20 MB of them; beyond it the oldest are forgotten, and logged again.
const READINGS: u64 = 100_000;

/// What the operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Content folder: its images are served.
    pub content: PathBuf,
    /// Data folder: its keys are obeyed.
    pub data: PathBuf,
    /// What anybody may ask.
    pub limits: Limits,
    /// Where the server stands.
    pub network: Network,
    /// Secret that the git host shares; empty means that none is taken.
    pub hook_secret: String,
    /// Whether open article pages reload and drafts can be read by admins.
    pub preview: bool,
}

impl Settings {
    /// Settings with every default.
    #[must_use]
    pub fn new(content: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            content: content.into(),
            data: data.into(),
            limits: Limits::default(),
            network: Network::default(),
            hook_secret: String::new(),
            preview: false,
        }
    }
}

/// Texts that are written at once, and that may wait of one caller: each holds a thread while the endpoint thinks.
const DRAFTS: (usize, usize) = (8, 32);

/// State of the HTTP interface: cheap to clone, the same for every request.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    service: Arc<dyn Backend>,
    settings: Settings,
    keys: Keyring,
    sessions: Sessions,
    logins: Logins,
    oidc: OnceLock<Arc<Provider>>,
    shares: Shares,
    pool: Pool,
    ledger: Ledger,
    /// Names of readers, each with the id of a card that they have read.
    readings: Cache<(String, String), ()>,
    reports: Pool,
    history: Pool,
    drafts: Pool,
    metrics: PrometheusHandle,
    /// Scripts, styles and frames that a browser may take from where.
    policy: HeaderValue,
    closing: watch::Sender<bool>,
    /// Where the server listens; unknown means not beyond this process.
    address: OnceLock<SocketAddr>,
    agents: OnceLock<Agents>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

impl AppState {
    /// The HTTP interface over a service.
    ///
    /// # Errors
    /// When the data folder's keys cannot be read: a server must not start open by accident.
    pub fn new(service: Arc<dyn Backend>, settings: Settings) -> Result<Self, KeysError> {
        let inner = Inner {
            service,
            keys: Keyring::open(&settings.data)?,
            policy: observe::policy(&settings.network.frame_parents),
            settings,
            sessions: Sessions::default(),
            logins: Logins::default(),
            oidc: OnceLock::new(),
            shares: Shares::default(),
            pool: Pool::answers(),
            ledger: Ledger::default(),
            readings: Cache::builder()
                .max_capacity(READINGS)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            reports: Pool::new(REPORTS, WAITING_REPORTS),
            history: Pool::new(REPORTS, WAITING_REPORTS),
            drafts: Pool::idle(DRAFTS.0, DRAFTS.1),
            metrics: metrics::recorder(),
            closing: watch::Sender::new(false),
            address: OnceLock::new(),
            agents: OnceLock::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The interface of a server that listens there: beyond loopback a key is required.
    #[must_use]
    pub fn listening_on(self, address: SocketAddr) -> Self {
        let _ = self.inner.address.set(address);
        self
    }

    /// The interface with a service for AI agents' clients at `/mcp`. It finds a [`crate::service::Sender`] with every request.
    #[must_use]
    pub fn with_agents<S>(self, service: S) -> Self
    where
        S: TowerService<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse + 'static,
        S::Future: Send + 'static,
    {
        let service = service.map_response(IntoResponse::into_response);
        let _ = self.inner.agents.set(BoxCloneSyncService::new(service));
        self
    }

    /// The interface that also accepts users of an identity provider. Nobody gets in without being known, on loopback too.
    #[must_use]
    pub fn with_oidc(self, provider: Provider) -> Self {
        let _ = self.inner.oidc.set(Arc::new(provider));
        self
    }

    /// The identity provider, where there is one.
    pub(super) fn oidc(&self) -> Option<&Arc<Provider>> {
        self.inner.oidc.get()
    }

    /// What serves AI agents' clients.
    pub(super) fn agents(&self) -> Option<Agents> {
        self.inner.agents.get().cloned()
    }

    /// Whether nobody needs to be known.
    pub(super) fn is_open(&self) -> bool {
        self.is_local() && self.oidc().is_none() && !self.keys().in_use()
    }

    /// Whether only this machine can reach the server.
    pub(super) fn is_local(&self) -> bool {
        self.inner
            .address
            .get()
            .is_none_or(|address| address.ip().to_canonical().is_loopback())
    }

    /// The core.
    pub(super) fn service(&self) -> &Arc<dyn Backend> {
        &self.inner.service
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(super) fn keys(&self) -> &Keyring {
        &self.inner.keys
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// Sign-ins under way.
    pub(super) fn logins(&self) -> &Logins {
        &self.inner.logins
    }

    /// What everybody has of the server.
    pub(super) fn shares(&self) -> &Shares {
        &self.inner.shares
    }

    /// The pool for questions and calls, shared by HTTP and MCP.
    #[must_use]
    pub fn answers(&self) -> &Pool {
        &self.inner.pool
    }

    /// For questions and calls.
    pub(super) fn pool(&self, who: &Principal) -> Turns {
        Turns(self.inner.pool.of(&who.grant().name))
    }

    /// Questions and calls that wait.
    pub(super) fn waiting(&self) -> usize {
        self.inner.pool.waiting()
    }

    /// What vendors' events belong to.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// Whether somebody reads a card for the first time, as far as is remembered.
    pub(super) fn is_first_reading(&self, name: &str, card_id: &str) -> bool {
        let reading = (name.to_owned(), card_id.to_owned());
        self.inner.readings.entry(reading).or_insert(()).is_fresh()
    }

    /// For what may take seconds: questions never wait behind it.
    pub(super) fn reports(&self, who: &Principal) -> Turns {
        Turns(self.inner.reports.of(&who.grant().name))
    }

    /// For what articles said before: a long history takes as long as a report, and reports do not wait behind it.
    pub(super) fn history(&self, who: &Principal) -> Turns {
        Turns(self.inner.history.of(&who.grant().name))
    }

    /// The content security policy.
    pub(super) fn policy(&self) -> &HeaderValue {
        &self.inner.policy
    }

    /// For texts that somebody else writes.
    pub(super) fn drafts(&self, who: &Principal) -> Turns {
        Turns(self.inner.drafts.of(&who.grant().name))
    }

    /// Texts that wait to be written.
    #[cfg(test)]
    pub(super) fn waiting_drafts(&self) -> usize {
        self.inner.drafts.waiting()
    }

    pub(super) fn metrics(&self) -> &PrometheusHandle {
        &self.inner.metrics
    }

    /// Tells every stream to end.
    pub(super) fn close(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Resolves when streams are to end.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut closing = self.inner.closing.subscribe();
        async move {
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }
}
