//! The embedding model itself, where `make model` fetched one or CUECARD_MODEL and CUECARD_ONNXRUNTIME name one.

use std::{fs, path::PathBuf, sync::Arc};

use cuecard::{
    app,
    config::{Config, Model, Overrides},
    index::embed::{Embedder, OnnxEmbedder, OnnxOptions, Text, dot},
};

use crate::server::passed_over;

fn settings() -> Model {
    let overrides = Overrides {
        model: std::env::var("CUECARD_MODEL").ok(),
        onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(PathBuf::from),
        ..Overrides::default()
    };
    Config::read(None, &overrides).unwrap().model
}

fn model() -> Option<Arc<dyn Embedder>> {
    let model = app::embedder(&settings());
    if model.is_none() {
        passed_over("the embedding model, none is here; `make model` fetches one");
    }
    model
}

const QUESTIONS: [&str; 6] = [
    "how do I get my money back",
    "我的账单为什么变高了",
    "the router blinks red since Monday and nobody helps, what can I do until the technician comes",
    "eSIM",
    "搬家以后宽带怎么办",
    "my father died, who cancels his contract",
];

#[test]
fn questions_that_are_asked_at_once_get_each_its_own_vector() {
    let Some(model) = model() else { return };
    let alone: Vec<_> = QUESTIONS
        .iter()
        .map(|text| model.query(text).unwrap())
        .collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..QUESTIONS.len() * 4)
            .map(|at| {
                let model = &model;
                scope.spawn(move || model.query(QUESTIONS[at % QUESTIONS.len()]).unwrap())
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for (at, vector) in together.iter().enumerate() {
        let cosine = dot(vector, &alone[at % QUESTIONS.len()]);
        assert!(
            cosine > 0.99,
            "{}: {cosine}",
            QUESTIONS[at % QUESTIONS.len()]
        );
    }
}

#[test]
fn what_shares_a_batch_hardly_moves_a_vector() {
    let Some(model) = model() else { return };
    let texts: Vec<_> = QUESTIONS.map(|text| Text::Passage(text.to_owned())).into();
    let together = model.texts(&texts).unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        let alone = model.texts(std::slice::from_ref(text)).unwrap().remove(0);
        let cosine = dot(vector, &alone);
        assert!(cosine > 0.99, "{text:?}: {cosine}");
    }
}

#[test]
fn a_model_that_was_replaced_since_the_start_asks_for_another() {
    let Model::Local(options) = settings() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["model.onnx", "tokenizer.json"] {
        let _ = fs::copy(options.model.join(name), folder.path().join(name));
    }
    let weights = folder.path().join("model.onnx");
    let Ok(model) = OnnxEmbedder::open(&OnnxOptions {
        model: folder.path().to_owned(),
        ..options
    }) else {
        return;
    };
    fs::remove_file(&weights).unwrap();
    fs::write(&weights, "another").unwrap();
    let texts = [Text::Passage("money goes back".to_owned())];
    let error = model.texts(&texts).unwrap_err().to_string();
    assert!(
        error.contains("; restart") && !error.contains("make model"),
        "{error}"
    );
}
