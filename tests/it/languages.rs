//! Articles in languages besides English and Chinese: inflections, accents, function words.

use cuecard::search::types::Mode;

use crate::questions::{ask, core, over};

/// Ids of what the words alone find.
fn found(articles: &[(&str, &str)], query: &str) -> Vec<String> {
    let hits = ask(&over(articles), Mode::Keyword, query).hits;
    hits.into_iter().map(|hit| hit.article_id).collect()
}

const BASE: [(&str, &str); 5] = [
    (
        "rechnung",
        "---\ntitle: Kopie der Rechnung\nlang: de\n---\n\nEine Kopie der letzten Rechnung steht im Kundenkonto.\n",
    ),
    (
        "kuendigung",
        "---\ntitle: Den Vertrag beenden\nlang: de\n---\n\nDer Vertrag endet mit der Frist, die wir vereinbart haben.\n",
    ),
    (
        "facturacion",
        "---\ntitle: Dirección de facturación\nlang: es\n---\n\nLa dirección de facturación se cambia en el área de clientes.\n",
    ),
    (
        "invoice",
        "---\ntitle: Copy of an invoice\nlang: en\n---\n\nThe last invoice is in the customer's account.\n",
    ),
    (
        "die",
        "---\ntitle: When somebody has died\nlang: en\n---\n\nIf the customer should die, the contract ends with the month.\n",
    ),
];

#[test]
fn inflected_words_find_each_other() {
    assert_eq!(found(&BASE, "Rechnungen"), ["rechnung"]);
    assert_eq!(found(&BASE, "Verträge"), ["kuendigung"]);
    assert_eq!(found(&BASE, "direcciones"), ["facturacion"]);
    assert_eq!(found(&BASE, "invoices"), ["invoice"]);
}

#[test]
fn accents_may_be_left_out() {
    assert_eq!(found(&BASE, "direccion facturacion"), ["facturacion"]);
    assert_eq!(found(&BASE, "vertrage"), ["kuendigung"]);
}

#[test]
fn what_is_found_by_its_inflection_is_marked() {
    let hits = ask(&over(&BASE), Mode::Keyword, "letzte Rechnungen").hits;
    let hit = &hits[0];
    let chars: Vec<char> = hit.snippet.chars().collect();
    let marked: Vec<String> = hit
        .highlights
        .iter()
        .map(|[from, to]| chars[*from..*to].iter().collect())
        .collect();
    assert_eq!(marked, ["letzten", "Rechnung"], "{hit:?}");
}

#[test]
fn a_word_that_says_little_in_another_language_says_what_it_says_in_its_own() {
    assert_eq!(found(&BASE, "what if customers die")[0], "die");
}

#[test]
fn synonyms_are_found_in_their_inflections() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in BASE {
        std::fs::write(folder.path().join(format!("{name}.md")), text).unwrap();
    }
    let synonyms = "groups:\n  - [Faktura, Rechnungen]\n";
    std::fs::write(folder.path().join("_synonyms.yaml"), synonyms).unwrap();
    let hits = ask(&core(folder.path()), Mode::Keyword, "Faktura").hits;
    assert_eq!(hits[0].article_id, "rechnung");
}
