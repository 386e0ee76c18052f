//! `cuecard check`: all findings about a folder of articles.

mod formats;

use std::{cell::RefCell, collections::HashSet, path::PathBuf, process::ExitCode, sync::LazyLock};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Judged, print};
use crate::{
    app,
    article::{Comparison, Diagnostic, Severity},
    config::Overrides,
    index::Manifest,
    source::{Beside, ContentState, Repository, judge},
};
use formats::Report;

/// The arguments.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of Markdown articles
    folder: PathBuf,
    /// Output format
    #[arg(long, env = "CUECARD_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Report only findings in files changed since branching off from this commit or branch, and new findings elsewhere
    #[arg(long, env = "CUECARD_SINCE", value_name = "REV")]
    since: Option<String>,
    #[command(flatten)]
    judged: Judged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// Static Analysis Results Interchange Format 2.1.0
    Sarif,
}

impl Check {
    /// Exit code 0 without findings, 1 with a warning or an error.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let mut git = Repository::discover(&self.folder);
        if let Some(git) = &mut git {
            git.refresh()?;
        }
        let mut known = ContentState::default();
        known.reconcile(&self.folder, &Manifest::in_memory()?, None, |_, _| {})?;
        let exists = |path: &str| self.folder.join(path).is_file();
        let config = self.judged.read(Overrides::default())?;
        // The model is loaded for the first pair of passages in different wording; most folders have none.
        let model = LazyLock::new(|| app::embedder(&config.model).map(judge));
        let alike = |a: &str, b: &str| model.as_ref().and_then(|judge| judge(a, b));
        let findings_of = |known: &ContentState, exists: &dyn Fn(&str) -> bool, beside: &Beside| {
            let mut all = known.findings(exists, config.today(), git.as_ref(), beside);
            let mut comparison = Comparison::default();
            all.extend(comparison.findings(&known.articles(), config.today(), Some(&alike)));
            beside.silence(all)
        };
        let mut findings = findings_of(&known, &exists, &Beside::read(&self.folder));
        if let Some(revision) = &self.since {
            let git = git
                .as_ref()
                .context("--since needs a folder in a git work tree")?;
            let past = git
                .past(revision)
                .with_context(|| {
                    format!("there is no commit {revision} here to compare with: fetch it first (a shallow clone lacks it), or name another")
                })?;
            let before = ContentState::of_past(&past);
            let exists = |path: &str| past.has(path);
            let old = findings_of(&before, &exists, &Beside::of_past(&past));
            findings = newer(findings, &old, &known.changed_from(&before));
        }
        let prefix = self.prefix(git.as_ref());
        // Findings are grouped by file.
        let last = RefCell::new((String::new(), Vec::new()));
        let report = Report {
            findings: &findings,
            prefix: &prefix,
            line: &|path, line| {
                let mut last = last.borrow_mut();
                if last.0 != path {
                    let text = std::fs::read_to_string(self.folder.join(path)).unwrap_or_default();
                    *last = (path.to_owned(), text.lines().map(str::to_owned).collect());
                }
                last.1.get(line.checked_sub(1)? as usize).cloned()
            },
        };
        print(&match self.format {
            Format::Text => report.text(),
            Format::Json => serde_json::to_string_pretty(&json!({ "diagnostics": findings }))?,
            Format::Github => report.github(),
            Format::Sarif => serde_json::to_string_pretty(&report.sarif())?,
        })?;
        let clean = findings
            .iter()
            .all(|finding| finding.severity == Severity::Info);
        Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }

    /// The prefix of paths for readers of the findings: the folder within its repository, otherwise as it was typed.
    fn prefix(&self, git: Option<&Repository>) -> String {
        let typed = self.folder.to_string_lossy();
        let typed = typed.trim_start_matches("./").trim_end_matches('/');
        match (self.format, git) {
            (Format::Github | Format::Sarif, Some(git)) => git.prefix().to_owned(),
            _ if typed == "." => String::new(),
            _ => typed.to_owned(),
        }
    }
}

/// Findings of changed files, and new findings elsewhere.
fn newer(
    findings: Vec<Diagnostic>,
    old: &[Diagnostic],
    changed: &HashSet<String>,
) -> Vec<Diagnostic> {
    let known: HashSet<(&str, &str, &str)> = old
        .iter()
        .map(|finding| {
            (
                finding.path.as_str(),
                finding.rule.as_str(),
                finding.message.as_str(),
            )
        })
        .collect();
    findings
        .into_iter()
        .filter(|finding| {
            let told = (
                finding.path.as_str(),
                finding.rule.as_str(),
                finding.message.as_str(),
            );
            changed.contains(&finding.path) || !known.contains(&told)
        })
        .collect()
}
