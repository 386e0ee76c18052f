//! Percent-encoding in addresses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but letters, digits and `-._~`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same, and slashes stay.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// A text as one segment of a path, or one value.
#[must_use]
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A text as a path: its slashes stay.
#[must_use]
pub fn path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// The text behind percent-encoding; None where it is broken or no UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let is_hex = |pair: &[u8]| pair.iter().all(u8::is_ascii_hexdigit);
    let pair = |rest: &str| rest.as_bytes().get(..2).is_some_and(is_hex);
    let is_whole = text.split('%').skip(1).all(pair);
    let decoded = || percent_decode_str(text).decode_utf8().ok();
    is_whole.then(decoded).flatten().map(Into::into)
}

/// The same of what people wrote: a sign that begins nothing stands for itself, and what is no UTF-8 then stays as it was.
#[must_use]
pub fn meant(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_or_else(|_| text.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read_back_and_what_is_broken_is_told() {
        assert_eq!(segment("a/b ~%费"), "a%2Fb%20~%25%E8%B4%B9");
        assert_eq!(path("a/b c"), "a/b%20c");
        for text in ["a/b ~%费", "", "42"] {
            assert_eq!(decoded(&segment(text)).as_deref(), Some(text));
        }
        for broken in ["%", "a%2", "%zz", "%ff", "%+1"] {
            assert_eq!(decoded(broken), None, "{broken}");
            assert_eq!(meant(broken), broken);
        }
        assert_eq!(meant("100%/a%20b"), "100%/a b");
    }
}
