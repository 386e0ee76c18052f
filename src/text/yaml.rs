//! YAML errors in the terms of authors. Leaves reading YAML to the code that knows its structure.

use serde_saphyr::{Error, UserMessageFormatter};

/// What is wrong, in lower case, without its place: one line.
#[must_use]
pub fn yaml_fault(error: &Error) -> String {
    let error = error.without_snippet();
    if let Error::NullIntoString { .. } = error {
        return "there is nothing where a text must stand".to_owned();
    }
    let message = error.render_with_formatter(&UserMessageFormatter);
    let message = message.lines().next().unwrap_or_default();
    let message = match message.rfind(" at line ") {
        Some(at) => &message[..at],
        None => message,
    };
    if message.starts_with("invalid trailing content after") {
        return "a text stands behind the closing quote".to_owned();
    }
    let mut chars = message.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
