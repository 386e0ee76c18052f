//! Cuecard: hybrid search and live agent assist for contact centres, over Markdown articles kept in git.
//!
//! Data flows one way. A module may use the modules above it in this list, never those below; `tests/it/tidy.rs` enforces
//! this and the word *Pure* (no I/O, no clock, no async runtime):
//!
//! - [`breaker`]: circuit breaker. Pure.
//! - [`cores`]: CPU cores shared by requests: part of a request runs in parallel when a core is free.
//! - [`fair`]: fair queueing: a caller with many requests waits behind its own.
//! - [`json`]: strict JSON. Pure.
//! - [`outbound`]: the HTTP client for services that the operator configured.
//! - [`panics`]: panics turned into errors.
//! - [`percent`]: percent-encoding. Pure.
//! - [`priority`]: low-priority threads for background work.
//! - [`trace`]: every tracing span, and what it may contain.
//! - [`telemetry`]: logs, and the export of traces.
//! - [`pool`]: the bounded worker pool shared by HTTP and MCP.
//! - [`text`]: tokenising, scripts, sentences, languages, redaction. Pure.
//! - [`article`]: Markdown with front matter → articles, sections, passages, diagnostics. Pure.
//! - [`index`]: keyword and vector index, embeddings, the one writer, generations.
//! - [`source`]: files, file events, git commits; the reconciler.
//! - [`search`]: retrieval: query parsing, fusion, confidence, answers.
//! - [`live`]: calls, triggers, cards, streams.
//! - [`ingest`]: transcripts in the vendors' formats. Pure.
//! - [`accounts`]: customer accounts fetched from other systems.
//! - [`insights`]: what callers ask, what is missing, what helped.
//! - [`generate`]: text written by a language model, if one is configured.
//! - [`eval`]: quality measured on a data set; recorded calls replayed.
//! - [`keys`]: API keys, scopes, audiences.
//! - [`oidc`]: tokens and sign-in of an OpenID Connect provider.
//! - [`audit`]: who was shown which article, and when.
//! - [`ui`]: the files of the web page.
//! - [`service`]: the trait that HTTP and MCP call.
//! - [`http`]: the HTTP interface.
//! - [`mcp`]: the interface for AI agents.
//! - [`config`], [`app`], [`cli`]: settings, the assembled service, commands.

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
