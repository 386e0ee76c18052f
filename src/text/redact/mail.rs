//! E-mail addresses, typed (`a.b@c.com`) or spoken (`a dot b at c dot com`).

use super::{Secret, Span};
use crate::text::fold::vanishes;

/// Ends of spoken addresses; typed ones may end in anything.
const SPOKEN_ENDS: &[&str] = &[
    "com", "net", "org", "de", "cn", "uk", "edu", "io", "eu", "fr", "info", "gov", "me", "co",
];

/// Words of a spoken address between the names.
const JOINTS: &[&str] = &["dot", "point", "underscore", "dash", "hyphen", "minus"];

/// Every address in a text.
pub(super) fn addresses(text: &str) -> Vec<Span> {
    let mut found = typed(text);
    if text.contains(" at ") || text.contains(" At ") || text.contains(" AT ") {
        found.extend(spoken(text));
    }
    found
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start,
        end,
        secret: Secret::Email,
    }
}

fn typed(text: &str) -> Vec<Span> {
    let is_letter = |c: char| c.is_alphanumeric() || vanishes(c);
    let is_local = |c: char| is_letter(c) || "._%+-'!#$&*/=?^`{|}~".contains(c);
    let is_domain = |c: char| is_letter(c) || ".-".contains(c);
    let mut found: Vec<Span> = Vec::new();
    for (at, sign) in text.match_indices(['@', '＠']) {
        let start = at
            - text[..at]
                .chars()
                .rev()
                .take_while(|c| is_local(*c))
                .map(char::len_utf8)
                .sum::<usize>();
        let rest = &text[at + sign.len()..];
        let domain: String = rest.chars().take_while(|c| is_domain(*c)).collect();
        let domain = domain.trim_end_matches(|c| ".-".contains(c) || vanishes(c));
        if start < at && domain.contains('.') && found.last().is_none_or(|last| last.end <= start) {
            found.push(span(start, at + sign.len() + domain.len()));
        }
    }
    found
}

/// Words with their bytes.
fn tokens(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_ascii_alphanumeric() || c == '_' || c == '-', start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, at, text[from..at].to_ascii_lowercase()));
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn spoken(text: &str) -> Vec<Span> {
    let tokens = tokens(text);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.2.as_str());
    let is_joint = |at: usize| JOINTS.contains(&word(at));
    let mut found = Vec::new();
    for at in (1..tokens.len()).filter(|at| word(*at) == "at") {
        // The domain: names with dots between, the last of them an end.
        let mut end = at + 1;
        while word(end + 1) == "dot" && !word(end + 2).is_empty() {
            end += 2;
        }
        if end == at + 1 || !SPOKEN_ENDS.contains(&word(end)) {
            continue;
        }
        let mut start = at - 1;
        while start >= 2 && is_joint(start - 1) {
            start -= 2;
        }
        // Names are spelled too: j o h n.
        while start >= 1 && word(start).len() == 1 && word(start - 1).len() == 1 {
            start -= 1;
        }
        found.push(span(tokens[start].0, tokens[end].1));
    }
    found
}
