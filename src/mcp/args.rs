//! Arguments of a tool: aliases are accepted, unknown arguments are refused by name. Pure.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    budget::{DEFAULT_TOKENS, TOKENS},
    refusal::{Refusal, brief},
};
use crate::search::error::FieldError;

/// Values in one list.
const MAX_VALUES: usize = 100;

/// Characters of a value in a list.
const MAX_VALUE_CHARS: usize = 200;

/// Tokens above which a budget is a mistake.
const MAX_ASKED: usize = 1_000_000_000;

/// The arguments of one call of a tool.
#[derive(Debug)]
pub(super) struct Args {
    given: Map<String, Value>,
    /// Names that were asked for, the first of each alone: they are told to whoever sends others.
    known: Vec<&'static str>,
    flaws: Vec<FieldError>,
}

impl Args {
    pub(super) fn new(given: Option<Map<String, Value>>) -> Self {
        Self {
            given: given.unwrap_or_default(),
            known: Vec::new(),
            flaws: Vec::new(),
        }
    }

    /// Takes the fields of an object for arguments of their own: `filter: {"lang": "en"}` is `lang: "en"`.
    pub(super) fn flatten(&mut self, names: &[&str]) {
        for name in names {
            match self.given.shift_remove(*name) {
                None | Some(Value::Null) => {}
                Some(Value::Object(fields)) => {
                    for (field, value) in fields {
                        self.given.entry(field).or_insert(value);
                    }
                }
                Some(_) => self.flaw(name, "must be an object"),
            }
        }
    }

    /// Notes something that is wrong with an argument.
    pub(super) fn flaw(&mut self, name: &str, detail: impl Into<String>) {
        self.flaws.push(FieldError::new(
            format!("/{name}"),
            format!("{name}: {}", detail.into()),
        ));
    }

    /// The value under the first of these names that was used; null is none.
    pub(super) fn take(&mut self, names: &[&'static str]) -> Option<Value> {
        self.known.extend(names.first());
        let mut found: Option<(&str, Value)> = None;
        for name in names {
            let given = self.given.shift_remove(*name);
            let Some(value) = given.filter(|value| !value.is_null()) else {
                continue;
            };
            match &found {
                None => found = Some((*name, value)),
                Some((first, earlier)) if value != *earlier => {
                    let detail = format!("says something else than {first}, which means the same");
                    self.flaw(name, detail);
                }
                Some(_) => {}
            }
        }
        found.map(|(_, value)| value)
    }

    /// A text; numbers are taken as they are written.
    pub(super) fn text(&mut self, names: &[&'static str], max_chars: usize) -> Option<String> {
        let name = names.first().copied().unwrap_or_default();
        let text = match self.take(names)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => {
                self.flaw(name, "must be a text");
                return None;
            }
        };
        let chars = text.chars().count();
        if chars > max_chars {
            let detail = format!("has {chars} characters, the limit is {max_chars}");
            self.flaw(name, detail);
            return None;
        }
        Some(text)
    }

    /// A text that must be there; empty, with a flaw, where it is not.
    pub(super) fn needed(&mut self, names: &[&'static str], max_chars: usize) -> String {
        let before = self.flaws.len();
        let text = self.text(names, max_chars).unwrap_or_default();
        if text.trim().is_empty() && self.flaws.len() == before {
            let name = names.first().copied().unwrap_or_default();
            self.flaw(name, "is needed, and must not be empty");
        }
        text
    }

    /// A whole number within a range.
    pub(super) fn whole(
        &mut self,
        names: &[&'static str],
        range: RangeInclusive<usize>,
        default: usize,
    ) -> usize {
        let Some(value) = self.take(names) else {
            return default;
        };
        let number = match &value {
            Value::Number(number) => number.as_u64().or_else(|| {
                let float = number.as_f64()?;
                (float.fract() == 0.0 && (0.0..1e9).contains(&float)).then_some(float as u64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number.and_then(|number| usize::try_from(number).ok()) {
            Some(number) if range.contains(&number) => number,
            _ => {
                let name = names.first().copied().unwrap_or_default();
                let detail = format!(
                    "must be a whole number from {} to {}, not {}",
                    range.start(),
                    range.end(),
                    brief(&value.to_string())
                );
                self.flaw(name, detail);
                default
            }
        }
    }

    /// Tokens that the result may have.
    pub(super) fn max_tokens(&mut self) -> usize {
        self.max_tokens_or(DEFAULT_TOKENS)
    }

    /// The same, with so many where the caller names no budget. One out of the range counts as the nearest in it.
    pub(super) fn max_tokens_or(&mut self, default: usize) -> usize {
        let asked = self.whole(
            &["max_tokens", "budget", "token_budget", "max_output_tokens"],
            0..=MAX_ASKED,
            default,
        );
        asked.clamp(*TOKENS.start(), *TOKENS.end())
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn list(&mut self, names: &[&'static str]) -> Vec<String> {
        let name = names.first().copied().unwrap_or_default();
        let values = match self.take(names) {
            None => return Vec::new(),
            Some(Value::Array(values)) => values,
            Some(one) => vec![one],
        };
        if values.len() > MAX_VALUES {
            self.flaw(
                name,
                format!("has {} values, the limit is {MAX_VALUES}", values.len()),
            );
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::String(text) if text.chars().count() <= MAX_VALUE_CHARS => texts.push(text),
                _ => {
                    self.flaw(
                        name,
                        format!(
                            "must be a text or a list of texts of at most {MAX_VALUE_CHARS} characters"
                        ),
                    );
                    return Vec::new();
                }
            }
        }
        texts
    }

    /// An object.
    pub(super) fn object(&mut self, names: &[&'static str]) -> Option<Map<String, Value>> {
        match self.take(names)? {
            Value::Object(fields) => Some(fields),
            _ => {
                let name = names.first().copied().unwrap_or_default();
                self.flaw(name, "must be an object");
                None
            }
        }
    }

    /// Refuses what is wrong, and every argument that nobody asked for.
    ///
    /// # Errors
    /// With every flaw.
    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        let known = match self.known.as_slice() {
            [] => "leave it out".to_owned(),
            names => format!("leave it out, or use {}", names.join(", ")),
        };
        for name in self.given.keys() {
            let name = brief(name);
            self.flaws.push(FieldError::new(
                format!("/{name}"),
                format!("unknown argument `{name}`; {known}"),
            ));
        }
        if self.flaws.is_empty() {
            Ok(())
        } else {
            Err(Refusal::flawed(self.flaws))
        }
    }
}

/// A tool's call with its arguments as the object that their text holds; None where it holds none.
pub(super) fn spelled_out<T: DeserializeOwned>(mut call: Value) -> Option<T> {
    let arguments = call.get_mut("arguments")?;
    *arguments = serde_json::from_str(arguments.as_str()?).ok()?;
    serde_json::from_value(call).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn args(value: Value) -> Args {
        Args::new(value.as_object().cloned())
    }

    #[test]
    fn other_names_mean_the_same_and_only_one_may_speak() {
        let mut given = args(json!({"q": "fee", "top_k": "3", "language": "en"}));
        assert_eq!(given.needed(&["query", "q"], 10), "fee");
        assert_eq!(given.whole(&["limit", "top_k"], 1..=10, 5), 3);
        assert_eq!(given.list(&["lang", "language"]), ["en"]);
        assert!(given.finish().is_ok());

        let mut given = args(json!({"query": "a", "q": "b"}));
        given.needed(&["query", "q"], 10);
        assert!(given.finish().is_err());
    }

    #[test]
    fn what_nobody_asked_for_is_refused_by_name() {
        let mut given = args(json!({"query": "a", "colour": 1, "size": 2}));
        given.needed(&["query"], 10);
        let said = given.finish().unwrap_err().to_json();
        assert_eq!(said["code"], "bad_request");
        assert_eq!(
            said["errors"][0]["detail"],
            "unknown argument `colour`; leave it out, or use query"
        );
        assert_eq!(said["errors"][1]["pointer"], "/size");
    }

    #[test]
    fn wrong_types_and_ranges_are_named() {
        let check = |value: Value, read: fn(&mut Args), expected: &str| {
            let mut given = args(value.clone());
            read(&mut given);
            let said = given.finish().unwrap_err();
            assert_eq!(said.detail(), expected, "{value}");
        };
        let query = |given: &mut Args| drop(given.needed(&["query"], 3));
        check(json!({}), query, "query: is needed, and must not be empty");
        check(
            json!({"query": " "}),
            query,
            "query: is needed, and must not be empty",
        );
        check(json!({"query": []}), query, "query: must be a text");
        check(
            json!({"query": "long"}),
            query,
            "query: has 4 characters, the limit is 3",
        );
        let limit = |given: &mut Args| _ = given.whole(&["limit"], 1..=9, 5);
        for value in [
            json!(0),
            json!(10),
            json!(2.5),
            json!("x"),
            json!([1]),
            json!(-1),
        ] {
            check(
                json!({"limit": value.clone()}),
                limit,
                &format!("limit: must be a whole number from 1 to 9, not {value}"),
            );
        }
        let lang = |given: &mut Args| drop(given.list(&["lang"]));
        check(
            json!({"lang": [1]}),
            lang,
            "lang: must be a text or a list of texts of at most 200 characters",
        );
        let account = |given: &mut Args| drop(given.object(&["account"]));
        check(
            json!({"account": []}),
            account,
            "account: must be an object",
        );
    }

    #[test]
    fn a_budget_out_of_the_range_is_the_nearest_in_it() {
        let check = |max_tokens: Value, expected: Option<usize>| {
            let mut given = args(json!({"max_tokens": max_tokens}));
            let taken = given.max_tokens();
            assert_eq!(given.finish().ok().map(|()| taken), expected);
        };
        check(json!(0), Some(200));
        check(json!(199), Some(200));
        check(json!(300), Some(300));
        check(json!(1_000_000), Some(50_000));
        check(json!(-1), None);
        check(json!("many"), None);
    }

    #[test]
    fn nothing_and_null_are_the_same() {
        let mut given = args(json!({"limit": null, "lang": null}));
        assert_eq!(given.whole(&["limit"], 1..=9, 5), 5);
        assert!(given.list(&["lang"]).is_empty());
        assert!(given.finish().is_ok());
    }

    #[test]
    fn filters_may_come_in_an_object() {
        let mut given = args(json!({"filter": {"lang": "zh", "size": 1}}));
        given.flatten(&["filter"]);
        assert_eq!(given.list(&["lang"]), ["zh"]);
        assert!(given.finish().is_err());
    }
}
