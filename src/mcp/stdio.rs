//! The same tools over stdin and stdout, for a client that starts this process as its child.

use std::{sync::Arc, time::Duration};

use rmcp::{serve_server, service::ServerInitializeError, transport};

use super::{
    quote::Quoter,
    server::{SenderSource, Server, Shared},
};
use crate::{keys::Grant, pool::Pool, service::Service};

/// How long from the start requests wait for the index: it is made when the client starts us.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the client could not be served.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    /// It did not speak the protocol.
    #[error(
        "the client did not begin as the protocol has it: {0}; start `cuecard mcp` from a client that speaks MCP"
    )]
    Handshake(Box<ServerInitializeError>),
    /// The loop failed.
    #[error("the connection failed: {0}")]
    Failed(#[from] tokio::task::JoinError),
}

/// Serves until the client closes our stdin. `base` is the scheme and host under which people reach the page; empty
/// where nobody knows.
///
/// # Errors
/// When the client does not speak the protocol.
pub async fn stdio(
    service: Arc<dyn Service>,
    quoter: Quoter,
    grant: Arc<Grant>,
    base: String,
) -> Result<(), StdioError> {
    let shared = Arc::new(Shared::new(service, &Pool::answers(), quoter, PATIENCE));
    let server = Server::new(shared, SenderSource::Always { grant, base });
    let running = match serve_server(server, transport::stdio()).await {
        Ok(running) => running,
        // A client that goes before it began has nothing to be told.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(StdioError::Handshake(Box::new(error))),
    };
    running.waiting().await?;
    Ok(())
}
