//! The prompter: the right card at the right moment.

mod knowledge;

pub use knowledge::{Found, Knowledge, Scope, View};
