//! Parses YAML into a tree that knows each value's position in its file, within limits that protect against malicious
//! files.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Options, Spanned};

use super::{
    findings::Position,
    front_matter::{Broken, Entry, Node, Value},
};
use crate::text::yaml_fault;

/// Most values in the front matter of one article, aliases written out.
const MAX_NODES: usize = 20_000;

/// Most text in it, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Reads YAML whose first line is line `first_line` of its file.
///
/// # Errors
/// It is no YAML, it is no mapping, or it is beyond the limits.
pub(super) fn read(yaml: &str, first_line: u32) -> Result<Vec<Entry>, Broken> {
    let top = Position {
        line: first_line.saturating_sub(1).max(1),
        column: 1,
    };
    if yaml
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Vec::new());
    }
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(yaml, limits()).map_err(|error| {
            let place = error.location().map_or(top, |at| place(at, first_line));
            wide_colon(yaml, first_line, place.line).unwrap_or_else(|| Broken {
                place,
                message: yaml_fault(&error),
                help: None,
            })
        })?;
    let reading = Reading { yaml, first_line };
    match reading.node(raw) {
        Node {
            value: Value::Map(entries),
            ..
        } => Ok(entries),
        Node {
            value: Value::Null, ..
        } => Ok(Vec::new()),
        node => Err(
            wide_colon(yaml, first_line, u32::MAX).unwrap_or_else(|| Broken {
                place: node.place,
                message: "the front matter is not a mapping of keys to values".to_owned(),
                help: None,
            }),
        ),
    }
}

fn limits() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 2 * MAX_NODES, max_nodes: MAX_NODES, max_depth: 16, max_documents: 1,
            max_aliases: 100, max_anchors: 100, max_total_scalar_bytes: MAX_BYTES, max_merge_keys: 100,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_NODES, max_replay_stack_depth: 8 },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
        emit_comments: false,
    }
}

/// A line up to that one on which a full-width colon stands behind a key: to YAML it is a letter, and what it does not
/// understand is the next line.
fn wide_colon(yaml: &str, first_line: u32, to: u32) -> Option<Broken> {
    let mut lines = (first_line..=to).zip(yaml.lines());
    lines.find_map(|(line, text)| {
        let (key, _) = text.split_once('：')?;
        let name = key.trim_start_matches(['-', ' ']);
        let is_key = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        is_key.then(|| Broken {
            place: Position {
                line,
                column: u32::try_from(key.len() + 1).unwrap_or(u32::MAX),
            },
            message: format!(
                "the colon behind `{name}` is a full-width one, which YAML takes for a letter"
            ),
            help: Some("write a plain colon and a space"),
        })
    })
}

fn place(at: serde_saphyr::Location, first_line: u32) -> Position {
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    Position {
        line: number(at.line()).saturating_add(first_line - 1),
        column: number(at.column()),
    }
}

/// A value as the deserializer tells it.
enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

/// Turns raw values into nodes of one file.
struct Reading<'a> {
    yaml: &'a str,
    first_line: u32,
}

impl Reading<'_> {
    fn node(&self, raw: Spanned<Raw>) -> Node {
        let quoted = self.is_quoted(&raw.defined);
        let written = || self.written(&raw.defined);
        let value = match raw.value {
            Raw::Null => Value::Null,
            Raw::Bool(b) => Value::Bool(b, written().unwrap_or_else(|| b.to_string())),
            Raw::Number(n) => {
                let text = written().unwrap_or_else(|| n.to_string());
                Value::Number(n, text)
            }
            Raw::Text(text) => Value::Text(text),
            Raw::List(items) => {
                Value::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            Raw::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, node)| self.entry(key, node))
                    .collect(),
            ),
        };
        Node {
            place: place(raw.referenced, self.first_line),
            value,
            quoted,
        }
    }

    fn is_quoted(&self, at: &serde_saphyr::Location) -> bool {
        let start = at
            .span()
            .byte_offset()
            .and_then(|at| usize::try_from(at).ok());
        let text = start
            .and_then(|start| self.yaml.get(start..))
            .unwrap_or_default();
        text.starts_with(['"', '\''])
    }

    fn entry(&self, key: Spanned<Raw>, node: Spanned<Raw>) -> Entry {
        let key = self.node(key);
        Entry {
            place: key.place,
            key: key.text().unwrap_or_default(),
            node: self.node(node),
        }
    }

    /// A plain scalar as it stands in the file.
    fn written(&self, at: &serde_saphyr::Location) -> Option<String> {
        let start = usize::try_from(at.span().byte_offset()?).ok()?;
        let length = usize::try_from(at.span().byte_len()?).ok()?;
        let text = self.yaml.get(start..start + length)?.trim();
        (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(serde_json::Number::from_f64(value)
            .map_or_else(|| Raw::Text(value.to_string()), Raw::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn values_know_their_places() {
        let entries = read(
            "id: 007\ntags: [a, 解约]\ntriggers:\n  - any: x\n    when: 1.10\n",
            2,
        )
        .expect("reads");
        let places: Vec<_> = entries
            .iter()
            .map(|e| (e.key.as_str(), e.place, e.node.place))
            .collect();
        assert_eq!(
            places,
            [
                ("id", at(2, 1), at(2, 5)),
                ("tags", at(3, 1), at(3, 7)),
                ("triggers", at(4, 1), at(5, 3))
            ]
        );
        assert_eq!(entries[0].node.text().as_deref(), Some("007"));
        let Value::List(tags) = &entries[1].node.value else {
            panic!("a list")
        };
        assert_eq!(
            (tags[1].place, tags[1].text().as_deref()),
            (at(3, 11), Some("解约"))
        );
        let Value::List(triggers) = &entries[2].node.value else {
            panic!("a list")
        };
        let Value::Map(trigger) = &triggers[0].value else {
            panic!("a map")
        };
        assert_eq!(
            (trigger[1].place, trigger[1].node.text().as_deref()),
            (at(6, 5), Some("1.10"))
        );
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let entries = read(
            "a: no\nb: 1.0\nc: 2026-05-01\nd: ~\ne: \"7\"\nf: 0x10\ng: .nan\n",
            2,
        )
        .expect("reads");
        let texts: Vec<_> = entries
            .iter()
            .map(|e| e.node.text().unwrap_or_default())
            .collect();
        assert_eq!(texts, ["no", "1.0", "2026-05-01", "", "7", "0x10", ".nan"]);
    }

    #[test]
    fn broken_yaml_has_a_place() {
        for (yaml, line) in [
            ("title: \"unclosed\ntags: [a", 3),
            ("a: b: c\n", 2),
            ("a:\n\t- b\n", 3),
            ("- a\n- b\n", 2),
            ("just text\n", 2),
            ("a: *missing\n", 2),
        ] {
            let broken = read(yaml, 2).expect_err(yaml);
            assert!(
                broken.place.line >= 2 && broken.place.line <= line,
                "{yaml}: {broken:?}"
            );
            assert!(
                !broken.message.is_empty() && !broken.message.contains(" line "),
                "{yaml}: {}",
                broken.message
            );
        }
    }

    #[test]
    fn colons_and_quotes_of_other_kinds_are_told_where_they_stand() {
        for (yaml, place, message) in [
            ("title：A\nstatus: draft\n", at(2, 6), "full-width"),
            (
                "id: a\ntriggers:\n  - any： x\n    not: y\n",
                at(4, 8),
                "full-width",
            ),
            ("title：A\n", at(2, 6), "full-width"),
            (
                "when: \"tv\" in account.products\n",
                at(2, 12),
                "closing quote",
            ),
        ] {
            let broken = read(yaml, 2).expect_err(yaml);
            assert_eq!(broken.place, place, "{broken:?}");
            assert!(broken.message.contains(message), "{broken:?}");
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(read(&bomb, 2).is_err());
        assert!(read(&"[".repeat(5_000), 2).is_err());
        assert!(read(&format!("a: {}", "x".repeat(MAX_BYTES + 1)), 2).is_err());
        assert!(read("a: &a {b: *a}\n", 2).is_err());
    }
}
