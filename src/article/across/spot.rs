//! Where something of the front matter stands: read again when a finding needs it, so that articles carry no places.

use super::super::{
    Article,
    findings::Place,
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

/// Where a key of the front matter stands; the top of the file where it is not given.
pub(super) fn key_place(article: &Article, key: &str) -> Place {
    entries(article)
        .iter()
        .find(|entry| entry.key == key)
        .map_or(Place::TOP, |entry| entry.place)
}

/// Where a value stands; the top of the file where it is not given.
pub(super) fn value_place(article: &Article, steps: &[Step<'_>]) -> Place {
    given(article, steps).unwrap_or(Place::TOP)
}

/// Where a value stands, if it is given.
pub(super) fn given(article: &Article, steps: &[Step<'_>]) -> Option<Place> {
    let entries = entries(article);
    let mut here: Option<&Node> = None;
    for step in steps {
        here = match (step, here.map(|node| &node.value)) {
            (Step::Key(key), None) => value_of(&entries, key),
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
pub(super) fn within(article: &Article, place: Place, needle: &str) -> Place {
    let line = article
        .source
        .lines()
        .nth(place.line as usize - 1)
        .unwrap_or_default();
    let before = place.column as usize - 1;
    let rest: String = line.chars().skip(before).collect();
    rest.find(needle).map_or(place, |byte| {
        let column = before + rest[..byte].chars().count() + 1;
        Place {
            column: u32::try_from(column).unwrap_or(u32::MAX),
            ..place
        }
    })
}

fn value_of<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries
        .iter()
        .find(|entry| entry.key == key)
        .map(|entry| &entry.node)
}

fn entries(article: &Article) -> Vec<Entry> {
    let front = split(&article.source).ok().flatten();
    front
        .and_then(|front| yaml::read(&article.source[front.yaml], 2).ok())
        .unwrap_or_default()
}
