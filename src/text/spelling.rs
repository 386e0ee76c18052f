//! Spellings of alphabetic words, numbers and codes: the forms under which `Wi-Fi`, `don't`, `TV-11`, `1,000` and
//! `300Mbps` are found.
//!
//! A chunk is a run of letters and digits with connectors inside. Its parts are words; where exact matching needs it, the
//! whole is one too, so that `Wi-Fi`, `wi fi` and `wifi` match each other.

use super::{
    inflection::{Language, MAX_TERM},
    script::Class,
    words::{Run, WordKind},
};

/// Longest chunk that is also kept as a whole, in parts.
const MAX_PARTS: usize = 4;

/// Longest word in capitals that is read together with the number behind it: `TV 11`.
const MAX_PREFIX: usize = 4;

/// Words of the chunk that begins where the run begins; returns the index behind it.
pub(super) fn chunk(run: &mut Run<'_>) -> usize {
    if is_plain(run) {
        let term = run.stem(run.text(run.first, run.behind));
        run.push(term, run.first, run.behind, WordKind::Latin);
        return run.behind;
    }
    let mut parts = vec![(run.first, run.behind)];
    while let Some(next) = next_part(run, parts[parts.len() - 1].1) {
        parts.push(next);
    }
    let parts = apostrophes(run, &parts);
    let parts = numbers(run, parts);
    for part in &parts {
        if parts.len() == 1 || part.has_digits() || part.behind - part.first > 1 {
            add_part(run, part);
        }
    }
    add_whole(run, &parts);
    let behind = parts.last().map_or(run.behind, |part| part.behind);
    if let [only] = parts.as_slice() {
        add_prefixed_number(run, only);
    }
    behind.max(run.behind)
}

/// Whether the run is one word of small letters, as most are: nothing joins it with what follows.
fn is_plain(run: &Run<'_>) -> bool {
    let joins = |c: char| !(c.is_whitespace() || matches!(c, ',' | '。' | ';' | '!' | '?' | ')'));
    let next = run.chars.get(run.behind).map(|&(_, c)| c);
    if next.is_some_and(joins) {
        return false;
    }
    let number_follows = next == Some(' ')
        && run
            .chars
            .get(run.behind + 1)
            .is_some_and(|(_, c)| c.is_ascii_digit());
    !number_follows
        && run.chars[run.first..run.behind]
            .iter()
            .all(|(_, c)| c.is_ascii_lowercase())
}

/// A stretch of a chunk that is one word.
struct Part {
    first: usize,
    behind: usize,
    /// Its text without apostrophes and grouping commas.
    text: String,
}

impl Part {
    fn has_digits(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }
}

/// The next stretch of letters, if only one connector lies between.
fn next_part(run: &Run<'_>, behind: usize) -> Option<(usize, usize)> {
    let (&(_, last), &(_, connector)) = (run.chars.get(behind - 1)?, run.chars.get(behind)?);
    let next = run.chars.get(behind + 1)?.1;
    let joins = match connector {
        '\'' | '-' | '.' | '/' | '&' => true,
        ',' | ':' => last.is_numeric() && next.is_numeric(),
        _ => false,
    };
    if !joins {
        return None;
    }
    let length = run.chars[behind + 1..]
        .iter()
        .take_while(|&&(_, c)| Class::of(c) == Class::Letter)
        .count();
    (length > 0).then_some((behind + 1, behind + 1 + length))
}

/// Joins what an apostrophe keeps together: `don't`, `customer's`, `l'offre`.
fn apostrophes(run: &mut Run<'_>, ranges: &[(usize, usize)]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(ranges.len());
    for &(first, behind) in ranges {
        let text = run.text(first, behind).to_owned();
        let glued = first > 0 && run.chars[first - 1].1 == '\'';
        match parts.last_mut() {
            Some(last) if glued => {
                if last.text.chars().count() <= 2 && behind - first >= 3 {
                    run.push_letters(&text, first, behind);
                }
                if text != "s" {
                    last.text.push_str(&text);
                }
                last.behind = behind;
            }
            _ => parts.push(Part {
                first,
                behind,
                text,
            }),
        }
    }
    parts
}

/// Joins what stands between digits: `1.5`, `1,000`, `192.168.1.1`, `10:30`.
fn numbers(run: &Run<'_>, words: Vec<Part>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(words.len());
    for word in words {
        let connector = run.chars[word.first.saturating_sub(1)].1;
        let starts = word.text.starts_with(|c: char| c.is_numeric());
        match parts.last_mut() {
            Some(last)
                if starts
                    && last.text.ends_with(|c: char| c.is_numeric())
                    && is_inner(run, &word) =>
            {
                if connector != ',' {
                    last.text.push(connector);
                }
                last.text.push_str(&word.text);
                last.behind = word.behind;
            }
            _ => parts.push(word),
        }
    }
    for part in &mut parts {
        part.text = plain_number(&part.text, run.language);
    }
    parts
}

/// A number without the dots between its thousands and without empty cents: `1.500` in German, `50.00`.
fn plain_number(number: &str, language: Option<&Language>) -> String {
    if language.is_some_and(Language::has_dotted_thousands) && is_thousands(number) {
        return number.replace('.', "");
    }
    let whole = number.strip_suffix(".00");
    let whole = whole.filter(|whole| whole.bytes().all(|b| b.is_ascii_digit()));
    whole.unwrap_or(number).to_owned()
}

/// Whether a number is parted by dots into thousands: `1.500`, and no version or address.
fn is_thousands(number: &str) -> bool {
    let mut groups = number.split('.');
    let is_number = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let begins =
        |first: &str| matches!(first.len(), 1..=3) && !first.starts_with('0') && is_number(first);
    groups.next().is_some_and(begins) && groups.all(|group| group.len() == 3 && is_number(group))
}

/// Whether the connector before digits belongs to the number; a comma only before thousands, and not that of Chinese lists:
/// `100，300`.
fn is_inner(run: &Run<'_>, behind: &Part) -> bool {
    let at = behind.first - 1;
    match run.chars[at].1 {
        '.' | ':' => true,
        ',' => {
            let is_listing = run.original(at) == '，' && run.original(at - 1).is_ascii();
            let digits = behind.text.chars().take_while(|c| c.is_numeric());
            !is_listing && digits.count() == 3
        }
        _ => false,
    }
}

fn add_part(run: &mut Run<'_>, part: &Part) {
    if !part.has_digits() {
        run.push_letters(&part.text, part.first, part.behind);
        return;
    }
    run.push(
        part.text.chars().take(MAX_TERM).collect(),
        part.first,
        part.behind,
        WordKind::Code,
    );
    let Some((front, back)) = letters_and_number(&part.text) else {
        return;
    };
    let is_number = |text: &str| text.starts_with(char::is_numeric);
    let (edge, letters, number) = match is_number(front) {
        true => (part.behind - back.chars().count(), back, front),
        false => (part.first + front.chars().count(), front, back),
    };
    // `tv11` is also `tv` and `11`. One letter says nothing, and one digit beside it neither: `5g` and `e204` stay whole.
    let is_word = letters.chars().count() > 1;
    let tells = is_word || number.contains('.') || is_number(front) && number.chars().count() > 1;
    for (text, first, behind) in [(front, part.first, edge), (back, edge, part.behind)] {
        match is_number(text) {
            true if tells => {
                let number = plain_number(text, run.language);
                run.push(number, first, behind, WordKind::Code);
            }
            false if is_word => run.push(run.stem(text), first, behind, WordKind::Latin),
            _ => {}
        }
    }
}

/// The letters and the number of what changes from one to the other once: `tv11`, `2.4ghz`.
fn letters_and_number(text: &str) -> Option<(&str, &str)> {
    let in_number = |c: char| c.is_numeric() || matches!(c, '.' | ':');
    let begins = text.starts_with(in_number);
    let (front, back) = text.split_at(text.find(|c: char| in_number(c) != begins)?);
    let is_one = back.chars().all(|c| in_number(c) != begins);
    is_one.then_some((front, back))
}

/// Keeps a chunk of several parts as a whole where people write it in several ways.
fn add_whole(run: &mut Run<'_>, parts: &[Part]) {
    if parts.len() < 2 || parts.len() > MAX_PARTS {
        return;
    }
    let connectors: Vec<char> = parts[1..]
        .iter()
        .map(|part| run.chars[part.first - 1].1)
        .collect();
    let digits = parts.iter().any(|part| part.has_digits());
    let initials = parts.iter().all(|part| part.behind - part.first == 1);
    let joins = |c: char| match c {
        '-' | '&' => true,
        '.' | '/' => digits || initials,
        _ => false,
    };
    if !connectors.iter().all(|&c| joins(c)) {
        return;
    }
    let mut whole = parts[0].text.clone();
    for (connector, part) in connectors.iter().zip(&parts[1..]) {
        let between_numbers = whole.ends_with(|c: char| c.is_numeric())
            && part.text.starts_with(|c: char| c.is_numeric());
        if *connector == '&' || (between_numbers && *connector == '/') {
            whole.push(*connector);
        }
        whole.push_str(&part.text);
    }
    let (first, behind) = (parts[0].first, parts[parts.len() - 1].behind);
    let (term, kind) = if digits {
        (whole.chars().take(MAX_TERM).collect(), WordKind::Code)
    } else {
        (run.stem(&whole), WordKind::Latin)
    };
    run.push(term, first, behind, kind);
}

/// Reads `TV 11` as `tv11` too: capitals, one space, a number.
fn add_prefixed_number(run: &mut Run<'_>, word: &Part) {
    let digits_at = word.behind + 1;
    if word.has_digits()
        || word.behind - word.first > MAX_PREFIX
        || run.chars.get(word.behind).is_none_or(|&(_, c)| c != ' ')
    {
        return;
    }
    let behind = digits_at
        + run
            .chars
            .get(digits_at..)
            .unwrap_or_default()
            .iter()
            .take_while(|&&(_, c)| c.is_ascii_digit())
            .count();
    let ends = run
        .chars
        .get(behind)
        .is_none_or(|&(_, c)| Class::of(c) != Class::Letter);
    if behind > digits_at && ends && run.is_capital(word.first, word.behind) {
        let term = format!("{}{}", word.text, run.text(digits_at, behind));
        run.push(term, word.first, behind, WordKind::Code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{WordKind, words};

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = words(text)
            .into_iter()
            .map(|w| {
                if w.kind == WordKind::Code {
                    format!("#{}", w.term)
                } else {
                    w.term
                }
            })
            .collect();
        assert_eq!(found, expected, "words of {text:?}");
    }

    #[test]
    fn apostrophes_meet_the_spelling_without() {
        check("don't", &["dont"]);
        check("Don’t", &["dont"]);
        check("don´t", &["dont"]);
        check("don`t", &["dont"]);
        check("customer's", &["custom"]);
        check("I'm", &["im"]);
        check("l'abonnement", &["labonn", "abonn"]);
        check("'quoted'", &["quot"]);
    }

    #[test]
    fn hyphens_keep_parts_and_whole() {
        check("Wi-Fi", &["wi", "wifi", "fi"]);
        check("wifi", &["wifi"]);
        check("e-mail", &["email", "mail"]);
        check("AT&T", &["at", "at&t"]);
        check("U.S.A.", &["usa"]);
        check("and/or", &["and", "or"]);
        check("end.Next", &["end", "next"]);
    }

    #[test]
    fn codes_and_numbers_stay_as_they_are() {
        check("E204", &["#e204"]);
        check("TV-11", &["tv", "#tv11", "#11"]);
        check("TV 11", &["tv", "#tv11", "#11"]);
        check("TV11", &["tv", "#tv11", "#11"]);
        check("tv 11", &["tv", "#11"]);
        check("HL-Box 7", &["hl", "hlbox", "box", "#7"]);
        check("1.5 GB", &["#1.5", "gb"]);
        check("300", &["#300"]);
        check("300Mbps", &["#300", "#300mbps", "mbps"]);
        check("5G", &["#5g"]);
        check("2.4GHz", &["#2.4", "#2.4ghz", "ghz"]);
        check("1,500GB", &["#1500", "#1500gb", "gb"]);
        check("iOS17.4", &["io", "#ios17.4", "#17.4"]);
        check("30G", &["#30", "#30g"]);
        check("500M", &["#500", "#500m"]);
        check("v2.1", &["#v2.1", "#2.1"]);
        check("1,000.50", &["#1000.50"]);
        check("$50.00", &["#50"]);
        check("¥1,299.00", &["#1299"]);
        check("50.00USD", &["#50", "#50.00usd", "usd"]);
        check("usb 2.0", &["usb", "#2.0"]);
        check("100，300，500兆", &["#100", "#300", "#500", "兆"]);
        check("１，２９９元", &["#1299", "元"]);
        check("1,2", &["#1", "#2"]);
        check("24/7", &["#24", "#24/7", "#7"]);
        check("2026-05-01", &["#2026", "#20260501", "#05", "#01"]);
        check("192.168.1.1:80", &["#192.168.1.1:80"]);
    }

    #[test]
    fn long_strings_are_cut_and_addresses_split() {
        check(&"a".repeat(100), &["a".repeat(64).as_str()]);
        check(
            "https://www.example.com/a/b",
            &["https", "www", "exampl", "com"],
        );
    }
}
