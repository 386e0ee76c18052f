//! Cuecard: the one place a contact centre keeps its truth, and the one way it is found.
//!
//! Data flows one way; a module may use those above it, never those below (`tests/it/tidy.rs` holds it to that):
//!
//! - [`breaker`]: leaving alone what keeps failing. Pure.
//! - [`cores`]: the cores, shared by answers.
//! - [`fair`]: slots that are shared fairly.
//! - [`json`]: reading JSON strictly. Pure.
//! - [`outbound`]: requests to services that the operator named.
//! - [`panics`]: panics as errors.
//! - [`percent`]: percent-encoding. Pure.
//! - [`pool`]: work that computes, off the async threads.
//! - [`priority`]: threads that give way to those that answer.
//! - [`trace`]: the spans that traces are made of.
//! - [`telemetry`]: logs, and where traces are sent.
//! - [`text`]: words, scripts, sentences. Pure.
//! - [`article`]: Markdown with front matter → articles, sections, passages, diagnostics. Pure.
//! - [`index`]: keyword and vector engines, embeddings, one generation.
//! - [`source`]: files, events, commits; the reconciler.
//! - [`search`]: one retrieval core: fuse, judge, answer.
//! - [`live`]: calls, triggers, cards.
//! - [`ingest`]: vendors' transcripts in their own shape. Pure.
//! - [`accounts`]: what other systems know of who calls.
//! - [`insights`]: what callers ask, what is missing, what helps.
//! - [`generate`]: texts by a language model, where one is configured, from passages alone.
//! - [`eval`]: all of it, measured on a data set.
//! - [`keys`]: who may ask, and for what.
//! - [`oidc`]: whom an identity provider vouches for.
//! - [`audit`]: who was shown what, and when.
//! - [`service`]: what every face asks of the rest.
//! - [`ui`]: the web page's files.
//! - [`http`]: the HTTP face.
//! - [`mcp`]: the tool face for AI agents.
//! - [`config`], [`app`], [`cli`]: settings, the service put together, commands.

pub mod accounts;
pub mod app;
pub mod article;
pub mod audit;
pub mod breaker;
pub mod cli;
pub mod config;
pub mod cores;
pub mod eval;
pub mod fair;
pub mod generate;
pub mod http;
pub mod index;
pub mod ingest;
pub mod insights;
pub mod json;
pub mod keys;
pub mod live;
pub mod mcp;
pub mod oidc;
pub mod outbound;
pub mod panics;
pub mod percent;
pub mod pool;
pub mod priority;
pub mod search;
pub mod service;
pub mod source;
pub mod telemetry;
pub mod text;
pub mod trace;
pub mod ui;
