//! The view of a conversation: what the customer wants now, as turns with weights for search.
//!
//! Owns which turns count and how much. Leaves searching to `Retriever`; the weights are in `policy`.

use super::{
    View,
    policy::ViewPolicy,
    question::leans_back,
    turns::{Spoken, Turns},
};
use crate::{article::Role, search::WeightedTurn, text::tail};

/// The view from a customer's turn: it and the turns before it that said something, each counting less than the one
/// after. Of turns too old to count, and of small talk, only names are heard. Where it asks about what the agent has just said
/// ("how do I check that?"), that is heard within it.
pub(super) fn view(turns: &Turns, utterance_id: &str, policy: &ViewPolicy) -> View {
    let is_now = |spoken: &Spoken| spoken.turn.utterance_id == utterance_id;
    let is_heard = |spoken: &&Spoken| {
        is_now(spoken) || (spoken.turn.is_final && spoken.turn.role != Role::System)
    };
    let mut heard: Vec<WeightedTurn> = Vec::new();
    let (mut counted, mut weight, mut freshness) = (0, 1.0, 1.0);
    // A transcriber may settle an earlier utterance late: what came after it is no part of its view.
    let mut leans = false;
    for spoken in turns
        .iter()
        .rev()
        .skip_while(|spoken| !is_now(spoken))
        .filter(is_heard)
        .take(policy.memory)
    {
        let says = is_now(spoken) || !spoken.is_small_talk;
        let part = match spoken.turn.role {
            Role::Agent => policy.agent,
            _ => 1.0,
        };
        let counts = says && counted < policy.turns;
        heard.push(WeightedTurn {
            text: tail(spoken.said().trim(), policy.text_chars).to_owned(),
            weight: if counts { weight * part } else { 0.0 },
            freshness,
            echo: match spoken.turn.role {
                _ if is_now(spoken) => 1.0,
                Role::Agent if leans => policy.echo,
                _ => 0.0,
            },
        });
        leans = is_now(spoken) && leans_back(&spoken.said());
        if says {
            counted += 1;
            weight *= policy.decay;
            freshness *= policy.fade;
        }
    }
    View {
        turns: heard,
        ..View::default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::live::{Turn, policy::MemoryLimits};

    fn said(turns: &mut Turns, id: &str, role: Role, is_small_talk: bool) {
        let turn = Turn {
            utterance_id: id.to_owned(),
            role,
            text: id.to_owned(),
            is_final: true,
            begin_ms: None,
            end_ms: None,
            lang: None,
            at: DateTime::UNIX_EPOCH,
        };
        let place = turns.known(id);
        turns.put(turn, is_small_talk, &place, &MemoryLimits::default());
    }

    #[test]
    fn what_is_older_counts_less_and_small_talk_nothing_but_names_stay() {
        let mut turns = Turns::default();
        said(&mut turns, "first", Role::Customer, false);
        said(&mut turns, "agent", Role::Agent, false);
        said(&mut turns, "thanks", Role::Customer, true);
        said(&mut turns, "now", Role::Customer, false);
        said(&mut turns, "later", Role::Customer, false);
        let policy = ViewPolicy {
            turns: 2,
            decay: 0.5,
            agent: 0.6,
            fade: 0.9,
            ..ViewPolicy::default()
        };
        let view: Vec<_> = view(&turns, "now", &policy)
            .turns
            .into_iter()
            .map(|said| (said.text, said.weight, said.freshness))
            .collect();
        let expected = [
            ("now", 1.0, 1.0),
            ("thanks", 0.0, 0.9),
            ("agent", 0.3, 0.9),
            ("first", 0.0, 0.9 * 0.9),
        ];
        assert_eq!(
            view,
            expected.map(|(text, weight, fresh)| (text.to_owned(), weight, fresh))
        );
    }

    #[test]
    fn who_asks_about_what_the_agent_said_is_heard_with_it() {
        let echoes = |asked: &str| {
            let mut turns = Turns::default();
            said(&mut turns, "Is the adapter's LED lit?", Role::Agent, false);
            said(&mut turns, asked, Role::Customer, false);
            let view = view(&turns, asked, &ViewPolicy::default());
            let echoes = view.turns.iter().map(|said| said.echo);
            echoes.collect::<Vec<_>>()
        };
        let echo = ViewPolicy::default().echo;
        assert_eq!(echoes("How do I check that?"), [1.0, echo]);
        assert_eq!(echoes("这个怎么看？"), [1.0, echo]);
        assert_eq!(echoes("How do I reset the router?"), [1.0, 0.0]);
        assert_eq!(echoes("That is lit."), [1.0, 0.0]);
    }
}
