//! The form in which texts are compared as strings: quoted phrases, exclusions, titles, completions.

use super::{accents::plain, fold::fold, script::Class};

/// A folded text without the optional space between Chinese or Japanese characters and letters or digits of other
/// scripts: `SIM 卡` is `sim卡`.
#[must_use]
pub fn compared(text: &str) -> String {
    let folded = fold(text).text;
    if folded.is_ascii() {
        return folded;
    }
    let mut compared = String::with_capacity(folded.len());
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        let before = compared.chars().next_back();
        let is_optional = c == ' '
            && before
                .zip(chars.peek())
                .is_some_and(|(before, after)| is_seam(before, *after));
        if !is_optional {
            compared.push(c);
        }
    }
    compared
}

/// The form in which completions are compared: [`compared`], without accents, and without hyphens between letters, as
/// people type: `wifi` for `Wi-Fi`. A hyphen at the end may be one of those.
#[must_use]
pub fn completion_key(text: &str) -> String {
    let text = plain(&compared(text));
    let mut key = String::with_capacity(text.len());
    let mut chars = text.trim_end_matches('-').chars().peekable();
    while let Some(c) = chars.next() {
        let sides = [key.chars().next_back(), chars.peek().copied()];
        let is_letter = |c: Option<char>| c.is_some_and(|c| Class::of(c) == Class::Letter);
        let has_letters =
            sides.into_iter().all(is_letter) && !sides.into_iter().flatten().all(char::is_numeric);
        if c != '-' || !has_letters {
            key.push(c);
        }
    }
    key
}

fn is_seam(before: char, after: char) -> bool {
    let is_east_asian = |class| matches!(class, Class::Han | Class::Kana);
    match (Class::of(before), Class::of(after)) {
        (Class::Letter, after) => is_east_asian(after),
        (before, Class::Letter) => is_east_asian(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_between_chinese_and_letters_or_digits_is_optional() {
        for (text, expected) in [
            ("SIM 卡", "sim卡"),
            ("办理　5Ｇ 套餐", "办理5g套餐"),
            ("Wi-Fi ルーター 2 台", "wi-fiルーター2台"),
            ("SIM card", "sim card"),
            ("退订 套餐", "退订 套餐"),
            ("SIM\n卡", "sim\n卡"),
            ("обмен SIM 카드", "обмен sim 카드"),
        ] {
            assert_eq!(compared(text), expected, "{text:?}");
        }
    }

    #[test]
    fn completions_mind_no_hyphen_in_a_word() {
        for (text, expected) in [
            ("Wi-Fi", "wifi"),
            ("Wi-", "wi"),
            ("TV-11 – Übersicht", "tv11 - ubersicht"),
            ("10-20 days", "10-20 days"),
        ] {
            assert_eq!(completion_key(text), expected, "{text:?}");
        }
    }
}
