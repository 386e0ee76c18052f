//! Front matter: the YAML between two lines of hyphens, as a tree that knows where each value stands.
//!
//! Owns splitting it off, and the tree. Leaves reading YAML to `yaml` and the meaning of keys to `fields`.

use std::ops::Range;

use super::{fields::KEYS, findings::Place};

/// A file split in two.
#[derive(Debug, PartialEq)]
pub(super) struct Split {
    /// The YAML, without its lines of hyphens.
    pub(super) yaml: Range<usize>,
    /// Where the body begins.
    pub(super) body_at: usize,
}

/// Splits off the front matter; None where there is none.
///
/// # Errors
/// It is opened but not closed.
pub(super) fn split(source: &str) -> Result<Option<Split>, Unclosed> {
    let mut lines = source.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else {
        return Ok(None);
    };
    let mut at = first.len();
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            return Ok(Some(Split {
                yaml: first.len()..at,
                body_at: at + line.len(),
            }));
        }
        at += line.len();
    }
    // A rule above plain text is Markdown; a key behind it is front matter that was meant, and so is one that means
    // something among the lines that follow, behind comments or not.
    let behind = || {
        let lines = source[first.len()..].lines().map(str::trim_end);
        lines.skip_while(|line| line.is_empty())
    };
    let block = behind()
        .skip_while(|line| line.is_empty() || line.starts_with('#'))
        .take_while(|line| !line.is_empty());
    let is_meant = behind().next().and_then(key).is_some()
        || block.filter_map(key).any(|named| KEYS.contains(&named));
    if is_meant { Err(Unclosed) } else { Ok(None) }
}

/// The key that a line gives, if it looks like one.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let key = key.trim_end().trim_matches(['"', '\'']);
    let is_key = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    is_key.then_some(key)
}

/// Front matter without an end.
#[derive(Debug, PartialEq)]
pub(super) struct Unclosed;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
    /// Whether it stands in quotes, so that its text begins a column later.
    pub(super) quoted: bool,
}

/// What a value is. Scalars keep their text as it was written: `1.10` stays `1.10`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool, String),
    Number(serde_json::Number, String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

/// Why front matter cannot be read, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Broken {
    pub(super) place: Place,
    pub(super) message: String,
}

impl Node {
    /// The text of a scalar, without white space around it; None for what is empty or no scalar.
    pub(super) fn text(&self) -> Option<String> {
        let text = match &self.value {
            Value::Text(text) | Value::Bool(_, text) | Value::Number(_, text) => text.trim(),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        };
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Whether nothing was given.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => self.text().is_none(),
        }
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b, _) => (*b).into(),
            Value::Number(n, _) => n.clone().into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.node.json()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_stands_between_lines_of_hyphens() {
        assert_eq!(
            split("---\na: 1\n---\nBody"),
            Ok(Some(Split {
                yaml: 4..9,
                body_at: 13
            }))
        );
        assert_eq!(
            split("---\r\na: 1\r\n---\r\nBody"),
            Ok(Some(Split {
                yaml: 5..11,
                body_at: 16
            }))
        );
        assert_eq!(
            split("---\n---"),
            Ok(Some(Split {
                yaml: 4..4,
                body_at: 7
            }))
        );
        assert_eq!(split("# Title\n---\n"), Ok(None));
        assert_eq!(split("---\nA rule above text\n"), Ok(None));
        assert_eq!(split("---\ntitle: A\n\nBody\n"), Err(Unclosed));
        assert_eq!(split(""), Ok(None));
    }

    #[test]
    fn keys_that_were_meant_are_never_text() {
        for meant in [
            "---\n# do not publish\nstatus: draft\n\nBody\n",
            "---\n# do not publish\n\n'status' : draft\nBody\n",
            "---\n\"title\": A\n\nBody\n",
            "---\ntitle A\r\nstatus: draft\r\n\r\nBody\n",
        ] {
            assert_eq!(split(meant), Err(Unclosed), "{meant}");
        }
        for text in [
            "---\n# Heading\n\nNote: this is text.\n",
            "---\nA rule above text,\nnote: more of it.\n\nstatus: no key here\n",
        ] {
            assert_eq!(split(text), Ok(None), "{text}");
        }
    }
}
