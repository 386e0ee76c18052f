//! The connection to a Qdrant server: requests with timeouts and retries, from threads that may block.

use std::{future::Future, time::Duration};

use qdrant_client::{Qdrant, QdrantError, qdrant::CreateCollectionBuilder};
use tokio::runtime::Runtime;

use super::ServerSettings;
use crate::index::vector::VectorError;

/// Longest wait of a request that writes or lists: an optimiser may be busy.
const SLOW: Duration = Duration::from_secs(30);

/// Rests before a write is tried again.
const RETRIES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// What can be said of a failure: gRPC's code decides whether trying again may help. A time-out is none of those: who hangs
/// once hangs again.
fn is_passing(error: &QdrantError) -> bool {
    use code::{ABORTED, INTERNAL, UNAVAILABLE, UNKNOWN};
    match error {
        QdrantError::ResponseError { status } => {
            [UNKNOWN, ABORTED, INTERNAL, UNAVAILABLE].contains(&(status.code() as i32))
        }
        QdrantError::ResourceExhaustedError { .. } | QdrantError::Io(_) => true,
        _ => false,
    }
}

/// Numbers of gRPC's status codes.
mod code {
    pub(super) const UNKNOWN: i32 = 2;
    pub(super) const ALREADY_EXISTS: i32 = 6;
    pub(super) const ABORTED: i32 = 10;
    pub(super) const INTERNAL: i32 = 13;
    pub(super) const UNAVAILABLE: i32 = 14;
}

/// A client with a runtime of its own.
pub(super) struct Link {
    pub(super) client: Qdrant,
    /// None once it ends.
    runtime: Option<Runtime>,
    url: String,
}

impl Link {
    /// The server is not asked yet: it may be away.
    pub(super) fn new(settings: &ServerSettings) -> Result<Self, VectorError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("qdrant")
            .enable_all()
            .build()?;
        let config = Qdrant::from_url(&settings.url)
            .timeout(SLOW)
            .connect_timeout(settings.timeout())
            .api_key(Some(settings.api_key.clone()).filter(|key| !key.is_empty()))
            // It would print to stdout.
            .skip_compatibility_check();
        let client = config.build().map_err(|error| VectorError::Unreachable {
            url: settings.url.clone(),
            detail: error.to_string(),
        })?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            url: settings.url.clone(),
        })
    }

    pub(super) fn unreachable(&self, detail: String) -> VectorError {
        VectorError::Unreachable {
            url: self.url.clone(),
            detail,
        }
    }

    pub(super) fn silent(&self, limit: Duration) -> VectorError {
        self.unreachable(format!("no answer in {} ms", limit.as_millis()))
    }

    pub(super) fn failed(&self, error: &QdrantError) -> VectorError {
        self.unreachable(match error {
            QdrantError::ResponseError { status }
            | QdrantError::ResourceExhaustedError { status, .. } => {
                format!("{} ({:?})", status.message(), status.code())
            }
            other => other.to_string(),
        })
    }

    /// Waits for a request; None when time runs out.
    pub(super) fn wait<T>(
        &self,
        limit: Duration,
        request: impl Future<Output = Result<T, QdrantError>>,
    ) -> Option<Result<T, QdrantError>> {
        let runtime = self.runtime.as_ref()?;
        runtime.block_on(async { tokio::time::timeout(limit, request).await.ok() })
    }

    /// A request of the writer, tried again where that may help.
    pub(super) fn ask<T, F>(&self, request: impl Fn() -> F) -> Result<T, VectorError>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        let mut rests = RETRIES.into_iter();
        loop {
            let error = match self.wait(SLOW, request()) {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(error)) if !is_passing(&error) => return Err(self.failed(&error)),
                Some(Err(error)) => self.failed(&error),
                None => return Err(self.silent(SLOW)),
            };
            match rests.next() {
                Some(rest) => std::thread::sleep(rest),
                None => return Err(error),
            }
        }
    }

    /// Makes a collection where there is none; another replica may be making it at the same time.
    pub(super) fn make(
        &self,
        name: &str,
        request: &CreateCollectionBuilder,
    ) -> Result<bool, VectorError> {
        if self.ask(|| self.client.collection_exists(name))? {
            return Ok(false);
        }
        match self.wait(SLOW, self.client.create_collection(request.clone())) {
            Some(Ok(_)) => Ok(true),
            Some(Err(QdrantError::ResponseError { status }))
                if status.code() as i32 == code::ALREADY_EXISTS =>
            {
                Ok(false)
            }
            Some(Err(error)) => Err(self.failed(&error)),
            None => Err(self.unreachable("no answer when the collection was made".to_owned())),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
