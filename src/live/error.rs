//! Errors of calls, by what the caller can do about them.

/// Why a request about a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// No such call, or not the caller's. 404.
    #[error(
        "no call {call_id:?} is known here; open it with POST /v1/calls, calls do not outlive a restart"
    )]
    UnknownCall {
        /// As asked for.
        call_id: String,
    },
    /// No such card in that call. 404.
    #[error("call {call_id:?} has no card {card_id:?}; GET /v1/calls/{{id}}/cards lists them")]
    UnknownCard {
        /// Its call.
        call_id: String,
        /// As asked for.
        card_id: String,
    },
    /// The call has ended. 409.
    #[error("call {call_id:?} has ended; open one under another call_id")]
    CallEnded {
        /// The call.
        call_id: String,
    },
    /// As many calls are open as this replica takes. 503.
    #[error(
        "{limit} calls are open, as many as this server takes; end some, or raise calls.bounds.calls"
    )]
    TooManyCalls {
        /// How many.
        limit: usize,
    },
    /// Something in the request is out of its range. 400.
    #[error("{detail}")]
    BadInput {
        /// JSON pointer to it.
        pointer: &'static str,
        /// What it must be.
        detail: String,
    },
}

impl LiveError {
    /// Stable name for the contract's `code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCall { .. } => "unknown_call",
            Self::UnknownCard { .. } => "unknown_card",
            Self::CallEnded { .. } => "call_ended",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::BadInput { .. } => "bad_request",
        }
    }
}
