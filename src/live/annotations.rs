//! Transcriber annotations that nobody said: `[silence]`, `<unk>`, `（音乐）`.
//!
//! Owns telling annotations from words. The transcript keeps them; all code that judges what was said skips them.

use std::borrow::Cow;

/// What opens an annotation, and what closes it.
const OPENING: &[char] = &['[', '(', '<', '{', '【', '（', '［'];
const CLOSING: &[char] = &[']', ')', '>', '}', '】', '）', '］'];

/// Characters of an annotation at most: a longer aside is somebody's words.
const ANNOTATION_CHARS: usize = 28;

/// A text without the transcriber's annotations.
pub(super) fn said(text: &str) -> Cow<'_, str> {
    let pieces = text.split_inclusive(CLOSING);
    let without = |piece: &str| {
        let open = piece.rfind(OPENING).filter(|_| piece.ends_with(CLOSING))?;
        is_annotation(&piece[open..]).then(|| piece[..open].to_owned() + " ")
    };
    if !pieces.clone().any(|piece| without(piece).is_some()) {
        return Cow::Borrowed(text);
    }
    pieces
        .map(|piece| without(piece).unwrap_or_else(|| piece.to_owned()))
        .collect()
}

/// Whether a text in brackets is an annotation. Figures may be an error code.
fn is_annotation(bracketed: &str) -> bool {
    let chars = bracketed.chars().count() - 2;
    (1..=ANNOTATION_CHARS).contains(&chars) && !bracketed.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_passed_over_and_words_stay() {
        for annotation in [
            "[silence]",
            "<unk>",
            "{noise}",
            "(speaking foreign language)",
            "（音乐）",
            "【杂音】",
            "[电话铃声]",
        ] {
            assert_eq!(said(annotation), " ", "{annotation}");
        }
        assert_eq!(
            said("(laughs) my router is [inaudible]"),
            "  my router is  "
        );
        for words in [
            "my router (it shows E204)",
            "speed < 5",
            "the box (the one that stands in the living room)",
        ] {
            assert_eq!(said(words), words);
        }
    }
}
