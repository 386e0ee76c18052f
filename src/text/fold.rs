//! Folding: one spelling for what readers take as the same.
//!
//! Case, width and composition (NFKC), traditional and simplified characters, typographic quotes and dashes.
//! Zero-width characters, soft hyphens and trade mark signs vanish. Accents stay.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};

use super::script::is_han;

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
    if text.is_ascii() {
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
        if original.is_ascii() {
            self.settle();
            self.push(original.to_ascii_lowercase(), at);
        } else if ('\u{4e00}'..='\u{9fff}').contains(&original) {
            self.settle();
            self.push(simplified(original), at);
        } else if let Some(c) = spelling(original) {
            self.settle();
            self.push(c, at);
        } else if !vanishes(original) {
            decompose_compatible(original, |part| {
                for lower in part.to_lowercase() {
                    self.part(lower, at);
                }
            });
        }
    }

    /// Takes one part of a decomposed character.
    fn part(&mut self, c: char, at: usize) {
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
                    None => self.push(if is_han(c) { simplified(c) } else { c }, at),
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
fn vanishes(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{2122}' | '\u{2120}' | '\u{00ae}')
}

/// Characters that NFKC keeps apart but keyboards do not.
fn spelling(c: char) -> Option<char> {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{ff07}' => Some('\''),
        '\u{201c}' | '\u{201d}' | '\u{201f}' => Some('"'),
        '\u{2010}'..='\u{2014}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '\u{0130}' => Some('i'),
        '\u{03c2}' => Some('σ'),
        _ => None,
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
        check("HomeBox™ don’t", "homebox don't");
        check("10–20 — 5", "10-20 - 5");
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
        fn folding_twice_changes_nothing(text in "[a-zA-Z0-9 éÉüÜ 退訂費檯臺裡後Ａ－Ｚ﹣ﬁ①½がｶﾞ한각'’“”–—]{0,40}") {
            let once = fold(&text).text;
            prop_assert_eq!(fold(&once).text, once);
        }
    }
}
