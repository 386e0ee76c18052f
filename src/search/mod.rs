//! One retrieval core: questions in, articles out, with reasons.
//!
//! Owns understanding of the query, fusion, confidence, answers and snippets. Leaves storage to `index`
//! and call state to `live`.

pub mod browse;
pub mod error;
pub mod status;
pub mod strict;
pub mod types;
