//! A long question → parts for which one vector each suffices, and their results as one. Pure.
//!
//! The vector of a whole letter lies between all of its topics and close to none of them. With parts, an article that
//! matches one part well is found.

use rustc_hash::FxHashSet;

use crate::text::{letters, sentences};

/// Letters of a part, about 80 tokens; a Chinese character counts as two. A longer sentence stays whole.
const PART: usize = 320;

/// Letters of the longest question that is asked as a whole.
const WHOLE: usize = 480;

/// The parts of a question, in order: whole sentences, together as far as a part reaches.
pub(super) fn parts(text: &str) -> Vec<&str> {
    if letters(text) <= WHOLE {
        return vec![text];
    }
    let bytes: Vec<usize> = text
        .char_indices()
        .map(|(byte, _)| byte)
        .chain([text.len()])
        .collect();
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for [from, to] in sentences(text) {
        let sentence = [bytes[from], bytes[to]];
        match ranges.last_mut() {
            Some(part) if letters(&text[part[0]..sentence[1]]) <= PART => part[1] = sentence[1],
            _ => ranges.push(sentence),
        }
    }
    ranges
        .into_iter()
        .map(|[from, to]| &text[from..to])
        .collect()
}

/// Results of several searches as one: each unit once, as near as it came.
pub(super) fn best_first(found: Vec<Vec<(u64, f32)>>) -> Vec<(u64, f32)> {
    let mut found = found.into_iter().flatten().collect::<Vec<_>>();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut seen = FxHashSet::default();
    found.retain(|(key, _)| seen.insert(*key));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_stays_whole() {
        assert_eq!(
            parts("My bill is too high. Why?"),
            ["My bill is too high. Why?"]
        );
        assert_eq!(parts(""), [""]);
    }

    #[test]
    fn a_letter_is_asked_in_parts_of_whole_sentences_and_nothing_is_lost() {
        for sentence in [
            "The router blinks red since Monday and nobody helps. ",
            "路由器从星期一开始闪红灯，没有人帮我。",
        ] {
            let text = sentence.repeat(30);
            let parts = parts(text.trim());
            assert!(parts.len() > 3);
            assert!(
                parts
                    .iter()
                    .all(|part| letters(part) <= PART && part.ends_with(['.', '。']))
            );
            let spaceless = |text: &str| text.replace(' ', "");
            assert_eq!(spaceless(&parts.concat()), spaceless(&text));
        }
    }

    #[test]
    fn a_sentence_without_an_end_stays_whole() {
        let text = "word ".repeat(300);
        assert_eq!(parts(text.trim()), [text.trim()]);
    }
}
