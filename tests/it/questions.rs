//! What the words of a question, and the titles of articles, do to what is found.

use std::{path::Path, sync::Arc};

use chrono::NaiveDate;
use cuecard::{
    index::{Manifest, Writer, embed::HashedEmbedder},
    search::{
        Core,
        types::{Audience, Mode, SearchRequest, SearchResponse},
    },
    source::load_once,
};

/// A search over these articles, with vectors of words.
fn over(articles: &[(&str, &str)]) -> Core {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in articles {
        std::fs::write(folder.path().join(format!("{name}.md")), text).unwrap();
    }
    core(folder.path())
}

fn core(folder: &Path) -> Core {
    let mut writer = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
    load_once(folder, &mut writer, &Manifest::in_memory().unwrap()).unwrap();
    Core::new(Arc::clone(writer.index()))
}

fn ask(core: &Core, mode: Mode, query: &str) -> SearchResponse {
    let request = SearchRequest {
        mode,
        explain: true,
        ..SearchRequest::new(query)
    };
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    core.search(&request, &Audience::Everyone, today).unwrap()
}

/// The cosine of an article, its title's share included.
fn cosine(core: &Core, query: &str, article: &str) -> f64 {
    let hits = ask(core, Mode::Vector, query).hits;
    let hit = hits.into_iter().find(|hit| hit.article_id == article);
    hit.and_then(|hit| hit.explain?.vector).unwrap().score
}

fn found(core: &Core, query: &str) -> Vec<String> {
    let hits = ask(core, Mode::Hybrid, query).hits;
    hits.into_iter().map(|hit| hit.article_id).collect()
}

#[test]
fn a_quoted_phrase_must_stand_and_where_nobody_wrote_it_its_words_count() {
    let core = over(&[
        ("late", "# Orders\n\nA late order is sent again."),
        ("order", "# More orders\n\nAn order that is late is free."),
    ]);
    assert_eq!(found(&core, "\"late order\""), ["late"]);
    let both = found(&core, "\"order arrived late, code 7\"");
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(found(&core, "-order").is_empty());
}

#[test]
fn a_title_that_only_a_number_tells_from_others_says_nothing() {
    let series: Vec<_> = (1..=3).map(|n| format!("Router question {n}")).collect();
    let bodies = ["Restart the modem.", "Move the mast.", "Call the depot."];
    let texts: Vec<_> = series
        .iter()
        .zip(bodies)
        .map(|(title, body)| format!("---\ntitle: {title}\n---\n\n{body}\n"))
        .collect();
    let names = ["one", "two", "three"];
    let articles: Vec<_> = names
        .iter()
        .copied()
        .zip(texts.iter().map(String::as_str))
        .collect();
    let score = |articles: &[(&str, &str)]| cosine(&over(articles), "Router question 1", "one");
    assert!(
        score(&articles) < score(&articles[..2]),
        "the title still counts"
    );
}

#[test]
fn where_a_link_leads_is_part_of_what_a_passage_means() {
    let linked = "# 备份\n\n请看[这一节](https://docs.example/restore-a-cluster)。\n";
    let plain = "# 备份\n\n请看这一节。\n";
    let score = |text| cosine(&over(&[("backup", text)]), "restore a cluster", "backup");
    assert!(score(linked) > score(plain));
    // What is not shown is not meant.
    let hidden = "# 备份\n\n请看这一节。 <!-- restore a cluster -->\n";
    assert!(score(hidden) <= score(plain));
}
