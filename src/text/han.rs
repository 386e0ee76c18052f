//! The Chinese dictionary: shared by all threads, with the terms of the knowledge base.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use arc_swap::ArcSwap;
use jieba_rs::Jieba;

use super::{fold::fold, script::is_han};

/// The words of the language, and the terms.
struct Dictionary {
    jieba: Jieba,
    added: BTreeSet<String>,
    /// First 8 bytes of blake3 over the terms; 0 where there are none.
    name: u64,
}

static DICTIONARY: LazyLock<ArcSwap<Dictionary>> = LazyLock::new(|| {
    ArcSwap::from_pointee(Dictionary {
        jieba: Jieba::new(),
        added: BTreeSet::new(),
        name: 0,
    })
});

/// Makes the Chinese words of `terms` known to [`words`](super::words), for the whole process, in place of those given
/// before.
///
/// Call it before anything is indexed: what was split before keeps its old words. Terms that are not Chinese
/// from end to end, or words of the language, are passed over.
pub fn set_terms<'a>(terms: impl IntoIterator<Item = &'a String>) {
    let known = DICTIONARY.load();
    let added: BTreeSet<String> = terms
        .into_iter()
        .map(|term| fold(term.trim()).text)
        .filter(|term| {
            let is_new = known.added.contains(term) || !known.jieba.has_word(term);
            term.chars().count() > 1 && term.chars().all(is_han) && is_new
        })
        .collect();
    if added == known.added {
        return;
    }
    // Always from the same words in the same order: how likely a new word is depends on those that are known.
    let mut jieba = match known.added.is_empty() {
        true => known.jieba.clone(),
        false => Jieba::new(),
    };
    let mut hasher = blake3::Hasher::new();
    for term in &added {
        jieba.add_word(term, None, None);
        hasher.update(term.as_bytes()).update(&[0]);
    }
    let mut name = [0; 8];
    if !added.is_empty() {
        name.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    }
    DICTIONARY.store(Arc::new(Dictionary {
        jieba,
        added,
        name: u64::from_le_bytes(name),
    }));
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

/// Held by tests that give terms or need them.
#[cfg(test)]
pub fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
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
    fn terms_are_words_until_others_are_given() {
        let _alone = alone();
        set_terms(&[]);
        let (before, plain) = (dictionary(), ["办理", "亲情", "网"]);
        check("办理亲情网", &plain);
        set_terms(&["親情網".to_owned(), "eSIM".to_owned(), " 网 ".to_owned()]);
        let with = dictionary();
        check("办理亲情网", &["办理", "亲情", "情网", "亲情网"]);
        set_terms(&["海陆套餐组".to_owned()]);
        check("办理亲情网", &plain);
        set_terms(&["亲情网".to_owned()]);
        assert_eq!(dictionary(), with, "its name is that of its terms");
        set_terms(&[]);
        assert_eq!(dictionary(), before);
    }
}
