//! Validation of requests: ids, lengths and times that are refused before anything is done.

use super::{
    Engagement, EngagementKind, LiveError, OpenCall, Utterance, account::check_size,
    policy::MemoryLimits,
};
use crate::text::is_tag;

/// Longest id, in characters.
pub const MAX_ID_CHARS: usize = 200;

/// Longest utterance, in characters; what counts of a longer one is its end.
pub const MAX_UTTERANCE_CHARS: usize = 20_000;

/// Latest time of an utterance, in milliseconds: what JSON holds exactly. Times in smaller units lie beyond.
pub const LATEST_MS: u64 = (1 << 53) - 1;

/// Longest reason or comment, in characters.
pub const MAX_COMMENT_CHARS: usize = 4_000;

/// Checks what opens a call.
pub(super) fn check_open(request: &OpenCall, bounds: &MemoryLimits) -> Result<(), LiveError> {
    check_id("/call_id", request.call_id.as_deref())?;
    check_id("/agent_id", request.agent_id.as_deref())?;
    check_id("/customer_id", request.customer_id.as_deref())?;
    check_lang(request.lang.as_deref())?;
    check_size(&request.account, "/account", bounds)
}

/// Checks what was said.
pub(super) fn check_utterance(utterance: &Utterance) -> Result<(), LiveError> {
    check_id("/utterance_id", utterance.utterance_id.as_deref())?;
    check_lang(utterance.lang.as_deref())?;
    if !utterance.is_final && utterance.utterance_id.is_none() {
        return bad(
            "/utterance_id",
            "a partial transcript needs the id that its final will have",
        );
    }
    for (pointer, ms) in [
        ("/begin_ms", utterance.begin_ms),
        ("/end_ms", utterance.end_ms),
    ] {
        if ms.is_some_and(|ms| ms > LATEST_MS) {
            return bad(
                pointer,
                format!("milliseconds, best since the call began, at most {LATEST_MS}"),
            );
        }
    }
    let chars = utterance.text.chars().count();
    if chars > MAX_UTTERANCE_CHARS {
        return bad(
            "/text",
            format!(
                "an utterance has at most {MAX_UTTERANCE_CHARS} characters, this one has {chars}"
            ),
        );
    }
    // Transcribers take partials back by an empty final; an empty utterance from nowhere is a mistake.
    if utterance.utterance_id.is_none() && utterance.text.trim().is_empty() {
        return bad("/text", "an utterance needs words");
    }
    Ok(())
}

/// Checks what an agent did.
pub(super) fn check_engagement(engagement: &Engagement) -> Result<(), LiveError> {
    if engagement.kind == EngagementKind::Rated && engagement.rating.is_none() {
        return bad("/rating", "say helpful or not_helpful");
    }
    for (pointer, text) in [
        ("/reason", &engagement.reason),
        ("/comment", &engagement.comment),
    ] {
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > MAX_COMMENT_CHARS)
        {
            return bad(pointer, format!("at most {MAX_COMMENT_CHARS} characters"));
        }
    }
    Ok(())
}

/// Whether a text can name something: 1 to [`MAX_ID_CHARS`] characters, not only spaces, none of them a control character.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= MAX_ID_CHARS
        && !text.chars().any(char::is_control)
}

fn check_id(pointer: &'static str, id: Option<&str>) -> Result<(), LiveError> {
    match id {
        Some(id) if !is_id(id) => bad(
            pointer,
            format!("an id has 1 to {MAX_ID_CHARS} characters and no control characters"),
        ),
        _ => Ok(()),
    }
}

fn check_lang(lang: Option<&str>) -> Result<(), LiveError> {
    if lang.is_none_or(is_tag) {
        Ok(())
    } else {
        bad("/lang", "a language is a bcp 47 tag, such as en or zh-Hans")
    }
}

fn bad(pointer: &'static str, detail: impl Into<String>) -> Result<(), LiveError> {
    Err(LiveError::BadInput {
        pointer,
        detail: detail.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Role;

    fn refused(change: impl FnOnce(&mut Utterance)) -> Option<&'static str> {
        let mut utterance = Utterance::new(Role::Customer, "hello");
        change(&mut utterance);
        match check_utterance(&utterance) {
            Err(LiveError::BadInput { pointer, .. }) => Some(pointer),
            _ => None,
        }
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|u| u.is_final = false), Some("/utterance_id"));
        assert_eq!(refused(|u| u.text = "x".repeat(20_000)), None);
        assert_eq!(refused(|u| u.text = "套".repeat(20_001)), Some("/text"));
        assert_eq!(refused(|u| u.text = " ".to_owned()), Some("/text"));
        assert_eq!(
            refused(|u| u.utterance_id = Some(String::new())),
            Some("/utterance_id")
        );
        assert_eq!(refused(|u| u.lang = Some("zh-Hans".to_owned())), None);
        assert_eq!(
            refused(|u| u.lang = Some("in english".to_owned())),
            Some("/lang")
        );
        assert_eq!(refused(|u| u.end_ms = Some(9_007_199_254_740_991)), None);
        assert_eq!(
            refused(|u| u.end_ms = Some(1_790_000_000_000_000_000)),
            Some("/end_ms"),
            "nanoseconds since 1970"
        );
        assert_eq!(refused(|u| u.begin_ms = Some(u64::MAX)), Some("/begin_ms"));
        let rated = Engagement {
            kind: EngagementKind::Rated,
            rating: None,
            reason: None,
            comment: None,
        };
        assert!(check_engagement(&rated).is_err());
    }
}
