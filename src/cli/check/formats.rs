//! Findings as text for people, as workflow annotations, and as SARIF.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    article::{Diagnostic, Severity},
    percent,
};

/// Findings, with the data to resolve their positions where they are read.
pub(super) struct Report<'a> {
    pub(super) findings: &'a [Diagnostic],
    /// Prefix of paths: the folder as it was typed, or within its repository.
    pub(super) prefix: &'a str,
    /// A line of a file, for the excerpt.
    pub(super) line: &'a dyn Fn(&str, u32) -> Option<String>,
}

/// Characters of an excerpt: about a terminal's width.
const MAX_EXCERPT: usize = 100;

impl Report<'_> {
    fn path(&self, finding: &Diagnostic) -> String {
        if self.prefix.is_empty() {
            finding.path.clone()
        } else {
            format!("{}/{}", self.prefix, finding.path)
        }
    }

    /// For people: position, rule, what is wrong, the line itself, and what to do.
    pub(super) fn text(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut out = String::new();
        for finding in self.findings {
            *counts.entry(name(finding.severity)).or_default() += 1;
            out.push_str(&format!(
                "{}:{}:{}: {} [{}] {}\n",
                self.path(finding),
                finding.line,
                finding.column,
                name(finding.severity),
                finding.rule,
                finding.message
            ));
            if let Some(excerpt) = self.excerpt(finding) {
                out.push_str(&excerpt);
            }
            out.push_str(&format!("    help: {}\n", finding.help));
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

    /// The line with a mark below the column.
    fn excerpt(&self, finding: &Diagnostic) -> Option<String> {
        if finding.severity == Severity::Info {
            return None;
        }
        let line = (self.line)(&finding.path, finding.line)?;
        let column = finding.column.saturating_sub(1) as usize;
        let chars: Vec<char> = line
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        if chars.iter().all(|c| c.is_whitespace()) {
            return None;
        }
        let from = (column.saturating_add(MAX_EXCERPT / 4))
            .saturating_sub(MAX_EXCERPT)
            .min(chars.len());
        let shown: String = chars[from..].iter().take(MAX_EXCERPT).collect();
        // Chinese characters are as wide as two.
        let before = chars[from..].iter().take(column.saturating_sub(from));
        let width: usize = before
            .map(|c| 1 + usize::from(crate::text::is_cjk(*c)))
            .sum();
        let number = finding.line.to_string();
        Some(format!(
            "    {number} | {shown}\n    {} | {}^\n",
            " ".repeat(number.len()),
            " ".repeat(width)
        ))
    }

    /// Annotations of a GitHub workflow.
    pub(super) fn github(&self) -> String {
        let escape = |text: &str| {
            text.replace('%', "%25")
                .replace('\r', "%0D")
                .replace('\n', "%0A")
        };
        let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
        self.findings
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
                    property(&self.path(finding)),
                    finding.line,
                    finding.column,
                    property(&finding.rule)
                )
            })
            .collect()
    }

    /// Static Analysis Results Interchange Format 2.1.0.
    pub(super) fn sarif(&self) -> serde_json::Value {
        let results: Vec<_> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "ruleId": finding.rule,
                    "level": if finding.severity == Severity::Info { "note" } else { name(finding.severity) },
                    "message": { "text": format!("{}; {}", finding.message, finding.help) },
                    "locations": [{ "physicalLocation": {
                        "artifactLocation": { "uri": percent::path(&self.path(finding)) },
                        "region": { "startLine": finding.line, "startColumn": finding.column },
                    } }],
                })
            })
            .collect();
        let mut rules: Vec<&str> = self
            .findings
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
            "runs": [{
                "tool": { "driver": { "name": "cuecard", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
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

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Diagnostic {
        Diagnostic {
            path: "zh/费 用.md".to_owned(),
            line: 2,
            column: 4,
            rule: "unknown-key".to_owned(),
            severity: Severity::Warning,
            message: "the key `x` is not known".to_owned(),
            help: "50 % of\nnothing".to_owned(),
        }
    }

    #[test]
    fn findings_are_told_with_their_place_line_and_cure() {
        let findings = [finding()];
        let report = Report {
            findings: &findings,
            prefix: "content",
            line: &|path, line| (path == "zh/费 用.md" && line == 2).then(|| "解约: x".to_owned()),
        };
        let text = report.text();
        assert!(text.starts_with("content/zh/费 用.md:2:4: warning [unknown-key] the key"));
        assert!(
            text.contains("    2 | 解约: x\n      |      ^\n    help:"),
            "{text}"
        );
        assert!(text.ends_with("0 errors, 1 warnings, 0 notes\n"));
        let github = report.github();
        assert!(
            github
                .starts_with("::warning file=content/zh/费 用.md,line=2,col=4,title=unknown-key::")
        );
        assert!(github.contains("50 %25 of%0Anothing"));
        let sarif = report.sarif();
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "content/zh/%E8%B4%B9%20%E7%94%A8.md"
        );
        assert_eq!(place["region"]["startColumn"], 4);
    }
}
