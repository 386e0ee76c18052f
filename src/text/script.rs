//! Character classes: the script of a character, as far as word splitting needs it.

use super::tag::primary;

/// How a character takes part in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Chinese character, in any language.
    Han,
    /// Japanese syllable.
    Kana,
    /// Korean syllable: words stand between spaces, but endings are glued to them.
    Hangul,
    /// Letter of a script that writes no spaces: Thai, Lao, Khmer, Burmese.
    Unspaced,
    /// Letter, digit or mark of a script with spaces.
    Letter,
    /// Anything else.
    Other,
}

impl Class {
    /// Class of a folded character.
    #[must_use]
    pub fn of(c: char) -> Self {
        if c.is_ascii() {
            return if c.is_ascii_alphanumeric() {
                Self::Letter
            } else {
                Self::Other
            };
        }
        match c {
            c if is_han(c) => Self::Han,
            '\u{3041}'..='\u{3096}'
            | '\u{309d}'..='\u{309f}'
            | '\u{30a1}'..='\u{30fa}'
            | '\u{30fc}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}' => Self::Kana,
            '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => {
                Self::Hangul
            }
            '\u{0e01}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}'
                if is_wordy(c) =>
            {
                Self::Unspaced
            }
            c if is_wordy(c) => Self::Letter,
            _ => Self::Other,
        }
    }
}

fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

/// Whether a folded character is part of a word between spaces.
#[must_use]
pub fn is_spaced_letter(c: char) -> bool {
    Class::of(c) == Class::Letter
}

/// Whether a character says about as much as two letters do: Chinese, Japanese, Korean.
#[must_use]
pub fn is_cjk(c: char) -> bool {
    c >= '\u{1100}' && matches!(Class::of(c), Class::Han | Class::Kana | Class::Hangul)
}

/// Texts in a row, a space between two; none beside Chinese and Japanese characters and their punctuation.
#[must_use]
pub fn row<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let is_tight = |c| match Class::of(c) {
        Class::Han | Class::Kana => true,
        _ => matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff65}'),
    };
    let mut row = String::new();
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        let is_spaced = !row.ends_with(is_tight) && !text.starts_with(is_tight);
        if is_spaced && !row.is_empty() {
            row.push(' ');
        }
        row.push_str(text);
    }
    row
}

/// Whether a language (BCP 47) is written in Chinese, Japanese or Korean characters.
#[must_use]
pub fn is_cjk_lang(lang: &str) -> bool {
    matches!(primary(lang).as_str(), "zh" | "yue" | "ja" | "ko")
}

/// Whether a character is Chinese by script.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{3005}' | '\u{3007}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_a_row_have_spaces_where_their_script_has_them() {
        let check = |texts: &[&str], expected: &str| {
            assert_eq!(row(texts.iter().copied()), expected);
        };
        check(&["Wait.", " Then call. ", ""], "Wait. Then call.");
        check(&["He said “no”", "Then"], "He said “no” Then");
        check(&["Non… »", "Si…", "Ok"], "Non… » Si… Ok");
        check(&["五天到账。", "请等。"], "五天到账。请等。");
        check(&["五天到账。", "VIP 三天。"], "五天到账。VIP 三天。");
        check(&["환불", "요청"], "환불 요청");
    }

    #[test]
    fn the_language_of_a_tag_tells_its_script() {
        assert!(is_cjk_lang("zh-Hant") && !is_cjk_lang("en-GB"));
    }
}
