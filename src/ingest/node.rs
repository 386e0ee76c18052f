//! A position in a vendor's JSON: read tolerantly, and named exactly in an error.

use serde_json::Value;

use crate::{
    json::values,
    live::{MAX_ID_CHARS, is_id},
    search::error::FieldError,
};

/// Values of a vendor's JSON: words with their times have ten bytes or more each, so that no real body of 1 MiB has as many.
const MAX_VALUES: usize = 100_000;

/// Reads JSON, which can take a hundred times as much memory as its text: a few at once.
///
/// # Errors
/// What is wrong with it, as in "is not valid JSON".
pub fn parse(json: &[u8]) -> Result<Value, String> {
    if values(json) > MAX_VALUES {
        return Err(format!(
            "has more than {MAX_VALUES} values; send less at once"
        ));
    }
    serde_json::from_slice(json).map_err(|error| format!("is not valid JSON: {error}"))
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    /// JSON pointer.
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    /// A value at a place.
    pub(super) fn new(value: &'a Value, pointer: String) -> Self {
        Self { value, pointer }
    }

    /// The field of that name; null is as good as missing. A vendor's clients write names in several ways: the first
    /// that is there counts.
    pub(super) fn get(&self, names: &[&str]) -> Option<Node<'a>> {
        let object = self.value.as_object()?;
        names.iter().find_map(|name| {
            let value = object.get(*name).filter(|value| !value.is_null())?;
            Some(Node::new(value, self.below(name)))
        })
    }

    /// The same, where it must be there.
    pub(super) fn need(&self, names: &[&str]) -> Result<Node<'a>, FieldError> {
        if !self.value.is_object() {
            return Err(self.flaw("must be an object"));
        }
        self.get(names)
            .ok_or_else(|| FieldError::new(self.below(names[0]), "is missing"))
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&'a str, FieldError> {
        self.value
            .as_str()
            .ok_or_else(|| self.flaw("must be a text"))
    }

    /// Something's name: a text or a number.
    pub(super) fn id(&self) -> Result<String, FieldError> {
        let id = match self.value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err(self.flaw("must be a text")),
        };
        if !is_id(&id) {
            return Err(self.flaw(format!(
                "must have 1 to {MAX_ID_CHARS} characters and no control characters"
            )));
        }
        Ok(id)
    }

    /// A list.
    pub(super) fn items(&self) -> Result<impl Iterator<Item = Node<'a>> + use<'a>, FieldError> {
        let items = self
            .value
            .as_array()
            .ok_or_else(|| self.flaw("must be a list"))?;
        let pointer = self.pointer.clone();
        let node = move |(at, value)| Node::new(value, format!("{pointer}/{at}"));
        Ok(items.iter().enumerate().map(node))
    }

    /// A number, also as a text.
    pub(super) fn number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite() && *number >= 0.0)
    }

    /// Whole milliseconds.
    pub(super) fn millis(&self) -> Option<u64> {
        // Far past any call, and a cast that saturates.
        self.number().map(|ms| ms.round() as u64)
    }

    /// Seconds, as milliseconds.
    pub(super) fn seconds(&self) -> Option<u64> {
        self.number().map(|secs| (secs * 1e3).round() as u64)
    }

    /// A switch, also as a text.
    pub(super) fn flag(&self) -> bool {
        match self.value {
            Value::Bool(flag) => *flag,
            Value::String(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// What is wrong here.
    pub(super) fn flaw(&self, detail: impl Into<String>) -> FieldError {
        FieldError::new(self.pointer.clone(), detail)
    }

    fn below(&self, name: &str) -> String {
        let name = name.replace('~', "~0").replace('/', "~1");
        format!("{}/{name}", self.pointer)
    }
}
