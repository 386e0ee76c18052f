//! Sentence splitting of mixed English and Chinese text.
//!
//! A sentence ends after 。！？；… or a line feed, after the full stops of other scripts, and after . ! ? if white space
//! follows; closing quotes and brackets belong to the sentence they close. Numbers, addresses, dates and common
//! abbreviations do not end one.

use super::script::is_han;

/// Abbreviations that never end a sentence.
const TITLES: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "mr", "mrs", "ms", "dr", "prof", "st", "vs", "approx", "fig", "cf",
    "incl", "excl", "esp", "abzgl", "bijv", "bzw", "exkl", "evtl", "ggf", "inkl", "np", "sog",
    "sr", "sra", "srta", "tzn", "vgl", "zzgl",
];

/// Abbreviations that end one only where the next word begins with a capital.
const MAYBE: &[&str] = &[
    "etc", "inc", "ltd", "co", "corp", "a.m", "p.m", "min", "max", "hr", "hrs", "mo", "yr", "sec",
    "u.s", "u.k", "tel", "ext", "dept", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec", "usw",
];

/// Abbreviations before a number.
const NUMBERED: &[&str] = &[
    "no", "nos", "nr", "p", "pp", "art", "sec", "para", "ch", "vol", "tel", "ext", "aprox", "ca",
    "env", "núm", "pág", "str",
];

/// Months before which a number with a dot is a day, in German, Danish, Norwegian and Czech.
const MONTHS: &str = "januar jänner februar feber märz april mai juni juli august september oktober november dezember marts \
    mars maj desember december ledna února března dubna května června července srpna září října listopadu prosince";

/// Ranges of the sentences of one block of text, without the white space around them.
#[must_use]
pub fn sentences(text: &str) -> Vec<[usize; 2]> {
    let chars: Vec<char> = text.chars().collect();
    let (mut ranges, mut start, mut at) = (Vec::new(), 0, 0);
    while at < chars.len() {
        match end_of_sentence(&chars, start, at) {
            Some(end) => {
                push_trimmed(&mut ranges, &chars, start, end);
                (start, at) = (end, end);
            }
            // What a run of stops does not end, its last ones do not end either.
            None => {
                at += chars[at..]
                    .iter()
                    .take_while(|c| is_stop(**c))
                    .count()
                    .max(1)
            }
        }
    }
    push_trimmed(&mut ranges, &chars, start, chars.len());
    ranges
}

/// The sentences of one block of text.
#[must_use]
pub fn sentence_texts(text: &str) -> Vec<&str> {
    let bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(text.len());
    let ranges = sentences(text).into_iter();
    ranges
        .map(|[start, end]| &text[byte(start)..byte(end)])
        .collect()
}

/// Where the sentence from `start` ends if the character `at` ends it.
fn end_of_sentence(chars: &[char], start: usize, at: usize) -> Option<usize> {
    if matches!(chars[at], '\n' | '\r' | '\u{2028}' | '\u{2029}') {
        return Some(at + 1);
    }
    if !is_stop(chars[at]) {
        return None;
    }
    let stops = at + chars[at..].iter().take_while(|&&c| is_stop(c)).count();
    let end = stops
        + chars[stops..]
            .iter()
            .take_while(|&&c| is_closing(c))
            .count();
    let full_width = chars[at..stops].iter().any(|&c| is_full_stop(c));
    let next = chars.get(end).copied();
    let spaced = next.is_none_or(char::is_whitespace);
    let loud = chars[at..stops].iter().any(|&c| c != '.');
    if full_width || (loud && (spaced || next.is_some_and(is_han))) {
        return Some(end);
    }
    let lone_dot = stops == at + 1;
    (spaced && !(lone_dot && is_abbreviation(chars, start, at))).then_some(end)
}

/// Whether the dot at `at` belongs to its word.
fn is_abbreviation(chars: &[char], start: usize, at: usize) -> bool {
    let word_start = chars[start..at]
        .iter()
        .rposition(|c| !c.is_alphanumeric() && *c != '.')
        .map_or(start, |before| start + before + 1);
    let word = lower(&chars[word_start..at]);
    let length = word.chars().count();
    let is_number = word.chars().all(|c| c.is_ascii_digit());
    let first = chars[start..word_start].iter().all(|c| c.is_whitespace());
    let marks_a_list = first && !word.is_empty() && (length == 1 || is_number);
    let next = chars[at + 1..].iter().copied().find(|c| !c.is_whitespace());
    let is_day = || {
        let (next, _) = word_after(chars, at);
        is_number && (1..=2).contains(&length) && MONTHS.split(' ').any(|month| month == next)
    };
    marks_a_list
        || TITLES.contains(&word.as_str())
        || (NUMBERED.contains(&word.as_str()) && next.is_some_and(|c| c.is_ascii_digit()))
        || (MAYBE.contains(&word.as_str())
            && next.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit()))
        || is_day()
        || is_spaced(chars, [start, word_start, at])
}

/// Whether a word before a dot is part of an abbreviation with spaces in it: `z. B.`, `i. d. R.`, `p. ex.`
fn is_spaced(chars: &[char], [start, word_start, at]: [usize; 3]) -> bool {
    let is_letter = |word: &[char]| matches!(word, [c] if c.is_alphabetic());
    let is_short = |length: usize| (1..=2).contains(&length);
    let (next, dotted) = word_after(chars, at);
    let goes_on = is_letter(&chars[word_start..at]) && dotted && is_short(next.chars().count());
    let mut before = &chars[start..word_start];
    while let Some((_, rest)) = before.split_last().filter(|(last, _)| last.is_whitespace()) {
        before = rest;
    }
    let went_on = before.split_last().is_some_and(|(dot, rest)| {
        *dot == '.'
            && rest.split_last().is_some_and(|(last, rest)| {
                last.is_alphabetic()
                    && rest
                        .last()
                        .is_none_or(|c| c.is_whitespace() || "(,".contains(*c))
            })
    });
    let is_word = chars[word_start..at].iter().all(|c| c.is_alphabetic());
    goes_on || went_on && is_word && is_short(at - word_start)
}

/// The word behind a dot and white space, in lower case, and whether a dot follows it.
fn word_after(chars: &[char], at: usize) -> (String, bool) {
    let rest = &chars[at + 1..];
    let begins = rest.iter().take_while(|c| c.is_whitespace()).count();
    let length = rest[begins..]
        .iter()
        .take_while(|c| c.is_alphabetic())
        .count();
    let word = &rest[begins..begins + length];
    (lower(word), rest.get(begins + length) == Some(&'.'))
}

fn lower(chars: &[char]) -> String {
    chars.iter().flat_map(|c| c.to_lowercase()).collect()
}

fn is_full_stop(c: char) -> bool {
    matches!(
        c,
        '。' | '！'
            | '？'
            | '；'
            | '…'
            | '｡'
            | '．'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '։'
            | '።'
            | '፧'
            | '။'
            | '។'
            | '៕'
    )
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?') || is_full_stop(c)
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '”' | '’' | '」' | '』' | ')' | '）' | '】' | '》' | '〉' | ']' | '}' | '»'
    )
}

fn push_trimmed(ranges: &mut Vec<[usize; 2]>, chars: &[char], start: usize, end: usize) {
    let Some(first) = chars[start..end].iter().position(|c| !c.is_whitespace()) else {
        return;
    };
    let behind = chars[start..end]
        .iter()
        .rposition(|c| !c.is_whitespace())
        .map_or(end, |last| start + last + 1);
    ranges.push([start + first, behind]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let chars: Vec<char> = text.chars().collect();
        let found: Vec<String> = sentences(text)
            .iter()
            .map(|&[start, end]| chars[start..end].iter().collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn english_sentences_end_at_stops_before_white_space() {
        check(
            "Call us. We are open!  Any questions?",
            &["Call us.", "We are open!", "Any questions?"],
        );
        check(
            "He said \"no.\" Then he left.",
            &["He said \"no.\"", "Then he left."],
        );
        check(
            "i want to cancel. how much is it",
            &["i want to cancel.", "how much is it"],
        );
        check("one\ntwo\r\nthree", &["one", "two", "three"]);
        check("  \n ", &[]);
    }

    #[test]
    fn numbers_addresses_and_abbreviations_do_not_end_them() {
        check(
            "It costs 1.5 euro. See www.example.com/a.b for more.",
            &["It costs 1.5 euro.", "See www.example.com/a.b for more."],
        );
        check(
            "Use a code, e.g. No. 5 on p. 12.",
            &["Use a code, e.g. No. 5 on p. 12."],
        );
        check(
            "Say no. 5 minutes is enough for Mr. Li.",
            &["Say no. 5 minutes is enough for Mr. Li."],
        );
        check(
            "From 8 a.m. to 5 p.m. Mondays too.",
            &["From 8 a.m. to 5 p.m.", "Mondays too."],
        );
        check("1. Restart it. 2. Wait.", &["1. Restart it.", "2. Wait."]);
    }

    #[test]
    fn abbreviations_and_days_of_other_languages_do_not_end_them() {
        for text in [
            "Bei Verlust z. B. durch Diebstahl kostet die Ersatzkarte 12 Euro.",
            "Das gilt i. d. R. für Neukunden bzw. deren Kinder, ca. 30 Tage, d. h. einen Monat.",
            "Die Kündigung wirkt zum 31. Dezember des Jahres.",
            "Le délai est, p. ex. pour un colis, de env. 5 jours.",
        ] {
            check(text, &[text]);
        }
        check(
            "Take plan B. It is cheaper.",
            &["Take plan B.", "It is cheaper."],
        );
        check("It costs 5. Call us.", &["It costs 5.", "Call us."]);
    }

    #[test]
    fn full_stops_of_other_scripts_end_them() {
        check(
            "بل ادا کریں۔ پھر کال کریں",
            &["بل ادا کریں۔", "پھر کال کریں"],
        );
        check("បង់ប្រាក់។ ហៅ", &["បង់ប្រាក់។", "ហៅ"]);
        check("ငွေပေးပါ။ ခေါ်ပါ", &["ငွေပေးပါ။", "ခေါ်ပါ"]);
    }

    #[test]
    fn chinese_sentences_end_at_full_width_stops() {
        check(
            "您好。请重启！好了吗？“可以。”他说；谢谢……再见",
            &[
                "您好。",
                "请重启！",
                "好了吗？",
                "“可以。”",
                "他说；",
                "谢谢……",
                "再见",
            ],
        );
        check(
            "请重启路由器!然后等1.5分钟",
            &["请重启路由器!", "然后等1.5分钟"],
        );
        check("（见下文。）然后", &["（见下文。）", "然后"]);
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(text in "[a-zA 1.!?。；“” \n\u{2026})e.g]{0,60}") {
            let chars: Vec<char> = text.chars().collect();
            let kept: String = sentences(&text).iter().flat_map(|&[s, e]| chars[s..e].to_vec()).filter(|c| !c.is_whitespace()).collect();
            let all: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(kept, all);
        }
    }
}
