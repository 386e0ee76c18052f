//! The HTTP interface: it translates requests and responses, and decides nothing itself.
//!
//! Owns routes, authentication, error responses, streams and network limits. Leaves every decision about articles to
//! `search` and about calls to `live`, both reached through [`Backend`]. `routes` shows all of it on one screen.

mod accounts;
mod agents;
mod articles;
mod body;
mod calls;
mod content;
mod cookie;
mod cors;
mod demo;
mod docs;
mod endpoints;
mod engagement;
mod generate;
mod guard;
mod health;
mod hooks;
mod identity;
mod images;
mod ingest;
mod insights;
mod limits;
mod listing;
mod login;
mod metrics;
mod network;
mod observe;
mod openapi;
mod origin;
mod pages;
mod params;
mod patience;
mod peer;
mod pool;
mod preview;
mod problem;
mod reply;
mod revisions;
mod routes;
mod search;
mod serve;
mod service;
mod session;
mod state;
mod streams;
mod suggest;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;

pub use endpoints::endpoints;
pub use limits::Limits;
pub use metrics::{metrics_table, recorder};
pub use network::{Forwarding, Network, parse_base, parse_origin, parse_proxy};
pub use openapi::openapi;
pub use routes::router;
pub use serve::run;
pub use service::Backend;
pub use state::{AppState, Settings};
