//! What must hold of the whole, in one binary.
//!
//! - [`changes`]: any history of changes ends like a fresh build of the same folder.
//! - [`check`]: wrong articles have exactly the expected findings.
//! - [`commits`]: commits are served whole, each with its author and its past.
//! - [`agents`]: AI agents get what their key lets them see, in few tokens, quoted.
//! - [`dashboard`]: the Grafana dashboard asks for numbers that there are.
//! - [`documents`]: links lead somewhere, and module lists are complete.
//! - [`ends`]: servers begin with their data folder, or leave it alone, and end when they are told to.
//! - [`feedback`]: what people do with answers helps later ones, and nobody can bury an article.
//! - [`languages`]: articles of other languages are found by other forms of their words, with and without accents.
//! - [`model`]: a text has its vector, whatever is embedded beside it.
//! - [`pages`]: pages of one search are parts of one order.
//! - [`questions`]: what the words of a question do to what is found.
//! - [`random`]: numbers that look random and come again with their seed.
//! - [`relevance`]: search and calls on the project's own questions stay as good as they were.
//! - [`replicas`]: several servers share a Qdrant server, and go on by keyword while it is away.
//! - [`replay`]: a recorded call is told as a timeline, with figures.
//! - [`reranker`]: a cross-encoder looks at the first hits again.
//! - [`server`]: the real server as a process.
//! - [`soak`]: of 10,000 card numbers that are said none is left anywhere.
//! - [`source`]: the source as text, for the checks.
//! - [`tidy`]: module dependencies, pure code, the form of files.
//! - [`titles`]: an article is found by its name.
//! - [`traces`]: a collector gets what a request did, and nothing of what was asked.
//! - [`variables`]: every flag has an environment variable.

#![allow(clippy::unwrap_used)] // a test may fail loudly

mod agents;
mod changes;
mod check;
mod commits;
mod dashboard;
mod documents;
mod ends;
mod feedback;
mod languages;
mod model;
mod pages;
mod questions;
mod random;
mod relevance;
mod replay;
mod replicas;
mod reranker;
mod server;
mod soak;
mod source;
mod tidy;
mod titles;
mod traces;
mod variables;
