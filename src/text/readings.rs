//! Words of a text one after the other, as phrases are looked for in them.

use std::cmp::Reverse;

use super::words::{Word, WordKind};

/// Words as [`whole`] has them, and with hyphens open: there `SIM-card` is two words. What is one word of that says less
/// than the chunk, so a phrase must have several.
pub(super) fn readings(words: &[Word]) -> [Vec<&Word>; 2] {
    let is_part = |word: &&Word| matches!(word.kind, WordKind::Latin | WordKind::Code);
    let is_chunk = |at: usize| {
        let chunk = &words[at];
        // Words are ordered by start, then end.
        let mut before = words[..at].iter().rev().filter(is_part);
        let begins = before.next().is_some_and(|part| part.start == chunk.start);
        let inside = words[at + 1..].iter();
        let mut inside = inside
            .take_while(|part| part.start < chunk.end)
            .filter(is_part);
        is_part(&chunk) && begins && inside.any(|part| part.end == chunk.end)
    };
    let parts = (0..words.len()).filter(|at| !is_chunk(*at));
    [whole(words.iter()), whole(parts.map(|at| &words[at]))]
}

/// Words without pairs of characters and without those that are part of a longer one, in the order they stand.
pub(super) fn whole<'a>(words: impl Iterator<Item = &'a Word>) -> Vec<&'a Word> {
    let mut found: Vec<&Word> = words.filter(|word| word.kind != WordKind::Bigram).collect();
    found.sort_by_key(|word| (word.start, Reverse(word.end)));
    // Of the words so far the first that reaches furthest: what ends before it does stands within it.
    let mut longest = (0, 0);
    found.retain(|word| {
        let is_within = word.end <= longest.1 && (word.start, word.end) != longest;
        if word.end > longest.1 {
            longest = (word.start, word.end);
        }
        !is_within
    });
    found
}

#[cfg(test)]
mod tests {
    use super::{super::words::words, *};

    #[test]
    fn hyphens_are_closed_and_open() {
        for (text, closed, open) in [
            (
                "any pay-as-you-go plan",
                "ani payasyougo plan",
                "ani pay as you go plan",
            ),
            (
                "换SIM-card的手机卡",
                "换 simcard 的 手机卡",
                "换 sim card 的 手机卡",
            ),
            ("an e-mail", "an email", "an email"),
        ] {
            let words = words(text);
            let of = |words: &Vec<&Word>| {
                let terms: Vec<&str> = words.iter().map(|word| &*word.term).collect();
                terms.join(" ")
            };
            assert_eq!(readings(&words).each_ref().map(of), [closed, open]);
        }
    }
}
