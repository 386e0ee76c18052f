//! How much a text says, and cutting one that is too long.

use super::script::is_cjk;

/// Letters of a text; one of those that say about as much as two counts as two.
#[must_use]
pub fn letters(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|c| 1 + usize::from(is_cjk(c))).sum()
}

/// The end of a text, at most so many characters.
#[must_use]
pub fn tail(text: &str, chars: usize) -> &str {
    let Some(last) = chars.checked_sub(1) else {
        return "";
    };
    let first = text.char_indices().nth_back(last);
    first.map_or(text, |(byte, _)| &text[byte..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_cut_between_characters() {
        for (chars, expected) in [(0, ""), (1, "订"), (2, "退订"), (4, "é退订"), (9, "é退订")]
        {
            assert_eq!(tail("é退订", chars), expected);
        }
        assert_eq!((letters("é退订"), letters("ab")), (5, 2));
    }
}
