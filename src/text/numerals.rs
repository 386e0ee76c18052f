//! Elements of numbers: digits of any script, English number words and Chinese numerals.
//!
//! Owns the value of each word or character, and where a dot separates thousands. Leaves combining them into a number to
//! the code that reads one: rules strict enough to compare amounts are too strict to find what must be redacted.

/// Zeros of the decimal digits (Unicode's category Nd), of which nine more follow each.
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// Languages that write 1,500.50; most others write 1.500,50.
const DECIMAL_POINT: &[&str] = &[
    "am", "ar", "bn", "cy", "en", "fil", "ga", "gu", "he", "hi", "ja", "kn", "ko", "ml", "mr",
    "ms", "mt", "my", "ne", "pa", "si", "sw", "ta", "te", "th", "tl", "und", "ur", "yue", "zh",
];

/// What a decimal digit of any script counts for.
#[must_use]
pub fn decimal(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    }
    let c = u32::from(c);
    let before = ZEROS.partition_point(|zero| *zero <= c).checked_sub(1)?;
    u8::try_from(c - ZEROS[before])
        .ok()
        .filter(|digit| *digit < 10)
}

/// Whether a language, by the first part of its tag, parts thousands by dots.
#[must_use]
pub fn has_dotted_thousands(primary: &str) -> bool {
    !DECIMAL_POINT.contains(&primary)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_count_alike() {
        for digits in [
            "0123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "๐๑๒๓๔๕๖๗๘๙",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        ] {
            let values: Vec<_> = digits.chars().filter_map(decimal).collect();
            assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "{digits}");
        }
        assert!(ZEROS.is_sorted());
        for other in ['a', '²', '½', '五', 'ก', 'अ', '/', ':'] {
            assert_eq!(decimal(other), None, "{other}");
        }
    }
}
