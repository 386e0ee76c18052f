//! Collects the findings of one file.

use super::{Diagnostic, Severity};

/// Letters of what was typed that are compared: no name is longer.
const MAX_TYPED: usize = 40;

/// Line and column in a file, 1-based; columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Position {
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
        place: Position,
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
        place: Position,
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
        place: Position,
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
    place: Position,
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

/// What a key that is not known is told with.
pub(super) fn unknown_key(key: &str) -> String {
    format!("the key `{key}` is not known")
}

/// What helps who typed something that is not known: what was probably meant, else all that is known; `list` says what
/// that is.
pub(super) fn advice(typed: &str, list: &str, known: &[&str]) -> String {
    match nearest(typed, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("{list} {}", known.join(", ")),
    }
}

/// The candidate that was probably meant by `typed`: at most two edits away, and fewer than half its letters.
pub(super) fn nearest<'a>(typed: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let typed: String = typed.to_lowercase().chars().take(MAX_TYPED).collect();
    candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(&typed, candidate), *candidate))
        .filter(|(edits, candidate)| *edits <= 2 && edits * 2 < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
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
