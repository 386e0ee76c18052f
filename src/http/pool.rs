//! Runs a caller's work on a pool; refusals become HTTP errors.

use super::problem::Problem;
use crate::pool::{self, Undone};

/// The turns of one caller at a pool.
pub(super) struct Turns(pub(super) pool::Turns);

impl Turns {
    /// Runs the work when its turn has come. A panic in it goes on in the caller.
    ///
    /// # Errors
    /// `overloaded` when too much of this caller's waits already.
    pub(super) async fn run<T, F>(self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.run(work).await.map_err(|undone| match undone {
            Undone::Refused => Problem::overloaded(),
            Undone::Panicked(said) => std::panic::resume_unwind(Box::new(said)),
        })
    }
}
