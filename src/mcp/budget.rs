//! Estimates the number of tokens of a text in a model's context window. Pure.

use serde_json::{Value, json};

/// Tokens of a result when the caller names no budget.
pub(super) const DEFAULT_TOKENS: usize = 2_000;

/// Budgets that are kept to: below it hardly more than the freshness of the index fits, above it nobody reads.
pub(super) const TOKENS: std::ops::RangeInclusive<usize> = 200..=50_000;

/// Room below which a result says only what is needed to cite it.
pub(super) const TIGHT: usize = 400;

/// Share of a budget that is filled, in percent: other tokenizers and other ways to write JSON count a little more.
const FILLED_PERCENT: usize = 92;

/// `max_tokens`, as a tool's schema has it.
pub(super) fn schema() -> Value {
    schema_from(DEFAULT_TOKENS)
}

/// The same for a tool with a budget of its own where none is named.
pub(super) fn schema_from(default: usize) -> Value {
    let (least, most) = (TOKENS.start(), TOKENS.end());
    json!({"type": "integer", "minimum": least, "maximum": most, "default": default})
}

/// Tokens of a text, rounded up: 4 ASCII characters a token, 1.5 of any others.
pub(super) fn tokens(text: &str) -> usize {
    let (mut ascii, mut other) = (0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii() {
            ascii += 1;
        } else {
            other += 1;
        }
    }
    // In twelfths: 1/4 and 2/3.
    (3 * ascii + 8 * other).div_ceil(12)
}

/// Tokens of a value as it is written in a result.
pub(super) fn cost(value: &Value) -> usize {
    tokens(&value.to_string())
}

/// Tokens of a text within a value: its quotation marks and escapes count.
pub(super) fn cost_of_text(text: &str) -> usize {
    cost(&Value::from(text))
}

/// Tokens to fill of a budget.
pub(super) fn room(max_tokens: usize) -> usize {
    max_tokens * FILLED_PERCENT / 100
}

/// The longest beginning of a text that takes at most that many tokens within a value.
pub(super) fn fitting(text: &str, room: usize) -> &str {
    if cost_of_text(text) <= room {
        return text;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let fits = ends.partition_point(|end| cost_of_text(&text[..*end]) <= room);
    &text[..fits.checked_sub(1).map_or(0, |last| ends[last])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_four_letters_or_one_and_a_half_characters() {
        let check = |text: &str, expected: usize| assert_eq!(tokens(text), expected, "{text}");
        check("", 0);
        check("four", 1);
        check("fours", 2);
        check("提前解约费", 4);
        check("fiber 套餐", 3);
    }

    #[test]
    fn what_fits_is_a_beginning_and_never_more_than_the_room() {
        let check = |text: &str, room: usize, expected: &str| {
            assert_eq!(fitting(text, room), expected);
            assert!(expected.is_empty() || cost_of_text(expected) <= room);
        };
        check("short", 10, "short");
        check("a text of many words", 3, "a text of ");
        check("提前解约费", 3, "提前解");
        check("\n\n\n\n\n\n\n\n", 2, "\n\n\n");
        check("x", 0, "");
    }
}
