//! Qdrant in process: one shard for articles in alphabetic scripts, one for those in Chinese, Japanese and Korean.
//!
//! A search queries each script separately, so that no language filter has to be evaluated while the graph is traversed.
//! Owns which shard a point belongs to. Leaves Qdrant itself to `shard`.

mod shard;

use std::{collections::HashSet, path::Path};

use super::{Nearest, Point, Question, VectorError, VectorStore};
use crate::{cores, text::is_cjk_lang};
use shard::Shard;

/// Shards on disk; one process at a time.
pub struct EdgeStore {
    alphabets: Shard,
    wide: Shard,
}

impl EdgeStore {
    /// Opens the shards in a folder, making them where they are missing. What cannot be read, or is of an earlier form, is
    /// made anew, since every vector can be had again from the embedding cache.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, VectorError> {
        if folder.join("segments").exists() {
            tracing::info!("vector index of an earlier form is made anew");
            std::fs::remove_dir_all(folder)?;
        }
        let open = |script| Shard::open(&folder.join(script), dimensions);
        Ok(Self {
            alphabets: open("alphabets")?,
            wide: open("wide")?,
        })
    }

    fn shards(&self) -> [&Shard; 2] {
        [&self.alphabets, &self.wide]
    }

    fn nearest_to(&self, question: &Question<'_>) -> Result<Nearest, VectorError> {
        let mut found = self.alphabets.nearest_to(question)?;
        let other = self.wide.nearest_to(question)?;
        if !other.is_empty() {
            found.extend(other);
            found.sort_by(|a, b| b.1.total_cmp(&a.1));
            found.truncate(question.limit);
        }
        Ok(found)
    }
}

impl VectorStore for EdgeStore {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        let mut keys = HashSet::new();
        for shard in self.shards() {
            keys.extend(shard.keys()?);
        }
        Ok(keys)
    }

    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        let (wide, alphabets): (Vec<_>, Vec<_>) = points
            .iter()
            .partition(|point| is_cjk_lang(&point.entry.article.lang));
        self.alphabets.upsert(&alphabets)?;
        self.wide.upsert(&wide)
    }

    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        self.shards()
            .into_iter()
            .try_for_each(|shard| shard.remove(keys))
    }

    fn settle(&self) -> Result<(), VectorError> {
        self.shards().into_iter().try_for_each(Shard::settle)
    }

    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        let each = |some: &[Question<'_>]| -> Result<Vec<Nearest>, VectorError> {
            some.iter().map(|one| self.nearest_to(one)).collect()
        };
        let (here, beside) = questions.split_at(questions.len().div_ceil(2));
        if beside.is_empty() || !self.shards().into_iter().any(Shard::is_large) {
            return each(questions);
        }
        let (here, beside) = cores::both(|| each(here), || each(beside));
        Ok([here?, beside?].concat())
    }
}
