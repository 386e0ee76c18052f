//! Findings of one file, as they are collected.

use super::{Diagnostic, Severity};

/// Line and column in a file, 1-based; columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    pub(super) const TOP: Self = Self { line: 1, column: 1 };
}

/// What was found in one file.
pub(super) struct Findings<'a> {
    path: &'a str,
    list: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self {
            path,
            list: Vec::new(),
        }
    }

    pub(super) fn error(
        &mut self,
        place: Place,
        rule: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(finding(
            self.path,
            place,
            (rule, Severity::Error),
            message,
            help,
        ));
    }

    pub(super) fn warning(
        &mut self,
        place: Place,
        rule: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(finding(
            self.path,
            place,
            (rule, Severity::Warning),
            message,
            help,
        ));
    }

    pub(super) fn info(
        &mut self,
        place: Place,
        rule: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(finding(
            self.path,
            place,
            (rule, Severity::Info),
            message,
            help,
        ));
    }

    /// All findings, ordered by place.
    pub(super) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|found| (found.line, found.column));
        self.list
    }
}

/// One finding.
pub(super) fn finding(
    path: &str,
    place: Place,
    (rule, severity): (&str, Severity),
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        path: path.to_owned(),
        line: place.line,
        column: place.column,
        rule: rule.to_owned(),
        severity,
        message: message.into(),
        help: help.into(),
    }
}

/// The candidate that was probably meant by `typed`: at most two edits away, and fewer than half its letters.
pub(super) fn nearest<'a>(typed: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .iter()
        .map(|candidate| (edits(&typed, candidate), *candidate))
        .filter(|(edits, candidate)| *edits <= 2 && edits * 2 < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance with neighbours swapped as one edit.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognised() {
        let known = [
            "title",
            "tags",
            "status",
            "reviewed",
            "review_every",
            "questions",
            "id",
        ];
        for (typed, meant) in [
            ("titel", Some("title")),
            ("Title", Some("title")),
            ("tgas", Some("tags")),
            ("question", Some("questions")),
            ("colour", None),
            ("ie", None),
            ("review", Some("reviewed")),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
    }
}
