//! Strict JSON: an object must be an object, a word must be a word, and the number of values is limited.

use std::marker::PhantomData;

use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Reads a struct from an object alone. By itself serde takes a list too, value by value in the order of the fields,
/// so that `["q", 5]` would be a question; callers who send that are mistaken and should hear of it.
///
/// # Errors
/// The deserializer's own; anything but an object is refused.
pub fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_map(Object(PhantomData))
}

/// Reads one of some words from a string alone. By itself serde takes an object with the word as its key too, and of anything
/// else its reader says no more than that it expected a value.
///
/// # Errors
/// The deserializer's own; anything but a string is refused.
pub fn word<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(String::deserialize(deserializer)?.into_deserializer())
}

/// The same where null stands for no word.
///
/// # Errors
/// As those of [`word`].
pub fn some_word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let word: Option<String> = Option::deserialize(deserializer)?;
    word.map(|word| T::deserialize(word.into_deserializer()))
        .transpose()
}

/// How many values JSON has, at most one more for each empty list and object, without reading it: in memory a value takes a
/// hundred bytes and more, and two in the text. Of what is no JSON it says nothing.
#[must_use]
pub fn values(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut is_escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' | b',' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::values;
    use crate::search::types::SearchRequest;

    #[test]
    fn values_are_counted_and_texts_are_one() {
        let check = |json: &str, expected: usize| {
            assert_eq!(values(json.as_bytes()), expected, "{json}");
        };
        check("7", 1);
        check(r#"{"a": 1, "b": [2, 3, [0]]}"#, 7);
        check(r#"["[,{", "\",[", "\\", 1]"#, 5);
        check("{}", 2);
    }

    #[test]
    fn a_list_is_no_object() {
        let check = |json: &str, expected: bool| {
            assert_eq!(
                serde_json::from_str::<SearchRequest>(json).is_ok(),
                expected,
                "{json}"
            );
        };
        check(r#"{"query":"q","filter":{"lang":["en"]}}"#, true);
        check(r#"{"query":"q","filter":{}}"#, true);
        check(r#"{"query":"q","filter":[["en"],[],[],[]]}"#, false);
        check(r#"{"query":"q","filter":[]}"#, false);
        check(r#"{"query":"q","filter":null}"#, false);
    }
}
