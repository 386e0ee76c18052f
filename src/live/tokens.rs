//! Normalisation of phrases and utterances for comparison: one spelling for everything that sounds the same.
//!
//! Owns the splitting into spoken tokens, inflection and the transcriber's fillers. Leaves finding to `phrases`. Scripts
//! without spaces are split by character, others by word: a word boundary is part of the spelling.

use std::{collections::HashSet, sync::LazyLock};

use crate::text::{Class, fold, stem};

/// Stands before and behind every word of a script with spaces, so that parts of words never match.
const EDGE: char = '\u{1}';

/// What people utter while they think, and transcribers write down.
const FILLERS: &[&str] = &[
    "um", "umm", "uh", "uhh", "uhm", "er", "err", "erm", "hm", "hmm", "mm", "mmm", "mhm", "ah",
    "oh", "eh", "嗯", "呃", "额", "啊", "哦", "噢", "唉", "诶",
];

/// The same in several tokens.
const FILLER_RUNS: &[&[&str]] = &[
    &["you", "know"],
    &["i", "mean"],
    &["那", "个"],
    &["这", "个"],
    &["就", "是", "说"],
    &["就", "是"],
    &["然", "后"],
    &["怎", "么", "说", "呢"],
];

static FILLER_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| FILLERS.iter().copied().collect());

/// One spoken token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Folded; not yet stemmed.
    pub(super) text: String,
    /// Whether it is a word between boundaries, not a character among others.
    pub(super) is_word: bool,
    /// Whether a hyphen alone stands between it and the token before.
    hyphened: bool,
    /// Offset of its first character in the original.
    pub(super) start: usize,
    /// Offset behind its last character.
    pub(super) end: usize,
}

/// A text spelled out to be compared, with the way back to the original.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spelling {
    /// Tokens one after the other; words stemmed and between edges.
    pub(super) text: String,
    /// For each token: the byte in `text` where it begins, and its place in the original.
    places: Vec<(usize, [usize; 2])>,
}

impl Spelling {
    fn of(tokens: &[Token]) -> Self {
        let mut spelling = Self::default();
        for token in tokens {
            spelling
                .places
                .push((spelling.text.len(), [token.start, token.end]));
            if token.is_word {
                spelling.text.push(EDGE);
                spelling.text.push_str(&stem(&token.text, None));
                spelling.text.push(EDGE);
            } else {
                spelling.text.push_str(&token.text);
            }
        }
        spelling
    }

    /// Place in the original of a range of bytes of the spelling.
    pub(super) fn original(&self, bytes: std::ops::Range<usize>) -> [usize; 2] {
        let first = self
            .places
            .partition_point(|(byte, _)| *byte <= bytes.start)
            .saturating_sub(1);
        let last = self
            .places
            .partition_point(|(byte, _)| *byte < bytes.end)
            .saturating_sub(1);
        match (self.places.get(first), self.places.get(last)) {
            (Some((_, [start, _])), Some((_, [_, end]))) => [*start, *end],
            _ => [0, 0],
        }
    }
}

/// The ways an utterance may be meant: as it stands, hyphens closed, and without fillers and stutter.
pub(super) fn heard(text: &str) -> Vec<Spelling> {
    let tokens = tokens(text);
    let closed = close_hyphens(&tokens);
    let mut all = vec![Spelling::of(&tokens)];
    for other in [
        Spelling::of(&closed),
        Spelling::of(&fluent(&tokens)),
        Spelling::of(&fluent(&closed)),
    ] {
        if !all.iter().any(|spelling| spelling.text == other.text) {
            all.push(other);
        }
    }
    all
}

/// The ways a phrase may be spelled: with hyphens open or closed. Empty where nothing can be said.
pub(super) fn written(phrase: &str) -> Vec<String> {
    let tokens = tokens(phrase);
    let mut all = vec![
        Spelling::of(&tokens).text,
        Spelling::of(&close_hyphens(&tokens)).text,
    ];
    all.dedup();
    all.retain(|text| !text.is_empty());
    all
}

/// Splits a text into what is spoken: words, and characters of scripts that write no spaces.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let folded = fold(text);
    let mut tokens: Vec<Token> = Vec::new();
    let mut previous = None;
    let mut between = String::new();
    for (c, &at) in folded.text.chars().zip(&folded.at) {
        let class = Sound::of(c);
        match (class, tokens.last_mut()) {
            (Sound::Silent, _) => between.push(c),
            (Sound::Inner, Some(token)) if previous == Some(Sound::Letter) => {
                token.end = at + 1;
                continue;
            }
            (Sound::Inner, _) => continue,
            (Sound::Letter, Some(token)) if previous == Some(Sound::Letter) => {
                token.text.push(c);
                token.end = at + 1;
            }
            _ => {
                let is_word = class == Sound::Letter;
                let hyphened =
                    is_word && between == "-" && tokens.last().is_some_and(|token| token.is_word);
                tokens.push(Token {
                    text: c.to_string(),
                    is_word,
                    hyphened,
                    start: at,
                    end: at + 1,
                });
            }
        }
        if class != Sound::Silent {
            between.clear();
        }
        previous = Some(class);
    }
    tokens
}

/// How a folded character takes part in speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// Part of a word between spaces.
    Letter,
    /// A token of its own: letters and marks of scripts without spaces, and Korean with its glued endings.
    Single,
    /// An apostrophe: part of its word, not spelled.
    Inner,
    /// Space, punctuation.
    Silent,
}

impl Sound {
    fn of(c: char) -> Self {
        match Class::of(c) {
            Class::Letter => Self::Letter,
            Class::Other if c == '\'' => Self::Inner,
            Class::Other => Self::Silent,
            Class::Han | Class::Kana | Class::Hangul | Class::Unspaced => Self::Single,
        }
    }
}

/// Joins words that only a hyphen parts: `wi-fi` is `wifi`.
fn close_hyphens(tokens: &[Token]) -> Vec<Token> {
    let mut closed: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match closed.last_mut() {
            Some(last) if token.hyphened => {
                last.text.push_str(&token.text);
                last.end = token.end;
            }
            _ => closed.push(token.clone()),
        }
    }
    closed
}

/// Without fillers, and with words said twice in a row said once.
fn fluent(tokens: &[Token]) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        let run = FILLER_RUNS
            .iter()
            .find(|run| run.len() <= rest.len() && run.iter().zip(rest).all(|(f, t)| t.text == *f));
        if let Some(run) = run {
            at += run.len();
            continue;
        }
        let token = &tokens[at];
        let stutter = token.is_word && kept.last().is_some_and(|last| last.text == token.text);
        if !stutter && !FILLER_SET.contains(token.text.as_str()) {
            kept.push(token.clone());
        }
        at += 1;
    }
    kept
}
