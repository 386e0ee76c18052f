//! `cuecard keys`: API keys, their scopes and their audiences.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand, builder::BoolishValueParser};

use super::print;
use crate::{
    config::{Config, ConfigError, Overrides},
    keys::{self, NewKey, Rate, Scope},
};

/// The arguments.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a key and print it; it cannot be shown again
    Add {
        /// Name of the key: who it is for
        name: String,
        /// Scopes: search, calls, insights, metrics, admin
        #[arg(
            long,
            env = "CUECARD_SCOPES",
            value_delimiter = ',',
            default_value = "search"
        )]
        scopes: Vec<String>,
        /// Audiences whose articles it may see; `*` for all
        #[arg(long, env = "CUECARD_AUDIENCES", value_delimiter = ',')]
        audiences: Vec<String>,
        /// When it expires: 90d, or a date
        #[arg(long, env = "CUECARD_EXPIRES")]
        expires: Option<String>,
        /// Request rate: 10/s, 600/m or 5000/h [default: `limits.rate` in the configuration]
        #[arg(long, env = "CUECARD_RATE")]
        rate: Option<Rate>,
        /// Read the key from standard input, for servers that share it: at least 32 characters
        #[arg(long, env = "CUECARD_FROM_STDIN", value_parser = BoolishValueParser::new())]
        from_stdin: bool,
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// List keys
    List {
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Revoke a key at once
    Revoke {
        /// Name of the key: who it is for
        name: String,
        #[command(flatten)]
        place: DataDirArgs,
    },
}

/// Where keys are stored.
#[derive(Debug, Args)]
pub(super) struct DataDirArgs {
    /// Folder for the index and the keys [default: as the configuration file says, or `data`]
    #[arg(long, env = "CUECARD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, env = "CUECARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DataDirArgs {
    /// The data folder.
    pub(super) fn data(&self) -> Result<PathBuf, ConfigError> {
        let overrides = Overrides {
            data: self.data.clone(),
            ..Overrides::default()
        };
        Config::data(self.config.as_deref(), &overrides)
    }
}

impl Keys {
    /// Runs the command.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let now = chrono::Utc::now();
        match self.action {
            Action::Add {
                name,
                scopes,
                audiences,
                expires,
                rate,
                from_stdin,
                place,
            } => {
                let data = place.data()?;
                std::fs::create_dir_all(&data)
                    .with_context(|| format!("data folder {} cannot be made", data.display()))?;
                let scopes = scopes
                    .iter()
                    .map(|scope| scope.parse())
                    .collect::<Result<Vec<Scope>, _>>()?;
                let audience = keys::parse_audiences(&audiences, &scopes);
                let expires = expires
                    .map(|text| keys::parse_expiry(&text, now))
                    .transpose()?;
                let key = NewKey {
                    name,
                    scopes,
                    audience,
                    expires,
                    rate,
                };
                let text = if from_stdin {
                    let given = std::io::read_to_string(std::io::stdin())
                        .context("the key cannot be read from standard input")?;
                    let given = given.trim();
                    keys::add_given(&data, &key, given, now)?;
                    given.to_owned()
                } else {
                    keys::add(&data, &key, now)?
                };
                print(&text)?;
            }
            Action::List { place } => {
                let mut out = String::from("NAME\tSCOPES\tAUDIENCES\tEXPIRES\tSTATE\tRATE\n");
                for key in keys::list(&place.data()?)? {
                    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.name()).collect();
                    let expires = key
                        .expires
                        .map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
                    let rate = key
                        .rate
                        .map_or_else(|| "default".to_owned(), |rate| rate.to_string());
                    let state = match (key.revoked, key.is_good(now)) {
                        (Some(_), _) => "revoked",
                        (None, true) => "good",
                        (None, false) => "expired",
                    };
                    out.push_str(&format!(
                        "{}\t{}\t{}\t{expires}\t{state}\t{rate}\n",
                        key.name,
                        scopes.join(","),
                        key.audiences.join(",")
                    ));
                }
                print(&out)?;
            }
            Action::Revoke { name, place } => keys::revoke(&place.data()?, &name, now)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
