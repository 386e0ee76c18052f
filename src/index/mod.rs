//! What is searchable: one writer, one generation.

mod catalog;

pub use catalog::{Catalog, Place};
