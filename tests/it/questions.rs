//! How the words of a question, and the titles of articles, affect the results.

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
pub(crate) fn over(articles: &[(&str, &str)]) -> Core {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in articles {
        std::fs::write(folder.path().join(format!("{name}.md")), text).unwrap();
    }
    core(folder.path())
}

pub(crate) fn core(folder: &Path) -> Core {
    let mut writer = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
    load_once(folder, &mut writer, &Manifest::in_memory().unwrap()).unwrap();
    Core::new(Arc::clone(writer.index()))
}

pub(crate) fn ask(core: &Core, mode: Mode, query: &str) -> SearchResponse {
    let request = SearchRequest {
        mode,
        explain: true,
        ..SearchRequest::new(query)
    };
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    core.search(&request, &Audience::Unrestricted, today)
        .unwrap()
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

/// 400 articles that say the same few words, and one more.
fn crowd(more: &str) -> Core {
    let crowd: Vec<(String, String)> = (0..400)
        .map(|at| {
            (
                format!("a{at}"),
                format!("# Note {at}\n\nNow not, now not. Fee {at}."),
            )
        })
        .collect();
    let mut articles: Vec<(&str, &str)> = crowd
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    articles.push(("more", more));
    over(&articles)
}

#[test]
fn a_phrase_is_found_however_many_articles_have_its_words() {
    let core = crowd(
        "# Somewhere\n\nWe say it in a long sentence about all kinds of things: yes, but not now, not today.",
    );
    for mode in [Mode::Keyword, Mode::Hybrid, Mode::Vector] {
        let answer = ask(&core, mode, "\"not now\"");
        let ids: Vec<_> = answer
            .hits
            .iter()
            .map(|hit| hit.article_id.as_str())
            .collect();
        assert_eq!((ids, answer.total), (vec!["more"], 1), "{mode:?}");
    }
}

#[test]
fn a_phrase_may_stand_in_a_heading() {
    let core = over(&[
        ("fee", "# Leaving\n\n## Early termination fee\n\n49 euros."),
        (
            "other",
            "# Joining\n\nThere is no fee for an early termination.",
        ),
    ]);
    assert_eq!(found(&core, "\"early termination fee\""), ["fee"]);
    assert_eq!(found(&core, "fee -leaving"), ["other"]);
    assert_eq!(found(&core, "49 euros -heading"), ["fee", "other"]);
}

#[test]
fn a_quoted_phrase_is_shown_by_a_passage_that_has_it() {
    let steps = "Hold the reset button of the router. ".repeat(30);
    let core = over(&[(
        "router",
        &format!(
            "# Reset the router\n\n{steps}\n\n## Lights\n\nThe blinking amber light asks for patience.\n\n## Reset\n\n{steps}"
        ),
    )]);
    let shown = |query| ask(&core, Mode::Keyword, query).hits.remove(0).snippet;
    let query = "reset the router \"blinking amber light\"";
    assert!(
        shown(query).contains("blinking amber light"),
        "{}",
        shown(query)
    );
    assert!(
        shown("\"reset the router\"").contains("reset"),
        "a title has it"
    );
}

#[test]
fn every_article_is_on_one_page_and_none_on_two() {
    let core = crowd("# More\n\nNow not.");
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    let mut seen = std::collections::HashSet::new();
    for offset in (0..=450).step_by(50) {
        let request = SearchRequest {
            mode: Mode::Keyword,
            offset,
            limit: 50,
            ..SearchRequest::new("now not")
        };
        let answer = core
            .search(&request, &Audience::Unrestricted, today)
            .unwrap();
        assert_eq!(answer.hits.len(), 50.min(401_usize.saturating_sub(offset)));
        for hit in answer.hits {
            assert!(
                seen.insert(hit.article_id.clone()),
                "{} twice",
                hit.article_id
            );
        }
    }
    assert_eq!(seen.len(), 401);
}

#[test]
fn a_quoted_phrase_must_stand_but_a_question_that_quotes_what_nobody_wrote_is_asked_in_words() {
    let core = over(&[
        ("late", "# Orders\n\nA late order is sent again."),
        ("order", "# More orders\n\nAn order that is late is free."),
    ]);
    assert_eq!(found(&core, "\"late order\""), ["late"]);
    assert!(found(&core, "\"order of late\"").is_empty());
    let both = found(&core, "what does \"order of late\" mean");
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(found(&core, "-order").is_empty());
}

#[test]
fn a_word_that_no_article_has_is_found_by_its_other_names_in_its_language() {
    let core = over(&[
        ("login", "# 登录\n\n登录需要验证码。\n"),
        ("network", "# 网络\n\n网络故障请报修。\n"),
    ]);
    for (asked, article) in [("登入", "login"), ("網路", "network")] {
        let hits = ask(&core, Mode::Keyword, asked).hits;
        let ids: Vec<_> = hits.iter().map(|hit| hit.article_id.as_str()).collect();
        assert_eq!(ids, [article], "{asked}");
    }
}

#[test]
fn a_mistake_in_an_ending_is_corrected() {
    let words = [
        "Roaming",
        "Billing",
        "Charging",
        "Activation",
        "Cancellation",
        "Installation",
        "Availability",
    ];
    let texts = words.map(|word| format!("# {word}\n\nIn general.\n"));
    let articles: Vec<_> = words
        .into_iter()
        .zip(texts.iter().map(String::as_str))
        .collect();
    let core = over(&articles);
    let typed = [
        "roming",
        "billin",
        "chargin",
        "activaton",
        "cancellaton",
        "installaton",
        "availabilty",
    ];
    for (typed, word) in typed.into_iter().zip(words) {
        let hits = ask(&core, Mode::Keyword, typed).hits;
        let titles: Vec<_> = hits.iter().map(|hit| &*hit.title).collect();
        assert_eq!(titles, [word], "{typed}");
    }
}

#[test]
fn of_a_long_message_the_words_that_tell_the_most_are_searched_for() {
    let core = over(&[
        ("zone", "# 漫游\n\n国际漫游每天五元。\n"),
        ("roaming", "# Roaming\n\nAbroad it is five euros a day.\n"),
    ]);
    // 200 characters, no two of them neighbours anywhere else.
    let chinese: String = ('\u{5000}'..='\u{50c7}').collect();
    let first = |query: &str| ask(&core, Mode::Keyword, query).hits.remove(0).article_id;
    assert_eq!(first(&format!("{chinese}，国际漫游")), "zone");
    let english: String = (0..200).map(|at| format!("q{at} ")).collect();
    assert_eq!(first(&format!("{english} abroad")), "roaming");
}

#[test]
fn a_compound_is_found_as_one_word_and_as_two() {
    let core = over(&[
        ("sim", "# SIM card\n\nThe card is sent by post.\n"),
        ("log", "# Log in\n\nChoose a password.\n"),
        ("hotspot", "# Hotspot\n\nShare your connection.\n"),
        ("wifi", "# WiFi\n\nRestart the box.\n"),
        ("invoice", "# Billing\n\nYour invoice is due.\n"),
        ("voice", "# Greeting\n\nTurn the voice mailbox off.\n"),
    ]);
    let found = |query: &str| -> Vec<String> {
        let hits = ask(&core, Mode::Keyword, query).hits;
        hits.into_iter().map(|hit| hit.article_id).collect()
    };
    for (query, article) in [
        ("simcard", "sim"),
        ("login", "log"),
        ("hot spot", "hotspot"),
        ("wi fi", "wifi"),
    ] {
        assert_eq!(found(query), [article], "{query}");
    }
    let found = found("in voice");
    assert!(!found.contains(&"invoice".to_owned()), "{found:?}");
}

#[test]
fn a_word_that_stands_in_hidden_articles_alone_is_like_one_that_nobody_wrote() {
    let core = over(&[
        ("refund", "# A refund\n\nPaid within ten days.\n"),
        (
            "refuse",
            "---\naudience: [board]\n---\n# The refind\n\nOf customers.\n",
        ),
        (
            "draft",
            "---\nstatus: draft\n---\n# The refond\n\nOf customers.\n",
        ),
        (
            "old",
            "---\neffective: {until: 2025-12-31}\n---\n# The refend\n\nOf customers.\n",
        ),
    ]);
    let audience = Audience::Only(vec!["agent".to_owned()]);
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    let told = |query: &str| {
        let request = SearchRequest {
            mode: Mode::Keyword,
            ..SearchRequest::new(query)
        };
        let said = core.search(&request, &audience, today).unwrap();
        let hits = said.hits.into_iter();
        let hits: Vec<_> = hits.map(|hit| (hit.article_id, hit.confidence)).collect();
        (said.total, hits)
    };
    let nobody = told("refand");
    assert_eq!(nobody.0, 1, "what it most likely means is found");
    for hidden in ["refind", "refond", "refend"] {
        assert_eq!(told(hidden), nobody, "{hidden}");
    }
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
