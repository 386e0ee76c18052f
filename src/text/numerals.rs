//! What numbers are written with, apart from digits: English words and Chinese numerals.
//!
//! Owns what each word or character counts for. Leaves how they make a number to those who read one: what is strict enough
//! to compare amounts is too strict to find what must be taken out.

/// English words up to the tens, and the two that multiply.
pub const NUMBER_WORDS: &[(&str, u16)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("hundred", 100),
    ("thousand", 1_000),
];

/// What an English word counts for, in whatever case.
#[must_use]
pub fn number_word(word: &str) -> Option<u16> {
    let mut words = NUMBER_WORDS.iter();
    words
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, number)| *number)
}

/// A Chinese digit.
#[must_use]
pub fn digit(c: char) -> Option<u8> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' | '兩' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// Zeros of a Chinese unit: 2 of 百.
#[must_use]
pub fn zeros(c: char) -> Option<u8> {
    Some(match c {
        '十' => 1,
        '百' => 2,
        '千' => 3,
        '万' | '萬' => 4,
        '亿' | '億' => 8,
        _ => return None,
    })
}

/// The usual numeral for one of those that banks write, and which are parts of names and words too; others as they are.
#[must_use]
pub fn usual(c: char) -> char {
    match c {
        '壹' => '一',
        '贰' | '貳' => '二',
        '叁' | '參' => '三',
        '肆' => '四',
        '伍' => '五',
        '陆' | '陸' => '六',
        '柒' => '七',
        '捌' => '八',
        '玖' => '九',
        '拾' => '十',
        '佰' => '百',
        '仟' => '千',
        _ => c,
    }
}
