//! Redaction: removes personal and payment data from text before it is kept or shown. Pure.
//!
//! Owns what is removed: card numbers, bank accounts (IBAN), security codes, national ids, e-mail addresses, phone
//! numbers, typed in digits of any script, or spoken in English and Chinese; the words that announce a code are those of
//! these two. Leaves amounts, error codes and names of plans alone. In doubt, a long number is removed.

mod iban;
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
    /// A bank account's number.
    Account,
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
            Self::Account => "[iban]",
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
    let Some(mut clean) = changed(text) else {
        return Cow::Borrowed(text);
    };
    // What is left of a run may be a secret of another kind; every turn leaves fewer digits.
    while let Some(after) = changed(&clean) {
        clean = after;
    }
    Cow::Owned(clean)
}

/// What one turn makes of a text; None where there is nothing to take out.
fn changed(text: &str) -> Option<String> {
    let mut spans = mail::addresses(text);
    spans.extend(iban::accounts(text));
    for run in runs(text) {
        let secrets = numbers::secrets(text, &run);
        // An address may hold digits of its own.
        spans.extend(secrets.into_iter().filter(|span| span.start < span.end));
    }
    if spans.is_empty() {
        return None;
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
    Some(out)
}
