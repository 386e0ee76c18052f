//! `cuecard check`: every finding about a folder of articles.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::print;
use crate::{
    article::{Diagnostic, Severity},
    index::Manifest,
    source::Known,
};

/// What was typed.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of Markdown articles
    folder: PathBuf,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Day to take for today, as 2026-11-22
    #[arg(long, env = "CUECARD_TODAY", value_name = "DATE")]
    today: Option<NaiveDate>,
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
        let mut known = Known::default();
        known.reconcile(&self.folder, &Manifest::in_memory()?, |_, _| {})?;
        let today = self
            .today
            .unwrap_or_else(|| chrono::Utc::now().date_naive());
        let findings = known.diagnostics(&self.folder, today);
        print(&match self.format {
            Format::Text => text(&findings),
            Format::Json => serde_json::to_string_pretty(&json!({ "diagnostics": findings }))?,
            Format::Github => github(&findings),
            Format::Sarif => serde_json::to_string_pretty(&sarif(&findings))?,
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
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn text(findings: &[Diagnostic]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = String::new();
    for finding in findings {
        *counts.entry(name(finding.severity)).or_default() += 1;
        let Diagnostic {
            path,
            line,
            column,
            rule,
            severity,
            message,
            help,
        } = finding;
        out.push_str(&format!(
            "{path}:{line}:{column}: {} [{rule}] {message}\n    help: {help}\n",
            name(*severity)
        ));
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    out.push_str(&format!(
        "{} errors, {} warnings, {} notes\n",
        count("error"),
        count("warning"),
        count("info")
    ));
    out
}

fn github(findings: &[Diagnostic]) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    findings
        .iter()
        .map(|finding| {
            let level = if finding.severity == Severity::Info {
                "notice"
            } else {
                name(finding.severity)
            };
            let message = escape(&format!("{}; {}", finding.message, finding.help));
            format!(
                "::{level} file={},line={},col={},title={}::{message}\n",
                property(&finding.path),
                finding.line,
                finding.column,
                finding.rule
            )
        })
        .collect()
}

fn sarif(findings: &[Diagnostic]) -> serde_json::Value {
    let results: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "ruleId": finding.rule,
                "level": if finding.severity == Severity::Info { "note" } else { name(finding.severity) },
                "message": { "text": format!("{}; {}", finding.message, finding.help) },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": finding.path },
                    "region": { "startLine": finding.line, "startColumn": finding.column },
                } }],
            })
        })
        .collect();
    let mut rules: Vec<&str> = findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let rules: Vec<_> = rules
        .into_iter()
        .map(|rule| json!({ "id": rule }))
        .collect();
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{ "tool": { "driver": { "name": "cuecard", "version": env!("CARGO_PKG_VERSION"), "rules": rules } }, "results": results }],
    })
}
