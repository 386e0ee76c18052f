//! `cuecard mcp`: tools for an AI agent's client, which starts this process and communicates over stdin and stdout.

use std::{ffi::OsStr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;

use super::Settings;
use crate::{
    app::App,
    article,
    config::{Config, Overrides},
    keys::{self, Grant, KeyHash, Keyring},
    mcp,
};

/// How long the runtime may take to stop: a read of stdin cannot be cancelled.
const ENDING: Duration = Duration::from_millis(200);

/// `cuecard mcp`.
#[derive(Debug, Args)]
pub(super) struct Mcp {
    /// Forward to a running server, such as http://127.0.0.1:8080, instead of reading the articles
    #[arg(long, env = "CUECARD_URL", value_name = "URL")]
    url: Option<String>,
    /// API key that determines what the agent may do and see; optional when the articles are read directly
    #[arg(long, env = "CUECARD_KEY", value_name = "KEY", hide_env_values = true)]
    key: Option<String>,
    /// Scheme and host of the web page for links, such as https://kb.example.com
    #[arg(long, env = "CUECARD_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Prefix of every path of the web page for links, such as /cuecard
    #[arg(long, env = "CUECARD_BASE_PATH", value_name = "PATH")]
    base_path: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Mcp {
    /// Serves until the client closes stdin.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        match self.server() {
            Some(url) => {
                let client = std::io::stdin().lock();
                mcp::forward(url, self.key.as_deref(), client, std::io::stdout())?;
            }
            None => {
                let extra = Overrides {
                    public_url: self.public_url.clone(),
                    base_path: self.base_path.clone(),
                    ..Overrides::default()
                };
                self.serve(self.settings.read_with(extra)?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The server to forward to: articles named by a flag take precedence over a server that only the environment names.
    fn server(&self) -> Option<&str> {
        let of_environment =
            |name: &str, value: Option<&OsStr>| std::env::var_os(name).as_deref() == value;
        let url = self.url.as_deref()?;
        let typed = |name: &str, value: Option<&PathBuf>| {
            value.is_some() && !of_environment(name, value.map(|path| path.as_os_str()))
        };
        let is_local = typed("CUECARD_CONTENT", self.settings.content.as_ref())
            || typed("CUECARD_DATA", self.settings.data.as_ref());
        (!is_local || !of_environment("CUECARD_URL", Some(url.as_ref()))).then_some(url)
    }

    fn serve(&self, config: Config) -> anyhow::Result<()> {
        let grant = self.grant(&config)?;
        let base = config.network.public_url.clone();
        article::set_base_path(config.network.base_path.clone());
        let app = Arc::new(App::beside(config)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("the async runtime cannot start")?;
        let quoter = mcp::Quoter::new(keys::random_token());
        let served = runtime.block_on(mcp::stdio(app, quoter, grant, base));
        runtime.shutdown_timeout(ENDING);
        Ok(served?)
    }

    /// The agent's rights: those of its key. Without one, everything that the user who started this process can read
    /// anyway.
    fn grant(&self, config: &Config) -> anyhow::Result<Arc<Grant>> {
        match self.key.as_deref().map(str::trim) {
            None | Some("") => Ok(Arc::new(Grant::local())),
            Some(key) => {
                let keys = Keyring::open(&config.data)?;
                Ok(keys.grant(KeyHash::of(key), chrono::Utc::now())?)
            }
        }
    }
}
