//! Ids, tags and audiences: names that other articles, keys and requests refer to.

use super::super::front_matter::{Entry, Node, Value};
use super::{Fields, name};

/// Longest id, in bytes: it stands in addresses and in the engines' keys.
const MAX_ID: usize = 500;

/// Longest tag, in bytes, and most topics that it may name, each within the one before: a longer one is passed over.
const MAX_TAG: usize = 200;
const MAX_TAG_LEVELS: usize = 8;

impl Fields<'_, '_> {
    /// A list of names. The commas of Chinese texts part them too, where no quotes say that they belong to a name.
    pub(super) fn names(&mut self, entry: &Entry) -> Vec<String> {
        let parts = |node: &Node, text: String| match node.quoted {
            true => vec![text],
            false => parted(&text, &['，', '、']),
        };
        match &entry.node.value {
            Value::List(items) => items
                .iter()
                .filter_map(|item| Some(parts(item, self.item(entry, item)?)))
                .flatten()
                .collect(),
            _ => {
                let texts = self.list(entry).into_iter();
                texts.flat_map(|text| parts(&entry.node, text)).collect()
            }
        }
    }

    pub(super) fn tags(&mut self, entry: &Entry) -> Vec<String> {
        let written: Vec<String> = self.names(entry).into_iter().map(name).collect();
        let mut tags: Vec<String> = written.iter().map(|tag| topics_of(tag)).collect();
        if let Some((written, tag)) = written.iter().zip(&tags).find(|(a, b)| a != b) {
            self.findings.warning(
                entry.place,
                "empty-topic",
                format!("the tag `{written}` has a topic without a name; it is read as `{tag}`"),
                "write slashes between names only",
            );
        }
        tags.retain(|tag| !tag.is_empty());
        let given = tags.len();
        tags.retain(|tag| tag.len() <= MAX_TAG && tag.matches('/').count() < MAX_TAG_LEVELS);
        if tags.len() < given {
            self.findings.warning(
                entry.place,
                "long-tag",
                format!("a tag has more than {MAX_TAG} bytes or {MAX_TAG_LEVELS} levels and is passed over"),
                "shorten it",
            );
        }
        tags
    }

    pub(super) fn id(&mut self, entry: &Entry) -> Option<String> {
        let text = entry.node.text().map(name);
        let id = text.clone().filter(|id| {
            id.len() <= MAX_ID && !id.chars().any(|c| c.is_whitespace() || c.is_control())
        });
        if id.is_none() && entry.node.value != Value::Null {
            let help = text
                .map(|text| text.split_whitespace().collect::<Vec<_>>().join("-"))
                .filter(|id| !id.is_empty());
            let help = help.map_or_else(
                || "give it a name, or leave it out".to_owned(),
                |id| format!("write `{id}`"),
            );
            let message = "`id` must be text without white space; the file's path is used";
            self.findings
                .error(entry.place, "invalid-id", message, help);
        }
        id
    }

    /// Who may see the article; where something is given and nothing of it is understood, nobody. Names without
    /// brackets are a list too.
    pub(super) fn audience(&mut self, entry: &Entry) -> Vec<String> {
        let given = match (&entry.node.value, entry.node.quoted) {
            (Value::Text(text), false) => parted(text, &[',', '，', '、']),
            _ => self.names(entry),
        };
        if given.is_empty() && !entry.node.is_empty() {
            self.findings.error(
                entry.place,
                "invalid-value",
                "nobody knows who may see the article; it is taken as a draft",
                "write `audience: [agent]`, with the names in square brackets",
            );
        }
        given
    }
}

/// The parts of a text that say something.
fn parted(text: &str, commas: &[char]) -> Vec<String> {
    let parts = text.split(commas).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A tag without topics that have no name.
fn topics_of(tag: &str) -> String {
    let named = tag.split('/').filter(|topic| !topic.trim().is_empty());
    named.collect::<Vec<_>>().join("/")
}
