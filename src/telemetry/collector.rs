//! The connection to the collector: one request after the other, from the thread that exports spans.
//!
//! Owns logging once when the collector is unreachable. Leaves what is sent, and retries, to the exporter.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

use crate::outbound;

/// Maximum bytes read of a response, which contains little.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// A collector, with its last state.
#[derive(Debug)]
pub(super) struct Collector {
    /// Its address, for the log.
    server: String,
    agent: Agent,
    /// The last export failed.
    is_away: AtomicBool,
}

impl Collector {
    pub(super) fn new(server: String, timeout: Duration) -> Self {
        // Only the configured collector may be contacted: no redirects, no proxy.
        let agent = outbound::client(timeout).proxy(None).build().new_agent();
        Self {
            server,
            agent,
            is_away: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let answer = self.agent.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }

    /// Logs a change of state.
    fn tell(&self, sent: &Result<Response<Bytes>, ureq::Error>) {
        let reason = match sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_away = self.is_away.swap(reason.is_some(), Ordering::Relaxed);
        match reason {
            Some(reason) if !was_away => {
                tracing::warn!(
                    collector = self.server,
                    reason,
                    "traces are not taken, and are lost for now"
                );
            }
            None if was_away => tracing::info!(collector = self.server, "traces are taken again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocking: the exporter has its own thread.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        self.tell(&sent);
        Ok(sent?)
    }
}
