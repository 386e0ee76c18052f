//! Which of several translations is returned, and when names are prepared.

use super::{super::browse::shelf, *};
use crate::{article::Article, index::Writer};

#[test]
fn of_translations_the_one_nearest_to_what_is_spoken_is_told() {
    let of = |id: &str, lang: &str| Article {
        lang: lang.into(),
        translation_of: (id != "a").then(|| "a".into()),
        ..shelf::article(id, &[])
    };
    let catalog = shelf::catalog(vec![of("a", "en"), of("b", "zh"), of("c", "zh-Hant")]);
    let told = |lang: Option<&str>| {
        let chances = [(0, 0.5), (1, 0.2), (2, 0.1)].into_iter();
        let told = in_one_language(&catalog, chances, lang);
        assert!((told[0].1 - 0.8).abs() < 1e-9 && told.len() == 1);
        shelf::ids([&catalog.articles[told[0].0 as usize]])[0].to_owned()
    };
    let check = |lang: &str, expected: &str| assert_eq!(told(Some(lang)), expected, "{lang}");
    check("zh-Hans", "b");
    check("zh_CN", "b");
    check("zh-Hant-HK", "c");
    check("en-US", "a");
    check("de", "a");
    assert_eq!(told(None), "a");
}

#[test]
fn names_are_read_before_their_generation_is_visible() {
    let mut writer = Writer::in_memory(None, None).unwrap();
    let listener = ConversationSearch::new(Arc::new(Core::new(Arc::clone(writer.index()))));
    let catalog = shelf::catalog(vec![shelf::article("a", &[])]);
    writer
        .publish(catalog.entries().to_vec(), catalog.info)
        .unwrap();
    let number = writer.index().generation().catalog.info.generation;
    listener
        .prepared
        .of(number, |_| unreachable!("a call waits"));
}
