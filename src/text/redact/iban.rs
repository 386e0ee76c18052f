//! International bank account numbers (ISO 13616), with spaces and hyphens.

use super::{Secret, Span};
use crate::text::{fold::vanishes, numerals::decimal};

/// Letters and digits of an account's number.
const LENGTH: std::ops::RangeInclusive<usize> = 15..=34;

/// Least digits among them: words alone are no account.
const DIGITS: usize = 10;

/// Every account in a text.
pub(super) fn accounts(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut before = ' ';
    for (start, c) in text.char_indices() {
        let is_inside = found.last().is_some_and(|last| start < last.end);
        if c.is_ascii_alphabetic() && !before.is_alphanumeric() && !is_inside {
            found.extend(account(&text[start..]).map(|length| Span {
                start,
                end: start + length,
                secret: Secret::Account,
            }));
        }
        before = c;
    }
    found
}

/// Bytes of the longest account that a text begins with.
fn account(text: &str) -> Option<usize> {
    let (mut values, mut digits, mut longest) = (Vec::new(), 0, None);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let digit = decimal(c);
        match digit.or_else(|| letter(c)) {
            Some(value) => values.push(value),
            // "is 12" begins no account, "IS 12" may.
            None if values.len() == 2 && !text.starts_with(|c: char| c.is_ascii_uppercase()) => {
                break;
            }
            None if c.is_whitespace() || vanishes(c) || "-‐‑–".contains(c) => continue,
            None => break,
        }
        digits += usize::from(digit.is_some());
        // Two letters and two digits come first.
        let is_shaped = (values.len() > 2) == digit.is_some() || values.len() > 4;
        if !is_shaped || values.len() > *LENGTH.end() {
            break;
        }
        let ends = chars.peek().is_none_or(|(_, next)| !next.is_alphanumeric());
        if ends && digits >= DIGITS && LENGTH.contains(&values.len()) && is_whole(&values) {
            longest = Some(at + c.len_utf8());
        }
    }
    longest
}

/// What a Latin letter counts for.
fn letter(c: char) -> Option<u8> {
    let value = c.to_digit(36).filter(|value| *value >= 10)?;
    u8::try_from(value).ok()
}

/// ISO 7064 MOD 97-10, the first four characters being put last.
fn is_whole(values: &[u8]) -> bool {
    let (first, rest) = values.split_at(4);
    let rest = rest.iter().chain(first).fold(0_u32, |rest, value| {
        let factor = if *value < 10 { 10 } else { 100 };
        (rest * factor + u32::from(*value)) % 97
    });
    rest == 1
}
