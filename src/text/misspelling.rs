//! Corrections of a misspelt word.
//!
//! Owns the allowed distance between two words. Leaves which words are known to `index` and `search`.

/// Letters from which a word may be a misspelt one: shorter ones are near too many.
pub const MISSPELT_FROM: usize = 4;

/// Whether a word may be a misspelt one: of `a` to `z`, and long enough.
#[must_use]
pub fn may_be_misspelt(word: &str) -> bool {
    word.len() >= MISSPELT_FROM && is_plain(word)
}

fn is_plain(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_lowercase())
}

/// The letters of a plain word, a bit each.
fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |letters, b| letters | 1 << (b - b'a'))
}

/// Edits that it takes from a misspelt word to what it may mean, where two neighbours that changed places are one; None
/// where it cannot mean that: another first letter, or more than one edit (from 8 letters on two).
#[must_use]
pub fn edits(word: &str, meant: &str) -> Option<usize> {
    let most = if word.len() < 8 { 1 } else { 2 };
    let may_be = may_be_misspelt(word)
        && word.len().abs_diff(meant.len()) <= most
        && word.as_bytes().first() == meant.as_bytes().first()
        && is_plain(meant)
        // An edit changes two letters at most.
        && (letters(word) ^ letters(meant)).count_ones() as usize <= 2 * most;
    let edits = may_be.then(|| strsim::osa_distance(word, meant));
    edits.filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_few_edits_from_what_it_means() {
        assert_eq!(edits("ruoter", "router"), Some(1));
        assert_eq!(edits("instalation", "installation"), Some(1));
        assert_eq!(edits("activaton", "activation"), Some(1));
        assert_eq!(edits("zbcdefgh", "zxydefgh"), Some(2));
        assert_eq!(edits("zbcdefgh", "zxywefgh"), None, "too far");
        assert_eq!(edits("bill", "pill"), None, "another first letter");
        assert_eq!(edits("fee", "feed"), None, "too short");
        assert_eq!(edits("tv-11", "tv-12"), None, "a code is exact");
    }
}
