//! Operators of a query: quotes around what must stand, a minus before what must not, and what merely looks like them. Pure.

use std::borrow::Cow;

use crate::text::{fold, is_spaced_letter, telling};

/// The hyphen of a keyboard, and what input methods and word processors make of it; — sets off a remark.
pub(super) fn is_minus(c: char) -> bool {
    c != '—' && fold(c.encode_utf8(&mut [0; 4])).text == "-"
}

/// Whether a word, as [`compared`](crate::text::compared) has it, may be excluded where a minus stands before it: 5g is a word, 27 and 27dbm are
/// measured, and nobody means to exclude every article with "please".
pub(super) fn may_be_excluded(word: &str) -> bool {
    let unit = word.trim_start_matches(char::is_numeric);
    let has_one_letter = || unit.chars().take_while(|c| is_spaced_letter(*c)).count() == 1;
    let is_word = unit.starts_with(char::is_alphabetic) && (unit == word || has_one_letter());
    is_word && !telling(word).is_empty()
}

/// A text of several lines with a space behind each minus that opens a line: there it is a bullet, and excludes nothing.
pub(super) fn without_bullets(typed: &str) -> Cow<'_, str> {
    if !typed.trim().contains('\n') {
        return Cow::Borrowed(typed);
    }
    let lines = typed.split('\n').map(|line| {
        let item = line.trim_start().strip_prefix(is_minus);
        let touching = item.filter(|item| !item.starts_with(char::is_whitespace));
        touching.map_or(Cow::Borrowed(line), |item| format!("- {item}").into())
    });
    lines.collect::<Vec<_>>().join("\n").into()
}

/// The next quoted phrase with what stands before and after it. Any mark opens and any closes: keyboards and converters
/// mix them.
pub(super) fn next_phrase(text: &str) -> Option<(&str, &str, &str)> {
    const MARKS: [char; 4] = ['"', '＂', '“', '”'];
    let (before, rest) = text.split_once(MARKS)?;
    let (phrase, after) = rest.split_once(MARKS)?;
    Some((before, phrase, after))
}

/// Whether a text has words as they stand: within the words of scripts with spaces they do not, in Chinese they do anywhere.
pub(super) fn contains_words(text: &str, words: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(is_spaced_letter);
    let first = joins(words.chars().next());
    let last = joins(words.chars().next_back());
    text.match_indices(words).any(|(at, _)| {
        !(first && joins(text[..at].chars().next_back())
            || last && joins(text[at + words.len()..].chars().next()))
    })
}
