//! The exact in-memory fake: every vector in memory, compared one by one.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{Nearest, Point, Question, VectorError, VectorStore};
use crate::index::{
    embed::{Vector, dot},
    filter::{EngineFilter, Field},
};

#[derive(Debug)]
struct Kept {
    vector: Vector,
    values: [Vec<String>; Field::ALL.len()],
}

/// Vectors in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    points: RwLock<BTreeMap<u64, Kept>>,
}

impl MemoryStore {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<u64, Kept>> {
        self.points.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<u64, Kept>> {
        self.points.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn passes(&self, narrow: &EngineFilter) -> bool {
        narrow.admits(|field| &self.values[field as usize])
    }
}

impl VectorStore for MemoryStore {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        Ok(self.read().keys().copied().collect())
    }

    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        let mut kept = self.write();
        for point in points {
            let values = Field::ALL.map(|field| field.values(&point.entry.article).to_vec());
            kept.insert(
                point.key,
                Kept {
                    vector: point.vector.clone(),
                    values,
                },
            );
        }
        Ok(())
    }

    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        let mut kept = self.write();
        keys.iter().for_each(|key| {
            kept.remove(key);
        });
        Ok(())
    }

    fn settle(&self) -> Result<(), VectorError> {
        Ok(())
    }

    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        Ok(questions.iter().map(|one| self.nearest_to(one)).collect())
    }
}

impl MemoryStore {
    fn nearest_to(&self, question: &Question<'_>) -> Nearest {
        let kept = self.read();
        let mut found: Vec<_> = kept
            .iter()
            .filter(|(_, point)| point.passes(question.narrow))
            .map(|(key, point)| (*key, dot(&point.vector, question.vector)))
            .collect();
        let best_first = |a: &(u64, f32), b: &(u64, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if question.limit < found.len() {
            found.select_nth_unstable_by(question.limit, best_first);
            found.truncate(question.limit);
        }
        found.sort_unstable_by(best_first);
        found
    }
}
