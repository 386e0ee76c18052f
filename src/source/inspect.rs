//! Findings about everything that is known: what the files say alone, across each other, and against what lies
//! beside them in the content folder (`_check.yaml`, `_account.schema.json`).

use std::{path::Path, sync::Arc};

use chrono::NaiveDate;

use super::{git::Repository, reconcile::Known};
use crate::article::{
    self, Around, Article, Diagnostic, Severity,
    silence::{self, Silences},
};

/// Name of the account's JSON Schema, in the content folder.
const ACCOUNT_FILE: &str = "_account.schema.json";

/// What lies beside the articles and says how they are judged.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    silences: Silences,
    account: Option<serde_json::Value>,
    findings: Vec<Diagnostic>,
    /// Tells one state of the files from another.
    hash: Option<blake3::Hash>,
}

impl Beside {
    /// Reads the files; what is missing is empty.
    #[must_use]
    pub fn read(root: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
        let (check, schema) = (text(silence::FILE), text(ACCOUNT_FILE));
        let mut findings = Vec::new();
        let account = match serde_json::from_str(&schema) {
            _ if schema.is_empty() => None,
            Ok(schema) => Some(schema),
            Err(error) => {
                findings.push(broken_schema(&error));
                None
            }
        };
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(check.as_bytes())
            .update(&[0])
            .update(schema.as_bytes());
        Self {
            silences: Silences::read(&check),
            account,
            findings,
            hash: Some(hasher.finalize()),
        }
    }

    /// Whether the files are the same as in another reading.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.hash == other.hash
    }

    /// Drops what is silenced and adds what is wrong with the files themselves.
    #[must_use]
    pub fn silence(&self, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        findings.extend(self.findings.iter().cloned());
        self.silences.apply(findings)
    }
}

fn broken_schema(error: &serde_json::Error) -> Diagnostic {
    let small = |number: usize| u32::try_from(number.max(1)).unwrap_or(u32::MAX);
    Diagnostic {
        path: ACCOUNT_FILE.to_owned(),
        line: small(error.line()),
        column: small(error.column()),
        rule: "account-schema".to_owned(),
        severity: Severity::Error,
        message: "the schema of the account is no JSON; fields of rules are not checked".to_owned(),
        help: "correct it, or remove the file".to_owned(),
    }
}

impl Known {
    /// Every finding on that day but those of `article::Comparison`, ordered by path and line, nothing silenced yet.
    /// `root` is where linked files are looked for.
    #[must_use]
    pub fn findings(
        &self,
        root: &Path,
        today: NaiveDate,
        git: Option<&Repository>,
        beside: &Beside,
    ) -> Vec<Diagnostic> {
        let good: Vec<Arc<Article>> = self.good().cloned().collect();
        let changed = |path: &str| {
            git.and_then(|git| git.last_commit(path))
                .map(|commit| commit.seconds)
        };
        let across = article::across(
            &good,
            &Around {
                today,
                exists: &|path| root.join(path).is_file(),
                changed: &changed,
                account: beside.account.as_ref(),
            },
        );
        let mut all: Vec<_> = self.of_files().chain(across).collect();
        all.sort();
        all
    }
}
