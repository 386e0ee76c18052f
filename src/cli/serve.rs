//! `cuecard serve`: starts the server, prints its address, and runs until it is told to stop.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::{Args, builder::BoolishValueParser};

use super::{Settings, print};
use crate::{
    app::{self, App},
    article,
    config::{Config, OidcOverrides, Overrides, QdrantOverrides, Secret},
    http, keys, mcp, oidc, outbound,
};

/// How long work that cannot be cancelled, such as a request to another service, may take after the server has stopped.
const ENDING: Duration = Duration::from_millis(200);

/// The arguments.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Reload open article pages when an article changes, and let admins read drafts
    #[arg(long, env = "CUECARD_PREVIEW", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new())]
    preview: Option<bool>,
    /// Prefix of every path, such as /cuecard
    #[arg(long, env = "CUECARD_BASE_PATH", value_name = "PATH")]
    base_path: Option<String>,
    /// Public address of the server: scheme and host, such as https://kb.example.com
    #[arg(long, env = "CUECARD_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Proxies whose forwarding headers are trusted: addresses or networks
    #[arg(
        long,
        env = "CUECARD_TRUSTED_PROXIES",
        value_name = "NETS",
        value_delimiter = ','
    )]
    trusted_proxies: Option<Vec<String>>,
    /// Client secret of this server at the identity provider
    #[arg(
        long,
        env = "CUECARD_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    oidc_client_secret: Option<String>,
    /// Vector store: qdrant://HOST:PORT of a Qdrant server (qdrants:// with TLS) [default: the data folder]
    #[arg(long, env = "CUECARD_VECTORS", value_name = "URL")]
    vectors: Option<String>,
    /// API key of the Qdrant server
    #[arg(
        long,
        env = "CUECARD_QDRANT_API_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    qdrant_api_key: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    /// Runs the service until SIGINT or SIGTERM.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let extra = Overrides {
            preview: self.preview,
            base_path: self.base_path.clone(),
            public_url: self.public_url.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            oidc: self.oidc_client_secret.clone().map(|secret| OidcOverrides {
                client_secret: Secret(secret),
            }),
            vectors: self.vectors.clone(),
            qdrant: self.qdrant_api_key.clone().map(|key| QdrantOverrides {
                api_key: Secret(key),
            }),
            ..Overrides::default()
        };
        run(self.settings.read_with(extra)?)
    }
}

fn run(config: Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime cannot start")?;
    let served = runtime.block_on(async {
        // The port comes first: a port in use is reported before anything is loaded.
        let listener = tokio::net::TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is another server using the port? name another with --listen", config.listen))?;
        let address = listener.local_addr()?;
        let data = config.data.clone();
        let face_settings = http::Settings {
            hook_secret: config.git_hook_secret.clone(),
            preview: config.preview,
            network: config.network.clone(),
            limits: config.limits.clone(),
            ..http::Settings::new(config.content.clone(), data.clone())
        };
        // Before the keys: in a folder that another server uses, no keys may be created.
        let lock = app::lock::take(&data)?;
        // Behind a proxy a server on loopback is open to everyone, unless keys are required.
        let admin = std::env::var("CUECARD_ADMIN_KEY").ok().filter(|key| !key.is_empty());
        if (!address.ip().is_loopback() || admin.is_some())
            && let Some(key) = keys::first_admin(&data, admin.as_deref(), chrono::Utc::now())?
        {
            // Not on stdout, which has only the line with the server's address.
            eprintln!("admin key, shown this once: {key}");
        }
        article::set_base_path(config.network.base_path.clone());
        if !config.ca_file.as_os_str().is_empty() {
            let roots = outbound::roots(&config.ca_file).map_err(|why| {
                anyhow::anyhow!("ca_file {}: {why}; it must hold certificates in PEM", config.ca_file.display())
            })?;
            outbound::set_trusted(roots);
        }
        let provider = config.oidc.is_set().then(|| oidc::Provider::new(config.oidc.clone())).transpose()?;
        let app = tokio::task::spawn_blocking(move || App::start(config, lock)).await??;
        let app = Arc::new(app);
        let face = http::AppState::new(Arc::clone(&app) as _, face_settings)?;
        let quoter = mcp::Quoter::new(keys::random_token());
        let agents = mcp::http_service(Arc::clone(&app) as _, face.answers(), quoter);
        let mut face = face.with_agents(agents);
        if let Some(provider) = provider {
            face = face.with_oidc(provider);
        }
        print(&format!("cuecard listening on http://{address}"))?;
        http::run(listener, face, ended()).await.context("the server failed")?;
        anyhow::Ok(app)
    });
    runtime.shutdown_timeout(ENDING);
    // Work that is still running holds the app, which therefore does not end by itself.
    served?.end();
    Ok(ExitCode::SUCCESS)
}

/// Resolves when the process is asked to stop; a second request stops it at once.
async fn ended() {
    signal().await;
    tracing::info!("ending: open requests are finished; a second signal ends at once");
    // Outside the server's runtime, which ends too.
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(signal());
            std::process::exit(1);
        }
    });
}

/// Resolves on SIGINT or SIGTERM.
async fn signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
