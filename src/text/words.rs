//! Words of mixed English and Chinese text.

/// One searchable word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The term as the index knows it: folded, stemmed.
    pub term: String,
    /// Offset of its first character.
    pub start: usize,
    /// Offset behind its last character.
    pub end: usize,
    /// What it is made of.
    pub kind: WordKind,
}

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordKind {
    /// Letters of an alphabet, stemmed where English.
    Latin,
    /// A number or a code holding digits: matched as it stands.
    Code,
    /// A Chinese word of the dictionary.
    Han,
    /// Two neighbouring Chinese characters, for recall.
    Bigram,
}

/// Splits a text into words.
#[must_use]
pub fn words(_text: &str) -> Vec<Word> {
    Vec::new()
}
