//! `_check.yaml`: findings that are accepted, with the reason, and additional front matter keys of the organisation.
//! Pure: text in, a filter out.

use super::{
    Diagnostic, Severity,
    findings::{Findings, Position, advice, unknown_key},
    front_matter::{Entry, Node, Value},
    yaml,
};

/// Name of the file, in the content folder.
pub const FILE: &str = "_check.yaml";

/// The file's keys, and those of an entry under `silence`.
const FILE_KEYS: &[&str] = &["silence", "keys"];
const KEYS: &[&str] = &["rule", "path", "reason"];

/// The rule that `keys` silences.
const UNKNOWN_KEY: &str = "unknown-key";

/// What is silenced, and what is wrong with the file that says so.
#[derive(Debug, Clone, Default)]
pub struct Silences {
    list: Vec<Silence>,
    findings: Vec<Diagnostic>,
}

#[derive(Debug, Clone)]
struct Silence {
    what: What,
    place: Position,
}

#[derive(Debug, Clone)]
enum What {
    Rule {
        rule: String,
        /// `*` stands for any characters of a name, `**` for any folders.
        path: String,
    },
    /// A key of the front matter that is not known, but meant.
    Key(String),
}

impl What {
    fn silences(&self, finding: &Diagnostic) -> bool {
        match self {
            Self::Rule { rule, path } => *rule == finding.rule && fits(path, &finding.path),
            Self::Key(key) => finding.rule == UNKNOWN_KEY && finding.message == unknown_key(key),
        }
    }
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule { rule, path } => write!(f, "nothing is found by `{rule}` in {path}"),
            Self::Key(key) => write!(f, "no article needs the key `{key}` to be named here"),
        }
    }
}

impl Silences {
    /// Reads the file. What is wrong with it becomes a finding; an entry without a reason silences nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut findings = Findings::new(FILE);
        let mut list = Vec::new();
        match yaml::read(text, 1) {
            Err(broken) => findings.error(
                broken.place,
                "check-config",
                broken.message,
                "write a list under `silence`, each with `rule`, `path` and `reason`, and one of names under `keys`",
            ),
            Ok(entries) => {
                for entry in &entries {
                    match entry.key.as_str() {
                        "silence" => list.extend(items(entry, &mut findings, read)),
                        "keys" => list.extend(items(entry, &mut findings, own_key)),
                        _ => unknown(entry, FILE_KEYS, &mut findings),
                    }
                }
            }
        }
        Self {
            list,
            findings: findings.into_sorted(),
        }
    }

    /// The findings that are left, with those about the file itself; ordered by path and line.
    #[must_use]
    pub fn apply(&self, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let mut used = vec![false; self.list.len()];
        let mut left: Vec<Diagnostic> = Vec::with_capacity(findings.len());
        for finding in findings {
            let mut silenced = false;
            for (silence, used) in self.list.iter().zip(&mut used) {
                if silence.what.silences(&finding) {
                    (*used, silenced) = (true, true);
                }
            }
            if !silenced {
                left.push(finding);
            }
        }
        let idle = self.list.iter().zip(used).filter(|(_, used)| !used);
        left.extend(idle.map(|(silence, _)| Diagnostic {
            path: FILE.to_owned(),
            line: silence.place.line,
            column: silence.place.column,
            rule: "unused-silence".to_owned(),
            severity: Severity::Info,
            message: silence.what.to_string(),
            help: "remove the entry".to_owned(),
        }));
        left.extend(self.findings.iter().cloned());
        left.sort();
        left
    }
}

fn items(
    entry: &Entry,
    findings: &mut Findings<'_>,
    read: fn(&Node, &mut Findings<'_>) -> Option<Silence>,
) -> Vec<Silence> {
    match &entry.node.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| read(item, findings))
            .collect(),
        Value::Null => Vec::new(),
        _ => {
            let message = format!("`{}` is no list", entry.key);
            let help = "begin each entry with a hyphen";
            findings.error(entry.place, "check-config", message, help);
            Vec::new()
        }
    }
}

fn own_key(item: &Node, findings: &mut Findings<'_>) -> Option<Silence> {
    let Some(key) = item.text() else {
        let help = "write the name of a key alone";
        findings.error(item.place, "check-config", "the entry is no name", help);
        return None;
    };
    Some(Silence {
        what: What::Key(key),
        place: item.place,
    })
}

fn read(item: &Node, findings: &mut Findings<'_>) -> Option<Silence> {
    let Value::Map(entries) = &item.value else {
        let help = "write `rule`, `path` and `reason`";
        findings.error(item.place, "check-config", "the entry has no keys", help);
        return None;
    };
    for entry in entries
        .iter()
        .filter(|entry| !KEYS.contains(&entry.key.as_str()))
    {
        unknown(entry, KEYS, findings);
    }
    let value = |key: &str| {
        entries
            .iter()
            .find(|entry| entry.key == key)
            .and_then(|entry| entry.node.text())
    };
    for key in ["rule", "reason"] {
        if value(key).is_none() {
            let message = format!("the entry has no `{key}` and silences nothing");
            let help = "say which rule is silenced, and why";
            findings.error(item.place, "check-config", message, help);
        }
    }
    value("reason")?;
    let what = What::Rule {
        rule: value("rule")?,
        path: value("path").unwrap_or_else(|| "**".to_owned()),
    };
    let place = item.place;
    Some(Silence { what, place })
}

fn unknown(entry: &Entry, keys: &[&str], findings: &mut Findings<'_>) {
    findings.warning(
        entry.place,
        "check-config",
        unknown_key(&entry.key),
        advice(&entry.key, "the keys are", keys),
    );
}

/// Whether a path fits a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    folders(&pattern, &path)
}

fn folders(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            (0..=path.len()).any(|at| folders(rest, &path[at..]) || (rest.is_empty()))
        }
        (Some((first, rest)), Some((name, below))) => {
            fits_name(first, name) && folders(rest, below)
        }
        _ => false,
    }
}

/// Stars within one name; each further part is looked for behind the one before.
fn fits_name(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path: &str, rule: &str) -> Diagnostic {
        Diagnostic {
            path: path.to_owned(),
            line: 1,
            column: 1,
            rule: rule.to_owned(),
            severity: Severity::Warning,
            message: String::new(),
            help: String::new(),
        }
    }

    fn told(findings: &[Diagnostic]) -> Vec<String> {
        let told = findings.iter();
        told.map(|one| format!("{}:{}:{} {}", one.path, one.line, one.column, one.rule))
            .collect()
    }

    #[test]
    fn a_rule_is_silenced_where_its_path_fits_and_a_reason_is_given() {
        let text = "silence:\n  - rule: conflict\n    path: en/**/offer-*.md\n    reason: two offers run side by side\n  - rule: expired\n    path: zh/a.md\n    reason: kept for reference\n";
        let left = Silences::read(text).apply(vec![
            finding("en/offer-a.md", "conflict"),
            finding("en/plans/b/offer-b.md", "conflict"),
            finding("en/plans/other.md", "conflict"),
            finding("en/plans/offer-b.md", "broken-link"),
        ]);
        assert_eq!(
            told(&left),
            [
                "_check.yaml:5:5 unused-silence",
                "en/plans/offer-b.md:1:1 broken-link",
                "en/plans/other.md:1:1 conflict"
            ]
        );
    }

    #[test]
    fn keys_of_the_house_are_no_typing_errors() {
        let file = b"---\nsla: 4\nsal: 4\ntriggers:\n- any: x\n  sla: 5\n---\n# A\n\nText.\n";
        let found = super::super::parse("a.md", file).diagnostics;
        let left = Silences::read("keys: [sla, room]\n").apply(found);
        assert_eq!(
            told(&left),
            [
                "_check.yaml:1:13 unused-silence",
                "a.md:3:1 unknown-key",
                "a.md:6:3 unknown-key"
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_the_file_is_told_and_silences_nothing() {
        let check = |text: &str, expected: &[&str]| {
            let left = Silences::read(text).apply(vec![finding("a.md", "conflict")]);
            let told: Vec<_> = left
                .iter()
                .filter(|one| one.path == FILE)
                .map(|one| format!("{}:{}", one.line, one.column))
                .collect();
            assert_eq!(told, expected, "{text}: {left:?}");
            assert!(left.iter().any(|one| one.rule == "conflict"), "{text}");
        };
        check("silence:\n  - rule: conflict\n", &["2:5"]);
        check("silence:\n  - conflict\n", &["2:5"]);
        check("silnce: []\n", &["1:1"]);
        check("silence: all\n", &["1:1"]);
        check("keys: sla\n", &["1:1"]);
        check("keys: [{sla: 1}]\n", &["1:8"]);
        assert!(!Silences::read("silence: [").findings.is_empty());
    }
}
