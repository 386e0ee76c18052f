//! Folding: one spelling for variants that readers take as the same.
//!
//! Case, width and composition (NFKC), traditional and simplified characters, typographic quotes and dashes, digits of
//! every script, Persian and Arabic letters that keyboards mix up. Zero-width characters, soft hyphens, trade mark signs,
//! footnote marks after numbers, Hebrew points and the Hindi dot below are removed. Accents stay.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, compose, decompose_compatible},
    is_nfc,
};

use super::{numerals::decimal, script::is_han};

/// A name as most keyboards type it (NFC), whatever the system wrote: macOS takes accents from their letters.
#[must_use]
pub fn composed(name: &str) -> Cow<'_, str> {
    match is_nfc(name) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.nfc().collect()),
    }
}

/// A folded text that remembers where each character came from.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    /// Lower case, half width, simplified script.
    pub text: String,
    /// For each character of `text`, the offset of its original.
    pub at: Vec<usize>,
}

/// Folds case, width (NFKC) and traditional to simplified Chinese.
#[must_use]
pub fn fold(text: &str) -> Folded {
    if text.is_ascii() && !text.contains('`') {
        return Folded {
            text: text.to_ascii_lowercase(),
            at: (0..text.len()).collect(),
        };
    }
    let mut folding = Folding {
        done: Folded {
            text: String::with_capacity(text.len()),
            at: Vec::with_capacity(text.len()),
        },
        marks: Vec::new(),
    };
    for (at, c) in text.chars().enumerate() {
        folding.take(c, at);
    }
    folding.settle();
    folding.done
}

/// A text being folded: what is settled, and the combining marks that wait for their order.
struct Folding {
    done: Folded,
    marks: Vec<(char, usize, u8)>,
}

impl Folding {
    fn take(&mut self, original: char, at: usize) {
        if original.is_ascii() && original != '`' {
            self.settle();
            self.push(original.to_ascii_lowercase(), at);
        } else if ('\u{4e00}'..='\u{9fff}').contains(&original) {
            self.settle();
            self.push(one_form(original), at);
        } else if let Some(c) = spelling(original) {
            self.settle();
            self.push(c, at);
        } else if !(vanishes(original) || is_superscript(original) && self.ends_in_digit()) {
            decompose_compatible(original, |part| {
                for lower in part.to_lowercase() {
                    self.part(lower, at);
                }
            });
        }
    }

    fn ends_in_digit(&self) -> bool {
        let last = self.done.text.chars().next_back();
        last.is_some_and(|c| c.is_ascii_digit())
    }

    /// Takes one part of a decomposed character.
    fn part(&mut self, c: char, at: usize) {
        if is_left_out(c) {
            return;
        }
        match canonical_combining_class(c) {
            0 => {
                self.settle();
                let joined = self
                    .done
                    .text
                    .chars()
                    .next_back()
                    .and_then(|last| compose(last, c));
                match joined {
                    Some(joined) => self.replace_last(joined),
                    None => self.push(if is_han(c) { one_form(c) } else { c }, at),
                }
            }
            class => self.marks.push((c, at, class)),
        }
    }

    /// Puts the waiting marks on their letter.
    fn settle(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let mut marks = std::mem::take(&mut self.marks);
        marks.sort_by_key(|(_, _, class)| *class);
        let base = self.done.text.chars().next_back();
        let (mut letter, mut left) = (base, Vec::new());
        for &(mark, at, class) in &marks {
            let blocked = left.last().is_some_and(|&(_, _, last)| last >= class);
            match letter.filter(|_| !blocked).and_then(|l| compose(l, mark)) {
                Some(joined) => letter = Some(joined),
                None => left.push((mark, at, class)),
            }
        }
        if let Some(letter) = letter.filter(|_| letter != base) {
            self.replace_last(letter);
        }
        for (mark, at, _) in left {
            self.push(mark, at);
        }
        marks.clear();
        self.marks = marks;
    }

    fn push(&mut self, c: char, at: usize) {
        self.done.text.push(c);
        // Marks that changed places take the later offset: offsets never go back.
        self.done
            .at
            .push(self.done.at.last().map_or(at, |&last| last.max(at)));
    }

    fn replace_last(&mut self, c: char) {
        self.done.text.pop();
        self.done.text.push(c);
    }
}

/// Whether readers do not see the character at all, or not as part of the word.
pub(super) fn vanishes(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{2122}' | '\u{2120}' | '\u{00ae}')
}

/// Raised digits: behind a number they are the mark of a footnote.
fn is_superscript(c: char) -> bool {
    matches!(
        c,
        '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{2070}' | '\u{2074}'..='\u{2079}'
    )
}

/// Marks that most leave out: Hebrew points and accents, the dot below letters of Hindi.
fn is_left_out(c: char) -> bool {
    matches!(
        c,
        '\u{591}'
            ..='\u{5bd}'
                | '\u{5bf}'
                | '\u{5c1}'
                | '\u{5c2}'
                | '\u{5c4}'
                | '\u{5c5}'
                | '\u{5c7}'
                | '\u{93c}'
    )
}

/// Characters that NFKC keeps apart but keyboards do not, and fractions, whose parts are no numbers of their own.
fn spelling(c: char) -> Option<char> {
    if let Some(digit) = decimal(c) {
        return char::from_digit(digit.into(), 10);
    }
    match c {
        '\u{61f}' => Some('?'),
        '\u{66b}' => Some('.'),
        '\u{66c}' => Some(','),
        '\u{6a9}' => Some('\u{643}'),
        '\u{6cc}' => Some('\u{64a}'),
        '\u{bc}'..='\u{be}' | '\u{2150}'..='\u{215e}' => Some(c),
        '`' | '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{ff07}' => {
            Some('\'')
        }
        '\u{201c}' | '\u{201d}' | '\u{201f}' => Some('"'),
        '\u{2010}'..='\u{2014}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '\u{0130}' => Some('i'),
        '\u{03c2}' => Some('σ'),
        _ => None,
    }
}

/// The form of a Chinese character that stands for all that are written for it: 帳 and 賬 are one, though simplified to two.
fn one_form(c: char) -> char {
    match simplified(c) {
        '帐' => '账',
        simplified => simplified,
    }
}

/// The simplified form of a Chinese character; itself where there is none.
pub(super) fn simplified(c: char) -> char {
    match (c as u32).checked_sub(0x4e00) {
        Some(at) if at < 0x5200 => SIMPLIFIED.common.get(at as usize).copied().unwrap_or(c),
        _ => SIMPLIFIED.rare.get(&c).copied().unwrap_or(c),
    }
}

/// Whether some traditional character is written like this in simplified script.
pub(super) fn is_simplified_form(c: char) -> bool {
    SIMPLIFIED.forms.contains(&c)
}

/// Traditional to simplified, one character to one.
struct Simplified {
    /// U+4E00…U+9FFF.
    common: Vec<char>,
    /// The others.
    rare: HashMap<char, char>,
    /// Characters that stand for another one.
    forms: HashSet<char>,
}

static SIMPLIFIED: LazyLock<Simplified> = LazyLock::new(|| {
    let mut table = Simplified {
        common: ('\u{4e00}'..='\u{9fff}').collect(),
        rare: HashMap::new(),
        forms: HashSet::new(),
    };
    let Ok(converter) = OpenCC::from_config(BuiltinConfig::T2s) else {
        return table;
    };
    let all = ('\u{3400}'..='\u{4dbf}')
        .chain('\u{4e00}'..='\u{9fff}')
        .chain('\u{20000}'..='\u{323af}');
    let mut buffer = [0; 4];
    for from in all {
        let converted = converter.convert(from.encode_utf8(&mut buffer));
        let mut chars = converted.chars();
        let (Some(to), None) = (chars.next(), chars.next()) else {
            continue;
        };
        if to == from {
            continue;
        }
        table.forms.insert(to);
        match (from as u32)
            .checked_sub(0x4e00)
            .and_then(|at| table.common.get_mut(at as usize))
        {
            Some(slot) => *slot = to,
            None => {
                table.rare.insert(from, to);
            }
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text).text, expected, "folding {text:?}");
    }

    #[test]
    fn case_width_and_script_fold_to_one_spelling() {
        check("Wi-Fi", "wi-fi");
        check("Ｗｉ－Ｆｉ　５Ｇ", "wi-fi 5g");
        check("退訂服務，請說", "退订服务,请说");
        check("退订服务，请说", "退订服务,请说");
        check("帳單 賬單 帐单 账单", "账单 账单 账单 账单");
        check("ｶﾞｲﾄﾞ", "ガイド");
        check("ﬁnd", "find");
        check("İstanbul", "istanbul");
        check("ΣΑΣ σας", "σασ σασ");
    }

    #[test]
    fn composition_does_not_depend_on_how_it_was_typed() {
        check("Cafe\u{301}", "café");
        check("Café", "café");
        check("tie\u{302}\u{301}ng vie\u{323}\u{302}t", "tiếng việt");
        check("vie\u{302}\u{323}t", "việt");
        check("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", "한국");
    }

    #[test]
    fn invisible_characters_and_trade_marks_vanish() {
        check("can\u{ad}cel\u{200b} now\u{feff}", "cancel now");
        check("HomeBox™ don’t don´t", "homebox don't don't");
        check("don`t", "don't");
        check("10–20 — 5", "10-20 - 5");
    }

    #[test]
    fn what_readers_take_as_the_same_is_the_same_in_every_script() {
        check("٧٥٠ ۷۵۰ ७५० ๗๕๐ ٩٢٠٬٠٠٠٫٥", "750 750 750 750 920,000.5");
        check("هزینه کارت؟", "هزينه كارت?");
        check("ज़रूरी ज़रूरी काग़ज़", "जरूरी जरूरी कागज");
        check("שָׁלוֹם", "שלום");
    }

    #[test]
    fn marks_of_footnotes_vanish_and_fractions_stay_whole() {
        check("45¹ days, 5½ m²", "45 days, 5½ m2");
    }

    #[test]
    fn offsets_point_at_the_originals() {
        let folded = fold("a\u{200b}ﬁ退訂e\u{301}x");
        assert_eq!(folded.text, "afi退订éx");
        assert_eq!(folded.at, [0, 2, 2, 3, 4, 5, 7]);
    }

    proptest! {
        #[test]
        fn every_folded_character_has_an_original(text in "\\PC{0,60}") {
            let folded = fold(&text);
            prop_assert_eq!(folded.at.len(), folded.text.chars().count());
            prop_assert!(folded.at.is_sorted());
            prop_assert!(folded.at.last().is_none_or(|&last| last < text.chars().count()));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[a-zA-Z0-9 éÉüÜ 退訂費檯臺裡後帳賬帐Ａ－Ｚ﹣ﬁ①½がｶﾞ한각'’`´“”–—]{0,40}") {
            let once = fold(&text).text;
            prop_assert_eq!(fold(&once).text, once);
        }
    }
}
