//! The assembled service: it follows the content, searches the index and runs calls. HTTP and MCP both call it.

pub mod backup;
mod beside;
pub mod lock;
mod models;
mod recording;

use std::sync::Arc;

use chrono::{NaiveDate, Utc};

use crate::{
    accounts::{Accounts, AccountsError},
    article::{Article, Diagnostic},
    audit::Audit,
    config::Config,
    generate::Generator,
    http::Backend,
    index::{Catalog, Index, IndexError, Manifest, ManifestError, Writer},
    insights::Insights,
    live::{CallRegistry, CoreRetriever},
    search::{
        ConversationSearch, Core, browse,
        error::SearchError,
        status::Readiness,
        suggest,
        types::{Audience, IndexInfo, SearchRequest, SearchResponse},
    },
    service::Service,
    source::{FollowError, Follower, LastCommit, Settings, follow},
};
pub use beside::in_memory;
pub use models::{embedder, second_look};

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder belongs to another process.
    #[error(
        "data folder {0} is in use by another cuecard: stop that one, or name another folder with --data"
    )]
    InUse(String),
    /// The data folder cannot be made or written.
    #[error("data folder {0} cannot be used: {1}; check its permissions and free space")]
    Folder(String, std::io::Error),
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The engines.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The content.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Where accounts come from.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
}

/// The running service. It ends when it is dropped.
pub struct App {
    core: Arc<Core>,
    registry: CallRegistry,
    config: Arc<Config>,
    follower: Follower,
    accounts: Option<Arc<Accounts>>,
    insights: Option<Arc<Insights>>,
    audit: Option<Arc<Audit>>,
    generator: Option<Arc<Generator>>,
    _lock: Option<lock::Lock>,
}

impl App {
    /// Loads the model and starts to follow the content; the data folder was taken before.
    ///
    /// # Errors
    /// When a folder cannot be used.
    pub fn start(config: Config, lock: lock::Lock) -> Result<Self, StartError> {
        let writer = Writer::open(
            &config.data,
            embedder(&config.model),
            config.vectors.as_ref(),
        )?;
        let manifest = Manifest::open(&config.data)?;
        Self::on(config, writer, manifest, Some(lock))
    }

    fn on(
        config: Config,
        writer: Writer,
        manifest: Manifest,
        lock: Option<lock::Lock>,
    ) -> Result<Self, StartError> {
        let accounts = accounts(&config)?;
        let core = Core::new(Arc::clone(writer.index()));
        let core = Arc::new(core.looking_again(second_look(&config)));
        let config = Arc::new(config);
        let today = Arc::clone(&config);
        let settings = Settings {
            content: config.content.clone(),
            commits: config.commits.clone(),
            lays_out: lock.is_some(),
            today: Box::new(move || today.today()),
        };
        // Before the first generation: calls read the titles of each before it is served.
        let registry = registry(Arc::clone(&core), Arc::clone(&config)).begun(Utc::now());
        let follower = follow(settings, writer, manifest)?;
        // Beside a server that has the data folder nothing is written to it.
        let is_ours = lock.is_some();
        let insights = is_ours.then(|| recording::record(&core, &config));
        let audit = is_ours.then(|| recording::audit(&config)).flatten();
        let registry = recording::watched(registry, insights.as_ref(), audit.as_ref());
        let secret = |name: &str| std::env::var(name).ok();
        let generator = Generator::new(&config.generate, secret).map(Arc::new);
        Ok(Self {
            core,
            registry,
            config,
            follower,
            accounts,
            insights,
            audit,
            generator,
            _lock: lock,
        })
    }

    /// The retrieval core.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    fn index(&self) -> &Arc<Index> {
        self.core.index()
    }
}

/// A call registry over a core.
#[must_use]
pub fn registry(core: Arc<Core>, config: Arc<Config>) -> CallRegistry {
    let policy = config.calls.clone();
    let (days, calendar) = (Arc::clone(&config), config);
    let retriever = CoreRetriever::new(ConversationSearch::new(core), move || days.today());
    CallRegistry::new(Arc::new(retriever), policy)
        .with_calendar(Arc::new(move |_| calendar.today()))
}

/// Where accounts come from, with secrets of the environment; None where nothing is configured.
fn accounts(config: &Config) -> Result<Option<Arc<Accounts>>, AccountsError> {
    let secret = |name: &str| std::env::var(name).ok();
    let limit = config.calls.bounds.account_bytes;
    let accounts = Accounts::new(
        &config.account_sources,
        &config.account_hosts,
        secret,
        limit,
    )?;
    Ok((!accounts.is_empty()).then(|| Arc::new(accounts)))
}

impl Service for App {
    fn search(
        &self,
        request: SearchRequest,
        audience: &Audience,
    ) -> Result<SearchResponse, SearchError> {
        if !self.is_ready() {
            return Err(SearchError::NotReady);
        }
        let response = self.core.search(&request, audience, self.config.today())?;
        if let Some(insights) = self.insights() {
            insights.searched(&request, &response, Utc::now());
        }
        Ok(response)
    }

    fn insights(&self) -> Option<&Insights> {
        self.recorded().filter(|one| one.settings().record)
    }

    fn audit(&self) -> Option<&Audit> {
        self.audit.as_deref()
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.index().generation().catalog)
    }

    fn is_ready(&self) -> bool {
        self.follower.followed().ready()
    }

    fn readiness(&self) -> Readiness {
        let catalog = self.catalog();
        let followed = self.follower.followed();
        Readiness {
            ready: followed.ready(),
            articles: catalog.articles.len(),
            passages: catalog.passage_count(),
            pending_embeddings: Some(self.index().pending_embeddings()),
            index: self.index().info(&catalog),
            degraded: self.core.degraded(),
            progress: followed.progress().filter(|_| !followed.ready()),
        }
    }

    fn registry(&self) -> &CallRegistry {
        &self.registry
    }

    fn today(&self) -> NaiveDate {
        self.config.today()
    }

    fn freshness(&self, catalog: &Catalog) -> (IndexInfo, Vec<String>) {
        (self.index().info(catalog), self.core.degraded())
    }
}

impl Backend for App {
    fn suggest(
        &self,
        catalog: &Catalog,
        prefix: &str,
        audience: &Audience,
        limit: usize,
    ) -> Vec<browse::Suggestion> {
        let visible = browse::visible_entries(catalog, audience, self.config.today());
        suggest::complete(visible, prefix, limit)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.follower.followed().diagnostics()
    }

    fn last_commit(&self, path: &str) -> Option<LastCommit> {
        self.follower.followed().last_commit(path)
    }

    fn look(&self) {
        self.follower.wake();
    }

    fn article_at(&self, article: &Article, revision: &str) -> Option<String> {
        let followed = self.follower.followed();
        followed.text_at(&article.path, &article.id, revision)
    }

    fn changes(&self, path: &str, limit: usize) -> Vec<(LastCommit, String)> {
        self.follower.followed().changes(path, limit)
    }

    fn accounts(&self) -> Option<Arc<Accounts>> {
        self.accounts.clone()
    }

    fn recorded(&self) -> Option<&Insights> {
        self.insights.as_deref()
    }

    fn generator(&self) -> Option<Arc<Generator>> {
        self.generator.clone()
    }
}
