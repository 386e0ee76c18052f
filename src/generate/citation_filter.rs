//! Filters generated text while it is streamed: only sentences that are supported by a passage remain. Pure.
//!
//! A sentence stays if it cites an existing passage, as [2] or [1][3] or [1, 3], before its full stop or after it, and if
//! every number in it occurs in a passage that it cites. Digits are recognised in every script, number words in English
//! and Chinese only; number words of other languages are not checked.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Passage, Written,
    numbers::{Told, numbers},
};
use crate::text::sentences;

/// A sentence and its citations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sentence {
    /// The sentence without citation marks.
    pub text: String,
    /// Numbers of the cited sources, from 1.
    pub cites: Vec<usize>,
}

/// Takes a text piece by piece.
pub(super) struct CitationFilter {
    numbers: Vec<HashSet<String>>,
    waiting: String,
    pub(super) written: Written,
}

impl CitationFilter {
    pub(super) fn new(passages: &[Passage]) -> Self {
        let of =
            |passage: &Passage| numbers(&format!("{} {}", passage.name, passage.text), Told::All);
        Self {
            numbers: passages.iter().map(of).collect(),
            waiting: String::new(),
            written: Written::default(),
        }
    }

    /// Takes more of the text; the sentences that are whole by now and stay.
    pub(super) fn take(&mut self, more: &str) -> Vec<Sentence> {
        self.waiting.push_str(more);
        self.sift(false)
    }

    /// The text is over, or broke off: then what has no full stop goes, since it may have meant the opposite.
    pub(super) fn finish(&mut self, is_cut: bool) -> Vec<Sentence> {
        let mut kept = self.sift(false);
        if !is_cut || is_stopped(&self.waiting) {
            kept.extend(self.sift(true));
        }
        kept
    }

    fn sift(&mut self, is_over: bool) -> Vec<Sentence> {
        let text: Vec<char> = self.waiting.chars().collect();
        let mut ends: Vec<usize> = Vec::new();
        for [_, end] in sentences(&self.waiting) {
            // Citations behind a full stop belong to the sentence before it.
            let end = end + citations_at(&text[end..]);
            if ends.last().is_none_or(|last| end > *last) {
                ends.push(end);
            }
        }
        if !is_over {
            // The last one may go on, and so may citations behind the one before.
            ends.pop();
            let rest: String = text[ends.last().copied().unwrap_or(0)..].iter().collect();
            if rest.trim_start().starts_with('[') && !rest.contains(']') {
                ends.pop();
            }
        }
        let mut kept = Vec::new();
        let mut start = 0;
        for end in ends {
            let sentence: String = text[start..end].iter().collect();
            start = end;
            match self.judge(&sentence) {
                Some(sentence) => kept.push(sentence),
                None if sentence.trim().is_empty() => {}
                None => self.written.dropped += 1,
            }
        }
        self.waiting = text[start..].iter().collect();
        self.written.sentences.extend(kept.iter().cloned());
        kept
    }

    fn judge(&self, sentence: &str) -> Option<Sentence> {
        let (text, cites) = cited(sentence)?;
        let known = |number: &usize| (1..=self.numbers.len()).contains(number);
        let is_sound = !cites.is_empty() && cites.iter().all(known);
        let is_grounded = is_sound
            && numbers(&text, Told::Sure).iter().all(|number| {
                cites
                    .iter()
                    .any(|cite| self.numbers[cite - 1].contains(number))
            });
        (is_grounded && text.chars().any(char::is_alphanumeric)).then_some(Sentence { text, cites })
    }
}

/// Characters of citations at the beginning of a text, with the white space before them.
fn citations_at(text: &[char]) -> usize {
    let mut end = 0;
    loop {
        let spaces = text[end..].iter().take_while(|c| c.is_whitespace()).count();
        let inside = text[end + spaces..]
            .iter()
            .take_while(|c| **c != ']')
            .count();
        let whole: String = text[end + spaces..].iter().take(inside + 1).collect();
        if citation(&whole).is_none() {
            return end;
        }
        end += spaces + inside + 1;
    }
}

/// The numbers of `[1]` or `[1, 3]`.
fn citation(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let numbers = inside
        .split([',', '，', '、'])
        .map(|number| number.trim().parse());
    numbers.collect::<Result<_, _>>().ok()
}

/// A sentence without its citations, and these, each once; None where there are none.
fn cited(sentence: &str) -> Option<(String, Vec<usize>)> {
    let (mut text, mut cites) = (String::new(), Vec::new());
    let mut rest = sentence;
    while let Some(at) = rest.find('[') {
        let end = rest[at..].find(']').map_or(rest.len(), |end| at + end + 1);
        match citation(&rest[at..end]) {
            Some(numbers) => {
                text.push_str(rest[..at].trim_end());
                cites.extend(numbers);
            }
            None => text.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    cites.sort_unstable();
    cites.dedup();
    (!cites.is_empty()).then(|| (text.trim().to_owned(), cites))
}

/// Whether a text ends with a full stop, whatever citations and closing marks stand behind it.
fn is_stopped(text: &str) -> bool {
    let mut rest = text.trim_end();
    while let Some(at) = rest.rfind('[')
        && citation(&rest[at..]).is_some()
    {
        rest = rest[..at].trim_end();
    }
    let rest = rest.trim_end_matches(['"', '\'', '”', '’', ')', '）', '»', '」', '』']);
    rest.ends_with(['.', '!', '?', '…', '。', '！', '？', '．', '｡'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sifted(pieces: &[&str]) -> Written {
        let passage = |text: &str| Passage {
            name: String::new(),
            text: text.into(),
        };
        let passages = [
            passage("The fee is 1,000.00 euros, for 12 months."),
            passage("解约费为 20 元。"),
        ];
        let mut filter = CitationFilter::new(&passages);
        for piece in pieces {
            filter.take(piece);
        }
        filter.finish(false);
        filter.written
    }

    fn kept(text: &str) -> Vec<(String, Vec<usize>)> {
        let sentences = sifted(&[text]).sentences.into_iter();
        sentences.map(|one| (one.text, one.cites)).collect()
    }

    #[test]
    fn sentences_stay_with_their_citations_before_or_behind_the_stop() {
        assert_eq!(
            kept(
                "The fee is 1000 euros [1]. It runs for 12 months. [1] Both hold [1][2]! 解约费为 20 元[2]。Both too [1, 2]."
            ),
            [
                ("The fee is 1000 euros.".to_owned(), vec![1]),
                ("It runs for 12 months.".to_owned(), vec![1]),
                ("Both hold!".to_owned(), vec![1, 2]),
                ("解约费为 20 元。".to_owned(), vec![2]),
                ("Both too.".to_owned(), vec![1, 2]),
            ]
        );
        for text in [
            "The fee is 1.000 euros [1].",
            "解约费一般为二十元[2]。",
            "费用为２０元[2]。",
        ] {
            assert_eq!(kept(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_rests_on_nothing_is_dropped() {
        for text in [
            "Trust me.",
            "There is no such passage [3].",
            "Nor this one [0].",
            "The fee is 30 euros [1].",
            "The fee is 20 euros [1].",
            "The fee is 1 euro [1].",
            "每月三十欧元[2]。",
            "每月３０欧元[2]。",
            "One is there and one is not [1][7].",
            "[1].",
            "[click here](http://x.example) now.",
            "NOTHING",
        ] {
            let written = sifted(&[text]);
            assert_eq!((written.sentences.len(), written.dropped), (0, 1), "{text}");
        }
    }

    #[test]
    fn a_sentence_that_broke_off_goes() {
        let check = |text: &str, expected: usize| {
            let passages = [Passage {
                name: String::new(),
                text: "Any time.".into(),
            }];
            let mut filter = CitationFilter::new(&passages);
            filter.take(text);
            filter.finish(true);
            assert_eq!(filter.written.sentences.len(), expected, "{text}");
            assert_eq!(filter.written.dropped, 0, "{text}");
        };
        check("Leave at any time [1]. You pay nothing [1], but only if", 1);
        check("Leave at any time [1]", 0);
        check("Leave at any time [1].", 1);
        check("Leave at any time. [1]", 1);
        check("随时可以离开[1]。”", 1);
    }

    #[test]
    fn it_does_not_matter_how_the_text_is_cut() {
        let text = "The fee is 1000 euros [1]. Trust me. It runs for 12 months. [1][2] 解约费为 20 元。[2] End [1]";
        let whole = sifted(&[text]);
        assert_eq!((whole.sentences.len(), whole.dropped), (4, 1));
        let chars: Vec<String> = text.chars().map(String::from).collect();
        let pieces: Vec<&str> = chars.iter().map(String::as_str).collect();
        assert_eq!(sifted(&pieces), whole);
    }
}
