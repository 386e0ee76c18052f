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

/// Bytes of an answer that are read: it says little more than that it was taken.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Somebody who takes spans, or does not.
#[derive(Debug)]
pub(super) struct Collector {
    /// For the log.
    server: String,
    agent: Agent,
    /// What was sent last was not taken.
    is_away: AtomicBool,
}

impl Collector {
    pub(super) fn new(server: String, timeout: Duration) -> Self {
        // Nobody but the collector that the operator named: no redirects, no proxy.
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

    /// Tells the log when it becomes different from before.
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
    /// Blocks: the exporter has a thread of its own.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        self.tell(&sent);
        Ok(sent?)
    }
}
