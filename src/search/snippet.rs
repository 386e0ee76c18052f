//! Snippets: the sentences of a passage around the match, and the positions of the words in them. Pure.

use super::query::QueryTerm;
use crate::{
    article::{Article, Block, BlockKind, Passage},
    index::vocabulary::{Sentence, Spot, Vocabulary, term_hash},
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

/// The query's words that say what is asked, as far as they are shown, by their hashes.
#[must_use]
pub fn wanted_terms(terms: &[QueryTerm]) -> Vec<u32> {
    let wanted = terms.iter().filter(|term| term.content && term.is_shown);
    let names = wanted.flat_map(|term| {
        let others = term.others.iter().map(|other| &other.term);
        std::iter::once(&term.term).chain(others)
    });
    names.map(|name| term_hash(name)).collect()
}

/// The sentences around the best one, up to the width of a snippet.
#[must_use]
pub fn snippet(passage: &Passage, words: &Vocabulary, terms: &[u32]) -> Excerpt {
    let reading = Reading::of(passage, words, terms);
    let last_span = reading.spans.len() - 1;
    let best = reading.best_span();
    let (mut first, mut last) = (best, best);
    loop {
        if last < last_span && reading.width(first, last + 1) <= SNIPPET_WIDTH {
            last += 1;
        } else if first > 0 && reading.width(first - 1, last) <= SNIPPET_WIDTH {
            first -= 1;
        } else {
            return reading.cut(first, last, SNIPPET_WIDTH);
        }
    }
}

/// The sentences, list item or row that answers, or the whole procedure where a step does; with its first and last line.
#[must_use]
pub fn answer(
    article: &Article,
    passage: usize,
    words: &Vocabulary,
    terms: &[u32],
) -> (String, [u32; 2]) {
    let passage = &article.passages[passage];
    let reading = Reading::of(passage, words, terms);
    let spans = &reading.spans;
    let best = reading.best_span();
    let block = passage.blocks.get(spans[best].block);
    if let Some(steps) = block.and_then(|block| procedure(article, passage, block.group)) {
        return steps;
    }
    let (mut first, mut last) = (best, best);
    // An item or a row is read from its beginning; the next sentence of the same block often holds the condition.
    let is_whole = matches!(spans[best].kind, BlockKind::Item | BlockKind::Row);
    while is_whole
        && first > 0
        && spans[first - 1].block == spans[best].block
        && reading.width(first - 1, best) <= ANSWER_WIDTH
    {
        first -= 1;
    }
    while last + 1 < spans.len()
        && spans[last + 1].block == spans[best].block
        && reading.width(first, last + 1) <= ANSWER_WIDTH
    {
        last += 1;
    }
    let excerpt = reading.cut(first, last, ANSWER_WIDTH);
    (excerpt.text, excerpt.lines)
}

/// All of a list that has steps, with what stands within them; of one that is too long what this passage has of it.
fn procedure(article: &Article, here: &Passage, group: u32) -> Option<(String, [u32; 2])> {
    let mut blocks = article.passages.iter().flat_map(|one| &one.blocks);
    if group == 0 || !blocks.any(|one| one.group == group && one.kind == BlockKind::Step) {
        return None;
    }
    let of = |passage: &Passage| {
        let blocks = passage.blocks.iter().filter(|block| block.group == group);
        let text = |block: &Block| -> Vec<char> {
            let [start, end] = block.range;
            passage.text.chars().skip(start).take(end - start).collect()
        };
        blocks
            .map(|block| (text(block), block.lines))
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = article.passages.iter().flat_map(of).collect();
    let joined = |blocks: &[(Vec<char>, [u32; 2])]| {
        let texts: Vec<&[char]> = blocks.iter().map(|(text, _)| text.as_slice()).collect();
        let lines = [blocks.first()?.1[0], blocks.last()?.1[1]];
        Some((texts.join(&'\n'), lines))
    };
    let (text, lines) = joined(&all)
        .filter(|(text, _)| width(text) <= STEPS_WIDTH)
        .or_else(|| joined(&of(here)))?;
    if width(&text) <= STEPS_WIDTH {
        return Some((text.into_iter().collect(), lines));
    }
    let kept: String = shortened(&text, STEPS_WIDTH).iter().collect();
    Some((format!("{kept}…"), lines))
}

/// A sentence with the block it stands in.
#[derive(Debug, Clone, Copy)]
struct Span {
    range: [usize; 2],
    lines: [u32; 2],
    kind: BlockKind,
    block: usize,
    /// Number of its words.
    words: usize,
}

/// A passage, read once for what is asked: offsets count characters.
struct Reading {
    chars: Vec<char>,
    /// At least one; in order, apart from each other.
    spans: Vec<Span>,
    /// Words that are asked for, in order.
    asked: Vec<Spot>,
}

impl Reading {
    fn of(passage: &Passage, words: &Vocabulary, terms: &[u32]) -> Self {
        let chars: Vec<char> = passage.text.chars().collect();
        let span = |sentence: &Sentence| {
            let block = &passage.blocks[sentence.block as usize];
            Span {
                range: [sentence.start as usize, sentence.end as usize],
                lines: block.lines,
                kind: block.kind,
                block: sentence.block as usize,
                words: 0,
            }
        };
        let mut spans: Vec<Span> = words.sentences(passage).iter().map(span).collect();
        if spans.is_empty() {
            spans.push(Span {
                range: [0, chars.len()],
                lines: passage.lines,
                kind: BlockKind::Paragraph,
                block: 0,
                words: 0,
            });
        }
        let wanted = words.places(terms);
        let (mut asked, mut at) = (Vec::new(), 0);
        for word in words.spots() {
            while spans.get(at).is_some_and(|it| it.range[1] <= word.start) {
                at += 1;
            }
            if let Some(span) = spans.get_mut(at)
                && span.range[0] <= word.start
                && word.end <= span.range[1]
            {
                span.words += 1;
            }
            if wanted.contains(word.term as usize) {
                asked.push(word);
            }
        }
        Self {
            chars,
            spans,
            asked,
        }
    }

    /// Words between two offsets that are asked for.
    fn asked(&self, [start, end]: [usize; 2]) -> impl Iterator<Item = &Spot> {
        let first = self.asked.partition_point(|word| word.start < start);
        self.asked[first..]
            .iter()
            .take_while(move |word| word.start < end)
            .filter(move |word| word.end <= end)
    }

    /// The sentence with the most of the query's words; the first among equals.
    fn best_span(&self) -> usize {
        // Long sentences have more words by chance.
        let score = |span: &Span| self.shown(span.range).0 / (8.0 + span.words as f64).sqrt();
        let mut best = (0, f64::MIN);
        for (at, span) in self.spans.iter().enumerate() {
            let score = score(span);
            if score > best.1 + 1e-12 {
                best = (at, score);
            }
        }
        best.0
    }

    fn width(&self, first: usize, last: usize) -> usize {
        width(&self.chars[self.spans[first].range[0]..self.spans[last].range[1]])
    }

    fn cut(&self, first: usize, last: usize, most: usize) -> Excerpt {
        let [start, end] = [self.spans[first].range[0], self.spans[last].range[1]];
        let lines = [self.spans[first].lines[0], self.spans[last].lines[1]];
        let whole = &self.chars[start..end];
        if width(whole) <= most {
            return Excerpt {
                text: whole.iter().collect(),
                highlights: self.highlights([start, end]),
                lines,
            };
        }
        let from = self.begin([start, end], most);
        let before = if from > start { "…" } else { "" };
        let moved = before.chars().count();
        let kept = shortened(&self.chars[from..end], most - moved);
        let behind = if from + kept.len() < end { "…" } else { "" };
        let mut highlights = self.highlights([from, from + kept.len()]);
        highlights.iter_mut().flatten().for_each(|at| *at += moved);
        let kept: String = kept.iter().collect();
        Excerpt {
            text: format!("{before}{kept}{behind}"),
            highlights,
            lines,
        }
    }

    /// Where to begin in what is too wide, so that the most of what is asked for is shown: at its beginning where nothing is
    /// better, else with a third of the room left before it.
    fn begin(&self, [start, end]: [usize; 2], most: usize) -> usize {
        let shown = |from: usize| {
            let behind = from + shortened(&self.chars[from..end], most).len();
            self.shown([from, behind])
        };
        let (mut best, _) = shown(start);
        let mut place = None;
        for word in self.asked([start, end]) {
            let (worth, last) = shown(word.start);
            if worth > best + 1e-9 {
                (best, place) = (worth, Some((word.start, last)));
            }
        }
        let Some((first, last)) = place else {
            return start;
        };
        // Two for what stands for the rest on both sides.
        let room = most.saturating_sub(width(&self.chars[first..last]) + 2);
        let unused = room.saturating_sub(width(&self.chars[last..end]));
        let mut lead = unused.max(room / 3);
        let mut from = first;
        while from > start && char_width(self.chars[from - 1]) <= lead {
            from -= 1;
            lead -= char_width(self.chars[from]);
        }
        let begins = |at: &usize| !is_inside(&self.chars, *at) && !self.chars[*at].is_whitespace();
        (from..first).find(begins).unwrap_or(first)
    }

    /// What counts of what is asked for between two offsets, and where the last of it ends.
    fn shown(&self, range: [usize; 2]) -> (f64, usize) {
        let (mut seen, mut worth, mut last) = (Vec::new(), 0.0, range[0]);
        for word in self.asked(range) {
            if !seen.contains(&word.term) {
                seen.push(word.term);
                worth += share(word);
                last = last.max(word.end);
            }
        }
        (worth, last)
    }

    /// Where what is asked for stands between two offsets, counted from the first: sorted, apart from each other.
    fn highlights(&self, range: [usize; 2]) -> Vec<[usize; 2]> {
        let mut merged: Vec<[usize; 2]> = Vec::new();
        for word in self.asked(range) {
            let [start, end] = [word.start - range[0], word.end - range[0]];
            match merged.last_mut() {
                Some(last) if start <= last[1] => last[1] = last[1].max(end),
                _ => merged.push([start, end]),
            }
        }
        merged
    }
}

/// The part that fits before an ellipsis, up to a word's end.
fn shortened(chars: &[char], most: usize) -> &[char] {
    let mut used = 0;
    let fits = chars.iter().take_while(|c| {
        used += char_width(**c);
        used < most
    });
    let mut end = fits.count();
    while end > 1 && is_inside(chars, end) {
        end -= 1;
    }
    while end > 0 && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    &chars[..end]
}

/// Whether a place is within a word.
fn is_inside(chars: &[char], at: usize) -> bool {
    at > 0
        && at < chars.len()
        && chars[at].is_alphanumeric()
        && chars[at - 1].is_alphanumeric()
        && char_width(chars[at]) == 1
}

/// What a word counts where it is asked for.
fn share(word: &Spot) -> f64 {
    if word.is_bigram { 0.4 } else { 1.0 }
}

fn width(chars: &[char]) -> usize {
    chars.iter().map(|c| char_width(*c)).sum()
}

fn char_width(c: char) -> usize {
    if c >= '\u{2E80}' { 2 } else { 1 }
}

#[cfg(test)]
mod tests;
