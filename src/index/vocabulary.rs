//! The words of a passage: which it contains, and where they and its sentences are in its text. Pure.

use std::{hash::BuildHasher, sync::OnceLock};

use fixedbitset::FixedBitSet;
use rustc_hash::FxBuildHasher;

use crate::{
    article::{Block, Passage},
    text::{Word, WordKind, sentences},
};

/// Words of a passage with those of its title, headings and questions, and where those of its own text stand: about 4 bytes
/// for each distinct word, 3 for each time it stands in the text, and 12 for each sentence once it was shown.
#[derive(Debug)]
pub struct Vocabulary {
    /// Sorted hashes.
    terms: Box<[u32]>,
    /// For each word of the text, as variable-length integers: characters from the last one's start to its own, its length
    /// doubled, plus one for a bigram, and its index in `terms`.
    spots: Box<[u8]>,
    sentences: OnceLock<Box<[Sentence]>>,
}

/// A sentence of a passage's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// Index of the block that it stands in.
    pub block: u32,
    /// Offset of its first character.
    pub start: u32,
    /// Offset behind its last character.
    pub end: u32,
}

/// A word of a passage's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Offset of its first character.
    pub start: usize,
    /// Offset behind its last character.
    pub end: usize,
    /// The same for the same word of this passage.
    pub term: u32,
    /// See [`WordKind::Bigram`].
    pub is_bigram: bool,
}

impl Vocabulary {
    /// Of the words of a passage's text, and of the hashes of what stands around it.
    #[must_use]
    pub fn of(words: &[Word], around: impl IntoIterator<Item = u32>) -> Self {
        let hash = |word: &Word| term_hash(&word.term);
        let mut terms: Vec<u32> = around.into_iter().chain(words.iter().map(hash)).collect();
        terms.sort_unstable();
        terms.dedup();
        let mut spots = Vec::with_capacity(3 * words.len());
        let mut last = 0;
        for word in words {
            let at = terms.partition_point(|term| *term < hash(word));
            let is_bigram = usize::from(word.kind == WordKind::Bigram);
            put(&mut spots, word.start - last);
            put(&mut spots, 2 * (word.end - word.start) + is_bigram);
            put(&mut spots, at);
            last = word.start;
        }
        Self {
            terms: terms.into_boxed_slice(),
            spots: spots.into_boxed_slice(),
            sentences: OnceLock::new(),
        }
    }

    /// Whether a word is there or around.
    #[must_use]
    pub fn has(&self, term: &str) -> bool {
        self.terms.binary_search(&term_hash(term)).is_ok()
    }

    /// Those of some words, by their hashes, that are there or around: a bit for each that [`Spot::term`] names.
    #[must_use]
    pub fn places(&self, hashes: &[u32]) -> FixedBitSet {
        let mut places = FixedBitSet::with_capacity(self.terms.len());
        let found = hashes
            .iter()
            .filter_map(|hash| self.terms.binary_search(hash).ok());
        places.extend(found);
        places
    }

    /// Sentences of the passage that this is the vocabulary of, block by block; split when they are first asked for.
    pub fn sentences(&self, passage: &Passage) -> &[Sentence] {
        self.sentences.get_or_init(|| {
            let chars: Vec<char> = passage.text.chars().collect();
            let of = |(at, block): (u32, &Block)| {
                let [first, behind] = block.range;
                let text: String = chars[first..behind].iter().collect();
                let sentences = sentences(&text).into_iter();
                sentences.map(move |[start, end]| Sentence {
                    block: at,
                    start: (first + start) as u32,
                    end: (first + end) as u32,
                })
            };
            (0..).zip(&passage.blocks).flat_map(of).collect()
        })
    }

    /// Words of the text, in the order of [`words`](crate::text::words).
    pub fn spots(&self) -> impl Iterator<Item = Spot> + '_ {
        let (mut rest, mut start) = (&*self.spots, 0);
        std::iter::from_fn(move || {
            start += take(&mut rest)?;
            let length = take(&mut rest)?;
            Some(Spot {
                start,
                end: start + length / 2,
                term: take(&mut rest)? as u32,
                is_bigram: length % 2 == 1,
            })
        })
    }
}

/// Name of a term in a vocabulary: 32 bits, so that it stays small; a rare collision moves a confidence a little.
#[must_use]
pub fn term_hash(term: &str) -> u32 {
    FxBuildHasher.hash_one(term) as u32
}

/// Appends a number as LEB128: seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes the next number; None at the end.
fn take(bytes: &mut &[u8]) -> Option<usize> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words;

    #[test]
    fn words_stand_where_the_text_has_them() {
        let text = format!(
            "Reset 路由器 (TV-12) 👍 resets it. {} Reset!",
            "x".repeat(300)
        );
        let vocabulary = Vocabulary::of(&words(&text), [term_hash("router")]);
        let spots: Vec<Spot> = vocabulary.spots().collect();
        let expected = words(&text);
        assert_eq!(spots.len(), expected.len());
        for (spot, word) in spots.iter().zip(&expected) {
            let places = vocabulary.places(&[term_hash(&word.term)]);
            let places: Vec<usize> = places.ones().collect();
            assert_eq!(places, [spot.term as usize], "{word:?}");
            assert_eq!(
                (spot.start, spot.end, spot.is_bigram),
                (word.start, word.end, word.kind == WordKind::Bigram)
            );
        }
        assert!(vocabulary.has("router") && !vocabulary.has("modem"));
    }
}
