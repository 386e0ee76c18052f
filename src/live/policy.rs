//! When a card is shown and when not: plain data.

use serde::{Deserialize, Serialize};

/// The prompter's settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {}
