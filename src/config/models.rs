//! The keys of the models: where each one is, and what runs it.

use std::path::PathBuf;

use super::Written;
use crate::{
    cores,
    index::embed::{
        HubOptions, OnnxOptions, RerankerOptions,
        repack::{Weights, runtime_file_name},
    },
    search::rerank,
};

/// Where vectors come from.
#[derive(Debug, Clone)]
pub enum Model {
    /// A folder and a library on this machine.
    Local(OnnxOptions),
    /// A download.
    Hub(HubOptions),
    /// Hashed words in a vector's place: no meaning, for trials of everything else.
    Hashed,
    /// No vectors: keyword search alone.
    None,
}

/// Where vectors come from.
pub(super) fn model(written: &Written) -> Model {
    match written.model.as_str() {
        "none" => Model::None,
        "hashed" => Model::Hashed,
        "hub" => Model::Hub(HubOptions {
            cache: written.data.join("hub"),
            runtime: runtime(written),
            threads: threads(written),
        }),
        name => Model::Local(OnnxOptions {
            model: match Some(name).filter(|name| !name.is_empty()).map(str::parse) {
                None => installed(&["model", Weights::default().folder()]),
                Some(Ok(weights)) => installed(&["model", Weights::folder(weights)]),
                Some(Err(_)) => PathBuf::from(name),
            },
            runtime: runtime(written),
            threads: threads(written),
        }),
    }
}

/// The cross-encoder, where one is named.
pub(super) fn reranker(written: &Written) -> Option<(RerankerOptions, rerank::Settings)> {
    let settings = &written.reranker;
    (!settings.model.is_empty()).then(|| {
        let options = RerankerOptions {
            model: settings.model.clone(),
            cache: written.data.join("hub"),
            runtime: runtime(written),
            threads: threads(written),
        };
        (options, settings.clone())
    })
}

fn runtime(written: &Written) -> PathBuf {
    if written.onnxruntime.as_os_str().is_empty() {
        installed(&["onnxruntime", &runtime_file_name()])
    } else {
        written.onnxruntime.clone()
    }
}

fn threads(written: &Written) -> usize {
    match written.threads {
        0 => cores::count(),
        threads => threads,
    }
}

/// Where `make model` left something: under the current folder, or under the one that the binary was built in, or
/// where packages put it. The first place is told when it is nowhere.
fn installed(parts: &[&str]) -> PathBuf {
    let rest: PathBuf = parts.iter().collect();
    let built_in = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.canonicalize().ok()?.ancestors().nth(3)?.join(".cache")));
    let mut places = [
        Some(PathBuf::from(".cache")),
        built_in,
        Some(PathBuf::from("/usr/share/cuecard")),
    ]
    .into_iter()
    .flatten();
    places
        .find(|place| place.join(&rest).exists())
        .unwrap_or_else(|| PathBuf::from(".cache"))
        .join(rest)
}
