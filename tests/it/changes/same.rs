//! Compares two indexes, down to passages, lines and answers.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use cuecard::{
    index::{Catalog, Index, Manifest, Writer, embed::HashedEmbedder, unit::UnitKind},
    search::{
        Core,
        types::{Audience, Mode, SearchRequest},
    },
    source::load_once,
};

/// Articles that are asked for after each settling.
const ASKED: usize = 4;

/// A fresh build of the folder, and the files in it that are broken now.
pub(super) struct Fresh {
    index: Arc<Index>,
    broken: HashSet<String>,
}

pub(super) fn fresh(content: &Path) -> Fresh {
    let mut writer = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
    load_once(content, &mut writer, &Manifest::in_memory().unwrap()).unwrap();
    let broken = cuecard::source::scan(content)
        .unwrap()
        .files
        .into_iter()
        .filter(|file| {
            std::fs::read_to_string(&file.file).is_ok_and(|text| text.contains("title: [\n"))
        })
        .map(|file| file.path)
        .collect();
    Fresh {
        index: Arc::clone(writer.index()),
        broken,
    }
}

/// Everything that is said about an article: id, revision, and each passage with its lines.
fn told(catalog: &Catalog, broken: &HashSet<String>) -> BTreeMap<String, String> {
    // A broken file keeps an id that it had; which other file has it then depends on when it broke.
    let taken: HashSet<&str> = catalog
        .articles
        .iter()
        .filter(|article| broken.contains(&article.path))
        .map(|article| article.id.as_str())
        .collect();
    let articles = (0_u32..).zip(&catalog.articles);
    articles
        .filter(|(_, article)| {
            !broken.contains(&article.path)
                && !taken.contains(article.id.as_str())
                && (!article.id.starts_with("shared-") || broken.is_empty())
        })
        .map(|(at, article)| {
            let passages: Vec<_> = article
                .passages
                .iter()
                .map(|passage| (passage.lines, &passage.text))
                .collect();
            let said = format!(
                "{} {} {} {passages:?}",
                article.id,
                catalog.revision(at),
                article.content_hash
            );
            (article.path.clone(), said)
        })
        .collect()
}

/// How the index differs from a fresh build; None where it does not.
pub(super) fn difference(index: &Index, fresh: &Fresh) -> Option<String> {
    let (own, wanted) = (index.generation(), fresh.index.generation());
    if index.pending_embeddings() > 0 {
        return Some(format!(
            "{} vectors are missing",
            index.pending_embeddings()
        ));
    }
    let (own, wanted) = (
        told(&own.catalog, &fresh.broken),
        told(&wanted.catalog, &fresh.broken),
    );
    let differing: Vec<&String> = own
        .keys()
        .chain(wanted.keys())
        .filter(|path| own.get(*path) != wanted.get(*path))
        .collect();
    let first = differing.first()?;
    Some(format!(
        "{first}:\n  is     {:?}\n  should {:?}",
        own.get(*first),
        wanted.get(*first)
    ))
}

/// Every unit of the catalog is in its engines.
pub(super) fn engines_hold(index: &Index, context: &dyn Fn() -> String) {
    let generation = index.generation();
    let words = generation.words.keys();
    let vectors = index.vectors.as_ref().unwrap().keys().unwrap();
    for entry in generation.catalog.entries() {
        for unit in &entry.units {
            let in_words = matches!(unit.kind, UnitKind::Passage(_) | UnitKind::Article);
            let in_vectors = !matches!(unit.kind, UnitKind::Article);
            assert!(
                (!in_words || words.contains(&unit.key))
                    && (!in_vectors || vectors.contains(&unit.key)),
                "{}\n{} has {:?} not in its engines (words {}, vectors {})",
                context(),
                entry.article.path,
                unit.kind,
                words.contains(&unit.key),
                vectors.contains(&unit.key)
            );
        }
    }
}

/// Units in an engine that no article has; None where there are none.
pub(super) fn leftovers(index: &Index) -> Option<String> {
    let generation = index.generation();
    let count = |keys: HashSet<u64>| {
        keys.into_iter()
            .filter(|key| generation.catalog.place(*key).is_none())
            .count()
    };
    let words = count(generation.words.keys());
    let vectors = count(index.vectors.as_ref().unwrap().keys().unwrap());
    (words + vectors > 0).then(|| format!("{words} by words, {vectors} by vectors"))
}

/// Some articles are found, with the same passage and lines, by words and by vectors.
pub(super) fn answers_agree(index: &Arc<Index>, fresh: &Fresh, context: &dyn Fn() -> String) {
    let (own, other) = (
        Core::new(Arc::clone(index)),
        Core::new(Arc::clone(&fresh.index)),
    );
    let generation = fresh.index.generation();
    let articles = &generation.catalog.articles;
    let step = (articles.len() / ASKED).max(1);
    let asked = articles
        .iter()
        .step_by(step)
        .filter(|article| fresh.broken.is_empty() && article.passages[0].text.contains("token"));
    for article in asked {
        let passage = &article.passages[0].text;
        let token = passage
            .split_whitespace()
            .find(|word| word.starts_with("token"))
            .unwrap();
        // Copies of a file answer alike: which of them comes first may depend on deletions not yet merged.
        let ask = |core: &Core, question: &str, mode: Mode| {
            let request = SearchRequest {
                mode,
                ..SearchRequest::new(question)
            };
            let today = "2026-11-22".parse().unwrap();
            let answer = core
                .search(&request, &Audience::Unrestricted, today)
                .unwrap();
            let generation = core.index().generation();
            answer.hits.first().map(|hit| {
                let found = generation.catalog.at_path(&hit.path).unwrap();
                (found.content_hash.clone(), hit.lines)
            })
        };
        for (question, mode) in [(token, Mode::Keyword), (passage.as_str(), Mode::Vector)] {
            let question: String = question.chars().take(1_500).collect();
            let (is, should) = (ask(&own, &question, mode), ask(&other, &question, mode));
            assert_eq!(is, should, "{}\n{mode:?} for {question:?}", context());
            // The model's fake has 256 directions: two files may share one.
            let own = (mode == Mode::Keyword).then_some(article.content_hash.as_str());
            assert_eq!(
                is.map(|(found, _)| found)
                    .as_deref()
                    .filter(|_| own.is_some()),
                own,
                "{}\n{mode:?} for {question:?}",
                context()
            );
        }
    }
}
