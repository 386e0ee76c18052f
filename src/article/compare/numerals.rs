//! Parses numbers written in words, English and Chinese, in folded text: the whole phrase or nothing.

use super::units::stands;
use crate::text::{
    is_han,
    numerals::{self, NUMBER_WORDS, number_word},
};

/// Words for what is too large to be read, which none of a smaller number may stand behind.
const LARGE: &[&str] = &["million", "billion"];

/// The longest word before another one of the same number: `seventeen and `.
const MAX_BEFORE: usize = 14;

/// Most characters of a Chinese number.
const MAX_CHINESE: usize = 16;

/// A number in words, in thousandths, and where it ends.
pub(super) fn read(chars: &[char], at: usize) -> Option<(i64, usize)> {
    if chars.get(at).copied().is_some_and(is_han) {
        chinese(chars, at)
    } else {
        english(chars, at)
    }
}

/// Twenty-five, two hundred and fifty, one thousand two hundred.
fn english(chars: &[char], at: usize) -> Option<(i64, usize)> {
    let word = |at: usize| {
        let mut words = NUMBER_WORDS.iter();
        let (name, number) = words.find(|(name, _)| stands(chars, at, name))?;
        Some((name, i64::from(*number)))
    };
    word(at).filter(|_| !follows_number(chars, at))?;
    let (mut total, mut group, mut below, mut end) = (0, 0, 100, at);
    let mut next = Some(at);
    while let Some((name, number)) = next.and_then(word) {
        (total, group, below) = match number {
            1_000 if total == 0 && group > 0 => (group * 1_000, 0, 100),
            100 if (1..100).contains(&group) => (total, group * 100, 100),
            number if number < below => {
                // Behind a ten there is room for one more word, behind another one for none.
                let below = if number >= 20 { 10 } else { 0 };
                (total, group + number, below)
            }
            _ => return None,
        };
        end = next? + name.len();
        next = behind(chars, end);
    }
    Some(((total + group) * 1_000, end))
}

/// Where the next word of a number would stand.
fn behind(chars: &[char], end: usize) -> Option<usize> {
    let is_and = || chars[end..].starts_with(&[' ', 'a', 'n', 'd', ' ']);
    match chars.get(end)? {
        ' ' if is_and() => Some(end + 5),
        ' ' | '-' => Some(end + 1),
        _ => None,
    }
}

/// Whether a word of a number stands just before a place.
fn follows_number(chars: &[char], at: usize) -> bool {
    let before: String = chars[at.saturating_sub(MAX_BEFORE)..at].iter().collect();
    let Some(before) = before.strip_suffix([' ', '-']) else {
        return false;
    };
    let before = before.strip_suffix(" and").unwrap_or(before);
    let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| LARGE.contains(&word) || number_word(word).is_some())
}

/// 十四, 两百零五, 一万二千, 一点五.
fn chinese(chars: &[char], at: usize) -> Option<(i64, usize)> {
    let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
    // 第二天 is no amount, 几百 is no number, and within a numeral none begins.
    let within = |c: char| {
        "第几数点.".contains(c) || c.is_ascii_digit() || digit(c).is_some() || place(c).is_some()
    };
    if before.is_some_and(within) {
        return None;
    }
    // `last` is the last place named: a digit behind it counts its tenth, 两百五.
    let (mut total, mut section, mut open, mut last, mut end) = (0_i64, 0_i64, None, 10, at);
    while let Some(&c) = chars.get(end) {
        match (digit(c), place(c)) {
            // 两三天 and 二零二六 are no numbers of this kind.
            (Some(_), _) if open.is_some_and(|open| open > 0) => return None,
            (Some(0), _) => (open, last) = (Some(0), 10),
            (Some(number), _) => open = Some(number),
            (None, Some(place)) if place >= 10_000 => {
                let named = total + section + open.take().unwrap_or(0);
                total = named.checked_mul(place).filter(|total| *total > 0)?;
                (section, last) = (0, place);
            }
            (None, Some(place)) => {
                section += open.take().unwrap_or(1) * place;
                last = place;
            }
            (None, None) => break,
        }
        end += 1;
    }
    if end == at || end - at > MAX_CHINESE {
        return None;
    }
    let whole = (total + section + open.unwrap_or(0) * (last / 10).max(1)).checked_mul(1_000)?;
    let tenths = |at: usize| chars.get(at).copied().and_then(digit);
    match (chars.get(end), tenths(end + 1)) {
        (Some('点'), Some(tenths)) => {
            let more = chars.get(end + 2).copied();
            let ends = !more.is_some_and(|c| digit(c).is_some() || place(c).is_some());
            ends.then_some((whole + tenths * 100, end + 2))
        }
        _ => Some((whole, end)),
    }
}

fn digit(c: char) -> Option<i64> {
    numerals::digit(c).map(i64::from)
}

fn place(c: char) -> Option<i64> {
    numerals::zeros(c).map(|zeros| 10_i64.pow(zeros.into()))
}
