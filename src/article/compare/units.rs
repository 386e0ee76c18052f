//! Units of amounts, and months, in English and Chinese, in folded text.

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// What is measured; kinds that can be converted share one.
    pub(super) kind: String,
    /// How many of the kind's own unit one of these is.
    pub(super) factor: i64,
}

/// Signs and codes before a number.
const BEFORE: &[(&str, &str)] = &[
    ("€", "eur"),
    ("eur", "eur"),
    ("$", "usd"),
    ("us$", "usd"),
    ("usd", "usd"),
    ("£", "gbp"),
    ("gbp", "gbp"),
    ("¥", "cny"),
    ("rmb", "cny"),
    ("cny", "cny"),
    ("chf", "chf"),
];

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Units behind a number; the longest that fits counts.
const AFTER: &[(&str, &str, i64)] = &[
    ("%", "percent", 1),
    ("percent", "percent", 1),
    ("per cent", "percent", 1),
    ("€", "eur", 1),
    ("euro", "eur", 1),
    ("euros", "eur", 1),
    ("eur", "eur", 1),
    ("欧元", "eur", 1),
    ("欧", "eur", 1),
    ("$", "usd", 1),
    ("usd", "usd", 1),
    ("dollar", "usd", 1),
    ("dollars", "usd", 1),
    ("美元", "usd", 1),
    ("£", "gbp", 1),
    ("gbp", "gbp", 1),
    ("pound", "gbp", 1),
    ("pounds", "gbp", 1),
    ("英镑", "gbp", 1),
    ("元", "cny", 1),
    ("块", "cny", 1),
    ("块钱", "cny", 1),
    ("人民币", "cny", 1),
    ("rmb", "cny", 1),
    ("chf", "chf", 1),
    ("second", "seconds", 1),
    ("seconds", "seconds", 1),
    ("秒", "seconds", 1),
    ("秒钟", "seconds", 1),
    ("min", "seconds", MINUTE),
    ("minute", "seconds", MINUTE),
    ("minutes", "seconds", MINUTE),
    ("分钟", "seconds", MINUTE),
    ("h", "seconds", HOUR),
    ("hour", "seconds", HOUR),
    ("hours", "seconds", HOUR),
    ("小时", "seconds", HOUR),
    ("个小时", "seconds", HOUR),
    ("day", "seconds", DAY),
    ("days", "seconds", DAY),
    ("calendar days", "seconds", DAY),
    ("天", "seconds", DAY),
    ("日内", "seconds", DAY),
    ("week", "seconds", 7 * DAY),
    ("weeks", "seconds", 7 * DAY),
    ("周", "seconds", 7 * DAY),
    ("星期", "seconds", 7 * DAY),
    ("个星期", "seconds", 7 * DAY),
    ("working day", "working days", 1),
    ("working days", "working days", 1),
    ("business day", "working days", 1),
    ("business days", "working days", 1),
    ("工作日", "working days", 1),
    ("个工作日", "working days", 1),
    ("month", "months", 1),
    ("months", "months", 1),
    ("个月", "months", 1),
    ("year", "months", 12),
    ("years", "months", 12),
    ("年", "months", 12),
    ("mb", "mb", 1),
    ("gb", "mb", 1_000),
    ("tb", "mb", 1_000_000),
    ("mbit/s", "mbit", 1),
    ("mbps", "mbit", 1),
    ("gbit/s", "mbit", 1_000),
    ("gbps", "mbit", 1_000),
    ("次", "count 次", 1),
    ("台", "count 台", 1),
    ("张", "count 张", 1),
    ("km", "km", 1),
    ("kg", "kg", 1),
];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What is counted. Any other word behind a number may be the verb of a name: zone 2 costs.
const COUNTED: &[&str] = &[
    "attempts",
    "bars",
    "calls",
    "cards",
    "channels",
    "characters",
    "children",
    "copies",
    "customers",
    "devices",
    "digits",
    "emails",
    "employees",
    "instalments",
    "installments",
    "invoices",
    "items",
    "letters",
    "licences",
    "licenses",
    "lines",
    "messages",
    "numbers",
    "orders",
    "parcels",
    "payments",
    "people",
    "persons",
    "phones",
    "points",
    "rates",
    "reminders",
    "seats",
    "sims",
    "texts",
    "tickets",
    "tries",
    "users",
    "visits",
    "vouchers",
];

/// A unit that stands before its number, and where it ends.
pub(super) fn before(chars: &[char], at: usize) -> Option<(Unit, usize)> {
    let (name, kind) = BEFORE
        .iter()
        .filter(|(name, _)| stands(chars, at, name))
        .max_by_key(|(name, _)| name.len())?;
    let unit = Unit {
        kind: (*kind).to_owned(),
        factor: 1,
    };
    Some((unit, at + name.chars().count()))
}

/// A unit that stands behind its number, and where it ends; it may be what is counted.
pub(super) fn after(chars: &[char], at: usize) -> Option<(Unit, usize)> {
    let known = AFTER
        .iter()
        .filter(|(name, ..)| stands(chars, at, name))
        .max_by_key(|(name, ..)| name.len());
    if let Some((name, kind, factor)) = known {
        let unit = Unit {
            kind: (*kind).to_owned(),
            factor: *factor,
        };
        return Some((unit, at + name.chars().count()));
    }
    let word: String = chars[at.min(chars.len())..]
        .iter()
        .take_while(|c| c.is_ascii_lowercase())
        .collect();
    let counted = COUNTED.iter().find(|counted| **counted == word)?;
    let unit = Unit {
        kind: format!("count {counted}"),
        factor: 1,
    };
    Some((unit, at + word.len()))
}

/// A month's name, its number and where it ends.
pub(super) fn month(chars: &[char], at: usize) -> Option<(i64, usize)> {
    let of = |(number, name): (usize, &&str)| {
        let short = &name[..3];
        let found = [*name, short]
            .into_iter()
            .find(|name| stands(chars, at, name))?;
        Some((i64::try_from(number + 1).ok()?, at + found.len()))
    };
    MONTHS.iter().enumerate().find_map(of)
}

/// Whether a name stands at a place, and alone where it is made of letters.
pub(super) fn stands(chars: &[char], at: usize, name: &str) -> bool {
    let mut end = at;
    for c in name.chars() {
        if chars.get(end) != Some(&c) {
            return false;
        }
        end += 1;
    }
    let letters = name.ends_with(|c: char| c.is_ascii_alphabetic());
    let joined = |at: Option<&char>| at.is_some_and(char::is_ascii_alphabetic);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let before = at.checked_sub(1).and_then(|at| chars.get(at));
    let cut = letters && joined(chars.get(end)) || begins && joined(before);
    !cut
}
