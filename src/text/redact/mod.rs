//! Redaction: what names or pays for a person is taken out of speech before it is kept or shown. Pure.
//!
//! Owns what is taken out: card numbers, security codes, national ids, e-mail addresses, phone numbers, typed or spoken,
//! in English and Chinese. Leaves amounts, error codes and names of plans alone. When in doubt a long number goes.

mod mail;
mod numbers;
mod runs;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::runs::runs;

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// A payment card's number.
    Card,
    /// A security code, a PIN or a one-time code.
    Code,
    /// A number by which a state knows a person.
    NationalId,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

impl Secret {
    /// What stands in its place.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Card => "[card]",
            Self::Code => "[code]",
            Self::NationalId => "[id]",
            Self::Email => "[email]",
            Self::Phone => "[phone]",
        }
    }
}

/// A secret and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
    secret: Secret,
}

/// The text with every secret replaced by its mark; the text itself where there is none. Redacting twice changes
/// nothing more.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut clean = once(text);
    // What is left of a run may be a secret of another kind; every turn leaves fewer digits.
    while let Some(after) = changed(&clean) {
        clean = Cow::Owned(after);
    }
    clean
}

/// What another turn makes of a text that was changed by the one before; None where it changes nothing.
fn changed(text: &Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => match once(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(after) => Some(after),
        },
    }
}

fn once(text: &str) -> Cow<'_, str> {
    let mut spans = mail::addresses(text);
    for run in runs(text) {
        let secrets = numbers::secrets(text, &run);
        // An address may hold digits of its own.
        spans.extend(secrets.into_iter().filter(|span| span.start < span.end));
    }
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        if span.start >= at {
            out.push_str(&text[at..span.start]);
            out.push_str(span.secret.mark());
        }
        at = at.max(span.end);
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}
