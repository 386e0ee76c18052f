//! Yes and no at the start of an answer, in English and Chinese.
//!
//! Owns the words, and finding phrases in an answer. Leaves what is agreed to, to `follow_ups` and `coverage`.

use crate::text::fold;

/// Words that an answer begins with which takes an offer.
const ASSENTS: &str = "yes|yeah|yep|please|sure|ok|okay|great|good|perfect|fine|absolutely|definitely|certainly|of course|\
    that would|that works|mm-hmm|lovely|go ahead";

/// The same in Chinese: whole words, and single characters that only a particle or another assent may follow.
const ASSENTS_HAN: &str = "可以|麻烦|那就|没问题|当然|需要";
const NODS: &str = "好行要嗯对是成";
const AFTER_NODS: &str = "的吧啊呀嘞哦嗯好行可谢麻那就没";

/// What takes an assent back wherever it stands, and what no begins with.
const REFUSALS: &str =
    "don't|do not|but no|not yet|not now|rather not|wait|不要|不用|不想|不需要|先不|算了|但是";
const NOES: &str = "no|nope|nah|not|never";
const NOES_HAN: &str = "不|没|还没|别";

/// What is uttered before an answer.
const FILLERS: &str = "uh|um|well|oh|ah|er";

/// Whether an answer says yes: it takes an offer.
pub(super) fn assents(answer: &str) -> bool {
    let folded = begun(answer);
    let text = folded.as_str();
    let mut chars = text.chars();
    let nods = chars.next().is_some_and(|c| NODS.contains(c))
        && chars
            .next()
            .is_none_or(|next| !next.is_alphanumeric() || AFTER_NODS.contains(next));
    let takes = nods
        || is_begun_by(text, ASSENTS)
        || text.contains("works for me")
        || ASSENTS_HAN
            .split('|')
            .any(|assent| text.starts_with(assent));
    takes && !has(text, REFUSALS)
}

/// Whether an answer says no.
pub(super) fn refuses(answer: &str) -> bool {
    let text = begun(answer);
    is_begun_by(&text, NOES)
        || has(&text, REFUSALS)
        || !text.starts_with("没问题") && NOES_HAN.split('|').any(|no| text.starts_with(no))
}

/// An answer folded, from the first word that is not uttered while thinking.
fn begun(answer: &str) -> String {
    let folded = fold(answer).text;
    let mut text = folded.as_str();
    loop {
        text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        match FILLERS.split('|').find(|filler| is_begun_by(text, filler)) {
            Some(filler) => text = &text[filler.len()..],
            None => return text.to_owned(),
        }
    }
}

/// Whether a folded text begins with one of these, as words.
fn is_begun_by(text: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| {
        text.strip_prefix(phrase)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// Whether a folded text has one of these phrases, with bars between them; one that begins with a letter begins a word.
pub(super) fn has(folded: &str, phrases: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    phrases.split('|').any(|phrase| {
        folded
            .match_indices(phrase)
            .any(|(at, _)| !(phrase.starts_with(is_letter) && folded[..at].ends_with(is_letter)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_is_said_in_many_ways_and_taken_back_too() {
        for (answer, expected) in [
            ("Absolutely.", true),
            ("Uh, yes, please.", true),
            ("Thursday works for me.", true),
            ("OK but no, wait, don't.", false),
            ("Not yet, please.", false),
            ("当然可以。", true),
            ("需要。", true),
            ("可以是可以，但是我不想要。", false),
            ("好是好，不过先不用。", false),
        ] {
            assert_eq!(assents(answer), expected, "{answer:?}");
        }
        assert!(refuses("No.") && refuses("还没有") && !refuses("没问题") && !assents("Um."));
    }
}
