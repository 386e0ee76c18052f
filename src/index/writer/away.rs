//! A vector store that is unreachable or on a full disk: the keyword index is published alone, and when the store is back,
//! missing vectors are added.

use std::time::{Duration, Instant};

use super::{IndexError, Writer};
use crate::index::vector::VectorError;

/// Rest before the first look at a store that is away; it doubles with each look that fails.
const FIRST_REST: Duration = Duration::from_secs(1);

/// Longest rest.
const LONGEST_REST: Duration = Duration::from_secs(15);

/// How often a store that others write to is looked at without a reason: one of them may have removed too much.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// What answers say meanwhile.
const TROUBLE: &str = "vectors_unavailable";

/// Shortest time between looks at a store that searches found away: it may merely be slow.
const DOUBT: Duration = Duration::from_secs(15);

/// When the store is looked at next.
#[derive(Debug)]
pub(super) struct Presence {
    /// What it holds is not known: it did not answer, or has no room.
    pub(super) is_away: bool,
    /// Whether that was told.
    is_told: bool,
    /// When a doubt may be looked into.
    pub(super) doubt_from: Instant,
    pub(super) next_look: Instant,
    rest: Duration,
    /// Faults that searches met before the last look.
    faults: u64,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            is_away: false,
            is_told: false,
            doubt_from: Instant::now(),
            next_look: Instant::now() + LOOK_EVERY,
            rest: FIRST_REST,
            faults: 0,
        }
    }
}

/// Nothing when it is done, or when the store is away; every other failure goes on.
fn unless_away(done: Result<(), IndexError>) -> Result<Option<VectorError>, IndexError> {
    match done {
        Err(IndexError::Vector(
            error @ (VectorError::Unreachable { .. } | VectorError::Full { .. }),
        )) => Ok(Some(error)),
        other => other.map(|()| None),
    }
}

impl Writer {
    /// Does something with the vector store; where it is away, that is noted, and nothing of it is done.
    pub(super) fn while_present(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        if self.presence.is_away {
            return Ok(());
        }
        let done = work(self);
        if let Some(error) = unless_away(done)? {
            self.lose(&error);
        }
        Ok(())
    }

    /// Whether the articles are known: before that nothing can be said of what a store lacks or has too much.
    pub(super) fn has_published(&self) -> bool {
        self.index.generation().catalog.info.generation > 0
    }

    /// Takes the store for away until it was looked at for the first time, which is due.
    pub(super) fn await_first_look(&mut self) {
        self.presence.is_away = true;
        self.presence.next_look = Instant::now();
        self.index.set_trouble(TROUBLE, true);
    }

    pub(super) fn lose(&mut self, error: &VectorError) {
        let presence = &mut self.presence;
        if !presence.is_told {
            tracing::warn!(%error, "vectors are away");
            presence.rest = FIRST_REST;
        }
        (presence.is_away, presence.is_told) = (true, true);
        presence.next_look = Instant::now() + presence.rest;
        presence.rest = (presence.rest * 2).min(LONGEST_REST);
        self.waiting.clear();
        self.tell_waiting();
        self.index.set_trouble(TROUBLE, true);
    }

    /// Looks at the store again where it was away, where searches found it so, or where others write to it; what it
    /// lacks is queued.
    pub(super) fn look_at_store(&mut self) -> Result<(), IndexError> {
        let store = self.index.vectors.clone();
        let Some(store) = store.filter(|_| self.has_published()) else {
            return Ok(());
        };
        let faults = store.faults();
        let due = Instant::now() >= self.presence.next_look;
        let is_doubtful = self.presence.faults != faults
            && !self.presence.is_away
            && Instant::now() >= self.presence.doubt_from;
        if !is_doubtful && !(due && (self.presence.is_away || store.is_shared())) {
            return Ok(());
        }
        self.presence.faults = faults;
        let was_told = self.presence.is_told;
        let current = self.index.generation();
        let looked = (|| {
            store.probe()?;
            store.serves(self.commit.as_deref())?;
            self.vector_keys = store.keys()?;
            self.queue_vectors(&current.catalog)
        })();
        if let Some(error) = unless_away(looked)? {
            self.lose(&error);
            return Ok(());
        }
        self.presence = Presence {
            faults,
            doubt_from: Instant::now() + DOUBT,
            ..Presence::default()
        };
        self.is_complete = false;
        // Not from now: looks come more often than strays may stay.
        self.strays_since.get_or_insert_with(Instant::now);
        self.tell_waiting();
        self.index.set_trouble(TROUBLE, false);
        if was_told {
            tracing::info!(missing = self.waiting.len(), "vectors are back");
        }
        Ok(())
    }
}
