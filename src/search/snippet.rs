//! What of a passage is shown: the sentences around what matched, and where the words stand in them. Pure.

use std::collections::HashSet;

use super::query::QueryTerm;
use crate::{
    article::{BlockKind, Passage},
    text::{WordKind, sentences, words},
};

/// Width of a snippet: a Latin letter counts 1, a Chinese character 2.
const SNIPPET_WIDTH: usize = 280;

/// Width of an answer; steps stay whole beyond it.
const ANSWER_WIDTH: usize = 420;

/// Width at which even whole steps end.
const STEPS_WIDTH: usize = 1_200;

/// A piece of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Plain text.
    pub text: String,
    /// Matched words: Unicode scalar values of `text`, end exclusive.
    pub highlights: Vec<[usize; 2]>,
    /// First and last line in the file.
    pub lines: [u32; 2],
}

/// The query's words that say what is asked.
#[must_use]
pub fn content_terms(terms: &[QueryTerm]) -> HashSet<&str> {
    terms
        .iter()
        .filter(|term| term.content)
        .flat_map(|term| {
            let others = term.others.iter().map(|other| other.term.as_str());
            std::iter::once(term.term.as_str()).chain(others)
        })
        .collect()
}

/// The sentences around the best one, up to the width of a snippet.
#[must_use]
pub fn snippet(passage: &Passage, terms: &HashSet<&str>) -> Excerpt {
    let chars: Vec<char> = passage.text.chars().collect();
    let spans = spans(passage);
    let best = best_span(&chars, &spans, terms);
    let (mut first, mut last) = (best, best);
    let width =
        |first: usize, last: usize| width(&chars[spans[first].range[0]..spans[last].range[1]]);
    while first > 0 || last + 1 < spans.len() {
        if last + 1 < spans.len() && width(first, last + 1) <= SNIPPET_WIDTH {
            last += 1;
        } else if first > 0 && width(first - 1, last) <= SNIPPET_WIDTH {
            first -= 1;
        } else {
            break;
        }
    }
    cut(&chars, &spans, first, last, SNIPPET_WIDTH, terms)
}

/// The sentence, list item, row or whole run of steps that answers.
#[must_use]
pub fn answer(passage: &Passage, terms: &HashSet<&str>) -> Excerpt {
    let chars: Vec<char> = passage.text.chars().collect();
    let spans = spans(passage);
    let best = best_span(&chars, &spans, terms);
    let (mut first, mut last) = (best, best);
    let is_step = |at: usize| spans[at].kind == BlockKind::Step;
    if is_step(best) {
        while first > 0 && is_step(first - 1) {
            first -= 1;
        }
        while last + 1 < spans.len() && is_step(last + 1) {
            last += 1;
        }
        return cut(&chars, &spans, first, last, STEPS_WIDTH, terms);
    }
    // The next sentence of the same block often holds the condition.
    while last + 1 < spans.len()
        && spans[last + 1].block == spans[best].block
        && width(&chars[spans[first].range[0]..spans[last + 1].range[1]]) <= ANSWER_WIDTH
    {
        last += 1;
    }
    cut(&chars, &spans, first, last, ANSWER_WIDTH, terms)
}

/// A sentence with the block it stands in.
#[derive(Debug, Clone, Copy)]
struct Span {
    range: [usize; 2],
    lines: [u32; 2],
    kind: BlockKind,
    block: usize,
}

fn spans(passage: &Passage) -> Vec<Span> {
    let chars: Vec<char> = passage.text.chars().collect();
    let mut spans = Vec::new();
    for (at, block) in passage.blocks.iter().enumerate() {
        let text: String = chars[block.range[0]..block.range[1]].iter().collect();
        for [start, end] in sentences(&text) {
            let range = [block.range[0] + start, block.range[0] + end];
            spans.push(Span {
                range,
                lines: block.lines,
                kind: block.kind,
                block: at,
            });
        }
    }
    if spans.is_empty() {
        spans.push(Span {
            range: [0, chars.len()],
            lines: passage.lines,
            kind: BlockKind::Paragraph,
            block: 0,
        });
    }
    spans
}

/// The sentence with the most of the query's words; the first among equals.
fn best_span(chars: &[char], spans: &[Span], terms: &HashSet<&str>) -> usize {
    let score = |span: &Span| {
        let text: String = chars[span.range[0]..span.range[1]].iter().collect();
        let found = words(&text);
        let mut seen: HashSet<&str> = HashSet::new();
        let hits: f64 = found
            .iter()
            .filter(|word| terms.contains(word.term.as_str()) && seen.insert(&word.term))
            .map(|word| {
                if word.kind == WordKind::Bigram {
                    0.4
                } else {
                    1.0
                }
            })
            .sum();
        // Long sentences have more words by chance.
        hits / (8.0 + found.len() as f64).sqrt()
    };
    let mut best = (0, f64::MIN);
    for (at, span) in spans.iter().enumerate() {
        let score = score(span);
        if score > best.1 + 1e-12 {
            best = (at, score);
        }
    }
    best.0
}

fn cut(
    chars: &[char],
    spans: &[Span],
    first: usize,
    last: usize,
    most: usize,
    terms: &HashSet<&str>,
) -> Excerpt {
    let [start, end] = [spans[first].range[0], spans[last].range[1]];
    let whole = &chars[start..end];
    let text: String = if width(whole) <= most {
        whole.iter().collect()
    } else {
        shorten(whole, most)
    };
    Excerpt {
        highlights: highlights(&text, terms),
        text,
        lines: [spans[first].lines[0], spans[last].lines[1]],
    }
}

/// Cut at a word's end, with an ellipsis.
fn shorten(chars: &[char], most: usize) -> String {
    let mut used = 0;
    let fits = chars.iter().take_while(|c| {
        used += char_width(**c);
        used < most
    });
    let mut end = fits.count();
    let is_inside = |end: usize| {
        end < chars.len()
            && chars[end].is_alphanumeric()
            && chars[end - 1].is_alphanumeric()
            && char_width(chars[end]) == 1
    };
    while end > 1 && is_inside(end) {
        end -= 1;
    }
    chars[..end]
        .iter()
        .collect::<String>()
        .trim_end()
        .to_owned()
        + "…"
}

fn width(chars: &[char]) -> usize {
    chars.iter().map(|c| char_width(*c)).sum()
}

fn char_width(c: char) -> usize {
    if c >= '\u{2E80}' { 2 } else { 1 }
}

/// Where the terms stand in a text: sorted, apart from each other.
#[must_use]
pub fn highlights(text: &str, terms: &HashSet<&str>) -> Vec<[usize; 2]> {
    let mut ranges: Vec<[usize; 2]> = words(text)
        .into_iter()
        .filter(|word| terms.contains(word.term.as_str()))
        .map(|word| [word.start, word.end])
        .collect();
    ranges.sort_unstable();
    let mut merged: Vec<[usize; 2]> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range[0] <= last[1] => last[1] = last[1].max(range[1]),
            _ => merged.push(range),
        }
    }
    merged
}
