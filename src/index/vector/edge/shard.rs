//! One shard of Qdrant in process. The only place that names qdrant-edge.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use qdrant_edge::{
    AnyVariants, Condition, CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard,
    EdgeVectorParams, FacetRequest, FacetValue, FieldCondition, FieldIndexOperations, Filter,
    HnswIndexConfig, Match, MatchAny, NamedQuery, OperationError, PayloadFieldSchema,
    PayloadSchemaType, PointId, PointInsertOperations, PointOperations, PointStruct, QueryEnum,
    ScrollRequest, SearchRequest, UpdateOperation, VectorStorageDatatype, WithPayloadInterface,
    WithVector,
};

use super::super::{Nearest, Point, Question, VectorError};
use crate::index::filter::{EngineFilter, Field};

/// Points read or written in one call: about 1 MB of vectors.
const BATCH: usize = 500;

/// Bytes that a change may need: Qdrant writes through memory maps, and a full disk ends the process there (SIGBUS)
/// instead of failing. One segment of its log and one chunk of vectors are 32 MiB each.
const MIN_FREE_BYTES: u64 = 96 << 20;

/// Vectors in kB from which the nearest are found through a graph: 5,200 of 384 components. Qdrant's own bound is 10,000,
/// up to which comparing all of one language takes longer than the graph; much less than this makes the graph of a large
/// index wider, and slower.
const GRAPH_FROM_KB: usize = 4_000;

/// Languages that one shard may have; there are some 8,000 in the world.
const MAX_LANGS: usize = 10_000;

/// A shard on disk; one process at a time.
pub(super) struct Shard {
    points: EdgeShard,
    folder: PathBuf,
    /// Languages of its points, and some that it had since it was settled.
    langs: RwLock<BTreeSet<String>>,
    /// Whether there is a graph to be walked, which takes longer than a thread takes to start.
    is_large: AtomicBool,
}

/// Refuses to write on a disk that is nearly full.
pub(super) fn check_room(folder: &Path) -> Result<(), VectorError> {
    match fs4::available_space(folder)? {
        MIN_FREE_BYTES.. => Ok(()),
        _ => Err(full(folder)),
    }
}

/// That the folder's disk is nearly full, or was.
pub(super) fn full(folder: &Path) -> VectorError {
    VectorError::Full {
        free_mib: fs4::available_space(folder).unwrap_or_default() >> 20,
        needed_mib: MIN_FREE_BYTES >> 20,
    }
}

impl From<OperationError> for VectorError {
    fn from(error: OperationError) -> Self {
        Self::Engine(error.to_string())
    }
}

impl Shard {
    /// Opens the shard in a folder, making it where it is missing or cannot be read.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn open(folder: &Path, dimensions: usize) -> Result<Self, VectorError> {
        std::fs::create_dir_all(folder)?;
        check_room(folder)?;
        if folder.join("segments").exists() {
            match Self::load(folder, dimensions) {
                Ok(shard) => return Ok(shard),
                Err(error) => tracing::warn!(%error, "vector index is made anew"),
            }
            std::fs::remove_dir_all(folder)?;
            std::fs::create_dir_all(folder)?;
        }
        let shard = Self::of(EdgeShard::new(folder, config(dimensions))?, folder);
        for field in Field::ALL {
            shard.points.update(UpdateOperation::FieldIndexOperation(
                FieldIndexOperations::CreateIndex(CreateIndex {
                    field_name: path(field)?,
                    field_schema: Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword)),
                }),
            ))?;
        }
        Ok(shard)
    }

    fn load(folder: &Path, dimensions: usize) -> Result<Self, VectorError> {
        let points = EdgeShard::load(folder, Some(config(dimensions)))?;
        let shard = Self::of(points, folder);
        shard.measure()?;
        Ok(shard)
    }

    fn of(points: EdgeShard, folder: &Path) -> Self {
        Self {
            points,
            folder: folder.to_owned(),
            langs: RwLock::default(),
            is_large: AtomicBool::default(),
        }
    }

    /// Keys of all points.
    pub(super) fn keys(&self) -> Result<Vec<u64>, VectorError> {
        let mut keys = Vec::new();
        let mut offset = None;
        loop {
            let (records, next) = self.points.scroll(ScrollRequest {
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

    /// Adds points, replacing those of the same key.
    pub(super) fn upsert(&self, points: &[&Point<'_>]) -> Result<(), VectorError> {
        for batch in points.chunks(BATCH) {
            check_room(&self.folder)?;
            self.learn(batch);
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
            self.points.update(UpdateOperation::PointOperation(
                PointOperations::UpsertPoints(PointInsertOperations::PointsList(points)),
            ))?;
        }
        Ok(())
    }

    /// Removes points; keys that it does not have are none of its business.
    pub(super) fn remove(&self, keys: &[u64]) -> Result<(), VectorError> {
        for batch in keys.chunks(BATCH) {
            check_room(&self.folder)?;
            let ids = batch.iter().copied().map(PointId::NumId).collect();
            self.points.update(UpdateOperation::PointOperation(
                PointOperations::DeletePoints { ids },
            ))?;
        }
        Ok(())
    }

    /// Makes changes durable, and the shard fast where it is large.
    pub(super) fn settle(&self) -> Result<(), VectorError> {
        check_room(&self.folder)?;
        self.points.optimize()?;
        self.points.flush();
        self.measure()
    }

    /// Whether there is a graph.
    pub(super) fn is_large(&self) -> bool {
        self.is_large.load(Ordering::Relaxed)
    }

    /// Finds out its languages, and whether there is a graph.
    fn measure(&self) -> Result<(), VectorError> {
        let langs = self.points.facet(FacetRequest {
            key: path(Field::Lang)?,
            limit: MAX_LANGS,
            filter: None,
            exact: false,
        })?;
        let langs = langs.hits.into_iter().filter_map(|hit| match hit.value {
            FacetValue::Keyword(lang) => Some(lang),
            FacetValue::Int(_) | FacetValue::Uuid(_) | FacetValue::Bool(_) => None,
        });
        *self.langs.write().unwrap_or_else(PoisonError::into_inner) = langs.collect();
        let is_large = self.points.info().indexed_vectors_count > 0;
        self.is_large.store(is_large, Ordering::Relaxed);
        Ok(())
    }

    fn learn(&self, points: &[&Point<'_>]) {
        let mut langs = self.langs.write().unwrap_or_else(PoisonError::into_inner);
        for point in points {
            let lang = &point.entry.article.lang;
            if !langs.contains(lang) {
                langs.insert(lang.clone());
            }
        }
    }

    /// Nearest points by cosine.
    pub(super) fn nearest_to(&self, question: &Question<'_>) -> Result<Nearest, VectorError> {
        let Question {
            vector,
            narrow,
            limit,
        } = *question;
        let langs = self.langs.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = |lang: &String| narrow.langs.as_ref().is_none_or(|some| some.contains(lang));
        if !langs.iter().any(wanted) {
            return Ok(Nearest::new());
        }
        let are_all_wanted = langs.iter().all(wanted);
        drop(langs);
        let found = self.points.search(SearchRequest {
            query: QueryEnum::Nearest(NamedQuery::default_dense(vector.to_vec())),
            filter: filter(narrow, are_all_wanted)?,
            params: None,
            limit,
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

fn config(dimensions: usize) -> EdgeConfig {
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

/// What a point must meet; its language where it is not `of_wanted_lang` anyway.
fn filter(narrow: &EngineFilter, of_wanted_lang: bool) -> Result<Option<Filter>, VectorError> {
    let must = narrow
        .required()
        .filter(|(field, _)| !(of_wanted_lang && *field == Field::Lang))
        .map(|(field, values)| any(field, values))
        .collect::<Result<Vec<_>, _>>()?;
    let must_not = match narrow.not_ids.is_empty() {
        true => None,
        false => Some(vec![any(Field::Article, &narrow.not_ids)?]),
    };
    if must.is_empty() && must_not.is_none() {
        return Ok(None);
    }
    Ok(Some(Filter {
        should: None,
        min_should: None,
        must: (!must.is_empty()).then_some(must),
        must_not,
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{article::parse, index::unit::Indexed};

    #[test]
    fn a_language_that_no_point_has_any_more_is_forgotten() {
        let entry = |lang: &str| {
            let text = format!("---\nlang: {lang}\n---\n\n# Title\n\nText.\n");
            let article = parse("a.md", text.as_bytes()).article.unwrap();
            Indexed::new(Arc::new(article), String::new(), "hashed")
        };
        let (en, de) = (entry("en"), entry("de"));
        let point = |key, entry| Point {
            key,
            vector: vec![1.0, 0.0],
            entry,
        };
        let folder = tempfile::tempdir().unwrap();
        let shard = Shard::open(folder.path(), 2).unwrap();
        let langs = |shard: &Shard| {
            shard
                .langs
                .read()
                .unwrap()
                .iter()
                .cloned()
                .collect::<Vec<_>>()
        };
        shard.upsert(&[&point(1, &en), &point(2, &de)]).unwrap();
        shard.settle().unwrap();
        assert_eq!(langs(&shard), ["de", "en"]);
        shard.remove(&[2]).unwrap();
        shard.settle().unwrap();
        assert_eq!(langs(&shard), ["en"]);
        drop(shard);
        assert_eq!(langs(&Shard::open(folder.path(), 2).unwrap()), ["en"]);
    }
}
