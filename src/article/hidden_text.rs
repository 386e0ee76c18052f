//! Text in an article that its readers do not see: invisible characters, hidden text, and instructions aimed at language
//! models. Pure.
//!
//! Owns what is found, as findings for editors and as names for agents' tools, and the text as people see it. Leaves
//! recognising instructions to `prompt_injection`.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::{
    findings::{Findings, Position},
    lines::Lines,
    markdown::dialect,
    prompt_injection,
};
use crate::text::is_han;

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
    for at in prompt_injection::find(source) {
        if at >= next {
            byte = chars.nth(at - next).map_or(byte, |(byte, _)| byte);
            next = at + 1;
        }
        let line = lines.line(byte);
        if line != last_line {
            last_line = line;
            let place = lines.place(byte);
            let help = "take it out, unless a customer is meant; AI agents' tools quote it with a caution, never as an answer, and no text is written from it";
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
    if !prompt_injection::find(text).is_empty() {
        broken.push(ORDERS);
    }
    let is_hidden = || {
        unseen(text, 0).any(|(_, kind)| kind != Kind::Comment)
            || comments(text).iter().any(|comment| comment.outlives)
    };
    if text.contains('<') && is_hidden() {
        broken.push(HIDDEN);
    }
    if !text.is_ascii() && marked(text).next().is_some() {
        broken.push(INVISIBLE);
    }
    broken
}

/// Markdown as people see it: without invisible characters and without comments. Lines stay where they are. It takes
/// the whole body: a part of it may begin within code or a comment.
#[must_use]
pub fn visible(markdown: &str) -> String {
    let mut seen = String::with_capacity(markdown.len());
    let mut done = 0;
    for Comment { range, .. } in comments(markdown) {
        push_seen(&mut seen, &markdown[done..range.start]);
        seen.extend(markdown[range.clone()].matches('\n'));
        done = range.end;
    }
    push_seen(&mut seen, &markdown[done..]);
    seen
}

/// Plain text, such as a passage's, without invisible characters.
#[must_use]
pub fn without_unseen(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    push_seen(&mut seen, text);
    seen
}

/// A comment of Markdown.
struct Comment {
    range: Range<usize>,
    /// Whether it goes on behind the HTML that it begins in: on the page it hides what follows, up to the next end of a
    /// comment in HTML.
    outlives: bool,
}

/// The comments of Markdown, in order: in code and in plain text `<!--` and `-->` are text.
fn comments(markdown: &str) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    if !markdown.contains("<!--") {
        return comments;
    }
    let mut open: Option<Comment> = None;
    for (event, html) in Parser::new_ext(markdown, dialect()).into_offset_iter() {
        if !matches!(event, Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_)) {
            continue;
        }
        let mut at = html.start;
        loop {
            let rest = &markdown[at..html.end];
            match open.take() {
                None => {
                    let Some(start) = rest.find("<!--") else {
                        break;
                    };
                    let range = at + start..markdown.len();
                    // The shortest comment is `<!-->`.
                    at = range.start + 2;
                    let outlives = false;
                    open = Some(Comment { range, outlives });
                }
                Some(mut comment) => {
                    let Some(end) = rest.find("-->") else {
                        comment.outlives = true;
                        open = Some(comment);
                        break;
                    };
                    at += end + 3;
                    comment.range.end = at;
                    comments.push(comment);
                }
            }
        }
    }
    comments.extend(open);
    comments
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
        // A byte order mark is one at the beginning alone.
        let is_hidden = hides_behind(before, c) && (c != '\u{feff}' || at > 0);
        if !is_hidden && !('\u{e0000}'..='\u{e01ef}').contains(&c) {
            before = c;
        }
        is_hidden
    })
}

/// Whether nobody sees a character behind another one, and no script needs it there.
fn hides_behind(before: char, c: char) -> bool {
    match c {
        '\u{200b}'
        | '\u{180e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}' => true,
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
    }
}

/// Whether nobody sees a character among ASCII: so in what is to be compared with keys and marks of the front matter.
pub(super) fn is_invisible(c: char) -> bool {
    let is_control = c.is_control() && !c.is_whitespace();
    let is_ignorable = matches!(c, '\u{ad}' | '\u{34f}' | '\u{fe00}'..='\u{fe0f}');
    is_control || is_ignorable || hides_behind('a', c)
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
        let place = Position {
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
    Template,
}

/// Stretches of HTML in a body that hide something: byte offset and kind.
fn unseen(source: &str, body_at: usize) -> impl Iterator<Item = (usize, Kind)> + '_ {
    let body = source.get(body_at..).unwrap_or_default();
    let events = Parser::new_ext(body, dialect()).into_offset_iter();
    let mut told = 0;
    let html = events.filter(|(event, _)| matches!(event, Event::Html(_) | Event::InlineHtml(_)));
    html.flat_map(move |(_, range)| {
        let mut found = Vec::new();
        let mut at = range.start.max(told);
        while at < range.end {
            let end = at + stretch(&body[at..], range.end - at);
            let html = body[at..end].trim_start();
            found.extend(hides(html).map(|kind| (body_at + end - html.len(), kind)));
            at = end;
        }
        told = at;
        found
    })
}

/// Bytes of a comment, or of what stands before one, at the beginning of a text of which so many bytes are HTML.
/// Blocks come line by line: a comment or a tag may end further down.
fn stretch(rest: &str, length: usize) -> usize {
    let html = &rest[..length];
    let length = match html.find("<!--") {
        Some(gap) if html[..gap].trim().is_empty() => {
            return rest.find("-->").map_or(rest.len(), |end| end + 3);
        }
        Some(gap) => gap,
        None => length,
    };
    let html = &rest[..length];
    if html.rfind('<') <= html.rfind('>') {
        return length;
    }
    let end = rest[length..].find('>');
    end.map_or(rest.len(), |end| length + end)
}

fn unseen_texts(source: &str, body_at: usize, lines: &Lines<'_>, findings: &mut Findings<'_>) {
    if !source.contains('<') {
        return;
    }
    let body = source.get(body_at..).unwrap_or_default();
    for comment in comments(body).iter().filter(|comment| comment.outlives) {
        findings.warning(
            lines.place(body_at + comment.range.start),
            HIDDEN,
            "this comment does not end in the HTML that it begins in: what follows is not shown, and not searched",
            "end it before the next blank line, or begin it on a line of its own behind a blank line",
        );
    }
    let mut last = (0, Position::TOP);
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
            Kind::Template => findings.warning(
                place,
                HIDDEN,
                "what stands in a `template` is shown to nobody",
                "take the tags away or delete it: it is not searched",
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
    if let Some(comment) = lower.strip_prefix("<!--") {
        let said = comment.split("-->").next().unwrap_or_default().trim();
        let letters = said.chars().filter(|c| c.is_alphanumeric()).count();
        let for_tools = TOOLS.iter().any(|tool| said.starts_with(tool));
        let wide = said.chars().any(is_han);
        return (!for_tools && (letters >= MIN_HIDDEN_CHARS || wide)).then_some(Kind::Comment);
    }
    let tags = lower.split(['<', '>']);
    let mut tags = tags.filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    tags.find_map(|tag| match tag {
        tag if is_unseen(tag) => Some(Kind::Style),
        tag if is_template(tag) => Some(Kind::Template),
        _ => None,
    })
}

fn is_template(tag: &str) -> bool {
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next();
    name == Some("template")
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
