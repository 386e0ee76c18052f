//! A session of the model in ONNX Runtime: opening it, and one run of it.

use std::path::Path;

use ort::{environment::Environment, session::Session, value::Tensor};
use tokenizers::Encoding;

use super::{EmbedError, Vector, to_unit};

/// Token that fills up shorter rows.
const PAD: i64 = 1;

/// What a session does with its memory after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// Keeps as much as its largest run took: a tenth faster for questions, which are short.
    Kept,
    /// Gives it back: of a batch of passages it is much, and no faster.
    Freed,
}

/// Opens a session.
///
/// # Errors
/// When the model cannot be loaded.
pub(super) fn open(
    environment: &Environment,
    weights: &Path,
    threads: usize,
    memory: Memory,
) -> Result<Session, EmbedError> {
    Session::builder(environment)
        .map_err(EmbedError::failed)?
        .with_execution_providers([ort::ep::CPU::default()
            .with_arena_allocator(memory == Memory::Kept)
            .build()])
        .map_err(EmbedError::failed)?
        .with_intra_threads(threads)
        .map_err(EmbedError::failed)?
        // Its threads wait for each other within a run by spinning, and would go on after it, on cores that others need.
        .with_config_entry("session.force_spinning_stop", "1")
        .map_err(EmbedError::failed)?
        // Weights outlive every run: in an arena they would only round up its size.
        .with_config_entry("session.use_device_allocator_for_initializers", "1")
        .map_err(EmbedError::failed)?
        .commit_from_file(weights)
        .map_err(EmbedError::failed)
}

/// Vectors of one batch: token vectors averaged over what is no padding, then brought to unit length.
///
/// # Errors
/// When the model does not run.
pub(super) fn run(session: &mut Session, batch: &[&Encoding]) -> Result<Vec<Vector>, EmbedError> {
    let (rows, width) = (
        batch.len(),
        batch.iter().map(|one| one.len()).max().unwrap_or(0),
    );
    let mut ids = vec![PAD; rows * width];
    let mut mask = vec![0_i64; rows * width];
    for (row, encoding) in batch.iter().enumerate() {
        for (column, id) in encoding.get_ids().iter().enumerate() {
            ids[row * width + column] = i64::from(*id);
            mask[row * width + column] = 1;
        }
    }
    let ids = Tensor::from_array(([rows, width], ids)).map_err(EmbedError::failed)?;
    let mask = Tensor::from_array(([rows, width], mask)).map_err(EmbedError::failed)?;
    let outputs = session
        .run(ort::inputs!["input_ids" => ids, "attention_mask" => mask])
        .map_err(EmbedError::failed)?;
    let (shape, states) = outputs["last_hidden_state"]
        .try_extract_tensor::<f32>()
        .map_err(EmbedError::failed)?;
    let dimensions = shape
        .last()
        .and_then(|size| usize::try_from(*size).ok())
        .unwrap_or(0);
    Ok(batch
        .iter()
        .enumerate()
        .map(|(row, encoding)| {
            pool(
                &states[row * width * dimensions..],
                encoding.len(),
                dimensions,
            )
        })
        .collect())
}

fn pool(states: &[f32], tokens: usize, dimensions: usize) -> Vector {
    let mut sum = vec![0.0_f32; dimensions];
    for state in states.chunks_exact(dimensions).take(tokens) {
        sum.iter_mut().zip(state).for_each(|(sum, x)| *sum += x);
    }
    to_unit(&mut sum);
    sum
}
