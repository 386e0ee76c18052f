//! Accents of Latin letters: removes those that people leave out when they type. Pure.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A folded word of Latin letters as it is typed without accents; None where it has none.
pub(super) fn without_accents(word: &str) -> Option<String> {
    let may_have = !word.is_ascii() && word.starts_with(is_latin);
    may_have.then(|| plain(word)).filter(|plain| plain != word)
}

/// A folded text with its Latin letters as they are typed without accents.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            c if c.is_ascii() || !is_latin(c) => plain.push(c),
            c => decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    plain.push(part);
                }
            }),
        }
    }
    plain
}

/// Whether a folded character is a Latin letter, or ASCII.
pub(super) fn is_latin(c: char) -> bool {
    c < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_lose_their_accents_and_others_stay() {
        assert_eq!(
            plain("straße, smørrebrød, łódź, đường"),
            "strasse, smorrebrod, lodz, duong"
        );
        for text in ["退订", "подъём", "ยกเลิก", "がぎぐ", "plain"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(without_accents("área"), Some("area".to_owned()));
        assert_eq!(without_accents("area"), None);
        assert_eq!(without_accents("сёла"), None);
    }
}
