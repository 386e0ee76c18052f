//! The command line: arguments → library calls. Commands print to stdout; logs go to stderr.

mod backup;
mod check;
mod commands;
mod keys;
mod mcp;
mod new;
mod replay;
mod serve;
mod variables;

use std::{ffi::OsStr, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};

use crate::config::{Config, ConfigError, Overrides, RerankerOverrides};

/// Knowledge base search and live agent assistance for contact centres.
#[derive(Debug, Parser)]
#[command(name = "cuecard", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve articles: search, live calls, the web page
    Serve(serve::Serve),
    /// Ask one question, without a server
    Search(commands::Search),
    /// Find mistakes in articles; exits 1 if there are warnings or errors, 2 if it could not run
    Check(check::Check),
    /// Create a valid article skeleton
    New(new::New),
    /// Measure search and live calls on a data set
    Eval(commands::Eval),
    /// Play recorded calls and print what was said, what was pushed and why
    Replay(replay::Replay),
    /// Serve AI agents over stdin and stdout (Model Context Protocol)
    Mcp(mcp::Mcp),
    /// Print the OpenAPI description of the HTTP interface
    Openapi,
    /// Write the JSON Schemas, or check that they are up to date
    Schemas(commands::Schemas),
    /// Manage API keys
    Keys(keys::Keys),
    /// Copy keys, insights and the audit log into a new folder, also next to a running server
    Backup(backup::Backup),
    /// Restore a backup while the server is stopped
    Restore(backup::Restore),
    /// Ask a running server whether it is ready; exits 0 if it is
    Healthcheck(commands::Healthcheck),
    /// Unpack the model and ONNX Runtime from their Python wheels
    #[command(hide = true)]
    Model(commands::Unpack),
}

/// Settings that most commands share; each has a key in the configuration file.
#[derive(Debug, Clone, Args)]
struct Settings {
    /// Folder of Markdown articles
    #[arg(long, env = "CUECARD_CONTENT", value_name = "DIR")]
    content: Option<PathBuf>,
    /// Folder for the index and the keys
    #[arg(long, env = "CUECARD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, env = "CUECARD_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    #[command(flatten)]
    judged: Judged,
    /// `folder` serves the files on disk, `git` only what is committed
    #[arg(long, env = "CUECARD_SOURCE", value_name = "KIND")]
    source: Option<String>,
    /// Repository whose commits are served: a folder or the address of a remote
    #[arg(
        long,
        env = "CUECARD_GIT_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    git_url: Option<String>,
    /// Branch of that repository [default: HEAD]
    #[arg(long, env = "CUECARD_GIT_BRANCH", value_name = "NAME")]
    git_branch: Option<String>,
    /// Folder of the articles in that repository
    #[arg(long, env = "CUECARD_GIT_FOLDER", value_name = "DIR")]
    git_folder: Option<String>,
    /// Seconds between two fetches from a remote
    #[arg(long, env = "CUECARD_GIT_POLL_SECS", value_name = "SECONDS")]
    git_poll_secs: Option<u64>,
    /// Secret shared with the git host for POST /v1/hooks/git
    #[arg(
        long,
        env = "CUECARD_GIT_HOOK_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    git_hook_secret: Option<String>,
}

/// Settings of every command about articles: the configuration file and the date.
#[derive(Debug, Clone, Default, Args)]
struct Dated {
    /// Configuration file (TOML)
    #[arg(long, env = "CUECARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Date to use as today, such as 2026-11-22
    #[arg(long, env = "CUECARD_TODAY", value_name = "DATE")]
    today: Option<NaiveDate>,
    /// Offset of the editors' time zone from UTC, such as +01:00
    #[arg(
        long,
        env = "CUECARD_TIME_ZONE",
        value_name = "OFFSET",
        allow_hyphen_values = true
    )]
    time_zone: Option<String>,
}

impl Dated {
    /// Adds the other arguments.
    fn read(&self, extra: Overrides) -> Result<Config, ConfigError> {
        let overrides = Overrides {
            today: self.today,
            time_zone: self.time_zone.clone(),
            ..extra
        };
        Config::read(self.config.as_deref(), &overrides)
    }
}

/// Settings of the models, and the date, with or without a server.
#[derive(Debug, Clone, Args)]
struct Judged {
    /// Folder of the embedding model, `hub` to download it, or `none`
    #[arg(long, env = "CUECARD_MODEL", value_name = "DIR")]
    model: Option<String>,
    /// Folder of a cross-encoder that reranks the first hits, or `hub` to download one
    #[arg(long, env = "CUECARD_RERANKER", value_name = "DIR")]
    reranker: Option<String>,
    /// ONNX Runtime's shared library
    #[arg(long, env = "CUECARD_ONNXRUNTIME", value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    #[command(flatten)]
    dated: Dated,
}

impl Judged {
    /// Adds the other arguments.
    fn read(&self, extra: Overrides) -> Result<Config, ConfigError> {
        self.dated.read(Overrides {
            model: self.model.clone(),
            reranker: self
                .reranker
                .clone()
                .map(|model| RerankerOverrides { model }),
            onnxruntime: self.onnxruntime.clone(),
            ..extra
        })
    }
}

impl Settings {
    fn read(&self) -> Result<Config, ConfigError> {
        self.read_with(Overrides::default())
    }

    /// Adds the settings for which only one command has a flag.
    fn read_with(&self, extra: Overrides) -> Result<Config, ConfigError> {
        self.judged.read(Overrides {
            content: self.content.clone(),
            data: self.data.clone(),
            listen: self.listen.clone(),
            source: self.source.clone(),
            git_url: self.git_url.clone(),
            git_branch: self.git_branch.clone(),
            git_folder: self.git_folder.clone(),
            git_poll_secs: self.git_poll_secs,
            git_hook_secret: self.git_hook_secret.clone(),
            ..extra
        })
    }
}

/// Removes variables that are set to an empty value, as a compose file sets them from `${X:-}`: they count as not set.
fn heeding_no_empty_variable(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| match arg.get_env() {
            Some(name) if is_empty(name) => arg.env(Resettable::Reset),
            _ => arg,
        })
        .mut_subcommands(heeding_no_empty_variable)
}

/// Runs the given command.
#[must_use]
pub fn main() -> ExitCode {
    let matches = heeding_no_empty_variable(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let telemetry = crate::telemetry::start(matches!(cli.command, Command::Serve(_)));
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for ignored in variables::ignored(&Cli::command(), set) {
        tracing::warn!("{ignored}");
    }
    let outcome = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::Search(search) => search.run(),
        Command::Check(check) => check.run(),
        Command::New(new) => new.run(),
        Command::Eval(eval) => eval.run(),
        Command::Replay(replay) => replay.run(),
        Command::Mcp(mcp) => mcp.run(),
        Command::Openapi => commands::openapi(),
        Command::Schemas(schemas) => schemas.run(),
        Command::Keys(keys) => keys.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Healthcheck(check) => check.run(),
        Command::Model(unpack) => unpack.run(),
    };
    telemetry.end();
    outcome.unwrap_or_else(|error| {
        eprintln!("cuecard: {error:#}");
        ExitCode::from(2)
    })
}

/// Prints a result. A closed pipe is not an error.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| {
        if text.ends_with('\n') {
            Ok(())
        } else {
            out.write_all(b"\n")
        }
    }) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn a_number_out_of_range_names_its_flag() {
        for limit in ["0", "101"] {
            let typed = ["cuecard", "search", "refund", "--limit", limit];
            let told = Cli::command().try_get_matches_from(typed).unwrap_err();
            assert!(told.to_string().contains("--limit"), "{told}");
        }
    }

    #[test]
    fn help_does_not_print_what_may_hold_a_secret() {
        let cli = Cli::command();
        let serve = cli.find_subcommand("serve").unwrap();
        for name in [
            "git_url",
            "git_hook_secret",
            "oidc_client_secret",
            "qdrant_api_key",
        ] {
            let mut arguments = serve.get_arguments();
            let argument = arguments.find(|one| one.get_id() == name).unwrap();
            assert!(argument.is_hide_env_values_set(), "{name}");
        }
    }
}
