//! Amounts in running text, English and Chinese: money, percentages, times, data, dates, counted things.
//!
//! A number is an amount if its unit is known; any other number is a name (`zone 2`, `E204`) and stays in the text.

use super::{
    numerals,
    units::{self, Unit},
};
use crate::text::{fold, is_han, numerals::has_dotted_thousands};

/// An amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// What is measured, in one unit: two amounts of one kind can be compared.
    pub(super) kind: String,
    /// In thousandths of the kind's unit.
    pub(super) value: i64,
    /// As it was written.
    pub(super) written: String,
}

/// The amounts of a text in a language, and the text with `…` in their places.
pub(super) fn read(text: &str, lang: &str) -> (Vec<Amount>, String) {
    let folded = fold(text);
    let original: Vec<char> = text.chars().collect();
    let scan = Scan {
        chars: folded.text.chars().collect(),
        is_dotted: has_dotted_thousands(lang),
    };
    let (mut amounts, mut gapped, mut done, mut at) = (Vec::new(), String::new(), 0, 0);
    while at < scan.chars.len() {
        let Some(found) = scan.amount(at) else {
            at = scan.behind(at);
            continue;
        };
        let from = folded.at.get(at).copied().unwrap_or(original.len());
        let to = folded
            .at
            .get(found.end)
            .copied()
            .unwrap_or(original.len())
            .max(from);
        gapped.extend(&original[done.min(from)..from]);
        gapped.push('…');
        let written: String = original[from..to].iter().collect();
        amounts.push(Amount {
            kind: found.kind,
            value: found.value,
            written: written.trim().to_owned(),
        });
        (done, at) = (to, found.end);
    }
    gapped.extend(&original[done.min(original.len())..]);
    (amounts, gapped)
}

/// An amount found, up to a character.
struct Found {
    kind: String,
    value: i64,
    end: usize,
}

/// Folded text, looked at from any place.
struct Scan {
    chars: Vec<char>,
    /// Whether thousands are parted by dots, spaces or apostrophes: 1.500 is 1500.
    is_dotted: bool,
}

impl Scan {
    fn get(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\n')
    }

    /// Behind the word or character at a place.
    fn behind(&self, at: usize) -> usize {
        let joined = |c: char| c.is_alphanumeric() && !is_han(c);
        if !joined(self.get(at)) {
            return at + 1;
        }
        let mut end = at + 1;
        // A code holds hyphens: tv-11 is no 11.
        while joined(self.get(end))
            || (self.get(end) == '-'
                && self.get(end + 1).is_ascii_digit()
                && self.get(end - 1).is_alphabetic())
        {
            end += 1;
        }
        end
    }

    fn amount(&self, at: usize) -> Option<Found> {
        self.date(at)
            .or_else(|| self.priced(at))
            .or_else(|| self.measured(at))
    }

    /// `€30`, `eur 30`.
    fn priced(&self, at: usize) -> Option<Found> {
        let (unit, behind) = units::before(&self.chars, at)?;
        let at = self.skip_spaces(behind);
        let (number, end) = self.number(at)?;
        Some(unit.amount(number, end))
    }

    /// `30 euros`, `14 days`, `10 %`, `十四天`, `18:00`.
    fn measured(&self, at: usize) -> Option<Found> {
        if let Some(found) = self.clock(at) {
            return Some(found);
        }
        let (number, behind) = self
            .number(at)
            .or_else(|| numerals::read(&self.chars, at))?;
        let mut next = self.skip_spaces(behind);
        // A 14-day limit.
        if next == behind && self.get(next) == '-' && self.get(next + 1).is_alphabetic() {
            next += 1;
        }
        let (unit, end) = units::after(&self.chars, next)?;
        // 两年半 is more than two years.
        (self.get(end) != '半').then(|| unit.amount(number, end))
    }

    fn clock(&self, at: usize) -> Option<Found> {
        let (hour, colon) = self.digits(at, 2)?;
        let (minute, end) = (self.get(colon) == ':').then(|| self.digits(colon + 1, 2))??;
        (end == colon + 3 && hour < 25 && minute < 60).then(|| Found {
            kind: "clock".to_owned(),
            value: (hour * 60 + minute) * 1_000,
            end,
        })
    }

    /// `2026-10-01`, `2026年10月1日`, `10月1日`, `1 october 2026`, `october 1, 2026`.
    fn date(&self, at: usize) -> Option<Found> {
        let found = |year: i64, month: i64, day: i64, end| {
            ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| Found {
                kind: if year == 0 { "day of year" } else { "date" }.to_owned(),
                value: (year * 400 + month * 32 + day) * 1_000,
                end,
            })
        };
        if let Some((month, behind)) = units::month(&self.chars, at) {
            let (day, end) = self.digits(self.skip_spaces(behind), 2)?;
            let comma = self.skip_spaces(end + usize::from(self.get(end) == ','));
            return match self.digits(comma, 4) {
                Some((year, end)) if year > 1_900 => found(year, month, day, end),
                _ => found(0, month, day, end),
            };
        }
        let (first, behind) = self.digits(at, 4)?;
        match self.get(behind) {
            '-' if first > 1_900 => {
                let (month, dash) = self.digits(behind + 1, 2)?;
                let (day, end) = (self.get(dash) == '-').then(|| self.digits(dash + 1, 2))??;
                found(first, month, day, end)
            }
            '年' if first > 1_900 => {
                let (month, sign) = self.digits(behind + 1, 2)?;
                self.day_of(first, month, sign)
                    .and_then(|(year, month, day, end)| found(year, month, day, end))
            }
            '月' => self
                .day_of(0, first, behind)
                .and_then(|(year, month, day, end)| found(year, month, day, end)),
            _ => {
                let (month, behind) = units::month(&self.chars, self.skip_spaces(behind))?;
                match self.digits(self.skip_spaces(behind), 4) {
                    Some((year, end)) if year > 1_900 => found(year, month, first, end),
                    _ => found(0, month, first, behind),
                }
            }
        }
    }

    fn day_of(&self, year: i64, month: i64, sign: usize) -> Option<(i64, i64, i64, usize)> {
        let (day, end) = (self.get(sign) == '月').then(|| self.digits(sign + 1, 2))??;
        matches!(self.get(end), '日' | '号').then_some((year, month, day, end + 1))
    }

    /// At most so many digits that stand alone, and where they end.
    fn digits(&self, at: usize, most: usize) -> Option<(i64, usize)> {
        if !self.begins(at) {
            return None;
        }
        let end = (at..)
            .take_while(|at| self.get(*at).is_ascii_digit())
            .last()?
            + 1;
        let text: String = self.chars[at..end].iter().collect();
        (end - at <= most).then(|| text.parse().ok().map(|number| (number, end)))?
    }

    /// Whether a number can begin here: not within a word or another number.
    fn begins(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or(' ', |at| self.get(at));
        let inside = before.is_alphanumeric() && !is_han(before);
        // Within a date or a time the parts follow each other.
        self.get(at).is_ascii_digit() && !inside
    }

    /// A number with separators, in thousandths.
    fn number(&self, at: usize) -> Option<(i64, usize)> {
        if !self.begins(at) {
            return None;
        }
        let (mut digits, mut groups, mut end) = (String::new(), Vec::new(), at);
        loop {
            let c = self.get(end);
            if c.is_ascii_digit() {
                digits.push(c);
            } else if matches!(c, '.' | ',') && self.get(end + 1).is_ascii_digit()
                || self.is_thousands(&digits, &groups, end)
            {
                groups.push((c, digits.len()));
            } else {
                break;
            }
            end += 1;
        }
        let mut places = 0;
        if let Some((sign, at)) = groups.last() {
            let behind = digits.len() - at;
            let repeated = groups.len() > 1 && groups[0].0 == *sign;
            let is_whole = *sign == ',' || self.is_dotted && !digits.starts_with('0');
            // Three digits behind a comma, or behind signs that repeat, are thousands.
            if !(repeated || (behind == 3 && is_whole)) {
                places = behind;
            }
        }
        if digits.len() > 15 || places > 6 {
            return None;
        }
        let whole: i64 = digits.parse().ok()?;
        let factor = 1_000_f64 / 10_f64.powi(i32::try_from(places).ok()?);
        Some(((whole as f64 * factor).round() as i64, end))
    }

    /// Whether a space or an apostrophe has just three digits of the same number behind it.
    fn is_thousands(&self, digits: &str, groups: &[(char, usize)], at: usize) -> bool {
        let sign = self.get(at);
        let is_sign = self.is_dotted && matches!(sign, ' ' | '\'');
        let before = digits.len() - groups.last().map_or(0, |(_, at)| *at);
        let goes_on = match groups.last() {
            Some((last, _)) => *last == sign && before == 3,
            None => before <= 3,
        };
        let length = (at + 1..).take_while(|at| self.get(*at).is_ascii_digit());
        is_sign && goes_on && length.take(4).count() == 3
    }

    fn skip_spaces(&self, at: usize) -> usize {
        let spaces = (at..).take_while(|at| matches!(self.get(*at), ' ' | '\u{a0}'));
        at + spaces.take(2).count()
    }
}

impl Unit {
    /// That many of the unit; `number` is in thousandths.
    fn amount(&self, number: i64, end: usize) -> Found {
        Found {
            kind: self.kind.clone(),
            value: number.saturating_mul(self.factor),
            end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, i64, &str)]) {
        check_in("en", text, expected);
    }

    fn check_in(lang: &str, text: &str, expected: &[(&str, i64, &str)]) {
        let (amounts, _) = read(text, lang);
        let found: Vec<_> = amounts
            .iter()
            .map(|one| (one.kind.as_str(), one.value, one.written.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn amounts_are_read_with_their_units() {
        check(
            "It costs €300 or 34.90 euros, at most EUR 1,200.",
            &[
                ("eur", 300_000, "€300"),
                ("eur", 34_900, "34.90 euros"),
                ("eur", 1_200_000, "EUR 1,200"),
            ],
        );
        check(
            "Within 14 days, two weeks or 24 hours; a 30-day limit.",
            &[
                ("seconds", 14 * 86_400_000, "14 days"),
                ("seconds", 14 * 86_400_000, "two weeks"),
                ("seconds", 86_400_000, "24 hours"),
                ("seconds", 30 * 86_400_000, "30-day"),
            ],
        );
        check(
            "退款需要14天，违约金50 %，最多300欧元，十二个月。",
            &[
                ("seconds", 14 * 86_400_000, "14天"),
                ("percent", 50_000, "50 %"),
                ("eur", 300_000, "300欧元"),
                ("months", 12_000, "十二个月"),
            ],
        );
        check(
            "From 2026-10-01, 1 October 2026, October 1, 10月1日 at 18:00.",
            &[
                ("date", (2026 * 400 + 10 * 32 + 1) * 1_000, "2026-10-01"),
                ("date", (2026 * 400 + 10 * 32 + 1) * 1_000, "1 October 2026"),
                ("day of year", (10 * 32 + 1) * 1_000, "October 1"),
                ("day of year", (10 * 32 + 1) * 1_000, "10月1日"),
                ("clock", 1_080_000, "18:00"),
            ],
        );
        check(
            "Up to 3 attempts and 20 GB at 50 Mbit/s.",
            &[
                ("count attempts", 3_000, "3 attempts"),
                ("mb", 20_000_000, "20 GB"),
                ("mbit", 50_000, "50 Mbit/s"),
            ],
        );
    }

    #[test]
    fn numbers_in_words_are_read_whole_or_not_at_all() {
        check(
            "Twenty-five euros, two hundred fifty euros, one thousand two hundred and five euros, seventeen euros.",
            &[
                ("eur", 25_000, "Twenty-five euros"),
                ("eur", 250_000, "two hundred fifty euros"),
                ("eur", 1_205_000, "one thousand two hundred and five euros"),
                ("eur", 17_000, "seventeen euros"),
            ],
        );
        check(
            "一万二千元，两百五元，两百零五元，一亿元，一点五小时，三十元。",
            &[
                ("cny", 12_000_000, "一万二千元"),
                ("cny", 250_000, "两百五元"),
                ("cny", 205_000, "两百零五元"),
                ("cny", 100_000_000_000, "一亿元"),
                ("seconds", 5_400_000, "一点五小时"),
                ("cny", 30_000, "三十元"),
            ],
        );
        check(
            "One and two weeks, five five days, 3 thousand five euros, six million two euros.",
            &[],
        );
        check("两年半，3个月半，两三天，几百元，3千元，二零二六年。", &[]);
    }

    #[test]
    fn thousands_are_parted_as_the_language_does() {
        let eur = |value, written| [("eur", value, written)];
        for lang in ["en", "zh"] {
            check_in(lang, "1.500 euro", &eur(1_500, "1.500 euro"));
        }
        check_in("de", "1.500 Euro", &eur(1_500_000, "1.500 Euro"));
        check_in("de", "1.500,50 Euro", &eur(1_500_500, "1.500,50 Euro"));
        check_in("de", "1'500 Euro", &eur(1_500_000, "1'500 Euro"));
        check_in(
            "fr",
            "1\u{202f}500 euros",
            &eur(1_500_000, "1\u{202f}500 euros"),
        );
        check_in(
            "fr",
            "12 500 000,5 euros",
            &eur(12_500_000_500, "12 500 000,5 euros"),
        );
        check_in("sl", "0.125 eur", &eur(125, "0.125 eur"));
        check_in("nl", "de 5 1500 euro", &eur(1_500_000, "1500 euro"));
    }

    #[test]
    fn numbers_without_a_unit_are_names() {
        check(
            "Error E204 on the HL-Box 7; zone 2 costs nothing: call 0800 123 456, see TV-11.",
            &[],
        );
        assert_eq!(read("pay €30 now", "en").1, "pay … now");
        assert_eq!(read("", "en").1, "");
    }
}
