//! The rolling view: what the caller wants now, as texts with weights for search.
//!
//! Owns which turns count and how much. Leaves searching to `Knowledge`; the weights are in `policy`.

use super::{View, policy::ViewPolicy, turns::{Spoken, Turns, tail}};
use crate::article::Role;

/// The view from a customer's turn: its own words, the last turns of both sides, and the customer's words so far.
pub(super) fn view(turns: &Turns, utterance_id: &str, policy: &ViewPolicy) -> View {
    // Turns after it count too: a transcriber may settle an earlier utterance late.
    let telling: Vec<&Spoken> = turns
        .iter()
        .filter(|spoken| spoken.turn.utterance_id == utterance_id || (spoken.turn.is_final && !spoken.is_small_talk))
        .filter(|spoken| spoken.turn.role != Role::System)
        .collect();
    let Some(now) = telling.iter().find(|spoken| spoken.turn.utterance_id == utterance_id) else {
        return View::default();
    };
    let customer: Vec<&Spoken> = telling.iter().copied().filter(|spoken| spoken.turn.role == Role::Customer).collect();
    let mut texts: Vec<(String, f64)> = Vec::new();
    let mut add = |text: String, weight: f64| {
        if weight > 0.0 && !text.is_empty() && !texts.iter().any(|(other, _)| *other == text) {
            texts.push((text, weight));
        }
    };
    add(tail(now.turn.text.trim(), policy.text_chars).to_owned(), policy.last_turn);
    add(joined(&telling, policy.recent_turns, policy.text_chars), policy.recent);
    add(joined(&customer, policy.customer_turns, policy.text_chars), policy.customer);
    View { texts }
}

/// The last turns as one text, oldest first, cut to its end.
fn joined(spoken: &[&Spoken], turns: usize, chars: usize) -> String {
    let recent = &spoken[spoken.len().saturating_sub(turns)..];
    let text = recent.iter().map(|spoken| spoken.turn.text.trim()).collect::<Vec<_>>().join("\n");
    tail(&text, chars).to_owned()
}
