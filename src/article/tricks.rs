//! What an article says behind its readers' backs: characters and texts that nobody sees, and words that are meant for
//! the machines that read it. Pure.
//!
//! Owns what is found, for editors as findings and for agents' tools as names, and the text as people see it. Leaves
//! what the words are to `orders`.

use pulldown_cmark::{Event, Parser};

use super::{
    findings::{Findings, Place},
    lines::Lines,
    markdown::dialect,
    orders,
};

/// Rules by name.
const INVISIBLE: &str = "invisible-characters";
const HIDDEN: &str = "hidden-text";
const ORDERS: &str = "agent-instructions";

/// Letters in a comment below which it hides nothing.
const MIN_HIDDEN_CHARS: usize = 12;

/// Beginnings of comments that speak to tools of editors.
const TOOLS: &[&str] = &[
    "markdownlint",
    "prettier",
    "vale",
    "cspell",
    "spell-checker",
    "toc",
    "textlint",
    "remark",
];

/// Tells an editor what is hidden in a file.
pub(super) fn report(source: &str, body_at: usize, findings: &mut Findings<'_>) {
    let lines = Lines::of(source);
    unseen_characters(source, findings);
    unseen_texts(source, body_at, &lines, findings);
    let (mut last_line, mut next, mut byte) = (0, 0, 0);
    let mut chars = source.char_indices();
    for at in orders::find(source) {
        if at >= next {
            byte = chars.nth(at - next).map_or(byte, |(byte, _)| byte);
            next = at + 1;
        }
        let line = lines.line(byte);
        if line != last_line {
            last_line = line;
            let place = lines.place(byte);
            let help = "take it out, unless a customer is meant; agents' tools quote it with a caution, and never give it as an answer";
            findings.warning(
                place,
                ORDERS,
                "these words give orders to the machines that read them",
                help,
            );
        }
    }
}

/// Rules that a text breaks.
#[must_use]
pub fn cautions(text: &str) -> Vec<&'static str> {
    let mut broken = Vec::new();
    if !orders::find(text).is_empty() {
        broken.push(ORDERS);
    }
    if text.contains('<') && unseen(text, 0).any(|(_, kind)| kind == Kind::Style) {
        broken.push(HIDDEN);
    }
    if !text.is_ascii() && marked(text).next().is_some() {
        broken.push(INVISIBLE);
    }
    broken
}

/// The text as people see it: without invisible characters and without comments. Lines stay where they are.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<!--") {
        push_seen(&mut seen, &rest[..at]);
        let end = rest[at..]
            .find("-->")
            .map_or(rest.len(), |end| at + end + 3);
        seen.extend(rest[at..end].matches('\n'));
        rest = &rest[end..];
    }
    push_seen(&mut seen, rest);
    seen
}

fn push_seen(seen: &mut String, text: &str) {
    if text.is_ascii() {
        seen.push_str(text);
        return;
    }
    let mut hidden = marked(text).map(|(at, _)| at).peekable();
    for (at, c) in text.char_indices() {
        if hidden.next_if_eq(&at).is_none() {
            seen.push(c);
        }
    }
}

/// Characters of a text that nobody sees and that no script needs where they stand, with their byte offsets.
fn marked(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut before = ' ';
    text.char_indices().filter(move |&(at, c)| {
        let is_hidden = match c {
            '\u{200b}' | '\u{180e}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' => true,
            // A byte order mark is one at the beginning alone.
            '\u{feff}' => at > 0,
            // Overrides and isolates of direction, and marks of it between letters that have none to turn.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            '\u{200e}' | '\u{200f}' | '\u{061c}' => before.is_ascii() || is_han(before),
            // Joiners shape Arabic, Indic and emoji; between Latin and Han they hide.
            '\u{200c}' | '\u{200d}' => before.is_ascii_alphanumeric() || is_han(before),
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
            // Tags and the higher selectors spell whole texts that no screen shows; behind a black flag they name its country.
            '\u{e0020}'..='\u{e007f}' => before != '\u{1f3f4}',
            '\u{e0000}'..='\u{e01ef}' => true,
            _ => false,
        };
        if !is_hidden && !('\u{e0000}'..='\u{e01ef}').contains(&c) {
            before = c;
        }
        is_hidden
    })
}

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// One finding a line, with what the characters are.
fn unseen_characters(source: &str, findings: &mut Findings<'_>) {
    if source.is_ascii() {
        return;
    }
    for (line, text) in (1_u32..).zip(source.split('\n')) {
        let found: Vec<(usize, char)> = marked(text).collect();
        let Some(&(byte, first)) = found.first() else {
            continue;
        };
        let column = text[..byte].chars().count() + 1;
        let place = Place {
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        };
        let count = found.len();
        let message = format!(
            "{count} character{} that nobody sees, the first U+{:04X}",
            if count == 1 { "" } else { "s" },
            u32::from(first)
        );
        let help = "delete the line's text there and type it anew; pasting from chats and documents brings them";
        findings.warning(place, INVISIBLE, message, help);
    }
}

/// What a stretch of HTML hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    Style,
}

/// Stretches of HTML in a body that hide something: byte offset and kind.
fn unseen(source: &str, body_at: usize) -> impl Iterator<Item = (usize, Kind)> + '_ {
    let body = source.get(body_at..).unwrap_or_default();
    let events = Parser::new_ext(body, dialect()).into_offset_iter();
    let mut told = 0;
    events.filter_map(move |(event, range)| {
        let (Event::Html(_) | Event::InlineHtml(_)) = event else {
            return None;
        };
        if range.start < told {
            return None;
        }
        // Blocks come line by line: a comment or a tag may end further down.
        let rest = &body[range.start..];
        let html = &rest[..range.len()];
        let comment = html.trim_start().starts_with("<!--");
        let open = html.rfind('<') > html.rfind('>');
        let end = match (comment, open) {
            (true, _) => rest.find("-->"),
            (false, true) => rest[range.len()..].find('>').map(|at| range.len() + at),
            (false, false) => Some(range.len()),
        };
        let end = end.unwrap_or(rest.len());
        told = range.start + end;
        Some((range.start + body_at, hides(&rest[..end])?))
    })
}

fn unseen_texts(source: &str, body_at: usize, lines: &Lines<'_>, findings: &mut Findings<'_>) {
    if !source.contains('<') {
        return;
    }
    let mut last = (0, Place::TOP);
    for (at, kind) in unseen(source, body_at) {
        let place = lines.place_behind(last, at);
        last = (at, place);
        match kind {
            Kind::Comment => findings.info(
                place,
                HIDDEN,
                "a comment holds text that readers do not see",
                "say it in the article, or keep it in the commit's message; comments are neither searched nor quoted",
            ),
            Kind::Style => findings.warning(
                place,
                HIDDEN,
                "this text is styled so that readers do not see it",
                "show it or delete it: it is searched and quoted like any other",
            ),
        }
    }
}

/// Whether a piece of HTML begins a comment with a text in it, or an element that is not shown.
fn hides(html: &str) -> Option<Kind> {
    let lower = html.to_ascii_lowercase();
    if let Some(comment) = lower.trim_start().strip_prefix("<!--") {
        let said = comment.split("-->").next().unwrap_or_default().trim();
        let letters = said.chars().filter(|c| c.is_alphanumeric()).count();
        let for_tools = TOOLS.iter().any(|tool| said.starts_with(tool));
        let wide = said.chars().any(is_han);
        return (!for_tools && (letters >= MIN_HIDDEN_CHARS || wide)).then_some(Kind::Comment);
    }
    let tags = lower.split(['<', '>']);
    let mut tags = tags.filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    tags.any(is_unseen).then_some(Kind::Style)
}

/// Whether a tag's attributes keep its text from readers.
fn is_unseen(tag: &str) -> bool {
    let mut words = tag.split_whitespace().skip(1);
    let hidden =
        words.any(|word| matches!(word, "hidden" | "hidden/") || word.starts_with("hidden="));
    let dense: String = tag.chars().filter(|c| !c.is_whitespace()).collect();
    let style = dense.split_once("style=").map_or("", |(_, style)| style);
    let quoted = style.trim_start_matches(['"', '\'']);
    let mut declared = quoted
        .split(['"', '\''])
        .next()
        .unwrap_or_default()
        .split(';');
    hidden
        || declared.any(|one| {
            one.split_once(':')
                .is_some_and(|(name, value)| vanishes(name, value))
        })
}

/// Whether a declaration of a style makes text vanish.
fn vanishes(name: &str, value: &str) -> bool {
    let value = value.trim_end_matches("!important");
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let number: Option<f64> = digits.parse().ok();
    match name {
        "display" => value == "none",
        "visibility" => value == "hidden",
        "opacity" => number.is_some_and(|number| number < 0.1),
        "font-size" => {
            number.is_some_and(|number| number == 0.0 || value.ends_with("px") && number <= 2.0)
        }
        "width" | "height" | "max-height" | "max-width" => number == Some(0.0),
        "color" => matches!(value, "transparent" | "white" | "#fff" | "#ffffff"),
        "text-indent" | "left" | "top" | "margin-left" => {
            number.is_some_and(|number| number < -100.0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
