//! Front matter: the YAML between two lines of hyphens, as a tree that knows the position of each value.
//!
//! Owns separating it from the body, and the tree. Leaves reading YAML to `yaml` and the meaning of keys to `fields`.

use std::ops::Range;

use super::{fields::KEYS, findings::Position, hidden_text::is_invisible};

/// A file split in two.
#[derive(Debug, PartialEq)]
pub(super) struct Split {
    /// The YAML, without its lines of hyphens.
    pub(super) yaml: Range<usize>,
    /// The YAML's first line, 1-based.
    pub(super) first_line: u32,
    /// Where the body begins.
    pub(super) body_at: usize,
}

/// Splits off the front matter; None where there is none.
///
/// # Errors
/// It is not closed, opened by something else than three hyphens, or has line ends that end no line here.
pub(super) fn split(source: &str) -> Result<Option<Split>, Unusable> {
    let begin = opening(source);
    let first = source[begin..].split_inclusive('\n').next();
    let first = first.unwrap_or_default();
    let yaml_at = begin + first.len();
    let line = u32::try_from(source[..begin].matches('\n').count() + 1).unwrap_or(u32::MAX);
    let behind = || {
        let lines = source[yaml_at..].lines().map(str::trim_end);
        lines.skip_while(|line| line.is_empty())
    };
    // Keys that mean something among the lines that follow, behind comments or not, are meant.
    let has_known = |sign: char| {
        behind()
            .skip_while(|line| line.is_empty() || line.starts_with('#'))
            .take_while(|line| !line.is_empty())
            .filter_map(|line| key(line, sign))
            .any(|key| KEYS.contains(&key))
    };
    let first = first.replace(is_invisible, "");
    let fence = first.trim();
    if fence != "---" {
        let unusable = |fault| Err(Unusable { line, fault });
        return match fence.split_once('\r') {
            Some((fence, _)) if looks_like_hyphens(fence) => unusable(Fault::LineEnds),
            None if looks_like_hyphens(fence) => {
                let sign = if fence.starts_with("+++") { '=' } else { ':' };
                if has_known(sign) {
                    unusable(Fault::Fence)
                } else {
                    Ok(None)
                }
            }
            _ => Ok(None),
        };
    }
    // Further down, a rule above plain text is Markdown.
    if begin > 0 && !has_known(':') {
        return Ok(None);
    }
    let mut at = yaml_at;
    for text in source[yaml_at..].split_inclusive('\n') {
        if matches!(text.replace(is_invisible, "").trim_end(), "---" | "...") {
            return Ok(Some(Split {
                yaml: yaml_at..at,
                first_line: line + 1,
                body_at: at + text.len(),
            }));
        }
        at += text.len();
    }
    // So it is where it is not closed, and a key behind it is front matter that was meant.
    let is_meant = behind().next().and_then(|line| key(line, ':')).is_some() || has_known(':');
    let wrong = Unusable {
        line,
        fault: Fault::Open,
    };
    if is_meant { Err(wrong) } else { Ok(None) }
}

/// Where the first line begins that is neither blank nor a comment: editors leave both above the front matter.
fn opening(source: &str) -> usize {
    let mut rest = source;
    loop {
        let text = rest.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
        match text
            .strip_prefix("<!--")
            .and_then(|text| text.split_once("-->"))
        {
            Some((_, behind)) => rest = behind,
            None => {
                let before = &source[..source.len() - text.len()];
                return before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
            }
        }
    }
}

/// Whether a line is what other tools open front matter with, or what an editor makes of three hyphens.
fn looks_like_hyphens(line: &str) -> bool {
    let dashes = ['-', '\u{2013}', '\u{2014}'];
    line.starts_with("---")
        || line.starts_with("+++")
        || !line.is_empty() && line.chars().all(|c| dashes.contains(&c))
}

/// The key that a line gives, if it looks like one; `sign` stands between a key and its value.
fn key(line: &str, sign: char) -> Option<&str> {
    let (key, _) = line.split_once(sign)?;
    let key = key.trim_start_matches(is_invisible).trim_end();
    let key = key.trim_matches(['"', '\'']);
    let is_key = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    is_key.then_some(key)
}

/// Front matter that was meant and cannot be used.
#[derive(Debug, PartialEq)]
pub(super) struct Unusable {
    /// Its first line, 1-based.
    pub(super) line: u32,
    /// Why it cannot be used.
    pub(super) fault: Fault,
}

/// What makes front matter unusable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// It has no end.
    Open,
    /// It begins with something else than three hyphens.
    Fence,
    /// Its lines end with carriage returns alone.
    LineEnds,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Position,
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
    pub(super) place: Position,
    pub(super) node: Node,
}

/// Why front matter cannot be read, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Broken {
    pub(super) place: Position,
    pub(super) message: String,
    /// What to do, where more is known of it than that the YAML is wrong.
    pub(super) help: Option<&'static str>,
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

    const OPEN: Result<Option<Split>, Unusable> = Err(Unusable {
        line: 1,
        fault: Fault::Open,
    });

    #[test]
    fn front_matter_stands_between_lines_of_hyphens() {
        assert_eq!(
            split("---\na: 1\n---\nBody"),
            Ok(Some(Split {
                yaml: 4..9,
                first_line: 2,
                body_at: 13
            }))
        );
        assert_eq!(
            split("---\r\na: 1\r\n---\r\nBody"),
            Ok(Some(Split {
                yaml: 5..11,
                first_line: 2,
                body_at: 16
            }))
        );
        assert_eq!(
            split("---\n---"),
            Ok(Some(Split {
                yaml: 4..4,
                first_line: 2,
                body_at: 7
            }))
        );
        assert_eq!(split("# Title\n---\n"), Ok(None));
        assert_eq!(split("---\nA rule above text\n"), Ok(None));
        assert_eq!(split("---\ntitle: A\n\nBody\n"), OPEN);
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
            assert_eq!(split(meant), OPEN, "{meant}");
        }
        for text in [
            "---\n# Heading\n\nNote: this is text.\n",
            "---\nA rule above text,\nnote: more of it.\n\nstatus: no key here\n",
        ] {
            assert_eq!(split(text), Ok(None), "{text}");
        }
    }
    #[test]
    fn what_stands_above_front_matter_does_not_make_it_text() {
        for above in [
            "\n",
            "  \r\n\n",
            "<!-- a note\nto editors -->\n\n",
            "\u{200b}",
            "\u{feff}\u{feff}",
            "\u{200b}\n\u{200d}\u{ad}",
            "\u{feff}<!-- a note -->\u{2060}\n",
        ] {
            let file = format!("{above}---\nstatus: draft\n---\nBody");
            let split = split(&file).unwrap().expect(above);
            assert_eq!(&file[split.yaml], "status: draft\n");
            assert_eq!(&file[split.body_at..], "Body");
            assert_eq!(split.first_line as usize, 2 + above.matches('\n').count());
        }
        assert_eq!(split("\n---\nA rule above text\n---\nBody"), Ok(None));
    }

    #[test]
    fn invisible_characters_within_the_fences_do_not_make_it_text() {
        let file = "-\u{200b}--\u{200e}\n\u{200b}status: draft\n---\u{200b}\nBody";
        let split = split(file).unwrap().unwrap();
        assert_eq!(&file[split.yaml], "\u{200b}status: draft\n");
        assert_eq!(&file[split.body_at..], "Body");
    }

    #[test]
    fn carriage_returns_alone_are_told_where_front_matter_begins() {
        for (file, line) in [
            ("---\rstatus: draft\r---\rBody", 1),
            (
                "\u{feff}\r<!-- a note -->\r---\rstatus: draft\r---\rBody\n",
                1,
            ),
            ("\n+++\rstatus = 'draft'\r+++\rBody\n", 2),
        ] {
            let fault = Fault::LineEnds;
            assert_eq!(split(file), Err(Unusable { line, fault }), "{file:?}");
        }
        assert_eq!(split("Text\rmore text\r"), Ok(None));
    }

    #[test]
    fn other_fences_are_told_where_keys_follow() {
        for (fence, sign) in [
            ("----", ":"),
            ("---yaml", ":"),
            ("+++", " ="),
            ("\u{2014}-", ":"),
        ] {
            let file = format!("\n{fence}\nstatus{sign} 'draft'\n{fence}\nBody");
            let (line, fault) = (2, Fault::Fence);
            assert_eq!(split(&file), Err(Unusable { line, fault }), "{fence}");
            let text = format!("{fence}\nText below, with a colon: here.\n");
            assert_eq!(split(&text), Ok(None), "{fence}");
        }
        assert_eq!(split("# Status\n\nstatus: open\n"), Ok(None));
    }
}
