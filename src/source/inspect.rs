//! Diagnostics of the whole folder: of each file alone, across files, and from the files beside the articles
//! (`_check.yaml`, `_account.schema.json`).

use std::{io, path::Path, string::FromUtf8Error};

use chrono::NaiveDate;

use super::{
    git::{Past, Repository},
    reconcile::ContentState,
};
use crate::article::{
    self, CheckContext, Diagnostic, Severity,
    silence::{self, Silences},
};

/// Name of the account's JSON Schema, in the content folder.
const ACCOUNT_FILE: &str = "_account.schema.json";

const SCHEMA_RULE: &str = "account-schema";

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
    /// Reads the files; what is missing is empty, and what cannot be read counts as missing, with a finding.
    #[must_use]
    pub fn read(root: &Path) -> Self {
        Self::of(|name| std::fs::read(root.join(name)))
    }

    /// The same of a commit.
    #[must_use]
    pub fn of_past(past: &Past) -> Self {
        Self::of(|name| {
            let bytes = past.beside(name).map(<[u8]>::to_vec);
            bytes.ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    fn of(bytes: impl Fn(&str) -> io::Result<Vec<u8>>) -> Self {
        let mut findings = Vec::new();
        let mut text = |name, rule| {
            let text = match bytes(name) {
                Ok(bytes) => String::from_utf8(bytes)
                    .map(|text| text.trim_start_matches('\u{feff}').to_owned())
                    .map_err(|error| no_text(name, rule, &error, "nothing of it counts")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
                Err(error) => {
                    let why = format!("it cannot be read: {error}; nothing of it counts");
                    let help = "check its permissions and the disk";
                    Err(finding(name, (1, 1), rule, why, help))
                }
            };
            text.unwrap_or_else(|wrong| {
                findings.push(wrong);
                String::new()
            })
        };
        let check = text(silence::FILE, "check-config");
        let schema = text(ACCOUNT_FILE, SCHEMA_RULE);
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
            .update(schema.as_bytes())
            .update(format!("\0{findings:?}").as_bytes());
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
    let place = (error.line().max(1), error.column().max(1));
    let why = "the schema of the account is no JSON; fields of rules are not checked".to_owned();
    let help = "correct it, or remove the file";
    finding(ACCOUNT_FILE, place, SCHEMA_RULE, why, help)
}

/// Bytes that are not UTF-8, at the first of them, and what comes of it.
pub(super) fn no_text(name: &str, rule: &str, error: &FromUtf8Error, so: &str) -> Diagnostic {
    let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let before = String::from_utf8_lossy(good);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    let why = format!("it is not UTF-8; {so}");
    finding(name, (line, column), rule, why, "save it as UTF-8")
}

pub(super) fn finding(
    name: &str,
    (line, column): (usize, usize),
    rule: &str,
    message: String,
    help: &str,
) -> Diagnostic {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Diagnostic {
        path: name.to_owned(),
        line: small(line),
        column: small(column),
        rule: rule.to_owned(),
        severity: Severity::Error,
        message,
        help: help.to_owned(),
    }
}

impl ContentState {
    /// Every finding on that day but those of `article::Comparison`, ordered by path and line, nothing silenced yet.
    /// `exists` tells whether a linked file is there.
    #[must_use]
    pub fn findings(
        &self,
        exists: &dyn Fn(&str) -> bool,
        today: NaiveDate,
        git: Option<&Repository>,
        beside: &Beside,
    ) -> Vec<Diagnostic> {
        let changed = |path: &str| {
            git.and_then(|git| git.last_commit(path))
                .map(|commit| commit.seconds)
        };
        let across = article::check_corpus(
            &self.texts(),
            &CheckContext {
                today,
                exists,
                changed: &changed,
                account: beside.account.as_ref(),
            },
        );
        let mut all: Vec<_> = self.of_files().chain(across).collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_told_at_its_place_and_counts_as_missing() {
        let root = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(root.path().join(name), bytes).unwrap();
        write(silence::FILE, b"silence:\n  - rule: conflict # caf\xe9\n");
        write(ACCOUNT_FILE, b"\xff\xfe{}");
        let beside = Beside::read(root.path());
        let told = beside.silence(Vec::new());
        let told: Vec<_> = told
            .iter()
            .map(|one| format!("{}:{}:{} {}", one.path, one.line, one.column, one.rule))
            .collect();
        assert_eq!(
            told,
            [
                "_account.schema.json:1:1 account-schema",
                "_check.yaml:2:25 check-config"
            ]
        );
        assert!(beside.account.is_none());
        write(ACCOUNT_FILE, b"\xef\xbb\xbf{}");
        write(silence::FILE, b"silence: []\n");
        let beside_bom = Beside::read(root.path());
        assert!(beside_bom.account.is_some() && beside_bom.findings.is_empty());
        assert!(!Beside::read(root.path()).same_as(&beside));
    }
}
