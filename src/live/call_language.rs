//! The language of a call, detected from what is said: it may change during the call.

use crate::text::{detect, primary};

/// Chinese characters from which a turn is Chinese.
const HAN_CHARS: usize = 3;

/// Characters from which an alphabetic turn tells its language, where none or another script was spoken.
const SHORT_CHARS: usize = 12;

/// Characters from which it overrules another alphabetic language.
const LONG_CHARS: usize = 60;

/// Whether a language is Chinese.
pub(super) fn is_chinese(lang: &str) -> bool {
    matches!(primary(lang).as_str(), "zh" | "yue")
}

/// The language after a turn of the customer that said something; None where nothing is known yet.
pub(super) fn after(before: Option<&str>, told: Option<&str>, text: &str) -> Option<String> {
    if let Some(told) = told {
        return Some(told.to_owned());
    }
    let heard = detect(text);
    let chars = text.chars().filter(|c| c.is_alphanumeric()).count();
    let is_other_script = before.is_none_or(|before| is_chinese(before) != is_chinese(heard));
    let enough = match primary(heard).as_str() {
        "und" => return before.map(str::to_owned),
        "zh" => HAN_CHARS,
        _ if is_other_script => SHORT_CHARS,
        _ => LONG_CHARS,
    };
    let is_same = before.is_some_and(|before| primary(before) == primary(heard));
    if is_same || chars < enough {
        before.map(str::to_owned)
    } else {
        Some(heard.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Option<&str>, told: Option<&str>, text: &str, expected: Option<&str>) {
        assert_eq!(
            after(before, told, text).as_deref(),
            expected,
            "{text:?} after {before:?}"
        );
    }

    #[test]
    fn the_language_follows_the_customer() {
        check(
            None,
            Some("zh-Hant"),
            "hello there my friend",
            Some("zh-Hant"),
        );
        check(Some("en"), None, "我想退订套餐", Some("zh-Hans"));
        check(Some("zh-Hant"), None, "我想退订套餐", Some("zh-Hant"));
        check(Some("zh"), None, "OK wifi", Some("zh"));
        check(
            Some("zh"),
            None,
            "I would like to cancel my contract",
            Some("en"),
        );
        check(Some("de"), None, "my router is off", Some("de"));
        check(None, None, "12", None);
    }
}
