//! Texts of any shape as one line.

/// A text with one space where any white space stood.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in double quotes, whatever stands in it: JSON's are YAML's too.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
