//! The tools for AI agents: the Model Context Protocol over Streamable HTTP and over stdio.
//!
//! Owns the tools, the resources and the prompts, how much of an article fits a budget, and how article text is marked as
//! quoted. Leaves every decision about articles to `search` and about calls to `live`, both reached through
//! [`crate::service::Service`], and authentication to the transport: `http` attaches a [`crate::service::Sender`] to each
//! request.

mod args;
mod budget;
mod forward;
mod headers;
mod output;
mod prompts;
mod quote;
mod refusal;
mod resources;
mod server;
mod stdio;
#[cfg(test)]
mod tests;
mod tools;
mod transport;

pub use forward::{ForwardError, forward};
pub use quote::Quoter;
pub use stdio::{StdioError, stdio};
pub use transport::{HttpService, http_service};
