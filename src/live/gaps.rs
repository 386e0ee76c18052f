//! Gaps in an account that was fetched: the types of the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Part of the account that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountGap {
    /// Name of the account source in the configuration.
    pub source: String,
    /// Why this part is missing.
    pub reason: GapReason,
}

/// Why part of an account is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccountGapReason)]
pub enum GapReason {
    /// No answer in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// The source does not know the customer.
    NotFound,
    /// The source answered with another status.
    Refused,
    /// The answer is not what it should be.
    Malformed,
    /// The answer is larger than what is kept.
    TooLarge,
    /// The source failed so often that it is left alone for a while.
    Paused,
    /// Too many fetches were under way.
    Busy,
    /// The customer's id cannot stand in an address.
    BadCustomerId,
}

impl GapReason {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Paused => "paused",
            Self::Busy => "busy",
            Self::BadCustomerId => "bad_customer_id",
        }
    }
}
