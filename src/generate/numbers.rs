//! The numbers in a text, however they are written. Pure.

use std::collections::HashSet;

use crate::text::numerals::{self, decimal, number_word, usual};

/// What is counted in Chinese: behind one of these a single numeral is a number, and otherwise often a part of a word.
const COUNTED: &[&str] = &[
    "年",
    "天",
    "周",
    "元",
    "欧",
    "歐",
    "美元",
    "块",
    "塊",
    "秒",
    "个月",
    "個月",
    "小时",
    "小時",
    "个小时",
    "個小時",
    "分钟",
    "分鐘",
    "个工作",
    "個工作",
    "个星期",
    "個星期",
    "日内",
    "日內",
    "折",
];

/// The same but for one: 一个 is an article, 一次 often "at once".
const COUNTED_FROM_TWO: &[&str] = &["个", "個", "次", "倍", "成"];

/// What is counted in English: before one of these number words are a number, and otherwise often a pronoun.
const COUNTED_IN_ENGLISH: &[&str] = &[
    "euro", "euros", "dollar", "dollars", "pound", "pounds", "cent", "cents", "yuan", "percent",
    "per", "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week",
    "weeks", "month", "months", "year", "years", "working", "business", "calendar", "times",
];

/// Which numbers of a text are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// All that may be meant as one, English words too.
    All,
    /// What can hardly be anything else.
    Sure,
}

/// Numbers of a text, in ASCII digits with a point where they have one: `1,000.00`, `1.000`, `１０００`, `١٠٠٠`, `一千` and `1千`
/// are the same. Three digits behind a comma or a point are thousands.
pub(super) fn numbers(text: &str, told: Told) -> HashSet<String> {
    let chars: Vec<char> = text.chars().map(narrow).collect();
    let mut found = HashSet::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let digits = digits(rest);
        let numerals = rest.iter().take_while(|c| numeral(**c).is_some()).count();
        if digits > 0 {
            // 3万 is one number.
            let units = rest[digits..].iter().map_while(|c| zeros(*c));
            let (count, zeros) = units.fold((0, 0), |(count, all), zeros| (count + 1, all + zeros));
            let number: String = rest[..digits].iter().collect();
            found.insert(plain(&number, zeros));
            at += digits + count;
        } else if numerals > 0 {
            let (run, behind) = rest.split_at(numerals);
            if told == Told::All || is_sure(run, behind) {
                found.insert(value(run));
            }
            at += numerals;
        } else {
            at += 1;
        }
    }
    spelled(text, told, &mut found);
    found
}

/// Adds the numbers that English words name; where all are told, `two hundred and five` names 2 and 5 too.
fn spelled(text: &str, told: Told, found: &mut HashSet<String>) {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        // `part` is below the next thousand.
        let (mut total, mut part) = (0, 0);
        let mut next = number_word(word).map(u32::from);
        while let Some(number) = next {
            match number {
                100 => part = part.max(1) * 100,
                1_000 => total += std::mem::take(&mut part).max(1) * 1_000,
                _ => part += number,
            }
            if told == Told::All && number < 100 {
                found.insert(number.to_string());
            }
            if total > 0 || part >= 100 {
                words.next_if(|word| word.eq_ignore_ascii_case("and"));
            }
            let follows = words.peek().and_then(|word| number_word(word));
            next = follows.map(u32::from).filter(|more| goes_on(part, *more));
            words.next_if(|_| next.is_some());
        }
        let number = total + part;
        let behind = words.peek().map(|word| word.to_ascii_lowercase());
        let is_counted = behind.is_some_and(|word| COUNTED_IN_ENGLISH.contains(&&*word));
        // "One month" may be what an article calls "a month".
        if number > 1 && (told == Told::All || is_counted) {
            found.insert(number.to_string());
        }
    }
}

/// Whether a number word goes on with what is below a thousand so far: five does with twenty and two hundred, not with two.
fn goes_on(part: u32, number: u32) -> bool {
    let below = match part % 100 {
        0 => 100,
        tens if tens >= 20 && tens % 10 == 0 => 10,
        _ => 0,
    };
    match number {
        100 => part < 100,
        1_000 => part < 1_000,
        _ => number < below,
    }
}

/// A digit of any script, and what parts its fraction or its thousands, as ASCII has it.
fn narrow(c: char) -> char {
    match c {
        '．' | '\u{66b}' => '.',
        '\u{66c}' => ',',
        _ => decimal(c).map_or(c, |digit| char::from(b'0' + digit)),
    }
}

/// Characters of a number in digits at the beginning of a text: digits with single commas and points between them.
fn digits(text: &[char]) -> usize {
    let is_digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let mut end = 0;
    while is_digit(end)
        || (end > 0 && matches!(text.get(end), Some('.' | ',')) && is_digit(end + 1))
    {
        end += 1;
    }
    end
}

/// A number in digits without thousands' marks and without zeros at the end of its fraction, times a power of ten.
fn plain(number: &str, zeros: usize) -> String {
    let mut groups = number.split(['.', ',']);
    let mut whole = groups.next().unwrap_or_default().to_owned();
    let mut parts: Vec<&str> = groups.collect();
    if (1..=3).contains(&whole.len()) && !whole.starts_with('0') {
        let thousands = parts.iter().take_while(|group| group.len() == 3).count();
        whole.extend(parts.drain(..thousands));
    }
    // A date, a version: no fraction.
    if parts.len() > 1 {
        return format!("{whole}.{}", parts.join("."));
    }
    let fraction = parts.first().copied().unwrap_or_default();
    let (moved, left) = fraction.split_at(zeros.min(fraction.len()));
    whole.push_str(moved);
    whole.extend(std::iter::repeat_n('0', zeros - moved.len()));
    if zeros > 0 {
        let kept = whole.trim_start_matches('0').len().max(1);
        whole.drain(..whole.len() - kept);
    }
    match left.trim_end_matches('0') {
        "" => whole,
        left => format!("{whole}.{left}"),
    }
}

/// What a character counts for in a Chinese number: a digit, or a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numeral {
    Digit(u8),
    /// So many zeros.
    Unit(usize),
}

fn numeral(c: char) -> Option<Numeral> {
    if let Some(zeros) = zeros(c) {
        return Some(Numeral::Unit(zeros));
    }
    numerals::digit(usual(c)).map(Numeral::Digit)
}

fn zeros(c: char) -> Option<usize> {
    numerals::zeros(usual(c)).map(usize::from)
}

/// Whether a run of numerals is a number and no part of a word, as in 一般, 一一, 万一 or 十分.
fn is_sure(run: &[char], behind: &[char]) -> bool {
    let is_long = run.len() > 2 || run.len() == 2 && run.iter().any(|c| zeros(*c).is_some());
    let begins = zeros(run[0]).is_none_or(|zeros| zeros == 1);
    let behind: String = behind.iter().take(3).collect();
    let counts = |units: &[&str]| units.iter().any(|unit| behind.starts_with(unit));
    let is_counted = counts(COUNTED) || run[0] != '一' && counts(COUNTED_FROM_TWO);
    begins && (is_long || run.len() == 1 && is_counted)
}

/// The value of a run of numerals: 二十五 counts by units, 二〇二六 digit by digit.
fn value(run: &[char]) -> String {
    let numerals: Vec<Numeral> = run.iter().filter_map(|c| numeral(*c)).collect();
    let is_unit = |one: &Numeral| matches!(one, Numeral::Unit(_));
    if !numerals.iter().any(is_unit) {
        let digit = |one: &Numeral| match one {
            Numeral::Digit(digit) => char::from(b'0' + digit),
            Numeral::Unit(_) => '0',
        };
        return numerals.iter().map(digit).collect();
    }
    // `part` is below the next 万 or 亿, `digit` waits for its unit.
    let (mut total, mut part, mut digit) = (0_u128, 0_u128, None);
    // 三万五 and 一百二 leave the last unit out.
    let mut short = 0_u128;
    for one in numerals {
        match one {
            Numeral::Digit(0) => short = 1,
            Numeral::Digit(value) => digit = Some(u128::from(value)),
            Numeral::Unit(zeros) => {
                let unit = 10_u128.pow(zeros as u32);
                if zeros < 4 {
                    part = part.saturating_add(digit.unwrap_or(1) * unit);
                } else {
                    let below = part.saturating_add(digit.unwrap_or(0));
                    // 一万亿 is more than 万 and 亿 side by side.
                    let below = if below == 0 && total > 0 {
                        std::mem::take(&mut total)
                    } else {
                        below.max(1)
                    };
                    total = total.saturating_add(below.saturating_mul(unit));
                    part = 0;
                }
                (digit, short) = (None, unit / 10);
            }
        }
    }
    let last = digit.unwrap_or(0).saturating_mul(short.max(1));
    total.saturating_add(part).saturating_add(last).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, told: Told, expected: &[&str]) {
        let mut found: Vec<String> = numbers(text, told).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for text in [
            "1000",
            "1,000",
            "1.000",
            "1,000.00",
            "1.000,00",
            "１０００",
            "١٬٠٠٠",
            "۱۰۰۰",
            "१,०००",
            "๑,๐๐๐",
            "一千",
            "1千",
            "壹仟",
            "0.1万",
        ] {
            check(text, Told::Sure, &["1000"]);
        }
        for (text, expected) in [
            ("2.50 or 2,5", "2.5"),
            ("0.125", "0.125"),
            ("٢٫٥٠", "2.5"),
            ("3.000.000", "3000000"),
            ("v1.2.3", "1.2.3"),
            ("1.12.2026", "1.12.2026"),
            ("ends at 20.", "20"),
            ("1.5万", "15000"),
            ("二十五天", "25"),
            ("十二个月", "12"),
            ("一百二十", "120"),
            ("一百二", "120"),
            ("一百零二", "102"),
            ("三万五千", "35000"),
            ("二〇二六年", "2026"),
            ("两天", "2"),
            ("一亿二千万", "120000000"),
        ] {
            check(text, Told::Sure, &[expected]);
        }
    }

    #[test]
    fn numerals_within_words_are_no_sure_numbers() {
        check("一般，万一，千万，十分，周一，百度，一一", Told::Sure, &[]);
        check("三十欧元，一般在三天内", Told::Sure, &["3", "30"]);
        check("打九折，最多退三次，五个", Told::Sure, &["3", "5", "9"]);
        check("提供一个地址，一次付清，一个月", Told::Sure, &["1"]);
        check("一般", Told::All, &["1"]);
    }

    #[test]
    fn english_words_bear_a_number_out_and_claim_none_of_their_own() {
        check(
            "Twenty-five, two hundred",
            Told::All,
            &["2", "20", "200", "25", "5"],
        );
        check("one, two, three", Told::All, &["1", "2", "3"]);
        check("two ways, one of them", Told::Sure, &[]);
    }

    #[test]
    fn english_words_claim_a_number_of_something_counted() {
        for (text, expected) in [
            ("It costs thirty euros", "30"),
            ("a hundred dollars", "100"),
            ("One hundred and twenty-five euros", "125"),
            ("two thousand five hundred yuan", "2500"),
            ("within five working days", "5"),
            ("Ten per cent", "10"),
        ] {
            check(text, Told::Sure, &[expected]);
            assert!(numbers(text, Told::All).contains(expected), "{text}");
        }
        check("within one month, on one day", Told::Sure, &[]);
    }
}
