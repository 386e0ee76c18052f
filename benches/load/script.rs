//! Who says what: recorded calls, begun at different turns, each text with a number of its own.

use std::path::Path;

use cuecard::eval::{dataset::Call, timeline};
use serde_json::Value;

/// Recorded calls as a script.
pub struct Script {
    calls: Vec<Call>,
    is_repeated: bool,
}

impl Script {
    pub fn read(file: &Path, is_repeated: bool) -> Self {
        let calls = timeline::read(file).unwrap();
        assert!(!calls.is_empty(), "{} has no calls", file.display());
        Self { calls, is_repeated }
    }

    /// What is known of a call's customer.
    pub fn account(&self, call: usize) -> Value {
        Value::Object(self.recorded(call).account.clone())
    }

    /// Role and text of a call's next turn; `n` counts all utterances.
    pub fn turn(&self, call: usize, round: usize, n: usize) -> (Value, String) {
        let turns = &self.recorded(call).turns;
        let begins = call / self.calls.len();
        let turn = &turns[(begins + round) % turns.len()];
        let role = serde_json::to_value(turn.speaker).unwrap();
        (role, self.own(&turn.text, n))
    }

    /// A question for search.
    pub fn question(&self, n: usize) -> String {
        let customer = |turn: &&cuecard::eval::dataset::Turn| {
            turn.speaker == cuecard::article::Role::Customer && turn.text.len() > 30
        };
        let turns: Vec<_> = self.recorded(n).turns.iter().filter(customer).collect();
        let text = turns.get(n / self.calls.len() % turns.len().max(1));
        self.own(text.map_or("how do I cancel", |turn| turn.text.as_str()), n)
    }

    fn recorded(&self, call: usize) -> &Call {
        &self.calls[call % self.calls.len()]
    }

    /// A text that nobody has embedded before.
    fn own(&self, text: &str, n: usize) -> String {
        if self.is_repeated {
            text.to_owned()
        } else {
            format!("{text} {}", 10_000 + n)
        }
    }
}
