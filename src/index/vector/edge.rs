//! Qdrant in process. The only place that names qdrant-edge.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use qdrant_edge::{
    AnyVariants, Condition, CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard,
    EdgeVectorParams, FieldCondition, FieldIndexOperations, Filter, HnswIndexConfig, Match,
    MatchAny, NamedQuery, OperationError, PayloadFieldSchema, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, ScrollRequest, SearchRequest,
    UpdateOperation, VectorStorageDatatype, WithPayloadInterface, WithVector,
};

use super::{Nearest, Point, Question, VectorError, VectorStore};
use crate::{
    cores,
    index::filter::{Field, Narrow},
};

/// Points read or written in one call: about 1 MB of vectors.
const BATCH: usize = 500;

/// Bytes that a change may need: Qdrant writes through memory maps, and a full disk ends the process there (SIGBUS)
/// instead of failing. One segment of its log and one chunk of vectors are 32 MiB each.
const MIN_FREE_BYTES: u64 = 96 << 20;

/// Vectors in kB from which the nearest are found through a graph: 5,200 of 384 components. Qdrant's own bound is 10,000,
/// up to which comparing all of one language takes longer than the graph; much less than this makes the graph of a large
/// index wider, and slower.
const GRAPH_FROM_KB: usize = 4_000;

/// A shard on disk; one process at a time.
pub struct EdgeStore {
    shard: EdgeShard,
    folder: PathBuf,
    /// Whether there is a graph to be walked, which takes longer than a thread takes to start.
    is_large: AtomicBool,
}

/// Refuses to write on a disk that is nearly full.
fn check_room(folder: &Path) -> Result<(), VectorError> {
    let free = fs4::available_space(folder)?;
    if free >= MIN_FREE_BYTES {
        return Ok(());
    }
    Err(VectorError::Full {
        free_mib: free >> 20,
        needed_mib: MIN_FREE_BYTES >> 20,
    })
}

impl From<OperationError> for VectorError {
    fn from(error: OperationError) -> Self {
        Self::Engine(error.to_string())
    }
}

impl EdgeStore {
    /// Opens the shard in a folder, making it where it is missing; one that cannot be read is made anew, since
    /// every vector can be had again from the embedding cache.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, VectorError> {
        std::fs::create_dir_all(folder)?;
        check_room(folder)?;
        let config = || {
            EdgeConfig::builder()
                .vector(
                    "",
                    EdgeVectorParams::builder(dimensions, Distance::Cosine)
                        .datatype(VectorStorageDatatype::Float16)
                        .build(),
                )
                .hnsw_config(HnswIndexConfig {
                    full_scan_threshold: GRAPH_FROM_KB,
                    ..HnswIndexConfig::default()
                })
                .optimizers(EdgeOptimizersConfig {
                    indexing_threshold: Some(GRAPH_FROM_KB),
                    ..EdgeOptimizersConfig::default()
                })
                .on_disk_payload(true)
                .build()
        };
        if folder.join("segments").exists() {
            match EdgeShard::load(folder, Some(config())) {
                Ok(shard) => {
                    let store = Self {
                        shard,
                        folder: folder.to_owned(),
                        is_large: AtomicBool::default(),
                    };
                    store.measure();
                    return Ok(store);
                }
                Err(error) => tracing::warn!(%error, "vector index is made anew"),
            }
            std::fs::remove_dir_all(folder)?;
            std::fs::create_dir_all(folder)?;
        }
        let store = Self {
            shard: EdgeShard::new(folder, config())?,
            folder: folder.to_owned(),
            is_large: AtomicBool::default(),
        };
        store.index_fields()?;
        Ok(store)
    }

    fn index_fields(&self) -> Result<(), VectorError> {
        for field in Field::ALL {
            self.shard.update(UpdateOperation::FieldIndexOperation(
                FieldIndexOperations::CreateIndex(CreateIndex {
                    field_name: path(field)?,
                    field_schema: Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword)),
                }),
            ))?;
        }
        Ok(())
    }
}

fn path(field: Field) -> Result<qdrant_edge::JsonPath, VectorError> {
    field
        .name()
        .parse()
        .map_err(|_| VectorError::Engine(format!("field name {} is not a path", field.name())))
}

fn any(field: Field, values: &[String]) -> Result<Condition, VectorError> {
    let matched = Match::Any(MatchAny {
        any: AnyVariants::Strings(values.iter().cloned().collect()),
    });
    Ok(Condition::Field(FieldCondition::new_match(
        path(field)?,
        matched,
    )))
}

fn filter(narrow: &Narrow) -> Result<Option<Filter>, VectorError> {
    if narrow.is_empty() {
        return Ok(None);
    }
    let must = narrow
        .required()
        .map(|(field, values)| any(field, values))
        .collect::<Result<Vec<_>, _>>()?;
    let must_not = if narrow.not_ids.is_empty() {
        None
    } else {
        Some(vec![any(Field::Article, &narrow.not_ids)?])
    };
    Ok(Some(Filter {
        should: None,
        min_should: None,
        must: (!must.is_empty()).then_some(must),
        must_not,
    }))
}

impl VectorStore for EdgeStore {
    fn keys(&self) -> Result<HashSet<u64>, VectorError> {
        let mut keys = HashSet::new();
        let mut offset = None;
        loop {
            let (records, next) = self.shard.scroll(ScrollRequest {
                offset,
                limit: Some(10 * BATCH),
                filter: None,
                with_payload: Some(WithPayloadInterface::Bool(false)),
                with_vector: WithVector::Bool(false),
                order_by: None,
            })?;
            keys.extend(records.into_iter().filter_map(|record| match record.id {
                PointId::NumId(key) => Some(key),
                PointId::Uuid(_) => None,
            }));
            if next.is_none() {
                return Ok(keys);
            }
            offset = next;
        }
    }

    fn upsert(&self, points: &[Point<'_>]) -> Result<(), VectorError> {
        for batch in points.chunks(BATCH) {
            check_room(&self.folder)?;
            let points = batch
                .iter()
                .map(|point| {
                    let payload: serde_json::Map<_, _> = Field::ALL
                        .into_iter()
                        .map(|field| {
                            (
                                field.name().to_owned(),
                                field.values(&point.entry.article).into(),
                            )
                        })
                        .collect();
                    PointStruct::new(
                        PointId::NumId(point.key),
                        point.vector.clone(),
                        payload.into(),
                    )
                    .into()
                })
                .collect();
            self.shard.update(UpdateOperation::PointOperation(
                PointOperations::UpsertPoints(PointInsertOperations::PointsList(points)),
            ))?;
        }
        Ok(())
    }

    fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        for batch in keys.chunks(BATCH) {
            check_room(&self.folder)?;
            let ids = batch.iter().copied().map(PointId::NumId).collect();
            self.shard.update(UpdateOperation::PointOperation(
                PointOperations::DeletePoints { ids },
            ))?;
        }
        Ok(())
    }

    fn settle(&self) -> Result<(), VectorError> {
        check_room(&self.folder)?;
        self.shard.optimize()?;
        self.shard.flush();
        self.measure();
        Ok(())
    }

    fn nearest(&self, questions: &[Question<'_>]) -> Result<Vec<Nearest>, VectorError> {
        let each = |some: &[Question<'_>]| -> Result<Vec<Nearest>, VectorError> {
            some.iter().map(|one| self.nearest_to(one)).collect()
        };
        let (here, beside) = questions.split_at(questions.len().div_ceil(2));
        if beside.is_empty() || !self.is_large.load(Ordering::Relaxed) {
            return each(questions);
        }
        let (here, beside) = cores::both(|| each(here), || each(beside));
        Ok([here?, beside?].concat())
    }
}

impl EdgeStore {
    /// Sees whether there is a graph by now.
    fn measure(&self) {
        let is_large = self.shard.info().indexed_vectors_count > 0;
        self.is_large.store(is_large, Ordering::Relaxed);
    }

    fn nearest_to(&self, question: &Question<'_>) -> Result<Nearest, VectorError> {
        let found = self.shard.search(SearchRequest {
            query: QueryEnum::Nearest(NamedQuery::default_dense(question.vector.to_vec())),
            filter: filter(question.narrow)?,
            params: None,
            limit: question.limit,
            offset: 0,
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: None,
            score_threshold: None,
        })?;
        Ok(found
            .into_iter()
            .filter_map(|point| match point.id {
                PointId::NumId(key) => Some((key, point.score)),
                PointId::Uuid(_) => None,
            })
            .collect())
    }
}
