//! Positions in the front matter: it is parsed again when a finding needs one, so that articles need not store positions.

use std::cell::OnceCell;

use super::super::{
    Article,
    findings::Position,
    front_matter::{Entry, Node, Value, split},
    yaml,
};

/// A step into the front matter's tree.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// The value of a key.
    Key(&'a str),
    /// An item of a list; a single value is a list of one.
    Item(usize),
    /// The item of a list that says this.
    Text(&'a str),
}

/// The places of an article: its front matter is read when the first of them is asked for, and once.
pub(super) struct Spots<'a> {
    pub(super) article: &'a Article,
    entries: OnceCell<Vec<Entry>>,
}

impl<'a> Spots<'a> {
    pub(super) fn of(article: &'a Article) -> Self {
        Self {
            article,
            entries: OnceCell::new(),
        }
    }

    /// Where a key of the front matter stands; the top of the file where it is not given.
    pub(super) fn key(&self, key: &str) -> Position {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map_or(Position::TOP, |entry| entry.place)
    }

    /// Where a value stands; the top of the file where it is not given.
    pub(super) fn value(&self, steps: &[Step<'_>]) -> Position {
        self.given(steps).unwrap_or(Position::TOP)
    }

    /// Where a value stands, if it is given.
    pub(super) fn given(&self, steps: &[Step<'_>]) -> Option<Position> {
        let mut here: Option<&Node> = None;
        for step in steps {
            here = match (step, here.map(|node| &node.value)) {
                (Step::Key(key), None) => value_of(self.entries(), key),
                (Step::Key(key), Some(Value::Map(entries))) => value_of(entries, key),
                (Step::Item(at), Some(Value::List(items))) => items.get(*at),
                (Step::Text(text), Some(Value::List(items))) => items
                    .iter()
                    .find(|item| item.text().as_deref() == Some(*text)),
                (Step::Item(_) | Step::Text(_), Some(_)) => here,
                _ => None,
            };
            here?;
        }
        here.map(|node| node.place)
    }

    /// Where `needle` stands behind a place, on its line; the place itself where it does not.
    pub(super) fn within(&self, place: Position, needle: &str) -> Position {
        let line = self
            .article
            .source
            .lines()
            .nth(place.line as usize - 1)
            .unwrap_or_default();
        let before = place.column as usize - 1;
        let rest: String = line.chars().skip(before).collect();
        rest.find(needle).map_or(place, |byte| {
            let column = before + rest[..byte].chars().count() + 1;
            Position {
                column: u32::try_from(column).unwrap_or(u32::MAX),
                ..place
            }
        })
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| {
            let front = split(&self.article.source).ok().flatten();
            front
                .and_then(|front| {
                    yaml::read(&self.article.source[front.yaml], front.first_line).ok()
                })
                .unwrap_or_default()
        })
    }
}

fn value_of<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.node)
}
