//! The one retrieval core: questions in, articles out, with reasons.
//!
//! Owns query parsing, fusion, confidence, answers and snippets. Leaves storage to `index` and call state to `live`.

mod admission;
pub mod browse;
pub mod confidence;
pub mod contrast;
mod conversation;
mod core;
mod cross_script;
mod engines;
pub mod error;
mod expand;
pub mod feedback;
mod folders;
pub mod fuse;
mod hearing;
mod hits;
mod labels;
mod names;
pub mod narrow;
mod near;
mod operators;
mod parts;
mod posterior;
pub mod query;
mod ranking;
mod recent;
pub mod rerank;
pub mod snippet;
mod stages;
pub mod suggest;
mod terms;
pub mod types;
mod visible_terms;

pub use self::{
    conversation::{Conversation, ConversationSearch, Found, WeightedTurn},
    core::Core,
    ranking::Ranking,
};
pub use crate::index::status;
