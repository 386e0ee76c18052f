//! Statements: sentences, list items and table rows that contain an amount, as words and amounts.

use super::{
    super::{Article, BlockKind},
    amounts::{Amount, read},
};
use crate::text::{WordKind, is_function_word, primary, sentences, words};

/// Content words from which a statement says by itself what it is about; below, title and heading are added.
const ENOUGH_WORDS: usize = 4;

/// Longest statement, in content words: longer ones are lists in disguise.
const MOST_WORDS: usize = 40;

/// Something that is said with an amount.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// As it was written.
    pub(super) text: String,
    /// The text with a gap for each amount: what a judge of meaning compares.
    pub(super) gapped: String,
    /// Language, without region and script.
    pub(super) lang: String,
    /// Content words, sorted, each once.
    pub(super) words: Vec<String>,
    /// Numbers and codes that are names: `e204`, `zone 2`; sorted.
    pub(super) codes: Vec<String>,
    pub(super) amounts: Vec<Amount>,
    /// Index into the article's sections.
    pub(super) section: usize,
    /// Lines of the block it stands in.
    pub(super) lines: [u32; 2],
    /// Whether it is a row of a table.
    pub(super) row: bool,
}

/// The statements of an article.
pub(super) fn of(article: &Article) -> Vec<Statement> {
    let lang = primary(&article.lang);
    let mut found = Vec::new();
    for passage in &article.passages {
        let chars: Vec<char> = passage.text.chars().collect();
        for block in &passage.blocks {
            let text: String = chars[block.range[0]..block.range[1]].iter().collect();
            let row = block.kind == BlockKind::Row;
            let parts = match block.kind {
                BlockKind::Code => continue,
                BlockKind::Row => vec![text],
                _ => split(&text),
            };
            for part in parts {
                let context = || {
                    let headings = article.heading(passage).join(" ");
                    format!("{} {headings}", article.title)
                };
                let at = (passage.section, block.lines, row);
                found.extend(statement(part, &lang, at, context));
            }
        }
    }
    found
}

fn split(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    sentences(text)
        .into_iter()
        .map(|[from, to]| chars[from..to].iter().collect())
        .collect()
}

fn statement(
    text: String,
    lang: &str,
    (section, lines, row): (usize, [u32; 2], bool),
    context: impl Fn() -> String,
) -> Option<Statement> {
    // What stands first in a row is its name, numbers and all.
    let cut = text.find("; ").filter(|_| row).unwrap_or(0);
    let (amounts, gapped) = read(&text[cut..], lang);
    let gapped = format!("{}{gapped}", &text[..cut]);
    if amounts.is_empty() {
        return None;
    }
    let (mut terms, mut codes) = terms(&gapped);
    if terms.len() < ENOUGH_WORDS {
        let (more, named) = self::terms(&context());
        terms.extend(more);
        codes.extend(named);
    }
    for list in [&mut terms, &mut codes] {
        list.sort_unstable();
        list.dedup();
    }
    (terms.len() >= 2 && terms.len() <= MOST_WORDS).then(|| Statement {
        text,
        gapped,
        lang: lang.to_owned(),
        words: terms,
        codes,
        amounts,
        section,
        lines,
        row,
    })
}

/// Content words of a text, and the codes in it.
fn terms(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut plain, mut codes) = (Vec::new(), Vec::new());
    for word in words(text) {
        match word.kind {
            WordKind::Bigram => {}
            WordKind::Code => codes.push(word.term),
            _ if is_function_word(&word.term) => {}
            _ => plain.push(word.term),
        }
    }
    (plain, codes)
}
