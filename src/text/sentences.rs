//! Sentences of mixed English and Chinese text.

/// Ranges of the sentences of one block of text, without the white space around them.
#[must_use]
pub fn sentences(text: &str) -> Vec<[usize; 2]> {
    vec![[0, text.chars().count()]]
}
