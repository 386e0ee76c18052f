//! The Chinese dictionary: shared by all threads, and extended with contact centre terms.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use arc_swap::ArcSwap;
use jieba_rs::Jieba;

use super::{fold::fold, script::is_han};

/// The words of the language, and those that were added.
struct Dictionary {
    jieba: Jieba,
    added: BTreeSet<String>,
    /// First 8 bytes of blake3 over the added words; 0 where there are none.
    name: u64,
}

static DICTIONARY: LazyLock<ArcSwap<Dictionary>> = LazyLock::new(|| {
    ArcSwap::from_pointee(Dictionary {
        jieba: Jieba::new(),
        added: BTreeSet::new(),
        name: 0,
    })
});

/// Makes the Chinese words of `terms` known to [`words`](super::words), for the whole process.
///
/// Call it before anything is indexed: what was split before keeps its old words. Terms that are not Chinese
/// from end to end, or known already, are passed over.
pub fn add_terms<'a>(terms: impl IntoIterator<Item = &'a String>) {
    let known = DICTIONARY.load();
    let new: Vec<String> = terms
        .into_iter()
        .map(|term| fold(term.trim()).text)
        .filter(|term| {
            term.chars().count() > 1 && term.chars().all(is_han) && !known.jieba.has_word(term)
        })
        .collect();
    if new.is_empty() {
        return;
    }
    DICTIONARY.rcu(|old| {
        let mut jieba = old.jieba.clone();
        let mut added = old.added.clone();
        for term in &new {
            jieba.add_word(term, None, None);
            added.insert(term.clone());
        }
        let mut hasher = blake3::Hasher::new();
        for term in &added {
            hasher.update(term.as_bytes()).update(&[0]);
        }
        let mut name = [0; 8];
        name.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Arc::new(Dictionary {
            jieba,
            added,
            name: u64::from_le_bytes(name),
        })
    });
}

/// Names the dictionary as it is: whoever keeps words keeps this with them, and splits again when it changes.
#[must_use]
pub fn dictionary() -> u64 {
    DICTIONARY.load().name
}

/// Dictionary words of a folded run of Chinese characters, with their offsets in characters; long words come
/// with the shorter ones within.
pub(super) fn cut(run: &str) -> Vec<(String, usize, usize)> {
    let dictionary = DICTIONARY.load();
    dictionary
        .jieba
        .cut_for_search(run, true)
        .into_iter()
        .map(|token| (token.word.to_owned(), token.start, token.end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(run: &str, expected: &[&str]) {
        assert_eq!(
            cut(run)
                .iter()
                .map(|(term, ..)| term.as_str())
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn long_words_come_with_the_short_ones_within() {
        check(
            "中华人民共和国",
            &["中华", "华人", "人民", "共和", "共和国", "中华人民共和国"],
        );
    }

    #[test]
    fn added_terms_are_words() {
        check("办理亲情网", &["办理", "亲情", "网"]);
        add_terms(&["親情網".to_owned(), "eSIM".to_owned(), " 网 ".to_owned()]);
        check("办理亲情网", &["办理", "亲情", "情网", "亲情网"]);
    }
}
