//! Passages: blocks combined to the size that is searched, embedded and shown.
//!
//! A passage stays within its section. A block is split only if it alone is too long. A list or table, and the line that
//! introduces it, stay together if they fit.

use super::{Block, BlockKind, Passage, blocks::Draft, lines::Lines};
use crate::text::{is_cjk, letters, sentences};

/// Most letters in a passage; a Chinese character counts as two. About 200–300 tokens of the embedding model.
const MAX_LETTERS: usize = 900;

/// Puts blocks, in document order, into passages.
pub(super) fn pack(drafts: Vec<Draft>, lines: &Lines<'_>) -> Vec<Passage> {
    let pieces: Vec<Draft> = drafts.into_iter().flat_map(split).collect();
    let mut packing = Packing {
        lines,
        letters: 0,
        open: Vec::new(),
        passages: Vec::new(),
    };
    let mut rest = pieces.as_slice();
    while !rest.is_empty() {
        let (cluster, behind) = rest.split_at(cluster(rest));
        packing.add(cluster);
        rest = behind;
    }
    packing.close();
    packing.passages
}

/// How many of the first pieces belong together.
fn cluster(pieces: &[Draft]) -> usize {
    let leads = |at: usize| {
        pieces[at].kind == BlockKind::Paragraph
            && pieces[at].text.ends_with([':', '：'])
            && pieces.get(at + 1).is_some_and(|next| {
                next.section == pieces[at].section && next.kind != BlockKind::Paragraph
            })
    };
    let first = usize::from(leads(0));
    let group = pieces[first].group;
    let same = |piece: &&Draft| {
        group != 0 && piece.group == group && piece.section == pieces[first].section
    };
    first + pieces[first..].iter().take_while(same).count().max(1)
}

/// Passages, and the one that is being filled.
struct Packing<'a> {
    lines: &'a Lines<'a>,
    letters: usize,
    open: Vec<&'a Draft>,
    passages: Vec<Passage>,
}

impl<'a> Packing<'a> {
    fn add(&mut self, cluster: &'a [Draft]) {
        let letters: usize = cluster.iter().map(|piece| letters(&piece.text) + 1).sum();
        if self
            .open
            .last()
            .is_some_and(|last| last.section != cluster[0].section)
            || (letters <= MAX_LETTERS && self.letters + letters > MAX_LETTERS)
        {
            self.close();
        }
        for piece in cluster {
            let letters = letters_of(piece);
            if self.letters + letters > MAX_LETTERS {
                self.close();
            }
            self.letters += letters;
            self.open.push(piece);
        }
    }

    fn close(&mut self) {
        self.letters = 0;
        let pieces = std::mem::take(&mut self.open);
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let (mut text, mut blocks, mut at) = (String::new(), Vec::with_capacity(pieces.len()), 0);
        for piece in &pieces {
            if !blocks.is_empty() {
                text.push('\n');
                at += 1;
            }
            let end = at + piece.text.chars().count();
            blocks.push(Block {
                kind: piece.kind,
                range: [at, end],
                lines: piece.lines(self.lines),
                group: piece.group,
            });
            text.push_str(&piece.text);
            at = end;
        }
        let lines = [first.lines(self.lines)[0], last.lines(self.lines)[1]];
        self.passages.push(Passage {
            section: first.section,
            lines,
            text,
            blocks,
        });
    }
}

/// Letters of a piece and of the line feed behind it.
fn letters_of(piece: &Draft) -> usize {
    letters(&piece.text) + 1
}

/// A block, or its parts where it is too long for one passage.
fn split(draft: Draft) -> Vec<Draft> {
    if letters_of(&draft) <= MAX_LETTERS {
        return vec![draft];
    }
    let ends = if draft.kind == BlockKind::Code {
        line_ends(&draft.text)
    } else {
        sentence_ends(&draft.text)
    };
    let (mut parts, mut start, mut end) = (Vec::new(), 0, 0);
    for next in ends
        .into_iter()
        .flat_map(|[from, to]| cuts(&draft.text, from, to))
    {
        if end > start && letters(&draft.text[start..next]) >= MAX_LETTERS {
            parts.push(draft.part(start, end));
            start = end;
        }
        end = next;
    }
    parts.push(draft.part(start, draft.text.len()));
    parts
        .into_iter()
        .map(Draft::trimmed)
        .filter(|part| !part.text.is_empty())
        .collect()
}

/// Bytes where the sentences of a text begin and end; nothing lies between them.
fn sentence_ends(text: &str) -> Vec<[usize; 2]> {
    let mut bytes = text
        .char_indices()
        .map(|(byte, _)| byte)
        .chain([text.len()])
        .enumerate();
    let mut byte = |wanted: usize| {
        bytes
            .find(|(at, _)| *at == wanted)
            .map_or(text.len(), |(_, byte)| byte)
    };
    let mut ends: Vec<usize> = sentences(text)
        .into_iter()
        .map(|[_, end]| byte(end))
        .collect();
    if let Some(last) = ends.last_mut() {
        *last = text.len();
    }
    between(ends)
}

fn line_ends(text: &str) -> Vec<[usize; 2]> {
    between(
        text.match_indices('\n')
            .map(|(at, _)| at + 1)
            .chain([text.len()])
            .collect(),
    )
}

fn between(ends: Vec<usize>) -> Vec<[usize; 2]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts
        .zip(ends.iter().copied())
        .map(|(start, end)| [start, end])
        .collect()
}

/// Where a stretch may end: at its end, and within it where it is too long: behind white space or a comma, else anywhere.
fn cuts(text: &str, start: usize, end: usize) -> Vec<usize> {
    let (mut cuts, mut from, mut soft, mut count) = (Vec::new(), start, start, 0);
    for (at, c) in text[start..end]
        .char_indices()
        .map(|(at, c)| (start + at, c))
    {
        let width = 1 + usize::from(is_cjk(c));
        if count + width >= MAX_LETTERS {
            let cut = if soft > from { soft } else { at };
            cuts.push(cut);
            count = letters(&text[cut..at]);
            from = cut;
        }
        count += width;
        if c.is_whitespace() || matches!(c, ',' | '，' | '、' | '：' | ';') {
            soft = at + c.len_utf8();
        }
    }
    cuts.push(end);
    cuts
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// Texts of the passages of a body, with their lines.
    fn passages(body: &str) -> Vec<(String, [u32; 2])> {
        let article = parse("a.md", body.as_bytes()).article.expect(body);
        article
            .passages
            .into_iter()
            .map(|passage| (passage.text, passage.lines))
            .collect()
    }

    #[test]
    fn short_blocks_share_a_passage_within_their_section() {
        let found = passages("# T\n\nOne.\n\nTwo.\n\n- three\n- four\n\n## U\n\nFive.\n");
        let expected = [("One.\nTwo.\nthree\nfour", [3, 8]), ("Five.", [12, 12])];
        assert_eq!(
            found,
            expected.map(|(text, lines)| (text.to_owned(), lines))
        );
    }

    #[test]
    fn a_list_stays_with_the_line_that_leads_to_it() {
        let before = "word ".repeat(120);
        let steps: String = (1..=6)
            .map(|n| format!("{n}. {}\n", "step ".repeat(12)))
            .collect();
        let found = passages(&format!("{before}\n\nDo this:\n\n{steps}\nAfter.\n"));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].1, [1, 1]);
        assert!(found[1].0.starts_with("Do this:\nstep") && found[1].0.ends_with("After."));
    }

    #[test]
    fn long_lists_are_cut_between_items() {
        let items: Vec<String> = (0..40)
            .map(|n| format!("item {n} {}", "x".repeat(60)))
            .collect();
        let found = passages(&format!("- {}\n", items.join("\n- ")));
        assert!(found.len() > 2);
        let lines: Vec<String> = found
            .iter()
            .flat_map(|(text, _)| text.lines().map(str::to_owned))
            .collect();
        assert_eq!(lines, items);
    }

    #[test]
    fn long_paragraphs_are_cut_between_sentences() {
        let english: Vec<String> = (0..40)
            .map(|n| format!("Sentence number {n} costs 1.5 euro."))
            .collect();
        let found = passages(&english.join("\n"));
        assert!(
            found.len() == 2 && found.iter().all(|(text, _)| text.ends_with("euro.")),
            "{found:?}"
        );
        assert_eq!(found[1].1[0], found[0].1[1] + 1);
        let chinese = "客户在最低合约期结束前解约，需要支付违约金。".repeat(30);
        let found = passages(&chinese);
        assert_eq!(
            found
                .iter()
                .map(|(text, _)| text.chars().count())
                .collect::<Vec<_>>(),
            [462, 198]
        );
    }

    #[test]
    fn endless_words_are_cut_anywhere() {
        let found = passages(&"x".repeat(2_000));
        assert_eq!(
            found.iter().map(|(text, _)| text.len()).sum::<usize>(),
            2_000
        );
        assert!(found.iter().all(|(text, _)| text.len() <= MAX_LETTERS));
    }
}
