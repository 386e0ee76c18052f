//! Inflected forms in their languages.

use proptest::prelude::*;

use super::*;

fn terms(text: &str, tag: &str) -> Vec<String> {
    let words = words_in(text, Language::of(tag)).into_iter();
    words.map(|word| word.term).collect()
}

fn inflected(tags: &[&str], text: &str) -> Vec<Inflected> {
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Languages::of(&tags).inflected(text, &words(text))
}

#[test]
fn a_language_counts_once_however_its_tag_is_written() {
    let languages = Languages::of(&["DE", "de-AT", "en", "fr", "de"].map(str::to_owned));
    let tags: Vec<_> = languages.iter().map(Language::tag).collect();
    assert_eq!(tags, ["de", "fr"]);
}

#[test]
fn forms_of_a_word_meet_in_its_language() {
    for (tag, forms) in [
        ("de-AT", ["Rechnungen", "Rechnung"]),
        ("de", ["Verträge", "Vertrag"]),
        ("es", ["facturaciones", "facturación"]),
        ("fr", ["abonnements", "abonnement"]),
        ("it", ["bollette", "bolletta"]),
        ("nl", ["facturen", "factuur"]),
        ("pl", ["rachunków", "rachunkami"]),
        ("tr", ["faturalar", "faturaları"]),
        ("nb", ["regninger", "regningen"]),
        ("ru", ["договоры", "договора"]),
        ("el", ["λογαριασμοί", "λογαριασμός"]),
        ("ar", ["حساب", "الحساب"]),
    ] {
        let [one, other] = forms.map(|form| terms(form, tag)[0].clone());
        assert_eq!(one, other, "{tag}: {forms:?}");
    }
}

#[test]
fn letters_of_other_alphabets_need_no_language() {
    for word in ["договоры", "λογαριασμοί", "الحساب"] {
        assert_eq!(terms(word, "en"), terms(word, "ru"), "{word}");
        assert_ne!(terms(word, "en"), [word]);
    }
    assert_eq!(terms("Rechnungen", "en"), ["rechnungen"]);
}

#[test]
fn who_leaves_accents_out_is_understood() {
    for (tag, written, typed) in [
        ("es", "facturación", "facturacion"),
        ("vi", "hóa đơn", "hoa don"),
        ("tr", "sözleşmesi", "sozlesmesi"),
        ("pl", "umów", "umow"),
        ("de", "Straße", "strasse"),
        ("en", "Café Zürich, piñatas", "cafe zurich pinata"),
    ] {
        let index = terms(written, tag);
        for term in terms(typed, tag) {
            assert!(index.contains(&term), "{typed}: {term} not in {index:?}");
        }
    }
}

#[test]
fn words_of_a_query_are_those_of_every_language_of_the_base() {
    let of = inflected(&["de", "en", "es"], "facturación Rechnungen");
    assert_eq!(of.len(), words("facturación Rechnungen").len());
    assert!(of[0].stems.contains(&"factur".to_owned()), "{of:?}");
    assert!(!of[0].plain.is_empty(), "{of:?}");
    assert_eq!(of[1].stems, ["rechnung"]);
    assert!(inflected(&["en", "zh-Hans"], "invoices 账单").is_empty());
}

#[test]
fn accents_are_left_out_where_a_base_has_english_alone() {
    let of = inflected(&["en", "zh-Hans"], "the cafés");
    assert_eq!(
        (of[0].plain.len(), &*of[1].plain),
        (0, &["cafe".to_owned()][..])
    );
}

#[test]
fn thousands_are_found_however_their_languages_part_them() {
    assert_eq!(terms("1.250 Euro", "de")[0], "1250");
    assert_eq!(inflected(&["de"], "1.250")[0].stems, ["1250"]);
    for (tag, text) in [
        ("en", "1.250"),
        ("de", "192.168.1.100"),
        ("de", "0.250"),
        ("de", "1.25"),
    ] {
        assert_eq!(terms(text, tag)[0], text, "{tag}");
    }
}

#[test]
fn function_words_are_those_of_the_language_that_is_spoken() {
    let little = |tags: &[&str], text: &str| -> Vec<bool> {
        let words = inflected(tags, text).into_iter();
        words.map(|word| word.is_function_word).collect()
    };
    let asked = "wie kann ich meinen Vertrag kündigen";
    assert_eq!(
        little(&["de"], asked),
        [true, true, true, true, false, false]
    );
    assert!(little(&["de", "en"], asked)[0]);
    let english = "what is the charge when the war is over and I die";
    assert!(!little(&["de", "en"], english).contains(&true));
    assert!(little(&["fr"], "où est ma facture").starts_with(&[true, true, true]));
}

#[test]
fn what_is_typed_without_accents_may_be_a_function_word() {
    assert!(inflected(&["es"], "mas")[0].is_function_word);
}

proptest! {
    #[test]
    fn every_word_of_any_text_has_its_forms(text in "[a-zßäéıđ'’ .&/0-9-]{0,40}|\\PC{0,40}") {
        let of = inflected(&["de", "ru", "tr", "vi"], &text);
        let words = words(&text);
        prop_assert_eq!(of.len(), words.len());
        for (word, of) in words.iter().zip(of) {
            prop_assert!(!of.stems.contains(&word.term) && !of.plain.contains(&word.term));
        }
    }
}
