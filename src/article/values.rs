//! Front matter values with a syntax of their own: dates, durations, language tags.

use chrono::NaiveDate;

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;

/// A day such as `2026-05-01`, in just so many digits; a time behind it is passed over.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let is_written = day.len() == "2026-05-01".len()
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let parsed = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    parsed.filter(|_| is_written)
}

/// Seconds of `90d`, `2h`, `120s`; `m` is minutes, `mo` are 30 days, `y` 365.
pub(super) fn seconds(text: &str, unit: u64) -> Option<u64> {
    let (number, name) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let unit = match name.trim().to_lowercase().as_str() {
        "" => unit,
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "mo" | "month" | "months" => 30 * DAY,
        "y" | "year" | "years" => 365 * DAY,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// A BCP 47 tag in its usual case: `zh-Hans`, `pt-BR`; None where it is none.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for (at, part) in text.split(['-', '_']).enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let lower = part.to_ascii_lowercase();
        parts.push(match (at, part.len()) {
            (0, 2..=3) if letters => lower,
            (1.., 4) if letters => lower[..1].to_ascii_uppercase() + &lower[1..],
            (1.., 2) if letters => lower.to_ascii_uppercase(),
            (1.., 1..=8) if part.bytes().all(|b| b.is_ascii_alphanumeric()) => lower,
            _ => return None,
        });
    }
    Some(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, expected) in [
            ("90d", Some(90 * DAY)),
            ("120s", Some(120)),
            ("2h", Some(7_200)),
            ("1w", Some(7 * DAY)),
            ("5 min", Some(300)),
            ("1y", Some(365 * DAY)),
            ("90", Some(90)),
            ("soon", None),
            ("1.5h", None),
            ("-3d", None),
            ("99999999999999999999d", None),
            ("9999999999999999999y", None),
        ] {
            assert_eq!(seconds(text, 1), expected, "{text}");
        }
    }

    #[test]
    fn days_are_written_year_month_day() {
        assert_eq!(day("2026-05-01"), NaiveDate::from_ymd_opt(2026, 5, 1));
        assert_eq!(
            day("2026-05-01T10:00:00Z"),
            NaiveDate::from_ymd_opt(2026, 5, 1)
        );
        for text in [
            "2026-02-30",
            "01.05.2026",
            "May 2026",
            "20260501",
            "+20260-05-01",
            "01-01-27",
            "26-05-01",
            "2026-5-1",
            "+2026-5-01",
            "",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn language_tags_get_their_usual_case() {
        for (text, expected) in [
            ("en", Some("en")),
            ("zh-hans", Some("zh-Hans")),
            ("zh_CN", Some("zh-CN")),
            ("PT-br", Some("pt-BR")),
            ("es-419", Some("es-419")),
            ("english", None),
            ("", None),
            ("e", None),
            ("en-", None),
            ("中文", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
