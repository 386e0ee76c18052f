//! Configuration: read once from defaults, file, environment and flags, and validated; plain data after that.

mod commits;
mod models;
mod names;
mod network;
mod overrides;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Deserializer};

pub use models::Model;
pub use names::names;
pub use overrides::{OidcOverrides, Overrides, QdrantOverrides, RerankerOverrides, Secret};

use crate::{
    accounts::SourceSettings,
    index::{embed::RerankerOptions, vector::ServerSettings},
    search::rerank,
    source::Commits,
};

/// The default configuration: every key with its unit, default and reason. It is the manual.
pub const DEFAULT: &str = include_str!("default.toml");

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, has the wrong type, or the file is not TOML.
    #[error("configuration: {}", in_the_file(.0))]
    Unreadable(Box<figment::Error>),
    /// The file is not there.
    #[error("configuration file {0} not found: make it, or leave --config out")]
    Missing(PathBuf),
    /// A value is out of its range.
    #[error("configuration: {key} {problem}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// What is wrong and what it must be.
        problem: String,
    },
}

impl ConfigError {
    fn unreadable(error: figment::Error) -> Self {
        Self::Unreadable(Box::new(error))
    }
}

/// What figment says, of keys by their names in the file: it puts its profile's name before them.
fn in_the_file(error: &figment::Error) -> String {
    error
        .to_string()
        .replace("for key \"default.", "for key \"")
}

/// As written in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    content: PathBuf,
    data: PathBuf,
    listen: String,
    model: String,
    onnxruntime: PathBuf,
    threads: usize,
    reranker: rerank::Settings,
    time_zone: String,
    #[serde(default, deserialize_with = "day")]
    today: Option<NaiveDate>,
    source: commits::Source,
    git_url: String,
    git_branch: String,
    git_folder: String,
    git_poll_secs: u64,
    git_hook_secret: String,
    preview: bool,
    frame_parents: Vec<String>,
    base_path: String,
    public_url: String,
    trusted_proxies: Vec<String>,
    forwarding: crate::http::Forwarding,
    cors_origins: Vec<String>,
    ca_file: PathBuf,
    account_hosts: Vec<String>,
    account_sources: Vec<SourceSettings>,
    limits: crate::http::Limits,
    oidc: crate::oidc::Settings,
    vectors: String,
    qdrant: ServerSettings,
    audit: crate::audit::Settings,
    calls: crate::live::Policy,
    insights: crate::insights::Settings,
    generate: crate::generate::Settings,
}

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of articles; where commits are served, the folder that they are laid out in.
    pub content: PathBuf,
    /// The repository whose commits are served; None serves the folder as it lies there.
    pub commits: Option<Commits>,
    /// Secret that the git host shares; empty means that none is taken.
    pub git_hook_secret: String,
    /// Whether open article pages reload and drafts can be read by admins.
    pub preview: bool,
    /// Where the server stands in a network.
    pub network: crate::http::Network,
    /// What anybody may ask.
    pub limits: crate::http::Limits,
    /// The identity provider; not set is none.
    pub oidc: crate::oidc::Settings,
    /// What is kept of who was shown what.
    pub audit: crate::audit::Settings,
    /// Folder of what is derived, and of keys and insights.
    pub data: PathBuf,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Where vectors come from.
    pub model: Model,
    /// The cross-encoder that looks at the first hits again; None is none.
    pub reranker: Option<(RerankerOptions, rerank::Settings)>,
    /// The server that keeps them; None keeps them in the data folder.
    pub vectors: Option<ServerSettings>,
    /// Offset of the editors' time zone.
    pub time_zone: chrono::FixedOffset,
    /// Day to take for today; None reads the clock.
    pub today: Option<NaiveDate>,
    /// File with the certificates (PEM) that other services are trusted by; empty for those that browsers know.
    pub ca_file: PathBuf,
    /// Hosts that account sources may ask.
    pub account_hosts: Vec<String>,
    /// Where accounts come from.
    pub account_sources: Vec<SourceSettings>,
    /// When cards are pushed.
    pub calls: crate::live::Policy,
    /// What is recorded.
    pub insights: crate::insights::Settings,
    /// Who writes texts.
    pub generate: crate::generate::Settings,
}

impl Config {
    /// Reads defaults, then the file, then what was typed or set in the environment.
    ///
    /// # Errors
    /// When the file is missing, a key is unknown or a value is out of its range.
    pub fn read(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let written = written(file, overrides)?;
        Self::check(written.extract().map_err(ConfigError::unreadable)?)
    }

    /// Where a server listens, and what every path of it begins with; nothing else is looked at.
    ///
    /// # Errors
    /// When the file is missing or no TOML, or one of the two is no text.
    pub fn address(
        file: Option<&Path>,
        overrides: &Overrides,
    ) -> Result<(String, String), ConfigError> {
        let written = written(file, overrides)?;
        let text = |key: &str| {
            let value = written.extract_inner(key);
            value.map_err(ConfigError::unreadable)
        };
        Ok((text("listen")?, text("base_path")?))
    }

    /// The data folder; nothing else is looked at.
    ///
    /// # Errors
    /// When the file is missing or no TOML, or `data` is no text.
    pub fn data(file: Option<&Path>, overrides: &Overrides) -> Result<PathBuf, ConfigError> {
        let data = written(file, overrides)?.extract_inner("data");
        data.map_err(ConfigError::unreadable)
    }

    fn check(written: Written) -> Result<Self, ConfigError> {
        let listen = written.listen.parse().map_err(|_| ConfigError::Invalid {
            key: "listen",
            problem: format!(
                "`{}` is not an address and port such as 127.0.0.1:8080",
                written.listen
            ),
        })?;
        let time_zone = written
            .time_zone
            .parse()
            .map_err(|_| ConfigError::Invalid {
                key: "time_zone",
                problem: format!("`{}` is not an offset such as +01:00", written.time_zone),
            })?;
        let (content, commits) = commits::read(&written)?;
        let network = network::read(&written)?;
        let (model, reranker) = (models::model(&written), models::reranker(&written));
        let vectors = Some(written.vectors.as_str())
            .filter(|address| !address.is_empty())
            .map(|address| written.qdrant.at(address))
            .transpose()
            .map_err(|(key, problem)| ConfigError::Invalid { key, problem })?;
        let flaws = [
            written.reranker.flaw(),
            written.insights.flaw(),
            written.generate.flaw(),
            written.limits.flaw(),
            written.oidc.flaw(),
            written.audit.flaw(),
        ];
        if let Some((key, problem)) = flaws.into_iter().flatten().next() {
            return Err(ConfigError::Invalid { key, problem });
        }
        written
            .calls
            .check()
            .map_err(|problem| ConfigError::Invalid {
                key: "calls",
                problem,
            })?;
        Ok(Self {
            model,
            reranker,
            content,
            commits,
            git_hook_secret: written.git_hook_secret,
            preview: written.preview,
            network,
            limits: written.limits,
            oidc: written.oidc,
            audit: written.audit,
            data: written.data,
            listen,
            vectors,
            time_zone,
            today: written.today,
            ca_file: written.ca_file,
            account_hosts: written.account_hosts,
            account_sources: written.account_sources,
            calls: written.calls,
            insights: crate::insights::Settings {
                time_zone,
                ..written.insights
            },
            generate: written.generate,
        })
    }

    /// Today where the editors are.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.today.unwrap_or_else(|| {
            chrono::Utc::now()
                .with_timezone(&self.time_zone)
                .date_naive()
        })
    }
}

/// Defaults, file, and what was typed, one over the other.
fn written(file: Option<&Path>, overrides: &Overrides) -> Result<Figment, ConfigError> {
    let mut figment = Figment::from(Toml::string(DEFAULT));
    if let Some(file) = file {
        if !file.is_file() {
            return Err(ConfigError::Missing(file.to_owned()));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    Ok(figment.merge(Serialized::defaults(overrides)))
}

/// A day as text, or as TOML has dates.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a day such as \"2026-11-22\"")]
    enum Day {
        Text(NaiveDate),
        Toml {
            #[serde(rename = "$__toml_private_datetime")]
            date: NaiveDate,
        },
    }
    let (Day::Text(date) | Day::Toml { date }) = Day::deserialize(deserializer)?;
    Ok(Some(date))
}

#[cfg(test)]
mod tests;
