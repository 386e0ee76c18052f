//! Vectors of the visible units: which are missing, embedding them in small batches, and flushing them to disk.

use std::{
    cmp::Reverse,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rustc_hash::FxHashSet;

use super::{IndexError, WAIT_FOR_VECTORS, Writer};
use crate::{
    index::{
        Catalog,
        embed::{Text, cache},
        unit::{Indexed, Unit, UnitKind},
        vector::Point,
    },
    trace,
};

/// Units embedded between two looks at the content: about half a second.
const STEP: usize = 16;

/// Units after which large imports are made durable.
const SETTLE_EVERY: usize = 4_096;

/// A unit that waits for its vector.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    entry: Arc<Indexed>,
    unit: Unit,
    /// Bytes of its text.
    length: usize,
}

/// How a large import goes, from one settling to the next: for the log.
#[derive(Debug, Default)]
pub(super) struct Pace {
    units: usize,
    model: Duration,
    storing: Duration,
}

impl Pace {
    /// Tells how it went, and begins anew; small changes are not worth a line.
    fn tell(&mut self, left: usize) {
        let pace = std::mem::take(self);
        if pace.units < SETTLE_EVERY / 4 {
            return;
        }
        let seconds = (pace.model + pace.storing).as_secs_f64().max(0.001);
        tracing::info!(
            units = pace.units,
            left,
            per_second = format!("{:.1}", pace.units as f64 / seconds),
            model_share = format!("{:.3}", pace.model.as_secs_f64() / seconds),
            "embedded"
        );
    }
}

impl Writer {
    /// Notes which units have no vector yet, and takes those that the cache knows.
    pub(super) fn queue_vectors(&mut self, catalog: &Catalog) -> Result<(), IndexError> {
        let (Some(store), Some(model)) = (self.index.vectors.clone(), self.index.embedder.clone())
        else {
            return Ok(());
        };
        // Those that waited before were looked for in the cache then.
        let before = self.waiting.iter().filter(|one| {
            let key = one.unit.key;
            catalog.place(key).is_some() && !self.vector_keys.contains(&key)
        });
        let mut waiting: Vec<Waiting> = before.cloned().collect();
        let known: FxHashSet<u64> = waiting.iter().map(|one| one.unit.key).collect();
        let lacks = |unit: &&Unit| {
            has_vector(unit) && !self.vector_keys.contains(&unit.key) && !known.contains(&unit.key)
        };
        let mut missing: Vec<(Waiting, Text)> = Vec::new();
        for entry in catalog.entries() {
            for unit in entry.units.iter().filter(lacks) {
                let text = entry.embedded_text(unit.kind);
                let waiting = Waiting {
                    entry: Arc::clone(entry),
                    unit: *unit,
                    length: text.as_str().len(),
                };
                missing.push((waiting, text));
            }
        }
        if let Some(cache) = &self.cache {
            for batch in missing.chunks(SETTLE_EVERY) {
                let keys: Vec<_> = batch
                    .iter()
                    .map(|(_, text)| cache::key(model.id(), text))
                    .collect();
                let known = cache.known(&keys);
                let points: Vec<_> = batch
                    .iter()
                    .zip(&keys)
                    .filter_map(|((waiting, _), key)| {
                        known.get(key).map(|vector| Point {
                            key: waiting.unit.key,
                            vector: vector.clone(),
                            entry: &waiting.entry,
                        })
                    })
                    .collect();
                store.upsert(&points)?;
                self.unsettled += points.len();
                self.vector_keys
                    .extend(points.iter().map(|point| point.key));
            }
        }
        missing.retain(|(waiting, _)| !self.vector_keys.contains(&waiting.unit.key));
        // A small change does not wait for an import.
        let is_small = missing.len() <= WAIT_FOR_VECTORS;
        let from = if is_small { waiting.len() } else { 0 };
        waiting.extend(missing.into_iter().map(|(waiting, _)| waiting));
        waiting[from..].sort_by_key(|one| Reverse(one.length));
        self.waiting = waiting;
        Ok(())
    }

    /// Tells how many units of the visible generation wait for their vector.
    pub(super) fn tell_waiting(&self) {
        self.index
            .pending_embeddings
            .store(self.waiting.len(), Ordering::Relaxed);
    }

    /// Embeds a few of the waiting units; false when none waits.
    ///
    /// # Errors
    /// When the model or the store fails; the units go on waiting.
    pub fn embed_step(&mut self) -> Result<bool, IndexError> {
        self.look_at_store()?;
        let waiting = Some(self.waiting.len()).filter(|waiting| *waiting > 0);
        let _span = waiting.map(|waiting| trace::vectors_follow(waiting).entered());
        self.while_present(|writer| {
            let step = writer.embed_some();
            writer.tell_waiting();
            if writer.waiting.is_empty() || writer.unsettled >= SETTLE_EVERY {
                let begun = Instant::now();
                writer.settle()?;
                writer.pace.storing += begun.elapsed();
                writer.pace.tell(writer.waiting.len());
            }
            step.map(|_| ())
        })?;
        Ok(!self.waiting.is_empty())
    }

    /// [`Self::embed_some`] until nothing waits; where the model fails, the words go on and vectors follow once it works.
    pub(super) fn embed_all(&mut self) -> Result<(), IndexError> {
        loop {
            match self.embed_some() {
                Ok(true) => {}
                Err(IndexError::Embed(error)) => {
                    tracing::error!(%error, "vectors wait for the model");
                    return Ok(());
                }
                done => return done.map(|_| ()),
            }
        }
    }

    /// [`Self::embed_step`] for units that are not visible yet: nobody is told of them, and nobody waits for the disk.
    pub(super) fn embed_some(&mut self) -> Result<bool, IndexError> {
        let (Some(store), Some(model)) = (self.index.vectors.clone(), self.index.embedder.clone())
        else {
            return Ok(false);
        };
        if self.waiting.is_empty() {
            return Ok(false);
        }
        let step = &self.waiting[self.waiting.len().saturating_sub(STEP)..];
        let texts: Vec<_> = step
            .iter()
            .map(|waiting| waiting.entry.embedded_text(waiting.unit.kind))
            .collect();
        let begun = Instant::now();
        let vectors = trace::stage("embedding").in_scope(|| model.texts(&texts))?;
        self.pace.model += begun.elapsed();
        let begun = Instant::now();
        if let Some(cache) = &self.cache {
            let keys = texts.iter().map(|text| cache::key(model.id(), text));
            cache.keep(keys.zip(&vectors));
        }
        let points: Vec<_> = step
            .iter()
            .zip(vectors)
            .map(|(waiting, vector)| Point {
                key: waiting.unit.key,
                vector,
                entry: &waiting.entry,
            })
            .collect();
        trace::stage("vector").in_scope(|| {
            store.probe()?;
            store.upsert(&points)
        })?;
        self.unsettled += points.len();
        self.vector_keys
            .extend(step.iter().map(|waiting| waiting.unit.key));
        self.waiting
            .truncate(self.waiting.len().saturating_sub(STEP));
        self.pace.units += texts.len();
        self.pace.storing += begun.elapsed();
        Ok(!self.waiting.is_empty())
    }

    /// Makes vectors durable, and tells the store when none is missing.
    pub(super) fn settle(&mut self) -> Result<(), IndexError> {
        let Some(store) = &self.index.vectors else {
            return Ok(());
        };
        if self.unsettled > 0 {
            store.settle()?;
            self.unsettled = 0;
        }
        if self.waiting.is_empty() && self.has_published() && !self.is_complete {
            store.complete()?;
            self.is_complete = true;
        }
        Ok(())
    }
}

fn has_vector(unit: &Unit) -> bool {
    matches!(
        unit.kind,
        UnitKind::Passage(_) | UnitKind::Question(_) | UnitKind::Title
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::{
        article::parse,
        index::{IndexInfo, embed::Watched},
    };

    #[test]
    fn during_an_import_a_small_change_has_its_vectors_first() {
        let embedded = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&embedded);
        let model = Watched(move |texts: &[Text]| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.extend(texts.iter().map(|text| text.as_str().to_owned()));
            Ok(())
        });
        let mut writer = Writer::in_memory(Some(Arc::new(model)), None).unwrap();
        let publish = |writer: &mut Writer, generation, titles: &[String]| {
            let entries = titles.iter().map(|title| {
                let text = format!("# {title}\n\nText.\n");
                let parsed = parse(&format!("{title}.md"), text.as_bytes());
                let article = Arc::new(parsed.article.unwrap());
                Arc::new(Indexed::new(article, String::new(), "hashed"))
            });
            let info = IndexInfo {
                revision: String::new(),
                generation,
                pending: 0,
                updated_at: String::new(),
            };
            writer.publish(entries.collect(), info).unwrap();
        };
        let mut titles: Vec<String> = (0..100).map(|at| format!("old {at}")).collect();
        publish(&mut writer, 1, &titles);
        assert!(writer.embed_step().unwrap());
        // Longer than all that waits; one of those is gone.
        titles.push("a new article with a long title".to_owned());
        titles.remove(0);
        publish(&mut writer, 2, &titles);
        embedded.lock().unwrap().clear();
        assert!(writer.embed_step().unwrap());
        let first = embedded.lock().unwrap().clone();
        assert!(
            first.iter().any(|text| text.starts_with("a new article")),
            "{first:?}"
        );
        while writer.embed_step().unwrap() {}
        let mut all = embedded.lock().unwrap().clone();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count, "each once");
        let catalog = &writer.index().generation().catalog;
        let units = catalog.entries().iter().flat_map(|entry| &entry.units);
        let mut units = units.filter(|unit| has_vector(unit));
        assert!(units.all(|unit| writer.vector_keys.contains(&unit.key)));
    }
}
