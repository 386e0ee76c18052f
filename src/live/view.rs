//! The rolling view: what the caller wants now, as turns with weights for search.
//!
//! Owns which turns count and how much. Leaves searching to `Knowledge`; the weights are in `policy`.

use super::{
    View,
    policy::ViewPolicy,
    turns::{Spoken, Turns, tail},
};
use crate::article::Role;

/// The view from a customer's turn: it and the turns before it that said something, each counting less than the one after.
pub(super) fn view(turns: &Turns, utterance_id: &str, policy: &ViewPolicy) -> View {
    let is_now = |spoken: &Spoken| spoken.turn.utterance_id == utterance_id;
    let says = |spoken: &&Spoken| {
        let counts =
            spoken.turn.is_final && !spoken.is_small_talk && spoken.turn.role != Role::System;
        is_now(spoken) || counts
    };
    let mut texts: Vec<(String, f64)> = Vec::new();
    let mut weight = 1.0;
    // A transcriber may settle an earlier utterance late: what came after it is no part of its view.
    for spoken in turns
        .iter()
        .rev()
        .skip_while(|spoken| !is_now(spoken))
        .filter(says)
        .take(policy.turns)
    {
        let text = tail(spoken.turn.text.trim(), policy.text_chars);
        let part = if spoken.turn.role == Role::Agent {
            policy.agent
        } else {
            1.0
        };
        match texts.iter_mut().find(|(other, _)| other == text) {
            Some((_, known)) => *known = f64::max(*known, weight * part),
            None => texts.push((text.to_owned(), weight * part)),
        }
        weight *= policy.decay;
    }
    View { texts }
}
