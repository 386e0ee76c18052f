//! Classifies a run of digits: a card, an id, a code after a cue, a phone number, or none of them.

use super::{
    Secret, Span,
    runs::{Digit, Run},
};

/// Characters before a number in which a cue word counts.
const CUE_CHARS: usize = 48;

/// Digits of a payment card's number (ISO/IEC 7812).
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// Digits of a phone number (E.164, and without the area).
const PHONE: std::ops::RangeInclusive<usize> = 7..=15;

const CODE_CUES: &[&str] = &[
    "cvv",
    "cvc",
    "cv2",
    "cvn",
    "security code",
    "verification code",
    "card code",
    "pin",
    "passcode",
    "one-time code",
    "one time code",
    "otp",
    "on the back",
    "password is",
    "安全码",
    "验证码",
    "校验码",
    "动态码",
    "短信码",
    "口令",
    "后三位",
    "密码",
    "背面",
];

/// What a code is of that anybody may know: these stand before the word.
const KNOWN_CODES: &[&str] = &[
    "area",
    "country",
    "coupon",
    "currency",
    "dialing",
    "dialling",
    "discount",
    "error",
    "exit",
    "fault",
    "http",
    "post",
    "postal",
    "product",
    "promo",
    "promotion",
    "qr",
    "response",
    "status",
    "tariff",
    "voucher",
    "zip",
];

/// Digits of a code that is called nothing but that: messages bring 4 to 8, and errors have fewer.
const PLAIN_CODE: std::ops::RangeInclusive<usize> = 4..=8;

const ID_CUES: &[&str] = &[
    "ssn",
    "social security",
    "my social",
    "your social",
    "tax id",
    "national id",
    "passport",
    "身份证",
    "护照",
    "证件号",
    "社保",
];

const PHONE_CUES: &[&str] = &[
    "phone",
    "my number is",
    "mobile",
    "cell",
    "call me",
    "reach me",
    "callback",
    "call back",
    "tel",
    "text me",
    "whatsapp",
    "电话",
    "手机",
    "回电",
    "打给我",
    "联系我",
    "我的号码",
];

/// The secrets in a run.
pub(super) fn secrets(text: &str, run: &Run) -> Vec<Span> {
    let before = cues_before(text, run);
    let has = |cues: &[&str]| cues.iter().any(|cue| cue_in(&before, cue));
    let all = run.digits.len();
    let whole = |secret| vec![span(&run.digits, secret, run.x_end)];
    if let Some(span) = resident_id(run) {
        return vec![span];
    }
    if has(ID_CUES) && (all == 4 || all >= 6) {
        return whole(Secret::NationalId);
    }
    let cards = cards(run);
    if !cards.is_empty() {
        return cards;
    }
    if is_social_security(run) {
        return whole(Secret::NationalId);
    }
    let is_code = (3..=8).contains(&all) && has(CODE_CUES)
        || PLAIN_CODE.contains(&all) && tells_code(&before);
    if is_code && !run.glued {
        return whole(Secret::Code);
    }
    if PHONE.contains(&all) && !is_date(run) && (is_phone(run) || has(PHONE_CUES)) && !run.glued {
        return whole(Secret::Phone);
    }
    Vec::new()
}

fn span(digits: &[Digit], secret: Secret, x_end: Option<usize>) -> Span {
    let start = digits.first().map_or(0, |digit| digit.start);
    let end = digits.last().map_or(0, |digit| digit.end);
    Span {
        start,
        end: x_end.unwrap_or(end),
        secret,
    }
}

/// The last words before a run, folded to lower case.
fn cues_before(text: &str, run: &Run) -> String {
    let end = run.digits.first().map_or(0, |digit| digit.start);
    let mut chars: Vec<char> = text[..end].chars().rev().take(CUE_CHARS).collect();
    chars.reverse();
    chars.into_iter().collect::<String>().to_lowercase()
}

/// Whether a cue stands there as a word: no letter touches it.
fn cue_in(before: &str, cue: &str) -> bool {
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    before.match_indices(cue).any(|(at, _)| {
        !touches(before[..at].chars().next_back())
            && (!cue.is_ascii() || !touches(before[at + cue.len()..].chars().next()))
    })
}

/// Whether "code" stands there, of nothing that is known to all.
fn tells_code(before: &str) -> bool {
    let mut words = before.split(|c: char| !c.is_alphanumeric());
    let mut last = "";
    words.any(|word| {
        let of = std::mem::replace(&mut last, word);
        word == "code" && !KNOWN_CODES.contains(&of)
    })
}

/// Windows that are card numbers: the longest first, from the left.
fn cards(run: &Run) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + CARD.start() <= run.digits.len() {
        let longest = CARD
            .rev()
            .filter(|length| at + length <= run.digits.len())
            .find(|length| is_card(&run.digits[at..at + length]));
        match longest {
            Some(length) => {
                found.push(span(&run.digits[at..at + length], Secret::Card, None));
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn is_card(digits: &[Digit]) -> bool {
    let network = (2..=6).contains(&digits[0].value);
    network && luhn(digits.iter().map(|digit| digit.value))
}

/// ISO/IEC 7812-1 annex B: from the right, every second digit doubled, the digits' sum a multiple of ten.
pub(super) fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(digit)) {
            (1, digit) if digit > 4 => digit * 2 - 9,
            (1, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A Chinese resident's id (GB 11643): 17 digits with a day in them, and a check digit that may be X.
fn resident_id(run: &Run) -> Option<Span> {
    let digits = &run.digits;
    let with_x = run.x_end.is_some() && digits.len() >= 17;
    if with_x {
        let tail = &digits[digits.len() - 17..];
        if is_resident(tail, 10) {
            return Some(span(tail, Secret::NationalId, run.x_end));
        }
    }
    digits
        .windows(18)
        .find(|window| is_resident(&window[..17], window[17].value))
        .map(|window| span(window, Secret::NationalId, None))
}

/// ISO 7064 MOD 11-2 over 17 digits; 10 is written X.
fn is_resident(body: &[Digit], check: u8) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u8; 11] = [1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = body
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.value) * weight)
        .sum();
    let two = |at: usize| body[at].value * 10 + body[at + 1].value;
    let is_day =
        matches!(two(6), 18..=20) && (1..=12).contains(&two(10)) && (1..=31).contains(&two(12));
    is_day && CHECKS[(sum % 11) as usize] == check
}

/// Nine digits in groups of 3, 2 and 4 that the United States could have given out.
fn is_social_security(run: &Run) -> bool {
    let value = |from: usize, to: usize| {
        run.digits[from..to]
            .iter()
            .fold(0_u32, |sum, digit| sum * 10 + u32::from(digit.value))
    };
    run.groups() == [3, 2, 4]
        && !matches!(value(0, 3), 0 | 666 | 900..)
        && value(3, 5) != 0
        && value(5, 9) != 0
}

/// A number that looks like a phone's without a word about it.
fn is_phone(run: &Run) -> bool {
    let (digits, groups) = (&run.digits, run.groups());
    let first = |at: usize| digits.get(at).map_or(0, |digit| digit.value);
    let is_spoken = groups.len() > 6 && groups.iter().all(|size| *size <= 2);
    let is_chinese_mobile = digits.len() == 11 && first(0) == 1 && first(1) >= 3 && !is_spoken;
    let is_american = matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4]);
    let has_area = first(0) == 0 && digits.len() >= 9;
    run.plus || is_chinese_mobile || is_american || has_area || (is_spoken && digits.len() >= 10)
}

/// 2026-11-25, 25.11.2026, with or without a time.
fn is_date(run: &Run) -> bool {
    matches!(
        run.groups()[..],
        [4, 2 | 1, 2 | 1, ..] | [2 | 1, 2 | 1, 4, ..]
    )
}
